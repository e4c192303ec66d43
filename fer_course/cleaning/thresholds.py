"""Thresholds: where a score becomes a reason to drop an image; by hand, by quantiles, or from known truth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import FerCourseError, known_names


class Cut(NamedTuple):
    """One end of a threshold: a score on this side ("below", "above") of the value gives the reason."""

    reason: str
    score: str
    side: str
    value: float

    def applies_to(self, scores: pd.DataFrame) -> np.ndarray:
        """Return ``(n,)`` booleans: which images lie beyond the value; one on the value does not."""
        values = scores[self.score].to_numpy()
        return values < self.value if self.side == "below" else values > self.value


@dataclass(frozen=True)
class Thresholds:
    """Where a score becomes a flag; chosen for 48x48 pixels, and right for no other size.

    Cleaning guides give 80 for blur, which removes 0.06 % of FER2013: the number comes from large
    photographs. The defaults here were chosen on the train part of the drawn sample, where the truth is
    known: they catch every face that was darkened, overexposed or flattened, half of the blurred ones, and
    hardly a good one. They are careful on purpose: a higher blur limit catches more and costs good faces.
    On FER2013's Training images they flag 0.7 % (``benchmarks/bench_cleaning.py``). Look before you tighten
    them: many faces just above the dark and the flat limit are good photographs of dark-skinned people.

    :meth:`from_quantiles` sets them by the share of images to lose, :func:`calibrate` by known truth.

    Args:
        blur: Least variance of the Laplacian.
        brightness: Least and greatest mean gray value, 0..255.
        contrast: Least standard deviation of the gray values.
        edge_density: Least share of edge pixels, 0..1.
        entropy: Least entropy in bits, 0..8.

    Example:
        >>> Thresholds(blur=250).blur
        250
    """

    blur: float = 200
    brightness: tuple[float, float] = (40, 220)
    contrast: float = 15
    edge_density: float = 0.06
    entropy: float = 4.5

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The thresholds one by one, each with its score and its reason."""
        darkest, brightest = self.brightness
        return (
            Cut("blurred", "blur", "below", self.blur),
            Cut("dark", "brightness", "below", darkest),
            Cut("bright", "brightness", "above", brightest),
            Cut("flat", "contrast", "below", self.contrast),
            Cut("empty", "edge_density", "below", self.edge_density),
            Cut("empty", "entropy", "below", self.entropy),
        )

    @classmethod
    def from_cuts(cls, cuts: Iterable[Cut]) -> "Thresholds":
        """Put thresholds together again from all of their :attr:`cuts`, in the same order."""
        blur, darkest, brightest, *others = (cut.value for cut in cuts)
        return cls(blur, (darkest, brightest), *others)

    @classmethod
    def from_quantiles(
        cls,
        scores: pd.DataFrame,
        blur: float = 0.01,
        brightness: tuple[float, float] = (0.01, 0.99),
        contrast: float = 0.01,
        edge_density: float = 0.01,
        entropy: float = 0.01,
    ) -> "Thresholds":
        """Set every threshold by the share of images that lies beyond it.

        A quantile fits any image size and any camera, and always removes its share, from a perfect dataset
        too: it says which images are the worst, never that they are bad.

        Args:
            scores: What ``measure`` returned for the train images.
            blur: Share of the images to call blurred, 0..1.
            brightness: Quantiles of the darkest and the brightest image to keep.
            contrast: Share to call flat.
            edge_density: Share to call empty for their few edges.
            entropy: Share to call empty for their few gray values.

        Example:
            >>> import fer_course as fer
            >>> scores = fer.measure(fer.sample_faces().train.images)
            >>> limits = Thresholds.from_quantiles(scores, blur=0.05)
            >>> round(float(flag(scores, limits)["blurred"].mean()), 2)
            0.05
        """
        _check_scores(scores)
        if not len(scores):
            raise FerCourseError("quantiles need scores of at least one image; this table is empty")
        quantiles = cls(blur, brightness, contrast, edge_density, entropy).cuts
        for cut in quantiles:
            if not 0 <= cut.value <= 1:
                raise FerCourseError(f"the quantile of {cut.score} is {cut.value}; expected 0 to 1")
        return cls.from_cuts(
            cut._replace(value=float(scores[cut.score].quantile(cut.value))) for cut in quantiles
        )


def flag(scores: pd.DataFrame, thresholds: Thresholds | None = None) -> pd.DataFrame:
    """Compare scores with thresholds.

    Args:
        scores: What ``measure`` returned.
        thresholds: Where to cut; the defaults when left out.

    Returns:
        One row an image and one column of booleans a reason: ``blurred``, ``dark``, ``bright``, ``flat``
        (little contrast), ``empty`` (few edges or few gray values: a blank, a placeholder, a line drawing).

    Example:
        >>> from fer_course.cleaning.thresholds import flag
        >>> import fer_course as fer
        >>> flags = flag(fer.measure(np.full((1, 48, 48), 250, np.uint8)))
        >>> flags.columns[flags.loc[0]].tolist()
        ['blurred', 'bright', 'flat', 'empty']
    """
    _check_scores(scores)
    flags: dict[str, np.ndarray] = {}
    for cut in (thresholds or Thresholds()).cuts:
        beyond = cut.applies_to(scores)
        flags[cut.reason] = flags[cut.reason] | beyond if cut.reason in flags else beyond
    return pd.DataFrame(flags, index=scores.index)


def _check_scores(scores: pd.DataFrame) -> None:
    missing = [cut.score for cut in Thresholds().cuts if cut.score not in scores]
    if missing:
        raise FerCourseError(f"the scores have no column {missing[0]!r}; pass what measure(images) returned")


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
    known_names(by_reason, known, "reason")
    for name, bad in by_reason.items():
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
