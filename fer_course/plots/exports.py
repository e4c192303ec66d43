"""What exported networks cost and are worth."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import BLUE, INK, new_figure, themed


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
