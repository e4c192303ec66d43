"""Merging datasets: one dataset of several, without the copies that they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .duplicates import find_duplicates

UNKNOWN_TEXT, UNKNOWN_NUMBER = "unknown", -1


@dataclass(frozen=True, eq=False)
class MergeResult:
    """A merged dataset, and everything that was decided on the way; made by ``merge``.

    Args:
        dataset: The images kept; ``source`` says where each comes from.
        removed: The images dropped; their attribute ``reasons`` is "unmapped", "twin" or "copy".
        counts: Images of each emotion and of "unmapped" (a label that is none of the seven): one column a
            source, then ``before`` and ``after``.
        conflicts: The copies that do not carry the same label in all datasets: ``group``, ``id``, ``source``,
            ``split``, ``emotion``, and whether the image was ``kept``.

    Example:
        >>> from fer_course.cleaning.merging import merge
        >>> import fer_course as fer
        >>> result = merge([fer.sample_faces(140), fer.sample_faces(70, seed=1)])
        >>> len(result.dataset), len(result.removed), len(result.conflicts)
        (206, 4, 0)
    """

    dataset: FaceDataset
    removed: FaceDataset
    counts: pd.DataFrame
    conflicts: pd.DataFrame


def merge(
    datasets: Sequence[FaceDataset],
    near: bool = False,
    keep_unmapped: bool = True,
) -> MergeResult:
    """Make one dataset of several, and drop from train what they have in common.

    A train image goes when val or test of any of the datasets has a copy of it ("twin"), or when train of an
    earlier dataset has one ("copy"), whatever the labels say: the first dataset's is kept, and ``conflicts``
    lists those that disagree. Val and test stay as they are, and so do copies inside one train split, which
    are for ``clean`` to find.

    Ids that occur twice get their source in front. An attribute that a dataset lacks is filled with
    "unknown" if it is text, with -1 if it is a whole number or yes and no (which become 1 and 0), with NaN if
    it is a fraction; one that is text in one dataset and a number in another becomes text.

    Args:
        datasets: Two or more, the most trusted first.
        near: Also count near copies, as ``find_duplicates`` does.
        keep_unmapped: Keep images whose label is none of the seven emotions, such as contempt.

    Returns:
        The merged dataset, what was removed, the class counts before and after, and the conflicts.

    Raises:
        FerCourseError: No datasets, images of different shapes, or the same dataset twice.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> result = merge([faces.subset(np.arange(1500)), faces.subset(np.arange(1400, 2100))])
        >>> len(result.dataset) + len(result.removed)
        2200
    """
    sets = list(datasets)
    _refuse_what_does_not_fit(sets)
    number = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    merged = _united(sets)
    before = merged.to_frame()
    reasons = np.full(len(merged), "", dtype="<U8")
    if not keep_unmapped:
        reasons[merged.labels < 0] = "unmapped"
    mapped = np.flatnonzero(reasons == "")
    copies = find_duplicates(merged.images[mapped], near=near)
    copies["index"] = mapped[copies["index"]]
    copies["number"] = number[copies["index"]]
    reasons[copies["index"]] = _reasons(copies, merged)
    kept = reasons == ""
    removed = merged.subset(~kept)
    return MergeResult(
        dataset=merged.subset(kept),
        removed=replace(removed, attributes={**removed.attributes, "reasons": reasons[~kept]}),
        counts=_class_counts(before, merged.to_frame()[kept]),
        conflicts=_conflicts(copies, merged, kept),
    )


def _refuse_what_does_not_fit(sets: list[FaceDataset]) -> None:
    if not sets:
        raise FerCourseError("no datasets to merge; give a list of two or more")
    for position, one in enumerate(sets, start=1):
        if not isinstance(one, FaceDataset):
            raise FerCourseError(
                f"dataset {position} is a {type(one).__name__}; give a list of datasets, "
                "for example merge([fer2013, ck_plus])"
            )
        if one.images.shape[1:] != sets[0].images.shape[1:]:
            raise FerCourseError(
                f"dataset {position} has images of {one.images.shape[1:]}, dataset 1 of "
                f"{sets[0].images.shape[1:]}; read both with read_dataset, which makes them 48 x 48 gray"
            )
    for (first, one), (second, other) in combinations(enumerate(sets, start=1), 2):
        if one is other or (len(one) and np.array_equal(one.images, other.images)):
            raise FerCourseError(f"datasets {first} and {second} hold the same images; give each set once")


def _united(sets: list[FaceDataset]) -> FaceDataset:
    columns = {
        name: np.concatenate([getattr(one, name) for one in sets])
        for name in ("images", "labels", "split", "ids", "source")
    }
    columns["ids"] = _unique_ids(columns["ids"], columns["source"])
    names = dict.fromkeys(name for one in sets for name in one.attributes)
    return FaceDataset(**columns, attributes={name: _united_attribute(name, sets) for name in names})


def _unique_ids(ids: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Put the source before the ids that occur twice, and a number behind those that still do."""
    names = pd.Series(ids, dtype=object)
    twice = names.duplicated(keep=False)
    names[twice] = pd.Series(source, dtype=object)[twice] + "/" + names[twice]
    repeated = names.groupby(names).cumcount()
    names[repeated > 0] += "#" + (repeated[repeated > 0] + 1).astype(str)
    return names.to_numpy(dtype=np.str_)


def _united_attribute(name: str, sets: list[FaceDataset]) -> np.ndarray:
    given = [one.attributes.get(name) for one in sets]
    kinds = {column.dtype.kind for column in given if column is not None}
    filler: bool | float | str = np.nan if "f" in kinds else UNKNOWN_NUMBER
    if not kinds <= set("biuf"):
        filler = UNKNOWN_TEXT
    elif kinds == {"b"} and all(column is not None for column in given):
        filler = False  # of which there is no need
    parts = [
        np.full(len(one), filler) if column is None else column.astype(type(filler))
        for one, column in zip(sets, given, strict=True)
    ]
    return np.concatenate(parts)


def _reasons(copies: pd.DataFrame, merged: FaceDataset) -> np.ndarray:
    """Say of each copy why it is dropped, "" if it is not."""
    train = pd.Series(merged.split[copies["index"]] == "train", index=copies.index)
    held_out = ~train.groupby(copies["group"]).transform("all")
    first = copies["number"].where(train).groupby(copies["group"]).transform("min")
    return np.select([train & held_out, train & (copies["number"] > first)], ["twin", "copy"], "")


def _class_counts(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    columns = pd.crosstab(before["emotion"], before["source"])
    columns["before"] = before["emotion"].value_counts()
    columns["after"] = after["emotion"].value_counts()
    table = columns.reindex([*EMOTIONS, "unmapped"]).fillna(0).astype(np.int64)
    return table.rename_axis(columns=None)


def _conflicts(copies: pd.DataFrame, merged: FaceDataset, kept: np.ndarray) -> pd.DataFrame:
    labels = pd.Series(merged.labels[copies["index"]], index=copies.index)
    by_group = copies["group"]
    disagree = labels.groupby(by_group).transform("nunique") > 1
    shared = copies["number"].groupby(by_group).transform("nunique") > 1
    rows = copies[disagree & shared].set_index("index")
    table = merged.to_frame().loc[rows.index, ["id", "source", "split", "emotion"]]
    table.insert(0, "group", pd.factorize(rows["group"])[0])
    return table.assign(kept=kept[rows.index]).reset_index(drop=True)
