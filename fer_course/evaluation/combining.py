"""The ways to make one answer of several: each learns its weights from probabilities and labels."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError

STEPS = 200
ROUNDS = 30
INVERSE_RIDGE = 0.03  # scikit-learn's C: small, for 49 weights a member are many
SMALLEST = 1e-4
"""Below this, a probability counts as no smaller: the logarithm of 0 would outvote everybody."""


class Weights(NamedTuple):
    """What a way to combine has learnt.

    Args:
        weights: ``(members,)`` shares, or ``(members, 7, 7)`` from log-probabilities to answers.
        offsets: ``(7,)`` added to the answers; zeros for shares.
    """

    weights: np.ndarray
    offsets: np.ndarray


def mixed(weights: Weights, probabilities: np.ndarray) -> np.ndarray:
    """Answer together.

    Args:
        weights: How.
        probabilities: ``(members, n, 7)``.

    Returns:
        ``(n, 7)`` ``float32`` probabilities.
    """
    if weights.weights.ndim == 1:
        return np.tensordot(weights.weights, probabilities, axes=1).astype(np.float32)
    logits = np.einsum("mnk,mkj->nj", _logs(probabilities), weights.weights) + weights.offsets
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _vote(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    return _shares(np.ones(len(probabilities)))


def _likeliest(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    """Find the shares that make the labels most probable, by expectation maximisation (no local optima)."""
    said = np.maximum(probabilities[:, np.arange(len(labels)), labels], SMALLEST)
    shares = np.full(len(said), 1 / len(said))
    for _ in range(STEPS):
        credit = shares[:, None] * said
        shares = (credit / credit.sum(axis=0)).mean(axis=1)
    return _shares(shares)


def _greedy(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    """Add, again and again, the member that helps most; of equal accuracies the likelier counts."""
    counts = np.zeros(len(probabilities))
    total = np.zeros_like(probabilities[0])
    best, best_counts = (-1.0, -np.inf), counts
    for _ in range(ROUNDS):
        ranks = [_rank(total + member, labels) for member in probabilities]
        chosen = max(range(len(ranks)), key=ranks.__getitem__)
        counts[chosen] += 1
        total += probabilities[chosen]
        if ranks[chosen] > best:
            best, best_counts = ranks[chosen], counts.copy()
    return _shares(best_counts)


def _rank(total: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    said = total[np.arange(len(labels)), labels] / total.sum(axis=1)
    right = (total.argmax(axis=1) == labels).mean()
    return float(right), float(np.log(np.maximum(said, SMALLEST)).mean())


def _stacked(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    from sklearn.linear_model import LogisticRegression

    counts = np.bincount(labels, minlength=len(EMOTIONS))
    if counts.min() == 0:
        absent = ", ".join(name for name, count in zip(EMOTIONS, counts, strict=True) if not count)
        raise FerCourseError(
            f"stacking learns every answer from examples, and there is none of {absent} (or only one, which "
            'cross-validation holds out); take method="weights", or more images'
        )
    columns = _logs(probabilities).transpose(1, 0, 2).reshape(len(labels), -1)
    regression = LogisticRegression(C=INVERSE_RIDGE, max_iter=1000).fit(columns, labels)
    weights = regression.coef_.T.reshape(len(probabilities), len(EMOTIONS), len(EMOTIONS))
    return Weights(weights, regression.intercept_)


def _shares(counts: np.ndarray) -> Weights:
    return Weights(counts / counts.sum(), np.zeros(len(EMOTIONS)))


def _logs(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, SMALLEST))


FITS: dict[str, Callable[[np.ndarray, np.ndarray], Weights]] = {
    "vote": _vote,
    "weights": _likeliest,
    "greedy": _greedy,
    "stacking": _stacked,
}
"""What ``method`` can be."""
