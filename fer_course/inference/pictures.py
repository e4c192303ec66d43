"""Pictures as people have them: of any format, size, depth and orientation."""

import os
import warnings
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from PIL import Image, ImageOps, UnidentifiedImageError

from ..cleaning.faces import FaceDetector
from ..cleaning.stacks import image_stack
from ..errors import FerCourseError
from ..sources.image_trees import IMAGE_ENDINGS

PICTURE_ENDINGS = (*IMAGE_ENDINGS, ".gif", ".jfif", ".avif", ".heic", ".heif")
"""What files of pictures are called; those that Pillow cannot read are named rather than passed over."""

LONGEST = 1280
"""Pixels; a picture with a longer side is scaled down to find its faces, which are then cut from it whole."""

MIN_FACE_RATIO = 0.04
"""Least width of a face as a share of the picture's: some twenty abreast."""

AGREEING = 6
"""Boxes of Haar that have to agree on a face where small ones count too, or gravel passes for faces."""


def read_picture(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a picture in colour, upright.

    Args:
        path: Any file that Pillow reads: JPEG, PNG, WebP, TIFF, BMP, GIF and more.

    Returns:
        As of :func:`decode_picture`.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: It is no picture, cut short, or has too many pixels.

    Example:
        >>> read_picture("nowhere.jpg")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.jpg: no such file
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: {'a folder, not a picture' if file.is_dir() else 'no such file'}")
    with file.open("rb") as stream:
        return decode_picture(stream, str(file))


def decode_picture(stream: BinaryIO, name: str) -> np.ndarray:
    """Decode a picture: turned as its EXIF entry says, 16 bits made 8, the first frame of an animation.

    Its size is looked at before anything is decoded: beyond what Pillow thinks safe, 179 million pixels, it
    is refused.

    Args:
        stream: The file, opened in binary.
        name: Its name, for messages.

    Returns:
        ``(height, width, 3)`` RGB or, of 16 bits of gray, ``(height, width)``, ``uint8``.

    Raises:
        FerCourseError: It is no picture, cut short, or has too many pixels.

    Example:
        >>> import io
        >>> decode_picture(io.BytesIO(b"no picture"), "face.jpg")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: face.jpg: not an image that can be read; ...
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a size that is not yet refused, of odd metadata
            picture = Image.open(stream)
            ImageOps.exif_transpose(picture, in_place=True)
            deep = picture.mode.startswith("I")
            return as_picture(np.asarray(picture if deep else picture.convert("RGB")))
    except Image.DecompressionBombError as error:
        reason = f"{str(error).partition(',')[0]}; scale it down"
    except UnidentifiedImageError:
        reason = (
            "not an image that can be read; replace the file or take it away (save HEIC photographs as JPEG)"
        )
    except FerCourseError as error:
        reason = str(error)
    except Exception as error:  # each format has its own kinds
        reason = f"a damaged image ({error}); replace the file or take it away"
    raise FerCourseError(f"{name}: {reason}")


def as_picture(image: np.ndarray) -> np.ndarray:
    """Bring an array of one picture into one of the two forms that everything here takes.

    Args:
        image: ``(height, width)`` or ``(height, width, 1)`` gray, ``(height, width, 3)`` RGB or
            ``(height, width, 4)`` RGBA, ``uint8`` or ``uint16`` (0..65535).

    Returns:
        ``(height, width)`` gray or ``(height, width, 3)`` RGB, ``uint8``.

    Raises:
        FerCourseError: Another shape or type.

    Example:
        >>> as_picture(np.full((60, 50, 4), 65535, np.uint16)).shape
        (60, 50, 3)
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.ndim not in (2, 3) or channels not in (1, 3, 4) or not image.size:
        raise FerCourseError(
            f"an image has shape {image.shape}; expected (height, width) gray, (height, width, 3) RGB or "
            "(height, width, 4) RGBA"
        )
    if image.dtype == np.int32 and image.min() >= 0 and image.max() < 2**16:  # what Pillow makes of some PNGs
        image = image.astype(np.uint16)
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.dtype != np.uint8:
        raise FerCourseError(
            f"an image is {image.dtype}, expected uint8 (0..255) or uint16; scale floats in 0..1 with "
            "(image * 255).round().astype('uint8')"
        )
    return image.reshape(image.shape[:2]) if channels == 1 else np.ascontiguousarray(image[..., :3])


class PictureDetector(FaceDetector):
    """Find faces in photographs: small ones too, and in large photographs as quickly as in others.

    Args:
        detector_type: As of :class:`FaceDetector`.

    Example:
        >>> len(PictureDetector("haar").detect(np.zeros((1, 3000, 4000), np.uint8)))
        0
    """

    def __init__(self, detector_type: str = "haar") -> None:
        super().__init__(detector_type, MIN_FACE_RATIO)

    def detect(self, images: ArrayLike) -> pd.DataFrame:
        """Do what :meth:`FaceDetector.detect` does, on pictures scaled down to ``LONGEST`` pixels."""
        stack = image_stack(images)
        scale = min(LONGEST / max(stack.shape[1:3]), 1)
        if scale < 1:
            stack = np.stack(
                [cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for image in stack]
            )
        found = super().detect(stack)
        found[["x", "y", "width", "height"]] /= scale
        return found[found["confidence"] >= AGREEING] if self.detector_type == "haar" else found
