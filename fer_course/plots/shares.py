"""Counts and shares: of a dataset, of each emotion, of groups, of networks, most with their 95 % interval."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

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
from ..evaluation.scores import Evaluation, wilson
from .theme import (
    BLUE,
    COLORS,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    figure_of,
    in_percent,
    name_rows,
    new_axes,
    new_figure,
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


def distributions(shares: Mapping[str, ArrayLike], title: str = "", ax: Axes | None = None) -> Figure:
    """Compare two or three times seven shares, by name: how often each emotion is predicted, or should be.

    Example:
        >>> figure = distributions({"target": [1 / 7] * 7, "predicted": [0, 0, 0, 0.5, 0, 0, 0.5]})
    """
    width = 0.8 / len(shares)
    with new_axes(ax, 9.5, 4) as ax:
        for place, (name, values) in enumerate(shares.items()):
            columns = np.arange(len(EMOTIONS)) + (place - (len(shares) - 1) / 2) * width
            heights, color = np.asarray(values, float), (MUTED, BLUE, ORANGE)[place % 3]
            bars = ax.bar(columns, heights, 0.92 * width, color=color, label=name)
            ax.bar_label(bars, [f"{100 * height:.0f}" for height in heights], fontsize=9, padding=2)
        ax.set_xticks(range(len(EMOTIONS)), EMOTIONS)
        ax.set(ylabel="share of the images", title=title)
        ax.grid(visible=False, axis="x")
        ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        in_percent(ax.yaxis)
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    return figure_of(ax)


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
    values = np.asarray(scores, np.float64)
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
        if threshold is not None:
            limits = threshold if isinstance(threshold, Mapping) else {f"{threshold:g}": threshold}
            # Each line ends below the names of those to its left, and all names stand above the bars
            for place, (name, value) in enumerate(sorted(limits.items(), key=lambda limit: limit[1])):
                top = 1 - 0.09 * place
                ax.axvline(value, ymax=top, color=INK, linestyle="--", linewidth=2)
                note(ax, name, (value, top), (6, -2), xycoords=("data", "axes fraction"), va="top")
            ax.set_ylim(top=ax.get_ylim()[1] / (1 - 0.09 * len(limits)))
        name = str(getattr(scores, "name", None) or "score").replace("_", " ")
        ax.set(xlabel=name, ylabel="share of the images")
        in_percent(ax.yaxis)
        if chosen.any():
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return figure_of(ax)


def confusion(evaluation: Evaluation, ax: Axes | None = None) -> Figure:
    """Show which emotions are taken for which: each row is one true class and adds up to 100 %.

    Returns:
        The figure: shares in large type (the recall on the diagonal), counts below in small type.

    Example:
        >>> from types import SimpleNamespace
        >>> figure = confusion(SimpleNamespace(confusion=np.eye(7, dtype=int)))
    """
    counts = np.asarray(evaluation.confusion)
    totals = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    with new_axes(ax, 7.5, 6.8) as ax:
        ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for (row, column), value in np.ndenumerate(share):
            color = "white" if value > 0.67 else "black" if counts[row, column] else "dimgray"
            style: dict[str, Any] = {"ha": "center", "va": "center", "color": color}
            weight = "bold" if row == column else "normal"
            ax.text(column, row - 0.1, f"{100 * value:.0f} %", weight=weight, **style)
            ax.text(column, row + 0.26, f"{counts[row, column]:,}", fontsize=9, **style)
        ax.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=35, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(EMOTIONS)), EMOTIONS)
        ax.set(xlabel="predicted", ylabel="true")
        ax.grid(visible=False)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return figure_of(ax)


def recall_bars(evaluation: Evaluation, title: str = "", ax: Axes | None = None) -> Figure:
    """Show the share of each emotion that is recognised, with its 95 % interval, wide where images are few.

    Example:
        >>> from types import SimpleNamespace
        >>> figure = recall_bars(SimpleNamespace(confusion=np.eye(7, dtype=int)))
    """
    counts = np.asarray(evaluation.confusion)
    return share_bars(counts.diagonal(), counts.sum(axis=1), title, ax)


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
    low, high = np.where(
        whole > 0, np.transpose([wilson(*counts) for counts in zip(part, whole, strict=True)]), 0
    )
    digits = int(share.max() < 0.1)  # of bars that are all short, whole percents say nothing
    with new_axes(ax, 8, 4) as ax:
        rows = np.arange(len(EMOTIONS))
        ax.barh(rows, share, 0.72, color=list(EMOTION_COLORS.values()))
        ends = [np.maximum(share - low, 0), np.maximum(high - share, 0)]
        ax.errorbar(share, rows, xerr=ends, fmt="none", ecolor=INK, elinewidth=1.5, capsize=4)
        for row, end in enumerate(np.maximum(share, high)):
            counts = f"{100 * share[row]:.{digits}f} %  ({part[row]:,} of {whole[row]:,})"
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


def group_accuracy(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame], title: str = "", ax: Axes | None = None
) -> Figure:
    """Show the accuracy of every group with its 95 % interval.

    ``tables`` is what ``group_metrics`` returned, or several such tables by the name of their attribute.

    Returns:
        The figure: one row a group with the number of its images; the dashed line is the accuracy on all.

    Example:
        >>> import fer_course as fer
        >>> table = fer.group_metrics([3, 6, 6, 0], [3, 6, 3, 0], ["a", "a", "b", "b"])
        >>> figure = group_accuracy(table)
    """
    named = {"": tables} if isinstance(tables, pd.DataFrame) else dict(tables)
    rows = sum(len(table) for table in named.values())
    overall = next(iter(named.values()))
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 10}
    with new_axes(ax, 8, 0.9 + 0.36 * rows + 0.18 * len(named)) as ax:
        ax.axvline(overall["right"].sum() / overall["n"].sum(), color=MUTED, linestyle="--", linewidth=1.5)
        place, places, names = 0.0, [], []
        for color, (attribute, table) in zip(cycle(COLORS), named.items(), strict=False):
            for group, row in table.iterrows():
                ax.hlines(place, row["low"], row["high"], color=color, linewidth=8, alpha=0.35)
                ax.plot(row["accuracy"], place, "|", color=color, markersize=14, markeredgewidth=3)
                ax.annotate(f"{row['n']:,.0f}", (1.01, place), **beside)
                places.append(place)
                names.append(f"{attribute.replace('_', ' ')}: {group}" if attribute else str(group))
                place += 1
            place += 0.5
        ax.annotate("images", (1.01, -0.9), **beside)
        name_rows(ax, places, names)
        ax.set(ylim=(place - 1, -0.8), title=title, xlabel="accuracy")
        percent_axis(ax)
    return figure_of(ax)


def exports(measured: pd.DataFrame, title: str = "") -> Figure:
    """Show size, time and accuracy of exported networks side by side, as ``measure_exports`` found them.

    Returns:
        The figure: a row a file; accuracy with its 95 % interval.

    Example:
        >>> row = {"megabytes": 1.2, "milliseconds": 0.9, "accuracy": 0.6, "low": 0.5, "high": 0.7}
        >>> figure = exports(pd.DataFrame([row], index=["fp16.onnx"]))
    """
    rows = np.arange(len(measured))
    with new_figure(11, 1.6 + 0.5 * len(measured)) as figure:
        size, speed, accuracy = figure.subplots(1, 3, sharey=True)
        shown = {"megabytes": "megabytes", "milliseconds": "ms for one face"}
        for ax, (column, name) in zip((size, speed), shown.items(), strict=True):
            bars = ax.barh(rows, measured[column], color=BLUE, height=0.6)
            ax.bar_label(bars, fmt="%.2f", padding=4, color=INK)
            ax.set_xlim(0, 1.25 * measured[column].max())
            ax.set_title(name, fontsize=12)
        errors = [measured["accuracy"] - measured["low"], measured["high"] - measured["accuracy"]]
        accuracy.errorbar(measured["accuracy"], rows, xerr=errors, fmt="o", color=BLUE, capsize=5)
        percent_axis(accuracy)
        accuracy.set_title("right answers", fontsize=12)
        for ax in (size, speed, accuracy):
            name_rows(ax, rows, [str(name).removesuffix(".onnx") for name in measured.index])
        size.invert_yaxis()
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
    return figure
