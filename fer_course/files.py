"""Writing files so that nothing half-written is ever left under a real name."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FerCourseError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a full disk, or of a user's full share of it."""


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Refuse a folder for results that cannot be made, before hours of work end there.

    Args:
        folder: Where results will be written; it need not exist.

    Raises:
        FerCourseError: It, or a folder above it, is a file.

    Example:
        >>> check_folder("runs/mine")
    """
    path = Path(folder).absolute()
    file = next((above for above in (path, *path.parents) if above.is_file()), None)
    if file is not None:
        raise FerCourseError(f"{file} is a file; give a folder for the results")


@contextmanager
def write_beside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside a target, renamed to it when the block succeeds.

    Whatever stops the block (an error, Ctrl-C, a full disk), the target keeps its old content.

    Args:
        path: The file to write; missing parent folders are made.

    Yields:
        The path to write to, with the target's suffix.

    Raises:
        FerCourseError: The disk is full.

    Example:
        >>> with write_beside("data/notes.txt") as temporary:
        ...     _ = temporary.write_text("done")
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise FerCourseError(
                f"no space left on the disk for {target}; free some and try again"
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
