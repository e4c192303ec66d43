"""ExpW: whole photographs, and ``label.lst`` with a line for every face on them.

A line is: image name, number of the face, top, left, right, bottom, confidence of the box, label.
"""

from typing import NamedTuple

from ...emotions import EXPW_CLASSES
from ...errors import FerCourseError
from ...images import Box
from ..image_trees import Entry, Files, ImageFile, Layout, refuse_missing, split_of

_TABLE = "label.lst"


class _Row(NamedTuple):
    image: str
    face: int
    box: Box
    label: int


def _find(files: Files) -> list[ImageFile]:
    named = {line.split()[0] for table in _tables(files) for line in files.lines(table)}
    return [image for image in files.images if _file_name(image.path) in named]


def _tables(files: Files) -> list[str]:
    return [path for path in files.paths if _file_name(path) == _TABLE][:1]


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _entries(files: Files, images: list[ImageFile]) -> list[Entry]:
    (table,) = _tables(files)
    rows = [
        _parsed(line, f"{files.name}/{table}, line {number}")
        for number, line in enumerate(files.lines(table), start=1)
    ]
    path_of = {_file_name(image.path): image.path for image in images}
    refuse_missing(files, table, (row.image for row in rows), path_of)
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


EXPW = Layout("expw", "ExpW", _find, _entries)
