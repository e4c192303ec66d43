import re
from pathlib import Path

import pytest
from authoring.readme import FIGURES, LESSONS, build_quoting, build_readme
from authoring.source import read_lessons

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_parts_are_filled_and_the_rest_is_left_alone(project):
    readme = build_readme(read_lessons(project.sources), project)
    assert "](lessons/10_demo.ipynb)" in readme
    assert "colab.research.google.com/github/someone/their-course/blob/v0.1.0/lessons/10_demo.ipynb" in readme
    assert "reads 1,234 rows" in readme
    assert readme.startswith("# Theirs\n") and readme.endswith("The end.\n")
    project.readme.write_text(readme)
    assert build_readme(read_lessons(project.sources), project) == readme


@pytest.mark.parametrize("marker", [*LESSONS, *FIGURES])
def test_missing_markers_are_named(project, marker):
    project.readme.write_text(project.readme.read_text().replace(marker, ""))
    with pytest.raises(ValueError, match="needs the lines"):
        build_readme([], project)


def test_model_card_and_paper_quote_saved_figures(project):
    built = {path.name: text for path, text in build_quoting(project).items()}
    assert built == {"README.md": "Trained on 1,234 images.\n", "paper.md": "It read 1,234 rows.\n"}
    (project.sources / "model_card.md").write_text("@[reading.accuracy]")
    with pytest.raises(LookupError, match=r"reading\.accuracy"):
        build_quoting(project)


def test_the_minutes_of_lessons_are_those_of_the_course():
    minutes = [lesson.minutes for lesson in read_lessons(ROOT / "source")]
    hours = round(sum(minutes) / 60)
    assert f"a lesson takes {min(minutes)} to {max(minutes)}, the whole course about {hours} hours" in README


def test_the_tour_is_described_and_light():
    shown = re.findall(r"!\[([^]]*)\]\((docs/tour/[^)]+)\)", README)
    recorded = {
        path.relative_to(ROOT).as_posix(): path.stat().st_size for path in (ROOT / "docs/tour").iterdir()
    }
    assert sorted(path for _, path in shown) == sorted(recorded)
    assert all(len(seen) > 80 for seen, _ in shown)
    assert sum(recorded.values()) < 1_000_000
