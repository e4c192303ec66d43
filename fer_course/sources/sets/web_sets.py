"""RAF-DB, AffectNet and ExpW: sets collected on the web, whose folders or label files say the emotion.

- RAF-DB: numbered folders ``train/1..7/train_00001_aligned.jpg``, or a label file, or both: Kaggle's
  ``train_labels.csv`` and ``test_labels.csv`` (image, label), or the makers' own ``list_patition_label.txt``
  (``train_00001.jpg 5``), whose compound emotions have numbers of their own,
- AffectNet: numbered folders ``train/0..7/*.jpg``, or the makers' ``train_set/images/17.jpg`` with the label
  in ``train_set/annotations/17_exp.npy``,
- FER+: ``FER2013Train/fer0000000.png`` with ``FER2013Train/label.csv``, whose rows give an image's name, the
  box of its face and ten votes; ``FER2013Valid``, ``FER2013Test``,
- ExpW: whole photographs, and ``label.lst`` with a line for every face on them: image name, number of the
  face, top, left, right, bottom, confidence of the box, label.

Folders that are named after emotions are in ``emotion_folders.py``.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from ...emotions import (
    AFFECTNET_CLASSES,
    EMOTIONS,
    EXPW_CLASSES,
    RAF_DB_CLASSES,
    RAF_DB_COMPOUND_CLASSES,
    mapped_label,
)
from ...errors import FerCourseError
from ...images import Box
from ..image_trees import Entry, Files, ImageFile, Layout, folder_number, split_of
from ..votes import Votes
from .emotion_folders import NUMBERINGS, is_class

_RAF_DB_NAME = re.compile(r"(train|test)_\d{4,5}(_aligned)?")
_RAF_DB_TABLES = ("train_labels.csv", "test_labels.csv", "list_patition_label.txt")
_RAF_DB_LINE = re.compile(r"(\S+\.\w+)[\s,;]+(\d+)")
_FERPLUS_NAME, _FERPLUS_TABLE = re.compile(r"fer\d{7}"), "label.csv"
_FERPLUS_ROW = re.compile(r'([^,]+),(?:"[^"]*"|[^,]*),(\d{1,2}(?:,\d{1,2}){9})')
_FERPLUS_ANSWERS = (*NUMBERINGS["ferplus"].values(), "unknown", "not a face")
_FERPLUS_ORDER = [  # of the columns, as Votes has the answers
    *sorted(range(7), key=lambda column: mapped_label(_FERPLUS_ANSWERS[column])),
    *range(7, len(_FERPLUS_ANSWERS)),
]
_EXPW_TABLE = "label.lst"


def _find_raf_db(files: Files) -> list[ImageFile]:
    named = [image for image in files.images if _RAF_DB_NAME.fullmatch(image.stem)]
    if named and not any(is_class(image.folder) for image in named):
        aligned = [image for image in named if image.stem.endswith("_aligned")]
        if aligned or _raf_db_tables(files):
            return aligned or named
    return _numbered(files) if files.mentions("rafdb") else []


def _numbered(files: Files) -> list[ImageFile]:
    return [image for image in files.images if folder_number(image) is not None]


def _raf_db(files: Files, images: list[ImageFile]) -> list[Entry]:
    listed = _raf_db_labels(files, images)
    compound = files.mentions("compound") or max(listed.values(), default=0) > len(RAF_DB_CLASSES)
    classes = RAF_DB_COMPOUND_CLASSES if compound else RAF_DB_CLASSES
    entries = []
    for image in images:
        where = f"{files.name}/{image.path}"
        number = folder_number(image)
        in_list = listed.get(image.stem.removesuffix("_aligned"))
        if number is not None and in_list is not None and number != in_list:
            raise FerCourseError(
                f"{where}: its folder says {number}, but the label file {in_list}; take the label file away "
                "if the folders are right"
            )
        label = in_list if number is None else number
        if label is None:
            tables = " and ".join(_raf_db_tables(files)) or f"a label file ({', '.join(_RAF_DB_TABLES)})"
            raise FerCourseError(
                f"{where}: named as in RAF-DB, but without a label; expected a folder 1..{len(classes)}, or "
                f"a line in {tables}"
            )
        if not 1 <= label <= len(classes):
            raise _no_class(where, label, "RAF-DB", classes, 1)
        prefix = image.stem.partition("_")[0]
        named = prefix if prefix in ("train", "test") else ""
        split = split_of(files, image.path) or named
        if (split, named) == ("train", "test"):
            raise FerCourseError(f"{where}: RAF-DB's name of a test image in a folder of train; put it back")
        entries.append(Entry(image.path, classes[label - 1], split))
    return entries


def _no_class(where: str, label: int, title: str, classes: Sequence[str], first: int = 0) -> FerCourseError:
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(classes, first))
    advice = ". If yours are counted from 0, rename the folders to the names of the emotions" if first else ""
    return FerCourseError(f"{where}: label {label}, but {title} has {numbered}{advice}")


def _raf_db_tables(files: Files) -> list[str]:
    tables = [path for path in files.paths if _file_name(path) in _RAF_DB_TABLES]
    if len(set(map(_file_name, tables))) < len(tables):
        raise FerCourseError(
            f"{files.name}: label files of the same name ({', '.join(tables)}), so numbers can mean basic "
            "or compound emotions; give the path of one folder"
        )
    return tables


def _raf_db_labels(files: Files, images: list[ImageFile]) -> dict[str, int]:
    """Read the label files, and make sure that they and the images fit together."""
    there = {image.stem.removesuffix("_aligned") for image in images}
    tables = _raf_db_tables(files)
    labels: dict[str, int] = {}
    for table in tables:
        lines = files.lines(table)
        matches = [match for line in lines if (match := _RAF_DB_LINE.fullmatch(line))]
        if len(matches) < len(lines) - table.endswith(".csv"):  # a CSV has a header
            raise FerCourseError(f"{files.name}/{table}: expected lines of an image name and a number")
        said = {(match[1].rpartition(".")[0].removesuffix("_aligned"), int(match[2])) for match in matches}
        new = dict(said)
        if len(new) < len(said):
            twice = Counter(name for name, _ in said).most_common(1)[0][0]
            raise FerCourseError(f"{files.name}/{table}: two labels for {twice}; keep one")
        _refuse_missing(files, table, new, there)
        labels |= new
    if labels and (without := sorted(there - set(labels))):
        raise FerCourseError(
            f"{files.name}: {len(without):,} images are in no label file, such as {without[0]}; complete "
            f"{' and '.join(tables)}, or take it away to go by the folders"
        )
    return labels


def _refuse_missing(files: Files, table: str, named: Iterable[str], there: Iterable[str]) -> None:
    """Make sure that every image which a label file names is there."""
    missing = sorted(set(named) - set(there))
    if missing:
        raise FerCourseError(
            f"{files.name}/{table}: it names {len(missing):,} images that are not there, such as "
            f"{missing[0]}; download or unpack the dataset again, or delete these lines"
        )


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _find_affectnet(files: Files) -> list[ImageFile]:
    there = set(files.paths)
    annotated = [image for image in files.images if image.folder == "images" and _annotation(image) in there]
    # Numbers alone could be anybody's
    return annotated or (_numbered(files) if files.mentions("affectnet") else [])


def _annotation(image: ImageFile) -> str:
    return str(PurePosixPath(image.path).parents[1] / "annotations" / f"{image.stem}_exp.npy")


def _affectnet(files: Files, images: list[ImageFile]) -> list[Entry]:
    entries = []
    numbers = {folder_number(image) for image in images}
    if 7 in numbers and 0 not in numbers and None not in numbers:
        raise FerCourseError(
            f"{files.name}: folders up to 7, but no 0, which is AffectNet's neutral; if yours count from 1, "
            "say what each means: labels= (fer-course convert --labels)"
        )
    for image in images:
        number = folder_number(image)
        label = _annotated(files, _annotation(image)) if number is None else number
        if label not in range(len(AFFECTNET_CLASSES)):
            raise _no_class(f"{files.name}/{image.path}", label, "AffectNet", AFFECTNET_CLASSES)
        entries.append(Entry(image.path, AFFECTNET_CLASSES[label], split_of(files, image.path)))
    return entries


def _annotated(files: Files, path: str) -> int:
    content = files.read(path)
    try:
        number = float(np.load(io.BytesIO(content), allow_pickle=False))
        return int(number) if number.is_integer() else -1
    except Exception as error:  # a header that lies has many kinds
        raise FerCourseError(f"{files.name}/{path}: not the number of an expression ({error})") from error


def _find_ferplus(files: Files) -> list[ImageFile]:
    named = [image for image in files.images if _FERPLUS_NAME.fullmatch(image.stem)]
    return [image for image in named if folder_number(image) is None and not is_class(image.folder)]


def _ferplus(files: Files, images: list[ImageFile]) -> list[Entry]:
    """Take the answer of more than half of the raters; where there is none, the class is "unknown"."""
    votes: dict[str, list[int]] = {}
    there = {image.path for image in images}
    for table in (path for path in files.paths if _file_name(path) == _FERPLUS_TABLE):
        above, new = table[: -len(_FERPLUS_TABLE)], {}
        for number, line in enumerate(files.lines(table), start=1):
            row = _FERPLUS_ROW.fullmatch(line)
            if row is None:
                raise FerCourseError(
                    f"{files.name}/{table}, row {number}: expected an image's name, its box, and votes for "
                    f"{', '.join(_FERPLUS_ANSWERS)}"
                )
            given = row[2].split(",")
            new[above + row[1]] = [int(given[column]) for column in _FERPLUS_ORDER]
        _refuse_missing(files, table, new, there)
        votes |= new
    if without := sorted(there - set(votes)):
        raise FerCourseError(
            f"{files.name}: {len(without):,} images named as FER+'s are in no {_FERPLUS_TABLE} beside them, "
            f"such as {without[0]}; it is in the folders of the same names at https://github.com/microsoft/FERPlus"
        )
    labels = Votes(np.array([votes[image.path] for image in images])).majority()
    return [
        Entry(image.path, EMOTIONS[label] if label >= 0 else "unknown", split_of(files, image.path))
        for image, label in zip(images, labels, strict=True)
    ]


class _Row(NamedTuple):
    image: str
    face: int
    box: Box
    label: int


def _find_expw(files: Files) -> list[ImageFile]:
    named = {line.split()[0] for table in _expw_tables(files) for line in files.lines(table)}
    return [image for image in files.images if _file_name(image.path) in named]


def _expw_tables(files: Files) -> list[str]:
    return [path for path in files.paths if _file_name(path) == _EXPW_TABLE][:1]


def _expw(files: Files, images: list[ImageFile]) -> list[Entry]:
    (table,) = _expw_tables(files)
    rows = [
        _parsed(line, f"{files.name}/{table}, line {number}")
        for number, line in enumerate(files.lines(table), start=1)
    ]
    path_of = {_file_name(image.path): image.path for image in images}
    _refuse_missing(files, table, (row.image for row in rows), path_of)
    entries = []
    for row in sorted(set(rows), key=lambda row: (path_of[row.image], row)):  # some lines occur twice
        path = path_of[row.image]
        split = split_of(files, path)
        entries.append(Entry(path, EXPW_CLASSES[row.label], split, box=row.box, face=str(row.face)))
    return entries


def _parsed(line: str, where: str) -> _Row:
    image, *numbers = line.split()
    try:
        face, top, left, right, bottom, _, label = (round(float(number)) for number in numbers)
        if label not in range(len(EXPW_CLASSES)):
            raise ValueError(f"label {label}")
    except (ValueError, OverflowError) as error:
        raise FerCourseError(
            f"{where}: {line[:80]!r} is no line of ExpW; expected image name, number of the face, top, left, "
            f"right, bottom, confidence and label 0..{len(EXPW_CLASSES) - 1}"
        ) from error
    return _Row(image, face, Box(left, top, right, bottom), label)


RAF_DB = Layout("raf_db", "RAF-DB", _find_raf_db, _raf_db)
AFFECTNET = Layout("affectnet", "AffectNet", _find_affectnet, _affectnet)
FERPLUS = Layout("fer2013_plus", "FER+ by the majority of its votes", _find_ferplus, _ferplus)
EXPW = Layout("expw", "ExpW", _find_expw, _expw)
