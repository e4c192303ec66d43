import sys

import cv2
import numpy as np
import pytest

import fer_course as fer
from fer_course import FaceDetector, FerCourseError
from fer_course.faces import detectors as module


@pytest.fixture(scope="module")
def crops():
    sample = fer.sample_faces()
    return sample.images[np.flatnonzero(sample.attributes["defect"] == "none")[:24]]


@pytest.fixture(scope="module")
def frame():
    """A colour frame of 240 x 320 with a face at (100, 60), 120 pixels large."""
    frame = np.full((240, 320, 3), 120, np.uint8)
    frame[60:180, 100:220] = fer.draw_face({}, size=120)[..., None]
    return frame


@pytest.fixture(scope="module")
def models(shared):
    return {
        "yunet": shared / "models" / "face_detection_yunet_2026may.onnx",
        "dnn": shared / "models" / "face_detection_yunet_2026may.onnx",
        "insightface": shared / "models" / "insightface" / "models" / "mobile_pack",
    }


@pytest.mark.parametrize("name", ["yunet", "dnn", "insightface"])
def test_one_face_in_a_crop_and_its_place_in_a_frame(name, crops, frame, models):
    detector = FaceDetector(name, model=models[name])
    assert (detector.count(crops) == 1).mean() > 0.9
    check_frame(detector.detect(frame[None]))


def test_haar_on_crops_and_frames(crops, frame):
    detector = FaceDetector()
    assert (detector.count(crops) == 1).mean() > 0.8
    check_frame(detector.detect(frame[None]))
    check_frame(detector.detect(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[None]))


@pytest.mark.slow
def test_mtcnn_in_batches(crops, frame, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 7)
    detector = FaceDetector("mtcnn")
    assert (detector.count(crops) == 1).mean() > 0.9
    check_frame(detector.detect(frame[None]))


def check_frame(found):
    assert found["image"].tolist() == [0]
    x, y, width, height = found.loc[0, ["x", "y", "width", "height"]]
    assert 95 < x + width / 2 - 40 < 140 and 90 < y + height / 2 < 150
    assert 50 < width < 140 and 50 < height < 160


def test_boxes_are_in_pixels_of_the_crop(crops):
    found = FaceDetector().detect(crops)
    assert found["width"].between(20, 60).mean() > 0.9
    assert (found["x"] + found["width"] / 2).between(14, 34).mean() > 0.9


def test_faces_belong_to_their_images(crops):
    blank = np.zeros((1, 48, 48), np.uint8)
    counts = FaceDetector().count(np.concatenate([blank, crops[:3], blank]))
    assert counts[0] == counts[-1] == 0 and counts[1:-1].sum() > 0
    assert len(FaceDetector().count(crops[:0])) == 0


def test_small_faces_can_be_left_out(frame):
    assert FaceDetector(min_face_ratio=0.2).count(frame[None]) == 1
    assert FaceDetector(min_face_ratio=0.8).count(frame[None]) == 0
    with pytest.raises(FerCourseError, match=r"min_face_ratio is 30.*0\.\.1"):
        FaceDetector(min_face_ratio=30)


def test_an_unknown_detector_is_named():
    with pytest.raises(FerCourseError, match="no detector 'hog'; there are haar, yunet"):
        FaceDetector("hog")


def test_what_is_missing_is_said(monkeypatch, tmp_path):
    monkeypatch.delenv("FER_COURSE_YUNET", raising=False)
    with pytest.raises(FerCourseError, match=r"no file is named: download .*yunet.*FER_COURSE_YUNET"):
        FaceDetector("yunet")
    monkeypatch.setenv("FER_COURSE_YUNET", "nowhere.onnx")
    with pytest.raises(FerCourseError, match=r"nothing is at nowhere\.onnx"):
        FaceDetector("yunet")
    (tmp_path / "other.onnx").write_bytes(b"no network")
    with pytest.raises(FerCourseError, match=r"other\.onnx: not a model that OpenCV reads"):
        FaceDetector("dnn", model=tmp_path / "other.onnx")
    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(FerCourseError, match=r"MTCNN needs mtcnn: pip install .fer-course\[faces\] @"):
        FaceDetector("mtcnn")
    monkeypatch.setitem(sys.modules, "insightface.app", None)
    with pytest.raises(FerCourseError, match=r"InsightFace needs insightface.*fer-course\[faces\]"):
        FaceDetector("insightface")


def test_opencv_without_cascades(monkeypatch):
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(FerCourseError, match=r"no Haar cascades .*opencv-python<5"):
        FaceDetector("haar")
