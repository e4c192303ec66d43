"""Keras, imported without the start-up messages of TensorFlow.

They are about missing GPUs and come from C++ code that no Python setting reaches; `fer-course doctor` says
the same in one line.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["keras"]


@contextmanager
def _without_stderr() -> Iterator[None]:
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
logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of every new model that it traces
with _without_stderr():
    import keras

    keras.ops.zeros(1)  # the first operation looks for GPUs, and comments on that too
