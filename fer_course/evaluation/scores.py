"""Scores by the protocol of the course: accuracy with its interval, and what it hides."""

import json
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, check_labels
from ..errors import FerCourseError
from ..files import write_beside
from .calibration import BINS, calibration_table, expected_calibration_error
from .tta import Classifier, Tta, name_of_views, predict

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
        split: The split that was scored, if known.
        views: How each image was looked at, such as "flip TTA", if known.

    Example:
        >>> evaluation = score([3, 6, 6], np.eye(7)[[3, 6, 3]])
        >>> round(evaluation.accuracy, 3), evaluation.n
        (0.667, 3)
    """

    labels: np.ndarray
    probabilities: np.ndarray
    ids: np.ndarray
    split: str | None = None
    views: str | None = None

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.labels)

    @cached_property
    def predictions(self) -> np.ndarray:
        """``(n,)`` the most probable label of each image."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> np.ndarray:
        """``(n,)`` the probability of each prediction."""
        return self.probabilities.max(axis=1)

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
        classes = len(EMOTIONS)
        cells = np.bincount(classes * self.labels + self.predictions, minlength=classes**2)
        return cells.reshape(classes, classes)

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

    @property
    def calibration_error(self) -> float:
        """The expected calibration error (ECE): how far confidence and accuracy lie apart, on average.

        Over 15 bins of equal width (Guo et al., 2017); 0 is perfect.
        """
        return expected_calibration_error(self.calibration())

    def calibration(self, bins: int = BINS) -> pd.DataFrame:
        """Compare confidence with accuracy, bin by bin; ``fer.plots.reliability`` draws it.

        Args:
            bins: Number of bins of equal width.

        Returns:
            One row a bin: ``low``, ``high``, ``images``, ``confidence``, ``accuracy``.

        Raises:
            FerCourseError: There is not at least one bin.

        Example:
            >>> table = score([3, 6, 6], np.eye(7)[[3, 6, 3]]).calibration()
            >>> int(table["images"].sum())
            3
        """
        return calibration_table(self.confidence, self.correct, bins)

    def classification_report(self) -> str:
        """Return precision, recall and F1 of every emotion as scikit-learn's table.

        Returns:
            Text of eleven lines; "nan" where an emotion has no images or is never predicted.

        Example:
            >>> "macro avg" in score([3, 6, 6], np.eye(7)[[3, 6, 3]]).classification_report()
            True
        """
        from sklearn.metrics import classification_report

        return str(
            classification_report(
                self.labels,
                self.predictions,
                labels=range(len(EMOTIONS)),
                target_names=EMOTIONS,
                digits=3,
                zero_division=np.nan,
            )
        )

    def most_confident_mistakes(self, count: int = 12) -> np.ndarray:
        """Find the wrong answers that the network was surest of; ``fer.plots.mistakes`` shows them.

        Args:
            count: How many at most.

        Returns:
            Their positions, the surest first.

        Example:
            >>> score([3, 6, 6], np.eye(7)[[3, 6, 3]]).most_confident_mistakes()
            array([2])
        """
        wrong = np.flatnonzero(~self.correct)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")][:count]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain numbers, for JSON; None for the recall of an absent emotion.

        Returns:
            ``split``, ``views``, ``n``, ``accuracy``, ``accuracy_interval``, ``macro_f1``,
            ``macro_f1_interval``, ``balanced_accuracy``, ``calibration_error`` and ``recall`` by emotion.
        """
        recall = [None if np.isnan(value) else float(value) for value in self.recall]
        return {
            "split": self.split,
            "views": self.views,
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.interval),
            "macro_f1": self.macro_f1,
            "macro_f1_interval": list(self.macro_f1_interval()),
            "balanced_accuracy": self.balanced_accuracy,
            "calibration_error": self.calibration_error,
            "recall": dict(zip(EMOTIONS, recall, strict=True)),
        }

    def subset(self, mask: np.ndarray) -> "Evaluation":
        """Return the evaluation of some of the images.

        Args:
            mask: ``(n,)`` booleans, or any number of positions.

        Returns:
            A new evaluation; nothing is predicted again.
        """
        part = score(self.labels[mask], self.probabilities[mask], self.ids[mask])
        return replace(part, split=self.split, views=self.views)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write scores and predictions; :func:`save_evaluation` writes pictures beside them.

        The files: ``metrics.json`` (:meth:`to_dict`), ``report.txt`` (:meth:`classification_report`),
        ``confusion.csv``, ``predictions.csv``, and the arrays ``probabilities.npy`` and ``labels.npy``.

        Args:
            folder: Where to; made when missing.

        Returns:
            The folder.

        Example:
            >>> folder = score([3, 6, 6], np.eye(7)[[3, 6, 3]]).save("runs/example")
            >>> print(*sorted(path.name for path in folder.iterdir()))
            confusion.csv labels.npy metrics.json predictions.csv probabilities.npy report.txt
        """
        target = Path(folder)
        names = np.array(EMOTIONS)
        predictions = pd.DataFrame({"id": self.ids, "emotion": names[self.labels]})
        predictions["predicted"] = names[self.predictions]
        predictions[list(EMOTIONS)] = self.probabilities
        confusion = pd.DataFrame(self.confusion, pd.Index(EMOTIONS, name="true / predicted"), EMOTIONS)
        with write_beside(target / "metrics.json") as temporary:
            temporary.write_text(json.dumps(self.to_dict(), indent=2), encoding="utf-8")
        with write_beside(target / "report.txt") as temporary:
            temporary.write_text(self.classification_report(), encoding="utf-8")
        with write_beside(target / "predictions.csv") as temporary:
            predictions.to_csv(temporary, index=False, float_format="%.6g")
        with write_beside(target / "confusion.csv") as temporary:
            confusion.to_csv(temporary)
        for name, values in {"probabilities": self.probabilities, "labels": self.labels}.items():
            with write_beside(target / f"{name}.npy") as temporary:
                np.save(temporary, values, allow_pickle=False)
        return target

    def __repr__(self) -> str:
        low, high = self.interval
        recall = ", ".join(
            f"{name} {value:.0%}" for name, value in zip(EMOTIONS, self.recall, strict=True) if value >= 0
        )
        what = " ".join(word for word in (f"{self.n:,}", self.split, "images") if word)
        views = f", {self.views}" if self.views else ""
        return (
            f"Evaluation of {what}{views}: accuracy {self.accuracy:.1%} (95 % interval {low:.1%} to "
            f"{high:.1%}), macro-F1 {self.macro_f1:.3f}, balanced accuracy {self.balanced_accuracy:.1%}, "
            f"calibration error {self.calibration_error:.1%}\n"
            f"  recall: {recall}"
        )


def evaluate(model: "keras.Model | Classifier", dataset: FaceDataset, tta: Tta = None) -> Evaluation:
    """Score a model on one split.

    The protocol: fit on train, choose epoch, TTA, weights and thresholds on val, and score test once, at the
    end, single view and TTA apart. :func:`without_twins` leaves out the images that were in train as well.

    Args:
        model: From raw pixels to ``(n, 7)`` probabilities: a Keras model or a :class:`Predictor`. The latter
            evens out contrast itself, so give it the images as they are.
        dataset: Labelled faces of one split, such as ``dataset.val``.
        tta: None for a single view, "flip", "shifts" or "ten-crop" for the mean over several, or a mapping
            of these to weights (:func:`predict`).

    Returns:
        The predictions and their scores.

    Raises:
        FerCourseError: There are no images, a label is missing, the images do not suit the model, they
            belong to several splits, or ``tta`` is unknown.

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
    scored = score(dataset.labels, predict(model, dataset.images, tta), dataset.ids)
    return replace(scored, split=splits[0], views=name_of_views(tta))


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
    labels = check_labels(labels)
    probabilities = check_probabilities(probabilities)
    ids = np.array([f"{i:05d}" for i in range(len(labels))]) if ids is None else np.asarray(ids)
    if labels.shape != (len(probabilities),):
        raise FerCourseError(
            f"labels have shape {labels.shape}, probabilities are of {len(probabilities)} images"
        )
    return Evaluation(labels, probabilities, ids)


def check_probabilities(probabilities: ArrayLike, name: str = "the probabilities") -> np.ndarray:
    """Return what a network said as an array, or say why it is no probabilities.

    Args:
        probabilities: ``(n, 7)``; each row sums to 1.
        name: What they are called in a message.

    Returns:
        The same as ``float32``.

    Raises:
        FerCourseError: The shape is another, there are no images, or a row is no distribution.

    Example:
        >>> check_probabilities([[3.0, -1, 0, 0, 0, 0, 0]])
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: row 0 of the probabilities sums to 2 instead of 1, ...
    """
    said = np.asarray(probabilities, dtype=np.float32)
    if said.ndim != 2 or said.shape[1] != len(EMOTIONS):
        raise FerCourseError(
            f"{name}: shape {said.shape}; expected (n, {len(EMOTIONS)}), one row an image, one column an "
            f"emotion ({', '.join(EMOTIONS)})"
        )
    if not len(said):
        raise FerCourseError(f"{name}: no images; is the split empty?")
    sums, least = said.sum(axis=1), said.min(axis=1)
    wrong = np.flatnonzero(~((np.abs(sums - 1) < 1e-2) & (least >= 0)))  # catches NaN as well
    if wrong.size and np.isnan(sums[wrong[0]]):
        raise FerCourseError(f"row {wrong[0]} of {name} holds NaN; was the training stable?")
    if wrong.size:
        raise FerCourseError(
            f"row {wrong[0]} of {name} sums to {sums[wrong[0]]:.3g} instead of 1, its least value is "
            f"{least[wrong[0]]:.3g}; logits need a softmax first"
        )
    return said


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


def _macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Macro-F1 of one table of counts ``(7, 7)`` or of many ``(..., 7, 7)``."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = _divide(2 * right, confusion.sum(axis=-1) + confusion.sum(axis=-2))
    return np.nanmean(f1, axis=-1)
