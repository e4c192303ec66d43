"""The folder of an evaluation: its files, and pictures beside them."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .. import plots
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.scores import Evaluation
from ..files import write_beside


def save_evaluation(evaluation: Evaluation, dataset: FaceDataset, folder: str | os.PathLike[str]) -> Path:
    """Write scores, predictions and pictures of an evaluation.

    Beside the files of :meth:`Evaluation.save`: ``confusion.png``, ``reliability.png``, ``recall.png`` and
    ``mistakes.png``, the mistakes that the network was surest of.

    Args:
        evaluation: What ``evaluate`` returned.
        dataset: The images that were scored, in the same order.
        folder: Where to; made when missing.

    Returns:
        The folder.

    Raises:
        FerCourseError: The dataset holds other images than the evaluation.

    Example:
        >>> import fer_course as fer
        >>> val = fer.sample_faces().val
        >>> guesses = fer.score(val.labels, np.eye(7)[np.full(len(val), 3)], val.ids)
        >>> folder = save_evaluation(guesses, val, "runs/example")
        >>> sorted(path.name for path in folder.glob("*.png"))
        ['confusion.png', 'mistakes.png', 'recall.png', 'reliability.png']
    """
    if not np.array_equal(evaluation.ids, dataset.ids):
        raise FerCourseError(
            f"the evaluation is of other images than the dataset ({evaluation.n} and {len(dataset)}); "
            "pass the split that was scored, such as dataset.val"
        )
    target = evaluation.save(folder)
    pictures = {
        "confusion": plots.confusion(evaluation),
        "reliability": plots.reliability(evaluation),
        "recall": plots.recall_bars(evaluation),
        "mistakes": plots.mistakes(evaluation, dataset.images),
    }
    save_pictures(pictures, target)
    return target


def save_pictures(pictures: Mapping[str, Figure], folder: Path) -> None:
    """Write figures as PNG files of their names."""
    for name, figure in pictures.items():
        with write_beside(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, format="png", dpi=150)
