"""Counts, shares and scores of a dataset."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..emotions import EMOTION_COLORS, EMOTIONS
from ..evaluation.scores import wilson
from .style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    figure_of,
    in_percent,
    name_rows,
    new_axes,
    note,
    percent_axis,
)


def class_counts(datasets: FaceDataset | Mapping[str, FaceDataset], ax: Axes | None = None) -> Figure:
    """Show how many images each emotion has, for one dataset or up to three side by side, by name.

    Example:
        >>> import fer_course as fer
        >>> figure = class_counts(fer.sample_faces())
    """
    named = {"": datasets} if isinstance(datasets, FaceDataset) else dict(datasets)
    height = 0.8 / len(named)
    with new_axes(ax, 7.5, 3 + 0.6 * len(named)) as ax:
        for position, dataset in enumerate(named.values()):
            counts = dataset.class_counts()
            rows = np.arange(len(EMOTIONS)) + (position - (len(named) - 1) / 2) * height
            earlier = position < len(named) - 1
            colors = [_paler(color) if earlier else color for color in EMOTION_COLORS.values()]
            bars = ax.barh(rows, counts, height * 0.92, color=colors)
            ax.bar_label(bars, [f"{count:,}" for count in counts], padding=4, fontsize=10, color=INK)
        name_rows(ax, range(len(EMOTIONS)), EMOTIONS)
        ax.invert_yaxis()
        ax.margins(x=0.1)
        ax.set(xlabel="images")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        if len(named) > 1:
            shades = [_paler(MUTED)] * (len(named) - 1) + [MUTED]
            patches = [Rectangle((0, 0), 1, 1, color=shade) for shade in shades]
            ax.legend(patches, list(named), loc="lower left", bbox_to_anchor=(0, 1), ncols=len(named))
    return figure_of(ax)


def _paler(color: str) -> tuple[float, ...]:
    return tuple(
        paper + 0.4 * (value - paper) for value, paper in zip(to_rgb(color), to_rgb(PAPER), strict=True)
    )


def score_histogram(
    scores: pd.Series | np.ndarray,
    threshold: float | Mapping[str, float] | None = None,
    highlight: np.ndarray | None = None,
    label: str = "highlighted",
    ax: Axes | None = None,
) -> Figure:
    """Show how a score is distributed, and where a threshold cuts it.

    Args:
        scores: One column of ``measure``; its name labels the axis.
        threshold: One value, or several by name, drawn as dashed lines.
        highlight: ``(n,)`` booleans: images to show in blue, as shares of their own number; the others turn
            orange, as their frames do in a gallery.
        label: What the highlighted images are.
        ax: Where to draw.

    Returns:
        The figure. What lies above the 99.5th percentile is counted in the last bar, so that a few extremes
        do not flatten the rest.

    Example:
        >>> import fer_course as fer
        >>> scores = fer.measure(fer.sample_faces().images)
        >>> figure = score_histogram(scores["blur"], threshold=400)
    """
    values = np.asarray(scores, dtype=np.float64)
    chosen = np.zeros(len(values), bool) if highlight is None else np.asarray(highlight, bool)
    low, high = np.percentile(values, (0, 99.5)) if len(values) else (0, 1)
    bins = np.linspace(low, max(high, low + 1e-9), 61).tolist()
    with new_axes(ax, 8.5, 4) as ax:
        others = ORANGE if chosen.any() else BLUE
        for part, color, name in ((~chosen, others, "the others"), (chosen, BLUE, label)):
            if part.any():
                share = np.full(part.sum(), 1 / part.sum())
                shown = np.clip(values[part], low, high)
                ax.hist(shown, bins, weights=share, color=color, alpha=0.65, label=f"{name} ({part.sum():,})")
        _mark(ax, threshold)
        name = str(getattr(scores, "name", None) or "score").replace("_", " ")
        ax.set(xlabel=name, ylabel="share of the images")
        in_percent(ax.yaxis)
        if chosen.any():
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return figure_of(ax)


def _mark(ax: Axes, threshold: float | Mapping[str, float] | None) -> None:
    if threshold is None:
        return
    named = threshold if isinstance(threshold, Mapping) else {f"{threshold:g}": threshold}
    for place, (name, value) in enumerate(named.items()):
        ax.axvline(value, color=INK, linestyle="--", linewidth=2)
        note(ax, name, (value, 1 - 0.09 * place), (6, -2), xycoords=("data", "axes fraction"), va="top")


def share_bars(part: ArrayLike, whole: ArrayLike, title: str = "", ax: Axes | None = None) -> Figure:
    """Show a share of each emotion's images, with its 95 % interval (Wilson, 1927).

    Args:
        part: ``(7,)`` images that count, for example those that a filter removes.
        whole: ``(7,)`` images in all.
        title: What the share is.
        ax: Where to draw.

    Example:
        >>> figure = share_bars([0, 1, 2, 3, 4, 5, 6], [20] * 7, title="removed")
    """
    part, whole = np.asarray(part), np.asarray(whole)
    share = np.divide(part, whole, out=np.zeros(len(EMOTIONS)), where=whole > 0)
    low, high = np.transpose([wilson(*counts) for counts in zip(part, whole, strict=True)])
    with new_axes(ax, 8, 4) as ax:
        rows = np.arange(len(EMOTIONS))
        ax.barh(rows, share, 0.72, color=list(EMOTION_COLORS.values()))
        ends = [np.maximum(share - low, 0), np.maximum(high - share, 0)]
        ax.errorbar(share, rows, xerr=ends, fmt="none", ecolor=INK, elinewidth=1.5, capsize=4)
        for row, end in enumerate(np.maximum(share, high)):
            counts = f"{100 * share[row]:.0f} %  ({part[row]:,} of {whole[row]:,})"
            note(ax, counts if whole[row] else "no images", (end, row), (6, 0), va="center", fontsize=10)
        name_rows(ax, range(len(EMOTIONS)), EMOTIONS)
        ax.invert_yaxis()
        ax.set_xlim(0, 1.4 * max(high.max(), 0.01))
        percent_axis(ax)
        ax.set(title=title)
    return figure_of(ax)


def accuracies(
    counts: Mapping[str, tuple[int, int]], title: str = "", ax: Axes | None = None, highest: float = 1.0
) -> Figure:
    """Show one accuracy or several, each with its 95 % interval (Wilson, 1927).

    Args:
        counts: Right answers and answers in all, by name.
        title: A text above the picture.
        ax: Where to draw.
        highest: The share at which the axis ends, for shares that are all small.

    Example:
        >>> figure = accuracies({"always happy": (25, 100), "a network": (70, 100)})
    """
    with new_axes(ax, 8, 0.9 + 0.75 * len(counts)) as ax:
        for row, (right, n) in enumerate(counts.values()):
            low, high = wilson(right, n)
            share = right / n if n else 0.0
            ax.hlines(row, low, high, color=BLUE, linewidth=10, alpha=0.35)
            ax.plot(share, row, "|", color=BLUE, markersize=18, markeredgewidth=3)
            text = f"{100 * share:.1f} %  (95 % interval {100 * low:.1f} to {100 * high:.1f})"
            place = (np.clip(share, 0.3 * highest, 0.7 * highest), row - 0.22)
            ax.text(*place, text, ha="center", va="bottom", fontsize=11)
        ax.set(xlim=(0, highest), ylim=(len(counts) - 0.5, -0.75), title=title)
        name_rows(ax, range(len(counts)), list(counts))
        percent_axis(ax)
    return figure_of(ax)
