"""Which exercises have been passed: a line for each, in a small local file."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..sources.catalogue import data_folder

VARIABLE = "FER_COURSE_PROGRESS"


def progress_file() -> Path | None:
    """Say where it is noted which exercises have been passed.

    Returns:
        The file that ``FER_COURSE_PROGRESS`` names, None if that is "0"; without it ``progress.jsonl`` in the
        folder for data, ``data`` here or one folder up.

    Example:
        >>> progress_file()  # doctest: +SKIP
        PosixPath('data/progress.jsonl')
    """
    named = os.environ.get(VARIABLE)
    if named == "0":
        return None
    return Path(named) if named else data_folder() / "progress.jsonl"


def note_passed(lesson: str, exercise: str) -> None:
    """Note that an exercise was passed, the first time that it is; where no file can be written, do nothing.

    Every note is a line that is appended at once, so notebooks that run at the same time keep each other's.

    Args:
        lesson: Name of the lesson's module of checks, such as "blur".
        exercise: The exercise's name.
    """
    from .. import __version__

    path = progress_file()
    if path is None or (lesson, exercise) in passed():
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    note = {"lesson": lesson, "exercise": exercise, "passed": now, "version": __version__}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(note)}")  # the break comes first, so that a torn line spoils no other
    except OSError:
        return


def passed() -> dict[tuple[str, str], datetime]:
    """Read which exercises have been passed.

    Returns:
        For each, as (lesson, exercise), when it was first; empty where there is no file that can be read.
    """
    path = progress_file()
    try:
        text = "" if path is None else path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found: dict[tuple[str, str], datetime] = {}
    for key, moment in _notes(text):
        found.setdefault(key, moment)
    return found


def _notes(text: str) -> Iterator[tuple[tuple[str, str], datetime]]:
    """Yield what the lines say that are whole."""
    for line in text.splitlines():
        try:
            note = json.loads(line)
            yield (str(note["lesson"]), str(note["exercise"])), datetime.fromisoformat(note["passed"])
        except (ValueError, KeyError, TypeError):
            continue
