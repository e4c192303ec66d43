"""The main job: from images to a cleaned dataset, a trained network, its scores and a report."""

import dataclasses
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import __version__
from ..cleaning.clahe import clahe as enhance
from ..cleaning.cleaner import CleaningResult, clean
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..files import check_folder, write_beside
from .folder import SETTINGS, begin, clear, load_for_training, name_data, write_json

if TYPE_CHECKING:
    import keras

    from ..evaluation.scores import Evaluation
    from ..training.checkpoints import History
    from ..training.recipe import Recipe

_CLEANING, _HISTORY, _METRICS = "cleaning.json", "history.csv", "metrics.json"
_TTA = (None, "flip")  # what is reported
_MODEL, _REPORT, _CHECKPOINT = "model.keras", "report.html", "checkpoint"
_RESULTS = (SETTINGS, _CLEANING, _HISTORY, _METRICS, _MODEL, _REPORT, _CHECKPOINT)


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run left in its folder; made by :func:`run`.

    Args:
        out: The folder with ``model.keras``, ``report.html``, ``metrics.json``, ``history.csv``,
            ``cleaning.json`` and ``settings.json``.
        metrics: One row for each split and way to predict it: ``split``, ``views``, ``n``, ``accuracy``,
            ``low`` and ``high`` (95 % interval), ``macro_f1``, ``balanced_accuracy``.
    """

    out: Path
    metrics: pd.DataFrame

    @property
    def report(self) -> Path:
        """The report, one HTML file."""
        return self.out / _REPORT

    def __repr__(self) -> str:
        table = pd.DataFrame(
            {
                "": self.metrics["split"],
                "views": self.metrics["views"],
                "images": self.metrics["n"].map("{:,}".format),
                "accuracy": self.metrics["accuracy"].map("{:.1%}".format),
                "95 % interval": [
                    f"{low:.1%} to {high:.1%}"
                    for low, high in zip(self.metrics["low"], self.metrics["high"], strict=True)
                ],
                "macro-F1": self.metrics["macro_f1"].map("{:.3f}".format),
                "balanced": self.metrics["balanced_accuracy"].map("{:.1%}".format),
            }
        )
        return f"{table.to_string(index=False)}\nreport: {self.report}"


def run(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/latest",
    limit: int | None = None,
    epochs: int | None = None,
    width_mult: float = 1.0,
    in_chans: int = 1,
    clahe: bool = True,
    seed: int = 0,
    restart: bool = False,
) -> RunResult:
    """Load, measure, clean, enhance, train, evaluate, and write a report.

    The train split is cleaned and fitted on, the val split chooses the epoch, and the test split is scored
    once, at the end. A run that was interrupted goes on when it is called again with the same arguments.

    Args:
        data: A file or folder with images (:func:`read_dataset`), or "sample"; when left out, what
            :func:`load_fer2013` finds.
        out: Folder for the results; made when missing.
        limit: Use at most so many images of each split, picked at random.
        epochs: Times that every train image is shown; the recipe's own number when left out.
        width_mult: Width of the network (:func:`EmotionCNN`).
        in_chans: 1 for a network on gray images, 3 for one on RGB; gray images are repeated for it.
        clahe: Whether the contrast of all images, val and test included, is evened out first. Whoever
            uses the model later must do the same; ``settings.json`` says so.
        seed: Decides every random choice.
        restart: Start anew even if the folder holds a run.

    Returns:
        The folder and its scores.

    Raises:
        FerCourseError: The images cannot be used, or the folder holds a run with other settings.
        KeyboardInterrupt: Interrupted; all finished epochs are kept.

    Example:
        >>> import fer_course as fer
        >>> result = fer.run(out="runs/example", limit=60, epochs=1, width_mult=0.25)  # doctest: +ELLIPSIS
        [1/6] loading
        ...
        >>> result.report.exists()
        True
    """
    from ..training.recipe import Recipe

    recipe = Recipe(seed=seed) if epochs is None else Recipe(seed=seed, epochs=epochs)
    settings = {
        "fer_course": __version__,
        "data": name_data(data),
        "limit": limit,
        "network": {"in_chans": in_chans, "width_mult": width_mult},
        "clahe": clahe,
        "recipe": dataclasses.asdict(recipe),
    }
    folder = Path(out)
    check_folder(folder)
    if not begin(folder, settings, restart, _REPORT):
        print(f"{folder} holds this run already, finished; --restart (restart=True) does it again.")
        return _read_result(folder)
    model = _network(in_chans, width_mult, seed)
    _say(1, "loading")
    dataset = load_for_training(data, limit, seed)
    cleaning = _clean(dataset, limit)
    prepared = cleaning.dataset
    _say(3, f"{'evening out' if clahe else 'leaving'} the contrast of all splits")
    if clahe:
        prepared = dataclasses.replace(prepared, images=enhance(prepared.images))
    # Not before: a mistyped argument must neither claim the folder nor delete what is there
    if restart:
        clear(folder, *_RESULTS)
    write_json(folder / SETTINGS, settings)
    write_json(folder / _CLEANING, cleaning.statistics())
    history = _train(model, prepared, recipe, folder)
    _finish(model, history, prepared, dataset, cleaning, settings, folder)
    return _read_result(folder)


def _clean(dataset: FaceDataset, limit: int | None) -> CleaningResult:
    _say(2, "measuring quality and cleaning the train split")
    try:
        cleaning = clean(dataset)
    except FerCourseError as error:
        raise FerCourseError(f"{error} (or raise the limit of {limit} images)" if limit else error) from None
    print(f"      {len(cleaning.removed):,} of {len(dataset.train):,} train images removed")
    return cleaning


def _network(in_chans: int, width_mult: float, seed: int) -> "keras.Model":
    from ..training.backend import keras
    from ..training.networks import EmotionCNN

    keras.utils.set_random_seed(seed)
    return EmotionCNN(in_chans, width_mult)


def _train(model: "keras.Model", dataset: FaceDataset, recipe: "Recipe", folder: Path) -> "History":
    from ..training.fitting import fit
    from ..training.saved import save_model

    epochs = "1 epoch" if recipe.epochs == 1 else f"{recipe.epochs} epochs"
    _say(4, f"training {model.count_params():,} parameters for {epochs}, balanced by class weights")
    history = fit(model, dataset, recipe, checkpoint_dir=folder / _CHECKPOINT)
    save_model(model, folder / _MODEL)
    with write_beside(folder / _HISTORY) as temporary:
        history.frame.to_csv(temporary, index=False)
    print(f"      {history!r}")
    return history


def _finish(
    model: "keras.Model",
    history: "History",
    dataset: FaceDataset,
    uncleaned: FaceDataset,
    cleaning: CleaningResult,
    settings: dict[str, Any],
    folder: Path,
) -> None:
    """Score val and, once, test; then write metrics and report, the sign of a finished run, last."""
    from ..cleaning.duplicates import has_twin_in_train
    from ..evaluation.comparison import compare
    from ..evaluation.scores import evaluate
    from ..evaluation.tta import VIEWS
    from ..report import write_report

    has_test = len(dataset.test) > 0
    _say(5, "evaluating" if has_test else "evaluating; there is no test split, so val stands alone")
    twins = has_twin_in_train(uncleaned)
    scores: dict[tuple[str, str], Evaluation] = {}
    for part in [dataset.val, dataset.test] if has_test else [dataset.val]:
        name = str(part.split[0])
        seen = twins[np.asarray(uncleaned.split) == name]
        scores |= {(name, VIEWS[tta]): evaluate(model, part, tta) for tta in _TTA}
        if seen.any() and not seen.all():
            for views in [VIEWS[tta] for tta in _TTA]:
                scores[f"{name} without twins", views] = scores[name, views].subset(~seen)
    final = "test" if has_test else "val"
    single, tta_scores = (scores[final, VIEWS[tta]] for tta in _TTA)
    print(f"      flip TTA against single view, {compare(single, tta_scores)}")
    rows = [value.to_dict() | {"split": name} for (name, _), value in scores.items()]
    write_json(folder / _METRICS, {"scores": rows})
    _say(6, "writing the report")
    write_report(
        folder / _REPORT,
        dataset=uncleaned,
        cleaning=cleaning,
        history=history,
        evaluated=uncleaned.subset(np.asarray(uncleaned.split) == final),
        single=single,
        tta=tta_scores,
        settings=_readable(settings, model, scores),
    )


def _readable(
    settings: dict[str, Any], model: "keras.Model", scores: dict[tuple[str, str], "Evaluation"]
) -> dict[str, str]:
    """Say in words what a reader of the report needs to judge and repeat the run."""
    recipe, network = settings["recipe"], settings["network"]
    twins = [
        f"{name}, {views}: {value.accuracy:.1%} of {value.n:,}"
        for (name, views), value in scores.items()
        if "without" in name
    ]
    return {
        "Data": settings["data"],
        "Images of each split": f"at most {settings['limit']:,}" if settings["limit"] else "all",
        "CLAHE": "on all splits; do the same before predicting" if settings["clahe"] else "none",
        "Network": f"EmotionCNN(in_chans={network['in_chans']}, width_mult={network['width_mult']:g}), "
        f"{model.count_params():,} parameters",
        "Recipe": ", ".join(f"{name} {value}" for name, value in recipe.items()),
        "Accuracy without images that had a twin in train": "; ".join(twins) or "the same, there are none",
        "Versions": f"fer-course {__version__}, Python {platform.python_version()}, NumPy {np.__version__}",
    }


def _read_result(folder: Path) -> RunResult:
    rows = json.loads((folder / _METRICS).read_text(encoding="utf-8"))["scores"]
    metrics = pd.DataFrame(rows)
    metrics[["low", "high"]] = metrics["accuracy_interval"].tolist()
    columns = ["split", "views", "n", "accuracy", "low", "high", "macro_f1", "balanced_accuracy"]
    return RunResult(folder, metrics[columns])


def _say(step: int, text: str) -> None:
    print(f"[{step}/6] {text}", flush=True)
