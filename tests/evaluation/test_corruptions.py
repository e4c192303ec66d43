"""Corruptions: what each does to pixels, and that none does anything else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.evaluation.corruptions import CORRUPTIONS, SEVERITIES, add_noise, lower_resolution, occlude

NAMES = list(CORRUPTIONS)
FACES = fer.sample_faces().images[:30]

shapes = st.one_of(
    st.tuples(st.integers(4, 20), st.integers(4, 20)),
    st.tuples(st.integers(4, 20), st.integers(4, 20), st.just(3)),
    st.tuples(st.integers(1, 3), st.integers(4, 20), st.integers(4, 20)),
    st.tuples(st.integers(1, 3), st.integers(4, 20), st.integers(4, 20), st.just(3)),
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(images=shapes.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 90, 255]))))
def test_one_image_or_a_stack_gray_or_rgb_keeps_its_shape(name, images):
    before = images.copy()
    corrupted = CORRUPTIONS[name](images, 3)
    assert corrupted.dtype == np.uint8
    assert corrupted.shape == images.shape
    assert np.array_equal(images, before)


@pytest.mark.parametrize("name", NAMES)
def test_every_severity_changes_more_than_the_one_before(name):
    distances = [
        np.abs(CORRUPTIONS[name](FACES, severity).astype(int) - FACES).mean() for severity in SEVERITIES
    ]
    assert distances[0] > 0
    assert distances == sorted(distances)


@pytest.mark.parametrize("name", ["rotation", "noise", "occlusion"])
def test_the_seed_decides_what_is_random(name):
    corruption = CORRUPTIONS[name]
    assert np.array_equal(corruption(FACES, 3, seed=1), corruption(FACES, 3, seed=1))
    assert not np.array_equal(corruption(FACES, 3, seed=1), corruption(FACES, 3, seed=2))


@pytest.mark.parametrize("operation", [fer.random_rotate, add_noise, occlude])
def test_equal_images_are_not_damaged_equally(operation):
    twice = operation(np.stack([FACES[0], FACES[0]]))
    assert not np.array_equal(*twice)


def test_an_image_alone_is_damaged_as_in_a_stack():
    for operation in (fer.add_gaussian_blur, fer.jpeg_compress, lower_resolution):
        assert np.array_equal(operation(FACES[0]), operation(FACES)[0])


def test_brightness_shifts_and_cuts_off():
    image = np.array([[0, 100, 150, 250]], np.uint8)
    assert fer.add_brightness_contrast(image, brightness=20).tolist() == [[20, 120, 170, 255]]
    assert fer.add_brightness_contrast(image, brightness=-20).tolist() == [[0, 80, 130, 230]]


def test_contrast_leaves_the_mean_of_each_image():
    images = np.stack([np.tile([40, 60], (4, 2)), np.tile([180, 220], (4, 2))]).astype(np.uint8)
    flat = fer.add_brightness_contrast(images, contrast=0.5)
    assert flat[:, 0, :2].tolist() == [[45, 55], [190, 210]]
    assert np.unique(fer.add_brightness_contrast(images, contrast=0)).tolist() == [50, 200]


def test_what_changes_nothing():
    assert np.array_equal(fer.add_brightness_contrast(FACES), FACES)
    assert np.array_equal(fer.add_gaussian_blur(FACES, 0), FACES)
    assert np.array_equal(fer.random_rotate(FACES, 0), FACES)
    assert np.array_equal(add_noise(FACES, 0), FACES)
    assert np.array_equal(occlude(FACES, 0), FACES)
    assert np.array_equal(lower_resolution(FACES, 48), FACES)


def test_blur_keeps_the_sum_of_the_light():
    image = np.zeros((21, 21), np.uint8)
    image[10, 10] = 255
    blurred = fer.add_gaussian_blur(image, 1.5)
    assert blurred.max() < 30
    assert abs(int(blurred.sum()) - 255) < 30


def test_a_worse_jpeg_is_farther_from_the_picture():
    far = [np.abs(fer.jpeg_compress(FACES, quality).astype(int) - FACES).mean() for quality in (90, 40, 10)]
    assert far == sorted(far)


def test_jpeg_keeps_colours_in_their_channels():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 220
    saved = fer.jpeg_compress(red, 95).astype(int)
    assert saved[..., 0].min() > 200
    assert saved[..., 2].max() < 20


def test_rotation_turns_around_the_middle_and_by_no_more_than_asked():
    image = np.zeros((47, 47), np.uint8)
    image[23, 23:] = 255  # a hand that shows three o'clock
    turned = np.stack([fer.random_rotate(image, 30, seed=seed) for seed in range(40)])
    down, right = np.nonzero(turned[:, :, 40] > 60)[1], 40 - 23
    angles = np.degrees(np.arctan2(np.abs(down - 23), right))
    assert 20 < angles.max() < 33
    assert (turned[:, 23, 23] > 60).all()


def test_a_patch_covers_its_share_and_a_larger_one_covers_it_too():
    black = np.zeros((20, 48, 48), np.uint8)
    small, large = (occlude(black, share, seed=3) > 0 for share in (0.1, 0.3))
    assert small.mean() == pytest.approx(0.1, abs=0.01)
    assert large.mean() == pytest.approx(0.3, abs=0.01)
    assert (large | ~small).all()


def test_low_resolution_leaves_so_many_different_columns():
    stripes = np.tile(np.arange(48, dtype=np.uint8) * 5, (48, 1))
    rough = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    assert np.abs(lower_resolution(stripes, 24).astype(int) - stripes).mean() < 5
    assert lower_resolution(rough, 8).std() < lower_resolution(rough, 24).std() < rough.std()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fer.add_gaussian_blur(FACES, -1), "sigma is -1"),
        (lambda: fer.add_gaussian_blur(FACES, float("nan")), "sigma is nan"),
        (lambda: fer.add_brightness_contrast(FACES, contrast=-1), "contrast is -1"),
        (lambda: fer.jpeg_compress(FACES, 0), "quality is 0"),
        (lambda: fer.random_rotate(FACES, 200), "max_degrees is 200"),
        (lambda: occlude(FACES, 1.5), "share is 1.5"),
        (lambda: lower_resolution(FACES, 0), "side is 0"),
        (lambda: add_noise(FACES / 255), "float64"),
        (lambda: fer.jpeg_compress(np.zeros(48, np.uint8)), r"shape \(1, 48\)|shape \(48,\)"),
        (lambda: CORRUPTIONS["blur"](FACES, 6), "severity is 6"),
    ],
)
def test_bad_input_is_refused_in_words(call, message):
    with pytest.raises(FerCourseError, match=message):
        call()
