import importlib.metadata
import sys
from types import SimpleNamespace

import cv2
import pytest

import fer_course as fer
from fer_course.jobs import doctor as environment


def finding(topic):
    return doctor().set_index("topic").loc[topic]


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch, tmp_path):
    monkeypatch.delenv("FER_COURSE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


def doctor():
    return fer.doctor()


def test_this_machine_can_run_the_course():
    findings = doctor()
    assert not (findings["state"] == "problem").any(), environment.describe(findings)
    assert "numpy" in finding("packages: core")["found"]
    assert "drawn sample" in finding("data")["found"]


def test_every_gap_comes_with_advice():
    findings = doctor()
    assert (findings.loc[findings["state"] != "ok", "advice"] != "").all()


def test_floors_are_those_of_the_installed_package(monkeypatch):
    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "1.0" if name == "pandas" else version(name)
    )
    core = finding("packages: core")
    assert core["state"] == "problem"
    assert core["found"] == "pandas 1.0 is not >=2.2"
    assert "pip install" in core["advice"]


def test_a_missing_extra_is_a_gap_and_no_problem(monkeypatch):
    version = importlib.metadata.version

    def without_kaggle(name):
        if name == "kaggle":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_kaggle)
    downloads = finding("packages: downloads")
    assert (downloads["state"], downloads["found"]) == ("gap", "kaggle is missing")
    assert "fer-course[download]" in downloads["advice"]


def test_opencv_without_cascades_is_no_gap(monkeypatch):
    monkeypatch.delattr(cv2, "CascadeClassifier", raising=False)
    opencv = finding("OpenCV")
    assert (opencv["state"], opencv["advice"]) == ("ok", "")
    assert 'the detector "haar" is not there' in opencv["found"]


def test_opencv_wheels_of_different_versions_are_recognised(monkeypatch):
    wheels = [("opencv-python", "4.14.0"), ("opencv-contrib-python", "4.10.0"), ("numpy", "2.0")]
    distributions = [SimpleNamespace(metadata={"Name": name}, version=version) for name, version in wheels]
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: distributions)
    opencv = environment._opencv()
    assert opencv.state == "gap"
    assert "different versions" in opencv.found
    assert "pip uninstall -y opencv-contrib-python opencv-python, then pip install" in opencv.advice
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())  # which ships them so
    assert environment._opencv().state == "ok"


def test_data_that_is_named_but_missing_is_a_problem(monkeypatch):
    monkeypatch.setenv("FER_COURSE_DATA", "nowhere.csv")
    data = finding("data")
    assert data["state"] == "problem"
    assert "nowhere.csv" in data["found"]


def test_real_data_is_found(tmp_path):
    (tmp_path / "data" / "fer2013").mkdir(parents=True)
    (tmp_path / "data" / "fer2013" / "fer2013.csv").touch()
    assert finding("data")["state"] == "ok"


def test_a_full_disk_is_a_problem(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5e7))
    assert finding("disk")["state"] == "problem"
