"""Writing FER2013's CSV, and adding images of one's own to it.

Source: the dataset of Goodfellow et al., "Challenges in Representation Learning: A report on three machine
learning contests" (2013).
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, emotion_label
from ..errors import FerCourseError
from ..files import write_beside
from ..frontend import progress_bar
from ..images import SIZE, crop_square, read_picture, resize_face, to_gray
from .tables import COLUMNS, LONGEST_ROW, format_pixels, parse_rows, read_header, read_row

SPLIT_OF_USAGE = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
USAGE_OF_SPLIT = {split: usage for usage, split in SPLIT_OF_USAGE.items()}


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
    rows = [
        image_to_fer2013_row(image, emotion, usage) for image, emotion in zip(images, emotions, strict=True)
    ]
    target = Path(csv_path)
    columns, line_end, text = _layout(target)
    for row in rows:
        cells = dict(zip(map(str.lower, COLUMNS), map(str, row), strict=True))
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
    with path.open("rb") as file:
        line = file.readline(LONGEST_ROW)
        header = read_header(iter([(1, line)]), path.name)
        file.seek(max(len(line), path.stat().st_size - LONGEST_ROW))
        tail = file.read()
    missing = [column for column in COLUMNS if column.lower() not in header.columns]
    if missing or header.delimiter != b",":
        raise FerCourseError(
            f"{path.name}, row 1: rows are added to tables with the columns {', '.join(COLUMNS)}, divided by "
            f"commas, and this has {', '.join(header.columns)}; convert it first (fer-course convert)"
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
    """Write a dataset as ``fer2013.csv``: emotion, pixels, Usage.

    Args:
        dataset: Gray 48x48 images, each with one of the seven labels.
        path: The CSV.

    Returns:
        The path written.

    Raises:
        FerCourseError: Images of another size, or a label that is none of the seven.

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
