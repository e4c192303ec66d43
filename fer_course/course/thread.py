"""The student's own thread: what one lesson decides or trains, and the next ones use."""

import difflib
import os
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import FaceDataset
from ..drawing.sample import SOURCE as DRAWN
from ..errors import FerCourseError
from ..files import read_json, write_json
from ..inference.network_files import EXPORTED, MEMBERS, MODEL, find_network
from ..jobs.folder import RunFolder

VARIABLE = "FER_COURSE_HOME"

DECIDED_IN = {
    "blur": "03",
    "brightness": "04",
    "contrast": "04",
    "occlusion": "05",
    "detector": "06",
    "suspects": "07",
    "clahe": "08",
    "balance": "10",
    "augmentation": "11",
}
"""What can be decided, and the lesson that it is decided in."""

_DECISIONS, _BIASES = "decisions.json", "biases.json"
_DRIVE = Path("/content/drive")
_ADVICE = "move the file away to decide anew"
_KINDS = ("photographs", "drawn faces")


def home() -> Path:
    """Find the folder in which the student's own work lies, from wherever a notebook runs.

    Returns:
        What the environment variable ``FER_COURSE_HOME`` names; else the course's folder, where the package
        or this place lies in one; else ``fer-course`` in the user's folder.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    here = Path.cwd()
    courses = (folder for folder in (Path(__file__).parents[2], here, *here.parents) if _is_course(folder))
    return next(courses, Path.home() / "fer-course")


def _is_course(folder: Path) -> bool:
    return (folder / "lessons" / "00_welcome.ipynb").is_file()


def mine(drive: bool = False) -> "Thread":
    """Show the student's own thread, in ``runs/mine``: decisions, network, scores.

    Args:
        drive: In Colab, keep data, runs and progress in ``fer-course`` on the student's Google Drive; each
            notebook has a machine of its own there, so each one asks for it.

    Returns:
        The thread, which a notebook shows as a table.

    Raises:
        FerCourseError: ``drive`` outside Colab, or decisions that were written by something else.

    Example:
        >>> mine().decide("blur", 120.0, FaceDataset.load("photographs.npz"))  # doctest: +SKIP
    """
    if drive:
        _move_to_drive()
    return Thread(home() / "runs" / "mine")


def _move_to_drive() -> None:
    """Work in a folder of the student's Drive, where ``data`` and ``runs`` are found from then on."""
    try:
        from google.colab import drive
    except ModuleNotFoundError:
        raise FerCourseError("drive=True is for Colab; here, everything stays on this machine") from None
    drive.mount(str(_DRIVE))
    folder = _DRIVE / "MyDrive" / "fer-course"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ[VARIABLE] = str(folder)


class Thread:
    """What the student has decided and trained so far.

    Args:
        folder: Where it lies; it need not exist.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def decide(self, name: str, value: Any, data: FaceDataset) -> None:
        """Keep a decision for the lessons to come; a later one takes its place.

        Args:
            name: One of ``DECIDED_IN``, such as "blur".
            value: A number, a word, a yes or no, several of them, or None for "do without".
            data: What it was decided on: decisions on drawn faces do not count for photographs, nor the
                other way round.

        Raises:
            FerCourseError: An unknown name, or a value that cannot be kept.

        Example:
            >>> import fer_course as fer
            >>> thread = Thread("runs/mine")
            >>> thread.decide("blur", 120.0, fer.sample_faces())
            >>> thread.decisions(fer.sample_faces())
            {'blur': 120.0}
        """
        if name not in DECIDED_IN:
            near = difflib.get_close_matches(name, DECIDED_IN, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise FerCourseError(f"nothing is called {name!r} here; there are {', '.join(DECIDED_IN)}{meant}")
        kept = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        decided = self._decided()
        decided[_kind(data)][name] = {"value": kept, "data": ", ".join(sorted(set(data.source.tolist())))}
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            write_json(self.folder / _DECISIONS, decided)
        except (TypeError, ValueError):
            raise FerCourseError(
                f"{name} is {value!r}; expected numbers, words, yes or no, or None"
            ) from None

    def decisions(self, data: FaceDataset) -> dict[str, Any]:
        """Return what was decided on data of this kind, photographs or drawn faces.

        Args:
            data: What it is to be used on.

        Returns:
            Values by name.
        """
        return {name: decision["value"] for name, decision in self._decided()[_kind(data)].items()}

    def _decided(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Read the decisions of both kinds."""
        path = self.folder / _DECISIONS
        found = read_json(path, _ADVICE) if path.exists() else {}
        decided: dict[str, dict[str, dict[str, Any]]] = {kind: found.pop(kind, {}) for kind in _KINDS}
        try:
            wrong = any(set(one) != {"value", "data"} for of in decided.values() for one in of.values())
        except (AttributeError, TypeError):  # no table where one is expected
            wrong = True
        if wrong or found:
            raise FerCourseError(f"{path}: not the decisions of this version; {_ADVICE}")
        return decided

    def facts(self) -> list[tuple[str, str]]:
        """List what is there, each as what it is and what it says."""
        facts = [
            (
                f"{name} (lesson {DECIDED_IN.get(name, '?')})",
                f"{one['value']}, decided on {kind}: {one['data']}",
            )
            for kind, decisions in self._decided().items()
            for name, one in decisions.items()
        ]
        if any((self.folder / name).exists() for name in (EXPORTED, MODEL)):
            facts.append(("network", find_network(self.folder).name))
        run = RunFolder(self.folder)
        if run.finished:
            facts += [("trained on", str(run.settings.get("data", "nobody knows")))]
            facts += [
                (f"{row.split}, {row.views}", f"{row.accuracy:.1%} ({row.low:.1%} to {row.high:.1%})")
                for row in run.metrics().itertuples()
            ]
        others = {"members": MEMBERS, "biases": _BIASES}
        return facts + [(what, name) for what, name in others.items() if (self.folder / name).exists()]

    def __repr__(self) -> str:
        facts = self.facts() or [("nothing yet", "lesson 03 makes the first decision, lesson 12 the network")]
        return "\n".join([str(self.folder), *(f"  {what}: {says}" for what, says in facts)])

    def _repr_html_(self) -> str:
        where, *facts = repr(self).splitlines()
        rows = (fact.strip().split(": ", 1) for fact in facts)
        cells = "".join(f"<tr><th>{escape(what)}</th><td>{escape(says)}</td></tr>" for what, says in rows)
        return f"<strong>{escape(where)}</strong><table style='text-align: left'>{cells}</table>"


def _kind(data: FaceDataset) -> str:
    return _KINDS[bool(np.any(data.source == DRAWN))]
