"""What holds for the notebooks as tests; conftest.py at the root collects the notebooks themselves."""

from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted(ROOT.glob("solutions/*.ipynb"))
pytest_plugins = ["pytester"]


def compared_without_output(notebook):
    """List cells that nbval would compare with nothing, and so pass whatever they print."""
    cells = nbformat.read(notebook, as_version=4).cells
    tagged = [cell for cell in cells if "nbval-check-output" in cell.metadata.get("tags", [])]
    return [cell.source for cell in tagged if not cell.outputs]


def test_what_is_compared_was_executed():
    assert SOLUTIONS
    assert {path.name: found for path in SOLUTIONS if (found := compared_without_output(path))} == {}


@pytest.mark.slow
def test_tagged_cells_are_compared_and_warnings_are_not(pytester, monkeypatch):
    pytester.makeconftest((ROOT / "conftest.py").read_text(encoding="utf-8"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tools"))
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    )
    code = "import sys\nprint('a warning', file=sys.stderr)\nprint(2 * 3)"
    cell = nbformat.v4.new_code_cell(code, metadata={"tags": ["nbval-check-output"]}, execution_count=1)
    notebook.cells = [cell]
    path = pytester.mkdir("solutions") / "facts.ipynb"
    for printed, outcome in [("6\n", {"passed": 1}), ("7\n", {"failed": 1})]:
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
        nbformat.write(notebook, path)
        pytester.runpytest_subprocess("-p", "no:cacheprovider", path).assert_outcomes(**outcome)
    cell.outputs = []
    nbformat.write(notebook, path)
    assert compared_without_output(path) == [cell.source]
