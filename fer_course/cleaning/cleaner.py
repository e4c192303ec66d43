"""The cleaner: scores become flags, flags become a smaller dataset, and every removal keeps its reason."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..dataset import SPLITS, FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .duplicates import find_duplicates
from .quality import SCORES, measure


@dataclass(frozen=True)
class Thresholds:
    """Where a score becomes a flag; chosen for 48x48 pixels, and right for no other size.

    Cleaning guides give 80 for blur, which removes 0.06 % of FER2013: the number comes from large
    photographs. The defaults here were chosen on the train part of the drawn sample, where the truth is
    known: they catch every face that was darkened, overexposed or flattened, half of the blurred ones, and
    hardly a good one. They are careful on purpose: a higher blur limit catches more and costs good faces.
    On FER2013's Training images they flag 0.7 % (``benchmarks/bench_cleaning.py``). Look before you tighten
    them: many faces just above the dark and the flat limit are good photographs of dark-skinned people.

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
    limits = thresholds or Thresholds()
    missing = [name for name in SCORES if name not in scores]
    if missing:
        raise FerCourseError(f"the scores have no column {missing[0]!r}; pass what measure(images) returned")
    darkest, brightest = limits.brightness
    return pd.DataFrame(
        {
            "blurred": scores["blur"] < limits.blur,
            "dark": scores["brightness"] < darkest,
            "bright": scores["brightness"] > brightest,
            "flat": scores["contrast"] < limits.contrast,
            "empty": (scores["edge_density"] < limits.edge_density) | (scores["entropy"] < limits.entropy),
        }
    )


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


@dataclass(frozen=True, eq=False)
class CleaningResult:
    """A cleaned dataset, and everything that was decided on the way; made by ``clean``.

    Args:
        dataset: The images kept.
        removed: The images dropped; their attribute ``reasons`` says why, separated by commas.
        flags: One row an image of the uncleaned dataset, one column of booleans a reason; also for the splits
            that were not cleaned.
        scores: What ``measure`` found, one row an image of the uncleaned dataset.
        thresholds: The thresholds that were applied.
        splits: The splits that were cleaned.
    """

    dataset: FaceDataset
    removed: FaceDataset
    flags: pd.DataFrame
    scores: pd.DataFrame
    thresholds: Thresholds
    splits: tuple[str, ...]

    def statistics(self) -> dict[str, Any]:
        """Count what was removed: in all, by split, by emotion, and by reason.

        Returns:
            Plain numbers and text, ready for ``json.dump``. An image may have several reasons, so
            these add up to more than the images removed; ``alone`` counts those that a reason removed by
            itself.

        Example:
            >>> import fer_course as fer
            >>> sorted(fer.clean(fer.sample_faces()).statistics())
            ['classes', 'images', 'reasons', 'splits', 'thresholds']
        """
        kept, removed = self.dataset.to_frame(), self.removed.to_frame()
        cleaned = kept[kept["split"].isin(self.splits)]
        return {
            "images": _retention(len(kept), len(removed)),
            "splits": {
                name: _retention(int((kept["split"] == name).sum()), int((removed["split"] == name).sum()))
                for name in SPLITS
            },
            "classes": {
                name: _retention(
                    int((cleaned["emotion"] == name).sum()), int((removed["emotion"] == name).sum())
                )
                for name in EMOTIONS
            },
            "reasons": self._reasons(removed),
            "thresholds": asdict(self.thresholds) | {"splits": list(self.splits)},
        }

    def _reasons(self, removed: pd.DataFrame) -> dict[str, dict[str, Any]]:
        reasons = removed["reasons"].str.split(", ")
        counts = {}
        for name in self.flags:
            own = removed[np.array([name in given for given in reasons], dtype=bool)]
            counts[str(name)] = {
                "removed": len(own),
                "alone": int((own["reasons"] == name).sum()),
                "classes": {emotion: int((own["emotion"] == emotion).sum()) for emotion in EMOTIONS},
            }
        return counts


def clean(
    dataset: FaceDataset,
    thresholds: Thresholds | None = None,
    scores: pd.DataFrame | None = None,
    splits: Sequence[str] = ("train",),
    near: bool = False,
) -> CleaningResult:
    """Measure, flag, and drop what is flagged, from train alone unless asked otherwise.

    Val and test stay as they are, because cleaning them would change the exam and not the student.

    Args:
        dataset: Images of all splits: copies across splits are only found when val and test are there.
        thresholds: Where a score becomes a flag; the defaults when left out.
        scores: What ``measure(dataset.images)`` returned, if that is known already.
        splits: The splits to clean.
        near: Also drop near copies, as ``find_duplicates`` finds them.

    Returns:
        What was kept, what was removed and why.

    Raises:
        FerCourseError: An unknown split, scores of other images, or nothing would be left of an emotion.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> result = fer.clean(faces)
        >>> len(result.dataset) + len(result.removed) == len(faces)
        True
    """
    names = (splits,) if isinstance(splits, str) else tuple(splits)
    unknown = [name for name in names if name not in SPLITS]
    if unknown:
        raise FerCourseError(f"unknown split {unknown[0]!r}; expected some of {', '.join(SPLITS)}")
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
    drop = flags.any(axis=1).to_numpy() & np.isin(dataset.split, names)
    _refuse_to_empty(dataset, drop, flags)
    return CleaningResult(dataset.subset(~drop), _removed(dataset, drop, flags), flags, table, limits, names)


def _removed(dataset: FaceDataset, drop: np.ndarray, flags: pd.DataFrame) -> FaceDataset:
    part = dataset.subset(drop)
    columns = flags.columns.to_numpy()
    reasons = [", ".join(columns[row]) for row in flags[drop].to_numpy()]
    attributes = {**part.attributes, "reasons": np.array(reasons, dtype=np.str_)}
    return FaceDataset(part.images, part.labels, part.split, part.ids, part.source, attributes)


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


def _retention(kept: int, removed: int) -> dict[str, Any]:
    before = kept + removed
    return {
        "before": before,
        "kept": kept,
        "removed": removed,
        "retention": kept / before if before else None,
    }
