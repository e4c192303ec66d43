"""Whatever people have to be predicted, one picture after another."""

import glob
import io
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import as_path
from ..frontend import progress_bar
from ..images import IMAGE_ENDINGS, UNREAD_ENDINGS, as_picture, decode_picture, from_pillow, read_picture
from ..sources.image_trees import folder_files
from ..sources.reading import read_dataset, read_table_file
from .video import VIDEO_ENDINGS, Video

_PACKED = dict.fromkeys(
    (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar"), "an archive; unpack it into a folder"
) | {".npy": "an array alone; save it as an .npz of images and labels (numpy.savez)"}

One = str | os.PathLike[str] | np.ndarray | Image.Image
Source = One | FaceDataset | Iterable[One]
"""A path, an array or Pillow's image; several of these; or a dataset."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, a row of a CSV or a frame of a video."""

    image: str | int  # the path of its file, the name of its row, or its position among arrays
    pixels: np.ndarray  # uint8, gray or RGB; empty if there is an error
    frame: int | None = None  # its number in its video, from 0
    second: float | None = None  # its time there
    fps: float = 0.0  # frames that its video has a second; 0 of a picture
    label: str | None = None  # the emotion that its CSV names
    error: str | None = None  # why it cannot be read


def pictures_of(source: Source) -> Iterator[Picture]:
    """Read pictures one by one, so that a long video or a large folder takes no memory.

    A source is the path of a picture, of a video, of FER2013's CSV, or of a folder, looked for pictures in
    the folders below it too; a pattern such as ``photos/*.jpg``; one array as :func:`as_picture` takes it, or
    a stack of them; an image of Pillow; several of these; or a dataset. Of a folder and of several paths, one
    that cannot be read is yielded with its error; else it is raised.

    Example:
        >>> [picture.image for picture in pictures_of(np.zeros((3, 48, 48), np.uint8))]
        [0, 1, 2]
    """
    if isinstance(source, Mapping):
        raise FerCourseError("a dict, of which it is not certain what are pictures; give list(it.values())")
    if isinstance(source, str | os.PathLike):
        yield from _of_path(source)
    elif isinstance(source, FaceDataset):
        yield from _of_dataset(source)
    elif _is_file(source) or not isinstance(source, Iterable) or _is_one(source):
        yield Picture(0, _pixels_of(source))
    else:
        if (shape := _shape_of(source)) and len(shape) == shape[0] == 3:
            warnings.warn(
                f"an array of shape {shape} is read as three gray pictures; if it is one in colour, "
                "with its channels first, give array.transpose(1, 2, 0)",
                stacklevel=2,
            )
        yield from _of_several(source)


def _is_file(source: Any) -> bool:
    """Tell whether something is the content of a picture's file, or the opened file."""
    return isinstance(source, bytes | bytearray | memoryview) or hasattr(source, "read")


def _shape_of(images: Any) -> tuple[int, ...] | None:
    """Return the shape of an array, of NumPy or others; None of what is no array."""
    return tuple(np.shape(images)) if hasattr(images, "__array__") else None


def _is_one(images: Any) -> bool:
    """Tell whether something is an array of one picture, and not of several."""
    shape = _shape_of(images)
    return shape is not None and (len(shape) in (0, 2) or (len(shape) == 3 and shape[2] <= 4))


def _pixels_of(one: Any) -> np.ndarray:
    if one is None:
        raise FerCourseError(
            "None is no picture: cv2.imread gives it for a file that is not there or that it cannot read; "
            "give predict the path itself"
        )
    if isinstance(one, io.TextIOBase):
        raise FerCourseError('a file that was opened as text; open it as "rb", or give its path')
    if _is_file(one):
        return decode_picture(one, "the picture")
    if isinstance(one, Image.Image):
        try:
            return from_pillow(one)
        except (OSError, ValueError) as error:  # cut short, or closed
            raise FerCourseError(f"an image of Pillow that cannot be read ({error})") from error
    if not hasattr(one, "__array__"):
        raise FerCourseError(f"{repr(one)[:80]} is no picture: give a path, an array or an image of Pillow")
    return as_picture(np.asarray(one))


def _of_path(source: str | os.PathLike[str]) -> Iterator[Picture]:
    path = as_path(source)
    ending = path.suffix.lower()
    if glob.has_magic(os.fspath(source)) and not path.exists():
        start = Path(path.anchor)
        found = sorted(start.glob(str(path.relative_to(start))))  # whose ** goes in no circle of links
        deep = "**" in path.parts  # which gives folders, and what is in them once more
        named = [str(one) for one in found if one.name[0] != "." and not (deep and one.is_dir())]
        if not named:
            raise FileNotFoundError(
                f"{source}: no file has such a name; a folder is read with those below it"
            )
        yield from _of_several(named)
    elif path.is_dir():
        endings = (*IMAGE_ENDINGS, *UNREAD_ENDINGS)  # the latter are named, not passed over
        names = [name for name in folder_files(path).paths if name.lower().endswith(endings)]
        if not names:
            raise FerCourseError(f"{path}: no pictures in this folder ({', '.join(IMAGE_ENDINGS)})")
        yield from _of_several([path / name for name in names])
    elif ending in (".csv", ".tsv") or path.name.lower().endswith(".csv.gz"):
        yield from _of_dataset(read_table_file(path))
    elif ending == ".npz" and path.is_file():
        yield from _of_dataset(read_dataset(path))
    elif ending in _PACKED and path.is_file():
        raise FerCourseError(f"{path}: {_PACKED[ending]}, and give its path")
    elif ending in VIDEO_ENDINGS:
        yield from _of_video(path)
    else:
        yield Picture(str(path), read_picture(path))


def _of_several(sources: Iterable[One]) -> Iterator[Picture]:
    for position, one in enumerate(progress_bar(sources, "predicting", unit="picture")):
        if isinstance(one, str | os.PathLike):
            try:
                yield from _of_path(one)
            except (FerCourseError, OSError) as error:
                yield Picture(str(one), np.empty((0, 0), np.uint8), error=str(error))
        else:
            yield Picture(position, _pixels_of(one))


def _of_dataset(faces: FaceDataset) -> Iterator[Picture]:
    labelled = zip(faces.ids, faces.images, faces.labels, strict=True)
    for name, image, label in progress_bar(labelled, "predicting", len(faces), unit="face"):
        yield Picture(str(name), image, label=EMOTIONS[label] if label >= 0 else None)


def _of_video(path: Path) -> Iterator[Picture]:
    video = Video(path)
    frames = progress_bar(video, "predicting", video.frames or None, unit="frame")
    for frame, (second, pixels) in enumerate(frames):
        yield Picture(str(path), pixels, frame, second, video.fps)
