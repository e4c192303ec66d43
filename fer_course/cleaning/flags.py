"""Flags: where a score becomes a reason to drop an image, and which images are copies."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import SPLITS, FaceDataset
from ..errors import FerCourseError
from ..parallel import in_batches
from .duplicates import find_duplicates
from .label_errors import find_label_errors, out_of_fold_probabilities
from .outliers import embedding_distances, flag_outliers

COPY_REASONS = ("copy", "conflict", "twin")


class Cut(NamedTuple):
    """One end of a threshold: a score on this side ("below", "above") of the value gives the reason."""

    reason: str
    score: str
    side: str
    value: float

    def applies_to(self, scores: pd.DataFrame) -> np.ndarray:
        """Return ``(n,)`` booleans: which images lie beyond the value; one on the value does not."""
        values = scores[self.score].to_numpy()
        return values < self.value if self.side == "below" else values > self.value


@dataclass(frozen=True)
class Thresholds:
    """Where a score becomes a flag; chosen for 48x48 pixels, and right for no other size.

    Cleaning guides give 80 for blur, which removes 0.06 % of FER2013: the number comes from large
    photographs. The defaults here were chosen on the train part of the drawn sample, where the truth is
    known: they catch every face that was darkened, overexposed or flattened, half of the blurred ones, and
    hardly a good one. They are careful on purpose: a higher blur limit catches more and costs good faces.
    On FER2013's Training images they flag 0.7 % (``benchmarks/bench_cleaning.py``). Look before you tighten
    them: many faces just above the dark and the flat limit are good photographs of dark-skinned people.

    :meth:`from_quantiles` sets them by the share of images to lose, :func:`calibrate` by known truth.

    Args:
        blur: Least variance of the Laplacian.
        brightness: Least and greatest mean gray value, 0..255.
        contrast: Least standard deviation of the gray values.
        edge_density: Least share of edge pixels, 0..1.
        entropy: Least entropy in bits, 0..8.

    Example:
        >>> Thresholds(blur=250).blur
        250
    """

    blur: float = 200
    brightness: tuple[float, float] = (40, 220)
    contrast: float = 15
    edge_density: float = 0.06
    entropy: float = 4.5

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The thresholds one by one, each with its score and its reason."""
        darkest, brightest = self.brightness
        return (
            Cut("blurred", "blur", "below", self.blur),
            Cut("dark", "brightness", "below", darkest),
            Cut("bright", "brightness", "above", brightest),
            Cut("flat", "contrast", "below", self.contrast),
            Cut("empty", "edge_density", "below", self.edge_density),
            Cut("empty", "entropy", "below", self.entropy),
        )

    @classmethod
    def from_cuts(cls, cuts: Iterable[Cut]) -> "Thresholds":
        """Put thresholds together again from all of their :attr:`cuts`."""
        value = {(cut.score, cut.side): cut.value for cut in cuts}
        return cls(
            blur=value["blur", "below"],
            brightness=(value["brightness", "below"], value["brightness", "above"]),
            contrast=value["contrast", "below"],
            edge_density=value["edge_density", "below"],
            entropy=value["entropy", "below"],
        )

    @classmethod
    def from_quantiles(
        cls,
        scores: pd.DataFrame,
        blur: float = 0.01,
        brightness: tuple[float, float] = (0.01, 0.99),
        contrast: float = 0.01,
        edge_density: float = 0.01,
        entropy: float = 0.01,
    ) -> "Thresholds":
        """Set every threshold by the share of images that lies beyond it.

        A quantile fits any image size and any camera, and always removes its share, from a perfect dataset
        too: it says which images are the worst, never that they are bad.

        Args:
            scores: What ``measure`` returned for the train images.
            blur: Share of the images to call blurred, 0..1; the other scores alike.
            brightness: Quantiles of the darkest and the brightest image to keep.
            contrast: Share to call flat.
            edge_density: Share to call empty for their few edges.
            entropy: Share to call empty for their few gray values.

        Returns:
            Thresholds for ``flag`` and ``clean``.

        Raises:
            FerCourseError: A quantile outside 0..1, a score is missing, or there are no images.

        Example:
            >>> import fer_course as fer
            >>> scores = fer.measure(fer.sample_faces().train.images)
            >>> limits = Thresholds.from_quantiles(scores, blur=0.05)
            >>> round(float(flag(scores, limits)["blurred"].mean()), 2)
            0.05
        """
        _check_scores(scores)
        if not len(scores):
            raise FerCourseError("quantiles need scores of at least one image; this table is empty")
        quantiles = cls(blur, brightness, contrast, edge_density, entropy).cuts
        for cut in quantiles:
            if not 0 <= cut.value <= 1:
                raise FerCourseError(f"the quantile of {cut.score} is {cut.value}; expected 0 to 1")
        return cls.from_cuts(
            cut._replace(value=float(scores[cut.score].quantile(cut.value))) for cut in quantiles
        )


def checked_splits(splits: str | Iterable[str]) -> tuple[str, ...]:
    """Return names of splits as a tuple, or say which one does not exist.

    Args:
        splits: One name or several.

    Returns:
        The names.

    Raises:
        FerCourseError: One of them is neither "train", "val" nor "test".

    Example:
        >>> checked_splits("train")
        ('train',)
    """
    names = (splits,) if isinstance(splits, str) else tuple(splits)
    unknown = [name for name in names if name not in SPLITS]
    if unknown:
        raise FerCourseError(f"unknown split {unknown[0]!r}; expected some of {', '.join(SPLITS)}")
    return names


def flag(scores: pd.DataFrame, thresholds: Thresholds | None = None) -> pd.DataFrame:
    """Compare scores with thresholds.

    Args:
        scores: What ``measure`` returned.
        thresholds: Where to cut; the defaults when left out.

    Returns:
        One row an image and one column of booleans a reason: ``blurred``, ``dark``, ``bright``, ``flat``
        (little contrast), ``empty`` (few edges or few gray values: a blank, a placeholder, a line drawing).

    Raises:
        FerCourseError: A column is missing.

    Example:
        >>> import fer_course as fer
        >>> flags = fer.flag(fer.measure(np.full((1, 48, 48), 250, np.uint8)))
        >>> flags.columns[flags.loc[0]].tolist()
        ['blurred', 'bright', 'flat', 'empty']
    """
    _check_scores(scores)
    flags: dict[str, np.ndarray] = {}
    for cut in (thresholds or Thresholds()).cuts:
        beyond = cut.applies_to(scores)
        flags[cut.reason] = flags[cut.reason] | beyond if cut.reason in flags else beyond
    return pd.DataFrame(flags, index=scores.index)


def _check_scores(scores: pd.DataFrame) -> None:
    missing = [cut.score for cut in Thresholds().cuts if cut.score not in scores]
    if missing:
        raise FerCourseError(f"the scores have no column {missing[0]!r}; pass what measure(images) returned")


def flag_copies(dataset: FaceDataset, near: bool = False) -> pd.DataFrame:
    """Flag the images that stand more than once in a dataset.

    Args:
        dataset: Images with labels and splits.
        near: Also count near copies, as ``find_duplicates`` does.

    Returns:
        One row an image and the columns of booleans

        - ``copy``: a copy in the same split comes first, with the same label,
        - ``conflict``: copies in the same split disagree on the label; nothing says which is right, so all of
          them are flagged,
        - ``twin``: a copy stands in a later split (val after train, test after val), where it would reward
          memory.

    Example:
        >>> import fer_course as fer
        >>> flag_copies(fer.sample_faces()).columns.tolist()
        ['copy', 'conflict', 'twin']
    """
    order = {name: position for position, name in enumerate(SPLITS)}
    copies = find_duplicates(dataset.images, near=near).set_index("index")
    copies["split"] = pd.Series(np.asarray(dataset.split)).map(order)
    copies["label"] = dataset.labels[copies.index]
    same_split = copies.groupby(["group", "split"])
    conflict = same_split["label"].transform("nunique") > 1
    flags = pd.DataFrame(
        {
            "copy": (same_split.cumcount() > 0) & ~conflict,
            "conflict": conflict,
            "twin": copies["split"] < copies.groupby("group")["split"].transform("max"),
        }
    )
    return flags.reindex(range(len(dataset)), fill_value=False)


def optional_flags(
    dataset: FaceDataset,
    detector: str | None = None,
    embeddings: ArrayLike | None = None,
    label_errors: float = 0.0,
    splits: Sequence[str] = ("train",),
    min_face_ratio: float = 0.0,
    outlier_std_multiplier: float = 2.5,
    folder: str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Flag images by what a face detector, their embeddings and a classifier say, for ``clean(more=...)``.

    Each of the three is off unless asked for.

    Args:
        dataset: Images with labels and splits.
        detector: A detector that ``FaceDetector`` knows, such as "haar" or "mtcnn".
        embeddings: ``(n, d)`` embeddings of the images, as ``embed`` returns them.
        label_errors: Share of the images, 0..1, to flag at most as label errors, the most suspicious ones.
            The quick classifier suspects a third of FER2013, and is often the one who errs
            (``benchmarks/cleaning_filters.py``): stay near .02.
        splits: The splits to flag; the others are neither measured nor flagged.
        min_face_ratio: Least share of the image's width, 0..1, that a face fills to be counted.
        outlier_std_multiplier: Standard deviations from the centre of its emotion at which an image is
            outlying.
        folder: Where the counts of faces are kept, so that a stopped call goes on; nowhere when left out.
        seed: Decides the classifier's folds.

    Returns:
        One row an image and, for what was asked for, the columns of booleans ``faceless`` (no face found),
        ``crowded`` (more than one), ``outlying`` and ``mislabelled``.

    Raises:
        FerCourseError: An unknown detector or split, embeddings of other images, or a share outside 0..1.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> result = fer.clean(faces, more=optional_flags(faces, label_errors=0.02))
        >>> result.statistics()["reasons"]["mislabelled"]["removed"]
        29
    """
    if not 0 <= label_errors <= 1:
        raise FerCourseError(f"label_errors is {label_errors}; expected the share to flag at most, 0..1")
    members = np.flatnonzero(np.isin(dataset.split, checked_splits(splits)))
    flags = pd.DataFrame(index=range(len(dataset)))
    if detector is not None:
        counts = _count_faces(dataset.images[members], detector, min_face_ratio, folder)
        flags["faceless"] = _spread(counts == 0, members, len(dataset))
        flags["crowded"] = _spread(counts > 1, members, len(dataset))
    if embeddings is not None:
        vectors = np.asarray(embeddings)
        if len(vectors) != len(dataset):
            raise FerCourseError(f"{len(vectors)} embeddings for {len(dataset)} images; embed these images")
        distances = embedding_distances(vectors[members], dataset.labels[members])
        outlying = flag_outliers(distances, dataset.labels[members], outlier_std_multiplier)
        flags["outlying"] = _spread(outlying, members, len(dataset))
    if label_errors:
        part = dataset.subset(members)
        suspects = find_label_errors(part.labels, out_of_fold_probabilities(part, seed=seed))["index"]
        flagged = np.isin(np.arange(len(members)), suspects[: int(label_errors * len(members))])
        flags["mislabelled"] = _spread(flagged, members, len(dataset))
    return flags


def _count_faces(
    images: np.ndarray, detector: str, min_face_ratio: float, folder: str | os.PathLike[str] | None
) -> np.ndarray:
    """Count the faces of every image, in batches that are kept in the folder."""
    from ..faces.detectors import FaceDetector

    counter = FaceDetector(detector, min_face_ratio=min_face_ratio)
    kept = None if folder is None else Path(folder) / f"faces-{detector}-{min_face_ratio:g}"
    return in_batches(counter.count, images, kept, name="looking for faces")


def _spread(values: np.ndarray, members: np.ndarray, count: int) -> np.ndarray:
    """Place the values of some images among all, False elsewhere."""
    spread = np.zeros(count, bool)
    spread[members] = values
    return spread
