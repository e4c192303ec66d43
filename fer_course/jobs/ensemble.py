"""Ensembles from files to files: members trained, combined and judged in one folder."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import __version__, plots
from ..errors import FerCourseError
from ..files import check_folder, write_beside
from ..inference.network_files import MEMBERS, WEIGHTS
from .folder import SETTINGS, begin, clear, load_for_training, name_data, write_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..dataset import FaceDataset
    from ..evaluation.ensembles import Ensemble
    from ..evaluation.scores import Evaluation

SCORES, PAIRS = "members.csv", "diversity.csv"


def train_ensemble(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/ensemble",
    members: int = 5,
    method: str = "vote",
    split: str = "val",
    in_chans: int = 1,
    limit: int | None = None,
    restart: bool = False,
    **changes: Any,
) -> tuple["Ensemble", "Evaluation"]:
    """Train random networks one after another, combine them on val, and write the ensemble with its scores.

    Called again, it goes on where it stopped. Finished members are not trained again, so that more of them,
    another method or the test split cost little.

    Args:
        data: A file or folder with images (:func:`read_dataset`), or "sample"; when left out, what
            :func:`load_fer2013` finds.
        out: Folder for the results; made when missing.
        members: How many networks (:func:`train_members`).
        method: "vote", "weights", "greedy" or "stacking" (:func:`combine`); always fitted on val.
        split: "val", or, once at the very end, "test": what is scored.
        in_chans: 1 for networks on gray images, 3 for RGB.
        limit: Use at most so many images of each split, picked at random.
        restart: Start anew even if the folder holds other members.
        **changes: Values of :class:`Recipe` that differ from its own, such as ``epochs=5``.

    Returns:
        The ensemble, and its scores on the split. On val these flatter it, as they chose its weights; its
        ``gain`` is cross-validated. The folder holds ``members/``, ``weights.json`` and, in ``val/`` or
        ``test/``, scores of the members, pairs, pictures and what :func:`save_evaluation` writes.

    Raises:
        FerCourseError: The images or the settings cannot be used, or the folder holds other members.
        KeyboardInterrupt: Interrupted; all finished epochs are kept.

    Example:
        >>> ensemble, scores = train_ensemble(
        ...     "sample", "runs/example_ensemble", members=2, limit=40, epochs=1
        ... )  # doctest: +ELLIPSIS
        Data: the drawn sample...
        >>> ensemble.names
        ('random_0', 'random_1')
    """
    from ..evaluation.ensembles import check_combination, combine
    from ..evaluation.members import predict_members
    from ..report.evaluation import save_evaluation
    from ..training.recipe import Recipe
    from ..training.zoo import train_members

    check_combination(members, method)
    if split not in ("val", "test"):
        raise FerCourseError(f"split is {split!r}; expected val or, once at the end, test")
    recipe = dataclasses.replace(Recipe(), **changes)
    settings = {
        "fer_course": __version__,
        "data": name_data(data),
        "limit": limit,
        "in_chans": in_chans,
        "recipe": dataclasses.asdict(recipe),
    }
    folder = Path(out)
    check_folder(folder)
    begin(folder, settings, restart, WEIGHTS)
    dataset = load_for_training(data, limit, recipe.seed)
    part: FaceDataset = getattr(dataset, split)
    if not len(part):
        raise FerCourseError(f"no {split} images to score: {dataset!r}")
    check_combination(members, method, len(dataset.val))
    if restart:
        clear(folder, SETTINGS, WEIGHTS, MEMBERS, "val/metrics.json", "test/metrics.json")
    write_json(folder / SETTINGS, settings)
    files = train_members(dataset, folder / MEMBERS, members, recipe, recipe.seed, in_chans)
    said = _scored(predict_members(files, dataset.val.images), dataset.val)
    ensemble = combine(said, method=method, seed=recipe.seed)
    write_json(folder / WEIGHTS, ensemble.to_dict())
    if split == "test":
        said = _scored(predict_members(files, part.images), part)
    together = _scored({"ensemble": ensemble.apply(said)}, part)["ensemble"]
    save_evaluation(together, part, folder / split)
    _write_members(folder / split, said, together)
    return ensemble, together


def _scored(said: dict[str, Any], part: "FaceDataset") -> dict[str, "Evaluation"]:
    from ..evaluation.scores import score

    split = str(part.split[0])
    return {
        name: dataclasses.replace(score(part.labels, one, part.ids), split=split)
        for name, one in said.items()
    }


def _write_members(folder: Path, said: dict[str, "Evaluation"], together: "Evaluation") -> None:
    """Write how good the members are, how alike, and what their number brings."""
    from ..evaluation.members import accuracy_by_size, diversity

    rows = []
    for name, one in (said | {"ensemble": together}).items():
        low, high = one.interval
        rows.append(
            {"name": name, "accuracy": one.accuracy, "low": low, "high": high, "macro_f1": one.macro_f1}
        )
    pairs = diversity(said)
    for name, table in {SCORES: pd.DataFrame(rows), PAIRS: pairs}.items():
        with write_beside(folder / name) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    pictures: dict[str, Figure] = {
        "diversity": plots.diversity_gain(pairs, "how alike two are, and what their vote gains"),
        "size": plots.accuracy_by_size(accuracy_by_size(said), "more members"),
    }
    for name, figure in pictures.items():
        with write_beside(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, format="png", dpi=150)
