"""Arrays in batches, in the form in which Keras trains and predicts fastest."""

from typing import Any

import numpy as np

from .backend import keras


def batched(batch_size: int, *arrays: np.ndarray) -> dict[str, Any]:
    """Return arguments for Keras' ``fit`` or ``predict`` that bring arrays in batches, in their order.

    On TensorFlow, Keras puts arrays into a ``tf.data`` pipeline that tunes itself, and at the end of many
    epochs it waits until a thread of the tuning wakes, which can take as long again as the epoch itself
    (TensorFlow 2.21). There is nothing to tune where arrays lie in memory, so here the tuning is off.

    Args:
        batch_size: Images a batch.
        *arrays: The images, and for ``fit`` the targets and, if images count differently, their weights.

    Returns:
        Named arguments.

    Example:
        >>> import fer_course as fer
        >>> model = fer.EmotionCNN(width_mult=0.25)
        >>> model.predict(**batched(4, np.zeros((6, 48, 48, 1), np.uint8)), verbose=0).shape
        (6, 7)
    """
    if keras.backend.backend() != "tensorflow":
        return {"batch_size": batch_size} | dict(zip(("x", "y", "sample_weight"), arrays, strict=False))
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return {"x": tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size).with_options(options)}
