"""What tuned biases gain on images that they were not tuned on, and whether that is more than noise."""

from dataclasses import dataclass

import numpy as np

from .objectives import CLASSES, Problem, objective_value

RESAMPLES = 2000


@dataclass(frozen=True)
class Gain:
    """A difference between two ways to predict the same images, with its 95 % interval.

    Args:
        value: The difference in the objective.
        low: Lower end of the interval.
        high: Upper end.

    Example:
        >>> print(Gain(0.004, -0.003, 0.011))
        +0.4 points (95 % interval -0.3 to +1.1): noise
    """

    value: float
    low: float
    high: float

    @property
    def is_noise(self) -> bool:
        """Whether the interval includes 0, so that the gain may be luck."""
        return self.low <= 0 <= self.high

    def __str__(self) -> str:
        verdict = "noise" if self.is_noise else "a gain" if self.value > 0 else "a loss"
        value, low, high = 100 * self.value, 100 * self.low, 100 * self.high
        return f"{value:+.1f} points (95 % interval {low:+.1f} to {high:+.1f}): {verdict}"


def parts_of(labels: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Divide images into parts with about equally many of each emotion.

    Args:
        labels: ``(n,)`` true labels.
        folds: Number of parts.
        seed: Decides who comes where.

    Returns:
        ``(n,)`` the number of each image's part, 0 to ``folds - 1``.

    Example:
        >>> np.bincount(parts_of(np.repeat([3, 6], [40, 10]), folds=5, seed=0))
        array([10, 10, 10, 10, 10])
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    part = np.empty(len(labels), int)
    part[order] = np.arange(len(labels)) % folds
    return part


def cross_validated(problems: list[Problem], biases: list[np.ndarray], part: np.ndarray) -> dict[str, Gain]:
    """Predict each part of the images with biases that were tuned on the others.

    Args:
        problems: That of all images, then those without each part.
        biases: ``(7,)`` what was found for each of them.
        part: ``(n,)`` which part each image belongs to.

    Returns:
        The fields ``gain``, ``gain_of_closed_form`` and ``gain_over_closed_form`` of :class:`BiasResult`.
        The intervals resample the images and leave the biases as they are.
    """
    predicted = np.empty((3, len(part)), int)  # plain, closed form, tuned
    for number, (rest, tuned) in enumerate(zip(problems[1:], biases[1:], strict=True)):
        held = part == number
        ways = np.stack([np.zeros(CLASSES), rest.closed_form, tuned])
        predicted[:, held] = problems[0].subset(held, rest.closed_form).predictions(ways)
    plain, simple, tuned = _resampled(problems[0], predicted, np.random.default_rng(0))
    return {
        "gain": _gain(plain, tuned),
        "gain_of_closed_form": _gain(plain, simple),
        "gain_over_closed_form": _gain(simple, tuned),
    }


def paired_gain(
    objective: str,
    labels: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    target: np.ndarray | None = None,
    seed: int = 0,
) -> Gain:
    """Compare two ways to predict the same images, by the paired bootstrap (Efron, 1979).

    Args:
        objective: One of ``OBJECTIVES``.
        labels: ``(n,)`` true labels.
        before: ``(n,)`` predicted labels.
        after: ``(n,)`` those of the other way.
        target: ``(7,)`` shares; "distribution" asks for them.
        seed: Decides the resamples.

    Returns:
        What the second has more than the first.

    Example:
        >>> labels = np.repeat([3, 6], 50)
        >>> print(paired_gain("accuracy", labels, np.full(100, 3), np.full(100, 6)).is_noise)
        True
    """
    nothing = np.zeros(CLASSES)
    problem = Problem(np.empty((CLASSES, 0)), np.asarray(labels), objective, target, (), nothing)
    first, second = _resampled(problem, np.stack([before, after]), np.random.default_rng(seed))
    return _gain(first, second)


def _resampled(problem: Problem, predicted: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Return for each way its objective on the images themselves, then on each resample of them."""
    together, counts = np.unique(np.vstack([problem.labels, predicted]), axis=1, return_counts=True)
    draws = np.vstack([counts, rng.multinomial(problem.n, counts / problem.n, size=RESAMPLES)])
    emotion = np.eye(CLASSES, dtype=int)
    true = draws @ emotion[together[0]]
    values = []
    for answer in together[1:]:
        hits = draws @ (emotion[answer] * (answer == together[0])[:, np.newaxis])
        values.append(objective_value(problem.objective, hits, draws @ emotion[answer], true, problem.target))
    return values


def _gain(first: np.ndarray, second: np.ndarray) -> Gain:
    difference = second - first
    low, high = np.quantile(difference[1:], [0.025, 0.975])
    return Gain(float(difference[0]), float(low), float(high))
