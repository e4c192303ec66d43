"""Run every lesson with the exact versions that Colab ships, and with its name in sys.modules.

Makes ``.venv-colab`` beside ``.venv``, installs the built wheel into it, and executes the lessons there.
``python tests/colab/run.py 03_blur`` runs one lesson.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VENV = ROOT / ".venv-colab"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
UV = [sys.executable, "-m", "uv"]
_IN_COLAB = """\
from importlib.metadata import version
assert fer.notebook.in_colab()
print({{name: version(name) for name in {names}}})"""


def main(slugs: list[str]) -> int:
    """Prepare the environment and run the lessons; give the number that failed."""
    lessons = [ROOT / "lessons" / f"{slug}.ipynb" for slug in slugs] or sorted(ROOT.glob("lessons/*.ipynb"))
    if missing := [path.name for path in lessons if not path.exists()]:
        raise SystemExit(f"no lesson {missing[0]} in lessons/")
    pins = _pins()
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        refuse_changes(wheel, pins)
        install(wheel)
        register_kernel(Path(folder))
        failed = [path for path in lessons if not passes(path, pins, folder)]
    return len(failed)


def build_wheel(folder: Path) -> Path:
    """Build the package's wheel."""
    command = [*UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


def refuse_changes(wheel: Path, pins: dict[str, str]) -> None:
    """Stop when the first cell's install could not leave Colab's versions as they are."""
    shipped = "\n".join(f"{name.replace('-cpu', '')}=={version}" for name, version in pins.items())
    constraints = wheel.with_name("colab.txt")
    constraints.write_text(shipped)
    command = [
        *UV,
        "pip",
        "compile",
        "-",
        "--quiet",
        "--constraint",
        str(constraints),
        "--python",
        sys.executable,
    ]
    wanted = f"fer-course[course,labels,train] @ {wheel.as_uri()}"
    subprocess.run(command, input=wanted, text=True, check=True, stdout=subprocess.DEVNULL)
    print("the install leaves Colab's versions as they are", flush=True)


def install(wheel: Path) -> None:
    """Make the environment and put the wheel in, without its dependencies."""
    if not PYTHON.exists():
        subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, str(VENV)], check=True)
    command = [*UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    subprocess.run([*command, "--requirement", str(HERE / "requirements.txt")], check=True)
    subprocess.run([*command, "--no-deps", "--reinstall", str(wheel)], check=True)


def register_kernel(folder: Path) -> None:
    """Make the kernel "colab" known to this process: that environment, with the stub on its path."""
    spec = {
        "argv": [str(PYTHON), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Colab",
        "language": "python",
        "env": {"PYTHONPATH": str(HERE / "stub"), "PIP_NO_INDEX": "1"},
    }
    kernel = folder / "kernels" / "colab" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps(spec))
    os.environ["JUPYTER_PATH"] = str(folder)


def passes(path: Path, pins: dict[str, str], folder: str) -> bool:
    """Run one lesson; say how long it took, or what failed."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell(_IN_COLAB.format(names=sorted(pins))))
    start = time.perf_counter()
    resources = {"metadata": {"path": folder}}
    try:
        NotebookClient(notebook, timeout=300, kernel_name="colab", resources=resources).execute()
    except CellExecutionError as error:
        print(f"{path.stem}: {error}")
        return False
    found = next(output.text for output in notebook.cells[-1].outputs if output.output_type == "stream")
    if found.strip() != str(dict(sorted(pins.items()))):
        print(f"{path.stem}: ran with {found}")
        return False
    print(f"{path.stem}: {time.perf_counter() - start:.0f} s", flush=True)
    return True


def _pins() -> dict[str, str]:
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
