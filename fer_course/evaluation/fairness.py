"""Fairness: for whom does a network work less well, is that more than luck, and whom does silence serve?"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS, check_labels
from ..errors import FerCourseError
from .scores import SCORES, Evaluation, score, score_of_table

UNKNOWN = "unknown"
"""The group of images of which it is not known where they belong."""

_CLASSES = len(EMOTIONS)
_MOST_GROUPS = 50


def group_metrics(
    labels: ArrayLike, predictions: ArrayLike, groups: ArrayLike, seed: int = 0
) -> pd.DataFrame:
    """Score every group of images by itself.

    Accuracy depends on which emotions a group shows: one with many happy faces has it easier. Balanced
    accuracy counts every emotion alike, and tells whether that is all. A group is what ``groups`` says: where
    nobody wrote down who is in a picture, something that a computer can measure (brightness, say) is no
    replacement.

    Args:
        labels: ``(n,)`` true labels, 0..6.
        predictions: ``(n,)`` predicted labels, or ``(n, 7)`` probabilities.
        groups: ``(n,)`` names, booleans or a few different numbers, such as
            ``dataset.attributes["skin_tone"]``; numbers on a scale are cut first, ``pd.cut(age, 3)`` or
            ``pd.qcut(confidence, 5)``. A missing value (NaN, None, "") makes the group "unknown".
        seed: Decides the draws of the bootstrap.

    Returns:
        One row a group: ``n``, ``right``, ``accuracy`` with its 95 % interval ``low`` and ``high`` (Wilson,
        1927), ``balanced_accuracy``, ``macro_f1`` with ``macro_f1_low`` and ``macro_f1_high`` (bootstrap; NaN
        for a single image).

    Raises:
        FerCourseError: The arrays are of different lengths, there are more than 50 groups, a label is
            missing, or the predictions are neither labels nor probabilities.

    Example:
        >>> group_metrics([3, 6, 6, 0], [3, 6, 3, 0], ["a", "a", "b", "b"])[["n", "right", "accuracy"]]
               n  right  accuracy
        group
        a      2      2       1.0
        b      2      1       0.5
    """
    evaluation = _evaluation_of(labels, predictions)
    names, group = grouped(groups, evaluation.n)
    rows = []
    for part in (evaluation.subset(group == place) for place in range(len(names))):
        f1_interval = part.macro_f1_interval(seed=seed) if part.n > 1 else (np.nan, np.nan)
        scored = (part.n, int(part.correct.sum()), part.accuracy, *part.interval, part.balanced_accuracy)
        rows.append((*scored, part.macro_f1, *f1_interval))
    columns = ["n", "right", "accuracy", "low", "high", "balanced_accuracy"]
    columns += ["macro_f1", "macro_f1_low", "macro_f1_high"]
    return pd.DataFrame(rows, pd.Index(names, name=getattr(groups, "name", None) or "group"), columns)


def group_gaps(
    labels: ArrayLike,
    predictions: ArrayLike,
    groups: Mapping[str, ArrayLike] | pd.DataFrame,
    metric: str = "accuracy",
    persons: ArrayLike | None = None,
    least: int = 10,
    permutations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Test whether groups are served unequally, by shuffling who belongs to which group.

    There is always a gap between the best and the worst group. If the groups did not matter, any assignment
    of people to groups would do as well: so people are dealt out anew, thousands of times, and the p-value is
    how often luck alone makes a gap as wide.

    **Several attributes, several chances of a false alarm**: of twenty harmless attributes one has p < 0.05.
    ``p_holm`` is corrected for the number of attributes asked here (Holm, 1979); it does not know what else
    was tried. And a large p is no proof of fairness: few images hide wide gaps. Nor is a small one proof that
    the network is to blame: groups that show other emotions differ as well (look at "balanced_accuracy" too).

    Args:
        labels: ``(n,)`` true labels, 0..6.
        predictions: ``(n,)`` predicted labels, or ``(n, 7)`` probabilities.
        groups: ``(n,)`` groups by the name of the attribute, such as ``dataset.attributes``' skin tone and
            age; each as in :func:`group_metrics`.
        metric: "accuracy", "balanced_accuracy" or "macro_f1".
        persons: ``(n,)`` who is in the picture, if known. All pictures of a person then change groups
            together; shuffling single pictures would make luck look rarer than it is.
        least: Groups with fewer images, and images of the group "unknown", are left out: among tiny groups
            there is always one with 0 % or 100 %.
        permutations: How often the groups are dealt out anew.
        seed: Decides how.

    Returns:
        One row an attribute: number of ``images`` and ``groups`` compared, the ``worst`` and the ``best``
        group, the ``gap`` between them, ``gap_by_luck`` (95 % of the shuffled gaps are smaller), ``p_value``
        and ``p_holm``.

    Raises:
        FerCourseError: As in :func:`group_metrics`; or an attribute has fewer than two groups that are large
            enough, a person is in two groups, or there is no such metric.

    Source:
        Permutation test: Fisher (1935); for gaps between groups DiCiccio et al., "Evaluating fairness using
        permutation tests" (2020).

    Example:
        >>> labels = np.arange(140) % 7
        >>> predictions = np.where(np.arange(140) < 70, labels, 3)
        >>> group_gaps(labels, predictions, {"half": np.arange(140) < 70})[["worst", "best", "p_value"]]
                   worst  best  p_value
        attribute
        half       False  True   0.0005
    """
    if metric not in SCORES:
        raise FerCourseError(f"metric is {metric!r}; expected one of {', '.join(SCORES)}")
    if permutations < 1:
        raise FerCourseError(f"permutations is {permutations}; expected 1 or more, and 2000 for a paper")
    evaluation = _evaluation_of(labels, predictions)
    cells = evaluation.labels * _CLASSES + evaluation.predictions
    rows = {
        str(name): _gap(str(name), column, cells, metric, persons, least, permutations, seed)
        for name, column in groups.items()
    }
    if not rows:
        raise FerCourseError("no attribute to compare groups of")
    table = pd.DataFrame(rows.values(), pd.Index(list(rows), name="attribute"))
    return table.assign(p_holm=_holm(table["p_value"].to_numpy()))


def abstention(
    labels: ArrayLike,
    probabilities: ArrayLike,
    thresholds: Iterable[float] = tuple(np.linspace(0, 0.95, 20)),
    groups: ArrayLike | None = None,
) -> pd.DataFrame:
    """Let a network keep silent when it is not sure: how often does it answer, and how often is it right?

    Accuracy among the answers is worth nothing without ``coverage``, the share that is answered. With groups,
    look at whose faces it is silent about: one threshold for all can widen gaps (Jones et al., 2021).

    Args:
        labels: ``(n,)`` true labels, 0..6.
        probabilities: ``(n, 7)`` probabilities; the largest is the confidence.
        thresholds: An image is answered if its confidence is this much at least.
        groups: ``(n,)`` groups to look at one by one, as in :func:`group_metrics`.

    Returns:
        One row a threshold (and ``group``, if given): ``threshold``, ``n``, ``answered``, ``coverage``,
        ``right``, ``accuracy`` among the answers with its 95 % interval ``low`` and ``high``; NaN where
        nothing is answered.

    Raises:
        FerCourseError: As in :func:`group_metrics`; or what is given are no probabilities.

    Source:
        Accuracy against coverage: El-Yaniv and Wiener (2010); Geifman and El-Yaniv (2017).

    Example:
        >>> sure = 0.1 * np.eye(7)[[3, 6]] + 0.9 * np.eye(7)[[3, 3]]
        >>> abstention([3, 6], sure, [0, 0.95])[["threshold", "coverage", "accuracy"]]
           threshold  coverage  accuracy
        0       0.00       1.0       0.5
        1       0.95       0.5       1.0
    """
    if np.ndim(probabilities) != 2:
        raise FerCourseError("confidence needs (n, 7) probabilities; predicted labels alone have none")
    evaluation = _evaluation_of(labels, probabilities)
    if groups is None:
        return pd.DataFrame([_answered(evaluation, threshold) for threshold in thresholds])
    names, group = grouped(groups, evaluation.n)
    limits = list(thresholds)
    parts = {name: evaluation.subset(group == place) for place, name in enumerate(names)}
    rows = [{"group": name} | _answered(part, limit) for name, part in parts.items() for limit in limits]
    return pd.DataFrame(rows)


def _answered(evaluation: Evaluation, threshold: float) -> dict[str, float]:
    answered = evaluation.confidence >= threshold
    counted = {"threshold": float(threshold), "n": evaluation.n, "answered": int(answered.sum())}
    counted["coverage"] = float(answered.mean())
    if not answered.any():
        return counted | {"right": 0, "accuracy": np.nan, "low": np.nan, "high": np.nan}
    part = evaluation.subset(answered)
    low, high = part.interval
    return counted | {"right": int(part.correct.sum()), "accuracy": part.accuracy, "low": low, "high": high}


def _evaluation_of(labels: ArrayLike, predictions: ArrayLike) -> Evaluation:
    """Return an evaluation of predicted labels or probabilities."""
    given, predicted = np.asarray(labels), np.asarray(predictions)
    if given.ndim != 1 or len(given) != len(predicted):
        raise FerCourseError(
            f"labels have shape {given.shape}, predictions {predicted.shape}; expected one of each an image"
        )
    if predicted.ndim == 1:
        predicted = np.eye(_CLASSES, dtype=np.float32)[check_labels(_whole(predicted))]
    return score(_whole(given), predicted)


def _whole(labels: np.ndarray) -> np.ndarray:
    """Return labels that a table may have turned into fractions as integers again."""
    if labels.dtype.kind == "f" and (labels % 1 != 0).any():  # NaN as well
        raise FerCourseError(f"labels must be whole numbers, 0..{_CLASSES - 1}; found NaN or fractions")
    return labels.astype(int) if labels.dtype.kind == "f" else labels


def grouped(groups: ArrayLike, n: int) -> tuple[list[str], np.ndarray]:
    """Return the names of the groups, in order, and for each image the place of its group."""
    column = pd.Series(getattr(groups, "array", groups)) if np.ndim(groups) == 1 else None
    if column is None or len(column) != n:
        raise FerCourseError(f"groups have shape {np.shape(groups)}, but there are {n} images")
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.where(column.astype(str) != "", None).astype("category")
    found = column.cat.remove_unused_categories()
    names = [str(name) for name in found.cat.categories]
    if len(names) > _MOST_GROUPS:
        raise FerCourseError(
            f"{len(names)} different groups for {n} images; cut numbers into ranges first, "
            "such as pd.cut(values, 3) or pd.qcut(values, 5)"
        )
    codes = found.cat.codes.to_numpy().astype(int)
    if (codes < 0).any():
        names.append(UNKNOWN)
        codes[codes < 0] = len(names) - 1
    return names, codes


def large_groups(names: list[str], group: np.ndarray, least: int) -> np.ndarray:
    """Return the places of the groups that have enough images to be compared (:func:`grouped`)."""
    return np.flatnonzero((np.bincount(group, minlength=len(names)) >= least) & (np.array(names) != UNKNOWN))


def _gap(
    attribute: str,
    groups: ArrayLike,
    cells: np.ndarray,
    metric: str,
    persons: ArrayLike | None,
    least: int,
    permutations: int,
    seed: int,
) -> dict[str, object]:
    """Compare the groups of one attribute; ``cells`` are places in a flat confusion matrix."""
    names, group = grouped(groups, len(cells))
    chosen = large_groups(names, group, least)
    if len(chosen) < 2:
        sizes = np.bincount(group, minlength=len(names))
        found = ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
        raise FerCourseError(f"{attribute}: a gap needs two groups of {least} images or more; found {found}")
    compared = np.isin(group, chosen)
    cells, group = cells[compared], np.searchsorted(chosen, group[compared])
    person, own = _people(attribute, group, persons, compared, [names[place] for place in chosen])

    def values(of_person: np.ndarray) -> np.ndarray:
        places = of_person[person] * _CLASSES**2 + cells
        counts = np.bincount(places, minlength=len(chosen) * _CLASSES**2)
        return score_of_table(metric, counts.reshape(len(chosen), _CLASSES, _CLASSES))

    observed = values(own)
    gap = np.ptp(observed)
    rng = np.random.default_rng(seed)
    shuffled = np.array([np.ptp(values(rng.permutation(own))) for _ in range(permutations)])
    return {
        "images": len(cells),
        "groups": len(chosen),
        "worst": names[chosen[observed.argmin()]],
        "best": names[chosen[observed.argmax()]],
        "gap": float(gap),
        "gap_by_luck": float(np.quantile(shuffled, 0.95)),
        "p_value": float((1 + (shuffled >= gap - 1e-9).sum()) / (1 + permutations)),
    }


def _people(
    attribute: str, group: np.ndarray, persons: ArrayLike | None, compared: np.ndarray, names: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Number the persons of the images that are compared, and return the group of each.

    Without names, every image is a person of its own.
    """
    if persons is None:
        return np.arange(len(group)), group
    given = np.asarray(persons)
    if given.shape != compared.shape:
        raise FerCourseError(f"persons have shape {given.shape}, but there are {len(compared)} images")
    person = np.asarray(np.unique(given[compared], return_inverse=True)[1])
    own = np.zeros(person.max() + 1, int)
    own[person] = group
    mixed = np.flatnonzero(own[person] != group)
    if mixed.size:
        both = names[group[mixed[0]]], names[own[person[mixed[0]]]]
        raise FerCourseError(
            f"{attribute}: one person is in the groups {both[0]} and {both[1]}; leave out persons, so that "
            "every image is dealt out by itself"
        )
    return person, own


def _holm(p_values: np.ndarray) -> np.ndarray:
    """Correct p-values for their number (Holm, 1979)."""
    order = np.argsort(p_values)
    raised = p_values[order] * (len(p_values) - np.arange(len(p_values)))
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(raised), 1)
    return corrected
