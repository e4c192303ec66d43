"""The folder of a run: what was trained on what, how far it got, and how good it is."""

import json
import math
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ..dataset import SPLITS, FaceDataset
from ..drawing.sample import SOURCE as DRAWN
from ..errors import FerCourseError
from ..evaluation.scores import Evaluation
from ..files import read_json, write_json
from ..inference.network_files import EXPORTED, MEMBERS, MODEL, SETTINGS, WEIGHTS, find_network
from ..sources.fer2013 import SAMPLE
from .training_data import fingerprint, load_for_training, locate

METRICS, HISTORY, CHECKPOINT, REPORT = "metrics.json", "history.csv", "checkpoint", "report.html"
BIASES = "biases.json"
"""Biases that were tuned for the network in the same folder."""

EXPORTS = "export"
"""Folder with the network in other formats."""

_SHOWN = ["n", "accuracy", "low", "high", "macro_f1", "balanced_accuracy"]  # numbers that all scores have
_RESULTS = (METRICS, HISTORY, CHECKPOINT, MODEL, EXPORTED, REPORT, MEMBERS, WEIGHTS, BIASES, EXPORTS)
_ADVICE = "delete it to start anew, or name another folder"
_KNOWN = {"fer_course": str, "data": str, "fingerprint": str, "recipe": dict, "clahe": bool}
_DECIDING = {"seed": int, "label_smoothing": float, "balance": str}  # of the recipe, for other jobs


class RunFolder:
    """What ``run``, ``train`` and ``ensemble`` leave in a folder, and what every other job reads there.

    ``settings.json`` says what decides the result: version and job, the ``data`` (where they lay) and their
    ``fingerprint``, ``clahe`` (whether the contrast of all images was evened out first), and the ``recipe``
    with its seed. ``metrics.json`` is written last and is the sign of a finished run; its ``scores`` are a
    list of :meth:`Evaluation.to_dict`. Beside them stand ``history.csv``, ``model.keras``, ``model.onnx``,
    ``checkpoint/`` and, in ``val/``, pictures; an ensemble has ``members/`` and ``weights.json`` instead.

    Args:
        path: The folder; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    @classmethod
    def of(cls, model: str | os.PathLike[str] | None) -> "RunFolder":
        """Return the folder that a network belongs to, which may be all that :meth:`Predictor.load` takes."""
        network = find_network(model)
        return cls(network if network.is_dir() else network.parent)

    @staticmethod
    def place_for(model: str | os.PathLike[str] | None, name: str) -> Path:
        """Say where what is made of a network goes: into its run's folder, else, of a file, into ``runs``."""
        return Path("runs" if model is None or not Path(model).is_dir() else model) / name

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the result; empty where nobody wrote it down."""
        path = self / SETTINGS
        if not path.exists():
            return {}
        settings = read_json(path, _ADVICE)
        wrong = _wrong(settings, _KNOWN) or _wrong(settings.get("recipe", {}), _DECIDING, "recipe.")
        if not wrong and "fingerprint" in settings and "data" not in settings:
            wrong = "a fingerprint, but no data"
        if wrong or not settings.keys() & _KNOWN.keys():
            found = wrong or "no data and no recipe in it"
            raise FerCourseError(
                f"{path}: not the settings of a run ({found}); move the file away, or name another folder"
            )
        return settings

    @property
    def finished(self) -> bool:
        """Whether a run has come to its end here."""
        return (self / METRICS).exists()

    def metrics(self) -> pd.DataFrame:
        """Read the scores: a row for each split and way to predict it, ``low`` and ``high`` among them."""
        path = self / METRICS
        try:
            table = pd.DataFrame(read_json(path, _ADVICE)["scores"])
            table[["low", "high"]] = table["accuracy_interval"].tolist()
            table[_SHOWN].astype(float)
        except (KeyError, TypeError, ValueError) as error:
            raise FerCourseError(f"{path}: not the scores of a run; start it anew (--restart)") from error
        return table

    def begin(self, settings: dict[str, Any], restart: bool) -> bool:
        """Tell whether there is anything left to do; a run with other settings or data is refused."""
        earlier = {} if restart else self.settings
        if not earlier:
            foreign = [name for name in (MODEL, EXPORTED) if (self / name).exists() and not restart]
            if foreign:
                raise FerCourseError(
                    f"{self / foreign[0]}: a network of which no {SETTINGS} tells how it was trained, and it "
                    "would be lost. Write to another folder (out=, --out), or start anew in this one "
                    "(restart=True, --restart)."
                )
            return True
        changes = _changes_between(earlier, json.loads(json.dumps(settings)))
        if changes:
            raise FerCourseError(
                f"{self.path} holds a run with other settings ({'; '.join(changes)}). Write to another "
                "folder (out=, --out), or start anew in this one (restart=True, --restart)."
            )
        if not self.finished:
            print(f"Going on with the run in {self.path}.")
        return not self.finished

    def claim(self, settings: dict[str, Any], restart: bool) -> None:
        """Write the settings, once all arguments have proved right; a restart first removes what is there."""
        if restart:
            for name in (*_RESULTS, f"val/{METRICS}", f"test/{METRICS}"):
                path = self / name
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        write_json(self / SETTINGS, settings)

    def finish(self, evaluations: Iterable[Evaluation]) -> None:
        """Write the scores, the sign of a finished run; each evaluation knows its split and views."""
        write_json(self / METRICS, {"scores": [evaluation.to_dict() for evaluation in evaluations]})

    def load_data(self, data: str | os.PathLike[str] | None = None) -> FaceDataset:
        """Load what the network was trained on, with the same val split, or say why that cannot be done.

        ``data`` is a file or folder where it lies now, or other images, or "sample"; when left out, where it
        lay then, or, if nobody knows, what :func:`load_fer2013` finds. Faces of the training without a val
        give up the same part of train as there. Files that have moved or changed since are refused.
        """
        trained_on = self.settings.get("fingerprint")
        if trained_on is None:
            return load_for_training(data, None, None)
        where = self.settings["data"]
        if data is None:
            data = SAMPLE if where == DRAWN else where
            if data == where and not Path(where).exists():
                data = None  # where data usually lie: they may be there now
                if fingerprint(None) != trained_on:
                    raise FerCourseError(
                        f"the network in {self.path} was trained on {where}, and nothing is there any more: "
                        "say where these files lie now (data=, --data)"
                    )
        same = fingerprint(data) == trained_on
        if not same and locate(data) == where:
            raise FerCourseError(
                f"{where} has changed since the network in {self.path} was trained on it, so nobody knows "
                "which of its images the network has not seen: bring the old files back, or train anew"
            )
        return load_for_training(data, None, self.settings.get("recipe", {}).get("seed") if same else None)

    def note_on(self, data: str | os.PathLike[str] | None) -> str:
        """Say what the network was trained on, where that is something else than ``data``; else nothing."""
        known = "fingerprint" in self.settings
        return f"It was trained on {self.settings['data']}." if known and self.is_other(data) else ""

    def is_other(self, data: str | os.PathLike[str] | None) -> bool:
        """Tell whether ``data`` are not, as far as the folder knows, what the network was trained on."""
        return data is not None and self.settings.get("fingerprint") != fingerprint(data)

    def scored_part(self, dataset: FaceDataset, split: str = "val") -> FaceDataset:
        """Return the images of one split to score the network on, or say why there are none."""
        if split not in SPLITS:
            raise FerCourseError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
        part: FaceDataset = getattr(dataset, split)
        unknown = (
            f"; no {SETTINGS} beside the network says that it was trained on these images, so nobody knows "
            "which part of train it has not seen"
        )
        if not len(part):
            raise FerCourseError(f"no {split} images to score: {dataset!r}{unknown * (split == 'val')}")
        return part


def _wrong(settings: dict[str, Any], kinds: dict[str, Any], prefix: str = "") -> str:
    """Name the first value that no run wrote; "" where there is none. All numbers of a run are 0 or more."""
    for name, kind in kinds.items():
        value = settings.get(name, kind())
        fits = isinstance(value, int | float if kind is float else kind)
        fits &= kind is bool or not isinstance(value, bool)
        if not fits or (isinstance(value, int | float) and not 0 <= value < math.inf):
            return f"{prefix}{name} is {value!r}"
    return ""


def _changes_between(earlier: dict[str, Any], now: dict[str, Any], prefix: str = "") -> list[str]:
    changes = []
    for name in sorted({*earlier, *now} - {"data"}):  # which may have moved
        old, new = earlier.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            changes += _changes_between(old, new, f"{name}.")
        elif old != new and name == "fingerprint" and earlier.get("data") == now["data"]:
            changes.append(f"{now['data']} has changed")
        elif old != new and name == "fingerprint":
            changes.append(f"data was {earlier.get('data')}, is now {now['data']}")
        elif old != new:
            changes.append(f"{prefix}{name} was {old}, is now {new}")
    return changes
