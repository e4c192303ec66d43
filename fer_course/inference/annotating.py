"""Pictures and videos with what was recognised drawn into them, as files."""

import io
import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..emotions import EMOTION_COLORS
from ..errors import FerCourseError
from ..files import check_folder, fitting_name, write_beside
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
                    target = _free_name(Path(folder), picture, taken)
                    with write_beside(target) as temporary:
                        temporary.write_bytes(_encoded(drawn, target))
                else:
                    if picture.frame == 0:
                        target = _free_name(Path(folder), picture, taken)
                        video = files.enter_context(write_video(target, picture.fps))
                    video.write(drawn)
            yield picture, faces


def _encoded(pixels: np.ndarray, name: Path) -> bytes:
    """Encode in memory: of a JPEG that Pillow cannot write whole into a file, it says nothing."""
    stream = io.BytesIO()
    kind = "JPEG" if name.suffix.lower() in _JPEG else "PNG"
    Image.fromarray(pixels).save(stream, kind, quality=_QUALITY)
    return stream.getvalue()


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
    target, number = folder / fitting_name(name.stem, suffix), 2
    while target in taken:
        target, number = folder / fitting_name(name.stem, f"-{number}{suffix}"), number + 1
    if _holds(folder, name):
        raise FerCourseError(f"{folder}: {_ELSEWHERE}")
    taken.add(target)
    return target


def _holds(folder: Path, path: Path) -> bool:
    """Tell whether a folder holds a file, or anything that belongs to a larger folder."""
    if path.is_dir():
        return folder.is_dir() and any(folder.iterdir()) and folder.resolve().is_relative_to(path.resolve())
    return path.exists() and folder.resolve() == path.parent.resolve()


_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_faces(picture: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """Draw a box, the emotion and bars of the three most probable ones for every face.

    Args:
        picture: As :meth:`EmotionRecognizer.recognize` takes it; stays as it is.
        faces: What :meth:`EmotionRecognizer.recognize` found in it.

    Returns:
        ``(height, width, 3)`` RGB, ``uint8``.

    Example:
        >>> happy = Face(20, 40, 60, 60, np.eye(7, dtype=np.float32)[3])
        >>> draw_faces(np.zeros((120, 160), np.uint8), [happy]).shape
        (120, 160, 3)
    """
    gray = picture.ndim == 2 or picture.shape[2] == 1
    drawn = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if gray else picture[..., :3].copy()
    drawn = np.ascontiguousarray(drawn)
    for face in faces:
        _draw(drawn, face)
    return drawn


def _draw(drawn: np.ndarray, face: Face) -> None:
    size = max(face.height / 220, 0.4)  # of letters and lines, by the face
    thick = max(round(2 * size), 1)
    color = _rgb(face.emotion)
    corner = (face.x + face.width, face.y + face.height)
    cv2.rectangle(drawn, (face.x, face.y), corner, color, thick)
    line = round(26 * size)
    _label(drawn, f"{face.emotion} {face.confidence:.0%}", (face.x, max(face.y - line, 0)), color, size)
    for row, (emotion, probability) in enumerate(face.top(3)):
        top = min(corner[1], drawn.shape[0] - 3 * line // 2) + row * line // 2
        length = round(face.width * probability)
        cv2.rectangle(drawn, (face.x, top), (face.x + length, top + line // 2 - 1), _rgb(emotion), cv2.FILLED)


def _label(
    drawn: np.ndarray, text: str, corner: tuple[int, int], color: tuple[int, int, int], size: float
) -> None:
    """Write on a filled strip, in black or white, whichever is easier to read on the colour."""
    (width, height), below = cv2.getTextSize(text, _FONT, 0.8 * size, max(round(2 * size), 1))
    x, y = max(min(corner[0], drawn.shape[1] - width), 0), corner[1]
    cv2.rectangle(drawn, (x, y), (x + width, y + height + below), color, cv2.FILLED)
    luminance = np.dot((np.array(color) / 255) ** 2.2, (0.2126, 0.7152, 0.0722))
    ink = (0, 0, 0) if luminance > 0.18 else (255, 255, 255)
    cv2.putText(drawn, text, (x, y + height), _FONT, 0.8 * size, ink, max(round(2 * size), 1), cv2.LINE_AA)


def _rgb(emotion: str) -> tuple[int, int, int]:
    code = EMOTION_COLORS[emotion]
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
