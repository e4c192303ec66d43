"""What biases, ensembles and exports gain, and at which price."""

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .style import (
    BLUE,
    COLORS,
    INK,
    MUTED,
    ORANGE,
    figure_of,
    in_percent,
    name_rows,
    new_axes,
    new_figure,
    note,
)

if TYPE_CHECKING:
    from ..evaluation.bias.result import BiasResult


def bias_map(result: "BiasResult", title: str = "", ax: Axes | None = None) -> Figure:
    """Show the objective over a grid of two biases.

    Args:
        result: What ``tune_bias(..., method="grid", emotions=[one, other])`` returned.
        title: A text above the map.
        ax: Where to draw.

    Returns:
        The figure: the better, the darker; a cross without biases, a square for the closed form, a star for
        the best.

    Example:
        >>> import fer_course as fer
        >>> pair, even = ["sad", "fear"], np.full((9, 7), 1 / 7)
        >>> result = fer.tune_bias(even, np.arange(9) % 7, method="grid", emotions=pair, trials=25, folds=0)
        >>> figure = bias_map(result)
    """
    names = result.tuned
    if result.method != "grid" or len(names) != 2 or result.trials.empty:
        raise FerCourseError('a map needs two biases: tune_bias(..., method="grid", emotions=[one, other])')
    first, second = names
    table = result.trials.iloc[2:].pivot_table("value", second, first)
    with new_axes(ax, 7.2, 5.8) as ax:
        mesh = ax.pcolormesh(table.columns, table.index, table.to_numpy(), cmap="Blues", rasterized=True)
        marks = {"no biases": ("X", np.zeros(7)), "closed form": ("s", result.closed_form)}
        for name, (marker, biases) in (marks | {"best": ("*", result.biases)}).items():
            place = np.asarray(biases)[[EMOTIONS.index(first), EMOTIONS.index(second)]]
            style: dict[str, Any] = {"color": ORANGE, "markeredgecolor": "white", "linestyle": ""}
            ax.plot(*place, marker, markersize=18 if marker == "*" else 11, label=name, **style)
        ax.set(xlabel=f"bias of {first}", ylabel=f"bias of {second}", title=title)
        ax.grid(visible=False)
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.11), ncols=3, fontsize=10)
        bar = figure_of(ax).colorbar(mesh, ax=ax, label=str(result.objective).replace("_", " "))
        in_percent(bar.ax.yaxis)
    return figure_of(ax)


def convergence(results: Mapping[str, "BiasResult"], title: str = "", ax: Axes | None = None) -> Figure:
    """Show how the best value found grows with the number of biases tried; the closed form is dashed.

    Args:
        results: By name, what ``tune_bias`` returned for the same images and objective.
        title: A text above the picture.
        ax: Where to draw.

    Example:
        >>> import fer_course as fer
        >>> even, labels = np.full((9, 7), 1 / 7), np.arange(9) % 7
        >>> result = fer.tune_bias(even, labels, method="grid", emotions=["sad"], trials=25, folds=0)
        >>> figure = convergence({"grid": result})
    """
    with new_axes(ax, 8.5, 4.2) as ax:
        for color, (name, result) in zip(cycle(COLORS), results.items(), strict=False):
            if result.trials.empty:
                raise FerCourseError(f"{name} has no trials: a file does not keep them; tune again")
            best = result.trials["value"].cummax()
            ax.plot(np.arange(1, len(best) + 1), best, color=color, label=name, drawstyle="steps-post")
            ax.plot(len(best), best.iloc[-1], "o", color=color)
        closed = next(iter(results.values())).trials["value"].iloc[1]
        ax.axhline(closed, color=INK, linestyle="--", linewidth=1.5, label="closed form")
        ax.set(xscale="log", xlabel="biases tried", ylabel="best so far, on the images tuned on", title=title)
        in_percent(ax.yaxis, decimals=1)
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure_of(ax)


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
        ax.yaxis.set_major_locator(MaxNLocator(5))
        in_percent(ax.yaxis)
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    return figure_of(ax)


def diversity_gain(table: pd.DataFrame, title: str = "", ax: Axes | None = None) -> Figure:
    """Show for every pair of :func:`diversity` how alike the answers are, and what their vote gains.

    Returns:
        The figure: a dot a pair; above the line the vote beats the better one of the two.

    Example:
        >>> pairs = {"first": ["a"], "second": ["b"], "agreement": [0.7], "gain": [0.02]}
        >>> figure = diversity_gain(pd.DataFrame(pairs))
    """
    with new_axes(ax, 8.5, 4.2) as ax:
        ax.axhline(0, color=MUTED, linewidth=1.5)
        ax.plot(table["agreement"], 100 * table["gain"], "o", color=BLUE, markersize=9, alpha=0.8)
        if len(table) <= 6:  # more names would hide each other
            for first, second, x, y in table[["first", "second", "agreement", "gain"]].to_numpy():
                note(ax, f"{first} + {second}", (x, 100 * y), (7, 4), fontsize=10, color=INK)
        in_percent(ax.xaxis)
        ax.margins(x=0.15, y=0.15)
        ax.set(
            xlabel="images with the same answer", ylabel="gain over the better one,\nin points", title=title
        )
    return figure_of(ax)


def accuracy_by_size(table: pd.DataFrame, title: str = "", ax: Axes | None = None) -> Figure:
    """Show how the accuracy of a vote grows with its members, as the function of the same name counted.

    Returns:
        The figure: the mean over all ways to pick so many members, and a band from the worst to the best.

    Example:
        >>> sizes = {"members": [1, 2], "mean": [0.5, 0.55], "lowest": [0.4, 0.55], "highest": [0.6, 0.55]}
        >>> figure = accuracy_by_size(pd.DataFrame(sizes))
    """
    with new_axes(ax, 8.5, 4.2) as ax:
        ax.fill_between(table["members"], table["lowest"], table["highest"], color=BLUE, alpha=0.15)
        ax.plot(table["members"], table["mean"], "o-", color=BLUE, label="mean over all choices")
        best = table["highest"].iloc[0]
        ax.axhline(best, color=ORANGE, linestyle="--", label="the best member alone")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        in_percent(ax.yaxis)
        ax.set(title=title, xlabel="members that vote", ylabel="accuracy")
        ax.legend(loc="lower right")
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
        for ax, column, name in (
            (size, "megabytes", "megabytes"),
            (speed, "milliseconds", "ms for one face"),
        ):
            bars = ax.barh(rows, measured[column], color=BLUE, height=0.6)
            ax.bar_label(bars, fmt="%.2f", padding=4, color=INK)
            ax.set_xlim(0, 1.25 * measured[column].max())
            ax.set_title(name, fontsize=12)
        errors = [measured["accuracy"] - measured["low"], measured["high"] - measured["accuracy"]]
        accuracy.errorbar(measured["accuracy"], rows, xerr=errors, fmt="o", color=BLUE, capsize=5)
        accuracy.xaxis.set_major_locator(MaxNLocator(4))
        in_percent(accuracy.xaxis)
        accuracy.set_title("right answers", fontsize=12)
        for ax in (size, speed, accuracy):
            name_rows(ax, rows, [str(name).removesuffix(".onnx") for name in measured.index])
        size.invert_yaxis()
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
    return figure
