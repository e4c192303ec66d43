"""Scoring a network in a file on one split, or a run's network on all that it has not seen."""

import dataclasses
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from ..cleaning.duplicates import has_twin_in_train, without_twins
from ..dataset import SPLITS, FaceDataset
from ..errors import FerCourseError
from ..evaluation import scores
from ..evaluation.scores import Evaluation
from ..evaluation.tta import VIEWS
from ..files import lock_folder
from ..inference.network import Network
from ..report.evaluation import save_evaluation
from .folder import RunFolder

if TYPE_CHECKING:
    import keras

TTA = (None, "flip")
"""What a run reports, apart."""


def evaluate(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,
    split: str = "val",
    tta: str | None = None,
    clahe: bool | None = None,
    twins: bool = True,
    out: str | os.PathLike[str] | None = None,
) -> Evaluation:
    """Score a network in a file on one split.

    The arguments are the options of ``fer-course evaluate``, whose help tells each; ``data`` is as
    :meth:`RunFolder.load_data` takes it.

    Returns:
        The predictions and their scores.

    Raises:
        FileNotFoundError: There is no such model.
        FerCourseError: The file is no such network; the split has no images; or, of val, nobody knows which
            images the network has not seen.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.EmotionCNN(width_mult=0.25), "runs/example.keras")
        >>> evaluate(path, "sample", tta="flip").n  # doctest: +ELLIPSIS
        Data: the drawn sample...
        304
    """
    run = RunFolder.of(model)
    if split not in SPLITS:
        raise FerCourseError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
    with nullcontext() if out is None else lock_folder(out):
        network = Network.load(model)
        if clahe is not None:
            network.answers.about = dataclasses.replace(network.about, clahe=clahe)
        dataset = run.load_data(data)
        part = run.scored_part(dataset if twins else without_twins(dataset), split)
        evaluation = scores.evaluate(network, part, tta)
        if out is not None:
            save_evaluation(evaluation, part, out)
    return evaluation


def evaluate_all(
    model: "keras.Model", dataset: FaceDataset, before: FaceDataset
) -> dict[tuple[str, str], Evaluation]:
    """Score a network on val and, once, at the very end, on test, single view and flip TTA apart.

    ``dataset`` holds the images as the network takes them, val and test uncleaned, ``before`` all of train,
    which tells who has a twin there. The evaluations are by split and views; there is "val without twins" or
    "test without twins", where there are some.
    """
    twins = has_twin_in_train(before)
    found: dict[tuple[str, str], Evaluation] = {}
    for part in [dataset.val, dataset.test] if len(dataset.test) else [dataset.val]:
        name = str(part.split[0])
        seen = twins[np.asarray(before.split) == name]
        found |= {(name, VIEWS[tta]): scores.evaluate(model, part, tta) for tta in TTA}
        if seen.any() and not seen.all():
            for views in [VIEWS[tta] for tta in TTA]:
                unseen = dataclasses.replace(found[name, views].subset(~seen), split=f"{name} without twins")
                found[f"{name} without twins", views] = unseen
    return found
