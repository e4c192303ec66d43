"""Image quality: scores that are measured once and that every threshold reads, and CLAHE for the contrast."""

from functools import partial
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from ..images import image_stack, stack_to_gray
from ..parallel import in_threads

SCORES = ("blur", "brightness", "contrast", "edge_density", "entropy")
REGIONS = ("upper", "lower", "left", "right")
_COLUMNS = [*SCORES, *(f"edge_density_{region}" for region in REGIONS)]
_LEVELS = np.arange(256)
_CANNY = (50, 150)


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

    Example:
        >>> import fer_course as fer
        >>> scores = fer.measure(fer.sample_faces().images)
        >>> list(scores.columns[:5])
        ['blur', 'brightness', 'contrast', 'edge_density', 'entropy']
    """
    table = pd.DataFrame(in_threads(_scores, image_stack(images), client), columns=_COLUMNS)
    return table.assign(constant=table["contrast"] == 0)


def _scores(images: np.ndarray) -> np.ndarray:
    stack = stack_to_gray(images)
    if not len(stack):
        return np.empty((0, len(_COLUMNS)))
    share = _histograms(stack) / (stack.shape[1] * stack.shape[2])
    brightness = np.sum(share * _LEVELS, axis=1)  # BLAS would round by the number of images
    contrast = np.sqrt(np.sum(share * (_LEVELS - brightness[:, None]) ** 2, axis=1))
    entropy = np.abs(np.sum(share * np.log2(np.where(share > 0, share, 1)), axis=1))
    edges = _edges(stack)
    row, column = edges.shape[1] // 2, edges.shape[2] // 2
    parts = [edges, edges[:, :row], edges[:, row:], edges[:, :, :column], edges[:, :, column:]]
    density, *regions = (part.sum(axis=(1, 2), dtype=np.uint32) / part[0].size for part in parts)
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


def _edges(images: np.ndarray) -> np.ndarray:
    """Return ``(n, height, width)`` ``uint8``, 1 on edges."""
    stack = np.ascontiguousarray(stack_to_gray(images))
    return np.array([cv2.Canny(image, *_CANNY) for image in stack], np.uint8).reshape(stack.shape) & 1


def edge_agreement(images: ArrayLike, typical: ArrayLike | None = None) -> np.ndarray:
    """Score how well the edges of every face lie where faces of the same collection have theirs.

    Eyes, brows, nose and mouth give all upright faces edges in the same places. Something before a face
    seldom takes edges away, since a mask, a book or fingers bring their own; but it moves them. On the drawn
    sample this tells covered faces from others better than the edge density of any region
    (``benchmarks/bench_cleaning.py``). Turned, tilted or badly cut faces score low, too, and so does no face
    at all: a reason to look, not to drop.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``; cut alike.
        typical: ``(height, width)`` share of faces with an edge at each pixel; taken from these images when
            left out.

    Returns:
        ``(n,)`` correlation of the edges in the middle of the image with the typical ones, -1 to 1; 0 without
        any edges.

    Example:
        >>> from fer_course.cleaning.quality import edge_agreement
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> agreement = edge_agreement(faces.images)
        >>> covered = faces.attributes["defect"] == "occluded"
        >>> bool(np.median(agreement[covered]) < np.median(agreement[~covered]))
        True
    """
    edges = in_threads(_edges, image_stack(images))
    if not len(edges):
        return np.empty(0)
    share = edges.mean(axis=0) if typical is None else np.asarray(typical, np.float64)
    if share.shape != edges.shape[1:]:
        raise FerCourseError(f"typical has shape {share.shape}, but the images are {edges.shape[1:]}")
    return in_threads(partial(_correlation, typical=_middle(share[None])), edges)


def _middle(images: np.ndarray) -> np.ndarray:
    """Cut a sixth off every side, where hair and background decide; return one row an image."""
    top, left = images.shape[1] // 6, images.shape[2] // 6
    cut = images[:, top : images.shape[1] - top, left : images.shape[2] - left]
    return cut.reshape(len(images), -1)


def _correlation(edges: np.ndarray, typical: np.ndarray) -> np.ndarray:
    rows = [values - values.mean(axis=1, keepdims=True) for values in (_middle(edges), typical)]
    length = np.linalg.norm(rows[0], axis=1) * np.linalg.norm(rows[1])
    product = np.einsum("ij,j->i", rows[0], rows[1][0])
    return np.divide(product, length, out=np.zeros(len(edges)), where=length > 0)


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
    if not clip_limit > 0 or min(tile_grid) < 1:  # NaN is not
        raise FerCourseError(f"clip_limit {clip_limit} and tile_grid {tile_grid} must be positive")
    down, across = tile_grid

    def enhance(chunk: np.ndarray) -> np.ndarray:
        enhancer = cv2.createCLAHE(clip_limit, (across, down))  # holds buffers: one for each thread
        return np.array([enhancer.apply(image) for image in chunk], np.uint8).reshape(chunk.shape)

    return in_threads(enhance, stack)
