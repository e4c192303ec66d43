"""Lessons and solutions as tests: every notebook under nbval, each cell an item, in a kernel of its own."""

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from unittest import mock

import pytest
from authoring.execution import ENVIRONMENT
from authoring.reruns import cells_to_run
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

FOLDERS = ("lessons", "solutions")
CELL_SECONDS = 300
SHORTER = {
    r"(?<=Recipe\()epochs=\d+": "epochs=1",
    r"(?<=trained\(change, )epochs=20": "epochs=2",
    r'(?<="runs/capstone", )epochs=\d+': "epochs=1, width_mult=0.25",
    r"\bEmotionCNN\((width_mult=0.5)?\)": "EmotionCNN(width_mult=0.25)",
    r'\blimited\((\w+), {"train": 1000}': r'limited(\1, {"train": 100}',
}
FEWER = {
    r"\bsample_faces\(\)": "sample_faces().subset(range(0, 2100, 3))",
    r"\bsample_faces\(1400\b": "sample_faces(700",
    r"\bnp\.arange\(600\)": "np.arange(200)",
}
ALL_FACES = {"03_blur", "16_robustness_fairness"}  # what they ask, or print and compare, depends on them

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores: threads would wait for each other's
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")


class Notebook(IPyNbFile):
    """A notebook of the course, in an empty folder: trainings short, networks narrow, a third of the faces.

    What is compared (cells tagged ``nbval-check-output``) comes from none of these. A solution goes on where
    its lesson has run, in the same kernel and folder, as a student does who answers after "Run all".
    """

    kept: ClassVar[dict[str, tuple[RunningKernel, tempfile.TemporaryDirectory]]] = {}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.compare_outputs = False
        self.skip_compare = (*self.skip_compare, "stderr")  # warnings and progress bars

    def setup(self) -> None:
        """Start a kernel in an empty folder, or go on in the lesson's."""
        own = ENVIRONMENT if self.path.parent.name == "solutions" else {}
        own = own | {"FER_COURSE_PROGRESS": "0", "FER_COURSE_MINUTES": "0.1"}
        if self.path.name in self.kept:
            self.kernel, self.folder = self.kept.pop(self.path.name)
            change = self.kernel.execute_cell_input(f"import os\nos.environ |= {own}")
            self.kernel.await_idle(change, CELL_SECONDS)
        else:
            self.folder = tempfile.TemporaryDirectory()
            with mock.patch.dict(os.environ, own | {"FER_COURSE_HOME": self.folder.name}):
                self.kernel = RunningKernel(self.nb.metadata.kernelspec.name, cwd=self.folder.name)
        self.setup_sanitize_files()

    def teardown(self) -> None:
        """Stop the kernel, unless the solution comes next, and remove the folder."""
        solution = self.path.parents[1] / "solutions" / self.path.name
        if solution != self.path and any(item.path == solution for item in self.session.items):
            self.kept[self.path.name] = self.kernel, self.folder
        else:
            super().teardown()
            self.folder.cleanup()

    def collect(self) -> Iterator[IPyNbCell]:
        """Give the code cells."""
        shorter = SHORTER if self.path.stem in ALL_FACES else SHORTER | FEWER
        for cell in super().collect():
            for code, instead in shorter.items():
                cell.cell.source = re.sub(code, instead, cell.cell.source)
            cell.add_marker(pytest.mark.slow)
            yield cell


def pytest_configure(config: pytest.Config) -> None:
    """Let no cell run for ever."""
    config.option.nbval_cell_timeout = CELL_SECONDS


class ByLesson(LoadFileScheduling):
    """Give a worker whole files, and a lesson with its solution."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(super()._split_scope(nodeid))
        return file.name if file.suffix == ".ipynb" else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByLesson:
    """Share out the tests among the workers."""
    return ByLesson(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run no cell twice, and leave no worker alone with a long file in the end.

    Notebooks come first, then what has slow tests. Of a solution whose lesson runs as well, only those cells
    run that differ, or depend on one that does.
    """
    cells: defaultdict[Path, list[IPyNbCell]] = defaultdict(list)
    for item in items:
        if isinstance(item, IPyNbCell):
            cells[item.path].append(item)
    repeated: set[pytest.Item] = set()
    for path, solution in cells.items():
        if path.parent.name == "solutions":
            lesson = [cell.cell.source for cell in cells.get(path.parents[1] / "lessons" / path.name, [])]
            compared = [place for place, cell in enumerate(solution) if cell.options["check"]]
            run = cells_to_run(lesson, [cell.cell.source for cell in solution], compared)
            repeated |= {cell for place, cell in enumerate(solution) if place not in run}
    config.hook.pytest_deselected(items=list(repeated))
    items[:] = [item for item in items if item not in repeated]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(
        key=lambda item: (0, item.path.name) if item.path.suffix == ".ipynb" else (1, item.path not in slow)
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Notebook | None:
    """Take the notebooks of the course, and no others."""
    if file_path.suffix == ".ipynb" and file_path.parent.name in FOLDERS:
        return Notebook.from_parent(parent, path=file_path)
    return None
