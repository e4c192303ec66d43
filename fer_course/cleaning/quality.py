"""Scores of image quality: one table, measured once, that every threshold reads."""

from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .edges import canny
from .stacks import image_stack, in_threads, to_gray

SCORES = ("blur", "brightness", "contrast", "edge_density", "entropy")
REGIONS = ("upper", "lower", "left", "right")
_COLUMNS = [*SCORES, *(f"edge_density_{region}" for region in REGIONS)]
_LEVELS = np.arange(256)


def measure(images: ArrayLike, client: Any = None) -> pd.DataFrame:
    """Score every image for sharpness, exposure and content.

    All are properties of the pixels alone and depend on the image size: a 48x48 face has a far larger
    Laplacian variance than the photograph that it was cut from, so thresholds do not travel between sizes.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``; RGB is
            scored in gray. A list of images, a memory map or a ``dask.array`` will do, too.
        client: A ``dask.distributed.Client`` whose workers measure; needs ``fer-course[scale]``.

    Returns:
        One row an image, with the columns

        - ``blur``: variance of ``cv2.Laplacian(image, cv2.CV_64F)``; low is blurred (Pech-Pacheco et al.,
          2000),
        - ``brightness``: mean gray value, 0..255,
        - ``contrast``: standard deviation of the gray values,
        - ``edge_density``: share of the pixels that ``cv2.Canny(image, 50, 150)`` marks, 0..1,
        - ``entropy``: Shannon entropy of the 256 gray values in bits, 0..8,
        - ``edge_density_upper``, ``_lower``, ``_left``, ``_right``: the same share in each half of the
          image. A bare palm empties its half; a mask, a book or fingers bring edges of their own, and
          ``edge_agreement`` finds more of them,
        - ``constant``: whether all pixels are equal.

    Raises:
        FerCourseError: The images are no stack of 8-bit images.

    Example:
        >>> import fer_course as fer
        >>> scores = fer.measure(fer.sample_faces().images)
        >>> list(scores.columns[:5])
        ['blur', 'brightness', 'contrast', 'edge_density', 'entropy']
    """
    table = pd.DataFrame(in_threads(_scores, image_stack(images), client), columns=_COLUMNS)
    return table.assign(constant=table["contrast"] == 0)


def _scores(images: np.ndarray) -> np.ndarray:
    stack = to_gray(images)
    if not len(stack):
        return np.empty((0, len(_COLUMNS)))
    share = _histograms(stack) / (stack.shape[1] * stack.shape[2])
    brightness = np.sum(share * _LEVELS, axis=1)  # BLAS would round by the number of images
    contrast = np.sqrt(np.sum(share * (_LEVELS - brightness[:, None]) ** 2, axis=1))
    entropy = np.abs(np.sum(share * np.log2(np.where(share > 0, share, 1)), axis=1))
    density, *regions = _edge_densities(canny(stack))
    return np.column_stack([_blur(stack), brightness, contrast, density, entropy, *regions])


def _histograms(stack: np.ndarray) -> np.ndarray:
    """Count the gray values of up to 256 images: one histogram over image number and value, so one call."""
    count, height, width = stack.shape
    tall = stack.reshape(count * height, width)
    number = np.repeat(np.arange(count, dtype=np.uint8), height * width).reshape(tall.shape)
    return cv2.calcHist([number, tall], [0, 1], None, [count, 256], [0, count, 0, 256]).astype(np.float64)


def _blur(stack: np.ndarray) -> np.ndarray:
    """Take the Laplacian of all images, one below the other, each with the border that OpenCV gives it."""
    count, height, width = stack.shape
    bordered = np.pad(stack, ((0, 0), (1, 1), (0, 0)), mode="reflect" if height > 1 else "edge")
    # 16 bits hold a Laplacian of 8-bit values exactly, and sums of integers are exact in float64.
    laplacian = cv2.Laplacian(bordered.reshape(-1, width), cv2.CV_16S).reshape(bordered.shape)[:, 1:-1]
    values = laplacian.reshape(count, height * width)
    squares = np.einsum("ij,ij->i", values, values, dtype=np.float64, casting="safe")
    return squares / values.shape[1] - values.mean(axis=1) ** 2


def _edge_densities(edges: np.ndarray) -> list[np.ndarray]:
    """Return the share of edge pixels in the whole image and in its regions."""
    row, column = edges.shape[1] // 2, edges.shape[2] // 2
    parts = [edges, edges[:, :row], edges[:, row:], edges[:, :, :column], edges[:, :, column:]]
    return [part.sum(axis=(1, 2), dtype=np.uint32) / part[0].size for part in parts]
