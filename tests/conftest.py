"""Fixtures that tests of more than one room use."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import cv2
import matplotlib
import numpy as np
import pytest

from fer_course.dataset import FaceDataset

matplotlib.use("Agg")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def no_own_data(monkeypatch, tmp_path_factory):
    """Keep the data, the progress and the thread of whoever runs the tests out of them."""
    monkeypatch.setenv("FER_COURSE_HOME", str(tmp_path_factory.getbasetemp() / "home"))
    monkeypatch.delenv("FER_COURSE_DATA", raising=False)
    monkeypatch.setenv("FER_COURSE_PROGRESS", "0")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real FER2013; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("FER_COURSE_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; name its folder in FER_COURSE_SHARED")
    return folder


@pytest.fixture(scope="session")
def fer2013_writer(shared) -> ModuleType:
    """The tool that writes real FER2013 images as the files that users have."""
    spec = importlib.util.spec_from_file_location("fer2013_files", shared / "tools" / "fer2013_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def real(fer2013_writer) -> dict[str, np.ndarray]:
    """Forty real images of Training and forty of PublicTest, with all that is known of them."""
    return fer2013_writer.load(limit=40)


@pytest.fixture
def faces() -> FaceDataset:
    """Twenty-one images of noise: every label in every split."""
    images = np.random.default_rng(0).integers(0, 256, (21, 48, 48), dtype=np.uint8)
    return FaceDataset(
        images,
        np.arange(21) % 7,
        np.repeat(["train", "val", "test"], 7),
        source="noise",
        attributes={"person": np.arange(21)},
    )


@pytest.fixture(scope="session")
def drawn_file(tmp_path_factory) -> Path:
    """Three hundred faces of the drawn sample in a file."""
    from fer_course.drawing.sample import sample_faces

    faces = sample_faces()
    some = np.sort(np.random.default_rng(0).choice(len(faces), 300, replace=False))
    return faces.subset(some).save(tmp_path_factory.mktemp("drawn") / "faces.npz")


@pytest.fixture(scope="session")
def trained_run(drawn_file, tmp_path_factory) -> Path:
    """The folder of a tiny run on them, trained once; copy what you change."""
    from fer_course.jobs.run import run

    folder = tmp_path_factory.mktemp("trained") / "run"
    return run(drawn_file, folder, epochs=1, width_mult=0.25).out


@pytest.fixture
def cascades():
    """Skip where OpenCV has no Haar cascades: from 5 on it has none."""
    if not hasattr(cv2, "CascadeClassifier") or not hasattr(cv2, "data"):
        pytest.skip("this OpenCV has no Haar cascades")
