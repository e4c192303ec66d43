"""The main job, made of the others: clean, train, evaluate, and a report."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import __version__
from ..cleaning.cleaner import clean
from ..errors import FerCourseError
from ..evaluation.comparison import compare
from ..evaluation.scores import Evaluation
from ..files import lock_folder
from ..report.run_report import write_report
from ..training.backend import keras
from ..training.fitting import fit
from ..training.recipe import Recipe
from .clean import CLAHE, CLAHE_NAMES, enhance, write_cleaning
from .evaluate import evaluate_all
from .folder import CHECKPOINT, REPORT, RunFolder
from .train import build_network, write_network
from .training_data import load_for_training, settings_of


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run left in its folder, with the scores by split and way to predict it; made by :func:`run`."""

    out: Path
    metrics: pd.DataFrame

    @property
    def report(self) -> Path:
        """The report, one HTML file."""
        return self.out / REPORT

    def __repr__(self) -> str:
        scores = self.metrics
        columns = {
            "": scores["split"],
            "views": scores["views"],
            "images": scores["n"].map("{:,}".format),
            "accuracy": scores["accuracy"].map("{:.1%}".format),
            "95 % interval": scores["low"].map("{:.1%} to ".format) + scores["high"].map("{:.1%}".format),
            "macro-F1": scores["macro_f1"].map("{:.3f}".format),
            "balanced": scores["balanced_accuracy"].map("{:.1%}".format),
        }
        return f"{pd.DataFrame(columns).to_string(index=False)}\nreport: {self.report}"


def run(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/latest",
    limit: int | None = None,
    epochs: int | None = None,
    width_mult: float = 1.0,
    in_chans: int = 1,
    clahe: bool = CLAHE,
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
        clahe: Whether the contrast of all images, val and test included, is evened out first; off, because
            on FER2013 no gain of it was measured. The network's files say so, and :class:`Predictor` does the
            same.
        seed: Decides every random choice.
        restart: Start anew even if the folder holds a run.

    Returns:
        The folder and its scores.

    Raises:
        FerCourseError: The images cannot be used, the folder holds a run with other settings, or another
            process is writing to it.
        KeyboardInterrupt: Interrupted; all finished epochs are kept.

    Example:
        >>> import fer_course as fer
        >>> result = fer.run(out="runs/example", limit=60, epochs=1, width_mult=0.25)
        [1/5] loading
        ...
        >>> result.report.exists()
        True
    """
    recipe = Recipe(seed=seed) if epochs is None else Recipe(seed=seed, epochs=epochs)
    network: dict[str, Any] = {"name": "EmotionCNN", "in_chans": in_chans, "width_mult": width_mult}
    settings = settings_of("run", data, limit, recipe, network=network, clahe=clahe)
    folder = RunFolder(out)
    with lock_folder(out):
        if not folder.begin(settings, restart):
            print(f"{out} holds this run already, finished; --restart (restart=True) does it again.")
            return _result(folder)
        model = build_network(**network, seed=seed)
        _say(1, "loading")
        dataset = load_for_training(data, limit, seed)
        _say(2, f"cleaning the train split, and {'evening out' if clahe else 'leaving'} the contrast of all")
        try:
            cleaning = clean(dataset)
        except FerCourseError as error:
            hint = f" (or raise the limit of {limit} images)" if limit else ""
            raise FerCourseError(f"{error}{hint}") from None
        print(f"      {len(cleaning.removed):,} of {len(dataset.train):,} train images removed")
        cleaning = enhance(cleaning) if clahe else cleaning
        # Not before: a mistyped argument must neither claim the folder nor delete what is there
        folder.claim(settings, restart)
        write_cleaning(folder.path, dataset, cleaning, {"CLAHE": CLAHE_NAMES[clahe]})
        length = f"{recipe.epochs} epoch{'s' * (recipe.epochs > 1)}"
        _say(3, f"training {model.count_params():,} parameters for {length}, balanced by class weights")
        history = fit(model, cleaning.dataset, recipe, folder / CHECKPOINT)
        print(f"      {history!r}")
        final = "test" if len(dataset.test) else "val"
        alone = "" if final == "test" else "; there is no test split, so val stands alone"
        _say(4, f"evaluating{alone}")
        scores = evaluate_all(model, cleaning.dataset, dataset)
        single, flip = scores[final, "single view"], scores[final, "flip TTA"]
        print(f"      flip TTA against single view, {compare(single, flip)}")
        write_network(model, cleaning.dataset, history, scores["val", "single view"], settings, folder)
        _say(5, "writing the report")
        write_report(
            folder / REPORT,
            dataset=dataset,
            cleaning=cleaning,
            history=history.frame,
            evaluated=getattr(dataset, final),
            single=single,
            tta=flip,
            settings=_readable(settings, model.count_params(), scores),
        )
        folder.finish(scores.values())
    return _result(folder)


def _readable(
    settings: dict[str, Any], parameters: int, scores: dict[tuple[str, str], Evaluation]
) -> dict[str, str]:
    """Say in words what a reader of the report needs to judge and repeat the run."""
    network = settings["network"]
    twins = [
        f"{name}, {views}: {value.accuracy:.1%} of {value.n:,}"
        for (name, views), value in scores.items()
        if "without" in name
    ]
    return {
        "Data": Path(settings["data"]).name,
        "Images of each split": f"at most {settings['limit']:,}" if settings["limit"] else "all",
        "CLAHE": CLAHE_NAMES[settings["clahe"]],
        "Network": f"EmotionCNN(in_chans={network['in_chans']}, width_mult={network['width_mult']:g}), "
        f"{parameters:,} parameters",
        "Recipe": ", ".join(f"{name} {value}" for name, value in settings["recipe"].items()),
        "Accuracy without images that had a twin in train": "; ".join(twins) or "the same, there are none",
        "Versions": f"fer-course {__version__}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"Keras {keras.__version__} on {keras.backend.backend()}",
    }


def _result(folder: RunFolder) -> RunResult:
    columns = ["split", "views", "n", "accuracy", "low", "high", "macro_f1", "balanced_accuracy"]
    return RunResult(folder.path, folder.metrics()[columns])


def _say(step: int, text: str) -> None:
    print(f"[{step}/5] {text}", flush=True)
