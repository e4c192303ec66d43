import keras
import numpy as np
import pytest

from fer_course import FerCourseError
from fer_course.errors import DownloadError
from fer_course.images import network_input
from fer_course.training.networks import backbone

RGB = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The structure of .inputs.")
@pytest.mark.parametrize("name", ["EfficientNetB0", "MobileNetV3Small", "ResNet50"])
def test_raw_pixels_are_prepared_as_the_family_wants_them(name, monkeypatch):
    """ResNet50 takes BGR around ImageNet's mean; the two others rescale raw pixels themselves."""
    made = []
    original = getattr(keras.applications, name)

    def record(**arguments):
        made.append(original(**arguments))
        return made[-1]

    monkeypatch.setattr(keras.applications, name, record)
    model = backbone(name, image_size=64, input_size=64)
    plain = original(include_top=False, weights=None, input_shape=(64, 64, 3), pooling="avg")
    plain.set_weights(made[0].get_weights())
    prepare = {"ResNet50": keras.applications.resnet.preprocess_input}.get(name, lambda pixels: pixels)
    pixels = RGB.astype(np.float32)
    expected = plain(prepare(pixels.copy()), training=False)
    found = made[0](pixels, training=False)
    assert float(keras.ops.std(expected)) > 0
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(found), keras.ops.convert_to_numpy(expected), rtol=1e-4, atol=1e-5
    )
    assert model(pixels).shape == (2, 7)


@pytest.mark.slow
def test_small_gray_images_are_resized_inside(tmp_path):
    model = backbone("MobileNetV3Small", image_size=96)
    images = network_input(np.zeros((3, 48, 48), np.uint8), model.input_shape[1:])
    probabilities = model.predict(images, verbose=0)
    assert images.shape == (3, 48, 48, 3) and probabilities.shape == (3, 7)
    assert [layer.output.shape[1] for layer in model.layers if "resizing" in layer.name] == [96]
    assert len([layer for layer in model.layers if layer.trainable_variables]) > 50  # each has its own rate
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(images, verbose=0), probabilities, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "VGG99"}, "unknown backbone 'VGG99'; there are EfficientNetB0"),
        ({"name": "ResNet50", "image_size": 32}, "image_size is 32; ResNet50 takes 48 to 224"),
        ({"name": "ResNet50", "image_size": 300}, "image_size is 300"),
        ({"name": "ResNet50", "weights": "noisy-student"}, "weights is 'noisy-student'; expected None"),
    ],
)
def test_backbones_that_cannot_be(arguments, words):
    with pytest.raises(FerCourseError, match=words):
        backbone(**arguments)


@pytest.mark.filterwarnings("ignore:.input_shape. is undefined")
def test_weights_that_cannot_be_downloaded(monkeypatch):
    def unreachable(*_, **__):
        raise Exception("URL fetch failure on https://example.org/weights.h5: no network")  # as Keras does

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", unreachable)
    with pytest.raises(DownloadError, match=r"MobileNetV3Small.*example.org/weights.h5.*weights=None"):
        backbone("MobileNetV3Small", weights="imagenet")
