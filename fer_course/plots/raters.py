"""Faces with what their raters said."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..emotions import EMOTION_COLORS
from ..errors import FerCourseError
from ..sources.votes import ANSWERS
from .style import INK, MUTED, new_figure, themed

_COLORS = [EMOTION_COLORS.get(name, MUTED) for name in ANSWERS]
_CELL = (1.6, 3.5)  # inches: one face and its bars


def votes(
    images: Iterable[np.ndarray],
    counts: ArrayLike,
    titles: Iterable[object] | None = None,
) -> Figure:
    """Show faces side by side, below each how many raters gave which answer.

    Args:
        images: Gray ``(height, width)`` images, ``uint8``; six to eight fit on a page.
        counts: ``(n, 10)`` votes on them, as in ``Votes.counts``.
        titles: One text above each image.

    Returns:
        The figure.

    Raises:
        FerCourseError: Not one row of votes, or not one title, for each image.

    Example:
        >>> import fer_course as fer
        >>> sample = fer.sample_faces()
        >>> counts = fer.simulate_votes(sample).counts
        >>> figure = votes(sample.images[:4], counts[:4], titles=["a", "b", "c", "d"])
    """
    pictures, table = list(images), np.asarray(counts)
    texts = [""] * len(pictures) if titles is None else [str(title) for title in titles]
    if table.shape != (len(pictures), len(ANSWERS)) or len(texts) != len(pictures):
        raise FerCourseError(
            f"{len(pictures)} images, votes of shape {table.shape} and {len(texts)} titles; give "
            f"{len(ANSWERS)} votes and one title for each image"
        )
    with themed():
        figure = new_figure(_CELL[0] * max(1, len(pictures)) + 1.1, _CELL[1])
        if pictures:
            axes = figure.subplots(2, len(pictures), squeeze=False, height_ratios=[1, 1.2])
            for column, (picture, row, text) in enumerate(zip(pictures, table, texts, strict=True)):
                face, bars = axes[:, column]
                face.imshow(picture, cmap="gray", vmin=0, vmax=255)
                face.axis("off")
                face.set_title(text, fontsize=10, fontweight="normal", loc="center")
                _bars(bars, row, table.max(), named=column == 0)
    return figure


def _bars(ax: Axes, row: np.ndarray, most: int, named: bool) -> None:
    ax.barh(range(len(ANSWERS)), row, 0.8, color=_COLORS)
    for place, count in enumerate(row):
        if count:
            ax.annotate(
                f"{count}", (count, place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=9
            )
    ax.set(xlim=(0, 1.25 * max(1, most)), ylim=(len(ANSWERS) - 0.4, -0.6))
    ax.set_yticks(range(len(ANSWERS)), ANSWERS if named else [""] * len(ANSWERS), fontsize=9, color=INK)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.spines["bottom"].set_visible(False)
