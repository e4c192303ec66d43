"""What a search of biases looked like, and what the biases do to the predictions."""

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .style import BLUE, INK, MUTED, ORANGE, figure_of, new_axes, themed

if TYPE_CHECKING:
    from ..evaluation.bias.result import BiasResult

_COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00")


def bias_map(result: "BiasResult", title: str = "", ax: Axes | None = None) -> Figure:
    """Show the objective over a grid of two biases.

    Args:
        result: What ``tune_bias(..., method="grid", emotions=[one, other])`` returned.
        title: A text above the map.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure: the better, the darker; a cross without biases, a square for the closed form, a star for
        the best.

    Raises:
        FerCourseError: The result is not a grid of two emotions.

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
    with themed():
        ax = ax or new_axes(7.2, 5.8)
        mesh = ax.pcolormesh(table.columns, table.index, table.to_numpy(), cmap="Blues", rasterized=True)
        marks = {"no biases": ("X", np.zeros(7)), "closed form": ("s", result.closed_form)}
        for name, (marker, biases) in (marks | {"best": ("*", result.biases)}).items():
            x, y = np.asarray(biases)[[EMOTIONS.index(first), EMOTIONS.index(second)]]
            size = 18 if marker == "*" else 11
            ax.plot(
                x, y, marker, color=ORANGE, markersize=size, markeredgecolor="white", label=name, linestyle=""
            )
        ax.set(xlabel=f"bias of {first}", ylabel=f"bias of {second}", title=title)
        ax.grid(visible=False)
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.11), ncols=3, fontsize=10)
        bar = figure_of(ax).colorbar(mesh, ax=ax, label=str(result.objective).replace("_", " "))
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    return figure_of(ax)


def convergence(results: Mapping[str, "BiasResult"], title: str = "", ax: Axes | None = None) -> Figure:
    """Show how the best value found grows with the number of biases tried.

    Args:
        results: By name, what ``tune_bias`` returned for the same images and objective.
        title: A text above the picture.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure, with the closed form as a dashed line.

    Raises:
        FerCourseError: A result comes from a file, which keeps no trials.

    Example:
        >>> import fer_course as fer
        >>> probabilities, labels = np.full((9, 7), 1 / 7), np.arange(9) % 7
        >>> result = fer.tune_bias(probabilities, labels, method="grid", emotions=["sad"], trials=25, folds=0)
        >>> figure = convergence({"grid": result})
    """
    with themed():
        ax = ax or new_axes(8.5, 4.2)
        for color, (name, result) in zip(cycle(_COLORS), results.items(), strict=False):
            if result.trials.empty:
                raise FerCourseError(f"{name} has no trials: a file does not keep them; tune again")
            best = result.trials["value"].cummax()
            ax.plot(np.arange(1, len(best) + 1), best, color=color, label=name, drawstyle="steps-post")
            ax.plot(len(best), best.iloc[-1], "o", color=color)
        closed = next(iter(results.values())).trials["value"].iloc[1]
        ax.axhline(closed, color=INK, linestyle="--", linewidth=1.5, label="closed form")
        ax.set(xscale="log", xlabel="biases tried", ylabel="best so far, on the images tuned on", title=title)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=1, symbol=" %"))
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure_of(ax)


def distributions(shares: Mapping[str, ArrayLike], title: str = "", ax: Axes | None = None) -> Figure:
    """Compare how often each emotion is predicted, or should be.

    Args:
        shares: Seven shares by name, such as ``{"target": ..., "before": ..., "after": ...}``; two or three
            of them.
        title: A text above the picture.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure.

    Example:
        >>> figure = distributions({"target": [1 / 7] * 7, "predicted": [0, 0, 0, 0.5, 0, 0, 0.5]})
    """
    width = 0.8 / len(shares)
    with themed():
        ax = ax or new_axes(9.5, 4)
        for place, (color, (name, values)) in enumerate(
            zip(cycle((MUTED, BLUE, ORANGE)), shares.items(), strict=False)
        ):
            offset = (place - (len(shares) - 1) / 2) * width
            heights = np.asarray(values, float)
            bars = ax.bar(np.arange(len(EMOTIONS)) + offset, heights, 0.92 * width, color=color, label=name)
            ax.bar_label(bars, [f"{100 * height:.0f}" for height in heights], fontsize=9, padding=2)
        ax.set_xticks(range(len(EMOTIONS)), EMOTIONS)
        ax.set(ylabel="share of the images", title=title)
        ax.grid(visible=False, axis="x")
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    return figure_of(ax)
