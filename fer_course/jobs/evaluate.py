"""Scoring a network in a file on one split, or a run's network on all that it has not seen."""

import dataclasses
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from ..cleaning.duplicates import has_twin_in_train, without_twins
from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..evaluation import scores
from ..evaluation.scores import Evaluation
from ..evaluation.tta import VIEWS
from ..files import lock_folder
from ..inference.network import Network
from ..report.evaluation import save_evaluation
from ..report.page import source_of
from .folder import RunFolder

if TYPE_CHECKING:
    import keras

TTA = (None, "flip")
"""What a run reports, apart."""


def evaluate(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,
    split: str | None = None,
    tta: str | None = None,
    clahe: bool | None = None,
    twins: bool = True,
    out: str | os.PathLike[str] | None = None,
) -> Evaluation:
    """Score a network in a file on one split, or on all of a dataset that it was not trained on.

    The arguments are the options of ``fer-course evaluate``, whose help tells each; ``data`` is as
    :meth:`RunFolder.load_data` takes it. Of another dataset, images of none of the seven emotions are left
    out, and the network may only answer with emotions that occur there; both are said. Where people are known
    and repeat, the interval is by person. What is left of the accuracy on val is said as well.

    Returns:
        The predictions and their scores.

    Raises:
        FileNotFoundError: There is no such model.
        FerCourseError: The file is no such network; the split has no images; or nobody knows which images the
            network has not seen.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.EmotionCNN(width_mult=0.25), "runs/example.keras")
        >>> evaluate(path, "sample", tta="flip").n
        Data: the drawn sample...
        304
    """
    run = RunFolder.of(model)
    with nullcontext() if out is None else lock_folder(out):
        network = Network.load(model)
        if clahe is not None:
            network.answers.about = dataclasses.replace(network.about, clahe=clahe)
        dataset = run.load_data(data)
        elsewhere = run.is_other(data) and _is_other(source_of(dataset), network.about.data)
        if split is None:
            split = "all" if elsewhere and "original_label" in dataset.attributes else "val"
        if split == "all" and not elsewhere:
            raise FerCourseError(
                "split is 'all', which is for datasets that a network was certainly not trained on; this one "
                f"is {source_of(dataset)}, and of the network is known: {network.about}"
            )
        if split == "all" and not twins:
            raise FerCourseError("twins are looked for in train, and split 'all' has no train: leave one out")
        if split == "all":
            part = dataclasses.replace(dataset, split=np.full(len(dataset), "test"))
            evaluation = _elsewhere(network, part, tta)
        else:
            part = run.scored_part(dataset if twins else without_twins(dataset), split)
            evaluation = scores.evaluate(network, part, tta)
        if out is not None:
            save_evaluation(evaluation, part, out)
    return evaluation


def _is_other(source: str, trained_on: str) -> bool:
    """Tell whether the words for two origins differ; where one is not known, nobody can tell."""
    return trained_on != "" and source != "unknown" and source.lower() not in trained_on.lower()


def _elsewhere(network: Network, faces: FaceDataset, tta: str | None) -> Evaluation:
    """Score a network on images of another origin, by what both know, and say what is left."""
    occurs, about = np.bincount(faces.labels, minlength=len(EMOTIONS)) > 0, network.about
    scored = scores.evaluate(network, faces, tta)
    if not occurs.all():
        absent = ", ".join(np.array(EMOTIONS)[~occurs])
        print(f"      without {absent}: the network answers with the other emotions alone")
    # A little, so that a network that is sure of what does not occur still answers with something
    allowed = (scored.probabilities + 1e-9) * occurs
    allowed /= allowed.sum(axis=1, keepdims=True)
    persons = np.asarray(faces.attributes.get("person", np.full(len(faces), ""))).astype(str)
    repeat = (persons != "").all() and 1 < len(np.unique(persons)) < len(persons)
    scored = dataclasses.replace(
        scores.score(scored.labels, allowed, scored.ids),
        split="",
        views=scored.views,
        persons=persons if repeat else None,
    )
    if about.val_accuracy is not None:
        left = f"{scored.accuracy / about.val_accuracy:.0%} of which are left here"
        print(f"      on val of {about.data} it had {about.val_accuracy:.1%}, {left}")
    return scored


def evaluate_all(
    model: "keras.Model", dataset: FaceDataset, before: FaceDataset
) -> dict[tuple[str, str], Evaluation]:
    """Score a network on val and, at the very end, on test, single view and flip TTA apart.

    ``dataset`` holds the images as the network takes them, val and test uncleaned, ``before`` all of train,
    which tells who has a twin there. By split and views; there is "val without twins", where there are some.
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
