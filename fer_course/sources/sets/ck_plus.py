"""CK+, 48x48: ``CK+48/<emotion>/S010_004_00000017.png`` (person, sequence, frame)."""

import re

from ...emotions import mapped_label
from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile, split_of
from .layout import Layout

_NAME = re.compile(r"(S\d{3})_(\d{3})_\d{8}")


def _find(files: Files) -> list[ImageFile]:
    return [image for image in files.images if _NAME.fullmatch(image.stem)]


def _entries(files: Files, images: list[ImageFile]) -> list[Entry]:
    return [_entry(files, image) for image in images]


def _entry(files: Files, image: ImageFile) -> Entry:
    try:
        mapped_label(image.folder)
    except FerCourseError as error:
        raise FerCourseError(
            f"{files.name}/{image.path}: {error}, and CK+ has contempt; expected "
            f"CK+48/<emotion>/{image.stem}.png. The makers' own sequences, which begin neutral and are not "
            "cut to the face, are not read"
        ) from error
    person, sequence, _ = image.stem.split("_")
    split = split_of(files, image.path)
    return Entry(image.path, image.folder, split, person, attributes={"sequence": f"{person}_{sequence}"})


CK_PLUS = Layout("ck_plus", "CK+", _find, _entries)
