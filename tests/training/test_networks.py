import keras
import numpy as np
import pytest

from fer_course import CompactCNN, EmotionCNN
from fer_course.errors import FerCourseError
from fer_course.images import network_input
from fer_course.training.networks import VGG, ResNet18, convolution
from fer_course.training.zoo import random_network

GRAY = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)


@pytest.mark.parametrize(
    ("network", "width_mult", "million"),
    [
        (EmotionCNN, 1.0, 0.31),
        (EmotionCNN, 2.0, 1.23),
        (EmotionCNN, 0.5, 0.08),
        (ResNet18, 1.0, 11.18),
        (ResNet18, 0.5, 2.80),
        (VGG, 1.0, 6.93),
        (VGG, 0.5, 1.74),
    ],
)
def test_number_of_parameters(network, width_mult, million):
    assert network(width_mult=width_mult).count_params() / 1e6 == pytest.approx(million, abs=0.01)


def test_the_layers_that_name_the_networks():
    def layers(model, kind):
        return [layer for layer in model.layers if isinstance(layer, kind)]

    weighty = (keras.layers.Conv2D, keras.layers.Dense)
    assert len(layers(ResNet18(width_mult=0.25), weighty)) == 18 + 3  # and three shortcuts of 1x1
    assert len(layers(VGG(width_mult=0.25), weighty)) == 13
    shrunk = [layer.output.shape[1] for layer in layers(VGG(width_mult=0.25), keras.layers.MaxPooling2D)]
    assert shrunk == [24, 12, 6, 3]
    before_the_mean = layers(ResNet18(width_mult=0.25), keras.layers.GlobalAveragePooling2D)[0].input.shape
    assert before_the_mean == (None, 6, 6, 128)


@pytest.mark.parametrize("network", [EmotionCNN, CompactCNN, ResNet18, VGG])
def test_probabilities_stay_exact_under_mixed_precision(network):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = network() if network is CompactCNN else network(width_mult=0.1)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("emotions").compute_dtype == "float32"
    assert model.layers[2].compute_dtype == "bfloat16"


@pytest.mark.parametrize("network", [EmotionCNN, ResNet18, VGG])
@pytest.mark.parametrize("in_chans", [1, 3])
def test_raw_pixels_in_probabilities_out(network, in_chans):
    model = network(in_chans, width_mult=0.25)
    probabilities = model.predict(network_input(GRAY, model.input_shape[1:]), verbose=0)
    assert probabilities.shape == (4, 7)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_filters_of_one_pixel_take_every_other_pixel_without_a_stride_of_their_own():
    """With a stride and few channels, oneDNN writes past its memory on processors with AVX-512."""
    pixels = keras.Input((6, 6, 3))
    model = keras.Model(pixels, convolution(pixels, 4, size=1, strides=2))
    images = np.random.default_rng(0).random((2, 6, 6, 3), dtype=np.float32)
    (kernel,) = (weights[0, 0] for weights in model.get_weights() if weights.ndim == 4)
    np.testing.assert_allclose(model.predict(images, verbose=0), images[:, ::2, ::2] @ kernel, atol=1e-2)
    for network in (EmotionCNN(width_mult=0.25), ResNet18(width_mult=0.1), random_network(0)):
        assert all(
            layer.kernel_size != (1, 1) or layer.strides == (1, 1)
            for layer in network.layers
            if isinstance(layer, keras.layers.Conv2D)
        )


def test_gray_images_without_a_channel_axis_suit_the_gray_network():
    model = EmotionCNN(width_mult=0.25)
    expected = keras.ops.convert_to_numpy(model(network_input(GRAY, model.input_shape[1:])))
    assert np.allclose(model.predict(GRAY, verbose=0), expected, atol=1e-5)


def test_the_seed_decides_the_first_weights():
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return EmotionCNN(width_mult=0.25).get_weights()[0]

    assert np.array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))


@pytest.mark.parametrize("network", [EmotionCNN, ResNet18, VGG])
@pytest.mark.slow
def test_it_survives_saving(network, tmp_path):
    model = network(width_mult=0.1)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(model.predict(GRAY, verbose=0), again.predict(GRAY, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"in_chans": 2}, "in_chans is 2"), ({"width_mult": 0}, "width_mult is 0"), ({"width_mult": -1}, "-1")],
)
@pytest.mark.parametrize("network", [EmotionCNN, ResNet18, VGG])
def test_networks_that_cannot_be(network, arguments, words):
    with pytest.raises(FerCourseError, match=words):
        network(**arguments)
