"""Unpacking a zip that came from elsewhere, and checking later that its files are still the same."""

import hashlib
import json
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import IO, NamedTuple

from tqdm.auto import tqdm

from ..errors import DownloadError, FerCourseError
from ..files import write_beside

DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OSError)
"""What ``zipfile`` raises for a zip that is damaged, cut short, encrypted or packed in an unknown way."""

LARGEST_RATIO = 100
"""A zip whose content is more than so many times its own size is refused; FER2013's CSV has about 3."""

MANIFEST = ".manifest.json"
SWOLLEN = 100_000_000
"""Bytes up to which nothing is refused: black pictures are packed as tightly."""
_RESERVE = 50_000_000  # bytes that stay free
_CHUNK = 1 << 20


_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)  # LZMA asks for any memory it likes


def climbs_out(entry: str) -> bool:
    """Tell whether a zip's entry would land outside the folder that it is unpacked into.

    Args:
        entry: Its name in the zip, with slashes of either kind.

    Returns:
        True if it would.

    Example:
        >>> climbs_out("../secret.txt"), climbs_out("train/happy/1.png")
        (True, False)
    """
    path = PureWindowsPath(entry)  # which knows both kinds of slashes
    return ".." in path.parts or bool(path.drive or path.root)


@contextmanager
def open_entry(archive: zipfile.ZipFile, path: str, name: str, limit: int) -> Iterator[IO[bytes]]:
    """Open a file in a zip, if it is not too large, to be read without unpacking.

    Args:
        archive: The zip, opened.
        path: The file in it.
        name: Of the zip, for messages.
        limit: The most bytes that it may have unpacked.

    Yields:
        The file.

    Raises:
        FerCourseError: It is larger, encrypted, damaged, or packed in a way that is not read.

    Example:
        >>> with zipfile.ZipFile("faces.zip", "w") as archive:
        ...     archive.writestr("1.txt", "a face")
        ...     with open_entry(archive, "1.txt", "faces.zip", 100) as file:
        ...         file.read()
        b'a face'
    """
    where = f"{name}, entry {path}"
    entry = archive.getinfo(path)
    if entry.file_size > limit:
        raise FerCourseError(
            f"{where}: {entry.file_size / 1e6:,.0f} MB unpacked, more than {limit / 1e6:,.0f} MB; refused"
        )
    if entry.compress_type not in _PACKED:
        raise FerCourseError(f"{where}: packed as LZMA or in another way that is not read; pack it anew")
    try:
        with archive.open(entry) as file:
            yield file
    except DAMAGED_ZIP as error:
        raise FerCourseError(f"{where}: {str(error)[:200]}; download the zip again") from error


def refuse_swollen(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse a zip whose content is so much larger than itself that it can only be meant to fill the memory.

    Args:
        archive: The zip, opened.
        path: Its file, for its size and for messages.

    Raises:
        FerCourseError: It would become more than a hundred times as large, and more than 100 MB.

    Example:
        >>> with zipfile.ZipFile("faces.zip", "w") as archive:
        ...     archive.writestr("1.txt", "a face")
        ...     refuse_swollen(archive, Path("faces.zip"))
    """
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
    """Make sure that so many bytes fit on a folder's disk, and a little more.

    Args:
        size: Bytes.
        folder: An existing folder.

    Raises:
        DownloadError: They do not.

    Example:
        >>> require_space(1000, Path("."))
    """
    free = shutil.disk_usage(folder).free
    if free < size + _RESERVE:
        raise DownloadError(
            f"no room for {max(size, 0) / 1e6:,.0f} MB in {folder.as_posix()}: {free / 1e6:,.0f} MB are "
            "free. Free some, or choose a folder on another disk."
        )


def unpack(archive: Path, folder: Path, name: str) -> dict[str, FileRecord]:
    """Unpack a zip into a new folder, refusing whatever would land outside or fill the disk.

    Args:
        archive: The zip.
        folder: Where its files go; it must not exist.
        name: The dataset's name, for messages and the progress bar.

    Returns:
        Path inside the folder to size and SHA-256 of each file.

    Raises:
        RefusedZipError: The zip is damaged, climbs out of its folder, holds a link, or unpacks to a size that
            is suspicious.
        DownloadError: Its content does not fit on the disk.

    Example:
        >>> with zipfile.ZipFile("faces.zip", "w") as faces:
        ...     faces.writestr("train/happy/1.txt", "a face")
        >>> list(unpack(Path("faces.zip"), Path("faces"), "faces"))
        ['train/happy/1.txt']
    """
    folder.mkdir()
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            _refuse_dangerous(entries, name, archive.stat().st_size)
            require_space(sum(entry.file_size for entry in entries), folder.parent)
            bar = tqdm(entries, desc=f"{name}: unpacking", unit="file", leave=False)
            return {entry.filename: _unpack_entry(opened, entry, folder) for entry in bar}
    except (*DAMAGED_ZIP, FileExistsError, NotADirectoryError) as error:
        raise RefusedZipError(f"the zip of {name} is damaged ({error}); run the same again") from error


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
        if climbs_out(entry.filename):
            raise RefusedZipError(
                f"the zip of {name} is refused: {entry.filename!r} would land outside its folder"
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise RefusedZipError(f"the zip of {name} is refused: {entry.filename!r} is a link, not a file")
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_RATIO * size:
        raise RefusedZipError(
            f"the zip of {name} is refused: {size / 1e6:,.1f} MB would become {total / 1e6:,.0f} MB, more "
            f"than {LARGEST_RATIO} times as much"
        )


def write_manifest(folder: Path, files: dict[str, FileRecord], source: str) -> None:
    """Keep size and checksum of every file beside them.

    Args:
        folder: The folder of the files.
        files: What :func:`unpack` returned.
        source: Where they come from.

    Example:
        >>> write_manifest(Path("faces"), {"1.png": FileRecord(120, "ab12")}, "me/faces")
    """
    with write_beside(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps({"source": source, "files": files}, indent=0), encoding="utf-8")


def check_manifest(folder: Path, contents: bool = False) -> tuple[int, list[str]]:
    """Compare a folder with its manifest.

    Args:
        folder: The folder of the files.
        contents: Compare checksums too, not sizes alone.

    Returns:
        How many files the manifest names, and those that are missing or differ.

    Raises:
        FileNotFoundError: The folder has no manifest.
        DownloadError: The manifest cannot be read.

    Example:
        >>> check_manifest(Path("data/fer2013"), contents=True)  # doctest: +SKIP
        (35887, [])
    """
    records = read_manifest(folder)
    return len(records), [name for name, known in records.items() if not _is(folder / name, known, contents)]


def read_manifest(folder: Path) -> dict[str, FileRecord]:
    """Read what :func:`write_manifest` wrote.

    Args:
        folder: The folder of the files.

    Returns:
        Path inside the folder to size and SHA-256.

    Raises:
        FileNotFoundError: The folder has no manifest.
        DownloadError: The manifest cannot be read.

    Example:
        >>> write_manifest(Path("known"), {"1.png": FileRecord(120, "ab12")}, "me/faces")
        >>> read_manifest(Path("known"))
        {'1.png': FileRecord(size=120, sha256='ab12')}
    """
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
