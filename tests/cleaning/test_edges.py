import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_course.cleaning.quality import canny

STACKS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 11), st.integers(3, 20), st.integers(3, 20)),
    elements=st.integers(0, 255),
)


def opencvs(images, low=50, high=150):
    return np.stack([cv2.Canny(image, low, high) for image in images]) > 0


@given(STACKS, st.integers(0, 200), st.integers(0, 400))
@settings(max_examples=80, deadline=None)
def test_equals_opencv_on_any_pixels(images, low, more):
    assert np.array_equal(canny(images, low, low + more) > 0, opencvs(images, low, low + more))


@pytest.mark.parametrize("blur", [0.6, 1.0, 2.5])
def test_equals_opencv_on_smooth_pictures_with_long_edges(blur):
    noise = np.random.default_rng(0).integers(0, 256, (40, 64, 40), dtype=np.uint8)
    smooth = np.stack([cv2.GaussianBlur(image, (0, 0), blur) for image in noise])
    images = np.stack([cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX) for image in smooth])
    assert np.array_equal(canny(images) > 0, opencvs(images))


def test_angles_are_told_apart_as_in_whole_numbers():
    across, down = np.meshgrid(np.arange(1021), np.arange(1021))
    scaled = down.astype(np.int64) << 15
    tan_flat, tan_steep = np.float32(13573 / 2**15), np.float32(13573 / 2**15 + 2)
    slope = across.astype(np.float32)
    assert np.array_equal(down.astype(np.float32) < slope * tan_flat, scaled < across * 13573)
    assert np.array_equal(down.astype(np.float32) > slope * tan_steep, scaled > across * (13573 + 2**16))


def test_equals_opencv_on_the_real_dataset(shared):
    images = np.load(shared / "data" / "fer2013_trainval.npz")["images"][:2000]
    assert np.array_equal(canny(images) > 0, opencvs(images))
