"""What can be wrong with the arguments of ``tune_bias``, each said in a line."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...emotions import EMOTIONS, check_labels, emotion_label
from ...errors import FerCourseError
from .objectives import OBJECTIVES

METHODS = ("optuna", "cma-es", "evolution", "grid", "prior")

_SHARE_SUM = 1e-3  # how far from 1 the sum of shares may be


def check_shares(shares: Any, name: str = "target_distribution") -> np.ndarray:
    """Return seven shares that sum to 1."""
    if isinstance(shares, Mapping):
        values = np.zeros(len(EMOTIONS))
        for emotion, share in shares.items():
            values[emotion_label(emotion)] = _number(share, name)
    else:
        values = np.asarray(shares, np.float64)
    if values.shape != (len(EMOTIONS),):
        raise FerCourseError(f"{name} has shape {values.shape}; expected {len(EMOTIONS)} shares")
    if not ((values >= 0).all() and abs(values.sum() - 1) <= _SHARE_SUM):
        raise FerCourseError(
            f"{name} sums to {values.sum():.4g}, its least share is {values.min():.4g}; expected shares of 0 "
            "or more whose sum is 1"
        )
    return values


def _number(share: Any, name: str) -> float:
    try:
        return float(share)
    except (TypeError, ValueError):
        raise FerCourseError(f"{name} holds {share!r}; expected shares of 0 or more whose sum is 1") from None


def check_truth(labels: Any, n: int) -> np.ndarray:
    """Return ``(n,)`` labels of two emotions at least."""
    known = check_labels(labels)
    if known.shape != (n,):
        raise FerCourseError(f"labels have shape {known.shape}, probabilities are of {n} images")
    if len(np.unique(known)) < 2:
        raise FerCourseError(f"all images are {EMOTIONS[int(known[0])]}; tuning needs two emotions at least")
    return known


def check_objective(
    objective: str | None, labels: np.ndarray | None, target: np.ndarray | None, method: str
) -> str | None:
    """Return what to tune for; None where there is nothing to measure it by."""
    if objective is not None and objective not in OBJECTIVES:
        raise FerCourseError(f"objective is {objective!r}; expected one of {', '.join(OBJECTIVES)}")
    if labels is None and target is None:
        if method == "prior" and objective is None:
            return None
        raise FerCourseError(
            'give labels or a target_distribution; only method="prior", with no objective, needs neither'
        )
    objective = objective or ("accuracy" if target is None else "distribution")
    if objective == "distribution" and target is None:
        raise FerCourseError('objective "distribution" needs a target_distribution')
    if objective != "distribution" and target is not None:
        raise FerCourseError(f'a target_distribution is for objective "distribution", not for "{objective}"')
    if objective != "distribution" and labels is None:
        raise FerCourseError(f'objective "{objective}" needs labels')
    return objective


def check_method(method: str, trials: int | None, folds: int, jobs: int, storage: Any, n: int) -> None:
    """Refuse a method that is unknown, or numbers that make no sense."""
    if method not in METHODS:
        raise FerCourseError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    if trials is not None and trials < 1:
        raise FerCourseError(f"trials is {trials}; expected 1 or more")
    if jobs < 1:
        raise FerCourseError(f"jobs is {jobs}; expected 1 or more")
    if folds != 0 and not 2 <= folds <= n:
        raise FerCourseError(f"folds is {folds}, of {n} images; expected 0 for none, or from 2 to all images")
    if storage is not None and method not in ("optuna", "cma-es"):
        raise FerCourseError(f'a storage is for Optuna, not for method "{method}"')


def check_smoothing(label_smoothing: float) -> None:
    """Refuse a share that is none."""
    if not 0 <= label_smoothing < 1:
        raise FerCourseError(f"label_smoothing is {label_smoothing}; expected 0 or more, and less than 1")


def check_emotions(emotions: Iterable[str], labels: np.ndarray | None) -> tuple[tuple[int, ...], list[str]]:
    """Return the labels that get a bias, and the names of those that cannot, as no image shows them."""
    if isinstance(emotions, str):
        raise FerCourseError(f'emotions is {emotions!r}; give a list, ["{emotions}"]')
    chosen = sorted({emotion_label(name) for name in emotions})
    if not chosen:
        raise FerCourseError("emotions is empty; name those that get a bias")
    absent = [] if labels is None else [label for label in chosen if not (labels == label).any()]
    if absent and len(chosen) < len(EMOTIONS):
        raise FerCourseError(
            f"no image is {EMOTIONS[absent[0]]}, so nothing tells its bias; leave it out of emotions"
        )
    free = tuple(label for label in chosen if label not in absent)
    return free, [EMOTIONS[label] for label in absent]
