"""Folders of runs: what decides a run, whether a folder holds it already, and the faces that it trains on."""

import dataclasses
import json
import os
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import SPLITS, FaceDataset
from ..drawing.sample import SOURCE as DRAWN
from ..errors import FerCourseError
from ..files import write_beside
from ..inference.network_files import SETTINGS
from ..sources.loading import find_fer2013, load_fer2013

VAL_SHARE = 0.1


def begin(folder: Path, settings: dict[str, Any], restart: bool, finished: str) -> bool:
    """Tell whether there is anything to do in a folder, and refuse one that holds another run.

    Args:
        folder: Where the results go.
        settings: What decides the results.
        restart: Start anew, whatever the folder holds.
        finished: The file that is written last.

    Returns:
        False where this run is finished already.

    Raises:
        FerCourseError: The folder holds a run with other settings.
    """
    earlier = read_settings(folder)
    if earlier and not restart:
        changes = _changes_between(earlier, json.loads(json.dumps(settings)))
        if changes:
            raise FerCourseError(
                f"{folder} holds a run with other settings ({'; '.join(changes)}). "
                "Write to another folder (out=, --out), or start anew in this one (restart=True, --restart)."
            )
        if (folder / finished).exists():
            return False
        print(f"Going on with the run in {folder}.")
    return True


def read_settings(folder: Path) -> dict[str, Any]:
    """Read what decided a run.

    Args:
        folder: Where the results are.

    Returns:
        The settings; empty where there are none.
    """
    path = folder / SETTINGS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def clear(folder: Path, *names: str) -> None:
    """Remove what an earlier run wrote, so that none of it is taken for the next one's.

    Args:
        folder: Where its results are.
        names: Files and folders in it.
    """
    for name in names:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _changes_between(earlier: dict[str, Any], now: dict[str, Any], prefix: str = "") -> list[str]:
    changes = []
    for name in sorted({*earlier, *now}):
        old, new = earlier.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            changes += _changes_between(old, new, f"{name}.")
        elif old != new:
            changes.append(f"{prefix}{name} was {old}, is now {new}")
    return changes


def name_data(data: str | os.PathLike[str] | None) -> str:
    """Name the data, so that a finished run is not taken for one on other data, or on a newer file.

    Args:
        data: As :func:`load_fer2013` takes it.

    Returns:
        What is found there, and when it was changed.
    """
    found, _ = find_fer2013(data)
    if found is None:
        return DRAWN
    changed = f", changed {time.ctime(found.stat().st_mtime)}" if found.exists() else ""
    return f"{found}{changed}"


def load_for_training(
    data: str | os.PathLike[str] | None, limit: int | None, seed: int | None
) -> FaceDataset:
    """Load labelled faces with a val split, and say what was made up for.

    Args:
        data: As :func:`load_fer2013` takes it.
        limit: Use at most so many images of each split, picked at random; None for all.
        seed: Decides what is picked, and what takes the place of a missing val split; None leaves it missing.

    Returns:
        The faces.

    Raises:
        FerCourseError: The images cannot be used, or the limit is below 1.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*no val images")  # made up for below
        dataset = load_fer2013(data)
    labelled = dataset.labels >= 0
    if not labelled.all():
        print(f"      {int((~labelled).sum()):,} images of none of the seven emotions are left out")
        dataset = dataset.subset(labelled)
    rng = np.random.default_rng(seed)
    if seed is not None and not len(dataset.val) and len(dataset.train):
        split = np.asarray(dataset.split).copy()
        train = np.flatnonzero(split == "train")
        split[rng.choice(train, round(VAL_SHARE * len(train)), replace=False)] = "val"
        dataset = dataclasses.replace(dataset, split=split)
        print(f"      no val split: {VAL_SHARE:.0%} of train, picked at random, take its place")
    if limit is not None:
        dataset = dataset.subset(_pick(dataset, limit, rng))
    print(f"      {dataset!r}")
    return dataset


def _pick(dataset: FaceDataset, limit: int, rng: np.random.Generator) -> np.ndarray:
    """Return the positions of at most ``limit`` images of each split, in their order."""
    if limit < 1:
        raise FerCourseError(f"limit is {limit}; expected a number of images, 1 or more")
    parts = [np.flatnonzero(np.asarray(dataset.split) == name) for name in SPLITS]
    return np.sort(np.concatenate([rng.permutation(part)[:limit] for part in parts]))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a table of settings or scores.

    Args:
        path: The file.
        content: What JSON can hold.
    """
    with write_beside(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
