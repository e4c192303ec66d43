"""``load_fer2013``: the real dataset where it is there, the drawn sample where it is not."""

import os
from pathlib import Path

from ..dataset import FaceDataset
from ..drawing.sample import sample_faces
from ..files import as_path
from .catalogue import is_on_disk
from .kaggle import download as download_dataset
from .reading import read_dataset

VARIABLE = "FER_COURSE_DATA"
FOLDER = Path("data") / "fer2013"
SAMPLE = "sample"


def load_fer2013(path: str | os.PathLike[str] | None = None, download: bool = False) -> FaceDataset:
    """Load FER2013 from the first place that has it, and print which.

    The places: the path given; the one that the environment variable ``FER_COURSE_DATA`` names; the folder
    ``data/fer2013`` here or one folder up, where a lesson finds it; Kaggle, if you ask for it; the drawn
    sample of the package. In place of a path, "sample" asks for the drawn sample.

    Args:
        path: A file or folder that ``read_dataset`` reads, or "sample".
        download: Download the real FER2013 from Kaggle when it is in none of the places before.

    Returns:
        The dataset; its ``source`` is "drawn sample" when it is the drawn one.

    Raises:
        FileNotFoundError: Nothing is at the path, or at the one that the variable names.
        FerCourseError: What is there cannot be read, or the download did not work.

    Example:
        >>> faces = load_fer2013()
        Data: the drawn sample of the package, 2,100 faces. For the real FER2013, run ...
    """
    found, reason = find_fer2013(path)
    if found is None and download and path is None:
        download_dataset("fer2013")
        found, reason = find_fer2013()
    if found is None:
        faces = sample_faces()
        print(
            f"Data: the drawn sample of the package, {len(faces):,} faces. "
            f"For the real FER2013, run `fer-course download fer2013`, put fer2013.csv into "
            f"{FOLDER.as_posix()}/, or set {VARIABLE}."
        )
    else:
        faces = read_dataset(found)
        print(f"Data: {found} ({reason}), {len(faces):,} images.")
    return faces


def find_fer2013(path: str | os.PathLike[str] | None = None) -> tuple[Path | None, str]:
    """Find the first real data in the places of :func:`load_fer2013`, unread, and say why it was taken.

    The path found is None where the drawn sample is meant. Where ``FER_COURSE_DATA`` names what is not there,
    that is a ``FileNotFoundError``.
    """
    named = os.environ.get(VARIABLE) if path is None else None
    if SAMPLE in (named, str(path)):
        return None, "asked for"
    if path is not None:
        return as_path(path), "the path given"
    if named:
        if not Path(named).exists():
            raise FileNotFoundError(f"{VARIABLE} names {named}, but nothing is there; correct or unset it")
        return Path(named), f"named by {VARIABLE}"
    for folder in (FOLDER, Path("..") / FOLDER):
        if is_on_disk(folder):
            return folder, f"found in {FOLDER.as_posix()}"
    return None, "the sample"
