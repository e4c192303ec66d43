"""Abstention: a network that keeps silent when it is not sure."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from .fairness import evaluation_of, grouped
from .scores import Evaluation


def abstention(
    labels: ArrayLike,
    probabilities: ArrayLike,
    thresholds: Iterable[float] = tuple(np.linspace(0, 0.95, 20)),
    groups: ArrayLike | None = None,
) -> pd.DataFrame:
    """Let a network keep silent when it is not sure: how often does it answer, and how often is it right?

    Accuracy among the answers is worth nothing without ``coverage``, the share that is answered. With groups,
    look at whose faces it is silent about: one threshold for all can widen gaps (Jones et al., 2021).

    Args:
        labels: ``(n,)`` true labels, 0..6.
        probabilities: ``(n, 7)`` probabilities; the largest is the confidence.
        thresholds: An image is answered if its confidence is this much at least.
        groups: ``(n,)`` groups to look at one by one, as in :func:`group_metrics`.

    Returns:
        One row a threshold (and ``group``, if given): ``threshold``, ``n``, ``answered``, ``coverage``,
        ``right``, ``accuracy`` among the answers with its 95 % interval ``low`` and ``high``; NaN where
        nothing is answered.

    Raises:
        FerCourseError: As in :func:`group_metrics`; or what is given are no probabilities.

    Source:
        Accuracy against coverage: El-Yaniv and Wiener (2010); Geifman and El-Yaniv (2017).

    Example:
        >>> sure = 0.1 * np.eye(7)[[3, 6]] + 0.9 * np.eye(7)[[3, 3]]
        >>> abstention([3, 6], sure, [0, 0.95])[["threshold", "coverage", "accuracy"]]
           threshold  coverage  accuracy
        0       0.00       1.0       0.5
        1       0.95       0.5       1.0
    """
    if np.ndim(probabilities) != 2:
        raise FerCourseError("confidence needs (n, 7) probabilities; predicted labels alone have none")
    evaluation = evaluation_of(labels, probabilities)
    if groups is None:
        return pd.DataFrame([_answered(evaluation, threshold) for threshold in thresholds])
    names, group = grouped(groups, evaluation.n)
    limits = list(thresholds)
    return pd.DataFrame(
        [
            {"group": name} | _answered(evaluation.subset(group == place), threshold)
            for place, name in enumerate(names)
            for threshold in limits
        ]
    )


def _answered(evaluation: Evaluation, threshold: float) -> dict[str, float]:
    answered = evaluation.confidence >= threshold
    right, accuracy, low, high = 0, np.nan, np.nan, np.nan
    if answered.any():
        part = evaluation.subset(answered)
        right, accuracy, (low, high) = int(part.correct.sum()), part.accuracy, part.interval
    return {
        "threshold": float(threshold),
        "n": evaluation.n,
        "answered": int(answered.sum()),
        "coverage": float(answered.mean()),
        "right": right,
        "accuracy": accuracy,
        "low": low,
        "high": high,
    }
