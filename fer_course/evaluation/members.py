"""Members of an ensemble: what they say, checked, and how they are asked."""

import os
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..emotions import check_probabilities
from ..errors import FerCourseError
from .scores import Evaluation, score
from .tta import Tta, predict

SUBSETS = 200
"""Of one size, at most so many are tried by :func:`accuracy_by_size`."""

Members = Mapping[str, Any] | Sequence[Any] | np.ndarray
"""``(members, n, 7)`` probabilities, or one ``(n, 7)`` array or :class:`Evaluation` each, best with names."""


def predict_members(
    files: Sequence[str | os.PathLike[str]], images: np.ndarray, tta: Tta = None
) -> dict[str, np.ndarray]:
    """Ask the members of an ensemble, one after another, so that memory holds one at a time.

    Takes their ``.keras`` files, such as :func:`train_members` returns, and images and views as
    :func:`predict` does; returns each member's ``(n, 7)`` probabilities, by its name.
    """
    from ..training.saved import load_model
    from ..training.zoo import free_memory

    probabilities = {}
    for file in files:
        path = Path(file)
        name = path.parent.name if path.stem == "model" else path.stem
        if name in probabilities:
            raise FerCourseError(f"two members are called {name}; rename {path} or its folder")
        probabilities[name] = predict(load_model(path), images, tta)
        free_memory()
    return probabilities


def checked_members(
    members: Members, labels: np.ndarray | None = None
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Return names, ``(members, n, 7)`` probabilities and, if there are any, labels and ids of the images.

    Members that do not fit together or to the labels are refused.
    """
    named = members if isinstance(members, Mapping) else {f"member {i}": m for i, m in enumerate(members)}
    if not named:
        raise FerCourseError("no members to combine")
    names = tuple(str(name) for name in named)
    first: Evaluation | None = None
    arrays: list[np.ndarray] = []
    for name, member in zip(names, named.values(), strict=True):
        if isinstance(member, Evaluation):
            first = first or member
            if not (np.array_equal(member.ids, first.ids) and np.array_equal(member.labels, first.labels)):
                raise FerCourseError(
                    f"{name} was scored on other images than {names[0]}; score all on the same split"
                )
        array = member.probabilities if isinstance(member, Evaluation) else member
        arrays.append(check_probabilities(array, name))
        if len(arrays[-1]) != len(arrays[0]):
            raise FerCourseError(
                f"{name} speaks of {len(arrays[-1])} images, {names[0]} of {len(arrays[0])}; "
                "let all predict the same images, in the same order"
            )
    known = first.labels if labels is None and first is not None else labels
    if known is not None:
        known = score(known, arrays[0]).labels
    return names, np.stack(arrays), known, None if first is None else first.ids


def diversity(members: Members, labels: np.ndarray | None = None) -> pd.DataFrame:
    """Tell for every pair of members how alike they are, and what they gain together.

    Args:
        members: As :func:`combine` takes them.
        labels: ``(n,)`` true labels; Evaluations bring theirs.

    Returns:
        One row a pair: ``first``, ``second``; ``agreement``, the share of images with the same answer;
        ``q_statistic``, Yule's Q of right and wrong: 1 if the two are right on the same images, 0 if they err
        independently, below 0 if one tends to be right where the other is wrong, NaN if it is not defined;
        ``both_wrong``, a share; ``gain``, the accuracy of their vote minus that of the better one.

    Source:
        Kuncheva and Whitaker, "Measures of diversity in classifier ensembles" (2003).

    Example:
        >>> labels = np.array([0, 1, 2, 3])
        >>> twins = diversity([np.eye(7)[[0, 1, 2, 0]]] * 2, labels).iloc[0]
        >>> float(twins["agreement"]), float(twins["q_statistic"]), float(twins["gain"])
        (1.0, 1.0, 0.0)
    """
    names, probabilities, labels, _ = checked_members(members, labels)
    if labels is None:
        raise FerCourseError("diversity needs labels, or Evaluations, which bring them")
    if len(names) < 2:
        raise FerCourseError(f"one member ({names[0]}) has nobody to differ from; give two or more")
    answers = probabilities.argmax(axis=2)
    right = answers == labels
    rows = []
    for i, k in combinations(range(len(names)), 2):
        agreement = (answers[i] == answers[k]).mean()
        both_wrong = (~right[i] & ~right[k]).mean()
        together = (probabilities[i] + probabilities[k]).argmax(axis=1) == labels
        gain = together.mean() - max(right[i].mean(), right[k].mean())
        rows.append((names[i], names[k], agreement, q_statistic(right[i], right[k]), both_wrong, gain))
    columns = ["first", "second", "agreement", "q_statistic", "both_wrong", "gain"]
    return pd.DataFrame(rows, columns=columns)


def q_statistic(first: np.ndarray, second: np.ndarray) -> float:
    """Compute Yule's Q (1900) of two classifiers from ``(n,)`` booleans: where each is right.

    It lies between -1 and 1, is 0 if they err independently, and NaN where one is always right.
    """
    same = int((first & second).sum()) * int((~first & ~second).sum())
    different = int((first & ~second).sum()) * int((~first & second).sum())
    return (same - different) / (same + different) if same + different else float("nan")


def accuracy_by_size(members: Members, labels: np.ndarray | None = None, seed: int = 0) -> pd.DataFrame:
    """Vote with one member, with two, with three ... and tell how accuracy grows.

    Args:
        members: As :func:`combine` takes them.
        labels: ``(n,)`` true labels; Evaluations bring theirs.
        seed: Decides which subsets are drawn where there are more than 200 of a size.

    Returns:
        One row a size: ``members``, and ``mean``, ``lowest`` and ``highest`` accuracy over the subsets.
    """
    names, probabilities, labels, _ = checked_members(members, labels)
    if labels is None:
        raise FerCourseError("accuracies need labels, or Evaluations, which bring them")
    rng, rows = np.random.default_rng(seed), []
    for size in range(1, len(names) + 1):
        subsets = list(combinations(range(len(names)), size))
        if len(subsets) > SUBSETS:
            subsets = [subsets[i] for i in rng.choice(len(subsets), SUBSETS, replace=False)]
        together = (probabilities[list(chosen)].sum(axis=0) for chosen in subsets)
        reached = [(total.argmax(axis=1) == labels).mean() for total in together]
        rows.append((size, np.mean(reached), min(reached), max(reached)))
    return pd.DataFrame(rows, columns=["members", "mean", "lowest", "highest"])
