"""AffectNet in numbered folders, ``train/0..7/*.jpg``, or with the makers' own annotations.

The makers' layout is ``train_set/images/17.jpg`` with the label in ``train_set/annotations/17_exp.npy``.
Folders that are named after emotions are in ``emotion_folders.py``.
"""

import io
from pathlib import PurePosixPath

import numpy as np

from ...emotions import AFFECTNET_CLASSES
from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile, Layout, folder_number, split_of


def _find(files: Files) -> list[ImageFile]:
    there = set(files.paths)
    annotated = [image for image in files.images if image.folder == "images" and _annotation(image) in there]
    if annotated:
        return annotated
    # Numbers alone could be anybody's
    numbered = [image for image in files.images if folder_number(image) is not None]
    return numbered if files.mentions("affectnet") else []


def _annotation(image: ImageFile) -> str:
    return str(PurePosixPath(image.path).parents[1] / "annotations" / f"{image.stem}_exp.npy")


def _entries(files: Files, images: list[ImageFile]) -> list[Entry]:
    entries = []
    for image in images:
        number = folder_number(image)
        label = _annotated(files, _annotation(image)) if number is None else number
        if label not in range(len(AFFECTNET_CLASSES)):
            numbered = ", ".join(f"{n} {name}" for n, name in enumerate(AFFECTNET_CLASSES))
            raise FerCourseError(f"{files.name}/{image.path}: label {label}, but AffectNet has {numbered}")
        entries.append(Entry(image.path, AFFECTNET_CLASSES[label], split_of(files, image.path)))
    return entries


def _annotated(files: Files, path: str) -> int:
    try:
        return int(np.load(io.BytesIO(files.read(path)), allow_pickle=False))
    except (ValueError, TypeError, EOFError) as error:
        raise FerCourseError(f"{files.name}/{path}: not the number of an expression ({error})") from error


AFFECTNET = Layout("affectnet", "AffectNet", _find, _entries)
