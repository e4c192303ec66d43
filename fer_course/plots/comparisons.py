"""What an ensemble gains: by how different its members are, and by how many they are."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import BLUE, INK, MUTED, ORANGE, figure_of, new_axes, new_figure, themed


def diversity_gain(table: pd.DataFrame, title: str = "", ax: Axes | None = None) -> Figure:
    """Show for every pair of members how alike their answers are, and what their vote gains.

    Args:
        table: What ``diversity`` returned.
        title: A text above the picture.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure: a dot a pair; above the line the vote beats the better one of the two.

    Example:
        >>> pairs = {"first": ["a"], "second": ["b"], "agreement": [0.7], "gain": [0.02]}
        >>> figure = diversity_gain(pd.DataFrame(pairs))
    """
    with themed():
        ax = ax or new_axes(8.5, 4.2)
        ax.axhline(0, color=MUTED, linewidth=1.5)
        ax.plot(table["agreement"], 100 * table["gain"], "o", color=BLUE, markersize=9, alpha=0.8)
        if len(table) <= 6:  # more names would hide each other
            for first, second, *place in table[["first", "second", "agreement", "gain"]].to_numpy():
                ax.annotate(
                    f"{first} + {second}",
                    (place[0], 100 * place[1]),
                    (7, 4),
                    textcoords="offset points",
                    fontsize=10,
                    color=INK,
                )
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        ax.margins(x=0.15, y=0.15)
        ax.set(
            title=title, xlabel="images with the same answer", ylabel="gain over the better one,\nin points"
        )
    return figure_of(ax)


def accuracy_by_size(table: pd.DataFrame, title: str = "", ax: Axes | None = None) -> Figure:
    """Show how the accuracy of a vote grows with the number of members.

    Args:
        table: What ``accuracy_by_size`` returned.
        title: A text above the picture.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure: the mean over all ways to pick so many members, and a band from the worst to the best.

    Example:
        >>> sizes = {"members": [1, 2], "mean": [0.5, 0.55], "lowest": [0.4, 0.55], "highest": [0.6, 0.55]}
        >>> figure = accuracy_by_size(pd.DataFrame(sizes))
    """
    with themed():
        ax = ax or new_axes(8.5, 4.2)
        ax.fill_between(table["members"], table["lowest"], table["highest"], color=BLUE, alpha=0.15)
        ax.plot(table["members"], table["mean"], "o-", color=BLUE, label="mean over all choices")
        best = table["highest"].iloc[0]
        ax.axhline(best, color=ORANGE, linestyle="--", label="the best member alone")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        ax.set(title=title, xlabel="members that vote", ylabel="accuracy")
        ax.legend(loc="lower right")
    return figure_of(ax)


def exports(measured: pd.DataFrame, title: str = "") -> Figure:
    """Show size, time and accuracy of exported networks side by side.

    Args:
        measured: What ``measure_exports`` returned.
        title: A text above the pictures.

    Returns:
        The figure: a row a file; accuracy with its 95 % interval.

    Example:
        >>> row = {"megabytes": 1.2, "milliseconds": 0.9, "accuracy": 0.6, "low": 0.5, "high": 0.7}
        >>> figure = exports(pd.DataFrame([row], index=["fp16.onnx"]))
    """
    rows = np.arange(len(measured))
    with themed():
        figure = new_figure(11, 1.6 + 0.5 * len(measured))
        size, speed, accuracy = figure.subplots(1, 3, sharey=True)
        for ax, column, name in [
            (size, "megabytes", "megabytes"),
            (speed, "milliseconds", "ms for one face"),
        ]:
            bars = ax.barh(rows, measured[column], color=BLUE, height=0.6)
            ax.bar_label(bars, fmt="%.2f", padding=4, color=INK)
            ax.set_xlim(0, 1.25 * measured[column].max())
            ax.set_title(name, fontsize=12)
        errors = [measured["accuracy"] - measured["low"], measured["high"] - measured["accuracy"]]
        accuracy.errorbar(measured["accuracy"], rows, xerr=errors, fmt="o", color=BLUE, capsize=5)
        accuracy.xaxis.set_major_locator(MaxNLocator(4))
        accuracy.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        accuracy.set_title("right answers", fontsize=12)
        size.set_yticks(rows, [str(name).removesuffix(".onnx") for name in measured.index])
        size.invert_yaxis()
        for ax in (size, speed, accuracy):
            ax.grid(visible=False, axis="y")
            ax.tick_params(axis="y", length=0)
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
    return figure
