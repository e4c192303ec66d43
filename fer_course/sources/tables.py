"""Tables of faces as text: ``fer2013.csv``, ``icml_face_data.csv``, and what others made of them.

Source: the dataset of Goodfellow et al., "Challenges in Representation Learning: A report on three machine
learning contests" (2013).
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, NUMBERED, mapped_label
from ..errors import FerCourseError
from ..files import name_content
from ..frontend import progress_bar
from ..images import SIZE
from .fer2013_rows import row_id
from .image_trees import split_in_words, split_of_name, words_of_splits

PIXELS = SIZE * SIZE
COLUMNS = ("emotion", "pixels", "Usage")
LONGEST_ROW = 2**16  # bytes; 2,304 numbers of three digits take 9,216
_TEXT = [str(value).encode() for value in range(256)]
_OTHER_NAMES = {"label": "emotion", "split": "usage", "set": "usage", "subset": "usage"}
_DELIMITERS = ",;\t|"
_EMPTY_ROWS = 10_000  # on end; more are no table, and could be millions in a small packed file
_LAST_MAY_BE_CUT = re.compile(rb"(?<!\d)([1-9]|1\d|2[0-5])\Z")  # no line end, and room for a digit more
_ROWS_AT_ONCE = 64  # half a megabyte of text, which stays in the processor's cache


def format_pixels(image: np.ndarray) -> bytes:
    """Write a ``uint8`` image as FER2013 does: its values row by row, separated by single spaces."""
    return b" ".join(map(_TEXT.__getitem__, image.tobytes()))


def parse_many(rows: Sequence[bytes]) -> np.ndarray | None:
    """Read many lists of 2,304 numbers at once, much faster than number by number.

    Every position of the text is computed as if a number ended there, and the true ends are picked. None when
    any row is not plainly right; :func:`parse_one` then says why.
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
    """Read one list of 2,304 numbers into ``(48, 48)``, and say exactly what is wrong with it."""
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


class Header(NamedTuple):
    """The first row of a table: the position of each column by its plain name in small letters."""

    columns: dict[str, int]
    delimiter: bytes
    names: list[str]  # of all columns, as they stand there; some are empty or occur twice


class Row(NamedTuple):
    """A row whose pixels are not read yet."""

    where: str
    label: int
    pixels: bytes
    split: str


def read_table(stream: IO[bytes], name: str, size: int | None = None, most: int | None = None) -> FaceDataset:
    """Read faces from an open table of text, in the order of its rows.

    Commas, semicolons, tabs or bars divide the columns; their order, spaces in the header, quotes, a
    byte-order mark, empty lines and every kind of line end do not matter. An emotion is its number or its
    name, a usage FER2013's or any usual name of a split, pixels are divided by spaces or commas. Without the
    column Usage all rows are of one split, the one that the file is named after, else train; without the
    column emotion they have no labels (-1). Both are printed. In messages, rows are counted as a spreadsheet
    does: the header is row 1. In ``ids`` they are counted as FER+ does: the first image is row00000. The
    progress bar needs the ``size`` in bytes; of a file that is packed no more than ``most`` are read.
    """
    lines = _lines(stream, name, most)
    header = read_header(lines, name)
    usage = split_in_words(Path(name).name) or "train"
    rows = (read_row(line, header, f"{name}, row {number}", usage) for number, line in lines if line.strip())
    labels, splits, blocks = [], [], []
    with progress_bar((), Path(name).name, size, unit="B", unit_scale=True) as progress:
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            blocks.append(parse_rows(batch))
            labels += [row.label for row in batch]
            splits += [row.split for row in batch]
            progress.update(sum(len(row.pixels) for row in batch))
        progress.update((size or progress.n) - progress.n)  # labels and commas, or a notebook's bar ends red
    if not blocks:
        raise FerCourseError(f"{name}: a header but no images; download or write the file again")
    label, emotion = "label" in header.names, "emotion" in header.names
    notes = [
        f"numbers in the column label are read as FER2013's ({NUMBERED})" if label and not emotion else "",
        "of the columns emotion and label, emotion is read" if label and emotion else "",
        f"no column Usage, so all are {usage}" if "usage" not in header.columns else "",
        "no column emotion, so none has a label" if "emotion" not in header.columns else "",
    ]
    if any(notes):
        print(f"Data: {len(labels):,} rows of {name}: {'; '.join(filter(None, notes))}.")
    return FaceDataset(
        np.concatenate(blocks),
        np.array(labels),
        np.array(splits),
        ids=np.array([row_id(row) for row in range(len(labels))]),
        source=Path(name).name.partition(".")[0],
    )


def read_header(lines: Iterator[tuple[int, bytes]], name: str) -> Header:
    """Find the first row that is not empty, and what its columns are; "pixels" must be one of them."""
    number, line = next(((number, line) for number, line in lines if line.strip()), (0, b""))
    if not line:
        raise FerCourseError(f"{name}: the file is empty; download it again")
    content = name_content(line)
    if content:
        raise FerCourseError(f"{name}: {content}; expected text with the columns {', '.join(COLUMNS)}")
    text = line.decode("utf-8-sig", "replace")
    delimiter = max(_DELIMITERS, key=text.count)
    found = [field.strip(" \"'\r\n") for field in text.split(delimiter)]
    names = [field.lower() for field in found]
    columns = {field: position for position, field in enumerate(names)}
    for column in map(str.lower, COLUMNS):
        if names.count(column) > 1:
            raise FerCourseError(f"{name}, row {number}: two columns are called {column!r}; keep one")
    for other, column in _OTHER_NAMES.items():
        if other in columns and column not in columns:
            columns[column] = columns.pop(other)
    if "pixels" not in columns:
        missing = next(column for column in COLUMNS if column.lower() not in columns)
        shown = ", ".join(field[:40] for field in found[:10])
        raise FerCourseError(
            f"{name}, row {number}: not FER2013, no column {missing!r}; "
            f"expected {', '.join(COLUMNS)}, found {shown}{', ...' if len(found) > 10 else ''}"
        )
    return Header(columns, delimiter.encode(), names)


def parse_rows(rows: Sequence[Row]) -> np.ndarray:
    """Read the pixels of some rows of one table: ``(n, 48, 48)`` ``uint8``."""
    images = parse_many([row.pixels for row in rows])
    if images is None:
        images = np.stack([parse_one(row.pixels, row.where) for row in rows])
    return images


def read_row(line: bytes, header: Header, where: str, usage: str = "train") -> Row:
    """Take a row apart; ``where`` names it in messages, ``usage`` is its split where the table has none."""
    if not line.endswith((b"\n", b"\r")):
        where += " (the last, without a line end: the file may be cut short, download it again)"
    fields = [field.strip(b" \"'\r\n\t") for field in _divided(line, header.delimiter)]
    if len(fields) != len(header.names):
        raise FerCourseError(f"{where}: {len(fields)} columns, expected {len(header.names)} as in the header")
    label, split = -1, usage
    if "emotion" in header.columns:
        label = _understood(_label, fields[header.columns["emotion"]], where, "emotion")
    if "usage" in header.columns:
        split = _understood(_split, fields[header.columns["usage"]], where, "Usage")
    elif len(fields) > len(header.columns.keys() & {"emotion", "pixels"}):
        _refuse_unnamed_splits(fields, header, where)
    pixels = fields[header.columns["pixels"]]
    if b"," in pixels or b"[" in pixels:
        pixels = pixels.replace(b",", b" ").strip(b"[] ")
    last = header.columns["pixels"] == len(fields) - 1
    if last and _LAST_MAY_BE_CUT.search(line) and len(pixels.split()) == PIXELS:
        raise FerCourseError(
            f"{where}: its last number may be cut; if it is whole, end the file with a new line"
        )
    return Row(where, label, pixels, split)


def _refuse_unnamed_splits(fields: Sequence[bytes], header: Header, where: str) -> None:
    """Refuse a row whose split stands in a column of another name than Usage, as it would become train."""
    known = {header.columns.get("emotion"), header.columns["pixels"]}
    for position, (name, field) in enumerate(zip(header.names, fields, strict=True)):
        if position not in known and (_names_split(field) or _names_split(name.encode())):
            raise FerCourseError(
                f"{where}, column {name!r}: {field[:40].decode('utf-8', 'replace')!r}; does it say the "
                "split? Then call it Usage, with Training, PublicTest and PrivateTest, else remove it"
            )


def _divided(line: bytes, delimiter: bytes) -> list[bytes]:
    fields = line.split(delimiter)
    if b'"' not in line or len(fields) < 2:
        return fields
    text = line.decode("utf-8", "replace")  # what is quoted may hold the delimiter
    return [field.encode() for field in next(csv.reader([text], delimiter=delimiter.decode()))]


def _lines(stream: IO[bytes], name: str, most: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Number the lines of a file, whatever ends them, and refuse one that is too long for memory."""
    number = seen = empty = 0
    while block := stream.readline(LONGEST_ROW + 1):
        seen += len(block)
        empty = empty + 1 if block in (b"\n", b"\r\n") else 0
        if empty > _EMPTY_ROWS:
            raise FerCourseError(f"{name}, row {number}: {empty:,} empty rows on end; refused")
        if most is not None and seen > most:
            raise FerCourseError(f"{name}: more than {most / 1e6:,.0f} MB when unpacked; refused")
        # A file without line feeds, as of old Macs, comes in pieces that end anywhere
        while b"\r" in block.rstrip(b"\r\n"):
            line, _, block = block.partition(b"\r")
            number += 1
            yield number, line + b"\r"
            if b"\r" not in block:
                block += stream.readline(LONGEST_ROW + 1 - len(block))
        number += 1
        if len(block) > LONGEST_ROW:
            raise FerCourseError(
                f"{name}, row {number}: longer than {LONGEST_ROW:,} bytes, where 48 x 48 pixels take 9,216"
            )
        yield number, block


def _understood(meaning: Callable[[bytes], Any], text: bytes, where: str, column: str) -> Any:
    try:
        return meaning(text)
    except FerCourseError as error:
        raise FerCourseError(f"{where}, column {column!r}: {error}") from None


@cache
def _label(field: bytes) -> int:
    text = field.decode("utf-8", "replace")
    number = text.removesuffix(".0")
    if number.isascii() and number.isdecimal() and int(number) < len(EMOTIONS):
        return int(number)
    if any(character.isalpha() for character in text):
        return mapped_label(text)
    raise FerCourseError(f"{text[:40]!r}, expected one of {', '.join(map(str, range(len(EMOTIONS))))}")


@cache
def _names_split(field: bytes) -> bool:
    text = field[:40].decode("utf-8", "replace")
    return bool(split_of_name(text) or words_of_splits(text))


@cache
def _split(field: bytes) -> str:
    text = field.decode("utf-8", "replace")
    if (split := split_of_name(text)) and "eval" not in text.lower():  # which some call val, others test
        return split
    raise FerCourseError(f"{text[:40]!r}, expected one of Training, PublicTest, PrivateTest")
