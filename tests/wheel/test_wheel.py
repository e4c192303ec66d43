"""The wheel and the source distribution; the wheel works where nothing but its dependencies is."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import fer_course

ROOT = Path(__file__).parents[2]
META = ("pyproject.toml", "PKG-INFO", ".gitignore")  # what the build back end adds
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
    files = zipfile.ZipFile(wheel).infolist()
    names = [file.filename for file in files]
    large = {file.filename.removeprefix("fer_course/") for file in files if file.file_size > 300_000}
    assert large == {
        "drawing/sample.npz",
        "models/compact.keras",
        "models/compact.onnx",
        "inference/web_page/runtime/ort-wasm-simd.wasm.xz",
    }
    small = {"exercises/solutions.json", "sources/catalogue.toml", "course/collector.js"}
    small |= {f"inference/{name}" for name in ("camera.js", "webcam.js", "webcam.css")}
    assert {f"fer_course/{name}" for name in small} < set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fer_course"}
    assert not [name for name in names if name.endswith((".pyc", ".ipynb"))]
    assert wheel.stat().st_size < 10_000_000


def test_the_source_distribution_holds_what_the_wheel_is_built_from(tmp_path):
    command = [*UV, "build", "--quiet", "--sdist", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(tmp_path), str(ROOT)], check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = {name.split("/")[1] for name in files.getnames()}
    assert names == {
        *("fer_course", "README.md", "LICENSE", "LICENSE-lessons", "CHANGELOG.md", "CITATION.cff"),
        *META,
    }
    assert archive.stat().st_size < 10_000_000


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
        "import fer_course.course.notebook, fer_course.plots, fer_course.exercises.engine, sys\n"
        "print([name for name in ('tensorflow', 'sklearn', 'ipywidgets') if name in sys.modules])"
    )
    assert run([clean / "python", "-c", code], tmp_path).strip() == "[]"
