import shutil
from pathlib import Path

import pytest
from authoring.project import Project
from authoring.readme import FIGURES, LESSONS, ROOMS

DEMO = Path(__file__).parent / "demo"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A tiny checkout with one lesson, whose checks both this process and a kernel can import."""
    shutil.copytree(DEMO / "source", tmp_path / "source")
    (tmp_path / "lessons").mkdir()
    (tmp_path / "solutions").mkdir()
    (tmp_path / "fer_course" / "exercises").mkdir(parents=True)
    (tmp_path / "fer_course" / "__init__.py").write_text('__version__ = "0.1.0"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[project.urls]\nRepository = "https://github.com/someone/their-course"\n'
    )
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    (tmp_path / "benchmarks" / "results" / "reading.json").write_text('{"rows": 1234}')
    (tmp_path / "source" / "figures.md").write_text("It reads @[reading.rows] rows.\n")
    (tmp_path / "source" / "model_card.md").write_text("Trained on @[reading.rows] images.\n")
    (tmp_path / "source" / "paper.md").write_text("It read @[reading.rows] rows.\n")
    markers = "\n".join([*LESSONS, *FIGURES])
    (tmp_path / "README.md").write_text(f"# Theirs\n\n{markers}\n\nThe end.\n")
    (tmp_path / "CONTRIBUTING.md").write_text("\n".join(["# Contributing", *ROOMS, ""]))
    (tmp_path / "docs").mkdir(exist_ok=True)
    (tmp_path / "docs" / "rooms.yaml").write_text("errors.py: plain words\ncleaning: flags\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.4.6\n")
    monkeypatch.setenv("PYTHONPATH", str(DEMO))
    monkeypatch.syspath_prepend(str(DEMO))
    return Project.at(tmp_path)


@pytest.fixture
def source(project):
    """The demonstration's source file, to be spoilt."""
    return project.sources / "10_demo.py"


@pytest.fixture
def edit(source):
    """Replace a passage of the demonstration's source."""

    def edit(old, new):
        text = source.read_text()
        assert old in text
        source.write_text(text.replace(old, new))

    return edit
