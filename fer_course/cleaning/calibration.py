"""Thresholds from known truth: the highest recall that a stated loss of good images buys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from .flags import Cut, Thresholds, flag


@dataclass(frozen=True, eq=False)
class Calibration:
    """Thresholds that were fitted to known truth; made by :func:`calibrate`.

    Args:
        thresholds: For ``flag`` and ``clean``.
        table: One row a fitted threshold: ``reason``, ``score``, ``side`` ("below", "above"), ``threshold``,
            ``bad`` (images to catch), ``recall`` (share of them caught), ``lost`` (share of the good images
            lost).
        lost: Share of the good images that the fitted thresholds together lose.
    """

    thresholds: Thresholds
    table: pd.DataFrame
    lost: float


def calibrate(
    scores: pd.DataFrame, truth: ArrayLike | Mapping[str, ArrayLike], max_lost: float = 0.01
) -> Calibration:
    """Choose each threshold so that it catches the most bad images for a stated share of good ones.

    Do it on train images, and look at the result on val: the recall on the images that it was fitted to is
    flattering. A threshold that would catch nothing is set so that it flags nothing.

    Args:
        scores: What ``measure`` returned, one row an image.
        truth: ``(n,)`` booleans, True for a bad image, such as one that FER+ raters call "not a face"; or
            such booleans by reason, ``{"blurred": defect == "blur", "dark": defect == "dark"}``. Thresholds
            of other reasons keep their default. An image is good when no truth calls it bad.
        max_lost: Share of the good images, 0..1, that each threshold may lose at most.

    Returns:
        The thresholds, with the recall and the loss of each.

    Raises:
        FerCourseError: Truth of other images, an unknown reason, or no bad or no good image.

    Example:
        >>> import fer_course as fer
        >>> train = fer.sample_faces().train
        >>> truth = {"blurred": train.attributes["defect"] == "blur"}
        >>> found = calibrate(fer.measure(train.images), truth, max_lost=0.05)
        >>> found.table["reason"].tolist(), bool(found.lost <= 0.05)
        (['blurred'], True)
    """
    if not 0 <= max_lost < 1:
        raise FerCourseError(f"max_lost is {max_lost}; expected a share of the good images, 0 to below 1")
    defaults = Thresholds().cuts
    by_reason = _truth_by_reason(truth, [cut.reason for cut in defaults], len(scores))
    good = ~np.any(list(by_reason.values()), axis=0)
    if not good.any():
        raise FerCourseError("the truth calls every image bad, so no loss of good ones can be measured")
    rows, cuts = [], []
    for cut in defaults:
        bad = by_reason.get(cut.reason)
        if bad is None:
            cuts.append(cut)
            continue
        fitted = cut._replace(value=_fit(cut, scores, bad, good, max_lost))
        beyond = fitted.applies_to(scores)
        cuts.append(fitted)
        rows.append((*fitted, int(bad.sum()), float(beyond[bad].mean()), float(beyond[good].mean())))
    thresholds = Thresholds.from_cuts(cuts)
    columns = ["reason", "score", "side", "threshold", "bad", "recall", "lost"]
    fitted_reasons = flag(scores, thresholds)[list(by_reason)]
    lost = float(fitted_reasons.any(axis=1).to_numpy()[good].mean())
    return Calibration(thresholds, pd.DataFrame(rows, columns=columns), lost)


def _truth_by_reason(
    truth: ArrayLike | Mapping[str, ArrayLike], known: list[str], count: int
) -> dict[str, np.ndarray]:
    """Return the truth of each reason in one form, checked."""
    given = truth if isinstance(truth, Mapping) else dict.fromkeys(known, truth)
    by_reason = {name: np.asarray(values, dtype=bool) for name, values in given.items()}
    for name, bad in by_reason.items():
        if name not in known:
            raise FerCourseError(
                f"unknown reason {name!r}; expected some of {', '.join(dict.fromkeys(known))}"
            )
        if bad.shape != (count,):
            raise FerCourseError(f"the truth has shape {bad.shape}, but there are scores of {count} images")
        if not bad.any():
            raise FerCourseError(f"the truth of {name!r} calls no image bad, so there is nothing to catch")
    if not by_reason:
        raise FerCourseError("the truth names no reason; give booleans for one of " + ", ".join(known))
    return by_reason


def _fit(cut: Cut, scores: pd.DataFrame, bad: np.ndarray, good: np.ndarray, max_lost: float) -> float:
    """Return the mildest threshold with the highest recall that the loss allows."""
    sign = 1 if cut.side == "below" else -1  # mirrored, so that beyond is always below
    values = sign * scores[cut.score].to_numpy(dtype=float)
    in_order = np.sort(values[good])
    limit = in_order[int(max_lost * len(in_order))]  # below it lie at most so many good images
    caught = values[bad & (values < limit)]
    if not len(caught):
        return sign * float(values.min())
    # halfway to the next image: as good on these images, and the least surprising on others
    return sign * float((caught.max() + values[values > caught.max()].min()) / 2)
