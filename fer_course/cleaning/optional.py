"""The flags that cost minutes instead of seconds: face detection, embedding outliers, label errors."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..errors import FerCourseError
from .batches import in_batches
from .flags import checked_splits
from .labels import find_label_errors, out_of_fold_probabilities
from .outliers import embedding_distances, flag_outliers


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
    from .faces import FaceDetector

    counter = FaceDetector(detector, min_face_ratio=min_face_ratio)
    kept = None if folder is None else Path(folder) / f"faces-{detector}-{min_face_ratio:g}"
    return in_batches(counter.count, images, kept, name="looking for faces")


def _spread(values: np.ndarray, members: np.ndarray, count: int) -> np.ndarray:
    """Place the values of some images among all, False elsewhere."""
    spread = np.zeros(count, bool)
    spread[members] = values
    return spread
