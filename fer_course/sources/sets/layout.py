"""What every layout module hands over: how a dataset is told from others, and what faces it holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...errors import FerCourseError
from ..image_trees import Entry, Files, ImageFile


@dataclass(frozen=True)
class Layout:
    """The ways in which a dataset is stored.

    Attributes:
        name: Of the dataset in the catalogue; the ``source`` of its images.
        title: What people call it.
        find: Which image files are this dataset's; none if it is another.
        entries: The faces on these images.
    """

    name: str
    title: str
    find: Callable[[Files], list[ImageFile]]
    entries: Callable[[Files, list[ImageFile]], list[Entry]]


def folder_number(image: ImageFile) -> int | None:
    """Return the number that names the folder of an image, None if it has no number.

    Args:
        image: The image.

    Returns:
        The number.

    Example:
        >>> folder_number(ImageFile("DATASET/train/4/train_00012_aligned.jpg", "4", "train_00012_aligned"))
        4
    """
    number = image.folder
    return int(number) if number.isascii() and number.isdigit() else None


def refuse_missing(files: Files, table: str, named: Iterable[str], there: Iterable[str]) -> None:
    """Make sure that every image which a label file names is there.

    Args:
        files: The folder or zip.
        table: Path of the label file.
        named: The images it names.
        there: The images found.

    Raises:
        FerCourseError: One or more are not.
    """
    missing = sorted(set(named) - set(there))
    if missing:
        raise FerCourseError(
            f"{files.name}/{table}: it names {len(missing):,} images that are not there, such as "
            f"{missing[0]}; download or unpack the dataset again, or delete these lines"
        )
