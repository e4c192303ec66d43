"""What every cleaning step needs for a stack of images: a check that speaks plainly, and both cores."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..errors import FerCourseError

_CHUNK = 256


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
    stack = image_stack(images)
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
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``, 0..255.

    Returns:
        The same images as an array.

    Raises:
        FerCourseError: The array is no stack of 8-bit images.
    """
    try:
        stack = np.asarray(images)
    except ValueError as error:
        raise FerCourseError(
            f"the images do not all have the same size; resize them first ({error})"
        ) from error
    _check_shape(stack.shape)
    if stack.dtype != np.uint8:
        raise FerCourseError(
            f"images are {stack.dtype}, expected uint8 with values 0..255; {_dtype_advice(stack)}"
        )
    return stack


def _check_shape(shape: tuple[int, ...]) -> None:
    expected = "expected a stack (n, height, width), or (n, height, width, 3) for RGB"
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 3):
        raise FerCourseError(f"shape {shape} is one image; {expected}: pass image[None]")
    if len(shape) == 4 and shape[3] == 1:
        raise FerCourseError(f"images have shape {shape}; {expected}: pass images[..., 0]")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] != 3):
        raise FerCourseError(f"images have shape {shape}; {expected}")
    if 0 in shape[1:3]:
        raise FerCourseError(f"images have shape {shape}: no pixels in them; {expected}")


def _dtype_advice(stack: np.ndarray) -> str:
    if stack.dtype.kind == "f" and stack.size and stack.min() >= 0 and stack.max() <= 1:
        return "these are floats in 0..1: pass (images * 255).round().astype('uint8')"
    if stack.dtype.kind in "iuf" and stack.size and stack.min() >= 0 and stack.max() <= 255:
        return "pass images.astype('uint8')"
    return "bring them to that range first"


def in_threads(function: Callable[[np.ndarray], np.ndarray], stack: np.ndarray) -> np.ndarray:
    """Apply a function to chunks of a stack on all cores; OpenCV and NumPy release the interpreter lock.

    Args:
        function: Takes ``(k, height, width)`` images and returns ``(k, ...)`` values.
        stack: ``(n, height, width)`` images.

    Returns:
        ``(n, ...)`` values in the order of the images.
    """
    chunks = [stack[start : start + _CHUNK] for start in range(0, len(stack), _CHUNK)] or [stack]
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
