"""``load_fer2013``: the real dataset where it is there, the drawn sample where it is not."""

import os
from pathlib import Path

from ..dataset import FaceDataset
from .reading import read_dataset
from .sample import sample_faces

VARIABLE = "FER_COURSE_DATA"
FOLDER = Path("data") / "fer2013"


def load_fer2013(path: str | os.PathLike[str] | None = None) -> FaceDataset:
    """Load FER2013 from the first place that has it, and print which.

    The places: the path given; the one that the environment variable ``FER_COURSE_DATA`` names; the folder
    ``data/fer2013`` here or one folder up, where a lesson finds it; the drawn sample of the package.

    Args:
        path: A file or folder that ``read_dataset`` reads.

    Returns:
        The dataset; its ``source`` is "sample" when it is the drawn one.

    Raises:
        FileNotFoundError: Nothing is at the path, or at the one that the variable names.
        FerCourseError: What is there cannot be read.

    Example:
        >>> faces = load_fer2013()
        Data: the drawn sample of the package, 2,100 faces. For the real FER2013, put ...
    """
    found, reason = find_fer2013(path)
    if found is None:
        faces = sample_faces()
        print(
            f"Data: the drawn sample of the package, {len(faces):,} faces. "
            f"For the real FER2013, put fer2013.csv into {FOLDER.as_posix()}/ or set {VARIABLE}."
        )
    else:
        faces = read_dataset(found)
        print(f"Data: {found} ({reason}), {len(faces):,} images.")
    return faces


def find_fer2013(path: str | os.PathLike[str] | None = None) -> tuple[Path | None, str]:
    """Look for real data in the places of ``load_fer2013``, without reading any.

    Args:
        path: A file or folder that is taken as it is.

    Returns:
        The first place that holds real data, None for the drawn sample, and why it was taken.

    Raises:
        FileNotFoundError: Nothing is at the place that ``FER_COURSE_DATA`` names.
    """
    if path is not None:
        return Path(path), "the path given"
    if os.environ.get(VARIABLE):
        named = Path(os.environ[VARIABLE])
        if not named.exists():
            raise FileNotFoundError(f"{VARIABLE} names {named}, but nothing is there; correct or unset it")
        return named, f"named by {VARIABLE}"
    for folder in (FOLDER, Path("..") / FOLDER):
        if folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir()):
            return folder, f"found in {FOLDER.as_posix()}"
    return None, "the sample"
