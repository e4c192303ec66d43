"""Writing whole files or none, one process to a folder, and naming what a file is by its first bytes."""

import errno
import hashlib
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .errors import FerCourseError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)  # or a user's full share of it
_LOCK = ".lock"  # the file, in a folder for results, that says which process writes there
_held: set[Path] = set()  # folders that this process writes to
_swept: dict[Path, float] = {}  # when this process last looked for what killed writers left in a folder
_SWEEP = 1.0  # seconds; a folder that thousands of files are written to is not listed for each of them
_DAY = 86_400
_LEFT = re.compile(r"\..*-(?P<host>[0-9a-f]{8})-(?P<process>[0-9]+)-[a-z0-9_]{8}(\..*)?", re.DOTALL)
_LONGEST = 255  # bytes of a file's name, in nearly all file systems
_WINDOWS_QUERY, _WINDOWS_DENIED, _WINDOWS_ACTIVE = 0x1000, 5, 259

_CONTENTS = {
    b"%!PS": "a PostScript program",
    b"%PDF": "a PDF document",
    b"Rar!": "a RAR archive: unpack it",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"BZh": "a bzip2 archive: unpack it",
    b"\xfd7zXZ": "an xz archive: unpack it",
    b"PK\x03\x04": "a zip archive",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet table: write it as CSV",
    b"SQLite format": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "a file of an old Excel or Word: save it as CSV",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive: unpack it",
    b"MATLAB": "a MATLAB file: write images and labels with numpy.savez",
    **dict.fromkeys(
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        "a pickle, which could run any program when it is opened: write it as .npz or CSV",
    ),
    b"\x93NUMPY": "a single NumPy array (.npy): write images and labels with numpy.savez",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself: run git lfs pull",
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), "text in UTF-16: save it as UTF-8"),
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"BM": "a BMP image",
}


def name_content(start: bytes) -> str:
    """Say what a file is that is not what was expected, by its first bytes, and what to do about it.

    Give at least 300 of them, where it has so many. Empty if they are none that people meet here.

    Example:
        >>> name_content(b"%PDF-1.7"), name_content(b"emotion,pixels")
        ('a PDF document', '')
    """
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "a HEIC photograph: save it as JPEG"
    if start[257:262] == b"ustar":
        return "a tar archive: unpack it"
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:100].lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head")):
        return "an HTML page, perhaps of a login or an error, and not the file itself"
    if head.startswith((b"<svg", b"<?xml")):
        return "an XML or SVG document"
    return next((name for first, name in _CONTENTS.items() if start.startswith(first)), "")


def as_path(path: str | os.PathLike[str]) -> Path:
    """Return what a user gave as a path, if it can be one: neither empty, an object, nor a file's content.

    Example:
        >>> as_path("")
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: '' is no path of a file or folder
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise FerCourseError(f"{repr(path)[:80]} is no path of a file or folder")
    if max(len(os.fsencode(part)) for part in Path(path).parts or ".") > _LONGEST:
        raise FerCourseError(f"{os.fspath(path)[:80]}...: too long for the path of a file or folder")
    return Path(path)


def require_file(path: str | os.PathLike[str], hint: str = "") -> Path:
    """Return the path of a file that can be read more than once: no folder, pipe, device or address.

    Where nothing is there, the ``FileNotFoundError`` ends with the hint.

    Example:
        >>> require_file("nowhere.csv", "expected a table")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.csv: no such file; expected a table
    """
    file = as_path(path)
    ending = f"; {hint}" if hint else ""
    if re.match(r"[a-z]{2,}:/", os.fspath(path), re.IGNORECASE):  # a single letter is a disk
        raise FerCourseError(f"{path}: an address; download it, and give the path of the file")
    if file.is_dir():
        raise FerCourseError(f"{file}: a folder, not a file{ending}")
    if not file.exists():
        raise FileNotFoundError(f"{file}: no such file{ending}")
    if not file.is_file():
        raise FerCourseError(f"{file}: a pipe or a device, which can be read once alone; save it as a file")
    return file


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Refuse a folder for results that is, or is in, a file, before hours of work end there.

    Example:
        >>> check_folder("runs/mine")
    """
    path = as_path(folder).absolute()
    file = next((above for above in (path, *path.parents) if above.exists() and not above.is_dir()), None)
    if file is not None:
        raise FerCourseError(f"{file} is a file; give a folder for the results")


def fitting_name(stem: str, ending: str) -> str:
    """Put a file's name together; what a file system would refuse, beyond 255 bytes, is cut from the stem.

    Example:
        >>> fitting_name("face", ".png"), len(fitting_name("a" * 255, ".png"))
        ('face.png', 255)
    """
    while len(os.fsencode(stem + ending)) > _LONGEST:
        stem = stem[:-1]
    return stem + ending


def name_in_table(name: str) -> str:
    """Write a file's name as a table of text may hold it: a spreadsheet would run one that is a formula.

    An apostrophe comes before one that begins with ``=``, ``+``, ``-``, ``@``, a tab, a carriage return or an
    apostrophe: without its first apostrophe, it is the name again. Bytes that are no UTF-8 stand there with a
    backslash.

    Example:
        >>> name_in_table("=cmd().png"), name_in_table("face.png")
        ("'=cmd().png", 'face.png')
    """
    text = name.encode(errors="backslashreplace").decode()
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else text


@contextmanager
def write_beside(path: str | os.PathLike[str], private: bool = False) -> Iterator[Path]:
    """Give a temporary path beside a file, with its suffix, which is renamed to it when the block succeeds.

    Whatever stops the block (an error, Ctrl-C, a full disk), the file keeps its old content. What a killed
    process left in the folder half-written is removed by the next call. Missing folders are made. What is
    ``private`` can be read by the user alone, from the start.

    Example:
        >>> with write_beside("data/notes.txt") as temporary:
        ...     _ = temporary.write_text("done")
    """
    target = Path(os.path.realpath(path) if Path(path).is_symlink() else path)  # a link stays one
    if target.is_dir():
        raise FerCourseError(f"{target}: a folder; give the name of a file")
    if target.exists() and not target.is_file():  # which a file would replace
        raise FerCourseError(f"{path}: a pipe or a device; give the name of a file")
    stem = target.stem.encode("ascii", "ignore").decode()[:40]  # which every encoder and file system takes
    suffix = target.suffix if len(target.suffix) <= 16 else ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_left(target.parent)
        handle, name = tempfile.mkstemp(suffix, f".{stem}-{_host()}-{os.getpid()}-", target.parent)
    except PermissionError as error:  # which names a file that nobody knows
        raise FerCourseError(f"{target}: you may not write there; give another folder") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if not private:
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        if (reason := _not_whole(target, error)) is not None:
            raise FerCourseError(reason) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _not_whole(target: Path, error: OSError) -> str | None:
    """Say why a file could not be written to its end; None where that is not the error."""
    if error.errno in DISK_FULL:
        return f"no space left on the disk for {target}; free some and try again"
    if error.errno == errno.EFBIG:
        return f"{target}: larger than files may be there (ulimit -f shows the limit); write to another disk"
    if error.errno is None:  # Pillow and NumPy do not pass on the system's
        return f"{target}: not written whole ({error}); is the disk full, or the size of files limited?"
    return None


def _host() -> str:
    return hashlib.blake2b(socket.gethostname().encode(), digest_size=4).hexdigest()


def _remove_left(folder: Path) -> None:
    """Remove the temporary files of writers that were killed.

    A process of this machine that is gone writes no more. Of another machine's (the folder may be shared),
    and of an earlier process with this one's number (as in containers), nobody can tell; but a file to which
    nothing was added for a day is not being written.
    """
    now = time.time()
    if now - _swept.get(folder, 0) < _SWEEP:
        return
    _swept[folder] = now
    paths: list[Path] = []
    with suppress(PermissionError):  # a folder may be written to and not listed
        paths = list(folder.iterdir())
    for path in paths:
        left = _LEFT.fullmatch(path.name)
        with suppress(OSError):  # somebody else has removed it, or it is theirs
            if left is None:
                continue
            process = int(left["process"])
            known = left["host"] == _host() and process != os.getpid()
            if _is_gone(process) if known else now - path.stat().st_mtime > _DAY:
                path.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text by :func:`write_beside`, and return its path."""
    with write_beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return Path(path)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a table of settings or scores."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path, advice: str) -> dict[str, Any]:
    """Read what :func:`write_json` wrote; the error for anything else ends with the advice."""

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(values := dict(pairs)) < len(pairs):
            twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
            raise FerCourseError(f"{path}: two values are called {twice!r}; keep one")
        return values

    try:
        content = json.loads(require_file(path).read_text(encoding="utf-8-sig"), object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8
        raise FerCourseError(f"{path}: cut short, or no JSON ({error}); {advice}") from error
    if not isinstance(content, dict):
        raise FerCourseError(f"{path}: holds a {type(content).__name__}, not values by name; {advice}")
    return content


@contextmanager
def lock_folder(folder: str | os.PathLike[str], option: str = "out=, --out") -> Iterator[Path]:
    """Keep other processes, and other jobs of this one, out of a folder for results while a block runs.

    The folder is made; if it is still empty at the end, it is removed. ``option`` is what names another
    folder, for the message where somebody is writing there.

    Example:
        >>> with lock_folder("runs/mine"), lock_folder("runs/mine"):
        ...     pass
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: runs/mine is in use: process ...
    """
    check_folder(folder)
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    resolved, lock = path.resolve(), path / _LOCK
    holder = {"process": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M")}
    while True:
        try:
            with lock.open("x", encoding="utf-8") as file:
                file.write(json.dumps(holder))
            break
        except FileExistsError:
            with suppress(FileNotFoundError):
                require_file(lock)  # a pipe would never end
            other = _read_lock(lock)
        except OSError as error:
            if (reason := _not_whole(lock, error)) is None:
                raise
            lock.unlink(missing_ok=True)  # empty: there was no room for what it says
            raise FerCourseError(reason) from error
        if resolved in _held or (other and not _has_ended(other)):
            raise FerCourseError(
                f"{path} is in use: process {other.get('process')} on {other.get('host')} has been writing "
                f"there since {other.get('since')}. Wait until it has ended, or write to another folder "
                f"({option}); if there is no such process any more, delete {lock}"
            )
        _take_away(lock, other)
    _held.add(resolved)
    try:
        yield path
    finally:
        _held.discard(resolved)
        lock.unlink(missing_ok=True)
        with suppress(OSError):  # it holds results
            path.rmdir()


def _take_away(lock: Path, left: dict[str, Any]) -> None:
    """Remove the lock that a killed process left, but not one that somebody quicker has put in its place."""
    aside = lock.with_name(f"{_LOCK}-{os.getpid()}")
    with suppress(FileNotFoundError):
        lock.replace(aside)
        if _read_lock(aside) == left:
            aside.unlink()
        else:
            aside.replace(lock)


def _read_lock(lock: Path) -> dict[str, Any]:
    """Return who holds a folder; nothing where the file says it no more."""
    for _ in range(5):
        try:
            return dict(json.loads(lock.read_text(encoding="utf-8")))
        except FileNotFoundError:
            break
        except (ValueError, TypeError):
            time.sleep(0.1)  # whoever made it may be about to write it
    return {}


def _has_ended(holder: dict[str, Any]) -> bool:
    """Tell whether a process of this machine has ended; of another machine's nobody here can tell."""
    process = holder.get("process")
    if holder.get("host") != socket.gethostname() or not isinstance(process, int):
        return False
    return process == os.getpid() or _is_gone(process)  # an earlier process may have had this one's number


def _is_gone(process: int) -> bool:
    """Tell whether this machine has no process of a number."""
    if sys.platform == "win32":  # where os.kill would end it
        import ctypes

        kernel, code = ctypes.windll.kernel32, ctypes.c_ulong()
        handle = kernel.OpenProcess(_WINDOWS_QUERY, False, process)
        if not handle:
            return bool(kernel.GetLastError() != _WINDOWS_DENIED)
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value != _WINDOWS_ACTIVE
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:  # it is somebody else's
        pass
    return False
