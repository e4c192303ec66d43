"""FER2013: loaded from where it is, written as its CSV, and images of one's own added to that.

Source: the dataset of Goodfellow et al., "Challenges in Representation Learning: A report on three machine
learning contests" (2013).
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..dataset import FaceDataset
from ..drawing.sample import sample_faces
from ..emotions import EMOTIONS, emotion_label
from ..errors import FerCourseError
from ..files import as_path, require_file, write_beside
from ..frontend import progress_bar
from ..images import SIZE, crop_square, read_picture, resize_face, to_gray
from .catalogue import is_on_disk
from .kaggle import download as download_dataset
from .reading import read_dataset
from .tables import COLUMNS, LONGEST_ROW, format_pixels, parse_rows, read_header, read_row

VARIABLE = "FER_COURSE_DATA"
FOLDER = Path("data") / "fer2013"
SAMPLE = "sample"
_ASKED_FOR = "asked for"  # and so nothing else is looked for

SPLIT_OF_USAGE = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
USAGE_OF_SPLIT = {split: usage for usage, split in SPLIT_OF_USAGE.items()}


def load_fer2013(path: str | os.PathLike[str] | None = None, download: bool = False) -> FaceDataset:
    """Load FER2013 from the first place that has it, and print which.

    The places: the path given; the one that the environment variable ``FER_COURSE_DATA`` names; the folder
    ``data/fer2013`` here or one folder up, where a lesson finds it; Kaggle, if you ask for it; the drawn
    sample of the package. In place of a path, "sample" asks for the drawn sample.

    Args:
        path: A file or folder that ``read_dataset`` reads, or "sample".
        download: Download the real FER2013 from Kaggle when it is in none of the places before, unless the
            variable asks for the sample.

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
    if found is None and download and reason != _ASKED_FOR:
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
        return None, _ASKED_FOR
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


def image_to_fer2013_row(
    image: np.ndarray | str | os.PathLike[str], emotion: int | str, usage: str = "Training"
) -> tuple[int, str, str]:
    """Turn any picture of a face into a row of FER2013's CSV.

    The picture is made gray, cut to the square in its middle and resized to 48x48; crop it to the face first.

    Args:
        image: ``uint8`` array ``(height, width)`` gray, ``(height, width, 3)`` RGB or ``(height, width, 4)``
            RGBA; or the path of an image file.
        emotion: Label 0..6, or an emotion's name.
        usage: "Training", "PublicTest" (val) or "PrivateTest" (test).

    Returns:
        The row: label, pixels as text, usage.

    Raises:
        FileNotFoundError: There is no such image file.
        FerCourseError: Not an image, or an unknown emotion or usage.

    Example:
        >>> emotion, pixels, usage = image_to_fer2013_row(np.full((96, 96, 3), 9, np.uint8), "happy")
        >>> emotion, pixels[:5], usage
        (3, '9 9 9', 'Training')
    """
    if usage not in SPLIT_OF_USAGE:
        raise FerCourseError(f"unknown usage {usage!r}, expected one of {', '.join(SPLIT_OF_USAGE)}")
    label = emotion_label(emotion) if isinstance(emotion, str) else emotion
    if label not in range(len(EMOTIONS)):
        raise FerCourseError(f"unknown emotion {emotion!r}, expected 0..6 ({', '.join(EMOTIONS)})")
    gray = to_gray(image if isinstance(image, np.ndarray) else read_picture(image))
    return int(label), format_pixels(resize_face(crop_square(gray))).decode(), usage


def append_images_to_fer2013_csv(
    images_or_paths: Iterable[np.ndarray | str | os.PathLike[str]],
    emotions: Iterable[int | str],
    csv_path: str | os.PathLike[str],
    usage: str = "Training",
) -> Path:
    """Add images of one's own to a FER2013 CSV, or start a new one.

    The header, its column order and the line ends stay as they are. All images are read before anything is
    written, and the file is replaced whole, so it never ends in half a row.

    Args:
        images_or_paths: The images, each as ``image_to_fer2013_row`` takes it.
        emotions: One label or name an image.
        csv_path: The CSV.
        usage: As of :func:`image_to_fer2013_row`, for all of them.

    Returns:
        The path of the CSV.

    Raises:
        FileNotFoundError: There is no such image file.
        FerCourseError: Not FER2013's columns, a last row that is cut short, not an image, or not as many
            emotions as images.

    Example:
        >>> faces = np.zeros((2, 100, 80), np.uint8)
        >>> path = append_images_to_fer2013_csv(faces, ["happy", 4], "data/mine.csv")
    """
    images, emotions = list(images_or_paths), list(emotions)
    if len(images) != len(emotions):
        raise FerCourseError(f"{len(images)} images, but {len(emotions)} emotions; give one for each")
    target = Path(csv_path)
    columns, line_end, text = _layout(target)
    for image, emotion in zip(images, emotions, strict=True):
        row = map(str, image_to_fer2013_row(image, emotion, usage))
        cells = dict(zip(map(str.lower, COLUMNS), row, strict=True))
        text += ",".join(cells.get(column, "") for column in columns) + line_end
    with write_beside(target) as temporary:
        if target.exists():
            shutil.copyfile(target, temporary)
        with temporary.open("ab") as file:
            file.write(text.encode())
    return target


def _layout(path: Path) -> tuple[list[str], str, str]:
    """Return a CSV's columns in order, its line end, and what to write before a new row."""
    if not path.exists():
        return [column.lower() for column in COLUMNS], "\n", ",".join(COLUMNS) + "\n"
    with require_file(path).open("rb") as file:
        line = file.readline(LONGEST_ROW)
        header = read_header(iter([(1, line)]), path.name)
        file.seek(max(len(line), path.stat().st_size - LONGEST_ROW))
        tail = file.read()
    missing = [column for column in COLUMNS if column.lower() not in header.columns]
    if missing or header.delimiter != b"," or len(header.columns) != len(header.names):
        raise FerCourseError(
            f"{path.name}, row 1: rows are added to tables with the columns {', '.join(COLUMNS)}, divided by "
            f"commas, and this has {', '.join(header.names)}; convert it first (fer-course convert)"
        )
    if tail.strip():
        last = tail.rstrip().splitlines()[-1]
        end = b"\n" if tail.endswith(b"\n") else b""
        parse_rows([read_row(last + end, header, f"{path.name}, last row")])
    line_end = "\r\n" if line.endswith(b"\r\n") else "\n"
    return (
        sorted(header.columns, key=header.columns.__getitem__),
        line_end,
        "" if (tail or line).endswith(b"\n") else line_end,
    )


def write_fer2013_csv(dataset: FaceDataset, path: str | os.PathLike[str]) -> Path:
    """Write gray 48x48 images, each with one of the seven labels, as ``fer2013.csv``: emotion, pixels, Usage.

    Example:
        >>> faces = FaceDataset(np.zeros((2, 48, 48), np.uint8), np.array([3, 6]))
        >>> path = write_fer2013_csv(faces, "data/faces.csv")
    """
    if dataset.images.shape[1:] != (SIZE, SIZE):
        shape = " x ".join(map(str, dataset.images.shape[1:]))
        raise FerCourseError(f"images are {shape}, but FER2013's CSV holds gray images of {SIZE} x {SIZE}")
    if (dataset.labels < 0).any():
        position = int(np.argmax(dataset.labels < 0))
        raise FerCourseError(f"image {dataset.ids[position]} has none of the seven labels; leave it out")
    with write_beside(path) as temporary, temporary.open("wb") as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        rows = zip(dataset.images, dataset.labels, dataset.split, strict=True)
        for image, label, split in progress_bar(rows, "writing", len(dataset), unit="image"):
            file.write(b"%d,%b,%b\n" % (label, format_pixels(image), USAGE_OF_SPLIT[split].encode()))
    return Path(path)
