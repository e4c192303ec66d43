"""Comparing two ways to predict the same images: is the difference more than luck?"""

from dataclasses import dataclass

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .scores import SCORES, Evaluation, score_of_counts

_CLASSES = len(EMOTIONS)
_RESAMPLES = 2000


@dataclass(frozen=True)
class Comparison:
    """Two ways to predict the same images; made by :func:`compare`.

    Args:
        difference: The score of the second minus that of the first.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end.
        n: Images that both answered.
        only_first: Images that the first alone gets right.
        only_second: Images that the second alone gets right.
        p_value: Of McNemar's test: the probability of a difference in accuracy at least as large if both were
            equally good; None for other scores.
    """

    difference: float
    low: float
    high: float
    n: int
    only_first: int
    only_second: int
    p_value: float | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the difference."""
        return self.low, self.high

    @property
    def significant(self) -> bool:
        """Whether luck alone seldom does as much: p is below 5 %, or without a p the interval excludes 0."""
        return not self.low <= 0 <= self.high if self.p_value is None else self.p_value < 0.05

    def __str__(self) -> str:
        verdict = "significant" if self.significant else "not significant"
        p_value = "" if self.p_value is None else f"; McNemar p = {self.p_value:.3g}"
        return (
            f"{100 * self.difference:+.1f} points (95 % interval {100 * self.low:+.1f} to "
            f"{100 * self.high:+.1f}; only the first is right: {self.only_first}, only the second: "
            f"{self.only_second}{p_value}), {verdict} at 5 %"
        )


def compare(first: Evaluation, second: Evaluation, score: str = "accuracy") -> Comparison:
    """Test whether two models differ on the same images.

    Of accuracy, McNemar's exact test (1947) tells: only the images that one model alone gets right tell the
    two apart, and if both were equally good, each would win half of those. Of other scores, the paired
    bootstrap (Efron, 1979) does.

    Args:
        first: A model's evaluation.
        second: Another one's, on the same images in the same order.
        score: "accuracy", "balanced_accuracy" or "macro_f1".

    Returns:
        The difference with its interval, the counts and, for accuracy, the p-value.

    Raises:
        FerCourseError: The evaluations are of different images, or there is no such score.

    Source:
        The interval for accuracy: Agresti and Min, "Simple improved confidence intervals for comparing
        matched proportions" (2005).

    Example:
        >>> import fer_course as fer
        >>> labels = np.array([3] * 10)
        >>> right, wrong = np.eye(7)[[3] * 10], np.eye(7)[[6] * 10]
        >>> compare(fer.score(labels, wrong), fer.score(labels, right)).p_value
        0.001953125
    """
    if score not in SCORES:
        raise FerCourseError(f"score is {score!r}; expected one of {', '.join(SCORES)}")
    if not np.array_equal(first.ids, second.ids) or not np.array_equal(first.labels, second.labels):
        raise FerCourseError(
            f"the two evaluations are of different images ({first.n} and {second.n}); "
            "score both models on the same split"
        )
    return compare_predictions(score, first.labels, first.predictions, second.predictions)


def compare_predictions(
    score: str, labels: np.ndarray, first: np.ndarray, second: np.ndarray, target: np.ndarray | None = None
) -> Comparison:
    """Compare ``(n,)`` predicted labels by a score of :func:`score_of_counts`."""
    before, after = first == labels, second == labels
    lost, won = int((before & ~after).sum()), int((after & ~before).sum())
    n = len(labels)
    if score == "accuracy":
        from scipy.stats import binomtest

        p_value = binomtest(lost, lost + won).pvalue if lost + won else 1.0
        return Comparison((won - lost) / n, *paired_interval(won, lost, n), n, lost, won, float(p_value))
    difference = np.subtract(*_resampled(score, labels, [second, first], target))
    low, high = np.quantile(difference[1:], [0.025, 0.975])
    return Comparison(float(difference[0]), float(low), float(high), n, lost, won)


def paired_interval(won: int, lost: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a gain in accuracy from images won and lost (Agresti and Min, 2005)."""
    # Half an image more in each of the four cells keeps the interval honest when there are few changes
    more, less, total = won + 0.5, lost + 0.5, n + 2
    middle = (more - less) / total
    deviation = np.sqrt(more + less - (more - less) ** 2 / total) / total
    return float(max(middle - 1.96 * deviation, -1)), float(min(middle + 1.96 * deviation, 1))


def _resampled(
    score: str, labels: np.ndarray, ways: list[np.ndarray], target: np.ndarray | None
) -> list[np.ndarray]:
    """Return for each way its score on the images themselves, then on each resample of them."""
    together, counts = np.unique(np.vstack([labels, *ways]), axis=1, return_counts=True)
    rng = np.random.default_rng(0)
    draws = np.vstack([counts, rng.multinomial(len(labels), counts / len(labels), size=_RESAMPLES)])
    emotion = np.eye(_CLASSES, dtype=int)
    true = draws @ emotion[together[0]]
    values = []
    for answer in together[1:]:
        hits = draws @ (emotion[answer] * (answer == together[0])[:, np.newaxis])
        values.append(score_of_counts(score, hits, draws @ emotion[answer], true, target))
    return values


def stratified_folds(labels: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return the fold of each image, ``(n,)`` 0 to ``folds - 1``, with about equally many of each emotion.

    Scikit-learn's ``StratifiedKFold`` refuses more folds than an emotion has images, and is not there where
    only the core is installed.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), int)
    fold[order] = np.arange(len(labels)) % folds
    return fold
