"""Ensembles from files to files: members trained, combined and judged in one folder."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import plots
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.ensembles import Ensemble, check_combination, combine
from ..evaluation.members import accuracy_by_size, diversity, predict_members
from ..evaluation.scores import Evaluation, score
from ..evaluation.tta import VIEWS
from ..files import lock_folder, write_beside, write_json
from ..inference.network_files import MEMBERS, WEIGHTS
from ..report.evaluation import save_evaluation, save_pictures
from ..training.recipe import Recipe
from ..training.zoo import train_members
from .folder import RunFolder
from .training_data import load_for_training, settings_of


def ensemble(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/ensemble",
    members: int = 5,
    method: str = "vote",
    split: str = "val",
    in_chans: int = 1,
    limit: int | None = None,
    restart: bool = False,
    **changes: Any,
) -> tuple[Ensemble, Evaluation]:
    """Train random networks one after another, combine them on val, and write the ensemble with its scores.

    Called again, it goes on where it stopped. Finished members are not trained again, so that more of them,
    another method or the test split cost little.

    ``members`` tells how many networks (:func:`train_members`), ``method`` how they are combined
    (:func:`combine`), ``split`` what is scored: "val", or, once at the very end, "test". The other arguments
    are those of :func:`train`.

    Returns:
        The ensemble, and its scores on the split. On val these flatter it, as they chose its weights; its
        ``gain`` is cross-validated. The folder holds ``members/``, ``weights.json``, ``settings.json``,
        ``metrics.json`` and, in ``val/`` or ``test/``, scores of the members, pairs, pictures and what
        :func:`save_evaluation` writes.

    Raises:
        FerCourseError: The images or the settings cannot be used, the folder holds other members, or another
            process is writing to it.
        KeyboardInterrupt: Interrupted; all finished epochs are kept.

    Example:
        >>> jury, scores = ensemble("sample", "runs/example_ensemble", members=2, limit=40, epochs=1)
        Data: the drawn sample...
        >>> jury.names
        ('random_0', 'random_1')
    """
    check_combination(members, method)
    if split not in ("val", "test"):
        raise FerCourseError(f"split is {split!r}; expected val or, once at the end, test")
    recipe = dataclasses.replace(Recipe(), **changes)
    settings = settings_of("ensemble", data, limit, recipe, in_chans=in_chans, clahe=False)
    folder = RunFolder(out)
    with lock_folder(out):
        folder.begin(settings, restart)
        dataset = load_for_training(data, limit, recipe.seed)
        parts = [folder.scored_part(dataset, name) for name in dict.fromkeys(("val", split))]
        check_combination(members, method, len(dataset.val))
        folder.claim(settings, restart)
        files = train_members(dataset, folder / MEMBERS, members, recipe, recipe.seed, in_chans)
        by_member = [
            {name: _scored(answers, part) for name, answers in predict_members(files, part.images).items()}
            for part in parts
        ]
        combined = combine(by_member[0], method=method, seed=recipe.seed)
        write_json(folder / WEIGHTS, combined.to_dict())
        together = [combined.apply(scores) for scores in by_member]
        evaluations = [_scored(answers, part) for answers, part in zip(together, parts, strict=True)]
        save_evaluation(evaluations[-1], parts[-1], folder / split)
        _write_members(folder / split, by_member[-1], evaluations[-1])
        folder.finish(evaluations)
    return combined, evaluations[-1]


def _scored(probabilities: np.ndarray, part: FaceDataset) -> Evaluation:
    scored = score(part.labels, probabilities, part.ids)
    return dataclasses.replace(scored, split=str(part.split[0]), views=VIEWS[None])


def _write_members(folder: Path, members: dict[str, Evaluation], together: Evaluation) -> None:
    """Write how good the members are, how alike, and what their number brings."""
    rows = [
        (name, one.accuracy, *one.interval, one.macro_f1)
        for name, one in (members | {"ensemble": together}).items()
    ]
    scores = pd.DataFrame(rows, columns=["name", "accuracy", "low", "high", "macro_f1"])
    pairs = diversity(members)
    for name, table in {"members.csv": scores, "diversity.csv": pairs}.items():
        with write_beside(folder / name) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    pictures = {
        "diversity": plots.diversity_gain(pairs, "how alike two are, and what their vote gains"),
        "size": plots.accuracy_by_size(accuracy_by_size(members), "more members"),
    }
    save_pictures(pictures, folder)
