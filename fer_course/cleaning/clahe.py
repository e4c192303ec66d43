"""Contrast enhancement."""

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from ..images import image_stack
from ..parallel import in_threads


def clahe(images: ArrayLike, clip_limit: float = 2.0, tile_grid: tuple[int, int] = (8, 8)) -> np.ndarray:
    """Even out the contrast of every image, tile by tile (contrast-limited adaptive histogram equalisation).

    This is OpenCV's ``createCLAHE``, image by image. An 8x8 grid cuts a 48x48 face into tiles of 6x6 pixels,
    36 values for 256 bins. OpenCV rounds the limit to whole counts, so there every limit from 1 to 14 gives
    the same pixels; with fewer tiles, such as (2, 2), it raises contrast more and noise less (lesson 08).

    Args:
        images: ``(n, height, width)`` gray, ``uint8``.
        clip_limit: How many times its mean a bin of a tile's histogram may reach.
        tile_grid: Number of tiles (down, across); OpenCV's default.

    Returns:
        New images of the same shape, ``uint8``.

    Source:
        Zuiderveld (1994), "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV.

    Example:
        >>> import fer_course as fer
        >>> fer.clahe(fer.sample_faces().images[:4]).shape
        (4, 48, 48)
    """
    stack = image_stack(images)
    if stack.ndim == 4:
        raise FerCourseError(
            "CLAHE works on gray images; convert each with cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)"
        )
    if clip_limit <= 0 or min(tile_grid) < 1:
        raise FerCourseError(f"clip_limit {clip_limit} and tile_grid {tile_grid} must be positive")
    down, across = tile_grid

    def enhance(chunk: np.ndarray) -> np.ndarray:
        enhancer = cv2.createCLAHE(clip_limit, (across, down))  # holds buffers: one for each thread
        return np.array([enhancer.apply(image) for image in chunk], np.uint8).reshape(chunk.shape)

    return in_threads(enhance, stack)
