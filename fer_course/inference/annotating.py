"""Pictures and videos with what was recognised drawn into them, as files."""

import os
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..errors import FerCourseError
from ..files import check_folder, write_beside
from .drawing import draw_faces
from .inputs import Picture, Source
from .recognition import Face
from .video import write_video

READABLE = 384
"""Pixels; a picture whose longer side is less is enlarged, so that the names can be read."""

_ELSEWHERE = "pictures are read from there, and annotated ones could replace them; give another folder"
_JPEG = (".jpg", ".jpeg")
_QUALITY = 95


def check_apart(folder: str | os.PathLike[str], source: Source) -> None:
    """Refuse a folder that pictures come from: an annotated one could replace one that is not yet read.

    Args:
        folder: Where annotated pictures will be written.
        source: As :func:`~fer_course.inference.inputs.pictures_of` takes it.

    Raises:
        FerCourseError: The folder is a file, or a source is read from it.

    Example:
        >>> check_apart("runs/annotated", ["photos", "more/photo.jpg"])
    """
    check_folder(folder)
    for one in source if isinstance(source, list | tuple) else [source]:
        if isinstance(one, str | os.PathLike) and _holds(Path(folder), Path(one)):
            raise FerCourseError(f"{folder}: {_ELSEWHERE}")


def write_annotated(
    recognized: Iterable[tuple[Picture, list[Face]]], folder: str | os.PathLike[str]
) -> Generator[tuple[Picture, list[Face]], None, None]:
    """Write every picture with its faces drawn into it, and pass it on.

    A picture keeps its name, a video becomes an MP4 without sound; where a name occurs twice, the second gets
    a number. Each stands in the folder when it is complete.

    Args:
        recognized: Pictures with the faces in them.
        folder: Where to.

    Yields:
        What was given.

    Raises:
        FerCourseError: The folder is the one that a picture comes from.

    Example:
        >>> picture = Picture(0, np.zeros((480, 640), np.uint8))
        >>> _ = list(write_annotated([(picture, [])], "runs/annotated"))
        >>> print(*sorted(path.name for path in Path("runs/annotated").iterdir()))
        0.png
    """
    taken: set[Path] = set()
    with ExitStack() as files:
        for picture, faces in recognized:
            if not picture.frame:
                files.close()  # the video before this picture is complete
            if picture.error is None:
                drawn = draw_readable(picture.pixels, faces)
                if picture.frame is None:
                    with write_beside(_free_name(Path(folder), picture, taken)) as temporary:
                        Image.fromarray(drawn).save(temporary, quality=_QUALITY)
                else:
                    if picture.frame == 0:
                        target = _free_name(Path(folder), picture, taken)
                        video = files.enter_context(write_video(target, picture.fps))
                    video.write(drawn)
            yield picture, faces


def draw_readable(pixels: np.ndarray, faces: list[Face]) -> np.ndarray:
    """Draw faces into a picture, enlarged if it is a small one.

    Args:
        pixels: ``(height, width)`` gray or ``(height, width, 3)`` RGB, ``uint8``.
        faces: Those in it.

    Returns:
        RGB, ``uint8``; as many times as large as it takes for a side of 384 pixels.
    """
    scale = -(-READABLE // max(pixels.shape[:2]))
    if scale > 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        faces = [
            replace(
                face, x=face.x * scale, y=face.y * scale, width=face.width * scale, height=face.height * scale
            )
            for face in faces
        ]
    return draw_faces(pixels, faces)


def _free_name(folder: Path, picture: Picture, taken: set[Path]) -> Path:
    name = Path(str(picture.image))
    suffix = ".mp4" if picture.frame is not None else name.suffix if name.suffix.lower() in _JPEG else ".png"
    target, number = folder / (name.stem + suffix), 2
    while target in taken:
        target, number = folder / f"{name.stem}-{number}{suffix}", number + 1
    if _holds(folder, name):
        raise FerCourseError(f"{folder}: {_ELSEWHERE}")
    taken.add(target)
    return target


def _holds(folder: Path, path: Path) -> bool:
    """Tell whether a folder holds a file, or anything that belongs to a larger folder."""
    if path.is_dir():
        return folder.is_dir() and any(folder.iterdir()) and folder.resolve().is_relative_to(path.resolve())
    return path.exists() and folder.resolve() == path.parent.resolve()
