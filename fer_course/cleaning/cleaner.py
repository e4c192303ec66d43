"""The cleaner: scores become flags, flags become a smaller dataset, and every removal keeps its reason."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import SPLITS, FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError, known_names
from ..files import name_in_table, write_beside, write_json
from ..parallel import in_batches
from .duplicates import COPY_REASONS, flag_copies
from .outliers import embedding_distances, find_label_errors, flag_outliers, out_of_fold_probabilities
from .quality import measure
from .thresholds import Thresholds, flag


@dataclass(frozen=True, eq=False)
class CleaningResult:
    """A cleaned dataset, and everything that was decided on the way; made by ``clean``.

    Args:
        dataset: The images kept.
        removed: The images dropped; their attribute ``reasons`` says why, separated by commas.
        flags: One row an image of the uncleaned dataset, one column of booleans for each reason that took
            part; also for the splits that were not cleaned.
        scores: What ``measure`` found, one row an image of the uncleaned dataset.
        thresholds: The thresholds that were applied.
        splits: The splits that were cleaned.
        kept_for_balance: Number of flagged images that were kept to keep the emotions in balance.

    Example:
        >>> import fer_course as fer
        >>> result = fer.clean(fer.sample_faces(140))
        >>> len(result.dataset), len(result.removed), result.splits
        (129, 11, ('train',))
    """

    dataset: FaceDataset
    removed: FaceDataset
    flags: pd.DataFrame
    scores: pd.DataFrame
    thresholds: Thresholds
    splits: tuple[str, ...]
    kept_for_balance: int = 0

    def __repr__(self) -> str:
        counted = self.statistics()
        removed = counted["images"]["removed"]
        before = sum(counted["splits"][name]["before"] for name in self.splits)
        share = 100 * (before - removed) / max(before, 1)
        lines = [
            f"kept {before - removed:,} of {before:,} images of {' and '.join(self.splits)} ({share:.1f} %)"
        ]
        lines += [
            f"  {name:12} {counts['removed']:7,} removed, {counts['alone']:,} of them for this alone"
            for name, counts in counted["reasons"].items()
            if counts["removed"]
        ]
        return "\n".join(lines)

    def statistics(self) -> dict[str, Any]:
        """Count what was removed: in all, by split, by emotion, and by reason.

        Returns:
            Plain numbers and text, ready for ``json.dump``. An image may have several reasons, so their
            ``removed`` add up to more than the images removed. ``alone`` counts those that a reason removed
            by itself; ``first`` those that no reason before it removed, so these add up.

        Example:
            >>> import fer_course as fer
            >>> sorted(fer.clean(fer.sample_faces()).statistics())
            ['classes', 'images', 'kept_for_balance', 'reasons', 'splits', 'thresholds']
        """
        kept, removed = self.dataset.to_frame(), self.removed.to_frame()
        cleaned = kept[kept["split"].isin(self.splits)]
        return {
            "images": _retention(len(kept), len(removed)),
            "splits": _retentions(kept["split"], removed["split"], SPLITS),
            "classes": _retentions(cleaned["emotion"], removed["emotion"], EMOTIONS),
            "reasons": self._reasons(removed),
            "kept_for_balance": self.kept_for_balance,
            "thresholds": asdict(self.thresholds) | {"splits": list(self.splits)},
        }

    def _reasons(self, removed: pd.DataFrame) -> dict[str, dict[str, Any]]:
        given = removed["reasons"].str.get_dummies(", ").reindex(columns=self.flags.columns, fill_value=0) > 0
        alone = given.sum(axis=1) == 1
        earlier = given.cumsum(axis=1) - given > 0
        return {
            str(name): {
                "removed": int(own.sum()),
                "alone": int((own & alone).sum()),
                "first": int((own & ~earlier[name]).sum()),
                "splits": _counts(removed["split"][own], SPLITS),
                "classes": _counts(removed["emotion"][own], EMOTIONS),
            }
            for name, own in given.items()
        }

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the kept images as ``cleaned.npz``, ``removed.csv`` with the reasons, and ``cleaning.json``.

        In the table, names that a spreadsheet would run as formulas begin with an apostrophe.

        Args:
            folder: Where to; made when missing.

        Returns:
            The folder.

        Example:
            >>> import fer_course as fer
            >>> folder = fer.clean(fer.sample_faces()).save("runs/cleaned")
            >>> sorted(path.name for path in folder.iterdir())
            ['cleaned.npz', 'cleaning.json', 'removed.csv']
        """
        target = Path(folder)
        self.dataset.save(target / "cleaned.npz")
        removed = self.removed.to_frame()
        for column in ("id", "source"):
            removed[column] = removed[column].astype(str).map(name_in_table)
        with write_beside(target / "removed.csv") as temporary:
            removed.to_csv(temporary, index=False)
        write_json(target / "cleaning.json", self.statistics())
        return target


def clean(
    dataset: FaceDataset,
    thresholds: Thresholds | None = None,
    scores: pd.DataFrame | None = None,
    splits: Sequence[str] = ("train",),
    near: bool = False,
    extra_flags: pd.DataFrame | Mapping[str, ArrayLike] | None = None,
    reasons: Sequence[str] | None = None,
    keep_balance: bool = False,
) -> CleaningResult:
    """Measure, flag, and drop what is flagged, from train alone unless asked otherwise.

    Val and test stay as they are, because cleaning them would change the exam and not the student.

    Args:
        dataset: Images of all splits: copies across splits are only found when val and test are there.
        thresholds: Where a score becomes a flag; the defaults when left out.
        scores: What ``measure(dataset.images)`` returned, if that is known already; also
            ``measure(images, client)``, from a cluster.
        splits: The splits to clean.
        near: Also drop near copies, as ``find_duplicates`` finds them.
        extra_flags: Further flags by reason, ``(n,)`` booleans each: what ``optional_flags`` found, or your
            own filter, ``{"hat": wears_hat}``.
        reasons: Names of the flags that take part, for example ``("dark", "copy")``; all when left out.
        keep_balance: Leaving copies aside, let no emotion lose a larger share than was flagged of all
            together. Of an emotion that would, the images with the fewest reasons are kept, the first ones
            where these are equal. Copies are always dropped.

    Returns:
        What was kept, what was removed and why.

    Raises:
        FerCourseError: An unknown split or reason, scores or flags of other images, or nothing would be left
            of an emotion.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> result = fer.clean(faces)
        >>> len(result.dataset) + len(result.removed) == len(faces)
        True
        >>> fer.clean(faces, reasons=["dark"]).removed.attributes["reasons"].tolist()[:2]
        ['dark', 'dark']
    """
    names = known_names(splits, SPLITS, "split")
    if thresholds is None and dataset.images.shape[1:3] != (48, 48):
        warnings.warn(
            f"the default thresholds are for 48x48 pixels, but the images have {dataset.images.shape[1:3]}; "
            "look at the scores and pass your own Thresholds",
            stacklevel=2,
        )
    limits = thresholds or Thresholds()
    table = measure(dataset.images) if scores is None else scores.reset_index(drop=True)
    if len(table) != len(dataset):
        raise FerCourseError(f"{len(table)} scores for {len(dataset)} images; measure these images anew")
    flags = flag(table, limits).join(flag_copies(dataset, near))
    flags = _with_extra(flags, extra_flags)
    if reasons is not None:
        flags = flags[list(known_names(reasons, map(str, flags), "reason"))]
    flagged = flags.any(axis=1).to_numpy() & np.isin(dataset.split, names)
    drop = _balanced(dataset, flagged, flags) if keep_balance else flagged
    _refuse_to_empty(dataset, drop, flags)
    part = dataset.subset(drop)
    why = [", ".join(flags.columns[row]) for row in flags[drop].to_numpy()]
    removed = replace(part, attributes={**part.attributes, "reasons": np.array(why, dtype=np.str_)})
    spared = int(np.count_nonzero(flagged & ~drop))
    return CleaningResult(dataset.subset(~drop), removed, flags, table, limits, names, spared)


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
    members = np.flatnonzero(np.isin(dataset.split, known_names(splits, SPLITS, "split")))
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


def _with_extra(flags: pd.DataFrame, extra: pd.DataFrame | Mapping[str, ArrayLike] | None) -> pd.DataFrame:
    """Append further flags, checked."""
    given = {str(name): np.asarray(values) for name, values in ({} if extra is None else extra).items()}
    for name, values in given.items():
        if values.shape != (len(flags),) or values.dtype != bool:
            raise FerCourseError(
                f"the flags {name!r} are {values.dtype} of shape {values.shape}; expected booleans, one for "
                f"each of the {len(flags)} images"
            )
        if name in flags:
            raise FerCourseError(f"flags {name!r} are there already; give yours another name")
        if "," in name:
            raise FerCourseError(f"the reason {name!r} contains a comma, which separates reasons; rename it")
    return flags.assign(**given)


def _balanced(dataset: FaceDataset, flagged: np.ndarray, flags: pd.DataFrame) -> np.ndarray:
    """Drop so that no emotion loses a larger share than all together; copies are left out of it."""
    is_copy = flags[[name for name in COPY_REASONS if name in flags]].any(axis=1).to_numpy()
    number_of_reasons = flags.sum(axis=1).to_numpy()
    drop = flagged.copy()
    for split in SPLITS:
        members = (dataset.split == split) & ~is_copy
        share = flagged[members].mean() if members.any() else 0.0
        for label in np.unique(dataset.labels):
            own = members & (dataset.labels == label)
            lost = np.flatnonzero(own & flagged)
            mildest_first = lost[np.argsort(number_of_reasons[lost], kind="stable")]
            drop[mildest_first[: max(len(lost) - int(share * own.sum()), 0)]] = False
    return drop


def _refuse_to_empty(dataset: FaceDataset, drop: np.ndarray, flags: pd.DataFrame) -> None:
    for split in SPLITS:
        for label, emotion in enumerate(EMOTIONS):
            members = (dataset.split == split) & (dataset.labels == label)
            if members.any() and drop[members].all():
                shares = flags[members].mean().sort_values(ascending=False)
                raise FerCourseError(
                    f"cleaning would remove all {members.sum()} images of {emotion} in {split}, "
                    f"{shares.iloc[0]:.0%} of them as {shares.index[0]!r}; loosen that threshold, or look "
                    "at the images first"
                )


def _counts(column: pd.Series, names: Sequence[str]) -> dict[str, int]:
    counts = column.value_counts()
    return {name: int(counts.get(name, 0)) for name in names}


def _retentions(kept: pd.Series, removed: pd.Series, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    left, gone = _counts(kept, names), _counts(removed, names)
    return {name: _retention(left[name], gone[name]) for name in names}


def _retention(kept: int, removed: int) -> dict[str, Any]:
    before = kept + removed
    share = kept / before if before else None
    return {"before": before, "kept": kept, "removed": removed, "retention": share}
