"""CK+, JAFFE and KDEF: sets photographed in a laboratory, whose file names say person and emotion.

- CK+, 48x48: ``CK+48/<emotion>/S010_004_00000017.png`` (person, sequence, frame),
- JAFFE: ``KA.AN1.39.tiff`` (person, emotion and its take, number), flat or in any folders,
- KDEF: ``AF01ANS.JPG`` (session, female or male, person, emotion, angle), in any folders; a name with a
  person but without a known emotion and angle is "unknown" and none of the seven.
"""

import re

from ...emotions import JAFFE_CODES, KDEF_CODES, mapped_label
from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile, Layout, split_of

_CK_PLUS = re.compile(r"(S\d{3})_(\d{3})_\d{8}")
_JAFFE = re.compile(rf"([A-Z]{{2}})[.-]({'|'.join(JAFFE_CODES)})\d+[.-]\d+")
_ANGLES = {"FL": "full left", "HL": "half left", "S": "straight", "HR": "half right", "FR": "full right"}
_KDEF = re.compile(r"[AB]([FM]\d\d)([A-Z]*)")
_KDEF_CODE = re.compile(rf"({'|'.join(KDEF_CODES)})({'|'.join(_ANGLES)})")


def _named(pattern: re.Pattern[str], files: Files) -> list[ImageFile]:
    return [image for image in files.images if pattern.fullmatch(image.stem)]


def _ck_plus(files: Files, images: list[ImageFile]) -> list[Entry]:
    entries = []
    for image in images:
        try:
            mapped_label(image.folder)
        except FerCourseError as error:
            raise FerCourseError(
                f"{files.name}/{image.path}: {error}, and CK+ has contempt; expected "
                f"CK+48/<emotion>/{image.stem}.png. The makers' own sequences, which begin neutral and are "
                "not cut to the face, are not read"
            ) from error
        person, sequence, _ = image.stem.split("_")
        split, more = split_of(files, image.path), {"sequence": f"{person}_{sequence}"}
        entries.append(Entry(image.path, image.folder, split, person, attributes=more))
    return entries


def _jaffe(files: Files, images: list[ImageFile]) -> list[Entry]:
    parts = [(image.path, *re.split("[.-]", image.stem)) for image in images]
    return [
        Entry(path, JAFFE_CODES[code[:2]], split_of(files, path), person) for path, person, code, _ in parts
    ]


def _find_kdef(files: Files) -> list[ImageFile]:
    named = {image: match for image in files.images if (match := _KDEF.fullmatch(image.stem.upper()))}
    return list(named) if any(_KDEF_CODE.fullmatch(match[2]) for match in named.values()) else []


def _kdef(files: Files, images: list[ImageFile]) -> list[Entry]:
    entries = []
    for image in images:
        name = image.stem.upper()
        person, code = name[1:4], _KDEF_CODE.fullmatch(name[4:])
        emotion, angle = (KDEF_CODES[code[1]], _ANGLES[code[2]]) if code else ("unknown", "unknown")
        split = split_of(files, image.path)
        entries.append(Entry(image.path, emotion, split, person, attributes={"angle": angle}))
    return entries


CK_PLUS = Layout("ck_plus", "CK+", lambda files: _named(_CK_PLUS, files), _ck_plus)
JAFFE = Layout("jaffe", "JAFFE", lambda files: _named(_JAFFE, files), _jaffe)
KDEF = Layout("kdef", "KDEF", _find_kdef, _kdef)
