"""Whatever people have to be predicted, one picture after another."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..images import IMAGE_ENDINGS, UNREAD_ENDINGS, as_picture, read_picture
from ..sources.image_trees import folder_files
from ..sources.reading import read_table_file
from .video import VIDEO_ENDINGS, Video

Source = str | os.PathLike[str] | np.ndarray | Iterable[str | os.PathLike[str] | np.ndarray]
"""A path, an array, or several of either."""

CSV_ENDING = ".csv"


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, a row of a CSV or a frame of a video.

    Args:
        image: The path of its file, the name of its row, or its position among arrays.
        pixels: ``(height, width)`` gray or ``(height, width, 3)`` RGB, ``uint8``; empty if there is an error.
        frame: Its number in its video, from 0.
        second: Its time in its video.
        fps: Frames that its video has a second; 0 of a picture.
        label: The emotion that its CSV names.
        error: Why it cannot be read.
    """

    image: str | int
    pixels: np.ndarray
    frame: int | None = None
    second: float | None = None
    fps: float = 0.0
    label: str | None = None
    error: str | None = None


def pictures_of(source: Source) -> Iterator[Picture]:
    """Read pictures one by one, so that a long video or a large folder takes no memory.

    Args:
        source: The path of a picture, of a video, of FER2013's CSV, or of a folder of pictures, looked for in
            the folders below it too; one array as :func:`as_picture` takes it, or a stack of them; or several
            of these.

    Yields:
        The pictures. Of a folder and of several paths, one that cannot be read is yielded with its error.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: The one file cannot be read, the folder holds no pictures, an array is no picture.

    Example:
        >>> [picture.image for picture in pictures_of(np.zeros((3, 48, 48), np.uint8))]
        [0, 1, 2]
    """
    if isinstance(source, str | os.PathLike):
        yield from _of_path(Path(source))
    elif isinstance(source, np.ndarray) and (source.ndim < 3 or _is_colour(source)):
        yield Picture(0, as_picture(source))
    else:
        yield from _of_several(source)


def _is_colour(image: np.ndarray) -> bool:
    return image.ndim == 3 and image.shape[2] in (1, 3, 4)


def _of_path(path: Path) -> Iterator[Picture]:
    ending = path.suffix.lower()
    if path.is_dir():
        endings = (*IMAGE_ENDINGS, *UNREAD_ENDINGS)  # the latter are named, not passed over
        names = [name for name in folder_files(path).paths if name.lower().endswith(endings)]
        if not names:
            raise FerCourseError(f"{path}: no pictures in this folder ({', '.join(IMAGE_ENDINGS)})")
        yield from _of_several([path / name for name in names])
    elif ending == CSV_ENDING:
        yield from pictures_of_csv(path)
    elif ending in VIDEO_ENDINGS:
        yield from _of_video(path)
    else:
        yield Picture(str(path), read_picture(path))


def _of_several(sources: Iterable[str | os.PathLike[str] | np.ndarray]) -> Iterator[Picture]:
    for position, one in enumerate(tqdm(sources, "predicting", delay=1, leave=False, unit="picture")):
        if isinstance(one, str | os.PathLike):
            try:
                yield from _of_path(Path(one))
            except (FerCourseError, OSError) as error:
                yield Picture(str(one), np.empty((0, 0), np.uint8), error=str(error))
        else:
            yield Picture(position, as_picture(np.asarray(one)))


def pictures_of_csv(path: str | os.PathLike[str]) -> Iterator[Picture]:
    """Read the faces of FER2013's CSV, each with the emotion that it names, if it does.

    Args:
        path: The file; of its columns, pixels will do.

    Yields:
        The faces in the order of their rows.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: It is no such CSV; the message names the row and the column.
    """
    faces = read_table_file(path)
    for row, image, label in tqdm(
        zip(faces.ids, faces.images, faces.labels, strict=True),
        "predicting",
        len(faces),
        delay=1,
        leave=False,
        unit="row",
    ):
        yield Picture(str(row), image, label=EMOTIONS[label] if label >= 0 else None)


def _of_video(path: Path) -> Iterator[Picture]:
    video = Video(path)
    frames = tqdm(video, path.name, video.frames or None, delay=1, leave=False, unit="frame")
    for frame, (second, pixels) in enumerate(frames):
        yield Picture(str(path), pixels, frame, second, video.fps)
