"""Arrays in batches, in the form in which Keras trains and predicts fastest."""

from typing import Any

import numpy as np

from .backend import keras


def batched(
    batch_size: int, x: np.ndarray, y: np.ndarray | None = None, sample_weight: np.ndarray | None = None
) -> dict[str, Any]:
    """Return arguments for Keras' ``fit`` or ``predict`` that bring arrays in batches, in their order.

    On TensorFlow, Keras puts arrays into a ``tf.data`` pipeline that tunes itself, and at the end of many
    epochs it waits for that tuning, which can take as long again as the epoch itself (TensorFlow 2.21).
    There is nothing to tune where arrays lie in memory, so here the tuning is off.

    Args:
        batch_size: Images a batch.
        x: The images.
        y: Their targets, for ``fit``.
        sample_weight: How much each counts, if they count differently; needs ``y``.

    Returns:
        On TensorFlow ``x``, a dataset of batches; elsewhere the arrays by their names, and ``batch_size``.

    Example:
        >>> import fer_course as fer
        >>> model = fer.EmotionCNN(width_mult=0.25)
        >>> model.predict(**batched(4, np.zeros((6, 48, 48, 1), np.uint8)), verbose=0).shape
        (6, 7)
    """
    arrays = {
        name: array
        for name, array in (("x", x), ("y", y), ("sample_weight", sample_weight))
        if array is not None
    }
    if keras.backend.backend() != "tensorflow":
        return {"batch_size": batch_size} | arrays
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = tf.data.Dataset.from_tensor_slices(tuple(arrays.values()))
    return {"x": dataset.batch(batch_size).with_options(options)}
