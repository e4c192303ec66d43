"""Reading a dataset from whatever it is stored in: CSV, folder tree, zip or ``.npz``."""

import gzip
import os
import warnings
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..files import as_path, name_content, require_file
from ..images import IMAGE_ENDINGS, SIZE, resize_face, to_gray
from .archives import LARGEST_RATIO, SWOLLEN, climbs_out, intact, open_entry, refuse_swollen
from .arrays import read_npz
from .image_trees import folder_files, is_hidden, zip_files
from .sets.emotion_folders import Labels
from .sets.trees import read_tree
from .tables import read_table
from .votes import TABLE

CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
_LOOKED_AT = 256  # images that are enough to tell whether their values are 0..255
_GZIP = b"\x1f\x8b"
_FORMATS = (
    "fer2013.csv, icml_face_data.csv, a folder with train/<emotion>/*.jpg or with a dataset of the "
    "catalogue, a zip of one of these, or an .npz"
)


def read_dataset(
    path: str | os.PathLike[str],
    resize: bool = False,
    keep_unmapped: bool = True,
    labels: Labels | None = None,
) -> FaceDataset:
    """Read faces from a file or folder; its content decides how, not its name.

    Read are FER2013's CSV (``fer2013.csv``, ``icml_face_data.csv``), the trees of images below, a zip of
    either, which is not unpacked, and the ``.npz`` of ``FaceDataset.save``. In a folder that holds several,
    the CSV is taken, then the tree. The trees:

    - **FER2013**: ``train/<emotion>/*.jpg`` and ``test/<emotion>/*.jpg``; Kaggle's keeps val and test apart
      by file name. Without a split above them, emotion folders are train.
    - **CK+**, 48x48: ``CK+48/<emotion>/S010_004_00000017.png``; attributes ``person``, ``sequence``.
    - **RAF-DB**: ``train/1..7/train_00001_aligned.jpg`` (1 surprise to 7 neutral), or such files with
      ``train_labels.csv`` and ``test_labels.csv``, or with the makers' ``list_patition_label.txt``.
    - **AffectNet**: ``train/0..7/*.jpg`` (0 neutral to 7 contempt), if a folder is named
      affectnet. Or the makers' ``images/17.jpg`` with ``annotations/17_exp.npy``.
    - **FER+**: ``FER2013Train/fer0000000.png`` with ``FER2013Train/label.csv``; the label is what more than
      half of the raters answered.
    - **JAFFE**: ``KA.AN1.39.tiff``, flat or in folders; attribute ``person``.
    - **ExpW**: ``label.lst``, whose lines give the box of every face, and the photographs anywhere.
    - **KDEF**: ``AF01ANS.JPG``, flat or in folders; attributes ``person``, ``angle``.
    - Any of them in folders named after emotions, with contempt or below a folder of the dataset's name.

    Of all but FER2013, what was found is printed, the face is cut square and resized to 48x48 (by area, or
    bilinear where it is enlarged), and the attribute ``original_label`` keeps the dataset's own class.
    Contempt, compound and unknown classes have label -1. Their own splits are carried; CK+, JAFFE and KDEF,
    which have none, are divided 80:10:10 by person (``split_by_person``). Colour images become gray.

    Args:
        path: The file or folder.
        resize: Resize images of FER2013 that are not 48x48 instead of refusing them.
        keep_unmapped: Keep images whose label is none of the seven emotions.
        labels: What the folders of a tree mean, where their names do not say it: "fer2013", "ferplus",
            "affectnet", "raf_db" or "ck_plus" for whose numbers they are, or emotions by folder, such as
            ``{"0": "angry", "natural": "neutral"}``.

    Returns:
        Gray 48x48 images with labels and splits. ``ids`` are row numbers (row00000 is the first image) or
        file names. Images without val, or without any splits or people, stay so: a warning says it.

    Raises:
        FileNotFoundError: There is no such file or folder.
        FerCourseError: None of these formats, several at once, or a damaged one; the message names the file,
            and in a CSV the row (the header is row 1) and the column.

    Example:
        >>> from fer_course.sources.fer2013 import write_fer2013_csv
        >>> import fer_course as fer
        >>> path = write_fer2013_csv(fer.sample_faces(70), "data/faces.csv")
        >>> len(read_dataset(path))
        70
    """
    try:
        faces = _read(as_path(path), resize, labels)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FerCourseError(f"{path}: cannot be read ({error.strerror})") from error
    if not len(faces) or faces.images[:_LOOKED_AT].max() == 1:
        what = "holds only 0 and 1: floats in 0..1, cut to whole numbers" if len(faces) else "no images in it"
        raise FerCourseError(f"{path}: {what}; write it again")
    splits = set(faces.split)
    if {"train", "test"} <= splits and "val" not in splits:
        warnings.warn(
            f"{path}: train and test, but no val images to choose epochs and thresholds on; "
            "set a part of train aside as val, and keep test for the final score",
            stacklevel=2,
        )
    elif splits == {"train"} and "original_label" in faces.attributes and "person" not in faces.attributes:
        warnings.warn(
            f"{path}: neither splits nor people are known of these images, so all are train; take val and "
            "test from another dataset, or divide these and know that a person may be on both sides",
            stacklevel=2,
        )
    unmapped = faces.labels < 0
    if keep_unmapped or not unmapped.any():
        return faces
    print(f"Data: left out {np.count_nonzero(unmapped):,} images of none of the seven emotions.")
    return faces.subset(~unmapped)


def read_table_file(path: str | os.PathLike[str]) -> FaceDataset:
    """Read faces from a table of text (:func:`~fer_course.sources.tables.read_table`), gzipped or not."""
    source = require_file(path)
    packed = _start(source).startswith(_GZIP)
    size = source.stat().st_size
    if not packed:
        with source.open("rb") as file:
            return read_table(file, str(source), size)
    with intact(str(source)), gzip.open(source) as stream:
        return read_table(stream, str(source), most=max(LARGEST_RATIO * size, SWOLLEN))  # type: ignore[arg-type]


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _read(source: Path, resize: bool, labels: Labels | None) -> FaceDataset:
    if source.is_dir():
        return _read_folder(source, resize, labels)
    start = _start(require_file(source, f"expected {_FORMATS}"))
    if start.startswith(b"PK"):
        return _read_zip(source, resize, labels)
    _refuse_labels(labels, source)
    if start.startswith(_GZIP):
        return read_table_file(source)
    if content := name_content(start):
        raise FerCourseError(f"{source}: {content}; expected {_FORMATS}")
    if b"\0" in start or source.suffix.lower() in (".zip", ".npz"):
        raise FerCourseError(f"{source}: neither a zip nor text, perhaps damaged; expected {_FORMATS}")
    return read_table_file(source)


def _read_folder(folder: Path, resize: bool, labels: Labels | None) -> FaceDataset:
    named = [file for below in ("", "*/", "*/*/") for name in CSV_NAMES for file in folder.glob(below + name)]
    named = [file for file in named if not is_hidden(file.relative_to(folder).as_posix())]
    tree = folder_files(folder)
    if named:
        table = _first_of(named, folder)
        if tree.images:
            print(f"Data: {table} is read, and not the {len(tree.images):,} pictures in {folder}.")
        return _read(table, resize, labels)
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and _may_hold_faces(file)]
    if tree.images or not files:
        return read_tree(tree, resize, labels)
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise FerCourseError(f"{folder}: it holds {names}; give the path of the one to read")
    return _read(files[0], resize, labels)


def _first_of(named: Sequence[Path], folder: Path) -> Path:
    """Take FER2013's CSV that lies highest, and say which others do not count."""
    again = [
        file for file in named[1:] if len(file.parts) == len(named[0].parts) and file.name == named[0].name
    ]
    if again:
        raise FerCourseError(f"{folder}: {named[0]} and {again[0]}; give the path of the one to read")
    if named[1:]:
        print(f"Data: {named[0]} is read, and not {', '.join(map(str, named[1:]))}.")
    return named[0]


def _may_hold_faces(file: Path) -> bool:
    if file.name.startswith(".") or file.name == TABLE:  # of votes, which lies beside the faces
        return False
    if not file.suffix:  # some unpackers lose it
        return b"pixels" in _start(file).lower()
    return file.name.lower().endswith((".csv", ".csv.gz", ".tsv", ".npz", ".zip"))


def _read_zip(path: Path, resize: bool, labels: Labels | None) -> FaceDataset:
    with intact(str(path)), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in filter(climbs_out, names):
            raise FerCourseError(
                f"{path}, entry {name!r}: it points outside its folder, so the zip is refused"
            )
        twice, times = Counter(name.replace("\\", "/") for name in names or [""]).most_common(1)[0]
        if times > 1:
            raise FerCourseError(f"{path}: two entries are called {twice!r}; pack it anew with one")
        if "xl/workbook.xml" in names:
            raise FerCourseError(f"{path}: an Excel workbook: save the sheet as CSV")
        if not names or not all(name.endswith(".npy") for name in names):
            return _read_archive(archive, path, resize, labels)
        refuse_swollen(archive, path)
    _refuse_labels(labels, path)
    return _as_faces(read_npz(path), path, resize)


def _read_archive(archive: zipfile.ZipFile, path: Path, resize: bool, labels: Labels | None) -> FaceDataset:
    names = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
    tables = [name for name in names if PurePosixPath(name).name in CSV_NAMES]
    if not tables and not any(name.lower().endswith(IMAGE_ENDINGS) for name in names):
        tables = [name for name in names if name.lower().endswith(".csv")]
    packed = next((name for name in names if name.lower().endswith(".zip")), None)
    if packed and not tables and not any(name.lower().endswith(IMAGE_ENDINGS) for name in names):
        raise FerCourseError(f"{path}: a zip inside it, {packed}; unpack the outer one, and give its path")
    if not tables:
        return read_tree(zip_files(archive, str(path)), resize, labels)
    _refuse_labels(labels, path)
    if len(tables) > 1:
        raise FerCourseError(f"{path}: it holds {', '.join(tables)}; unpack it, and give the path of one")
    refuse_swollen(archive, path)
    size = archive.getinfo(tables[0]).file_size
    with open_entry(archive, tables[0], str(path), size) as stream:
        return read_table(stream, f"{path}/{tables[0]}", size)


def _refuse_labels(labels: Labels | None, path: Path) -> None:
    if labels is not None:
        raise FerCourseError(f"{path}: labels= (--labels) is for the folders of a tree; leave it out")


def _as_faces(dataset: FaceDataset, path: Path, resize: bool) -> FaceDataset:
    """Make the images of an ``.npz`` what every other format gives: gray and 48x48."""
    shape = dataset.images.shape[1:]
    if shape[:2] != (SIZE, SIZE) and not resize:
        raise FerCourseError(
            f"{path}: images of {shape[1]} x {shape[0]} pixels, expected {SIZE} x {SIZE}; resize=True "
            "(fer-course convert --resize) resizes them, and FaceDataset.load reads them as they are"
        )
    if shape == (SIZE, SIZE) or not len(dataset):
        return dataset
    return replace(dataset, images=np.stack([resize_face(to_gray(image)) for image in dataset.images]))
