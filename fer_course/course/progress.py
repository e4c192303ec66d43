"""Which exercises have been passed: a line for each, in a small local file."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import FerCourseError
from ..files import write_text
from ..frontend import has_widgets
from ..sources.catalogue import data_folder

VARIABLE = "FER_COURSE_PROGRESS"


def progress_file() -> Path | None:
    """Say where it is noted which exercises have been passed.

    Returns:
        The file that ``FER_COURSE_PROGRESS`` names, None if that is "0"; without it ``progress.jsonl`` in the
        folder for data, ``data`` here or one folder up.
    """
    named = os.environ.get(VARIABLE)
    if named == "0":
        return None
    return Path(named) if named else data_folder() / "progress.jsonl"


def note_passed(lesson: str, exercise: str) -> None:
    """Note that an exercise was passed, the first time that it is; where no file can be written, do nothing.

    Every note is a line that is appended at once, so notebooks that run at the same time keep each other's.
    ``lesson`` is the name of its module of checks, such as "blur".
    """
    from .. import __version__

    path = progress_file()
    if path is None or (lesson, exercise) in passed():
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    note = {"lesson": lesson, "exercise": exercise, "passed": now, "version": __version__}
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(note)}")  # the break comes first, so that a torn line spoils no other


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
    for line in text.splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):  # a torn line says nothing
            note = json.loads(line)
            key = str(note["lesson"]), str(note["exercise"])
            found.setdefault(key, datetime.fromisoformat(note["passed"]))
    return found


def progress() -> "Progress":
    """Show which exercises of the course have been passed, lesson by lesson.

    A check that answers "correct" notes it in ``data/progress.jsonl``, or in the file that the environment
    variable ``FER_COURSE_PROGRESS`` names ("0": nowhere). Delete the file to start anew.

    Returns:
        A panel in a notebook, lines in a terminal; its ``save`` writes a summary to hand in.

    Example:
        >>> progress()
        0 of ... exercises passed
          00 Welcome    0 of 3  ○ pixels_in_a_face  ○ my_smile  ○ accuracy
        ...
    """
    done = passed()
    text = resources.files("fer_course.exercises").joinpath("solutions.json").read_text(encoding="utf-8")
    lessons = json.loads(text).items()
    return Progress(
        {it["title"]: {name: done.get((topic, name)) for name in it["solutions"]} for topic, it in lessons}
    )


@dataclass(frozen=True, repr=False)
class Progress:
    """Which exercises have been passed, as :func:`progress` found it.

    Attributes:
        lessons: For each lesson its exercises, and for each of them when it was passed, or None.
    """

    lessons: Mapping[str, Mapping[str, datetime | None]]

    def save(self, path: str | os.PathLike[str] = "progress.html", name: str = "") -> Path:
        """Write a summary, with the date and the version of the course.

        Args:
            path: A page that prints well if the name ends in ``.html``, else plain text.
            name: Whose progress it is.

        Returns:
            The file.

        Raises:
            OSError: The file cannot be written.

        Example:
            >>> progress().save("progress.txt", name="Ada Lovelace").read_text().splitlines()[0]
            'Ada Lovelace'
        """
        from .. import __version__

        now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        facts = [*([name] if name else []), now, f"fer-course {__version__}"]
        if Path(path).suffix == ".html":
            from ..report.page import write_page

            title, told = f"Progress: {self._total}", " · ".join(map(escape, facts))
            return write_page(path, title, [f"<h1>{title}</h1>", f"<p>{told}</p>", self._table(days=True)])
        return write_text(path, "\n".join([*facts, "", repr(self), ""]))

    def __repr__(self) -> str:
        width = max(map(len, self.lessons))
        lines = (f"  {title:{width}}  {count}  {'  '.join(marks)}" for title, count, marks, _ in self._rows())
        return "\n".join([self._total, *lines])

    def _repr_html_(self) -> str:
        return f"<strong>{self._total}</strong>{self._table()}"

    def _ipython_display_(self) -> None:
        if not has_widgets():
            raise NotImplementedError  # IPython then takes the HTML or the text
        from IPython.display import display

        display(self._panel())

    @property
    def _total(self) -> str:
        moments = [moment for exercises in self.lessons.values() for moment in exercises.values()]
        return f"{len(moments) - moments.count(None)} of {len(moments)} exercises passed"

    def _rows(self) -> Iterator[tuple[str, str, list[str], str]]:
        """Yield for each lesson its title, how many exercises are passed, which, and the last day of that."""
        for title, exercises in self.lessons.items():
            days = [moment.strftime("%Y-%m-%d") for moment in exercises.values() if moment]
            marks = [f"{'✓' if moment else '○'} {name}" for name, moment in exercises.items()]
            yield title, f"{len(days)} of {len(exercises)}", marks, max(days, default="")

    def _table(self, days: bool = False) -> str:
        header = ["Lesson", "Passed", "Exercises", *(["Last"] if days else [])]
        headings = "".join(f"<th scope='col' style='text-align: left'>{name}</th>" for name in header)
        lines = [f"<tr>{headings}</tr>"]
        for title, count, marks, day in self._rows():
            cells = [count, "&emsp;".join(map(escape, marks)), *([day] if days else [])]
            columns = "".join(f"<td style='text-align: left'>{cell}</td>" for cell in cells)
            lines.append(f"<tr><th scope='row' style='text-align: left'>{escape(title)}</th>{columns}</tr>")
        return f"<table>{''.join(lines)}</table>"

    def _panel(self) -> Any:
        """Build the table with a button to read it anew, and one to save the summary under a name."""
        import ipywidgets as widgets

        table, message = widgets.HTML(self._repr_html_()), widgets.HTML()
        name = widgets.Text(description="Your name", layout=widgets.Layout(width="240px"))
        save = widgets.Button(description="Save summary")
        refresh = widgets.Button(description="Refresh")

        def show(_: object) -> None:
            table.value, message.value = progress()._repr_html_(), ""

        def write(_: object) -> None:
            try:
                file = progress().save(name=name.value.strip())
                message.value = f"Saved as {escape(str(file))}, beside this notebook."
            except (OSError, FerCourseError) as error:
                message.value = escape(f"Not saved: {error}")

        refresh.on_click(show)
        save.on_click(write)
        return widgets.VBox([table, widgets.HBox([refresh, name, save]), message])
