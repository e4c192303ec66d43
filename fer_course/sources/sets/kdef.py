"""KDEF: ``AF01ANS.JPG`` (session, female or male, person, emotion, angle), in any folders.

A name with a person but without a known emotion and angle is "unknown" and none of the seven.
"""

import re

from ...emotions import KDEF_CODES
from ..image_trees import Entry, Files, ImageFile, split_of
from .layout import Layout

_ANGLES = {"FL": "full left", "HL": "half left", "S": "straight", "HR": "half right", "FR": "full right"}
_PERSON = re.compile(r"[AB]([FM]\d\d)([A-Z]*)")
_CODE = re.compile(rf"({'|'.join(KDEF_CODES)})({'|'.join(_ANGLES)})")


def _find(files: Files) -> list[ImageFile]:
    named = {image: match for image in files.images if (match := _PERSON.fullmatch(image.stem.upper()))}
    return list(named) if any(_CODE.fullmatch(match[2]) for match in named.values()) else []


def _entries(files: Files, images: list[ImageFile]) -> list[Entry]:
    entries = []
    for image in images:
        name = image.stem.upper()
        person, code = name[1:4], _CODE.fullmatch(name[4:])
        emotion, angle = (KDEF_CODES[code[1]], _ANGLES[code[2]]) if code else ("unknown", "unknown")
        split = split_of(files, image.path)
        entries.append(Entry(image.path, emotion, split, person, attributes={"angle": angle}))
    return entries


KDEF = Layout("kdef", "KDEF", _find, _entries)
