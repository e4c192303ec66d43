import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.training.augmentation import LEVELS, augment, cutmix, epoch_of, mixup


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("shape", [(20, 48, 48), (20, 48, 48, 1), (20, 48, 48, 3)])
def test_shape_and_type_stay_and_the_seed_decides(shape, level):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    before = images.copy()
    changed = augment(images, level, seed=1)
    assert changed.shape == shape and changed.dtype == np.uint8
    assert np.array_equal(images, before)  # the originals are not touched
    assert np.array_equal(changed, images) == (level == 0)
    assert np.array_equal(changed, augment(images, level, seed=1))
    assert level == 0 or not np.array_equal(changed, augment(images, level, seed=2))


def test_each_image_can_have_a_level_of_its_own():
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 16), dtype=np.uint8)
    levels = np.repeat([0, 1], 20)
    changed = augment(images, levels, seed=1)
    same = (changed == images).all(axis=(1, 2))
    assert same[:20].all() and not same[20:].any()
    assert np.array_equal(augment(images, np.full(40, 2), seed=1), augment(images, 2, seed=1))
    shown, order = epoch_of([images, np.arange(40), levels], 0, seed=1)
    assert ((shown == images[order]).all(axis=(1, 2)) == (order < 20)).all()


@pytest.mark.parametrize("level", [-1, 4, 1.5, "strong"])
def test_there_are_four_levels(level):
    with pytest.raises(FerCourseError, match="expected a level from 0"):
        augment(np.zeros((1, 8, 8), np.uint8), level)


def test_every_level_changes_more_than_the_one_below():
    images = fer.sample_faces().images[:200]
    found = [np.abs(augment(images, level).astype(int) - images).mean() for level in LEVELS]
    assert found == sorted(found) and found[2] > found[1] + 1


def test_a_face_stays_a_face():
    images = fer.sample_faces().val
    good = images.images[images.attributes["defect"] == "none"][:40]
    counts = fer.FaceDetector().count(augment(good, level=2))
    assert (counts == 1).mean() > 0.75


def test_mixup_blends_images_and_targets_alike():
    images = np.array([0, 100, 200], np.uint8)[:, None, None] * np.ones((3, 4, 4), np.uint8)
    blended, targets = mixup(images, np.eye(3, dtype=np.float32), alpha=1, seed=2)
    expected = targets @ np.array([0, 100, 200])
    np.testing.assert_allclose(blended[:, 0, 0], expected, atol=0.51)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert blended.dtype == np.uint8 and targets.dtype == np.float32
    assert 0 < targets.max(axis=1).min() < 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(8, 8), (9, 5), (8, 8, 3)]))
def test_cutmix_pastes_one_rectangle_and_counts_its_area(seed, shape):
    images = np.array([10, 20], np.uint8).reshape(2, *[1] * len(shape)) * np.ones((2, *shape), np.uint8)
    pasted, targets = cutmix(images, np.eye(2, dtype=np.float32), seed=seed)
    for own, image, foreign_share in zip((10, 20), pasted, (targets[0, 1], targets[1, 0]), strict=True):
        flat = image[..., 0] if len(shape) == 3 else image
        foreign = flat != own
        assert foreign.mean() == pytest.approx(foreign_share, abs=1e-6)
        rows, columns = np.flatnonzero(foreign.any(axis=1)), np.flatnonzero(foreign.any(axis=0))
        assert foreign.sum() == len(rows) * len(columns)
        assert not len(rows) or (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) == (
            len(rows),
            len(columns),
        )


@pytest.mark.parametrize("blend", [mixup, cutmix])
def test_alpha_has_to_be_above_0(blend):
    with pytest.raises(FerCourseError, match="alpha is 0"):
        blend(np.zeros((2, 8, 8), np.uint8), np.eye(2), alpha=0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_each_image_is_moved_by_at_most_four_pixels_and_maybe_mirrored(seed):
    images = np.random.default_rng(seed).integers(0, 256, (3, 12, 12), dtype=np.uint8)
    for image, changed in zip(images, augment(images, seed=seed), strict=True):
        padded = np.pad(image, 4, mode="edge")
        moves = range(9)
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


def shown(epoch=0, seed=3, level=1):
    images = np.arange(50, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    return epoch_of([images, np.arange(50), np.full(50, level)], epoch, seed)


@pytest.mark.parametrize("level", [0, 1])
def test_an_epoch_shows_every_image_once_with_its_target(level):
    images, targets = shown(level=level)
    assert images[:, 0, 0, 0].tolist() == targets.tolist()
    assert sorted(targets.tolist()) == list(range(50))


def test_epochs_differ_and_can_be_repeated():
    order = shown()[1].tolist()
    assert shown()[1].tolist() == order
    assert shown(epoch=1)[1].tolist() != order
    assert shown(seed=4)[1].tolist() != order


def test_blending_in_an_epoch_is_the_same_every_time():
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
    targets = np.eye(7, dtype=np.float32)[np.arange(20) % 7]
    train = [images, targets, np.ones(20, int)]
    first, again = (epoch_of(train, 3, 0, mixup_alpha=0.4, cutmix_alpha=1.0) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (first[1].max(axis=1) < 0.999).any()
