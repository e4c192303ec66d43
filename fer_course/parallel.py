"""Many images at once: on all cores of this machine, in batches that are kept, or on a Dask cluster."""

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .errors import FerCourseError, install_command
from .files import write_beside
from .frontend import progress_bar
from .images import is_lazy

_CHUNK = 256
_CHUNK_PIXELS = 256 * 48 * 48
_FREED = 2**25 - 2**13  # just below the largest size that glibc learns from
_BLOCK = 4096


def in_threads(
    function: Callable[[np.ndarray], np.ndarray], stack: np.ndarray, client: Any = None
) -> np.ndarray:
    """Apply a function to chunks of a stack on all cores; OpenCV and NumPy release the interpreter lock.

    Args:
        function: Takes ``(k, height, width)`` images and returns ``(k, ...)`` values.
        stack: ``(n, height, width)`` images; a Dask array is computed where Dask computes, block by block.
        client: A ``dask.distributed.Client`` to compute on.

    Returns:
        ``(n, ...)`` values in the order of the images.
    """
    if client is not None or is_lazy(stack):
        return _over_blocks(partial(in_threads, function), stack, client)
    size = min(_CHUNK, max(1, _CHUNK_PIXELS // math.prod(stack.shape[1:3])))
    chunks = [stack[start : start + size] for start in range(0, len(stack), size)] or [stack]
    # glibc maps and unmaps large temporary arrays again and again, which costs as much as the work itself,
    # until a larger one has been freed.
    np.empty(_FREED, np.uint8)
    with ThreadPoolExecutor(os.cpu_count()) as pool, _opencv_in_one_thread():
        return np.concatenate(list(pool.map(function, chunks)))


@contextmanager
def _opencv_in_one_thread() -> Iterator[None]:
    """Keep OpenCV from splitting a 48x48 image between threads, which takes longer than the work itself."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def in_batches(
    function: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    folder: str | os.PathLike[str] | None = None,
    batch_size: int = 1000,
    name: str = "measuring",
) -> np.ndarray:
    """Apply a function to images, a batch at a time, and keep every finished batch.

    Only one batch is in memory, so the images may be a memory map (``np.load(path, mmap_mode="r")``) of any
    size. A batch is recognised by its pixels: changed images are measured anew, unchanged ones are not.

    Args:
        function: As of :func:`in_threads`; its values may depend on each image alone.
        images: ``(n, height, width)`` or ``(n, height, width, 3)``, ``uint8``.
        folder: Where finished batches are kept, one folder for each function; nowhere when left out.
        batch_size: Images a batch.
        name: What the progress bar says.

    Returns:
        ``(n, ...)`` values in the order of the images.

    Example:
        >>> in_batches(lambda batch: batch.max(axis=(1, 2)), np.zeros((5, 48, 48), np.uint8), batch_size=2)
        array([0, 0, 0, 0, 0], dtype=uint8)
    """
    starts = range(0, max(len(images), 1), batch_size)
    batches = (images[start : start + batch_size] for start in starts)
    bar = progress_bar(batches, name, len(starts), unit="batch")
    run = function if folder is None else partial(_kept, function, Path(folder))
    return np.concatenate([np.asarray(run(batch)) for batch in bar])


def _kept(function: Callable[[np.ndarray], np.ndarray], folder: Path, batch: np.ndarray) -> np.ndarray:
    fingerprint = hashlib.sha256(repr(batch.shape).encode() + batch.tobytes()).hexdigest()[:24]
    path = folder / f"{fingerprint}.npy"
    if not path.exists():
        values = np.asarray(function(batch))
        with write_beside(path) as temporary:
            np.save(temporary, values)
    return np.asarray(np.load(path, allow_pickle=False))


def _over_blocks(function: Callable[[np.ndarray], np.ndarray], images: Any, client: Any = None) -> np.ndarray:
    """Apply a function to blocks of images where Dask computes them: here, or on a cluster's workers.

    ``images`` is a ``dask.array``; with a client also a NumPy array, which is sent to the workers. Without a
    client, Dask takes the one that was opened last, or its own threads.
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
