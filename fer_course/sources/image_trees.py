"""Image files in folders named after emotions, on the disk or in a zip, as Kaggle has FER2013."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, emotion_label
from ..errors import FerCourseError
from .images import decode_image, resize_face
from .pixels import SIZE

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""What ``zipfile`` raises for a zip that is damaged, cut short or encrypted."""

_SPLIT_OF_FOLDER = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "publictest": "val",
    "test": "test",
    "testing": "test",
    "privatetest": "test",
}


class _Entry(NamedTuple):
    path: str
    label: int
    split: str


def read_folder(folder: Path, resize: bool = False) -> FaceDataset:
    """Read a tree ``train/<emotion>/*.jpg``, ``test/<emotion>/*.jpg`` from the disk.

    Inside ``test``, a name that starts with ``PublicTest_`` is a val image, as in Kaggle's FER2013. Folders
    ``val`` or ``validation`` are read too. Emotion folders without a split above them are train.

    Args:
        folder: The folder, or one that holds it.
        resize: Resize images that are not 48x48 instead of refusing them.

    Returns:
        The images in the order of their paths; ``ids`` are the file names.

    Raises:
        FerCourseError: No emotion folder, an unknown emotion, or a file that is not a 48x48 image.

    Example:
        >>> read_folder(Path("data/fer2013"))  # doctest: +SKIP
        FaceDataset(35887 images of (48, 48): 28709 train, 3589 val, 3589 test; source: fer2013)
    """
    folder = folder.resolve()  # so that "." has a name too
    paths = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    return _read(str(folder), paths, lambda path: (folder / path).read_bytes(), resize)


def read_zip(archive: zipfile.ZipFile, name: str, resize: bool = False) -> FaceDataset:
    """Read such a tree from a zip, without unpacking it.

    Args:
        archive: The zip, opened.
        name: Its name, for messages and the ``source`` column.
        resize: Resize images that are not 48x48 instead of refusing them.

    Returns:
        The images in the order of their paths; ``ids`` are the file names.

    Raises:
        FerCourseError: As for ``read_folder``, or an entry that is damaged.

    Example:
        >>> with zipfile.ZipFile("fer2013.zip") as archive:  # doctest: +SKIP
        ...     faces = read_zip(archive, "fer2013.zip")
    """

    def read(path: str) -> bytes:
        try:
            return archive.read(path)
        except DAMAGED_ZIP as error:
            raise FerCourseError(f"{name}, entry {path}: {error}; download the zip again") from error

    return _read(name, archive.namelist(), read, resize)


def _read(name: str, paths: Sequence[str], read: Callable[[str], bytes], resize: bool) -> FaceDataset:
    entries = _entries(name, paths)

    def face(entry: _Entry) -> np.ndarray:
        where = f"{name}/{entry.path}"
        gray = decode_image(read(entry.path), where)
        if gray.shape != (SIZE, SIZE) and not resize:
            height, width = gray.shape
            raise FerCourseError(
                f"{where}: {width} x {height} pixels, expected {SIZE} x {SIZE}; resize=True resizes it"
            )
        return resize_face(gray)

    images = np.empty((len(entries), SIZE, SIZE), np.uint8)
    with ThreadPoolExecutor() as pool:  # OpenCV and zlib let other threads run
        faces = tqdm(pool.map(face, entries), desc=Path(name).name, total=len(entries), delay=1, leave=False)
        for position, image in enumerate(faces):
            images[position] = image

    file_names = [PurePosixPath(entry.path).name for entry in entries]
    unique = len(set(file_names)) == len(file_names)
    return FaceDataset(
        images,
        np.array([entry.label for entry in entries]),
        np.array([entry.split for entry in entries]),
        ids=np.array(file_names if unique else [entry.path for entry in entries]),
        source=Path(name).stem,
    )


def _entries(name: str, paths: Sequence[str]) -> list[_Entry]:
    """Pick the image files, and read label and split off their paths."""
    entries = []
    for path in sorted(paths):
        parts = PurePosixPath(path).parts
        hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
        if len(parts) < 2 or hidden or not path.lower().endswith(IMAGE_ENDINGS):
            continue
        above = [Path(name).stem, *parts[:-2]]
        split = next(
            (split for part in reversed(above) if (split := _SPLIT_OF_FOLDER.get(part.lower()))), "train"
        )
        if split == "test" and parts[-1].startswith("PublicTest_"):
            split = "val"
        try:
            label = emotion_label(parts[-2])
        except FerCourseError as error:
            raise FerCourseError(f"{name}/{path}: {error}; rename the folder or take it away") from error
        entries.append(_Entry(path, label, split))
    if not entries:
        shown = ", ".join(sorted({path.split("/")[0] for path in paths})[:10]) or "nothing"
        raise FerCourseError(
            f"{name}: no images in folders named after emotions ({', '.join(EMOTIONS)}), as in "
            f"train/happy/face.jpg; found {shown}"
        )
    return entries
