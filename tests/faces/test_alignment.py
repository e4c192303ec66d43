import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

from fer_course import FaceDetector, FerCourseError
from fer_course.faces.alignment import align, squares_around
from fer_course.images import Square, cut_out

FACE = astronaut()[20:220, 124:324]
TIGHT = astronaut()[55:185, 159:289]


def turned(picture, angle):
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
    return cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("angle", [-25, 20])
def test_a_turned_face_is_cut_out_as_the_upright_one(angle):
    crops, angles = [], []
    for picture in (FACE, turned(FACE, angle)):
        (square,) = squares_around(FaceDetector().detect(picture[None]), "yunet")
        angles.append(np.degrees(square.angle))
        crops.append(cv2.resize(cut_out(picture, square), (24, 24), interpolation=cv2.INTER_AREA))
    assert 0.5 < (angles[1] - angles[0]) / angle < 1.2
    upright = cv2.resize(
        cut_out(turned(FACE, angle), square._replace(angle=0)), (24, 24), interpolation=cv2.INTER_AREA
    )
    alike, unlike = (np.corrcoef(crops[0].ravel(), other.ravel())[0, 1] for other in (crops[1], upright))
    assert alike > unlike + 0.1


def test_an_upright_square_is_the_pixels_themselves():
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    np.testing.assert_array_equal(cut_out(picture, Square(30, 25, 20)), picture[15:35, 20:40])
    quarter = cut_out(picture, Square(30, 25, 20, np.pi / 2))
    np.testing.assert_array_equal(quarter, np.rot90(picture[15:35, 20:40]))


def test_beyond_the_border_it_is_repeated():
    picture = np.arange(100, dtype=np.uint8).reshape(10, 10)
    crop = cut_out(picture, Square(0, 0, 8))
    assert (crop[:5, :5] == 0).all() and crop[-1, -1] == picture[3, 3]
    assert cut_out(picture, Square(500, 5, 0.1)).shape == (1, 1)


def test_without_eyes_the_square_is_upright():
    box = {"x": 10.0, "y": 20.0, "width": 30.0, "height": 30.0}
    eyes = dict.fromkeys(["right_eye_x", "right_eye_y", "left_eye_x", "left_eye_y"], np.nan)
    (square,) = squares_around(pd.DataFrame([box | eyes]), "haar")
    assert (square.x, square.y, square.angle) == (25, 35, 0)
    assert squares_around(pd.DataFrame([box | eyes]).iloc[:0], "haar") == []


def test_datasets_are_cut_as_the_camera_cuts():
    crops = np.stack(
        [cv2.resize(turned(TIGHT, angle), (48, 48), interpolation=cv2.INTER_AREA) for angle in (0, 25)]
    )
    aligned, found = align(crops)
    assert found.all() and aligned.shape == crops.shape and aligned.dtype == np.uint8
    before, after = (np.corrcoef(stack.reshape(2, -1))[0, 1] for stack in (crops, aligned))
    assert after > before + 0.1
    faces = FaceDetector().detect(aligned)
    middle = (faces.right_eye_x + faces.left_eye_x) / 2, (faces.right_eye_y + faces.left_eye_y) / 2
    assert (abs(middle[0] - 23.5) < 6).all() and (abs(middle[1] - 18) < 6).all()


def test_an_image_without_a_face_stays_and_is_counted():
    blank = np.full((1, 48, 48), 90, np.uint8)
    crops = np.concatenate(
        [blank, cv2.resize(FACE, (48, 48), interpolation=cv2.INTER_AREA)[None, ..., 0], blank]
    )
    with pytest.warns(
        UserWarning, match="2 of 3 images show no face that yunet finds; they stay as they are"
    ):
        aligned, found = align(crops)
    assert found.tolist() == [False, True, False]
    np.testing.assert_array_equal(aligned[[0, 2]], crops[[0, 2]])


def test_images_that_are_no_crops_are_refused():
    with pytest.raises(FerCourseError, match="images of 60 x 50 pixels; expected square crops"):
        align(np.zeros((2, 50, 60), np.uint8))
    with pytest.raises(FerCourseError, match="one image"):
        align(np.zeros((48, 48), np.uint8))
