"""Outliers: images whose embedding lies far from the others of their emotion."""

import numpy as np
from numpy.typing import ArrayLike

from ..errors import FerCourseError


def embedding_distances(embeddings: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Measure how far each embedding lies from the centre of its class.

    Args:
        embeddings: ``(n, d)`` numbers, as ``embed`` returns them.
        labels: ``(n,)`` integers.

    Returns:
        ``(n,)`` cosine distances, 0 (the centre's direction) to 2 (the opposite one); 1 for an embedding of
        zeros, which has no direction.

    Raises:
        FerCourseError: The two do not fit together, or an embedding holds something that is no number.

    Example:
        >>> embedding_distances([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0, 0, 0]).round(2).tolist()
        [0.11, 0.11, 0.55]
    """
    vectors, classes = np.asarray(embeddings, np.float64), np.asarray(labels)
    if vectors.ndim != 2 or len(vectors) != len(classes):
        raise FerCourseError(
            f"embeddings have shape {vectors.shape} and labels {classes.shape}; expected (n, d) and (n,)"
        )
    lengths = np.linalg.norm(vectors, axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths))
    if bad.size:
        raise FerCourseError(f"embedding {bad[0]} has length {lengths[bad[0]]}; leave that image out")
    vectors = vectors / np.maximum(lengths, 1e-12)[:, None]
    distances = np.empty(len(vectors))
    for label in np.unique(classes):
        members = classes == label
        centre = vectors[members].mean(axis=0)
        distances[members] = 1 - vectors[members] @ (centre / max(np.linalg.norm(centre), 1e-12))
    return distances


def flag_outliers(distances: ArrayLike, labels: ArrayLike, outlier_std_multiplier: float = 2.5) -> np.ndarray:
    """Flag what lies farther from its class's centre than most of the class.

    Every class has its own limit, so no emotion loses many more images than another because its faces
    differ more.

    Args:
        distances: ``(n,)`` from ``embedding_distances``.
        labels: ``(n,)`` integers.
        outlier_std_multiplier: Standard deviations above the class's mean distance.

    Returns:
        ``(n,)`` booleans.

    Raises:
        FerCourseError: The two do not fit together, or the multiplier is not above 0.

    Example:
        >>> flag_outliers([0.1, 0.1, 0.1, 0.1, 0.9], [3, 3, 3, 3, 3], outlier_std_multiplier=1.5).tolist()
        [False, False, False, False, True]
    """
    values, classes = np.asarray(distances, np.float64), np.asarray(labels)
    if values.shape != classes.shape or values.ndim != 1:
        raise FerCourseError(
            f"distances have shape {values.shape}, labels {classes.shape}; expected (n,) each"
        )
    if not outlier_std_multiplier > 0:
        raise FerCourseError(f"outlier_std_multiplier is {outlier_std_multiplier}; expected a number above 0")
    flags = np.zeros(len(values), bool)
    for label in np.unique(classes):
        members = classes == label
        limit = values[members].mean() + outlier_std_multiplier * values[members].std()
        flags[members] = values[members] > limit
    return flags
