"""Pixels as text: the lists of 2,304 numbers that FER2013's CSV holds."""

from collections.abc import Sequence

import numpy as np

from ..errors import FerCourseError
from ..images import SIZE

PIXELS = SIZE * SIZE

_TEXT = [str(value).encode() for value in range(256)]


def format_pixels(image: np.ndarray) -> bytes:
    """Write an image as FER2013 does: its values row by row, separated by single spaces.

    Args:
        image: ``uint8`` of any shape.

    Returns:
        ASCII text.

    Example:
        >>> format_pixels(np.array([[0, 70], [255, 9]], np.uint8))
        b'0 70 255 9'
    """
    return b" ".join(map(_TEXT.__getitem__, image.tobytes()))


def parse_many(rows: Sequence[bytes]) -> np.ndarray | None:
    """Read many lists of 2,304 numbers at once, much faster than number by number.

    Every position of the text is computed as if a number ended there, and the true ends are picked.

    Args:
        rows: One ASCII text an image, without line ends.

    Returns:
        ``(n, 48, 48)`` ``uint8``, or None when any row is not plainly right; ``parse_one`` then says why.

    Example:
        >>> parse_many([b"7 " * 2304]).shape
        (1, 48, 48)
    """
    text = np.frombuffer(b"\n".join(rows), np.uint8)
    digit = text - np.uint8(ord("0"))  # wraps around, so that digits alone are below 10
    is_digit = digit < 10
    separators = np.count_nonzero(text == ord(" ")) + len(rows) - 1
    if np.count_nonzero(is_digit) + separators != text.size or text.size < 3:
        return None
    two_digits = is_digit[1:] & is_digit[:-1]
    if (two_digits[2:] & two_digits[:-2]).any():
        return None
    digit *= is_digit
    value = digit.astype(np.uint16)
    value[1:] += digit[:-1] * np.uint8(10)
    value[2:] += np.multiply(digit[:-2] * is_digit[1:-1], 100, dtype=np.uint16)

    is_end = is_digit.copy()
    is_end[:-1] &= ~is_digit[1:]
    ends = np.flatnonzero(is_end)
    if ends.size != len(rows) * PIXELS:
        return None
    by_row = ends.reshape(-1, PIXELS)
    stops = np.cumsum([len(row) + 1 for row in rows])
    if (by_row[:, -1] >= stops).any() or (by_row[1:, 0] < stops[:-1]).any():
        return None
    values = value[ends]
    if values.max() > 255:
        return None
    return values.astype(np.uint8).reshape(-1, SIZE, SIZE)


def parse_one(text: bytes, where: str) -> np.ndarray:
    """Read one list of 2,304 numbers and say exactly what is wrong with it.

    Args:
        text: Numbers separated by white space.
        where: File and row, for the message.

    Returns:
        ``(48, 48)`` ``uint8``.

    Raises:
        FerCourseError: A value is not a whole number in 0..255, or their count is not 2,304.

    Example:
        >>> parse_one(b"1 2 300", "mine.csv, row 2")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: mine.csv, row 2, column 'pixels': value 3 is '300', ...
    """
    numbers = text.split()
    for position, number in enumerate(numbers, start=1):
        if not number.isdigit() or len(number.lstrip(b"0")) > 3 or int(number) > 255:
            found = number[:20].decode("utf-8", "replace")
            raise FerCourseError(
                f"{where}, column 'pixels': value {position} is {found!r}, expected a whole number in 0..255"
            )
    if len(numbers) != PIXELS:
        raise FerCourseError(
            f"{where}, column 'pixels': {len(numbers)} values, expected {PIXELS} ({SIZE} x {SIZE})"
        )
    return np.array([int(number) for number in numbers], np.uint8).reshape(SIZE, SIZE)
