"""Unpacking a zip that came from elsewhere, and checking later that its files are still the same."""

import hashlib
import json
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import DownloadError, FerCourseError
from ..files import DISK_FULL, name_content, write_json
from ..frontend import progress_bar

DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OSError)
"""What ``zipfile`` raises for a zip that is damaged, cut short, encrypted or packed in an unknown way."""

LARGEST_RATIO = 100  # content to zip; more is refused, and FER2013's CSV has about 3
SWOLLEN = 100_000_000  # bytes up to which nothing is refused: black pictures are packed as tightly
MANIFEST = ".manifest.json"
_RESERVED = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?|.*[:<>\"|?*].*|.*[. ]", re.IGNORECASE)
_ON_WINDOWS = os.name == "nt"
_RESERVE = 50_000_000  # bytes that stay free
_CHUNK = 1 << 20
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)  # LZMA asks for any memory it likes


def climbs_out(entry: str) -> bool:
    """Tell whether an entry of a zip, with slashes of either kind, would land outside the zip's folder."""
    parts = entry.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or parts[0][1:2] == ":"


@contextmanager
def open_entry(archive: zipfile.ZipFile, path: str, name: str, limit: int) -> Iterator[IO[bytes]]:
    """Open a file in a zip, to be read without unpacking.

    One that has more than ``limit`` bytes, is encrypted, damaged, or packed in a way that is not read is
    refused.
    """
    where = f"{name}, entry {path}"
    entry = archive.getinfo(path)
    if entry.file_size > limit:
        raise FerCourseError(
            f"{where}: {entry.file_size / 1e6:,.0f} MB unpacked, more than {limit / 1e6:,.0f} MB; refused"
        )
    if entry.flag_bits & 1:
        raise FerCourseError(f"{where}: encrypted; unpack the zip with its password, and give the folder")
    if entry.compress_type not in _PACKED:
        raise FerCourseError(f"{where}: packed as LZMA or in another way that is not read; pack it anew")
    with intact(where), archive.open(entry) as file:
        yield file


@contextmanager
def intact(where: str) -> Iterator[None]:
    """Refuse a packed file that turns out to be damaged while it is read."""
    try:
        yield
    except DAMAGED_ZIP as error:  # some of which repeat the file
        problem = f"damaged or cut short ({str(error)[:200]}); download it again"
        raise FerCourseError(f"{where}: {problem}") from error


def refuse_swollen(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse a zip so much smaller than its content that it can only be meant to fill the memory."""
    size, total = path.stat().st_size, sum(entry.file_size for entry in archive.infolist())
    if total > max(LARGEST_RATIO * size, SWOLLEN):
        raise FerCourseError(
            f"{path}: {size / 1e6:,.1f} MB would become {total / 1e6:,.0f} MB, more than "
            f"{LARGEST_RATIO} times as much; refused"
        )


class RefusedZipError(DownloadError):
    """A zip that is damaged or dangerous, and of no use."""


class FileRecord(NamedTuple):
    """What the manifest keeps of a file."""

    size: int
    sha256: str


def require_space(size: int, folder: Path) -> None:
    """Make sure that so many bytes, and a little more, fit on an existing folder's disk."""
    free = shutil.disk_usage(folder).free
    if free < size + _RESERVE:
        raise DownloadError(
            f"no room for {max(size, 0) / 1e6:,.0f} MB in {folder.as_posix()}: {free / 1e6:,.0f} MB are "
            "free. Free some, or choose a folder on another disk."
        )


def unpack(archive: Path, folder: Path, name: str) -> dict[str, FileRecord]:
    """Unpack a zip into a new folder; return size and SHA-256 of each file by its path in the folder.

    A ``RefusedZipError`` is raised for a zip that is damaged, climbs out of its folder, holds a link, or
    unpacks to a size that is suspicious.
    """
    folder.mkdir()
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            _refuse_dangerous(entries, name, archive.stat().st_size)
            require_space(sum(entry.file_size for entry in entries), folder.parent)
            bar = progress_bar(entries, f"{name}: unpacking", unit="file")
            return {entry.filename: _unpack_entry(opened, entry, folder) for entry in bar}
    except FileExistsError as error:
        raise RefusedZipError(
            f"the zip of {name} is refused: two of its files have one name here ({error.filename}), where "
            "small and capital letters may be the same"
        ) from error
    except DAMAGED_ZIP as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:  # which the zip is not to blame for
            raise
        with archive.open("rb") as file:
            start = file.read(300)
        if start.startswith(b"PK"):
            raise RefusedZipError(f"the zip of {name} is damaged ({error}); run the same again") from error
        raise RefusedZipError(
            f"what came for {name} is {name_content(start) or 'no zip'}, {archive.stat().st_size:,} bytes; "
            "does the network ask for a login, or a proxy answer in Kaggle's place? Then run the same again"
        ) from error


def _unpack_entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> FileRecord:
    target = folder / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with opened.open(entry) as source, target.open("xb") as file:  # which compares the zip's own checksum
        while chunk := source.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
    return FileRecord(entry.file_size, digest.hexdigest())


def _refuse_dangerous(entries: list[zipfile.ZipInfo], name: str, size: int) -> None:
    for entry in entries:
        danger = ""
        if climbs_out(entry.filename):
            danger = "would land outside its folder"
        elif _ON_WINDOWS and any(_RESERVED.fullmatch(part) for part in entry.filename.split("/")):
            danger = "is no name of a file on Windows"
        elif stat.S_ISLNK(entry.external_attr >> 16):
            danger = "is a link, not a file"
        if danger:
            raise RefusedZipError(f"the zip of {name} is refused: {entry.filename!r} {danger}")
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_RATIO * size:
        raise RefusedZipError(
            f"the zip of {name} is refused: {size / 1e6:,.1f} MB would become {total / 1e6:,.0f} MB, more "
            f"than {LARGEST_RATIO} times as much"
        )


def write_manifest(folder: Path, files: dict[str, FileRecord], source: str) -> None:
    """Keep size and checksum of every file, as :func:`unpack` returned them, beside the files."""
    write_json(folder / MANIFEST, {"source": source, "files": files})


def check_manifest(folder: Path, contents: bool = False) -> tuple[int, list[str]]:
    """Count the files that a folder's manifest names, and list those that are missing or differ.

    Sizes are compared, and with ``contents`` checksums too.
    """
    records = read_manifest(folder)
    return len(records), [name for name, known in records.items() if not _is(folder / name, known, contents)]


def read_manifest(folder: Path) -> dict[str, FileRecord]:
    """Read what :func:`write_manifest` wrote: size and SHA-256 by the path inside the folder."""
    file = folder / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {name: FileRecord(*record) for name, record in content["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DownloadError(
            f"{file.as_posix()} is damaged: delete the folder {folder.as_posix()} and download again"
        ) from error


def _is(file: Path, known: FileRecord, contents: bool) -> bool:
    if not file.is_file() or file.stat().st_size != known.size:
        return False
    if not contents:
        return True
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == known.sha256
