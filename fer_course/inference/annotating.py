"""Pictures and videos with what was recognised drawn into them, as files."""

import functools
import io
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.ImageColor import getrgb

from ..emotions import EMOTION_COLORS
from ..errors import FerCourseError
from ..files import check_folder, fitting_name, write_beside
from .inputs import Picture, Source
from .recognition import Face
from .video import write_video

_READABLE = 384  # pixels of the longer side; a smaller picture is enlarged, so that the names can be read
_LETTERS = 13  # pixels; letters in a picture are at least so high
_NAME = 8  # widths of letters that a name and its probability take
_LEAST_WIDTH = 6  # heights of letters; a narrower face has no room for bars with names
_ELSEWHERE = "pictures are read from there, and annotated ones could replace them; give another folder"
_JPEG = (".jpg", ".jpeg")
_QUALITY = 95


def check_apart(folder: str | os.PathLike[str], source: Source) -> None:
    """Refuse a folder that is a file, or that pictures come from: one could be replaced before it is read.

    ``source`` is as of :func:`~fer_course.inference.inputs.pictures_of`.

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
    """Write every picture with its faces drawn into it, and pass both on; none into the folder it comes from.

    A picture keeps its name, a video becomes an MP4 without sound; where a name occurs twice, the second gets
    a number. Each stands in the folder when it is complete.

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
    """Draw faces into a gray or RGB picture, enlarged so many times that its longer side has 384 pixels."""
    scale = -(-_READABLE // max(pixels.shape[:2]))
    if scale > 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        sides = ("x", "y", "width", "height")
        faces = [replace(face, **{side: scale * getattr(face, side) for side in sides}) for face in faces]
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


def draw_faces(picture: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """Draw a box, the emotion and named bars of the three most probable ones for every face.

    Several faces are numbered in the order given. A face that is small in its picture gets no bars: they
    would be wider than it is, and hide its neighbours. The picture, as :meth:`EmotionRecognizer.recognize`
    takes it, stays as it is; a ``(height, width, 3)`` RGB one is returned.

    Example:
        >>> happy = Face(20, 40, 60, 60, np.eye(7, dtype=np.float32)[3])
        >>> draw_faces(np.zeros((120, 160), np.uint8), [happy]).shape
        (120, 160, 3)
    """
    gray = picture.ndim == 2 or picture.shape[2] == 1
    drawn = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if gray else picture[..., :3].copy()
    drawn = np.ascontiguousarray(drawn)
    sizes = [_letters(face, max(drawn.shape[:2])) for face in faces]
    for face, letters in zip(faces, sizes, strict=True):
        _outline(drawn, face, letters)
        if face.width >= _LEAST_WIDTH * letters:
            _bars(drawn, face, letters)
    for number, (face, letters) in enumerate(zip(faces, sizes, strict=True), start=1):  # over all boxes
        _name(drawn, face, f"{number}: " if len(faces) > 1 else "", letters)
    return drawn


def _letters(face: Face, longest: int) -> int:
    """Choose the size of letters, in pixels: the name is as wide as the face, where it can be read so."""
    least, most = max(_LETTERS, longest / 80), max(_LETTERS, longest / 32)
    return round(min(max(face.width / _NAME, least), most))


def _outline(drawn: np.ndarray, face: Face, letters: int) -> None:
    """Draw the box in the colour of its emotion, in an outline that stands out where the colour does not."""
    color, line = getrgb(EMOTION_COLORS[face.emotion]), max(letters // 6, 2)
    for paint, thick in ((_ink_on(color), 2 * line + 1), (color, line)):
        cv2.rectangle(drawn, (face.x, face.y), (face.x + face.width, face.y + face.height), paint, thick)


def _name(drawn: np.ndarray, face: Face, number: str, letters: int) -> None:
    text = f"{number}{face.emotion} {_percent(face.confidence)}"
    font, color = _font(letters), getrgb(EMOTION_COLORS[face.emotion])
    size = round(font.getlength(text)) + letters, round(1.4 * letters)
    with _strip(drawn, (face.x, face.y - size[1]), size) as strip:
        strip.rectangle((0, 0, *size), color)
        strip.text((letters / 2, size[1] / 2), text, _ink_on(color), font, anchor="lm")


def _bars(drawn: np.ndarray, face: Face, letters: int) -> None:
    """Draw the three most probable emotions below the face, or in its lower part at the picture's end."""
    letters = max(round(0.85 * letters), _LETTERS)
    font, line, share = _font(letters), round(1.35 * letters), round(3.4 * letters)
    start, end = round(5.2 * letters), max(face.width, 12 * letters) - share
    with _strip(drawn, (face.x, face.y + face.height), (end + share, 3 * line), dark=True) as strip:
        for row, (emotion, probability) in enumerate(face.top(3)):
            top, bottom = round((row + 0.2) * line), round((row + 0.8) * line)
            middle = (row + 0.5) * line
            strip.text((letters / 3, middle), emotion, "white", font, anchor="lm")
            strip.rectangle(
                (start, top, start + (end - start) * probability, bottom), EMOTION_COLORS[emotion]
            )
            strip.rectangle((start, top, end, bottom), outline="white")
            strip.text((end + share - letters / 3, middle), _percent(probability), "white", font, anchor="rm")


@contextmanager
def _strip(
    drawn: np.ndarray, corner: tuple[int, int], size: tuple[int, int], dark: bool = False
) -> Iterator[ImageDraw.ImageDraw]:
    """Draw into a part of a picture, moved so far that it lies within; darkened first, if asked for."""
    x, y = np.maximum(np.minimum(corner, np.subtract(drawn.shape[1::-1], size)), 0)
    part = drawn[y : y + size[1], x : x + size[0]]
    image = Image.fromarray(part // 4 if dark else part)
    yield ImageDraw.Draw(image)
    part[:] = np.asarray(image)


@functools.cache
def _font(letters: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(letters)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _ink_on(color: tuple[int, ...]) -> tuple[int, int, int]:
    """Return black or white, whichever is easier to read on a colour."""
    luminance = np.dot((np.array(color) / 255) ** 2.2, (0.2126, 0.7152, 0.0722))
    return (0, 0, 0) if luminance > 0.18 else (255, 255, 255)
