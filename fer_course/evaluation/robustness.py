"""Robustness: how accuracy falls when the pictures get worse."""

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..dataset import FaceDataset
from ..errors import known_names
from .comparison import compare
from .corruptions import CORRUPTIONS, SEVERITIES
from .scores import Evaluation, score
from .tta import Classifier, predict

if TYPE_CHECKING:
    import keras

Predict = Callable[[np.ndarray], np.ndarray]


def robustness(
    model: "keras.Model | Classifier | Predict",
    dataset: FaceDataset,
    corruptions: Iterable[str] | None = None,
    severities: Iterable[int] = SEVERITIES,
    seed: int = 0,
) -> pd.DataFrame:
    """Score a model on the same images, corrupted more and more.

    The images are the same in every row, so each is also compared with the answer before: a change
    is told from luck by the images that one of the two answers alone got right.

    Args:
        model: A Keras model, :class:`Predictor`, or a function from ``(n, height, width)`` images to
            ``(n, 7)`` probabilities.
        dataset: Labelled faces to score, such as ``dataset.val``.
        corruptions: Which to try, keys of ``CORRUPTIONS``; all when left out: "darker", "brighter",
            "low contrast", "blur", "JPEG", "rotation", "noise", "occlusion", "low resolution".
        severities: 1 (hardly seen) to 5 (a person has to guess).
        seed: Decides angles, noise and where a patch lies; the same at every severity.

    Returns:
        For each corruption a row for severity 0, the images as they are, and one for each severity:
        ``corruption``, ``severity``, ``value`` (what the operation took), ``n``, ``accuracy`` with its 95 %
        interval ``low`` and ``high`` (Wilson, 1927), ``change`` in accuracy from severity 0 with its own
        paired interval ``change_low`` and ``change_high`` (Agresti and Min, 2005).

    Raises:
        FerCourseError: There is no such corruption or severity, no images, a label is missing, or the model
            returns something other than probabilities.

    Source:
        Hendrycks and Dietterich, "Benchmarking neural network robustness to common corruptions" (2019); the
        values are set for faces of 48x48 pixels.

    Example:
        >>> import fer_course as fer
        >>> few = fer.sample_faces().val.subset(np.arange(50))
        >>> table = robustness(fer.Predictor.load(), few, ["blur"], severities=[1, 5])
        >>> table["severity"].tolist(), bool(table["change"].iloc[2] < 0)
        ([0, 1, 5], True)
    """
    names = known_names(CORRUPTIONS if corruptions is None else corruptions, CORRUPTIONS, "corruption")
    clean = score(dataset.labels, predict(model, dataset.images), dataset.ids)
    same = _compared(clean, clean) | {"change_low": 0.0, "change_high": 0.0}
    rows: list[dict[str, Any]] = []
    steps = list(itertools.product(names, severities))
    for name, severity in tqdm(steps, desc="corrupting", disable=len(steps) * len(dataset) <= 5000):
        if name not in (row["corruption"] for row in rows):
            rows.append({"corruption": name, "severity": 0, "value": np.nan} | same)
        corrupted = CORRUPTIONS[name](dataset.images, severity, seed)
        scored = score(dataset.labels, predict(model, corrupted), dataset.ids)
        value = CORRUPTIONS[name].settings[severity - 1]
        rows.append({"corruption": name, "severity": severity, "value": value} | _compared(scored, clean))
    return pd.DataFrame(rows)


def _compared(scored: Evaluation, clean: Evaluation) -> dict[str, float]:
    (low, high), change = scored.interval, compare(clean, scored)
    scores = {"n": scored.n, "accuracy": scored.accuracy, "low": low, "high": high}
    return scores | {"change": change.difference, "change_low": change.low, "change_high": change.high}
