"""Backbones: networks of Keras Applications, from scratch or with what they learnt on ImageNet."""

from collections.abc import Callable

from ..errors import DownloadError, FerCourseError
from .backend import keras
from .networks import IMAGE_SIZE, emotion_probabilities

SMALLEST, LARGEST = 48, 224  # pixels
_DROPOUT = 0.2  # what Keras Applications gives the heads of EfficientNetB0 and MobileNetV3


def backbone(
    name: str, image_size: int = IMAGE_SIZE, weights: str | None = None, input_size: int = IMAGE_SIZE
) -> keras.Model:
    """Build a network of Keras Applications with a head for the seven emotions.

    It takes raw RGB pixels, resizes them and prepares them as its family wants them, all inside. Gray images
    become RGB in :func:`fit` and :func:`predict`. With ImageNet's weights, a low learning rate that falls
    towards the image keeps what they know: ``Recipe(learning_rate=3e-4, layer_decay=0.95)``.

    Args:
        name: "EfficientNetB0" (4.1 million parameters), "MobileNetV3Small" (0.9) or "ResNet50" (23.6).
        image_size: Side of the images that the backbone sees, 48 to 224 pixels. ImageNet's weights were
            learnt at 224 and are worth less the smaller the images are.
        weights: None for random ones, "imagenet" for those that Keras downloads on first use.
        input_size: Side of the images that are given to the network; 48 for FER2013.

    Returns:
        A model from ``(n, input_size, input_size, 3)`` values in 0..255 to ``(n, 7)`` probabilities.

    Raises:
        FerCourseError: An argument is out of its range.
        DownloadError: ImageNet's weights are not on disk and cannot be downloaded, or cannot be read.

    Source:
        EfficientNet: Tan and Le (2019); MobileNetV3: Howard et al. (2019); ResNet: He et al. (2016).

    Example:
        >>> model = backbone("MobileNetV3Small", image_size=96)
        >>> model.input_shape, model.output_shape
        ((None, 48, 48, 3), (None, 7))
    """
    if name not in _FAMILIES:
        raise FerCourseError(f"unknown backbone {name!r}; there are {', '.join(_FAMILIES)}")
    if not SMALLEST <= image_size <= LARGEST:
        raise FerCourseError(
            f"image_size is {image_size!r}; {name} takes {SMALLEST} to {LARGEST} pixels here"
        )
    if weights not in (None, "imagenet"):
        raise FerCourseError(f'weights is {weights!r}; expected None (random weights) or "imagenet"')
    images = keras.Input((input_size, input_size, 3), name="images")
    x = images if image_size == input_size else keras.layers.Resizing(image_size, image_size)(images)
    features = _with_weights(name, x, weights).output
    return keras.Model(images, emotion_probabilities(keras.layers.Dropout(_DROPOUT)(features)), name=name)


def _with_weights(name: str, x: keras.KerasTensor, weights: str | None) -> keras.Model:
    try:
        return _FAMILIES[name](x, include_top=False, weights=weights, pooling="avg")
    except Exception as error:  # Keras raises a plain Exception when a download fails
        if weights is None:
            raise
        raise DownloadError(
            f"the ImageNet weights of {name} could not be found on disk, downloaded or read ({error}). "
            "Connect to the network and try again; or build the network once on a computer with network and "
            "copy its folder ~/.keras/models here; or start from random weights with weights=None."
        ) from error


def _efficientnet(x: keras.KerasTensor, **arguments: object) -> keras.Model:
    return keras.applications.EfficientNetB0(input_tensor=x, **arguments)  # rescales inside


def _mobilenet(x: keras.KerasTensor, **arguments: object) -> keras.Model:
    return keras.applications.MobileNetV3Small(input_tensor=x, **arguments)  # rescales inside


def _resnet(x: keras.KerasTensor, **arguments: object) -> keras.Model:
    # What keras.applications.resnet.preprocess_input does, as layers: BGR, minus ImageNet's mean colour
    x = keras.layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68])(keras.ops.flip(x, axis=-1))
    return keras.applications.ResNet50(input_tensor=x, **arguments)


_FAMILIES: dict[str, Callable[..., keras.Model]] = {
    "EfficientNetB0": _efficientnet,
    "MobileNetV3Small": _mobilenet,
    "ResNet50": _resnet,
}
