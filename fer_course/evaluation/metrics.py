"""Scores by the protocol of the course: accuracy with its interval, and what it hides."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import write_beside
from .tta import predict

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions on labelled images, and every score that follows from them.

    Made by :func:`evaluate` and :func:`score`.

    Args:
        labels: ``(n,)`` true labels, 0..6.
        probabilities: ``(n, 7)`` ``float32`` predicted probabilities.
        ids: ``(n,)`` names of the images.

    Example:
        >>> evaluation = score([3, 6, 6], np.eye(7)[[3, 6, 3]])
        >>> round(evaluation.accuracy, 3), evaluation.n
        (0.667, 3)
    """

    labels: np.ndarray
    probabilities: np.ndarray
    ids: np.ndarray

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.labels)

    @cached_property
    def predictions(self) -> np.ndarray:
        """``(n,)`` the most probable label of each image."""
        return self.probabilities.argmax(axis=1)

    @property
    def correct(self) -> np.ndarray:
        """``(n,)`` booleans: which predictions are right."""
        return self.predictions == self.labels

    @property
    def accuracy(self) -> float:
        """Share of right predictions."""
        return float(self.correct.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy (Wilson, 1927)."""
        from scipy.stats import binomtest

        low, high = binomtest(int(self.correct.sum()), self.n).proportion_ci(method="wilson")
        return float(low), float(high)

    @cached_property
    def confusion(self) -> np.ndarray:
        """``(7, 7)`` counts; row: true label, column: predicted label."""
        from sklearn.metrics import confusion_matrix

        return confusion_matrix(self.labels, self.predictions, labels=range(len(EMOTIONS)))

    @property
    def recall(self) -> np.ndarray:
        """``(7,)`` share of each emotion's images that is recognised; NaN for an emotion without images."""
        return _divide(self.confusion.diagonal(), self.confusion.sum(axis=1))

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the emotions that occur: a frequent one counts no more than a rare one."""
        return float(np.nanmean(self.recall))

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the emotions that occur in labels or predictions, as scikit-learn computes it."""
        return float(_macro_f1(self.confusion))

    def macro_f1_interval(self, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
        """Estimate the 95 % confidence interval of the macro-F1 by the bootstrap (Efron, 1979).

        Args:
            resamples: How often the images are drawn anew, with replacement.
            seed: Decides the draws.

        Returns:
            Lower and upper end: the 2.5 % and 97.5 % quantiles of the resampled scores.

        Example:
            >>> low, high = score([3, 6, 6], np.eye(7)[[3, 6, 3]]).macro_f1_interval()
            >>> low < high
            True
        """
        # Drawing images with replacement and counting their cells is one multinomial draw of the table
        cells = self.confusion.ravel() / self.n
        draws = np.random.default_rng(seed).multinomial(self.n, cells, size=resamples)
        scores = _macro_f1(draws.reshape(-1, len(EMOTIONS), len(EMOTIONS)))
        low, high = np.quantile(scores, [0.025, 0.975])
        return float(low), float(high)

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain numbers, for JSON; None for the recall of an absent emotion.

        Returns:
            ``n``, ``accuracy``, ``accuracy_interval``, ``macro_f1``, ``macro_f1_interval``,
            ``balanced_accuracy`` and ``recall`` by emotion.
        """
        recall = [None if np.isnan(value) else float(value) for value in self.recall]
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.interval),
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.macro_f1_interval()),
            "balanced_accuracy": self.balanced_accuracy,
            "recall": dict(zip(EMOTIONS, recall, strict=True)),
        }

    def subset(self, mask: np.ndarray) -> "Evaluation":
        """Return the evaluation of some of the images.

        Args:
            mask: ``(n,)`` booleans, or any number of positions.

        Returns:
            A new evaluation; nothing is predicted again.
        """
        return score(self.labels[mask], self.probabilities[mask], self.ids[mask])

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``metrics.json``, ``predictions.csv`` and ``confusion.csv``.

        Args:
            folder: Where to; made when missing.

        Returns:
            The folder.

        Example:
            >>> folder = score([3, 6, 6], np.eye(7)[[3, 6, 3]]).save("runs/example")
            >>> sorted(path.name for path in folder.iterdir())
            ['confusion.csv', 'metrics.json', 'predictions.csv']
        """
        target = Path(folder)
        names = np.array(EMOTIONS)
        predictions = pd.DataFrame({"id": self.ids, "emotion": names[self.labels]})
        predictions["predicted"] = names[self.predictions]
        predictions[list(EMOTIONS)] = self.probabilities
        confusion = pd.DataFrame(self.confusion, pd.Index(EMOTIONS, name="true / predicted"), EMOTIONS)
        with write_beside(target / "metrics.json") as temporary:
            temporary.write_text(json.dumps(self.to_dict(), indent=2), encoding="utf-8")
        with write_beside(target / "predictions.csv") as temporary:
            predictions.to_csv(temporary, index=False, float_format="%.6g")
        with write_beside(target / "confusion.csv") as temporary:
            confusion.to_csv(temporary)
        return target

    def __repr__(self) -> str:
        low, high = self.interval
        recall = ", ".join(
            f"{name} {value:.0%}" for name, value in zip(EMOTIONS, self.recall, strict=True) if value >= 0
        )
        return (
            f"Evaluation of {self.n} images: accuracy {self.accuracy:.1%} (95 % interval {low:.1%} to "
            f"{high:.1%}), macro-F1 {self.macro_f1:.3f}, balanced accuracy {self.balanced_accuracy:.1%}\n"
            f"  recall: {recall}"
        )


@dataclass(frozen=True)
class Comparison:
    """Two classifiers on the same images; made by :func:`compare`.

    Args:
        only_first: Images that the first alone gets right.
        only_second: Images that the second alone gets right.
        difference: Accuracy of the second minus that of the first.
        p_value: Probability of a difference at least as large if both were equally good.
    """

    only_first: int
    only_second: int
    difference: float
    p_value: float

    def __str__(self) -> str:
        verdict = "significant" if self.p_value < 0.05 else "not significant"
        return (
            f"second minus first: {100 * self.difference:+.1f} points "
            f"(only the first is right: {self.only_first}, only the second: {self.only_second}; "
            f"McNemar p = {self.p_value:.3g}), {verdict} at 5 %"
        )


def evaluate(model: "keras.Model", dataset: FaceDataset, tta: str | None = None) -> Evaluation:
    """Score a model on one split.

    Args:
        model: From raw pixels to ``(n, 7)`` probabilities.
        dataset: Labelled faces of one split, such as ``dataset.val``.
        tta: None for a single view, "flip" for the mean over each image and its mirror image.

    Returns:
        The predictions and their scores.

    Raises:
        FerCourseError: There are no images, a label is missing, the images do not suit the model, or they
            belong to several splits.

    Example:
        >>> import fer_course as fer
        >>> evaluation = evaluate(fer.EmotionCNN(width_mult=0.25), fer.sample_faces().val)
        >>> evaluation.confusion.shape
        (7, 7)
    """
    splits = sorted(set(np.asarray(dataset.split).tolist()))
    if len(splits) > 1:
        raise FerCourseError(
            f"the images belong to {' and '.join(splits)}; score one split alone, such as dataset.val"
        )
    return score(dataset.labels, predict(model, dataset.images, tta), dataset.ids)


def score(labels: np.ndarray, probabilities: np.ndarray, ids: np.ndarray | None = None) -> Evaluation:
    """Score predicted probabilities.

    Args:
        labels: ``(n,)`` true labels, 0..6.
        probabilities: ``(n, 7)`` probabilities; each row sums to 1.
        ids: ``(n,)`` names of the images; numbered when left out.

    Returns:
        The evaluation.

    Raises:
        FerCourseError: The arrays do not fit together, a label is missing, or a row is no distribution.

    Example:
        >>> score([3, 6, 6], np.eye(7)[[3, 6, 3]]).recall[6]
        np.float64(0.5)
    """
    labels = np.asarray(labels)
    probabilities = np.asarray(probabilities, dtype=np.float32)
    ids = np.array([f"{i:05d}" for i in range(len(labels))]) if ids is None else np.asarray(ids)
    if probabilities.shape != (len(labels), len(EMOTIONS)):
        raise FerCourseError(
            f"probabilities have shape {probabilities.shape}, expected ({len(labels)}, {len(EMOTIONS)}): "
            "one row an image, one column an emotion"
        )
    if not len(labels):
        raise FerCourseError("no images to score; is the split empty?")
    unlabelled = int(((labels < 0) | (labels >= len(EMOTIONS))).sum())
    if unlabelled:
        raise FerCourseError(
            f"{unlabelled} of {len(labels)} images have no label (0..{len(EMOTIONS) - 1}); "
            "drop them with dataset.subset(dataset.labels >= 0)"
        )
    wrong = np.flatnonzero(~(np.abs(probabilities.sum(axis=1) - 1) < 1e-2))  # catches NaN as well
    if wrong.size:
        raise FerCourseError(
            f"row {wrong[0]} of the probabilities sums to {probabilities[wrong[0]].sum():.3g} instead of 1; "
            "logits need a softmax first"
        )
    return Evaluation(labels, probabilities, ids)


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
    return Comparison(only_first, only_second, second.accuracy - first.accuracy, float(p_value))


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


def _macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Macro-F1 of one table of counts ``(7, 7)`` or of many ``(..., 7, 7)``."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = _divide(2 * right, confusion.sum(axis=-1) + confusion.sum(axis=-2))
    return np.nanmean(f1, axis=-1)
