import cv2
import numpy as np
import pytest
from file_trees import encoded
from hypothesis import given
from hypothesis import strategies as st

from fer_course.errors import FerCourseError
from fer_course.images import Box, crop_square, decode_picture, network_input, to_gray

sides = st.integers(1, 40)


@given(sides, sides, st.data())
def test_the_square_covers_the_box_where_the_image_allows(height, width, data):
    image = np.arange(height * width).reshape(height, width)
    left, right = sorted(data.draw(st.lists(st.integers(0, width), min_size=2, max_size=2, unique=True)))
    top, bottom = sorted(data.draw(st.lists(st.integers(0, height), min_size=2, max_size=2, unique=True)))
    square = crop_square(image, Box(left, top, right, bottom))
    side = min(max(right - left, bottom - top), height, width)
    assert square.shape == (side, side)
    box = set(image[top:bottom, left:right].ravel())
    if side >= max(right - left, bottom - top):
        assert box <= set(square.ravel())
    else:
        assert set(square.ravel()) & box


def test_a_box_that_reaches_outside_is_cut_off():
    image = np.arange(100).reshape(10, 10)
    np.testing.assert_array_equal(crop_square(image, Box(-5, -5, 4, 4)), image[:4, :4])


@pytest.mark.parametrize("box", [Box(10, 0, 20, 5), Box(0, 5, 5, 5), Box(5, 0, 2, 5), Box(-9, 0, -1, 5)])
def test_a_box_without_a_face(box):
    with pytest.raises(FerCourseError, match="covers nothing of an image of 10 x 10 pixels"):
        crop_square(np.zeros((10, 10), np.uint8), box)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_becomes_gray_of_eight_bits(dtype):
    gray = np.random.default_rng(0).integers(0, 256, (30, 20)).astype(np.uint8)
    stored = gray.astype(dtype) * (257 if dtype == np.uint16 else 1)
    np.testing.assert_allclose(to_gray(decode_picture(encoded(stored, ".tiff"), "a.tiff")), gray, atol=1)
    color = cv2.merge([gray] * 3)
    np.testing.assert_array_equal(to_gray(decode_picture(encoded(color, ".tiff"), "a.tiff")), gray)


def test_a_stack_gets_the_shape_that_a_network_takes():
    gray = np.arange(2 * 48 * 48, dtype=np.uint8).reshape(2, 48, 48)
    for images in (gray, gray[..., np.newaxis]):
        np.testing.assert_array_equal(network_input(images, (48, 48, 1)), gray[..., np.newaxis])
        np.testing.assert_array_equal(network_input(images, (48, 48, 3)), np.stack([gray] * 3, axis=-1))
    colour = np.stack([gray, 255 - gray, gray], axis=-1)
    np.testing.assert_array_equal(network_input(colour, (48, 48, 3)), colour)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2, 64, 64), r"\(64, 64, 1\) .* takes \(48, 48, 1\)"),
        ((2, 48, 48, 3), r"\(48, 48, 3\) .* takes \(48, 48, 1\)"),
        ((48, 48), "is one image"),
        ((1, 2, 48, 48, 1), r"expected a stack \(n, height, width\)"),
    ],
)
def test_a_stack_that_does_not_suit_a_network(shape, words):
    with pytest.raises(FerCourseError, match=words):
        network_input(np.zeros(shape, np.uint8), (48, 48, 1))


@pytest.mark.parametrize(
    ("end", "last"),
    [("255", 255), ("26", 26), ("0", 0), ("25\n", 25), ("2 # two\n", 2), ("25", None), ("2", None)],
)
def test_the_last_number_of_a_picture_in_text_is_whole_or_not_believed(end, last):
    content = f"P2\n2 2\n255\n1 2 3 {end}".encode()
    if last is None:
        with pytest.raises(FerCourseError, match=r"face.pgm: its last number may be cut"):
            decode_picture(content, "face.pgm")
    else:
        np.testing.assert_array_equal(decode_picture(content, "face.pgm"), [[1, 2], [3, last]])


def test_a_webp_may_have_half_the_pixels_of_others_as_its_decoder_takes_more(monkeypatch):
    monkeypatch.setattr("fer_course.images.MAX_PIXELS", 100)
    picture = np.full((10, 10), 90, np.uint8)
    assert decode_picture(encoded(picture, ".png"), "face.png").shape == (10, 10)
    with pytest.raises(FerCourseError, match=r"face.webp: 100 pixels, more than 0 million"):
        decode_picture(encoded(picture, ".webp"), "face.webp")
