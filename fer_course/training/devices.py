"""Several devices that share every batch, through Keras' own distribution: each takes as many images."""

import numpy as np

from ..errors import FerCourseError
from .backend import keras
from .batches import batched


def device_count() -> int:
    """Count the devices that share a batch.

    Returns:
        1, or the devices of ``keras.distribution.DataParallel`` where that is set.

    Example:
        >>> device_count()
        1
    """
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else int(distribution.device_mesh.shape[0])


def check_batch_size(batch_size: int) -> None:
    """Refuse a batch that the devices cannot share evenly.

    Args:
        batch_size: Images a step.

    Raises:
        FerCourseError: It is no multiple of the number of devices.
    """
    devices = device_count()
    if batch_size % devices:
        raise FerCourseError(
            f"{devices} devices cannot share a batch of {batch_size} evenly; take a multiple of {devices}"
        )


def shareable(count: int) -> int:
    """Say how many of some images the devices can share evenly.

    Args:
        count: Images that there are.

    Returns:
        The largest multiple of the number of devices that is not above ``count``.
    """
    return count - count % device_count()


def predict_shared(model: keras.Model, inputs: np.ndarray, batch_size: int) -> np.ndarray:
    """Predict any number of images on any number of devices.

    Args:
        model: The network.
        inputs: ``(n, height, width, channels)``.
        batch_size: Images at a time, at least.

    Returns:
        ``(n, 7)`` probabilities.
    """
    devices = device_count()
    filling = np.repeat(inputs[-1:], -len(inputs) % devices, axis=0)
    filled = np.concatenate([inputs, filling]) if len(filling) else inputs
    predicted = model.predict(**batched(batch_size + -batch_size % devices, filled), verbose=0)
    return np.asarray(predicted)[: len(inputs)]
