"""How accuracy falls when pictures get worse."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from .style import BLUE, MUTED, new_figure, themed

_COLUMNS, _CHANCE = 3, 1 / 7


def robustness_curves(table: pd.DataFrame, title: str = "") -> Figure:
    """Show accuracy by severity, one small picture for each corruption.

    Args:
        table: What ``robustness`` returned.
        title: A text above the pictures.

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
    with themed():
        figure = new_figure(3.6 * columns, 2.7 * rows + 0.4 * bool(title))
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for ax, name in zip(axes.flat, names, strict=False):
            _curve(ax, table[table["corruption"] == name])
            ax.set_title(name, fontsize=12)
        for ax in axes.flat[len(names) :]:
            ax.set_visible(False)
        for column in range(columns):
            lowest = [ax for ax in axes[:, column] if ax.get_visible()][-1:]
            for ax in lowest:
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
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
