"""What runs are trained on: loading it, and telling it from other images."""

import dataclasses
import os
import warnings
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..dataset import SPLITS, FaceDataset, split_by_person
from ..drawing.sample import SOURCE as DRAWN
from ..errors import FerCourseError
from ..images import IMAGE_ENDINGS
from ..sources.fer2013 import find_fer2013, load_fer2013
from ..sources.reading import CSV_NAMES
from ..training.recipe import Recipe

VAL_SHARE = 0.1
_CHUNK = 1 << 20


def settings_of(
    job: str, data: str | os.PathLike[str] | None, limit: int | None, recipe: Recipe, **others: Any
) -> dict[str, Any]:
    """Return all that decides the result of a run, as ``settings.json`` holds it."""
    about = {"fer_course": __version__, "job": job, **describe_data(data), "limit": limit}
    return about | others | {"recipe": dataclasses.asdict(recipe)}


def describe_data(data: str | os.PathLike[str] | None) -> dict[str, str]:
    """Return what settings say of data: where they lie, and what tells them from others."""
    return {"data": locate(data), "fingerprint": fingerprint(data)}


def fingerprint(data: str | os.PathLike[str] | None) -> str:
    """Tell files from others by size and checksum, wherever they lie; FER2013 takes a second at most.

    Of a folder, all files count, but pictures with name and size: to read tens of thousands takes too long.
    """
    found, _ = find_fer2013(data)
    if found is None:
        return DRAWN
    table = next((found / name for name in CSV_NAMES if (found / name).is_file()), found)
    if table.is_file():
        return f"{table.stat().st_size} bytes, checksum {_checksum(table):08x}"
    if not found.is_dir():
        raise FileNotFoundError(f"{found}: no such file or folder")
    total = size = 0
    for file in _files_below(found):
        name = file.path[len(str(found)) :].replace(os.sep, "/")  # thousands of paths would take too long
        total = zlib.crc32(f"{name} {file.stat().st_size}".encode(), total)
        if not name.lower().endswith(IMAGE_ENDINGS):
            total = _checksum(Path(file), total)
        size += file.stat().st_size
    return f"{size} bytes, checksum {total:08x}"


def load_for_training(
    data: str | os.PathLike[str] | None, limit: int | None, seed: int | None
) -> FaceDataset:
    """Load labelled faces as :func:`load_fer2013` does, with a val split, and say what was made up for.

    The seed decides which images a limit leaves of each split, and what takes the place of a missing val
    split, whole people where the attribute "person" is known; None leaves it missing.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*no val images")  # made up for below
        dataset = load_fer2013(data)
    labelled = dataset.labels >= 0
    if not labelled.all():
        print(f"      {int((~labelled).sum()):,} images of none of the seven emotions are left out")
        dataset = dataset.subset(labelled)
    rng = np.random.default_rng(seed)
    if seed is not None and not len(dataset.val) and len(dataset.train):
        split = np.asarray(dataset.split).copy()
        train = np.flatnonzero(split == "train")
        person = np.asarray(dataset.attributes.get("person", np.full(len(dataset), ""))).astype(str)[train]
        by_person = np.unique(person[person != ""]).size > 1
        if by_person:  # a network knows the faces that it has seen
            person = np.where(person == "", np.char.add("nobody knows, image ", train.astype(str)), person)
            split[train] = split_by_person(person, (1 - VAL_SHARE, VAL_SHARE, 0.0), seed)
        else:
            split[rng.choice(train, round(VAL_SHARE * len(train)), replace=False)] = "val"
        dataset = dataclasses.replace(dataset, split=split)
        people = ", whole people," if by_person else ","
        print(f"      no val split: {VAL_SHARE:.0%} of train{people} picked at random, take its place")
    if limit is not None:
        if limit < 1:
            raise FerCourseError(f"limit is {limit}; expected a number of images, 1 or more")
        dataset = limited(dataset, dict.fromkeys(SPLITS, limit), rng)
    print(f"      {dataset!r}")
    return dataset


def limited(dataset: FaceDataset, most: Mapping[str, int], seed: int | np.random.Generator) -> FaceDataset:
    """Keep at most so many images of each split, picked at random; all of a split that is not named."""
    rng, splits = np.random.default_rng(seed), np.asarray(dataset.split)
    parts = [rng.permutation(np.flatnonzero(splits == name))[: most.get(name)] for name in SPLITS]
    return dataset.subset(np.sort(np.concatenate(parts)))


def locate(data: str | os.PathLike[str] | None) -> str:
    """Return where data lie, with the whole path."""
    found, _ = find_fer2013(data)
    return DRAWN if found is None else found.resolve().as_posix()


def _files_below(folder: str | os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
    """Yield all files but hidden ones, in an order that does not depend on the disk."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _files_below(entry)
        elif entry.is_file() and not entry.name.startswith("."):
            yield entry


def _checksum(file: Path, start: int = 0) -> int:
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            start = zlib.crc32(chunk, start)
    return start
