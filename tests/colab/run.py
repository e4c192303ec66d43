"""Install the course where Colab's packages are, as a lesson's first cell does, and run every lesson there.

First the install is resolved for Colab's Python, with all that Colab ships as constraints. Then, where that
Python is found, ``.venv-colab`` is made beside ``.venv``: with what the course needs, at Colab's versions,
and the bare names and versions of the rest, so that pip finds all of it installed. In it each lesson runs,
and its first cell installs the course. Any package that is not what Colab ships by then is an error.

``python tests/colab/run.py 03_blur`` runs one lesson.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import distributions
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHIPPED = HERE / "colab-2026-08-19.txt"
COLABS_PYTHON = "3.13"
VENV = ROOT / ".venv-colab"
UV = [sys.executable, "-m", "uv"]
NOTEBOOK = ["anywidget", "ipykernel", "ipython", "ipywidgets", "pip"]
CELL_SECONDS = 600

sys.path.insert(0, str(ROOT / "tools"))
from authoring.project import Project  # noqa: E402


def main(slugs: list[str]) -> int:
    """Resolve the install, prepare the environment and run the lessons; give the number that failed."""
    lessons = [ROOT / "lessons" / f"{slug}.ipynb" for slug in slugs] or sorted(ROOT.glob("lessons/*.ipynb"))
    if missing := [path.name for path in lessons if not path.exists()]:
        raise SystemExit(f"no lesson {missing[0]} in lessons/")
    shipped = pins(SHIPPED.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout = tagged_checkout(folder)
        course = resolve([f"fer-course[colab] @ {checkout.as_uri()}"])
        lacking = sorted(course.keys() - shipped.keys() - {"fer-course"})
        print(f"the install changes nothing of {SHIPPED.stem}; it adds {', '.join(lacking)}", flush=True)
        if (interpreter := find_python()) is None:
            print(f"the lessons were not run: there is no Python {COLABS_PYTHON} here")
            return 0
        needed = {name: version for name, version in course.items() if name in shipped}
        python = make_environment(interpreter, needed | resolve(NOTEBOOK), shipped)
        register_kernel(python, checkout, folder)
        failed = [path for path in lessons if not passes(path, python, shipped, folder)]
    return len(failed)


def pins(text: str) -> dict[str, str]:
    """Read a list of exact versions, names as pip compares them."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, flags=re.MULTILINE)
    return {canonical(name): version for name, version in found}


def canonical(name: str) -> str:
    """Write a package's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def tagged_checkout(folder: Path) -> Path:
    """Make a repository of the package as it stands, with the tag that first cells name."""
    command = [*UV, "build", "--quiet", "--sdist", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder), str(ROOT)], check=True)
    archive = next(folder.glob("*.tar.gz"))
    shutil.unpack_archive(archive, folder, filter="data")
    checkout = folder / archive.name.removesuffix(".tar.gz")
    git = ["git", "-C", str(checkout), "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for arguments in (
        ["init"],
        ["add", "--all"],
        ["commit", "--message", "test"],
        ["tag", Project.at(ROOT).tag],
    ):
        subprocess.run([*git, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return checkout


def resolve(wanted: list[str]) -> dict[str, str]:
    """Find the versions of all that is needed on Colab; fail when one of Colab's would have to change."""
    command = [*UV, "pip", "compile", "-", "--quiet", "--python-version", COLABS_PYTHON]
    command += ["--constraint", str(SHIPPED)]
    done = subprocess.run(command, input="\n".join(wanted), text=True, check=True, stdout=subprocess.PIPE)
    return pins(done.stdout)


def find_python() -> str | None:
    """Find Colab's Python on the path or among pyenv's; its shims are on the path, but may not work."""
    own = sorted(Path.home().glob(f".pyenv/versions/{COLABS_PYTHON}.*/bin/python"))
    for candidate in map(str, [f"python{COLABS_PYTHON}", *own]):
        if (
            shutil.which(candidate)
            and not subprocess.run([candidate, "-c", ""], capture_output=True).returncode
        ):
            return candidate
    return None


def make_environment(python: str, needed: dict[str, str], shipped: dict[str, str]) -> Path:
    """Make the environment: what is needed for good, the rest of what Colab ships by name and version."""
    subprocess.run([*UV, "venv", "--quiet", "--clear", "--python", python, str(VENV)], check=True)
    own = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(f"{name}=={version}" for name, version in needed.items())
    wanted = wanted.replace("tensorflow==", "tensorflow-cpu==")
    command = [*UV, "pip", "install", "--quiet", "--no-deps", "--compile-bytecode", "--python", str(own)]
    subprocess.run([*command, "--requirement", "-"], input=wanted, text=True, check=True)
    packages = packages_folder(own)
    for name, version in shipped.items() - installed(packages).items():
        metadata = packages / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    return own


def packages_folder(python: Path) -> Path:
    """Ask a Python where its packages are."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.check_output([python, "-c", code], text=True).strip())


def installed(packages: Path) -> dict[str, str]:
    """List the packages in a folder with their versions."""
    found = distributions(path=[str(packages)])
    return {canonical(one.metadata["Name"]): one.version for one in found}


def register_kernel(python: Path, checkout: Path, folder: Path) -> None:
    """Make the kernel "colab" known to this process: google.colab is there, and git finds the checkout."""
    spec = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Colab",
        "language": "python",
        "env": {
            "PYTHONPATH": str(HERE / "stub"),
            "FER_COURSE_HOME": str(folder / "home"),
            "FER_COURSE_MINUTES": "0.3",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{checkout.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": Project.at(ROOT).repository,
        },
    }
    kernel = folder / "kernels" / "colab" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps(spec))
    os.environ["JUPYTER_PATH"] = str(folder)


def passes(path: Path, python: Path, shipped: dict[str, str], folder: Path) -> bool:
    """Run one lesson where the course is not installed yet; say how long it took, or what failed."""
    subprocess.run([*UV, "pip", "uninstall", "--quiet", "--python", str(python), "fer-course"], check=True)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell("assert fer.notebook.in_colab()"))
    start = time.perf_counter()
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="colab", resources=resources)
    try:
        client.execute()
    except CellExecutionError as error:
        print(f"{path.stem}: {error}")
        return False
    if changed := shipped.items() - installed(packages_folder(python)).items():
        print(f"{path.stem}: its first cell changed {', '.join(sorted(name for name, _ in changed))}")
        return False
    print(f"{path.stem}: {time.perf_counter() - start:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
