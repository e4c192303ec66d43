"""Which row of ``fer2013.csv`` an image was, where the name of its file says it.

Source: the numbers in the file names of Kaggle's ``msambare/fer2013``, put into FER2013's order by comparing
pixels.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ..dataset import FaceDataset

USAGES = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}  # rows of each, in this order
UNKNOWN_ROW = -1

_NUMBERS = Path(__file__).with_name("kaggle_file_numbers.npz")
_KAGGLE = re.compile(rf"(?:{'|'.join(USAGES)})_\d+")
_ROW = re.compile(r"(?:^|/)row(\d+)$")
# Two names occur twice, in the folders of two emotions: row by label
_TWICE = {"Training_52789098": {5: 2164, 6: 15144}, "Training_8475486": {0: 24067, 5: 27820}}


@cache
def _row_of_name() -> dict[str, int]:
    with np.load(_NUMBERS) as file:
        numbers = file["numbers"].tolist()
    usages = [usage for usage, count in USAGES.items() for _ in range(count)]
    names = (f"{usage}_{number}" for usage, number in zip(usages, numbers, strict=True))
    return {name: row for row, name in enumerate(names) if name not in _TWICE}


def rows_of_kaggle_names(names: Sequence[str], labels: np.ndarray) -> np.ndarray:
    """Find the rows of images in ``fer2013.csv`` by their file names in Kaggle's folders.

    The labels of these folders tell the two names apart that occur twice. Returns ``(n,)`` rows, from 0; -1
    where the name is none of FER2013's.
    """
    stems = [name.rpartition("/")[2].partition(".")[0] for name in names]
    if not any(map(_KAGGLE.fullmatch, stems)):
        return np.full(len(stems), UNKNOWN_ROW)
    known = _row_of_name()
    rows = (
        _TWICE[stem].get(int(label), UNKNOWN_ROW) if stem in _TWICE else known.get(stem, UNKNOWN_ROW)
        for stem, label in zip(stems, labels, strict=True)
    )
    return np.fromiter(rows, np.int64, len(stems))


def rows_of(dataset: FaceDataset) -> np.ndarray:
    """Find the rows of images in ``fer2013.csv`` by their ids: row numbers (row00017) or Kaggle's file names.

    Returns ``(n,)`` rows, from 0; -1 where an id says nothing about it.
    """
    ids = [str(name) for name in dataset.ids]
    matches = [_ROW.search(name) for name in ids]
    rows = [int(match[1]) if match else UNKNOWN_ROW for match in matches]
    return np.where([bool(match) for match in matches], rows, rows_of_kaggle_names(ids, dataset.labels))


def row_id(row: int) -> str:
    """Name an image after its row, as FER+ counts: the first is row00000."""
    return f"row{row:05d}"
