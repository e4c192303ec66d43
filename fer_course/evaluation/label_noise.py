"""Wrong labels on purpose: how much of them does a network stand?"""

import numpy as np
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS, check_labels
from ..errors import FerCourseError
from ..sources.votes import ANSWER_PERCENT

WAYS = ("symmetric", "confusion")
"""What ``flip_labels`` takes as ``by``."""

_CLASSES = len(EMOTIONS)


def flip_labels(
    labels: ArrayLike, share: float, by: str | ArrayLike = "symmetric", seed: int = 0
) -> np.ndarray:
    """Give some of the images a wrong label, for studying what that does to a training.

    Which images are hit is drawn at random, whatever their label. A larger share hits the same images and
    more, so that studies with several shares can be compared.

    Args:
        labels: ``(n,)`` labels, 0..6; -1 (no label) stays.
        share: Share of the labelled images to hit, 0..1; exactly so many, rounded, get another label.
        by: "symmetric" draws any of the six other labels. "confusion" draws what the raters of FER+ confuse
            this emotion with: fear becomes surprise more often than anything else. Or a ``(7, 7)`` table of
            how often the label of the row becomes the one of the column, such as ``Evaluation.confusion``;
            its diagonal does not count.
        seed: Decides images and labels.

    Returns:
        ``(n,)`` ``int64``: a copy with wrong labels.

    Raises:
        FerCourseError: A label, the share or the table is out of its range.

    Source:
        Symmetric and class-conditional noise: Natarajan et al., "Learning with noisy labels" (2013); Patrini
        et al. (2017). The confusions are counted by ``benchmarks/ferplus_raters.py``.

    Example:
        >>> labels = np.arange(700) % 7
        >>> int((flip_labels(labels, 0.2) != labels).sum())
        140
    """
    given = check_labels(labels, unlabelled=True)
    if not 0 <= share <= 1:
        raise FerCourseError(f"share is {share}; expected 0 (none) to 1 (all): 20 % is 0.2")
    chances = _chances(by)
    rng = np.random.default_rng(seed)
    labelled = rng.permutation(np.flatnonzero(given >= 0))
    draws = rng.random(len(labelled))
    hit = labelled[: round(share * len(labelled))]
    flipped = given.copy()
    # The first label whose summed chance exceeds the draw
    summed = chances[given[hit]].cumsum(axis=1)
    summed /= summed[:, -1:]
    flipped[hit] = (draws[: len(hit), None] >= summed).sum(axis=1)
    return flipped


def _chances(by: str | ArrayLike) -> np.ndarray:
    """Return how often each wrong label is drawn for a label: ``(7, 7)`` numbers, 0 on the diagonal."""
    if isinstance(by, str):
        if by not in WAYS:
            raise FerCourseError(f"by is {by!r}; expected {' or '.join(map(repr, WAYS))}, or a (7, 7) table")
        table = ANSWER_PERCENT[:_CLASSES, :_CLASSES] if by == "confusion" else np.ones((_CLASSES, _CLASSES))
    else:
        table = np.asarray(by, np.float64)
        if table.shape != (_CLASSES, _CLASSES) or not (np.isfinite(table) & (table >= 0)).all():
            raise FerCourseError(
                f"the table has shape {table.shape}; expected ({_CLASSES}, {_CLASSES}) numbers, 0 or more"
            )
    wrong = np.where(np.eye(_CLASSES, dtype=bool), 0, table)
    never = np.flatnonzero(wrong.sum(axis=1) == 0)
    if never.size:
        raise FerCourseError(
            f"the table takes {EMOTIONS[never[0]]} for nothing else, so its label cannot be flipped; "
            "give its row a number beside the diagonal"
        )
    return wrong
