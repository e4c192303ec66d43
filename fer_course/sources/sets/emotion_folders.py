"""Folders named after emotions, as Kaggle has FER2013 and some uploads have AffectNet, RAF-DB or ExpW."""

from ...emotions import EMOTIONS, mapped_label
from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile, split_of

_NAMED_SETS = {"affectnet": "affectnet", "rafdb": "raf_db", "expw": "expw", "kdef": "kdef"}


def named_set(files: Files) -> str:
    """Return the dataset of the catalogue after which folders are named, empty if none is.

    Folders of emotions look alike in all datasets, so that here the name alone can tell.

    Args:
        files: A folder or zip.

    Returns:
        Its name in the catalogue.

    Example:
        >>> named_set(Files("AffectNet.zip", ["train/anger/1.jpg"], lambda path: b""))
        'affectnet'
    """
    return next((name for word, name in _NAMED_SETS.items() if files.mentions(word)), "")


def in_emotion_folder(image: ImageFile) -> bool:
    """Tell whether the folder of an image is named after a class that some dataset has.

    Args:
        image: The image.

    Returns:
        True if it is.

    Example:
        >>> in_emotion_folder(ImageFile("train/contempt/1.png", "contempt", "1"))
        True
    """
    try:
        mapped_label(image.folder)
    except FerCourseError:
        return False
    return True


def emotion_folder_entries(files: Files) -> list[Entry]:
    """Find the images in folders named after emotions; images beside these folders are passed over.

    Args:
        files: A folder or zip.

    Returns:
        The faces. Inside ``test``, a name that starts with ``PublicTest_`` is a val image, as in Kaggle's
        FER2013.

    Raises:
        FerCourseError: There is no such folder, or a folder is named otherwise.
    """
    entries = []
    for image in files.images:
        if not image.folder:
            continue
        try:
            mapped_label(image.folder)
        except FerCourseError as error:
            raise FerCourseError(
                f"{files.name}/{image.path}: {error}; rename the folder or take it away"
            ) from error
        split = split_of(files, image.path)
        if split == "test" and image.stem.startswith("PublicTest_"):
            split = "val"
        entries.append(Entry(image.path, image.folder, split))
    if not entries:
        shown = ", ".join(sorted({path.split("/")[0] for path in files.paths})[:10]) or "nothing"
        raise FerCourseError(
            f"{files.name}: no images in folders named after emotions ({', '.join(EMOTIONS)}), as in "
            "train/happy/face.jpg, and none of the layouts of CK+, RAF-DB, AffectNet, JAFFE, ExpW or KDEF; "
            f"found {shown}"
        )
    return entries
