"""JAFFE: ``KA.AN1.39.tiff`` (person, emotion and its take, number), flat or in any folders."""

import re

from ...emotions import JAFFE_CODES
from ..image_trees import Entry, Files, ImageFile, split_of
from .layout import Layout

_NAME = re.compile(rf"([A-Z]{{2}})[.-]({'|'.join(JAFFE_CODES)})\d+[.-]\d+")


def _find(files: Files) -> list[ImageFile]:
    return [image for image in files.images if _NAME.fullmatch(image.stem)]


def _entries(files: Files, images: list[ImageFile]) -> list[Entry]:
    entries = []
    for image in images:
        person, code, _ = re.split("[.-]", image.stem)
        entries.append(Entry(image.path, JAFFE_CODES[code[:2]], split_of(files, image.path), person))
    return entries


JAFFE = Layout("jaffe", "JAFFE", _find, _entries)
