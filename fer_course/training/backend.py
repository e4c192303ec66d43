"""Keras, imported without the start-up messages of TensorFlow.

They are about missing GPUs and come from C++ code that no Python setting reaches; `fer-course doctor` says
the same in one line.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def without_stderr() -> Iterator[None]:
    """Send what C++ code writes to file descriptor 2 nowhere; Python's exceptions pass."""
    nowhere, stderr = os.open(os.devnull, os.O_WRONLY), os.dup(2)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(nowhere)
        os.close(stderr)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with without_stderr():
    import keras

    keras.ops.zeros(1)  # the first operation looks for GPUs, and comments on that too
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # It warns of every new model that it traces; its first logger in a notebook sets a level of its own
        tf.get_logger().setLevel("ERROR")


def batched(
    batch_size: int, x: np.ndarray, y: np.ndarray | None = None, sample_weight: np.ndarray | None = None
) -> dict[str, Any]:
    """Return arguments for Keras' ``fit`` or ``predict`` that bring arrays in batches, in their order.

    On TensorFlow, Keras puts arrays into a ``tf.data`` pipeline that tunes itself, and at the end of many
    epochs it waits for that tuning, which can take as long again as the epoch itself (TensorFlow 2.21).
    There is nothing to tune where arrays lie in memory, so here the tuning is off.
    """
    given = {"x": x, "y": y, "sample_weight": sample_weight}
    arrays = {name: array for name, array in given.items() if array is not None}
    if keras.backend.backend() != "tensorflow":
        return {"batch_size": batch_size} | arrays
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = tf.data.Dataset.from_tensor_slices(tuple(arrays.values()))
    return {"x": dataset.batch(batch_size).with_options(options)}


def has_gpu() -> bool:
    """Tell whether networks run on a GPU."""
    return bool(keras.distribution.list_devices("gpu"))


def precision_here() -> tuple[str, str]:
    """Return the dtype policy that trains fastest on this machine, and why."""
    if not has_gpu():
        info = Path("/proc/cpuinfo")  # of Linux; elsewhere bfloat16 may be imitated, which is slow
        flags = set(info.read_text().split()) if info.exists() else set()
        if keras.backend.backend() == "tensorflow" and flags & {"avx512_bf16", "amx_bf16"}:
            return "mixed_bfloat16", "this processor computes in bfloat16"
        return "float32", "this processor has nothing quicker"
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        card = tf.config.list_physical_devices("GPU")[0]
        generation = tf.config.experimental.get_device_details(card).get("compute_capability", (0,))[0]
    else:
        import jax

        generation = int(float(getattr(jax.devices("gpu")[0], "compute_capability", 0)))
    if generation >= 8:  # Ampere
        return "mixed_bfloat16", "this GPU computes in bfloat16"
    if generation == 7:  # Volta and Turing, such as Colab's T4
        return "mixed_float16", "this GPU computes in float16, but not in bfloat16"
    return "float32", "this GPU is not known to have anything quicker"


def device_count() -> int:
    """Count the devices that share a batch: 1, or those of ``keras.distribution.DataParallel``."""
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else int(distribution.device_mesh.shape[0])


def predict_shared(model: keras.Model, inputs: np.ndarray, batch_size: int) -> np.ndarray:
    """Predict any number of images on any number of devices."""
    devices = device_count()
    filling = np.repeat(inputs[-1:], -len(inputs) % devices, axis=0)
    filled = np.concatenate([inputs, filling]) if len(filling) else inputs
    predicted = model.predict(**batched(batch_size + -batch_size % devices, filled), verbose=0)
    return np.asarray(predicted)[: len(inputs)]
