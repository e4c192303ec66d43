import cv2
import numpy as np
import pytest

from fer_course.cleaning.quality import clahe
from fer_course.errors import FerCourseError

IMAGES = np.random.default_rng(0).integers(80, 130, (300, 48, 40), dtype=np.uint8)


@pytest.mark.parametrize(("clip_limit", "tile_grid"), [(2.0, (8, 8)), (4.0, (3, 5))])
def test_equals_opencv_image_by_image(clip_limit, tile_grid):
    enhancer = cv2.createCLAHE(clip_limit, (tile_grid[1], tile_grid[0]))
    expected = np.stack([enhancer.apply(image) for image in IMAGES])
    assert np.array_equal(clahe(IMAGES, clip_limit, tile_grid), expected)


def test_raises_contrast_and_leaves_its_input_alone():
    before = IMAGES.copy()
    enhanced = clahe(IMAGES)
    assert enhanced.std() > IMAGES.std()
    assert enhanced.dtype == np.uint8
    assert np.array_equal(IMAGES, before)


def test_no_images():
    assert clahe(np.zeros((0, 48, 48), np.uint8)).shape == (0, 48, 48)


def test_bad_input_is_explained():
    with pytest.raises(FerCourseError, match="gray"):
        clahe(np.zeros((2, 48, 48, 3), np.uint8))
    with pytest.raises(FerCourseError, match=r"0\.\.1"):
        clahe(np.zeros((2, 48, 48)))
    with pytest.raises(FerCourseError, match="positive"):
        clahe(IMAGES, tile_grid=(0, 8))
    with pytest.raises(FerCourseError, match="clip_limit nan"):
        clahe(IMAGES, clip_limit=float("nan"))
