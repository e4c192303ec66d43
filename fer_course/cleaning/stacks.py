"""What every cleaning step needs for a stack of images: a check that speaks plainly, and both cores."""

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..errors import FerCourseError
from .scale import is_lazy, over_blocks

_CHUNK = 256
_CHUNK_PIXELS = 256 * 48 * 48
_FREED = 2**25 - 2**13  # just below the largest size that glibc learns from


def gray_stack(images: ArrayLike) -> np.ndarray:
    """Return images as a stack of gray ones, or say what is wrong with them.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``, 0..255.

    Returns:
        ``(n, height, width)`` ``uint8``; colour images are converted with OpenCV's luma weights.

    Raises:
        FerCourseError: The array is no stack of 8-bit images.

    Example:
        >>> gray_stack(np.zeros((2, 48, 48, 3), np.uint8)).shape
        (2, 48, 48)
    """
    return to_gray(image_stack(images))


def to_gray(stack: np.ndarray) -> np.ndarray:
    """Do what ``gray_stack`` does with images that are checked already, or with a part of them.

    Args:
        stack: What ``image_stack`` returned.

    Returns:
        ``(n, height, width)`` ``uint8``.

    Example:
        >>> to_gray(np.zeros((2, 48, 48), np.uint8)).shape
        (2, 48, 48)
    """
    if stack.ndim == 3:
        return stack
    count, height, width, _ = stack.shape
    if count == 0:
        return stack[..., 0]
    tall = np.ascontiguousarray(stack).reshape(count * height, width, 3)  # one call for all images
    return np.asarray(cv2.cvtColor(tall, cv2.COLOR_RGB2GRAY)).reshape(count, height, width)


def image_stack(images: ArrayLike) -> np.ndarray:
    """Return gray or RGB images as an array, or say what is wrong with them.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``, 0..255; an array, a
            memory map, a list of images of one size, or a Dask array.

    Returns:
        The same images as an array; a Dask array stays one, and only its shape and type are checked.

    Raises:
        FerCourseError: The array is no stack of 8-bit images.

    Example:
        >>> image_stack([np.zeros((48, 48), np.uint8), np.zeros((48, 48), np.uint8)]).shape
        (2, 48, 48)
    """
    stack: Any = images if is_lazy(images) else _array(images)
    _check_shape(stack.shape)
    if stack.dtype != np.uint8:
        raise FerCourseError(_dtype_message(stack))
    if not is_lazy(stack) and stack[:_CHUNK].size and stack[:_CHUNK].max() == 1:
        raise FerCourseError(
            "the images hold only 0 and 1, expected 0..255: floats in 0..1 were cut to whole numbers; "
            "multiply them by 255 before .astype('uint8')"
        )
    return stack


def _array(images: Any) -> np.ndarray:
    if isinstance(images, FaceDataset):
        raise FerCourseError("this is a FaceDataset, expected its images: pass dataset.images")
    if isinstance(images, list | tuple):
        if not images:
            raise FerCourseError("the list of images is empty")
        shapes = [np.shape(image) for image in images]
        other = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), None)
        if other is not None:
            raise FerCourseError(
                f"the images do not all have the same size: image 0 has shape {shapes[0]}, image {other} "
                f"{shapes[other]}; resize them first"
            )
    return np.asarray(images)


def _check_shape(shape: tuple[int, ...]) -> None:
    expected = "expected a stack (n, height, width), or (n, height, width, 3) for RGB"
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 3):
        raise FerCourseError(f"shape {shape} is one image; {expected}: pass image[None]")
    if len(shape) == 4 and shape[3] in (1, 4):
        part = "[..., 0]" if shape[3] == 1 else "[..., :3]"
        raise FerCourseError(f"images have shape {shape}; {expected}: pass images{part}")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] != 3):
        raise FerCourseError(f"images have shape {shape}; {expected}")
    if 0 in shape[1:3]:
        raise FerCourseError(f"images have shape {shape}: no pixels in them; {expected}")


def _dtype_message(stack: Any) -> str:
    expected = f"images are {stack.dtype}, expected uint8 in 0..255"
    if stack.dtype == bool:
        return f"{expected}; pass images.astype('uint8') * 255"
    if is_lazy(stack) or stack.dtype.kind not in "iuf" or not stack.size:
        return f"{expected}; bring them to that type and range first"
    if stack.dtype.kind == "f" and not np.isfinite(stack).all():
        place = int(np.argwhere(~np.isfinite(stack))[0, 0])
        return f"{expected}; image {place} holds NaN or infinity: leave it out, or find where that comes from"
    low, high = stack.min(), stack.max()
    if stack.dtype.kind == "f" and low >= 0 and high <= 1:
        return (
            f"images are {stack.dtype} in 0..1, expected uint8 in 0..255; "
            "pass (images * 255).round().astype('uint8')"
        )
    if low >= 0 and high <= 255:
        return f"{expected}; the values fit: pass images.round().astype('uint8')"
    return f"{expected}; the values reach from {low:g} to {high:g}: bring them to that range first"


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

    Example:
        >>> in_threads(lambda chunk: chunk.max(axis=(1, 2)), np.ones((3, 48, 48), np.uint8))
        array([1, 1, 1], dtype=uint8)
    """
    if client is not None or is_lazy(stack):
        return over_blocks(partial(in_threads, function), stack, client)
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
