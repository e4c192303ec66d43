import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_course.training.augmentation import augment, epoch_of


@pytest.mark.parametrize("shape", [(20, 48, 48), (20, 48, 48, 1), (20, 48, 48, 3)])
def test_shape_and_values_stay(shape):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    changed = augment(images, seed=1)
    assert changed.shape == shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, images)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4))
def test_each_image_is_moved_by_at_most_the_shift_and_maybe_mirrored(seed, shift):
    images = np.random.default_rng(seed).integers(0, 256, (3, 12, 12), dtype=np.uint8)
    for image, changed in zip(images, augment(images, seed, shift), strict=True):
        padded = np.pad(image, shift, mode="edge")
        moves = range(2 * shift + 1)
        expected = [padded[y : y + 12, x : x + 12] for y in moves for x in moves]
        assert any(np.array_equal(changed, e) or np.array_equal(changed, e[:, ::-1]) for e in expected)


def test_half_of_the_images_are_mirrored():
    images = np.tile(np.arange(48, dtype=np.uint8), (2000, 48, 1))
    mirrored = augment(images, seed=0)[:, 0, 0] > 24
    assert 0.45 < mirrored.mean() < 0.55


def test_channels_are_moved_together():
    gray = np.random.default_rng(0).integers(0, 256, (10, 48, 48, 1), dtype=np.uint8)
    changed = augment(np.repeat(gray, 3, axis=3), seed=2)
    assert np.array_equal(changed[..., 0], changed[..., 2])
    assert np.array_equal(changed[..., 0], augment(gray[..., 0], seed=2))


def shown(epoch=0, **changes):
    images = np.arange(50, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    return epoch_of(images, np.arange(50), epoch, **{"seed": 3} | changes)


@pytest.mark.parametrize("augmented", [False, True])
def test_an_epoch_shows_every_image_once_with_its_target(augmented):
    images, targets = shown(augmented=augmented)
    assert images[:, 0, 0, 0].tolist() == targets.tolist()
    assert sorted(targets.tolist()) == list(range(50))


def test_epochs_differ_and_can_be_repeated():
    order = shown()[1].tolist()
    assert shown()[1].tolist() == order
    assert shown(epoch=1)[1].tolist() != order
    assert shown(seed=4)[1].tolist() != order
