"""Every score of the course: accuracy with its interval, and what it hides."""

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
from ..emotions import EMOTIONS, check_labels, check_probabilities
from ..errors import FerCourseError
from ..files import name_in_table, write_beside, write_text
from .tta import Classifier, Tta, name_of_views, predict

if TYPE_CHECKING:
    import keras

SCORES = ("accuracy", "balanced_accuracy", "macro_f1")
"""The scores that networks are compared by."""


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
        persons: ``(n,)`` who is in each image. Given where people repeat: their images are not so many
            independent ones, so the interval of the accuracy then comes from drawing people.

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
    persons: np.ndarray | None = None

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
        return float(score_of_table("accuracy", self.confusion))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy (Wilson, 1927; of persons, the bootstrap)."""
        if self.persons is None:
            return wilson(int(self.correct.sum()), self.n)
        person = np.unique(self.persons, return_inverse=True)[1]
        images, right = np.bincount(person), np.bincount(person, self.correct)
        draws = np.random.default_rng(0).multinomial(
            len(images), np.full(len(images), 1 / len(images)), size=2000
        )
        low, high = np.quantile((draws @ right) / (draws @ images), [0.025, 0.975])
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
        with np.errstate(invalid="ignore"):
            return np.asarray(self.confusion.diagonal() / self.confusion.sum(axis=1))

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the emotions that occur: a frequent one counts no more than a rare one."""
        return float(score_of_table("balanced_accuracy", self.confusion))

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the emotions that occur in labels or predictions, as scikit-learn computes it."""
        return float(score_of_table("macro_f1", self.confusion))

    def macro_f1_interval(self, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
        """Estimate the 95 % interval of the macro-F1, lower and upper end, by the bootstrap (Efron, 1979)."""
        # Drawing images with replacement and counting their cells is one multinomial draw of the table
        cells = self.confusion.ravel() / self.n
        draws = np.random.default_rng(seed).multinomial(self.n, cells, size=resamples)
        scores = score_of_table("macro_f1", draws.reshape(-1, len(EMOTIONS), len(EMOTIONS)))
        low, high = np.quantile(scores, [0.025, 0.975])
        return float(low), float(high)

    @property
    def calibration_error(self) -> float:
        """The expected calibration error (ECE): how far confidence and accuracy lie apart, on average."""
        table = self.calibration()
        return float(((table["accuracy"] - table["confidence"]).abs() * table["images"]).sum() / self.n)

    def calibration(self, bins: int = 15) -> pd.DataFrame:
        """Compare confidence with accuracy, bin by bin; ``fer.plots.reliability`` draws it.

        Args:
            bins: Number of bins of equal width, 15 in the source; a bin holds its upper end.

        Returns:
            One row a bin: ``low`` and ``high`` end, number of ``images``, their mean ``confidence`` and
            ``accuracy`` (NaN where there are none).

        Source:
            Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017).
        """
        if bins < 1:
            raise FerCourseError(f"bins is {bins}; expected 1 or more")
        confidence = self.confidence.astype(np.float64)
        place = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
        images = np.bincount(place, minlength=bins)
        ends = np.linspace(0, 1, bins + 1)
        summed = {"confidence": confidence, "accuracy": self.correct}
        with np.errstate(invalid="ignore"):  # an empty bin has no mean
            means = {name: np.bincount(place, values, bins) / images for name, values in summed.items()}
        return pd.DataFrame({"low": ends[:-1], "high": ends[1:], "images": images} | means)

    def classification_report(self) -> str:
        """Return precision, recall and F1 of every emotion as scikit-learn's table; "nan" for none."""
        from sklearn.metrics import classification_report

        form = {"labels": range(len(EMOTIONS)), "target_names": EMOTIONS, "digits": 3}
        return str(classification_report(self.labels, self.predictions, **form, zero_division=np.nan))

    def most_confident_mistakes(self, count: int = 12) -> np.ndarray:
        """Find the wrong answers given with most confidence, surest first (``fer.plots.mistakes``)."""
        wrong = np.flatnonzero(~self.correct)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")][:count]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain numbers, for JSON; None for the recall of an absent emotion."""
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
        """Return the evaluation of some of the images, from ``(n,)`` booleans or any number of positions."""
        part = score(self.labels[mask], self.probabilities[mask], self.ids[mask])
        persons = None if self.persons is None else self.persons[mask]
        return replace(part, split=self.split, views=self.views, persons=persons)

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
        predictions = pd.DataFrame({"emotion": names[self.labels]})
        predictions.insert(0, "id", [name_in_table(name) for name in self.ids.astype(str)])
        predictions["predicted"] = names[self.predictions]
        predictions[list(EMOTIONS)] = self.probabilities
        confusion = pd.DataFrame(self.confusion, pd.Index(EMOTIONS, name="true / predicted"), EMOTIONS)
        texts = {
            "metrics.json": json.dumps(self.to_dict(), indent=2),
            "report.txt": self.classification_report(),
            "predictions.csv": predictions.to_csv(index=False, float_format="%.6g", lineterminator="\n"),
            "confusion.csv": confusion.to_csv(lineterminator="\n"),
        }
        for name, text in texts.items():
            write_text(target / name, text)
        for name, values in {"probabilities": self.probabilities, "labels": self.labels}.items():
            with write_beside(target / f"{name}.npy") as temporary:
                np.save(temporary, values, allow_pickle=False)
        return target

    def __repr__(self) -> str:
        low, high = self.interval
        shown = (
            f"{name} {value:.0%}" for name, value in zip(EMOTIONS, self.recall, strict=True) if value >= 0
        )
        what = " ".join(word for word in (f"{self.n:,}", self.split, "images") if word)
        views = f", {self.views}" if self.views else ""
        people = "" if self.persons is None else f", over {len(np.unique(self.persons))} people"
        return (
            f"Evaluation of {what}{views}: accuracy {self.accuracy:.1%} (95 % interval {low:.1%} to "
            f"{high:.1%}{people}), macro-F1 {self.macro_f1:.3f}, "
            f"balanced accuracy {self.balanced_accuracy:.1%}, "
            f"calibration error {self.calibration_error:.1%}\n"
            f"  recall: {', '.join(shown)}"
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
    splits = sorted(set(dataset.split.tolist()))
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
    n = len(probabilities)
    if labels.shape != (n,):
        raise FerCourseError(f"labels have shape {labels.shape}, probabilities are of {n} images")
    return Evaluation(labels, probabilities, ids)


def score_of_table(name: str, confusion: np.ndarray) -> np.ndarray:
    """Compute one of ``SCORES`` from ``(..., 7, 7)`` counts, whose rows are the true labels."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return score_of_counts(name, hits, confusion.sum(axis=-2), confusion.sum(axis=-1))


def score_of_counts(
    name: str, hits: np.ndarray, predicted: np.ndarray, true: np.ndarray, target: np.ndarray | None = None
) -> np.ndarray:
    """Compute a score from ``(..., 7)`` counts of each emotion's images: recognised, taken for it, and all.

    Besides ``SCORES`` there is "distribution", the share of predictions that need not change for the ``(7,)``
    target shares to be met. Macro-F1 and balanced accuracy leave out emotions that do not occur.
    """
    if name == "accuracy":
        return hits.sum(axis=-1) / true.sum(axis=-1)
    if name == "distribution":
        achieved = predicted / predicted.sum(axis=-1, keepdims=True)
        return 1 - np.abs(achieved - target).sum(axis=-1) / 2
    share, of = (2 * hits, predicted + true) if name == "macro_f1" else (hits, true)
    shares = np.divide(share, of, out=np.zeros(np.shape(share)), where=of > 0)
    return shares.sum(axis=-1) / (of > 0).sum(axis=-1)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927); 0 to 0 of nothing."""
    from scipy.stats import binomtest

    if not whole:
        return 0.0, 0.0
    low, high = binomtest(int(part), int(whole)).proportion_ci(method="wilson")
    return float(low), float(high)


def topk_accuracy(labels: ArrayLike, probabilities: ArrayLike, k: int = 2) -> float:
    """Return how often the label is among the ``k`` most probable answers.

    Args:
        labels: ``(n,)`` true labels.
        probabilities: ``(n, classes)`` probabilities, or any scores where more is likelier. Of equal ones the
            first counts as the likelier, as in ``argmax``.
        k: Answers that may be given.

    Returns:
        The share, 0..1; ``k=1`` is the accuracy.

    Raises:
        FerCourseError: The arrays do not fit together, a score is NaN, or ``k`` is no number of classes.

    Example:
        >>> topk_accuracy([0, 1], [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], k=2)
        1.0
    """
    given, scores = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    if given.ndim != 1 or scores.ndim != 2 or len(given) != len(scores) or not len(given):
        shapes = f"{given.shape} and {scores.shape}"
        raise FerCourseError(f"got arrays of shape {shapes}; expected (n,) and (n, classes), in this order")
    classes = scores.shape[1]
    if given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= classes:
        raise FerCourseError(f"labels must be whole numbers from 0 to {classes - 1}, one for each row")
    if np.isnan(scores).any():
        raise FerCourseError(f"row {np.argwhere(np.isnan(scores))[0, 0]} of the probabilities holds NaN")
    if k not in range(1, classes + 1):
        raise FerCourseError(f"k is {k!r}; expected 1 to {classes}, the number of classes")
    likeliest = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return float((likeliest == given[:, np.newaxis]).any(axis=1).mean())
