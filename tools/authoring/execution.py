"""Executing a solved lesson, cleaning its outputs, and telling later whether they still stand."""

import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from PIL import Image

from .project import Project
from .source import Lesson

# Static pictures for sliders, exceptions for verdicts, and nothing that looks into the network.
ENVIRONMENT = {
    "FER_COURSE_MINUTES": "1",
    "FER_COURSE_DATA": "sample",  # never a photograph of whoever builds
    "FER_COURSE_PROGRESS": "0",
    "FER_COURSE_STRICT": "1",
    "FER_COURSE_WIDGETS": "0",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NO_ALBUMENTATIONS_UPDATE": "1",
}
_USED_FILES = """\
import json, pathlib, sys
package = pathlib.Path(sys.modules["fer_course"].__file__).parent
files = [getattr(m, "__file__", None) for name, m in sys.modules.items() if name.startswith("fer_course")]
print(json.dumps(sorted(pathlib.Path(f).relative_to(package).as_posix() for f in files if f)))"""


def execute(text: str, timeout: int = 600) -> tuple[list[dict[str, Any]], list[str]]:
    """Run a solved notebook in a fresh kernel, in an empty folder.

    Args:
        text: The notebook without outputs.
        timeout: Seconds that one cell may take.

    Returns:
        For each code cell its cleaned ``outputs`` and its ``execution_count``; and the files of the package
        that the lesson used, relative to the package.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed, or a solution did not pass its check.
    """
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells.append(new_code_cell(_USED_FILES))
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            record_timing=False,
            coalesce_streams=True,
            store_widget_state=False,
            extra_arguments=["--InlineBackend.figure_format=retina"],  # sharp on a projector
            resources={"metadata": {"path": folder}},
        )
        # Lesson 00 shows the progress; the thread is a folder that is empty at first
        own = {"FER_COURSE_PROGRESS": str(Path(folder) / "progress.jsonl"), "FER_COURSE_HOME": folder}
        client.execute(env={**os.environ, **ENVIRONMENT, **own})
        code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        used = json.loads(code_cells.pop().outputs[0].text)
        results = [
            {"outputs": clean_outputs(cell.outputs, folder), "execution_count": number}
            for number, cell in enumerate(code_cells, start=1)
        ]
    return results, used


def clean_outputs(outputs: Iterable[Any], *folders: str) -> list[Any]:
    """Drop what differs between two executions of the same code.

    Args:
        outputs: A cell's outputs.
        folders: Folders whose names are cut from texts, besides the working and the home folder.

    Returns:
        The outputs without warnings, widget state, memory addresses and absolute paths; pictures are packed.
    """
    kept = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            continue
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
            continue
        if output.output_type == "stream":
            output.text = _clean_text(output.text, folders)
        else:
            for kind, shown in output.get("data", {}).items():
                if kind.startswith("text/"):
                    output.data[kind] = _clean_text(shown, folders)
                elif kind == "image/png":
                    output.data[kind] = _packed(shown)
        if "execution_count" in output:
            output.execution_count = None
        kept.append(output)
    return kept


def _clean_text(text: str, folders: Sequence[str]) -> str:
    for folder in (*folders, str(Path.cwd()), str(Path.home())):
        text = text.replace(f"{folder}{os.sep}", "").replace(folder, ".")
    return re.sub(r"\b0x[0-9a-f]{6,}", "0x…", text)


def _packed(picture: str) -> str:
    """Pack a PNG more tightly, pixel for pixel the same: the committed solutions hold some 200 of them."""
    with Image.open(BytesIO(base64.b64decode(picture)), formats=["PNG"]) as image:
        image.save(packed := BytesIO(), "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def fingerprint(lesson: Lesson, used: Sequence[str], project: Project) -> str:
    """Condense all that a solution's outputs depend on.

    The shared first cell and the text cells do not count, so that a new sentence or a new version number does
    not execute anything.

    Args:
        lesson: The lesson.
        used: The files of the package that it used.
        project: The checkout.

    Returns:
        A short hash over the lesson's code, those modules, the data files beside them, and the exact pins.
    """
    code = [cell.solved for cell in lesson.for_solutions if cell.kind == "code"]
    digest = hashlib.sha256(json.dumps(code).encode())
    modules = [
        project.package / name for name in used if name != "__init__.py"
    ]  # that one is a list of names
    for module in modules:
        digest.update(module.read_text(encoding="utf-8").encode() if module.is_file() else b"gone")
    for path in sorted(
        path for folder in {module.parent for module in modules} for path in _data_files(folder)
    ):
        digest.update(path.read_bytes())
    pins = project.root / "requirements.lock"
    digest.update(pins.read_text(encoding="utf-8").encode() if pins.is_file() else b"")
    return digest.hexdigest()[:16]


def _data_files(folder: Path) -> list[Path]:
    """List the data files of one folder of the package, such as the drawn sample."""
    return [path for path in folder.glob("*.np[yz]") if path.is_file()]
