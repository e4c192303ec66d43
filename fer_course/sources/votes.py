"""Votes: what several raters answered to every face, and the labels that follow from it.

Source: Barsoum, Zhang, Canton Ferrer and Zhang, "Training Deep Networks for Facial Expression Recognition
with Crowd-Sourced Label Distribution" (2016), arXiv:1608.01041, and the code that its authors published.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, check_labels
from ..errors import FerCourseError

ANSWERS = (*EMOTIONS, "contempt", "unknown", "not a face")
"""What a rater could answer; the position of the first seven is their label."""

TABLE = "fer2013new.csv"  # the file with FER+'s votes on FER2013
RATERS = 10

ANSWER_PERCENT = np.array(
    [
        [66.3, 3.8, 2.6, 2.9, 3.9, 6.1, 7.6, 1.1, 5.6, 0.0],
        [12.4, 50.0, 1.4, 1.8, 9.9, 2.3, 10.4, 4.7, 7.1, 0.0],
        [3.8, 1.5, 58.0, 1.5, 7.9, 16.0, 5.4, 0.6, 5.2, 0.0],
        [0.5, 0.2, 0.2, 90.4, 0.5, 2.2, 4.2, 0.4, 1.2, 0.0],
        [2.8, 1.4, 1.8, 1.4, 67.8, 1.3, 16.2, 1.3, 6.0, 0.1],
        [1.9, 0.4, 8.5, 3.6, 1.3, 74.3, 6.1, 0.3, 3.5, 0.0],
        [2.9, 0.9, 0.6, 2.9, 10.1, 1.9, 72.9, 2.3, 5.4, 0.0],
        [4.9, 6.0, 0.9, 2.4, 6.6, 1.6, 14.8, 55.5, 7.2, 0.0],
        [7.0, 3.7, 3.1, 4.1, 11.6, 6.8, 15.9, 4.4, 43.4, 0.1],
        [0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.1, 0.0, 0.2, 99.6],
    ]
)
"""Row: the answer that most raters of FER+ gave; column: how often each answer was given to such images."""

OVERALL_PERCENT = np.array([7.9, 1.5, 3.3, 25.5, 13.3, 11.6, 30.0, 1.7, 4.6, 0.5])
"""How often each answer was given to all images."""

_SEVEN = len(EMOTIONS)
_TARGET_SHARE = 0.3
_FOLDS = 5
_GUESSED, _CONCENTRATION = 0.1, 4.0
_HARD_TO_READ = ("blur", "dark", "bright", "flat", "occluded")
_UNKNOWN = ANSWERS.index("unknown")


@dataclass(frozen=True, eq=False)
class Votes:
    """The answers of several raters to the same faces.

    The rules of Barsoum et al. first take away the answers that a single rater gave, as slips. An image is
    then used if what the rule keeps holds more than half of the votes that are left. "contempt", "unknown"
    and "not a face" are none of the seven emotions, so images where these win are not used.

    Args:
        counts: ``(n, 10)`` votes for every one of ``ANSWERS``.

    Raises:
        FerCourseError: Another shape, or numbers that cannot be votes.

    Example:
        >>> votes = Votes(np.array([[0, 0, 0, 6, 0, 3, 0, 0, 1, 0], [4, 0, 0, 0, 2, 0, 4, 0, 0, 0]]))
        >>> votes.majority(), votes.plurality()
        (array([ 3, -1]), array([ 3, -1]))
    """

    counts: np.ndarray

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts)
        if counts.ndim != 2 or counts.shape[1] != len(ANSWERS):
            raise FerCourseError(
                f"votes have shape {counts.shape}, expected (n, {len(ANSWERS)}): one column for each of "
                f"{', '.join(ANSWERS)}"
            )
        if not np.issubdtype(counts.dtype, np.integer) or (counts < 0).any():
            raise FerCourseError("votes are counted: whole numbers, none below 0")
        object.__setattr__(self, "counts", counts.astype(np.int64))

    def __len__(self) -> int:
        return len(self.counts)

    def plurality(self) -> np.ndarray:
        """Return the answer that got most votes, however few: ``(n,)`` labels.

        -1 where two answers share the first place, or the first is none of the seven.
        """
        ranked = np.sort(self.counts, axis=1)
        return _labels(self.counts, ranked[:, -1] > ranked[:, -2])

    def majority(self) -> np.ndarray:
        """Return the answer of more than half of the raters, single votes left out: ``(n,)`` labels.

        -1 where no answer has a majority, or it is none of the seven.
        """
        kept, total = self._without_single_votes()
        return _labels(kept, kept.max(axis=1) > total[:, 0] / 2)

    def soft_labels(self) -> np.ndarray:
        """Return the share that each emotion has in the votes for the seven, single votes left out.

        ``(n, 7)`` ``float32``; rows add up to 1. A row is 0 where the seven do not hold more than half of the
        votes: leave these images out of training.
        """
        kept, total = self._without_single_votes()
        seven = kept[:, :_SEVEN]
        known = seven.sum(axis=1, keepdims=True)
        return np.divide(seven, known, out=np.zeros(seven.shape, np.float32), where=known > total / 2)

    def targets(self) -> np.ndarray:
        """Return every emotion with at least 30 % of the votes, single votes left out (multi-target).

        ``(n, 7)`` booleans; a row is all False where these emotions do not hold more than half of the votes.
        """
        kept, total = self._without_single_votes()
        seven = kept[:, :_SEVEN]
        chosen = (seven > 0) & (seven >= _TARGET_SHARE * total)
        return chosen & (np.sum(seven * chosen, axis=1, keepdims=True) > total / 2)

    def label_probabilities(self, labels: np.ndarray) -> np.ndarray:
        """Return how likely each label is for an image with such votes, learnt from the other images.

        The people who labelled FER2013 had other habits than the raters of FER+: what these most often call
        neutral they often called sad. So votes are not probabilities of labels; a logistic regression
        translates them, fitted five times on four fifths of the images and asked about the last fifth, so
        that no image's own label is in its answer.

        Args:
            labels: ``(n,)`` labels, 0..6, of the images that were voted on.

        Returns:
            ``(n, 7)`` ``float32``; rows add up to 1. Mixed with the labels, they are targets to learn
            (:func:`soft_targets` with ``temperature=1``).

        Raises:
            FerCourseError: Not one label, 0..6, for each image, or an emotion with fewer than five images.

        Example:
            >>> from fer_course import sample_faces
            >>> faces = sample_faces()
            >>> simulate_votes(faces).label_probabilities(faces.labels).shape
            (2100, 7)
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_predict

        labels = self._one_for_each_image(labels)
        found = np.bincount(labels[labels >= 0], minlength=_SEVEN)
        if (labels < 0).any() or found.min() < _FOLDS:
            counts = ", ".join(f"{name} {count}" for name, count in zip(EMOTIONS, found, strict=True))
            raise FerCourseError(
                f"labels: {counts}, none {(labels < 0).sum()}; expected {_FOLDS} or more images of every "
                "emotion, and none without a label: votes are translated by what other images show"
            )
        translate = LogisticRegression(max_iter=2000)
        votes = np.log1p(self.counts)
        predicted = cross_val_predict(translate, votes, labels, cv=_FOLDS, method="predict_proba")
        return np.asarray(predicted, np.float32)

    def agreement(self, labels: np.ndarray) -> pd.DataFrame:
        """Compare labels with the votes on the same images.

        Args:
            labels: ``(n,)`` labels, 0..6, or -1 for none.

        Returns:
            One row an emotion and a last row ``all``: ``images`` with that label; the share of them whose
            ``plurality`` is the label (``agree``); the share for which not one rater gave it (``no_vote``).
            Images labelled -1 are left out.

        Raises:
            FerCourseError: Not one label for each image, or one above 6.
        """
        labels = self._one_for_each_image(labels)
        known = np.flatnonzero(labels >= 0)
        table = pd.DataFrame(
            {
                "emotion": np.array(EMOTIONS)[labels[known]],
                "agree": self.plurality()[known] == labels[known],
                "no_vote": self.counts[known, labels[known]] == 0,
            }
        )
        everything = table.assign(emotion="all")
        groups = pd.concat([table, everything]).groupby("emotion")
        shares = groups.mean().reindex([*EMOTIONS, "all"])
        shares.insert(0, "images", groups.size().reindex(shares.index, fill_value=0))
        return shares

    def _without_single_votes(self) -> tuple[np.ndarray, np.ndarray]:
        kept = np.where(self.counts > 1, self.counts, 0)
        return kept, kept.sum(axis=1, keepdims=True)

    def _one_for_each_image(self, labels: np.ndarray) -> np.ndarray:
        labels = check_labels(labels, unlabelled=True)
        if labels.shape != (len(self),):
            raise FerCourseError(
                f"{labels.shape} labels for the votes on {len(self)} images; give one for each"
            )
        return labels

    def summary(self) -> dict[str, Any]:
        """Count the images by what their raters say of them.

        Returns:
            Of ``images``: those with a ``majority`` and with a ``soft_label``, and by name, those where at
            least half of the votes are "contempt", "unknown" or "not a face".
        """
        half = self.counts * 2 >= self.counts.sum(axis=1, keepdims=True)
        half &= self.counts > 0
        return {
            "images": len(self),
            "majority": int((self.majority() >= 0).sum()),
            "soft_label": int(self.soft_labels().any(axis=1).sum()),
            **{name: int(half[:, ANSWERS.index(name)].sum()) for name in ANSWERS[_SEVEN:]},
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the votes as a table, one row an image and one column an answer."""
        return pd.DataFrame(self.counts, columns=list(ANSWERS))


def _labels(counts: np.ndarray, clear: np.ndarray) -> np.ndarray:
    first = counts.argmax(axis=1)
    return np.where(clear & (first < _SEVEN), first, -1)


def simulate_votes(dataset: FaceDataset, seed: int = 0) -> Votes:
    """Let ten simulated raters vote on each drawn face, of which the truth is known.

    A rater sees the true expression, not the label in the file. How often it is taken for another was
    counted in FER+ (``benchmarks/ferplus_raters.py``). As every real picture is ambiguous in its own way,
    each gets its own shares, drawn around those of its emotion (a Dirichlet distribution) with the true
    emotion the likeliest; the width of that draw and a tenth of guesses were chosen so that the most frequent
    answer gets about as many of the ten votes as in FER+. Decided, not measured: a picture planted as
    blurred, dark, bright, flat or occluded is rated half as "unknown" ones are.

    The faces have the attributes ``true_label`` and ``defect``, as ``sample_faces`` gives them; others, whose
    truth is not known, are refused. The same images and seed give the same votes.

    Example:
        >>> import fer_course as fer
        >>> votes = simulate_votes(fer.sample_faces(70, seed=1))
        >>> votes.counts.sum(axis=1).tolist() == [10] * 70
        True
    """
    missing = [name for name in ("true_label", "defect") if name not in dataset.attributes]
    if missing:
        raise FerCourseError(
            f"raters can only be simulated where the truth is known, and there is no {missing[0]!r} in the "
            "attributes; real FER2013 has real raters: read_ferplus(path, dataset)"
        )
    truth = dataset.attributes["true_label"]  # -1, without a face, picks the last row
    shares = (1 - _GUESSED) * _normalised(ANSWER_PERCENT) + _GUESSED * _normalised(OVERALL_PERCENT)
    expected = shares[truth]
    hard = np.isin(dataset.attributes["defect"], _HARD_TO_READ)
    expected[hard] = (expected[hard] + shares[_UNKNOWN]) / 2
    rng = np.random.default_rng(seed)
    own = _normalised(rng.standard_gamma(_CONCENTRATION * expected))
    own[~hard] = _likeliest_first(own[~hard], truth[~hard])
    return Votes(rng.multinomial(RATERS, own))


def _normalised(values: np.ndarray) -> np.ndarray:
    return values / values.sum(axis=-1, keepdims=True)


def _likeliest_first(shares: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Exchange the largest share of every row with that of the truth."""
    rows, largest = np.arange(len(shares)), shares.argmax(axis=1)
    exchanged = shares.copy()
    exchanged[rows, largest], exchanged[rows, truth] = shares[rows, truth], shares[rows, largest]
    return exchanged
