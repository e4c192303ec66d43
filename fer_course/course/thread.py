"""The student's own thread: what one lesson decides or trains, and the next ones use."""

import difflib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..cleaning.thresholds import Thresholds
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.bias.result import BiasResult
from ..files import read_json, write_json
from ..inference.network_files import EXPORTED, MEMBERS, MODEL, find_network, identity
from ..inference.predictor import Predictor
from ..jobs.folder import BIASES, RunFolder
from ..report.page import is_drawn
from ..sources.fer2013 import find_fer2013, load_fer2013
from ..sources.ferplus import find_table, read_ferplus
from ..sources.votes import ANSWERS, TABLE, Votes, simulate_votes
from ..training.about import About, keras_metadata
from .notebook import in_colab, move_to_drive

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
    "views": "13",
    "biases": "15",
    "silence": "16",
}
"""What can be decided, and the lesson that it is decided in."""

_DECISIONS, _CLEANED = "decisions.json", "cleaned.npz"
_TRAINED_WITH = {"clahe": "clahe", "balance": "balance", "augment": "augmentation"}  # arguments, decisions
_ADVICE = "move the file away to decide anew"
_KINDS = ("photographs", "drawn faces")


def home() -> Path:
    """Find the folder in which the student's own work lies, from wherever a notebook runs.

    Returns:
        What the environment variable ``FER_COURSE_HOME`` names, for "0" a folder that is gone when the
        process ends; else the course's folder, where the package or this place lies in one; else
        ``fer-course`` in the user's folder.
    """
    named = os.environ.get(VARIABLE)
    if named == "0":
        return Path(_folder_of_this_process().name)
    if named:
        return Path(named).expanduser()
    here, lesson = Path.cwd(), "lessons/00_welcome.ipynb"
    courses = (at for at in (Path(__file__).parents[2], here, *here.parents) if (at / lesson).is_file())
    return next(courses, Path.home() / "fer-course")


@cache
def _folder_of_this_process() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


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
        os.environ[VARIABLE] = str(move_to_drive())
    return Thread(home() / "runs" / "mine")


def _elsewhere() -> str:
    """Say in Colab, where this notebook's machine is empty, how to bring what other notebooks left."""
    hint = " (in Colab, fer.mine(drive=True) brings what other notebooks left)"
    return hint if in_colab() and VARIABLE not in os.environ else ""


def load_photographs(
    most: int | None = None, splits: Sequence[str] = ("train",), seed: int = 0
) -> tuple[FaceDataset, Votes]:
    """Load the photographs that lessons end on, with FER+'s votes on them, and print what they are.

    Args:
        most: Take so many at random where there are more; all when left out.
        splits: The splits to load.
        seed: Decides which are taken.

    Returns:
        FER2013 from where ``load_fer2013`` finds it, else the drawn sample; and the votes: FER+'s where its
        table is found, simulated ones on drawn faces. Where the table is missing or does not fit, all counts
        are 0, so that no face has a majority and none is called "not a face".

    Raises:
        FerCourseError: FER2013 is there and cannot be read, or has no images of these splits.

    Example:
        >>> photographs, votes = load_photographs(most=1000)
        Data: the drawn sample of the package, 2,100 faces. ...
        No photographs were found, so these are drawn faces: 1,000 of 1,488, taken at random, ...
    """
    everything = load_fer2013()
    found, _ = find_fer2013()
    drawn = is_drawn(everything)
    members = np.flatnonzero(np.isin(everything.split, splits))
    if not len(members):
        there = ", ".join(np.unique(everything.split))
        advice = "is the file cut short? Download it again, or split the images into train, val and test"
        raise FerCourseError(f"{found}: only images of {there}, none of {' or '.join(splits)}; {advice}")
    taken = members
    if most is not None and most < len(members):
        taken = np.sort(np.random.default_rng(seed).choice(members, most, replace=False))
    faces = everything.subset(taken)
    if found is None or drawn:
        votes, whose = simulate_votes(everything).counts[taken], "with simulated votes"
    else:
        votes, whose = _real_votes(faces, find_table(found))
    kind = f"No photographs were found, so these are drawn faces{_elsewhere()}" if drawn else "Photographs"
    part = f" of {len(members):,}, taken at random" if len(taken) < len(members) else ""
    print(f"{kind}: {len(faces):,}{part}, {whose}.")
    if missing := [str(name) for name, count in faces.class_counts().items() if not count]:
        print(f"None of them is labelled {' or '.join(missing)}; the lesson goes on with the other emotions.")
    return faces, Votes(votes)


def _real_votes(faces: FaceDataset, table: Path | None) -> tuple[np.ndarray, str]:
    """Return FER+'s counts and whose they are; zeros, and why, where they are not known."""
    nobody = np.zeros((len(faces), len(ANSWERS)), np.int64)
    if table is None:
        return nobody, f"without votes, since there is no {TABLE} of FER+: your own eyes have to judge"
    try:
        return read_ferplus(table, faces).counts, "with the votes of FER+"
    except FerCourseError as error:
        return nobody, f"without votes ({error}): your own eyes have to judge"


class Thread:
    """What the student has decided and trained so far.

    Args:
        folder: Where it lies; it need not exist.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def decide(self, name: str, value: Any, data: FaceDataset) -> None:
        """Keep a decision for the lessons to come, and print it; a later one takes its place.

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
            Kept for drawn faces: blur 120.0
            >>> thread.decisions(fer.sample_faces())
            {'blur': 120.0}
        """
        if name not in DECIDED_IN:
            near = difflib.get_close_matches(name, DECIDED_IN, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise FerCourseError(f"nothing is called {name!r} here; there are {', '.join(DECIDED_IN)}{meant}")
        try:
            kept = json.loads(json.dumps(value, allow_nan=False, default=lambda one: one.tolist()))
        except (AttributeError, TypeError, ValueError):
            raise FerCourseError(f"{name} is {value!r}; expected numbers, words, a bool or None") from None
        decided = self._decided()
        decided[_kind(data)][name] = {"value": kept, "data": ", ".join(sorted(set(data.source.tolist())))}
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / _DECISIONS, decided)
        print(f"Kept for {_kind(data)}: {name} {kept}")

    def decisions(self, data: FaceDataset) -> dict[str, Any]:
        """Return what was decided on data of this kind, photographs or drawn faces.

        Args:
            data: What it is to be used on.

        Returns:
            Values by name.
        """
        return {name: decision["value"] for name, decision in self._decided()[_kind(data)].items()}

    def thresholds(self, data: FaceDataset) -> Thresholds:
        """Return the limits of lessons 03 and 04, the package's where nothing was decided, and print whose.

        Args:
            data: What they are to be used on.

        Returns:
            For ``clean``; a limit that was decided to be None keeps every image.

        Raises:
            FerCourseError: What was decided is no limit.

        Example:
            >>> import fer_course as fer
            >>> limits = Thread("runs/nobody").thresholds(fer.sample_faces())
            blur: 200, the package's, since nothing was decided on such data...
        """
        decided, limits = self.decisions(data), asdict(Thresholds())
        keep_all: dict[str, Any] = {"blur": 0, "brightness": (0, 255), "contrast": 0}
        for name, harmless in keep_all.items():
            value = decided.get(name, limits[name])
            limits[name] = harmless if value is None else value
            given = np.array(limits[name], dtype=object)
            if given.shape != np.shape(harmless) or any(type(one) not in (int, float) for one in given.flat):
                wanted = "two numbers" if name == "brightness" else "one number"
                raise FerCourseError(
                    f"{name} was decided to be {value!r}; expected {wanted}, or None; decide anew"
                )
            whose = "yours" if name in decided else "the package's, since nothing was decided on such data"
            print(f"{name}: {limits[name]}, {whose}")
        return Thresholds(**limits)

    def recipe(self, data: FaceDataset) -> dict[str, Any]:
        """Return what was decided for a training on data of this kind.

        Args:
            data: Photographs or drawn faces.

        Returns:
            Arguments for ``fer.train``: the set that lesson 09 cleaned as ``data``, and ``clahe``,
            ``balance`` and ``augment``; each only where there is something decided.

        Example:
            >>> import fer_course as fer
            >>> Thread("runs/nobody").recipe(fer.sample_faces())
            {}
        """
        decided, cleaned = self.decisions(data), self.folder / _CLEANED
        recipe = {
            option: decided[name] for option, name in _TRAINED_WITH.items() if decided.get(name) is not None
        }
        if cleaned.exists() and _kind(FaceDataset.load(cleaned)) == _kind(data):
            recipe["data"] = str(cleaned)
        return recipe

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

    @property
    def network(self) -> Path | None:
        """The folder of the student's own network, for :meth:`Predictor.load`; None before lesson 12."""
        return self.folder if any((self.folder / name).exists() for name in (EXPORTED, MODEL)) else None

    def load_network(self, keras: bool = False) -> Predictor:
        """Load the student's own network, before lesson 12 that of the course, and print whose it is.

        Args:
            keras: To train on or to export anew, there has to be a Keras file, beside ``path`` and with
                ``.keras`` at its end; where the own network has none, that of the course is taken.

        Returns:
            The network, for :func:`evaluate` and whatever else takes one.

        Raises:
            FerCourseError: What lies in the folder is no network that can be used.

        Example:
            >>> network = Thread("runs/nobody").load_network()
            The network of the course, since lesson 12 has not trained one of yours:
            CompactCNN, recipe compact, 80 epochs, trained on ...
        """
        own, why = self.network, f"since lesson 12 has not trained one of yours{_elsewhere()}"
        if keras and own and not (own / MODEL).exists():
            own, why = None, f"since yours is {EXPORTED} alone, and this needs {MODEL} as well"
        try:
            network = Predictor.load(own)
        except FerCourseError as error:
            raise FerCourseError(
                f"{error}. Move this file out of {self.folder}, and lessons go on with the course's network"
            ) from error
        print(f"{'Your network' if own else f'The network of the course, {why}'}:\n{network.about}")
        return network

    def place_for(self, network: Predictor, name: str) -> Path:
        """Say where what is made of a network goes: into this folder if it is the own one, else beside it.

        Args:
            network: What :meth:`load_network` gave.
            name: Of the file or folder.

        Example:
            >>> thread = Thread("runs/nobody")
            >>> thread.place_for(thread.load_network(), "members").parent.name
            The network of the course...
            'runs'
        """
        return (self.folder if network.path.parent == self.folder else self.folder.parent) / name

    def biases(self, data: FaceDataset) -> BiasResult | None:
        """Return what lesson 15 kept for the own network on data of this kind; None where it kept nothing."""
        path, decided = self.folder / BIASES, self.decisions(data).get("biases")
        if decided is None or self.network is None or not path.exists():
            return None
        kept = BiasResult.load(path, identity(find_network(self.network)))
        return kept if kept.biases.tolist() == decided else None  # those of the other kind took their place

    def keep_biases(self, biases: BiasResult | None, data: FaceDataset) -> None:
        """Keep what lesson 15 decided on, as ``biases.json`` beside the network; see :meth:`decide`.

        Args:
            biases: Tuned for the student's own network; None to do without. Where there is no such network,
                nothing is kept, and that is said.
            data: What they were tuned on.
        """
        if self.network is None:
            print("Not kept: biases belong to a network, and lesson 12 has not trained one of yours.")
            return
        if biases is not None:
            replace(biases, network=identity(find_network(self.network))).save(self.folder / BIASES)
        elif self.biases(data):
            (self.folder / BIASES).unlink()
        self.decide("biases", None if biases is None else biases.biases.round(6), data)

    def facts(self) -> list[tuple[str, str]]:
        """List what is there, each as what it is and what it says."""
        decided_in = {name: f"{name} (lesson {lesson})" for name, lesson in DECIDED_IN.items()}
        facts = [
            (decided_in.get(name, name), f"{one['value']}, decided on {kind}: {one['data']}")
            for kind, decisions in self._decided().items()
            for name, one in decisions.items()
        ]
        if self.network:
            about = About.from_metadata(keras_metadata(self.folder / MODEL))
            learned = [str(about).splitlines()[0]] if about.data else []
            facts.append(("network", ", ".join([find_network(self.folder).name, *learned])))
        run = RunFolder(self.folder)
        if run.finished:
            facts += [("its data", str(run.settings.get("data", "nobody knows")))]
            facts += [
                (f"{row.split}, {row.views}", f"{row.accuracy:.1%} ({row.low:.1%} to {row.high:.1%})")
                for row in run.metrics().itertuples()
            ]
        others = {"cleaned set": _CLEANED, "members": MEMBERS, "biases": BIASES}
        return facts + [(what, name) for what, name in others.items() if (self.folder / name).exists()]

    def __repr__(self) -> str:
        nothing = ("nothing yet", f"lesson 03 makes the first decision, lesson 12 the network{_elsewhere()}")
        facts = self.facts() or [nothing]
        return "\n".join([str(self.folder), *(f"  {what}: {says}" for what, says in facts)])

    def _repr_html_(self) -> str:
        where, *facts = repr(self).splitlines()
        rows = (fact.strip().split(": ", 1) for fact in facts)
        left = "style='text-align: left'"  # in each cell, for a notebook's own style is about cells
        cells = "".join(
            f"<tr><th {left}>{escape(what)}</th><td {left}>{escape(says)}</td></tr>" for what, says in rows
        )
        return f"<strong>{escape(where)}</strong><table>{cells}</table>"


def _kind(data: FaceDataset) -> str:
    return _KINDS[is_drawn(data)]
