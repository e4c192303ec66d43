import keras
import numpy as np
import pytest

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.training.augmentation import LEVELS, augmentation_layers

pytestmark = pytest.mark.slow

NOISE = np.random.default_rng(0).integers(0, 256, (16, 24, 24, 1), dtype=np.uint8)


def changed(images, level, seed=1, training=True):
    return keras.ops.convert_to_numpy(augmentation_layers(level, seed)(images, training=training))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("level", LEVELS)
def test_images_change_in_training_alone(level, channels):
    images = np.repeat(NOISE, channels, axis=3)
    after = changed(images, level)
    assert after.shape == images.shape and after.dtype == np.float32
    assert after.min() >= 0 and after.max() <= 255
    assert np.array_equal(after, images) == (level == 0)
    np.testing.assert_array_equal(changed(images, level, training=False), images)
    np.testing.assert_array_equal(changed(images, level), after)  # the seed decides
    assert level == 0 or not np.array_equal(changed(images, level, seed=2), after)


def test_level_1_mirrors_and_moves_by_at_most_four_pixels_of_48():
    images = np.random.default_rng(1).integers(0, 256, (40, 48, 48, 1), dtype=np.uint8)
    moves, mirrored = set(), 0
    for image, after in zip(images[..., 0], changed(images, 1)[..., 0], strict=True):
        padded = np.pad(image, 4, mode="edge")
        found = [
            (y - 4, x - 4, mirror)
            for mirror in (False, True)
            for y in range(9)
            for x in range(9)
            if np.array_equal(after, (padded[:, ::-1] if mirror else padded)[y : y + 48, x : x + 48])
        ]
        assert len(found) == 1  # a whole number of pixels, and the border repeats
        moves.add(found[0][:2])
        mirrored += found[0][2]
    assert 10 <= mirrored <= 30
    assert len(moves) > 20 and min(min(moves)) <= -3 and max(max(moves)) >= 3


def test_level_2_turns_and_zooms_a_little_and_changes_the_light():
    ramp = np.tile(np.linspace(60, 180, 48)[:, None], (60, 1, 48))[..., None]
    after = changed(ramp, 2)[..., 0]
    down = (
        np.gradient(after[:, 16:32, 16:32], axis=1).mean(axis=(1, 2)) / np.gradient(ramp[0, :, 0, 0]).mean()
    )
    right = (
        np.gradient(after[:, 16:32, 16:32], axis=2).mean(axis=(1, 2)) / np.gradient(ramp[0, :, 0, 0]).mean()
    )
    degrees = np.abs(np.degrees(np.arctan2(right, down)))
    assert 5 < degrees.max() <= 10.5
    steepness = np.hypot(down, right)  # 0.8 to 1.2 by contrast, times 0.9 to 1.1 by zoom
    assert 0.7 < steepness.min() < 0.95 and 1.05 < steepness.max() < 1.35
    shift = after[:, 24, 24] - 120
    assert -65 < shift.min() < -20 and 20 < shift.max() < 65
    assert abs(np.corrcoef(shift, steepness)[0, 1]) < 0.5  # each layer has random numbers of its own


def test_level_3_blurs_some_and_erases_half_of_the_images():
    flat = np.full((60, 48, 48, 1), 200, np.uint8)
    after = changed(flat, 3)[..., 0]
    erased = (after == 127.5).mean(axis=(1, 2))
    assert 0.3 < (erased > 0).mean() < 0.7
    sides = erased[erased > 0] ** 0.5
    assert sides.min() > 0.13 and sides.max() < 0.37
    for image in after:  # no blurred image has a dark frame
        assert np.ptp(image[image != 127.5]) < 1e-2


def test_a_blur_smooths():
    after = changed(np.repeat(NOISE[:1], 60, axis=0), 3)[..., 0]
    before = changed(np.repeat(NOISE[:1], 60, axis=0), 2)[..., 0]
    rough = np.abs(np.diff(after[:, :8, :8])).mean(axis=(1, 2)) / np.abs(np.diff(before[:, :8, :8])).mean(
        axis=(1, 2)
    )
    assert 0.05 < (rough < 0.8).mean() < 0.6


def test_they_are_part_of_a_network_and_of_its_file(tmp_path):
    model = keras.Sequential(
        [keras.Input((48, 48, 1)), augmentation_layers(3), fer.EmotionCNN(width_mult=0.1)]
    )
    images = np.zeros((2, 48, 48, 1), np.uint8)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-6)


def test_there_are_four_levels():
    with pytest.raises(FerCourseError, match="augment is 4; expected a level from 0"):
        augmentation_layers(4)
