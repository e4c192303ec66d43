"""The built wheel works in a clean environment that has nothing but its dependencies."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fer_course

ROOT = Path(__file__).parents[2]
UV = [sys.executable, "-m", "uv"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [*UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def clean(wheel):
    """The ``bin`` folder of an environment with the wheel and its dependencies at the locked versions."""
    venv = wheel.parent / "venv"
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    scripts = venv / ("Scripts" if sys.platform == "win32" else "bin")
    command = [*UV, "pip", "install", "--quiet", "--constraint", str(ROOT / "requirements.lock")]
    subprocess.run([*command, "--python", str(scripts / "python"), str(wheel)], check=True)
    return scripts


def run(command, cwd):
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=True
    ).stdout


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "fer_course/sources/sample.npz" in names
    assert "fer_course/exercises/solutions.json" in names
    assert {f"fer_course/models/{name}" for name in ("compact.keras", "compact.onnx", "README.md")} < set(
        names
    )
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fer_course"}
    assert not [name for name in names if name.endswith((".pyc", ".ipynb"))]
    assert wheel.stat().st_size < 9_000_000


def test_the_command_and_the_sample_work_without_the_extras(clean, tmp_path):
    assert (
        run([clean / "fer-course", "--version"], tmp_path).strip() == f"fer-course {fer_course.__version__}"
    )
    code = "import fer_course as fer; print(fer.measure(fer.sample_faces().images).shape)"
    assert run([clean / "python", "-c", code], tmp_path).strip() == "(2100, 10)"


def test_the_network_predicts_without_the_extras(clean, tmp_path):
    code = "import fer_course as fer, numpy as np; faces = np.zeros((2, 48, 48), np.uint8)"
    code += "; print(fer.Predictor.load().predict_proba(faces).shape)"
    assert run([clean / "python", "-c", code], tmp_path).strip() == "(2, 7)"


def test_every_module_that_needs_no_extra_can_be_imported(clean, tmp_path):
    code = (
        "import fer_course.notebook, fer_course.plots, fer_course.exercises.engine, sys\n"
        "print([name for name in ('tensorflow', 'sklearn', 'ipywidgets') if name in sys.modules])"
    )
    assert run([clean / "python", "-c", code], tmp_path).strip() == "[]"
