"""Lessons and solutions as tests: every notebook under nbval, each cell an item, in a kernel of its own."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from authoring.execution import ENVIRONMENT
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

FOLDERS = ("lessons", "solutions")
CELL_SECONDS = 300
_EPOCHS = r"(?<=Recipe\()epochs=\d+"
SHORTER = {
    _EPOCHS: "epochs=2",
    r"\bEmotionCNN\((width_mult=0.5)?\)": "EmotionCNN(width_mult=0.25)",
    r'(?<="runs/capstone", )epochs=\d+': "epochs=1, width_mult=0.25",
}
OPEN = {
    _EPOCHS: "epochs=1",
    r"\bsample_faces\(\)": "sample_faces().subset(range(0, 2100, 2))",
    r"\bsample_faces\(1400\b": "sample_faces(700",
}

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores: threads would wait for each other's
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")


class Notebook(IPyNbFile):
    """A notebook of the course, run in an empty folder, its trainings cut short, its networks narrow.

    What is compared (cells tagged ``nbval-check-output``) never comes from a training. A lesson, of which it
    is asked only that all cells run while its exercises wait, has half of the drawn faces.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.compare_outputs = False
        self.skip_compare = (*self.skip_compare, "stderr")  # warnings and progress bars

    def setup(self) -> None:
        """Start a kernel in the empty folder."""
        self.folder = tempfile.TemporaryDirectory()
        solved = ENVIRONMENT if self.path.parent.name == "solutions" else {}
        own = {
            "FER_COURSE_PROGRESS": "0",
            "FER_COURSE_HOME": self.folder.name,
            "FER_COURSE_MINUTES": "0.1",
        }
        with mock.patch.dict(os.environ, {**solved, **own}):
            self.kernel = RunningKernel(self.nb.metadata.kernelspec.name, cwd=self.folder.name)
        self.setup_sanitize_files()

    def teardown(self) -> None:
        """Stop it, and remove the folder."""
        super().teardown()
        self.folder.cleanup()

    def collect(self) -> Iterator[IPyNbCell]:
        """Give the code cells."""
        shorter = SHORTER if self.path.parent.name == "solutions" else SHORTER | OPEN
        for cell in super().collect():
            for code, instead in shorter.items():
                cell.cell.source = re.sub(code, instead, cell.cell.source)
            cell.add_marker(pytest.mark.slow)
            yield cell


def pytest_configure(config: pytest.Config) -> None:
    """Let no cell run for ever."""
    config.option.nbval_cell_timeout = CELL_SECONDS


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave no worker alone with a long file in the end: notebooks come first, then what has slow tests."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (item.path.suffix != ".ipynb", item.path not in slow))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Notebook | None:
    """Take the notebooks of the course, and no others."""
    if file_path.suffix == ".ipynb" and file_path.parent.name in FOLDERS:
        return Notebook.from_parent(parent, path=file_path)
    return None
