"""The one door for pictures: the same bytes give the same pixels wherever they are read."""

import io
import math
import os
import re
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError, features

from .errors import FerCourseError
from .files import name_content, require_file

SIZE = 48
"""Pixels of a side of FER2013's faces."""

IMAGE_ENDINGS = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".pgm", ".ppm", ".avif"),
)
"""How the files of pictures are called that are read, everywhere."""

UNREAD_ENDINGS = (
    *(".heic", ".heif", ".svg", ".eps", ".ps", ".pdf", ".psd", ".xcf", ".jp2", ".jxl", ".tga", ".ico"),
    *(".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2"),
)
"""Pictures, too, that are named where they are met rather than passed over."""

MAX_PIXELS = 2**26
"""The largest picture that is decoded, 67 megapixels: 200 MB in memory, and more than cameras make."""

# Nothing else is even tried: Pillow starts Ghostscript for PostScript, whatever the file is called
_FORMATS: tuple[str, ...] = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "PPM")
if "avif" in features.modules and features.check("avif"):  # Pillow before 11.3 warns when it is asked
    _FORMATS += ("AVIF",)
_FILTERS = threading.Lock()  # warnings are filtered for the whole process
_LARGE = 2**22  # pixels; larger pictures are decoded one at a time, however many threads ask
_ONE_LARGE = ThreadPoolExecutor(1)  # and no lock, as each thread of glibc keeps the memory that it had
_STRIP = 512  # rows; Pillow's way to NumPy holds what it hands over twice
_DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras and scanners fill of the sixteen in a file
_LOOKED_AT = 256  # images of a stack that are enough to tell what is in it
DARK = 32  # of 255; no stack of photographs has no brighter pixel


class Box(NamedTuple):
    """Where in an image a face is, in pixels; ``right`` and ``bottom`` are the first outside."""

    left: int
    top: int
    right: int
    bottom: int


class Square(NamedTuple):
    """Where a face is cut out: the middle and the side in pixels, and its turn clockwise in radians."""

    x: float
    y: float
    side: float
    angle: float = 0.0


def read_picture(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a picture of one of ``IMAGE_ENDINGS``' formats, whatever it is called (:func:`decode_picture`).

    Example:
        >>> read_picture("nowhere.jpg")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.jpg: no such file
    """
    file = require_file(path)
    with file.open("rb") as stream:
        return decode_picture(stream, str(file))


def decode_picture(content: bytes | BinaryIO, name: str, depths: list[int] | None = None) -> np.ndarray:
    """Decode a picture: turned as its EXIF entry says, 16 bits made 8, the first frame of an animation.

    The size is looked at before anything is decoded. What is none of ``IMAGE_ENDINGS``' formats, cut short or
    too large is refused, under the name given. ``depths`` belongs to a tree: the bits that each picture of 16
    fills are added, and so many as the deepest has are taken of all.

    Returns:
        ``(height, width)`` gray or ``(height, width, 3)`` RGB, ``uint8``.

    Example:
        >>> decode_picture(b"no picture", "face.jpg")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: face.jpg: not an image that can be read; ...
    """
    stream = io.BytesIO(content) if isinstance(content, bytes | bytearray | memoryview) else content
    most = MAX_PIXELS
    try:
        with _quietly(partial(Image.open, stream, formats=_FORMATS)) as picture:
            most //= 2 if picture.format == "WEBP" else 1  # whose decoder holds a picture four times
            if (pixels := picture.height * picture.width) > most:
                raise Image.DecompressionBombError(f"{pixels} pixels")
            decode = partial(_decoded, picture, name, depths)
            return _ONE_LARGE.submit(decode).result() if pixels > _LARGE else decode()
    except Image.DecompressionBombError as error:  # Pillow's own, too
        size = re.sub(r"\D*(\d+).*", r"\1", str(error))
        reason = f"{size} pixels, more than {most / 1e6:.0f} million; scale it down"
    except UnidentifiedImageError:
        stream.seek(0)
        start = stream.read(4096)
        found = name_content(start) or ("not an image that can be read" if start else "empty")
        reason = f"{found}; replace the file or take it away"
    except FerCourseError as error:
        reason = str(error).removeprefix(f"{name}: ")
    except Exception as error:  # each format has its own kinds
        what = "cut short" if "truncated" in str(error) else f"a damaged image ({error})"
        reason = f"{what}; replace the file or take it away"
    raise FerCourseError(f"{name}: {reason}")


def _decoded(picture: Any, name: str, depths: list[int] | None) -> np.ndarray:
    deep = ";16" in (tile := str(getattr(picture, "tile", "")))  # bits a colour; Pillow keeps the upper 8
    if "ppm_plain" in tile and picture.mode != "1":  # numbers as text
        picture.fp.seek(-9, io.SEEK_END)
        last = re.search(rb"[1-9]\d*\Z", picture.fp.read())
        if last and int(last[0]) * 10 <= picture.tile[0].args[-1]:
            raise FerCourseError("its last number may be cut; where it is not, end the file with a new line")
    stream, start = picture.fp, picture.fp.tell()
    picture.load()
    _check_end(picture, stream, start)
    _quietly(picture.getexif)  # which decodes a PNG, and others wait meanwhile, were it not loaded
    ImageOps.exif_transpose(picture, in_place=True)  # else there are two of it
    pixels = from_pillow(picture, name, depths)
    picture.close()  # frees its memory before the next is decoded
    if deep and pixels.ndim == 3 and 0 < pixels.max() < 64:
        raise FerCourseError("a colour of 16 bits fills 14 at most, as of a camera; save it with 8")
    return pixels


def _check_end(picture: Any, stream: BinaryIO, start: int) -> None:
    """Refuse a JPEG with an end and no middle, which becomes gray 128: without its end, it is cut short."""
    corner = picture.getpixel((picture.width - 1, picture.height - 1))
    one_scan = picture.format in ("JPEG", "MPO") and not picture.info.get("progressive")
    if one_scan and corner in (128, (128, 128, 128)):
        stream.seek(0)  # some bytes go in place of the end, as a decoder reads ahead
        whole = io.BytesIO(stream.read(start) + stream.read().partition(b"\xff\xd9")[0] + bytes(16))
        _quietly(partial(Image.open, whole, formats=("JPEG",))).load()


def from_pillow(picture: Image.Image, name: str = "an image", depths: list[int] | None = None) -> np.ndarray:
    """Give the pixels of an image of Pillow, opened, as :func:`decode_picture` gives those of a file.

    Example:
        >>> from_pillow(Image.new("RGBA", (50, 60))).shape
        (60, 50, 3)
    """
    if picture.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        picture = ImageOps.exif_transpose(picture)
    mode = "L" if picture.mode == "1" else picture.mode
    mode = mode if mode in ("L", "F") or mode.startswith("I") else "RGB"
    picture.load()
    pixels = np.empty(0)
    for top in range(0, picture.height, _STRIP):
        bottom = min(top + _STRIP, picture.height)
        part = picture.crop((0, top, picture.width, bottom))
        part.info.pop("transparency", None)  # of which Pillow would warn
        strip = np.asarray(part.convert(mode))
        if top == 0:
            pixels = np.empty((picture.height, *strip.shape[1:]), strip.dtype)
        pixels[top:bottom] = strip
    if mode != "F":
        return as_picture(pixels, name, depths)
    low, high = pixels.min(), pixels.max()
    if not (low >= 0 and high <= 255):  # NaN is neither
        raise FerCourseError(f"floats from {low:g} to {high:g}; expected 0..1 or 0..255")
    return np.round(pixels * np.float32(255 if high <= 1 else 1), out=pixels).astype(np.uint8)


def _quietly(read: Callable[[], Any]) -> Any:
    """Read what a picture says of itself, without Pillow's warnings of sizes and odd metadata."""
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read()


def as_picture(image: np.ndarray, name: str = "an image", depths: list[int] | None = None) -> np.ndarray:
    """Bring an array of one picture into one of the two forms that everything here takes.

    Args:
        image: ``(height, width)`` or ``(height, width, 1)`` gray, ``(height, width, 3)`` RGB or
            ``(height, width, 4)`` RGBA; ``uint8`` or ``uint16``. Where 16 bits hold no value that needs all
            of them, as of a camera with 12, a warning says how they are read.
        name: For messages.
        depths: As of :func:`decode_picture`.

    Returns:
        ``(height, width)`` gray or ``(height, width, 3)`` RGB, ``uint8``.

    Raises:
        FerCourseError: Another shape, type or range.

    Example:
        >>> as_picture(np.full((60, 50, 4), 65535, np.uint16)).shape
        (60, 50, 3)
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.ndim not in (2, 3) or channels not in (1, 3, 4) or not image.size:
        expected = "(height, width) gray, (height, width, 3) RGB or (height, width, 4) RGBA"
        raise FerCourseError(f"{name} has shape {image.shape}; expected {expected}")
    image = image.astype(image.dtype.newbyteorder("="), copy=False)  # some TIFFs begin with the high byte
    if image.dtype == np.uint16 or (image.dtype == np.int32 and 0 <= image.min() <= image.max() < 2**16):
        image = _from_16_bits(image, name, depths)
    if image.dtype != np.uint8:
        scale = " * 255" if image.dtype.kind in "fb" and image.max() <= 1 else ""
        raise FerCourseError(
            f"{name} is {image.dtype}, expected uint8 (0..255) or uint16; where its values fit, pass "
            f"(image{scale}).round().astype('uint8')"
        )
    return image.reshape(image.shape[:2]) if channels == 1 else np.ascontiguousarray(image[..., :3])


def _from_16_bits(image: np.ndarray, name: str, depths: list[int] | None) -> np.ndarray:
    brightest = int(image.max())
    depth = next(bits for bits in _DEPTHS if brightest < 2**bits)
    if depths is not None and brightest:
        depths.append(depth)
        depth = max(depths)
    elif depth < 16 and brightest:
        with _FILTERS:  # else a thread that silences others' warnings would silence this one
            warnings.warn(f"{name}: 16 bits, no value above {brightest}, read as {depth} bits", stacklevel=4)
    return (image >> (depth - 8)).astype(np.uint8)


def to_gray(image: np.ndarray) -> np.ndarray:
    """Make what :func:`as_picture` takes gray, by the luma of ITU-R BT.601; equal channels stay as they are.

    Example:
        >>> to_gray(np.zeros((60, 50, 3), np.uint8)).shape
        (60, 50)
    """
    return stack_to_gray(as_picture(image)[np.newaxis])[0]


def resize_face(image: np.ndarray, size: tuple[int, int] = (SIZE, SIZE)) -> np.ndarray:
    """Resize a gray or RGB face: by area when it shrinks, so that nothing aliases, else bilinear.

    Example:
        >>> resize_face(np.full((200, 160), 7, np.uint8)).shape
        (48, 48)
    """
    if image.shape[:2] == size:
        return image
    method = cv2.INTER_AREA if math.prod(image.shape[:2]) > math.prod(size) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size[::-1], interpolation=method))


def crop_square(image: np.ndarray, box: Box | None = None) -> np.ndarray:
    """Cut the square around a face out of a gray or RGB image, so that resizing it changes no proportions.

    It has the longer side of the box (of the whole image where none is given), lies around its middle and is
    moved to lie inside the image; it is smaller if the image is. A box that is empty or outside is refused.

    Example:
        >>> crop_square(np.zeros((762, 562), np.uint8)).shape
        (562, 562)
    """
    height, width = image.shape[:2]
    box = box or Box(0, 0, width, height)
    left, top = max(box.left, 0), max(box.top, 0)
    right, bottom = min(box.right, width), min(box.bottom, height)
    if left >= right or top >= bottom:
        raise FerCourseError(f"{box} of a face covers nothing of an image of {width} x {height} pixels")
    side = min(max(right - left, bottom - top), width, height)
    x = min(max((left + right - side) // 2, 0), width - side)
    y = min(max((top + bottom - side) // 2, 0), height - side)
    return image[y : y + side, x : x + side]


def cut_out(picture: np.ndarray, square: Square) -> np.ndarray:
    """Cut a face out of a picture, turned upright, in the picture's own resolution.

    The side is rounded to whole pixels, 1 at least; what lies beyond the picture is its border, repeated.

    Example:
        >>> cut_out(np.zeros((480, 640), np.uint8), Square(320, 240, 99.6, 0.2)).shape
        (100, 100)
    """
    side = max(round(square.side), 1)
    step = square.side / side
    along, across = step * np.cos(square.angle), step * np.sin(square.angle)
    turned = np.array([[along, -across], [across, along]])
    # OpenCV counts from the middle of the first pixel, squares count from its edge
    start = np.array([square.x, square.y]) - 0.5 - turned @ np.full(2, (side - 1) / 2)
    matrix, how = np.column_stack([turned, start]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, (side, side), flags=how, borderMode=cv2.BORDER_REPLICATE)


def stack_to_gray(stack: np.ndarray) -> np.ndarray:
    """Make what :func:`image_stack` returns, or a part of it, gray as :func:`to_gray` does: ``(n, h, w)``."""
    if stack.ndim == 3 or not len(stack):
        return stack if stack.ndim == 3 else stack[..., 0]
    count, height, width, _ = stack.shape
    tall = np.ascontiguousarray(stack).reshape(count * height, width, 3)  # one call for all images
    return np.asarray(cv2.cvtColor(tall, cv2.COLOR_RGB2GRAY)).reshape(count, height, width)


def network_input(images: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Give a stack the shape that a network takes: a channel axis, and gray repeated for an RGB network.

    ``shape`` is that of one image for the network, such as ``model.input_shape[1:]``.

    Example:
        >>> network_input(np.zeros((5, 48, 48), np.uint8), (48, 48, 3)).shape
        (5, 48, 48, 3)
    """
    stack = images[..., np.newaxis] if images.ndim == 3 else images
    if stack.ndim != 4:
        _check_shape(stack.shape)
    if stack.shape[1:3] != shape[:2] or stack.shape[3] not in (1, shape[2]):
        raise FerCourseError(
            f"images of shape {stack.shape[1:]} do not suit a network that takes {tuple(shape)}; resize them "
            "with cv2.resize, and turn RGB gray with cv2.cvtColor"
        )
    return np.repeat(stack, shape[2], axis=3) if stack.shape[3] < shape[2] else stack


def image_stack(images: ArrayLike) -> np.ndarray:
    """Return gray or RGB images as an array, or say what is wrong with them.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``, 0..255; an array, a
            memory map, a list of images of one size, or a Dask array.

    Returns:
        The same images as an array; a Dask array stays one, and only its shape and type are checked.

    Raises:
        FerCourseError: The array is no stack of 8-bit images.

    Example:
        >>> image_stack([np.zeros((48, 48), np.uint8), np.zeros((48, 48), np.uint8)]).shape
        (2, 48, 48)
    """
    stack: Any = images if is_lazy(images) else _array(images)
    _check_shape(stack.shape)
    if stack.dtype != np.uint8:
        raise FerCourseError(_dtype_message(stack))
    if not is_lazy(stack) and stack[:_LOOKED_AT].size and stack[:_LOOKED_AT].max() == 1:
        raise FerCourseError("the images hold only 0 and 1: multiply floats by 255 before .astype('uint8')")
    return stack


def is_lazy(images: Any) -> bool:
    """Tell whether images are a Dask array, without importing Dask."""
    return type(images).__module__.partition(".")[0] == "dask" and hasattr(images, "to_delayed")


def _array(images: Any) -> np.ndarray:
    if hasattr(images, "images"):  # its class comes with Pandas, which a first answer need not wait for
        raise FerCourseError("this is a FaceDataset, expected its images: pass dataset.images")
    if isinstance(images, list | tuple):
        if not images:
            raise FerCourseError("the list of images is empty")
        images = [from_pillow(image) if isinstance(image, Image.Image) else image for image in images]
        shapes = [np.shape(image) for image in images]
        for place, shape in enumerate(shapes):
            if shape != shapes[0]:
                sizes = f"image 0 has shape {shapes[0]}, image {place} {shape}"
                raise FerCourseError(f"the images do not all have the same size: {sizes}; resize them first")
    return np.asarray(images)


def _check_shape(shape: tuple[int, ...]) -> None:
    expected = "expected a stack (n, height, width), or (n, height, width, 3) for RGB"
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 3):
        raise FerCourseError(f"shape {shape} is one image; {expected}: pass image[None]")
    if len(shape) == 4 and shape[3] in (1, 4):
        part = "[..., 0]" if shape[3] == 1 else "[..., :3]"
        raise FerCourseError(f"images have shape {shape}; {expected}: pass images{part}")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] != 3) or 0 in shape[1:3]:
        raise FerCourseError(f"images have shape {shape}{', no pixels' * (0 in shape[1:3])}; {expected}")


def _dtype_message(stack: Any) -> str:
    expected = f"images are {stack.dtype}, expected uint8 in 0..255"
    if stack.dtype == bool:
        return f"{expected}; pass images.astype('uint8') * 255"
    if is_lazy(stack) or stack.dtype.kind not in "iuf" or not stack.size:
        return f"{expected}; bring them to that type and range first"
    if stack.dtype.kind == "f" and not np.isfinite(stack).all():
        place = int(np.argwhere(~np.isfinite(stack))[0, 0])
        return f"{expected}; image {place} holds NaN or infinity: leave it out, or find where that comes from"
    low, high = stack.min(), stack.max()
    if stack.dtype.kind == "f" and low >= 0 and high <= 1:
        return f"images are {stack.dtype} in 0..1; pass (images * 255).round().astype('uint8')"
    if low >= 0 and high <= 255:
        return f"{expected}; the values fit: pass images.round().astype('uint8')"
    return f"{expected}; the values reach from {low:g} to {high:g}: bring them to that range first"
