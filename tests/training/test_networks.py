import keras
import numpy as np
import pytest

from fer_course import EmotionCNN
from fer_course.errors import FerCourseError
from fer_course.training.networks import network_input

GRAY = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)


@pytest.mark.parametrize(("width_mult", "million"), [(1.0, 0.31), (2.0, 1.23), (0.5, 0.08)])
def test_number_of_parameters(width_mult, million):
    assert EmotionCNN(width_mult=width_mult).count_params() / 1e6 == pytest.approx(million, abs=0.01)


@pytest.mark.parametrize("in_chans", [1, 3])
def test_raw_pixels_in_probabilities_out(in_chans):
    model = EmotionCNN(in_chans, width_mult=0.25)
    probabilities = model.predict(network_input(GRAY, model), verbose=0)
    assert probabilities.shape == (4, 7)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_gray_images_without_a_channel_axis_suit_the_gray_network():
    model = EmotionCNN(width_mult=0.25)
    expected = keras.ops.convert_to_numpy(model(network_input(GRAY, model)))
    assert np.allclose(model.predict(GRAY, verbose=0), expected, atol=1e-5)


def test_the_seed_decides_the_first_weights():
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return EmotionCNN(width_mult=0.25).get_weights()[0]

    assert np.array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))


def test_it_survives_saving(tmp_path):
    model = EmotionCNN(width_mult=0.25)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(model.predict(GRAY, verbose=0), again.predict(GRAY, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"in_chans": 2}, "in_chans is 2"), ({"width_mult": 0}, "width_mult is 0"), ({"width_mult": -1}, "-1")],
)
def test_networks_that_cannot_be(arguments, words):
    with pytest.raises(FerCourseError, match=words):
        EmotionCNN(**arguments)


@pytest.mark.parametrize(
    ("shape", "words"), [((2, 64, 64), "64x64 pixels"), ((2, 48, 48, 3), "3 channels.*takes 1")]
)
def test_images_that_do_not_suit_the_network(shape, words):
    with pytest.raises(FerCourseError, match=words):
        network_input(np.zeros(shape, np.uint8), EmotionCNN(width_mult=0.25))
