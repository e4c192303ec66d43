"""``download``: datasets of the catalogue from Kaggle, checked and unpacked."""

import os
import shutil
from pathlib import Path

from ..errors import DownloadError, FerCourseError, install_command
from ..files import DISK_FULL, check_folder, lock_folder
from .archives import MANIFEST, RefusedZipError, check_manifest, read_manifest, unpack, write_manifest
from .catalogue import CATALOGUE, CatalogueEntry, data_folder, is_on_disk
from .credentials import ADVICE, find_credentials, misnamed_files


def download(
    *names: str, folder: str | os.PathLike[str] | None = None, verify: bool = False
) -> Path | list[Path]:
    """Download datasets from Kaggle into ``data/<name>``, where ``read_dataset`` and the lessons find them.

    Kaggle's own client makes the request, with credentials from wherever they are (``find_credentials``). An
    interrupted download goes on where it stopped. Size and checksums are compared before anything is put in
    place, and what is in place is not downloaded again. Read a dataset's terms first: ``fer.datasets()``.

    Args:
        *names: Names in ``CATALOGUE``.
        folder: Where the datasets' folders are; without it, ``data`` here or one folder up.
        verify: Compare the checksums of what is there already, not the sizes alone.

    Returns:
        The dataset's folder; a list of them for several names.

    Raises:
        FerCourseError: A name that is not in the catalogue, or a folder that is a file.
        DownloadError: It did not work; the message says what to do, and never holds the credentials.

    Example:
        >>> download("fer2013")  # doctest: +SKIP
        fer2013: 35,887 files in data/fer2013
        PosixPath('data/fer2013')
    """
    if not names:
        raise FerCourseError(f"say which: {', '.join(CATALOGUE)}")
    for name in names:
        if name not in CATALOGUE:
            raise FerCourseError(f"no dataset {name!r} in the catalogue; it has {', '.join(CATALOGUE)}")
    root = data_folder() if folder is None else Path(folder)
    check_folder(root)
    folders, problems = [], []
    for name in dict.fromkeys(names):
        if not _is_complete(CATALOGUE[name], root / name, verify):
            problem = _download(CATALOGUE[name], root)
            problems += [problem] if problem else []
        folders.append(root / name)
    if problems:
        raise DownloadError("\n".join(problems))
    return folders if len(folders) > 1 else folders[0]


def _is_complete(entry: CatalogueEntry, folder: Path, verify: bool) -> bool:
    where = folder.as_posix()
    if not (folder / MANIFEST).exists():
        if is_on_disk(folder):
            print(
                f"{entry.name}: {where} holds files that were not downloaded here; they stay as they are "
                "(to download, move them away first)"
            )
        return is_on_disk(folder)
    count, wrong = check_manifest(folder, contents=verify)
    if wrong:
        print(f"{entry.name}: {len(wrong):,} of {count:,} files are missing or changed; downloading again")
        return False
    print(f"{entry.name}: {count:,} files in {where}, {'checksums' if verify else 'sizes'} as downloaded")
    return True


def _download(entry: CatalogueEntry, root: Path) -> str:
    """Download one dataset; return what is wrong with this one alone, or an empty text."""
    if entry.kaggle is None:
        return (
            f"{entry.name} is not on Kaggle: ask its makers at {entry.page}, "
            f"then put the files into {(root / entry.name).as_posix()}"
        )
    credentials = find_credentials()
    if credentials is None:
        found = misnamed_files()
        path = found[0].replace("~", "$HOME") if found else ""  # which a shell expands between quotes too
        hint = f'; there is {found[0]}: run `fer-course login < "{path}"` to use it' if found else ""
        raise DownloadError(f"no Kaggle credentials found{hint}: {ADVICE}")
    if credentials.exposed:
        print(f"Other users of this machine can read {credentials.file}: take that away with chmod 600.")
    try:
        from .kaggle_client import UnavailableError, fetch
    except ImportError as error:
        raise DownloadError(
            f"Kaggle's client is missing or too old ({error}): "
            f"{install_command('download')}, then restart the kernel"
        ) from error
    print(f"{entry.name}: from {entry.address}. Licence: {entry.licence}. Terms: {entry.terms}.")
    try:
        with lock_folder(root / f".{entry.name}-downloading", "folder=, --folder"):
            archive = fetch(entry, credentials, root)
            count = _put_in_place(entry, archive, root)
    except UnavailableError as error:
        return str(error)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DownloadError(
                f"no space left on the disk of {root.as_posix()}: free some and run the same again; "
                "it goes on where it stopped"
            ) from error
        raise
    print(f"{entry.name}: {count:,} files in {(root / entry.name).as_posix()}")
    return ""


def _put_in_place(entry: CatalogueEntry, archive: Path, root: Path) -> int:
    """Unpack beside the target, then rename, so that the target is never half there."""
    target, fresh, old = root / entry.name, root / f".{entry.name}-unpacking", root / f".{entry.name}-old"
    shutil.rmtree(fresh, ignore_errors=True)  # which a killed process left
    _drop_or_restore(old, target)
    try:
        files = unpack(archive, fresh, entry.name)
        write_manifest(fresh, files, entry.kaggle or "")
        if target.exists():
            _keep_what_was_added(target, fresh)
            target.rename(old)
        fresh.rename(target)
    except RefusedZipError:
        archive.unlink()
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        _drop_or_restore(old, target)
    archive.unlink()
    return len(files)


def _drop_or_restore(old: Path, target: Path) -> None:
    """Drop the earlier folder when the new one is in place, else put it back."""
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists():
        old.rename(target)


def _keep_what_was_added(folder: Path, fresh: Path) -> None:
    """Copy the files that somebody put beside the downloaded ones, such as the votes of FER+."""
    downloaded = read_manifest(folder) if (folder / MANIFEST).exists() else {}
    for file in folder.rglob("*"):
        name = file.relative_to(folder)
        if file.is_file() and name.as_posix() not in downloaded and not (fresh / name).exists():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, fresh / name)
