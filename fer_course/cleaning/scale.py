"""More images than one machine holds: the same measurements on the workers of a Dask cluster."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import FerCourseError, install_command

_BLOCK = 4096


def is_lazy(images: Any) -> bool:
    """Tell whether images are a Dask array, without importing Dask.

    Example:
        >>> is_lazy(np.zeros((2, 48, 48), np.uint8))
        False
    """
    return type(images).__module__.partition(".")[0] == "dask" and hasattr(images, "to_delayed")


def over_blocks(function: Callable[[np.ndarray], np.ndarray], images: Any, client: Any = None) -> np.ndarray:
    """Apply a function to blocks of images where Dask computes them: here, or on a cluster's workers.

    Args:
        function: Takes ``(k, height, width)`` images and returns ``(k, ...)`` values, which may depend on
            each image alone.
        images: A ``dask.array`` of ``(n, height, width)`` or ``(n, height, width, 3)`` images; with a client
            also a NumPy array, which is sent to the workers.
        client: A ``dask.distributed.Client``; when left out, Dask takes the one that was opened last, or its
            own threads.

    Returns:
        ``(n, ...)`` values in the order of the images.

    Raises:
        FerCourseError: Dask is not installed.

    Example:
        >>> import dask.array as da
        >>> over_blocks(lambda block: block.max(axis=(1, 2)), da.zeros((5, 8, 8), chunks=2))
        array([0., 0., 0., 0., 0.])
    """
    try:
        import dask
    except ImportError as error:
        raise FerCourseError(f"a cluster needs Dask: {install_command('scale')}") from error
    if is_lazy(images):
        whole_images = images.rechunk(dict.fromkeys(range(1, images.ndim), -1))
        blocks = whole_images.to_delayed().ravel().tolist()
    else:
        starts = range(0, max(len(images), 1), _BLOCK)
        blocks = client.scatter([images[start : start + _BLOCK] for start in starts])
    tasks = [dask.delayed(function)(block) for block in blocks]
    return np.concatenate(dask.compute(*tasks, scheduler=client))
