"""Weights that let rare emotions count as much as frequent ones."""

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError


def class_weights(labels: np.ndarray) -> dict[int, float]:
    """Weigh every class by the inverse of its frequency.

    The formula is scikit-learn's "balanced": ``n / (classes * count)``. Each class then adds the same to the
    loss, and the weights average 1 over the images, so the learning rate need not change. A class
    without images is left out.

    Args:
        labels: ``(n,)`` integers 0..6.

    Returns:
        A weight for every class that occurs, as Keras' ``class_weight`` takes it.

    Raises:
        FerCourseError: There are no labels, or some are outside 0..6.

    Example:
        >>> class_weights(np.array([3, 3, 3, 1]))
        {1: 2.0, 3: 0.6666666666666666}
    """
    labels = np.asarray(labels)
    if labels.size == 0:
        raise FerCourseError("no labels to weigh; is the train split empty?")
    if labels.min() < 0 or labels.max() >= len(EMOTIONS):
        raise FerCourseError(
            f"labels reach from {labels.min()} to {labels.max()}, expected 0..{len(EMOTIONS) - 1}; "
            "drop unlabelled images with dataset.subset(dataset.labels >= 0)"
        )
    classes, counts = np.unique(labels, return_counts=True)
    weights = labels.size / (len(classes) * counts)
    return dict(zip(classes.tolist(), weights.tolist(), strict=True))
