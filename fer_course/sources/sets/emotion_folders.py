"""Folders named after emotions, as Kaggle has FER2013 and some uploads have AffectNet, RAF-DB or ExpW."""

import re
from collections.abc import Mapping

from ...emotions import AFFECTNET_CLASSES, EMOTIONS, RAF_DB_CLASSES, mapped_label
from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile, split_of, split_of_name

_FERPLUS_CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
_CK_PLUS_CLASSES = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
NUMBERINGS: dict[str, dict[str, str]] = {
    dataset: {str(number): name for number, name in enumerate(classes, start)}
    for dataset, classes, start in (
        ("fer2013", EMOTIONS, 0),
        ("ferplus", _FERPLUS_CLASSES, 0),
        ("affectnet", AFFECTNET_CLASSES, 0),
        ("raf_db", RAF_DB_CLASSES, 1),
        ("ck_plus", _CK_PLUS_CLASSES, 0),
    )
}
"""Whose numbers mean what: FER2013's labels, FER+'s columns, the makers' of the others."""

Labels = str | Mapping[str, str]
"""What folders mean: a key of ``NUMBERINGS``, or emotions by the names of folders."""

_USAGE = re.compile(r"(?<![A-Za-z])(Training|PublicTest|PrivateTest)_\d+")  # a copy's too, or a view's
_NAMED_SETS = {"affectnet": "affectnet", "rafdb": "raf_db", "expw": "expw", "kdef": "kdef"}


def named_set(files: Files) -> str:
    """Return the dataset after which folders are named, empty if none is; folders of emotions look alike."""
    return next((name for word, name in _NAMED_SETS.items() if files.mentions(word)), "")


def is_class(name: str) -> bool:
    """Tell whether a folder is named after a class that some dataset has."""
    try:
        mapped_label(name)
    except FerCourseError:
        return False
    return True


def meanings_of(labels: Labels) -> dict[str, str]:
    """Understand what a user says that folders mean: the class of each folder's name.

    Said by a key of ``NUMBERINGS``, or emotions by the names of folders, in a mapping or a text such as
    "0=angry, 1=disgust".
    """
    if isinstance(labels, str) and labels in NUMBERINGS:
        return NUMBERINGS[labels]
    if isinstance(labels, str):
        pairs = [part.split("=") for part in labels.split(",")]
        if any(len(pair) != 2 for pair in pairs):
            raise FerCourseError(
                f'labels "{labels}": expected one of {", ".join(NUMBERINGS)}, or folders and emotions such '
                'as "0=angry,1=disgust"'
            )
        names = [name.strip() for name, _ in pairs]
        if len(set(names)) < len(names):
            raise FerCourseError(f'labels "{labels}": a folder is named twice')
        labels = {name.strip(): emotion.strip() for name, emotion in pairs}
    if not isinstance(labels, Mapping):
        raise FerCourseError(f"labels are {labels!r}; expected emotions by the names of folders")
    for emotion in labels.values():
        mapped_label(str(emotion))  # refuses what is none
    return {str(name): emotion for name, emotion in labels.items()}


def emotion_folder_entries(files: Files, labels: Labels | None = None) -> list[Entry]:
    """Find the faces in folders named after emotions; images beside these folders are passed over.

    ``labels`` says what folders mean whose names do not (:func:`meanings_of`). Inside ``test``, a name that
    starts with ``PublicTest_`` is a val image, as in Kaggle's FER2013. Refused are trees without such a
    folder, with folders of other names, with an emotion that has no readable image, or with several folders
    of emotions of which not all say what split they are.
    """
    meanings = {} if labels is None else meanings_of(labels)
    images = [image for image in files.images if image.folder]
    _refuse_unknown(files, images, meanings)
    if not images:
        shown = ", ".join(sorted({path.split("/")[0] for path in files.paths})[:10]) or "nothing"
        raise FerCourseError(
            f"{files.name}: no images in folders named after emotions ({', '.join(EMOTIONS)}), as in "
            "train/happy/face.jpg, and none of the layouts of CK+, FER+, RAF-DB, AffectNet, JAFFE, ExpW or "
            f"KDEF; found {shown}"
        )
    unused = meanings.keys() - {image.folder for image in images}
    if unused and labels not in [*NUMBERINGS]:
        raise FerCourseError(
            f"{files.name}: labels name folders that are not there: {', '.join(sorted(unused))}"
        )
    _refuse_vanished(files, images)
    _refuse_unknown_splits(files, images)
    return [
        Entry(image.path, meanings.get(image.folder, image.folder), _split(files, image)) for image in images
    ]


def _split(files: Files, image: ImageFile) -> str:
    """Read the split off the folders above, and in Kaggle's FER2013 off the name of the file."""
    split, usage = split_of(files, image.path), _USAGE.search(image.stem)
    named = split_of_name(usage[1]) if usage else ""
    if named and split and split != named and (split, named) != ("test", "val"):  # Kaggle's test holds both
        raise FerCourseError(
            f"{files.name}/{image.path}: FER2013's name of a {named} image in a folder of {split}; put it "
            "back, or rename it if it was moved on purpose"
        )
    return named or split


def _refuse_unknown(files: Files, images: list[ImageFile], meanings: Mapping[str, str]) -> None:
    unknown: dict[str, str] = {}
    for image in images:
        if image.folder in meanings or image.folder in unknown:
            continue
        try:
            mapped_label(image.folder)
        except FerCourseError as error:
            unknown[image.folder] = f"{image.path.rpartition('/')[0]}/ ({error})"
    numbers = sorted((name for name in unknown if name.isdecimal()), key=int)
    if numbers:
        raise FerCourseError(
            f"{files.name}: images in folders {', '.join(numbers)}, and a number alone does not say "
            f"which emotion. Whose numbers are they? labels= (fer-course convert --labels) takes "
            f"{', '.join(NUMBERINGS)}, "
            f'or what each means, such as "{numbers[0]}=angry"'
        )
    if unknown:
        raise FerCourseError(
            f"{files.name}: {'; '.join(unknown.values())}. Rename or remove the folder, or say what it "
            f'means: labels= (fer-course convert --labels) takes "{next(iter(unknown))}=neutral" and the like'
        )


def _refuse_vanished(files: Files, images: list[ImageFile]) -> None:
    """Refuse a tree in which the folder of an emotion has files, but not one that can be read."""
    seen = {image.path.rpartition("/")[0] for image in images}
    emotions = {image.folder for image in images}
    for path in files.paths:
        folder = path.rpartition("/")[0]
        name = folder.rpartition("/")[2]
        if folder not in seen and name not in emotions and is_class(name):
            raise FerCourseError(
                f"{files.name}/{folder}/: no image in it that can be read, only files such as "
                f"{path.rpartition('/')[2]}, so that the emotion would be missing; save them as JPEG or PNG, "
                "or remove the folder"
            )


def _refuse_unknown_splits(files: Files, images: list[ImageFile]) -> None:
    """Refuse several folders that hold emotions where not each of them says which split it is."""
    above = {image.path.rpartition("/")[0].rpartition("/")[0] for image in images}
    unknown = sorted(folder for folder in above if not split_of(files, f"{folder}/emotion/face.png"))
    if unknown and len(above) > 1:
        known = ", ".join(sorted(above - set(unknown))) or "no other"
        shown = ", ".join(folder or "its top" for folder in unknown)
        raise FerCourseError(
            f"{files.name}: {shown} hold emotions, and are neither train, val nor test by their names "
            f"({known} understood). Rename them, or give the path of one"
        )
