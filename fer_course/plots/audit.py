"""For whom a network works less well, and what silence would change."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import BLUE, COLORS, MUTED, figure_of, in_percent, name_rows, new_axes, new_figure, percent_axis

_COLUMNS, _CHANCE = 3, 1 / 7


def group_accuracy(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame], title: str = "", ax: Axes | None = None
) -> Figure:
    """Show the accuracy of every group with its 95 % interval.

    Args:
        tables: What ``group_metrics`` returned, or several by the name of their attribute.
        title: A text above the picture.
        ax: Where to draw.

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


def coverage_curves(table: pd.DataFrame, title: str = "", ax: Axes | None = None) -> Figure:
    """Show how accuracy rises when a network answers only what it is sure of, as ``abstention`` found.

    Returns:
        The figure: accuracy among the answers against the share that is answered, with its 95 % interval.
        Dots are the thresholds; with groups, the large ones belong to the threshold in the middle of the
        table, the same for all.

    Source:
        El-Yaniv and Wiener (2010), who draw 1 minus the accuracy: the risk.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces().val
        >>> probabilities = fer.Predictor.load().predict_proba(faces.images)
        >>> figure = coverage_curves(fer.abstention(faces.labels, probabilities))
    """
    grouped = "group" in table
    parts = dict(list(table.groupby("group", sort=False))) if grouped else {"": table}
    limits = np.sort(table["threshold"].unique())
    middle = limits[len(limits) // 2]
    with new_axes(ax, 8, 4.6) as ax:
        for color, (name, part) in zip(cycle(COLORS), parts.items(), strict=False):
            shown = part[part["answered"] > 0]
            coverage = shown["coverage"]
            ax.fill_between(coverage, shown["low"], shown["high"], color=color, alpha=0.15, linewidth=0)
            ax.plot(coverage, shown["accuracy"], ".-", color=color, label=name or None)
            if grouped:
                at = shown[shown["threshold"] == middle]
                ax.plot(at["coverage"], at["accuracy"], "o", color=color, markersize=12)
        ax.set(xlim=(0, 1), xlabel="answered", ylabel="right among these", title=title)
        ax.set_ylim(min(0.5, ax.get_ylim()[0]), 1)
        in_percent(ax.xaxis, ax.yaxis)
        if grouped:
            ax.legend(title=f"large dots: {100 * middle:.0f} % sure", loc="upper right")
    return figure_of(ax)


def robustness_curves(table: pd.DataFrame, title: str = "") -> Figure:
    """Show accuracy by severity, as ``robustness`` found it, one small picture for each corruption.

    Returns:
        The figure: each curve with the band of its 95 % interval; the dashed line is what guessing among
        seven gets.

    Example:
        >>> table = pd.DataFrame({"corruption": "blur", "severity": [0, 1], "accuracy": [0.6, 0.5],
        ...                       "low": [0.55, 0.45], "high": [0.65, 0.55]})
        >>> figure = robustness_curves(table)
    """
    names = list(dict.fromkeys(table["corruption"]))
    columns = max(1, min(_COLUMNS, len(names)))
    rows = max(1, -(-len(names) // columns))
    with new_figure(3.6 * columns, 2.7 * rows + 0.4 * bool(title)) as figure:
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for ax, name in zip(axes.flat, names, strict=False):
            _curve(ax, table[table["corruption"] == name])
            ax.set_title(name, fontsize=12)
        for ax in axes.flat[len(names) :]:
            ax.set_visible(False)
        for column in axes.T:
            for ax in [ax for ax in column if ax.get_visible()][-1:]:
                ax.tick_params(labelbottom=True)
                ax.set_xlabel("severity")
        for ax in axes[:, 0]:
            ax.set_ylabel("accuracy")
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
    return figure


def _curve(ax: Axes, part: pd.DataFrame) -> None:
    ax.axhline(_CHANCE, linestyle="--", color=MUTED, linewidth=1.5)
    ax.fill_between(part["severity"], part["low"], part["high"], color=BLUE, alpha=0.2, linewidth=0)
    ax.plot(part["severity"], part["accuracy"], "o-", color=BLUE)
    ax.set_xticks(np.arange(part["severity"].max() + 1))
    ax.set_ylim(0, max(0.8, ax.get_ylim()[1]))
    in_percent(ax.yaxis)
