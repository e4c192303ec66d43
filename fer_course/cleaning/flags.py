"""Flags beside the scores: copies, and what detectors, embeddings and classifiers object to."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import SPLITS, FaceDataset
from ..errors import FerCourseError
from ..parallel import in_batches
from .duplicates import find_duplicates
from .outliers import embedding_distances, find_label_errors, flag_outliers, out_of_fold_probabilities

COPY_REASONS = ("copy", "conflict", "twin")


def checked_splits(splits: str | Iterable[str]) -> tuple[str, ...]:
    """Return the name of one split, or the names of several, as a tuple, or say which one does not exist."""
    names = (splits,) if isinstance(splits, str) else tuple(splits)
    unknown = [name for name in names if name not in SPLITS]
    if unknown:
        raise FerCourseError(f"unknown split {unknown[0]!r}; expected some of {', '.join(SPLITS)}")
    return names


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
    """Flag images by what a face detector, their embeddings and a classifier say.

    Each of the three is off unless asked for; the result is for ``clean(extra_flags=...)``.

    Args:
        dataset: Images with labels and splits.
        detector: A detector that ``FaceDetector`` knows, such as "yunet" or "mtcnn".
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
        >>> result = fer.clean(faces, extra_flags=optional_flags(faces, label_errors=0.02))
        >>> result.statistics()["reasons"]["mislabelled"]["removed"]
        29
    """
    if not 0 <= label_errors <= 1:
        raise FerCourseError(f"label_errors is {label_errors}; expected the share to flag at most, 0..1")
    members = np.flatnonzero(np.isin(dataset.split, checked_splits(splits)))
    flags = pd.DataFrame(index=members)
    if detector is not None:
        counts = _count_faces(dataset.images[members], detector, min_face_ratio, folder)
        flags["faceless"], flags["crowded"] = counts == 0, counts > 1
    if embeddings is not None:
        vectors = np.asarray(embeddings)
        if len(vectors) != len(dataset):
            raise FerCourseError(f"{len(vectors)} embeddings for {len(dataset)} images; embed these images")
        distances = embedding_distances(vectors[members], dataset.labels[members])
        flags["outlying"] = flag_outliers(distances, dataset.labels[members], outlier_std_multiplier)
    if label_errors:
        part = dataset.subset(members)
        suspects = find_label_errors(part.labels, out_of_fold_probabilities(part, seed=seed))["index"]
        flags["mislabelled"] = np.isin(np.arange(len(part)), suspects[: int(label_errors * len(part))])
    return flags.reindex(range(len(dataset)), fill_value=False)


def _count_faces(
    images: np.ndarray, detector: str, min_face_ratio: float, folder: str | os.PathLike[str] | None
) -> np.ndarray:
    """Count the faces of every image, in batches that are kept in the folder."""
    from ..faces.detectors import FaceDetector

    counter = FaceDetector(detector, min_face_ratio=min_face_ratio)
    kept = None if folder is None else Path(folder) / f"faces-{detector}-{min_face_ratio:g}"
    return in_batches(counter.count, images, kept, name="looking for faces")
