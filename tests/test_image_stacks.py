import numpy as np
import pytest

from fer_course.cleaning.duplicates import find_duplicates
from fer_course.cleaning.quality import clahe, measure
from fer_course.errors import FerCourseError
from fer_course.images import image_stack, stack_to_gray

FLOATS = np.random.default_rng(0).random((3, 48, 48))
BROKEN = FLOATS.copy()
BROKEN[2, 5, 5] = np.nan
WRONG = {
    "floats in 0..1": (FLOATS, r"float64 in 0\.\.1.*\* 255"),
    "floats in 0..255": (255 * FLOATS.astype(np.float32), r"float32.*round\(\)\.astype\('uint8'\)"),
    "floats in 0..1 cut to whole numbers": ((FLOATS > 0.5).astype(np.uint8), r"only 0 and 1.*by 255 before"),
    "booleans": (FLOATS > 0.5, r"bool.*\* 255"),
    "NaN": (BROKEN, "image 2 holds NaN"),
    "integers beyond 255": (np.arange(700 * 48 * 48).reshape(700, 48, 48) % 701, r"from 0 to 700"),
    "negative values": (FLOATS - 0.5, "from -0"),
    "one gray image": (np.zeros((48, 48), np.uint8), r"one image.*image\[None\]"),
    "one colour image": (np.zeros((48, 48, 3), np.uint8), "one image"),
    "one channel": (np.zeros((2, 48, 48, 1), np.uint8), r"images\[\.\.\., 0\]"),
    "transparency": (np.zeros((2, 48, 48, 4), np.uint8), r"images\[\.\.\., :3\]"),
    "two channels": (np.zeros((2, 48, 48, 2), np.uint8), r"\(2, 48, 48, 2\)"),
    "no pixels": (np.zeros((2, 0, 48), np.uint8), "no pixels"),
    "an empty list": ([], "empty"),
    "sizes that differ": (
        [np.zeros((48, 48), np.uint8), np.zeros((30, 40), np.uint8)],
        r"image 1 \(30, 40\)",
    ),
    "text": (np.full((2, 4, 4), "a"), "<U1"),
    "nothing": (None, r"shape \(\)"),
}


@pytest.mark.parametrize("function", [measure, find_duplicates, clahe])
@pytest.mark.parametrize(("images", "message"), WRONG.values(), ids=WRONG)
def test_bad_input_is_explained(function, images, message):
    with pytest.raises(FerCourseError, match=message):
        function(images)


def test_a_whole_dataset_is_not_its_images(faces):
    with pytest.raises(FerCourseError, match=r"dataset\.images"):
        measure(faces)


def test_a_list_of_images_is_a_stack(faces):
    assert np.array_equal(image_stack(list(faces.images)), faces.images)


def test_black_images_are_images():
    assert image_stack(np.zeros((2, 48, 48), np.uint8)).shape == (2, 48, 48)


def test_colour_becomes_gray_and_red_is_darker_than_green():
    colour = np.zeros((2, 4, 4, 3), np.uint8)
    colour[0, ..., 0] = colour[1, ..., 1] = 255
    assert stack_to_gray(image_stack(colour))[:, 0, 0].tolist() == [76, 150]
