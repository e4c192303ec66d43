"""Slow measurements in batches: what is finished is kept, so a stopped job goes on."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..files import write_beside


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
        function: Takes ``(k, height, width)`` images and returns ``(k, ...)`` values, which may depend on
            each image alone.
        images: ``(n, height, width)`` or ``(n, height, width, 3)``, ``uint8``.
        folder: Where finished batches are kept, one folder for each function; nowhere when left out.
        batch_size: Images a batch.
        name: What the progress bar says.

    Returns:
        ``(n, ...)`` values in the order of the images.

    Example:
        >>> images = np.zeros((5, 48, 48), np.uint8)
        >>> in_batches(lambda batch: batch.max(axis=(1, 2)), images, batch_size=2)
        array([0, 0, 0, 0, 0], dtype=uint8)
    """
    starts = range(0, max(len(images), 1), batch_size)
    batches = (images[start : start + batch_size] for start in starts)
    bar = tqdm(batches, desc=name, total=len(starts), unit="batches", delay=1, leave=False)
    if folder is None:
        return np.concatenate([np.asarray(function(batch)) for batch in bar])
    return np.concatenate([_kept(function, batch, Path(folder)) for batch in bar])


def _kept(function: Callable[[np.ndarray], np.ndarray], batch: np.ndarray, folder: Path) -> np.ndarray:
    fingerprint = hashlib.sha256(repr(batch.shape).encode() + batch.tobytes()).hexdigest()[:24]
    path = folder / f"{fingerprint}.npy"
    if not path.exists():
        values = np.asarray(function(batch))
        with write_beside(path) as temporary:
            np.save(temporary, values)
    return np.asarray(np.load(path, allow_pickle=False))
