"""Covered faces: edges that do not lie where the other faces have theirs."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from .edges import canny
from .stacks import image_stack, in_threads, to_gray


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

    Raises:
        FerCourseError: The images are no stack of 8-bit images, or ``typical`` is of another size.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> agreement = fer.edge_agreement(faces.images)
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


def _edges(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(canny(to_gray(images)))


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
