"""Reading a dataset from whatever it is stored in: CSV, folder tree, zip or ``.npz``."""

import io
import os
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from ..dataset import FaceDataset
from ..errors import FerCourseError
from .fer2013 import read_fer2013_csv
from .image_trees import DAMAGED_ZIP, IMAGE_ENDINGS, read_folder, read_zip
from .images import resize_face, to_gray
from .pixels import SIZE

_CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
_FORMATS = (
    "fer2013.csv, icml_face_data.csv, a folder with train/<emotion>/*.jpg, a zip of one of these, or an .npz"
)


def read_dataset(path: str | os.PathLike[str], resize: bool = False) -> FaceDataset:
    """Read faces from a file or folder; its content decides how, not its name.

    Read are FER2013's CSV (``fer2013.csv``, ``icml_face_data.csv``), a folder tree ``train/<emotion>/*.jpg``
    and ``test/<emotion>/*.jpg`` (Kaggle's keeps val and test apart by file name), a zip of either, which is
    not unpacked, and the ``.npz`` of ``FaceDataset.save``. In a folder that holds several, the CSV is taken,
    then the tree. Colour images become gray.

    Args:
        path: The file or folder.
        resize: Resize images that are not 48x48 instead of refusing them.

    Returns:
        Gray 48x48 images with labels and splits. ``ids`` are row numbers (row00000 is the first image) or
        file names. A tree without val images stays without: a warning says so.

    Raises:
        FileNotFoundError: There is no such file or folder.
        FerCourseError: None of these formats, or a damaged one; the message names the file, and in a CSV the
            row (the header is row 1) and the column.

    Example:
        >>> import fer_course as fer
        >>> path = fer.write_fer2013_csv(fer.sample_faces(70), "data/faces.csv")
        >>> len(read_dataset(path))
        70
    """
    faces = _read(Path(path), resize)
    if {"train", "test"} <= set(faces.split) and "val" not in faces.split:
        warnings.warn(
            f"{path}: train and test, but no val images to choose epochs and thresholds on; "
            "set a part of train aside as val, and keep test for the final score",
            stacklevel=2,
        )
    return faces


def _read(source: Path, resize: bool) -> FaceDataset:
    if source.is_dir():
        return _read_folder(source, resize)
    if not source.exists():
        raise FileNotFoundError(f"{source}: no such file or folder; expected {_FORMATS}")
    with source.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PK"):
        return _read_zip(source, resize)
    if b"\0" in start:
        raise FerCourseError(f"{source}: binary data of an unknown kind; expected {_FORMATS}")
    with source.open("rb") as file:
        return read_fer2013_csv(file, str(source), source.stat().st_size)


def _read_folder(folder: Path, resize: bool) -> FaceDataset:
    named = [file for below in ("", "*/") for name in _CSV_NAMES for file in folder.glob(below + name)]
    if named:
        return _read(named[0], resize)
    files = [
        file
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in (".csv", ".npz", ".zip") and not file.name.startswith(".")
    ]
    if not files or any(file.suffix.lower() in IMAGE_ENDINGS for file in folder.rglob("*")):
        return read_folder(folder, resize)
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise FerCourseError(f"{folder}: it holds {names}; give the path of the one to read")
    return _read(files[0], resize)


def _read_zip(path: Path, resize: bool) -> FaceDataset:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            for name in names:
                _refuse_climbing(name, path)
            if not all(name.endswith(".npy") for name in names):
                return _read_archive(archive, path, resize)
    except DAMAGED_ZIP as error:
        raise FerCourseError(f"{path}: damaged or cut short ({error}); download it again") from error
    return _as_faces(FaceDataset.load(path), path, resize)


def _refuse_climbing(name: str, path: Path) -> None:
    entry = PureWindowsPath(name)  # which knows both kinds of slashes
    if ".." in entry.parts or entry.drive or entry.root:
        raise FerCourseError(f"{path}, entry {name!r}: it points outside its folder, so the zip is refused")


def _read_archive(archive: zipfile.ZipFile, path: Path, resize: bool) -> FaceDataset:
    names = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
    tables = [name for name in names if PurePosixPath(name).name in _CSV_NAMES]
    if not tables and not any(name.lower().endswith(IMAGE_ENDINGS) for name in names):
        tables = [name for name in names if name.lower().endswith(".csv")]
    if not tables:
        return read_zip(archive, str(path), resize)
    with archive.open(tables[0]) as stream:
        size = archive.getinfo(tables[0]).file_size
        # typeshed does not know ZipExtFile as raw, but BufferedReader asks for no more than its readinto
        return read_fer2013_csv(io.BufferedReader(stream), f"{path}/{tables[0]}", size)  # type: ignore[type-var]


def _as_faces(dataset: FaceDataset, path: Path, resize: bool) -> FaceDataset:
    """Make the images of an ``.npz`` what every other format gives: gray and 48x48."""
    shape = dataset.images.shape[1:]
    if shape[:2] != (SIZE, SIZE) and not resize:
        raise FerCourseError(
            f"{path}: images of {shape[1]} x {shape[0]} pixels, expected {SIZE} x {SIZE}; "
            "resize=True resizes them, and FaceDataset.load reads them as they are"
        )
    if shape == (SIZE, SIZE) or not len(dataset):
        return dataset
    return replace(dataset, images=np.stack([resize_face(to_gray(image)) for image in dataset.images]))
