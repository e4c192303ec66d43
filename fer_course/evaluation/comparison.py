"""Comparing two models on the same images."""

from dataclasses import dataclass

import numpy as np

from ..errors import FerCourseError
from .scores import Evaluation


@dataclass(frozen=True)
class Comparison:
    """Two classifiers on the same images; made by :func:`compare`.

    Args:
        only_first: Images that the first alone gets right.
        only_second: Images that the second alone gets right.
        n: Images that both answered.
        difference: Accuracy of the second minus that of the first.
        p_value: Probability of a difference at least as large if both were equally good.

    Example:
        >>> print(Comparison(only_first=10, only_second=25, n=300, difference=0.05, p_value=0.017))
        second minus first: +5.0 points (95 % interval +1.1 to +8.8; ... p = 0.017), significant at 5 %
    """

    only_first: int
    only_second: int
    n: int
    difference: float
    p_value: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the difference (Agresti and Min, 2005)."""
        return paired_interval(self.only_second, self.only_first, self.n)

    def __str__(self) -> str:
        verdict = "significant" if self.p_value < 0.05 else "not significant"
        low, high = self.interval
        return (
            f"second minus first: {100 * self.difference:+.1f} points "
            f"(95 % interval {100 * low:+.1f} to {100 * high:+.1f}; only the first is right: "
            f"{self.only_first}, only the second: {self.only_second}; McNemar p = {self.p_value:.3g}), "
            f"{verdict} at 5 %"
        )


def compare(first: Evaluation, second: Evaluation) -> Comparison:
    """Test whether two models differ on the same images, by McNemar's exact test (1947).

    Only the images that one model alone gets right tell the two apart; if both were equally good, each
    would win half of those.

    Args:
        first: A model's evaluation.
        second: Another one's, on the same images in the same order.

    Returns:
        The counts, the difference in accuracy, and the p-value.

    Raises:
        FerCourseError: The evaluations are of different images.

    Example:
        >>> from fer_course import score
        >>> labels = np.array([3] * 10)
        >>> right, wrong = np.eye(7)[[3] * 10], np.eye(7)[[6] * 10]
        >>> compare(score(labels, wrong), score(labels, right)).p_value
        0.001953125
    """
    if not np.array_equal(first.ids, second.ids) or not np.array_equal(first.labels, second.labels):
        raise FerCourseError(
            f"the two evaluations are of different images ({first.n} and {second.n}); "
            "score both models on the same split"
        )
    from scipy.stats import binomtest

    only_first = int((first.correct & ~second.correct).sum())
    only_second = int((second.correct & ~first.correct).sum())
    disagreements = only_first + only_second
    p_value = binomtest(only_first, disagreements).pvalue if disagreements else 1.0
    return Comparison(only_first, only_second, first.n, second.accuracy - first.accuracy, float(p_value))


def paired_interval(won: int, lost: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a difference in accuracy on the same images.

    Args:
        won: Images that are right only now.
        lost: Images that were right only before.
        n: Number of images.

    Returns:
        Lower and upper end, as shares.

    Source:
        Agresti and Min, "Simple improved confidence intervals for comparing matched proportions" (2005).

    Example:
        >>> [round(end, 3) for end in paired_interval(won=30, lost=10, n=1000)]
        [0.007, 0.032]
    """
    # Half an image more in each of the four cells keeps the interval honest when there are few changes
    more, less, total = won + 0.5, lost + 0.5, n + 2
    middle = (more - less) / total
    deviation = np.sqrt(more + less - (more - less) ** 2 / total) / total
    return float(max(middle - 1.96 * deviation, -1)), float(min(middle + 1.96 * deviation, 1))
