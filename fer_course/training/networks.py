"""EmotionCNN: the residual network of the course."""

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .backend import keras

IMAGE_SIZE = 48


def EmotionCNN(in_chans: int = 1, width_mult: float = 1.0) -> keras.Model:
    """Build the course's residual network: a stem and three residual blocks that each halve the image.

    It takes raw pixels and rescales them itself, so nobody can forget to. The blocks are those of He et al.,
    "Deep residual learning for image recognition" (2016).

    Args:
        in_chans: 1 for gray images, 3 for RGB.
        width_mult: Factor on the number of filters (32, 64 and 128). Parameters grow with its square:
            0.3 million at 1.0, 1.2 million at 2.0.

    Returns:
        An untrained model from ``(n, 48, 48, in_chans)`` values in 0..255 to ``(n, 7)`` probabilities.

    Raises:
        FerCourseError: ``in_chans`` is neither 1 nor 3, or ``width_mult`` leaves no filters.

    Example:
        >>> model = EmotionCNN(width_mult=0.25)
        >>> model.output_shape
        (None, 7)
    """
    if in_chans not in (1, 3):
        raise FerCourseError(f"in_chans is {in_chans!r}; an image has 1 channel (gray) or 3 (RGB)")
    if not 0.1 <= width_mult <= 16:
        raise FerCourseError(
            f"width_mult is {width_mult!r}, expected 0.1 to 16; 1.0 is the course's network, "
            "0.5 has a quarter of its parameters"
        )
    widths = [max(4, round(base * width_mult)) for base in (32, 64, 128)]
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, in_chans), name="images")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = keras.layers.ReLU()(_convolution(x, widths[0]))
    for width in widths:
        x = _residual_block(x, width)
    x = keras.layers.GlobalAveragePooling2D()(x)
    # float32, so that the probabilities stay exact under a mixed-precision policy
    probabilities = keras.layers.Dense(len(EMOTIONS), activation="softmax", dtype="float32", name="emotions")(
        x
    )
    return keras.Model(images, probabilities, name="EmotionCNN")


def network_input(images: np.ndarray, model: keras.Model) -> np.ndarray:
    """Give images the shape that a model takes: a channel axis, and gray repeated for an RGB model.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB.
        model: Any Keras model with one image input, such as :func:`EmotionCNN`.

    Returns:
        ``(n, height, width, channels)`` in the dtype of ``images``.

    Raises:
        FerCourseError: The model takes images of another size, or gray ones while these are RGB.

    Example:
        >>> images = np.zeros((5, 48, 48), np.uint8)
        >>> network_input(images, EmotionCNN(in_chans=3, width_mult=0.25)).shape
        (5, 48, 48, 3)
    """
    height, width, channels = model.input_shape[1:]
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.shape[1:3] != (height, width):
        raise FerCourseError(
            f"images are {images.shape[1]}x{images.shape[2]} pixels, but {model.name} takes "
            f"{height}x{width}; resize them first, for example with cv2.resize"
        )
    if images.shape[3] == 1 and channels == 3:
        return np.repeat(images, 3, axis=3)
    if images.shape[3] != channels:
        raise FerCourseError(
            f"images have {images.shape[3]} channels, but {model.name} takes {channels}; build it with "
            f"in_chans={images.shape[3]}, or turn the images gray with cv2.cvtColor"
        )
    return images


def _convolution(x: keras.KerasTensor, filters: int, size: int = 3, strides: int = 1) -> keras.KerasTensor:
    x = keras.layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
    # 0.9 instead of 0.99: the running averages must settle within the few steps of a small dataset
    return keras.layers.BatchNormalization(momentum=0.9)(x)


def _residual_block(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    shortcut = _convolution(x, filters, size=1, strides=2)
    x = keras.layers.ReLU()(_convolution(x, filters, strides=2))
    x = _convolution(x, filters)
    return keras.layers.ReLU()(keras.layers.Add()([x, shortcut]))
