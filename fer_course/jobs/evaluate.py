"""Scoring a network in a file on one split."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..cleaning.clahe import clahe as enhance
from ..dataset import SPLITS, FaceDataset
from ..errors import FerCourseError
from ..files import check_folder
from .folder import SETTINGS, load_for_training, read_settings

if TYPE_CHECKING:
    from ..evaluation.scores import Evaluation


def evaluate_file(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,
    split: str = "val",
    tta: str | None = None,
    clahe: bool | None = None,
    twins: bool = True,
    out: str | os.PathLike[str] | None = None,
) -> "Evaluation":
    """Score a network in a file on one split.

    Args:
        model: A ``.keras`` file (:func:`load_model`).
        data: As :func:`train` takes it.
        split: "val" to choose by; "test" once, when everything is chosen; or "train".
        tta: How each image is looked at (:func:`predict`).
        clahe: Whether the network was trained on images with evened-out contrast; when left out, what the
            ``settings.json`` says that :func:`train` wrote beside the model, else no.
        twins: False leaves out the images that stand in train as well, which the network may remember.
        out: Folder for scores and pictures (:func:`save_evaluation`); nothing is written when left out.

    Returns:
        The predictions and their scores.

    Raises:
        FileNotFoundError: There is no such model.
        FerCourseError: The file is no such model, or the split has no images.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.EmotionCNN(width_mult=0.25), "runs/example.keras")
        >>> evaluate_file(path, "sample", tta="flip").n  # doctest: +ELLIPSIS
        Data: the drawn sample...
        304
    """
    from ..cleaning.duplicates import without_twins
    from ..evaluation.scores import evaluate
    from ..report.evaluation import save_evaluation
    from ..training.saved import load_model

    if split not in SPLITS:
        raise FerCourseError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
    if out is not None:
        check_folder(out)
    network = load_model(model)
    settings = read_settings(Path(model).parent)
    # Where there is no val, the same part of train takes its place as in the training, if its seed is known
    dataset = load_for_training(data, None, settings.get("recipe", {}).get("seed"))
    if not twins:
        dataset = without_twins(dataset)
    part: FaceDataset = getattr(dataset, split)
    if not len(part):
        hint = f"; without {SETTINGS} beside the network, nobody knows which part of train it has not seen"
        unknown = split == "val" and not settings
        raise FerCourseError(f"no {split} images to score: {dataset!r}{hint if unknown else ''}")
    if settings.get("clahe", False) if clahe is None else clahe:
        part = dataclasses.replace(part, images=enhance(part.images))
    evaluation = evaluate(network, part, tta)
    if out is not None:
        save_evaluation(evaluation, part, out)
    return evaluation
