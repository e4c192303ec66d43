"""Image files and arrays of any kind, made into the gray 48x48 faces of FER2013."""

import os
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..errors import FerCourseError
from .pixels import SIZE

_TO_GRAY = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}


class Box(NamedTuple):
    """Where in an image a face is, in pixels; ``right`` and ``bottom`` are the first outside."""

    left: int
    top: int
    right: int
    bottom: int


def decode_image(content: bytes, name: str) -> np.ndarray:
    """Decode the bytes of an image file to gray.

    A colour picture becomes its luma (ITU-R BT.601), which leaves a gray JPEG with three equal channels as
    it is.

    Args:
        content: A JPEG, PNG, BMP, TIFF or WebP file.
        name: Its name, for messages.

    Returns:
        ``(height, width)`` ``uint8``.

    Raises:
        FerCourseError: Not an image, or one that is cut short.

    Example:
        >>> decode_image(b"no image", "face.jpg")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: face.jpg: not an image that can be read; ...
    """
    # OpenCV 4.10 fills the missing part of a JPEG with gray, so look for the marker that ends the image.
    cut_short = content.startswith(b"\xff\xd8") and b"\xff\xd9" not in content
    gray = None
    if content and not cut_short:
        gray = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        reason = "empty" if not content else "cut short" if cut_short else "not an image that can be read"
        raise FerCourseError(f"{name}: {reason}; replace the file or take it away")
    return gray


def read_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an image file as gray.

    Args:
        path: A JPEG, PNG, BMP, TIFF or WebP file; letters beyond ASCII in its name do no harm.

    Returns:
        ``(height, width)`` ``uint8``.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: Not an image, or one that is cut short.

    Example:
        >>> read_image("nowhere.png")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.png: no such file
    """
    file = Path(path)
    if not file.exists():
        raise FileNotFoundError(f"{file}: no such file")
    return decode_image(file.read_bytes(), str(file))


def to_gray(image: np.ndarray) -> np.ndarray:
    """Make an image array gray.

    Args:
        image: ``uint8``, ``(height, width)`` gray, ``(height, width, 3)`` RGB or ``(height, width, 4)`` RGBA.

    Returns:
        ``(height, width)`` ``uint8``.

    Raises:
        FerCourseError: Another shape or type.

    Example:
        >>> to_gray(np.zeros((60, 50, 3), np.uint8)).shape
        (60, 50)
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.dtype != np.uint8 or image.size == 0 or image.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise FerCourseError(
            f"an image is {image.dtype} of shape {image.shape}, expected uint8 (height, width) or "
            "(height, width, 3); scale floats in 0..1 with (image * 255).round().astype('uint8')"
        )
    if channels in _TO_GRAY:
        return cv2.cvtColor(np.ascontiguousarray(image), _TO_GRAY[channels])
    return image.reshape(image.shape[:2])


def resize_face(gray: np.ndarray) -> np.ndarray:
    """Resize a gray image to 48x48: by area when it shrinks, so that nothing aliases, else bilinear.

    Args:
        gray: ``(height, width)`` ``uint8``.

    Returns:
        ``(48, 48)`` ``uint8``; the same array when it has that size.

    Example:
        >>> resize_face(np.full((200, 160), 7, np.uint8)).shape
        (48, 48)
    """
    if gray.shape == (SIZE, SIZE):
        return gray
    shrinks = gray.size > SIZE * SIZE
    return cv2.resize(gray, (SIZE, SIZE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def crop_square(image: np.ndarray, box: Box | None = None) -> np.ndarray:
    """Cut the square around a face, so that resizing it changes no proportions.

    Args:
        image: ``(height, width)`` or ``(height, width, 3)`` ``uint8``.
        box: Where the face is; without it, the whole image is of the face.

    Returns:
        The square with the box's longer side, around its middle and moved to lie inside the image; smaller
        if the image is.

    Raises:
        FerCourseError: The box is empty or outside the image.

    Example:
        >>> crop_square(np.zeros((762, 562), np.uint8)).shape
        (562, 562)
    """
    height, width = image.shape[:2]
    box = box or Box(0, 0, width, height)
    left, top = max(box.left, 0), max(box.top, 0)
    right, bottom = min(box.right, width), min(box.bottom, height)
    if left >= right or top >= bottom:
        raise FerCourseError(
            f"the box of the face (left {box.left}, top {box.top}, right {box.right}, bottom {box.bottom}) "
            f"covers nothing of an image of {width} x {height} pixels"
        )
    side = min(max(right - left, bottom - top), width, height)
    x = min(max((left + right - side) // 2, 0), width - side)
    y = min(max((top + bottom - side) // 2, 0), height - side)
    return image[y : y + side, x : x + side]
