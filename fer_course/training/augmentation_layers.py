"""The course's augmentation as Keras layers, for a device that has time to spare: a GPU."""

from typing import Any

import numpy as np

from .augmentation import check_level
from .backend import keras

_SHIFT = 4 / 48  # of the image
_BLUR = 5  # pixels


def augmentation_layers(level: int = 1, seed: int = 0) -> keras.Sequential:
    """Change images at random as :func:`augment` does, but as layers, which run where the network runs.

    On a GPU they cost next to nothing; on two cores :func:`augment` is quicker, so :func:`fit` uses that one.
    Put them before a network, and give the recipe ``augment=0``. They change images in training alone; the
    random numbers are others than those of :func:`augment`, and what is erased becomes gray.

    Args:
        level: 0 (no change) to 3, with the changes of :func:`augment`.
        seed: Decides the changes.

    Returns:
        Layers from and to ``(n, height, width, channels)`` raw values in 0..255.

    Raises:
        FerCourseError: There is no such level.

    Source:
        Keras' preprocessing layers; random erasing: Zhong et al. (2020).

    Example:
        >>> import fer_course as fer
        >>> layers = augmentation_layers(level=2)
        >>> model = keras.Sequential([keras.Input((48, 48, 1)), layers, fer.EmotionCNN()])
        >>> model.output_shape
        (None, 7)
    """
    check_level(level)
    rng = np.random.default_rng(seed)

    def common() -> dict[str, Any]:
        # float32, because the coordinates of pixels are too coarse under a mixed-precision policy
        return {"seed": int(rng.integers(2**31)), "dtype": "float32"}

    border, pixels = {"fill_mode": "nearest"}, {"value_range": (0, 255)}
    layers: list[keras.Layer] = [keras.layers.Identity(dtype="float32")]
    if level >= 1:
        layers += [
            keras.layers.RandomFlip("horizontal", **common()),
            keras.layers.RandomTranslation(_SHIFT, _SHIFT, interpolation="nearest", **border, **common()),
        ]
    if level >= 2:
        layers += [
            keras.layers.RandomRotation(10 / 360, **border, **common()),
            keras.layers.RandomZoom(0.1, **border, **common()),
            keras.layers.RandomBrightness(0.2, **pixels, **common()),
            keras.layers.RandomContrast(0.2, **pixels, **common()),
        ]
    if level == 3:
        area = (0.15**2, 0.35**2)  # of the image
        layers += [
            _blur(**pixels, **common()),
            keras.layers.RandomErasing((0.5, 0.5), area, fill_value=127.5, **pixels, **common()),
        ]
    return keras.Sequential(layers, name="augmentation")


def _blur(**arguments: Any) -> keras.Model:
    """Blur every fifth image; Keras' layer alone takes what lies outside of it to be black."""
    images = keras.Input((None, None, None), dtype="float32")
    border = _BLUR // 2
    padded = keras.ops.pad(images, [[0, 0], [border, border], [border, border], [0, 0]], mode="symmetric")
    blurred = keras.layers.RandomGaussianBlur((0.2, 0.2), _BLUR, (0.3, 1.0), **arguments)(padded)
    return keras.Model(images, keras.layers.Cropping2D(border, dtype="float32")(blurred), name="blur")
