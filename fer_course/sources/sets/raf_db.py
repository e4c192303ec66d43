"""RAF-DB: numbered folders ``train/1..7/train_00001_aligned.jpg``, or a label file, or both.

The label files are Kaggle's ``train_labels.csv`` and ``test_labels.csv`` (image, label) and the makers' own
``list_patition_label.txt`` (``train_00001.jpg 5``), whose compound emotions have numbers of their own.
"""

import re
from pathlib import PurePosixPath

from ...emotions import RAF_DB_CLASSES, RAF_DB_COMPOUND_CLASSES
from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile, Layout, folder_number, refuse_missing, split_of
from .emotion_folders import in_emotion_folder

_NAME = re.compile(r"(train|test)_\d{4,5}(_aligned)?")
_TABLES = ("train_labels.csv", "test_labels.csv", "list_patition_label.txt")
_LINE = re.compile(r"(\S+\.\w+)[\s,;]+(\d+)")


def _find(files: Files) -> list[ImageFile]:
    images = files.images
    named = [image for image in images if _NAME.fullmatch(image.stem)]
    if named and not any(map(in_emotion_folder, named)):
        aligned = [image for image in named if image.stem.endswith("_aligned")]
        if aligned or _tables(files):
            return aligned or named
    return [image for image in images if folder_number(image) is not None] if files.mentions("rafdb") else []


def _entries(files: Files, images: list[ImageFile]) -> list[Entry]:
    listed = _listed(files, images)
    compound = files.mentions("compound") or max(listed.values(), default=0) > len(RAF_DB_CLASSES)
    classes = RAF_DB_COMPOUND_CLASSES if compound else RAF_DB_CLASSES
    entries = []
    for image in images:
        number = folder_number(image)
        in_list = listed.get(_key(image.stem))
        if number is not None and in_list is not None and number != in_list:
            raise FerCourseError(
                f"{files.name}/{image.path}: its folder says {number}, but the label file {in_list}; take "
                "the label file away if the folders are right"
            )
        label = in_list if number is None else number
        if label is None:
            tables = " and ".join(_tables(files)) or f"a label file ({', '.join(_TABLES)})"
            raise FerCourseError(
                f"{files.name}/{image.path}: named as in RAF-DB, but without a label; expected a folder "
                f"1..{len(classes)}, or a line in {tables}"
            )
        if not 1 <= label <= len(classes):
            numbered = ", ".join(f"{n} {name}" for n, name in enumerate(classes, start=1))
            raise FerCourseError(
                f"{files.name}/{image.path}: label {label}, but RAF-DB has {numbered}. If yours are counted "
                "from 0, rename the folders to the names of the emotions"
            )
        entries.append(Entry(image.path, classes[label - 1], _split(files, image)))
    return entries


def _split(files: Files, image: ImageFile) -> str:
    prefix = image.stem.partition("_")[0]
    return split_of(files, image.path) or (prefix if prefix in ("train", "test") else "")


def _tables(files: Files) -> list[str]:
    tables = [path for path in files.paths if PurePosixPath(path).name in _TABLES]
    if len({PurePosixPath(path).name for path in tables}) < len(tables):
        raise FerCourseError(
            f"{files.name}: label files of the same name ({', '.join(tables)}), so numbers can mean basic "
            "or compound emotions; give the path of one folder"
        )
    return tables


def _listed(files: Files, images: list[ImageFile]) -> dict[str, int]:
    """Read the label files, and make sure that they and the images fit together."""
    there = {_key(image.stem) for image in images}
    tables = _tables(files)
    labels: dict[str, int] = {}
    for table in tables:
        lines = files.lines(table)
        matches = [match for line in lines if (match := _LINE.fullmatch(line))]
        if len(matches) < len(lines) - table.endswith(".csv"):  # a CSV has a header
            raise FerCourseError(f"{files.name}/{table}: expected lines of an image name and a number")
        new = {_key(match[1].rpartition(".")[0]): int(match[2]) for match in matches}
        refuse_missing(files, table, new, there)
        labels |= new
    if labels and (without := sorted(there - set(labels))):
        raise FerCourseError(
            f"{files.name}: {len(without):,} images are in no label file, such as {without[0]}; complete "
            f"{' and '.join(tables)}, or take it away to go by the folders"
        )
    return labels


def _key(stem: str) -> str:
    """Name an image without what tells the aligned copy, which the makers' list does not name."""
    return stem.removesuffix("_aligned")


RAF_DB = Layout("raf_db", "RAF-DB", _find, _entries)
