"""Scores of image quality: one table, measured once, that every threshold reads."""

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .stacks import gray_stack, in_threads

SCORES = ("blur", "brightness", "contrast", "edge_density", "entropy")
_LEVELS = 256
_CANNY = (50, 150)


def measure(images: ArrayLike) -> pd.DataFrame:
    """Score every image for sharpness, exposure and content.

    All five are properties of the pixels alone and depend on the image size: a 48x48 face has a far larger
    Laplacian variance than the photograph that it was cut from, so thresholds do not travel between sizes.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``; RGB is
            scored in gray.

    Returns:
        One row an image, with the columns

        - ``blur``: variance of ``cv2.Laplacian(image, cv2.CV_64F)``; low is blurred (Pech-Pacheco et al.,
          2000),
        - ``brightness``: mean gray value, 0..255,
        - ``contrast``: standard deviation of the gray values,
        - ``edge_density``: share of the pixels that ``cv2.Canny(image, 50, 150)`` marks, 0..1,
        - ``entropy``: Shannon entropy of the 256 gray values in bits, 0..8.

    Raises:
        FerCourseError: The array is no stack of 8-bit images.

    Example:
        >>> import fer_course as fer
        >>> scores = fer.measure(fer.sample_faces().images)
        >>> list(scores.columns)
        ['blur', 'brightness', 'contrast', 'edge_density', 'entropy']
    """
    return pd.DataFrame(in_threads(_scores, gray_stack(images)), columns=list(SCORES))


def _scores(images: np.ndarray) -> np.ndarray:
    edges = np.array([cv2.countNonZero(cv2.Canny(image, *_CANNY)) for image in images], dtype=np.float64)
    # 16 bits hold a Laplacian of 8-bit values exactly, and half as many bytes take half the time.
    blur = np.array([_variance(cv2.Laplacian(image, cv2.CV_16S)) for image in images], dtype=np.float64)
    counts = np.array([cv2.calcHist([image], [0], None, [_LEVELS], [0, _LEVELS]) for image in images])
    histogram = counts.reshape(len(images), _LEVELS).astype(np.int64)
    pixels = images[0].size if len(images) else 1
    # Integer sums are exact, so a constant image has a contrast of exactly 0.
    total, squares = histogram @ np.arange(_LEVELS), histogram @ np.arange(_LEVELS) ** 2
    contrast = np.sqrt(pixels * squares - total**2) / pixels
    share = histogram / pixels
    entropy = -np.sum(share * np.log2(share, out=np.zeros_like(share), where=share > 0), axis=1)
    return np.column_stack([blur, total / pixels, contrast, edges / pixels, np.abs(entropy)])


def _variance(values: np.ndarray) -> float:
    _, deviation = cv2.meanStdDev(values)
    return float(deviation[0, 0] ** 2)
