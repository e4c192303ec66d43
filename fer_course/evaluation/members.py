"""Members of an ensemble: what they say, checked, and how they are asked."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FerCourseError
from .metrics import Evaluation, check_probabilities
from .tta import Tta, predict

Members = Mapping[str, Any] | Sequence[Any] | np.ndarray
"""``(members, n, 7)`` probabilities, or one ``(n, 7)`` array or :class:`Evaluation` each, best with names."""


def predict_members(
    files: Sequence[str | os.PathLike[str]], images: np.ndarray, tta: Tta = None
) -> dict[str, np.ndarray]:
    """Ask the members of an ensemble, one after another, so that memory holds one at a time.

    Args:
        files: Their ``.keras`` files, such as :func:`train_members` returns.
        images: ``(n, 48, 48)`` gray or ``(n, 48, 48, 3)`` RGB, ``uint8``.
        tta: How each looks at an image (:func:`predict`).

    Returns:
        For each member, by name, ``(n, 7)`` probabilities.

    Raises:
        FileNotFoundError: A file is missing.
        FerCourseError: A file is no model, two have one name, or the images do not suit a model.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.random_network(0), "runs/zoo/random_0/model.keras")
        >>> list(predict_members([path], fer.sample_faces().images[:2]))
        ['random_0']
    """
    from ..training.saved import load_model
    from ..training.zoo import forget_networks

    said = {}
    for file in files:
        path = Path(file)
        name = path.parent.name if path.stem == "model" else path.stem
        if name in said:
            raise FerCourseError(f"two members are called {name}; rename {path} or its folder")
        said[name] = predict(load_model(path), images, tta)
        forget_networks()
    return said


def checked_members(members: Members) -> tuple[tuple[str, ...], np.ndarray, Evaluation | None]:
    """Refuse members that do not fit together.

    Args:
        members: What they say.

    Returns:
        Names, ``(members, n, 7)`` probabilities and, if there is one, the first Evaluation.

    Raises:
        FerCourseError: They have other classes or images than each other, or something is no probability.
    """
    named = members if isinstance(members, Mapping) else {f"member {i}": m for i, m in enumerate(members)}
    if not named:
        raise FerCourseError("no members to combine")
    names = tuple(str(name) for name in named)
    first: Evaluation | None = None
    for name, member in named.items():
        if isinstance(member, Evaluation):
            first = first or member
            same = np.array_equal(member.ids, first.ids) and np.array_equal(member.labels, first.labels)
            if not same:
                raise FerCourseError(
                    f"{name} was scored on other images than {names[0]}; score all on the same split"
                )
    arrays = [
        check_probabilities(member.probabilities if isinstance(member, Evaluation) else member, name)
        for name, member in zip(names, named.values(), strict=True)
    ]
    for name, array in zip(names, arrays, strict=True):
        if len(array) != len(arrays[0]):
            raise FerCourseError(
                f"{name} speaks of {len(array)} images, {names[0]} of {len(arrays[0])}; "
                "let all predict the same images, in the same order"
            )
    return names, np.stack(arrays), first


def labels_of(labels: np.ndarray | None, first: Evaluation | None) -> np.ndarray | None:
    """Return the labels that were given, else those that the Evaluations bring.

    Args:
        labels: Given ones, if any.
        first: An Evaluation, if there is one.

    Returns:
        ``(n,)`` labels, if there are any.
    """
    if labels is not None:
        return np.asarray(labels)
    return None if first is None else first.labels
