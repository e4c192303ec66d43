import importlib.util
import sys
from types import SimpleNamespace

import pytest
from authoring.notebooks import first_cell
from authoring.source import read_lesson
from IPython.core.inputtransformer2 import TransformerManager

import fer_course


@pytest.fixture
def run(project, source, monkeypatch):
    """Run the first cell where the package is missing; gives what it asked pip for."""
    monkeypatch.setattr(fer_course, "__version__", project.version)
    code = TransformerManager().transform_cell(first_cell(read_lesson(source), project))

    def run(found, colab):
        asked = []
        answers = iter(found)
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: next(answers) or None)
        if colab:
            monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
        shell = SimpleNamespace(run_line_magic=lambda magic, line: asked.append(f"{magic} {line}"))
        exec(code, {"get_ipython": lambda: shell})
        return asked

    return run


@pytest.mark.parametrize("colab", [True, False])
def test_where_the_package_is_there_nothing_is_installed(run, colab, capsys):
    assert run([True], colab) == []
    assert capsys.readouterr().out == ""


def test_on_colab_the_tagged_version_is_installed_and_nothing_else_changes(run, capsys):
    wanted = '"fer-course[colab] @ git+https://github.com/someone/their-course@v0.1.0"'
    assert run([False, True], colab=True) == [
        "pip list --format=freeze > colab.txt",
        f"pip install --constraint colab.txt {wanted}",
    ]
    assert "Installing the course" in capsys.readouterr().out


def test_when_the_install_fails_the_cell_says_which_menu_to_click(run):
    with pytest.raises(ImportError, match=r"run this cell again.* Runtime > Disconnect and delete runtime"):
        run([False, False], colab=True)


def test_elsewhere_it_installs_nothing_and_says_where_to_read(run):
    with pytest.raises(ImportError, match="their-course#readme"):
        run([False], colab=False)
