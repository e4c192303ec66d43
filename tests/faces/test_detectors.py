import sys

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

import fer_course as fer
from fer_course import FaceDetector, FerCourseError
from fer_course.faces import detectors as module
from fer_course.faces.yunet import YUNET, YuNet
from fer_course.inference.network_files import COMPACT_MODEL


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
        "yunet": None,
        "dnn": None,
        "insightface": shared / "models" / "insightface" / "models" / "mobile_pack",
    }


@pytest.mark.parametrize("name", ["yunet", "dnn", "insightface"])
def test_one_face_in_a_crop_and_its_place_in_a_frame(name, crops, frame, models):
    detector = FaceDetector(name, model=models[name])
    assert (detector.count(crops) == 1).mean() > 0.9
    check_frame(detector.detect(frame[None]))


def test_haar_on_crops_and_frames(crops, frame, cascades):
    detector = FaceDetector("haar")
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
    if "NaN" not in found.to_string():
        eyes = found.loc[0, ["right_eye_x", "right_eye_y", "left_eye_x", "left_eye_y"]]
        np.testing.assert_allclose(eyes, [141, 107, 179, 107], atol=9)


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
    with pytest.raises(FerCourseError, match="no detector 'hog'; there are yunet, dnn, haar"):
        FaceDetector("hog")


def test_what_is_missing_is_said(monkeypatch, tmp_path):
    with pytest.raises(FerCourseError, match=r"nowhere\.onnx: no such file; leave model out"):
        FaceDetector("yunet", model="nowhere.onnx")
    with pytest.raises(FerCourseError, match=r"compact\.onnx: not YuNet"):
        FaceDetector(model=COMPACT_MODEL)
    (tmp_path / "other.onnx").write_bytes(b"no network")
    with pytest.raises(FerCourseError, match=r"other\.onnx: not a network that ONNX Runtime reads"):
        FaceDetector("dnn", model=tmp_path / "other.onnx")
    for name in ("haar", "mtcnn"):
        with pytest.raises(FerCourseError, match=f"{name} takes no model, but 'other.onnx' was given"):
            FaceDetector(name, model="other.onnx")
    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(FerCourseError, match=r"MTCNN needs mtcnn: pip install .fer-course\[faces\] @"):
        FaceDetector("mtcnn")
    monkeypatch.setitem(sys.modules, "insightface.app", None)
    with pytest.raises(FerCourseError, match=r"InsightFace needs insightface.*fer-course\[faces\]"):
        FaceDetector("insightface")


def test_opencv_without_cascades(monkeypatch):
    monkeypatch.delattr(cv2, "CascadeClassifier", raising=False)
    with pytest.raises(FerCourseError, match=r"no Haar cascades .*\"yunet\" ships with"):
        FaceDetector("haar")


def test_confidence_can_be_asked_for(frame):
    (confidence,) = FaceDetector().detect(frame[None])["confidence"]
    assert len(FaceDetector(min_confidence=confidence + 0.01).detect(frame[None])) == 0
    with pytest.raises(FerCourseError, match=r"min_confidence is 60; expected a share, 0\.\.1"):
        FaceDetector(min_confidence=60)


@pytest.mark.parametrize("size", [(1500, 2000), (5800, 8000)])
def test_large_photographs_are_searched_for_large_and_for_small_faces(size):
    face = astronaut()[:256, 100:356]
    photograph = np.full((*size, 3), 110, np.uint8)
    for left, width in ((10, 45), (300, 90), (600, 400)):
        shown = cv2.resize(face, None, fx=width / 90, fy=width / 90, interpolation=cv2.INTER_AREA)
        photograph[50 : 50 + len(shown), left : left + len(shown)] = shown
    found = FaceDetector().detect(photograph[None]).sort_values("x")
    np.testing.assert_allclose(found["width"], [45, 90, 400], rtol=0.2)
    assert FaceDetector().smallest(*size) <= 40


def test_faces_that_are_hard_to_see():
    face = astronaut()[:256, 100:356]
    found = FaceDetector(min_confidence=0.5).detect(face[None, :, 120:])  # half of it at the border
    assert len(found) == 1 and found["x"][0] < 0
    tiny = np.full((240, 320, 3), 110, np.uint8)
    tiny[50:93, 50:93] = cv2.resize(face, (43, 43), interpolation=cv2.INTER_AREA)  # 15 pixels
    assert len(FaceDetector().detect(tiny[None])) == 1
    twins = np.hstack([face, face[:, ::-1]])
    assert len(FaceDetector().detect(twins[None])) == 2


def test_opencv_reads_the_same_faces_off_yunet(frame):
    if not hasattr(cv2, "FaceDetectorYN"):
        pytest.skip("this OpenCV has no FaceDetectorYN")
    picture = np.ascontiguousarray(frame[..., ::-1])
    theirs = cv2.FaceDetectorYN.create(str(YUNET), "", picture.shape[1::-1], score_threshold=0.6)
    np.testing.assert_allclose(YuNet().detect(picture, 0.6), theirs.detect(picture)[1], rtol=1e-3, atol=0.05)


class TestFollow:
    def test_a_face_that_moved_and_turned_is_found_again(self):
        picture, detector = astronaut(), FaceDetector()
        found = detector.detect(picture[None])
        turn = cv2.getRotationMatrix2D((224, 115), 8, 1)
        turn[:, 2] += (12, -9)
        moved = cv2.warpAffine(picture, turn, (512, 512))
        followed, searched = detector.follow(moved, found), detector.detect(moved[None])
        assert followed.columns.tolist() == searched.columns.tolist()
        boxes = ["x", "y", "width", "height"]
        np.testing.assert_allclose(followed[boxes], searched[boxes], atol=8)

    def test_two_boxes_of_one_face_become_one_and_a_face_that_is_gone_none(self):
        picture, detector = astronaut(), FaceDetector()
        found = detector.detect(picture[None])
        assert len(detector.follow(picture, pd.concat([found, found + 5]))) == 1
        assert len(detector.follow(picture[:, ::-1], found)) == 0
        assert len(detector.follow(picture, found[:0])) == 0

    def test_other_detectors_search(self, frame, cascades):
        haar = FaceDetector("haar")
        nothing = haar.detect(np.zeros((1, 240, 320), np.uint8))
        pd.testing.assert_frame_equal(haar.follow(frame, nothing), haar.detect(frame[None]))


def test_as_many_faces_are_counted_as_detected():
    """Small ones of which a first look is not sure are looked at again by both."""
    picture = cv2.resize(astronaut()[40:200, 150:310], (34, 34), interpolation=cv2.INTER_AREA)
    frames = np.full((12, 120, 160, 3), 110, np.uint8)
    for place, frame in enumerate(frames):
        frame[20 + 2 * place : 54 + 2 * place, 30:64] = picture
    detector = FaceDetector()
    detected = np.bincount(detector.detect(frames)["image"], minlength=12)
    np.testing.assert_array_equal(detector.count(frames), detected)
