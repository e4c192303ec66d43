"""Every lesson and every solution runs to its end under nbval, in a kernel of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from authoring.execution import ENVIRONMENT

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LESSONS = sorted(ROOT.glob("lessons/*.ipynb"))
SOLUTIONS = sorted(ROOT.glob("solutions/*.ipynb"))


def nbval(notebook, **environment):
    """Run a notebook under nbval; give its exit code and what it said."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-cell-timeout", "300", "--tb", "short"]
    command += ["-q", "-p", "nbval.plugin", "-p", "nbval_without_warnings", "-p", "no:cacheprovider"]
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment}
    done = subprocess.run([*command, str(notebook)], env=env, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout[-4000:] + done.stderr[-1000:]


def with_short_trainings(notebook, folder):
    """Copy a notebook, its trainings cut to two epochs: what is compared never comes from a training."""
    copy = folder / notebook.name
    text = notebook.read_text(encoding="utf-8")
    copy.write_text(
        re.sub(r"(?<=Recipe\()epochs=\d+|(?<=, )epochs=\d+(?=\))", "epochs=2", text), encoding="utf-8"
    )
    return copy


def compared_without_output(notebook):
    """List cells that nbval would compare with nothing, and so pass whatever they print."""
    cells = nbformat.read(notebook, as_version=4).cells
    tagged = [cell for cell in cells if "nbval-check-output" in cell.metadata.get("tags", [])]
    return [cell.source for cell in tagged if not cell.outputs]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)
class TestLesson:  # classes, so that two workers share the notebooks
    def test_run_all_reaches_the_end_with_open_exercises(self, notebook, tmp_path):
        code, said = nbval(with_short_trainings(notebook, tmp_path))
        assert code == 0, said


@pytest.mark.slow
@pytest.mark.parametrize("notebook", SOLUTIONS, ids=lambda path: path.stem)
class TestSolution:
    def test_it_passes_its_checks_and_prints_what_it_printed(self, notebook, tmp_path):
        assert compared_without_output(notebook) == []
        code, said = nbval(with_short_trainings(notebook, tmp_path), **ENVIRONMENT)
        assert code == 0, said


@pytest.mark.slow
def test_nbval_compares_tagged_cells_and_skips_warnings(tmp_path):
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    )
    code = "import sys\nprint('a warning', file=sys.stderr)\nprint(2 * 3)"
    cell = nbformat.v4.new_code_cell(code, metadata={"tags": ["nbval-check-output"]}, execution_count=1)
    notebook.cells = [cell]
    path = tmp_path / "facts.ipynb"
    for printed, passes in [("6\n", True), ("7\n", False)]:
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
        nbformat.write(notebook, path)
        code, said = nbval(path)
        assert (code == 0) == passes, said
    cell.outputs = []
    nbformat.write(notebook, path)
    assert compared_without_output(path) == [cell.source]
