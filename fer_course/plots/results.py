"""How a training went, and how good its network is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..emotions import EMOTIONS
from ..evaluation.scores import wilson
from .gallery import faces
from .shares import share_bars
from .style import BLUE, INK, LINE, MUTED, ORANGE, PAPER, figure_of, in_percent, new_axes, new_figure

if TYPE_CHECKING:
    from ..evaluation.scores import Evaluation
    from ..training.checkpoints import History


def learning_curves(history: "History | pd.DataFrame | Mapping[str, Sequence[float]]") -> Figure:
    """Show loss and accuracy over the epochs, with the best epoch on val marked.

    Args:
        history: What ``fit`` returned, or its columns: ``loss``, ``accuracy``, ``val_loss``,
            ``val_accuracy``, and ``epoch`` if that is not 1, 2, ...

    Example:
        >>> figure = learning_curves({"loss": [2, 1], "accuracy": [0.2, 0.6],
        ...                           "val_loss": [2, 1.5], "val_accuracy": [0.2, 0.5]})
    """
    table = pd.DataFrame(history.frame if hasattr(history, "frame") else history).reset_index(drop=True)
    if "epoch" not in table:
        table["epoch"] = table.index + 1
    with new_figure(10, 3.8) as figure:
        axes = figure.subplots(1, 2)
        for ax, name in zip(axes, ("loss", "accuracy"), strict=True):
            for prefix, color, line, part in (("", MUTED, ".--", "train"), ("val_", BLUE, ".-", "val")):
                if prefix + name in table:
                    ax.plot(table["epoch"], table[prefix + name], line, color=color, label=part)
            ax.set(title=name, xlabel="epoch")
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        in_percent(axes[1].yaxis)
        if "val_accuracy" in table and table["val_accuracy"].notna().any():
            best = table.iloc[int(np.nanargmax(table["val_accuracy"]))]
            label = f"best: {100 * best['val_accuracy']:.1f} %"
            axes[1].plot(best["epoch"], best["val_accuracy"], "o", color=ORANGE, markersize=10, label=label)
        place: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 3}
        for ax in axes:  # beside the title, where no curve can run
            ax.legend(fontsize=11, handlelength=1.5, columnspacing=1, **place)
    return figure


def confusion(evaluation: "Evaluation", ax: Axes | None = None) -> Figure:
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


def recall_bars(evaluation: "Evaluation", title: str = "", ax: Axes | None = None) -> Figure:
    """Show the share of each emotion that is recognised, with its 95 % interval, wide where images are few.

    Example:
        >>> from types import SimpleNamespace
        >>> figure = recall_bars(SimpleNamespace(confusion=np.eye(7, dtype=int)))
    """
    counts = np.asarray(evaluation.confusion)
    return share_bars(counts.diagonal(), counts.sum(axis=1), title, ax)


def reliability(evaluation: "Evaluation", title: str = "", ax: Axes | None = None) -> Figure:
    """Show how often a network is right when it is so or so sure: the reliability plot.

    Dots below the dashed line are answers given with too much confidence, dots above it with too little. The
    orange lines are the distances whose mean, over all images, is the calibration error.

    Args:
        evaluation: What ``evaluate`` returned.
        title: A text above the picture; the calibration error when left out.
        ax: Where to draw.

    Returns:
        The figure: one dot for each of 15 bins of confidence, with the 95 % interval of its accuracy (Wilson,
        1927), and at the bottom the share of the images in each bin.

    Source:
        Niculescu-Mizil and Caruana (2005); Guo et al. (2017).

    Example:
        >>> import fer_course as fer
        >>> figure = reliability(fer.score([3, 6, 6], np.eye(7)[[3, 6, 3]]))
    """
    table = evaluation.calibration()
    width = table["high"] - table["low"]
    share = table["images"] / table["images"].sum()
    filled = table[table["images"] > 0]
    right = (filled["accuracy"] * filled["images"]).round().astype(int)
    low, high = np.transpose([wilson(*counts) for counts in zip(right, filled["images"], strict=True)])
    sure, accuracy = filled["confidence"], filled["accuracy"]
    with new_axes(ax, 6.4, 6) as ax:
        ax.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1.5, label="as sure as right")
        name = "share of the images"
        ax.bar(table["low"], share, width, align="edge", color=LINE, edgecolor=PAPER, label=name)
        ax.vlines(sure, sure, accuracy, color=ORANGE, linewidth=5, alpha=0.8)
        ends = [np.maximum(accuracy - low, 0), np.maximum(high - accuracy, 0)]
        dots: dict[str, Any] = {
            "fmt": "o",
            "color": BLUE,
            "markersize": 9,
            "clip_on": False,
        }  # whole at 100 %
        ax.errorbar(sure, accuracy, yerr=ends, ecolor=INK, elinewidth=1, capsize=3, **dots)
        ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
        ax.legend(loc="best", fontsize=10)
        ax.set_title(title or f"calibration error {100 * evaluation.calibration_error:.1f} %")
        in_percent(ax.xaxis, ax.yaxis)
    return figure_of(ax)


def mistakes(evaluation: "Evaluation", images: np.ndarray, count: int = 12, title: str = "") -> Figure:
    """Show the wrong answers that a network was surest of, and under each the label.

    Args:
        evaluation: What ``evaluate`` returned.
        images: The images that were scored, in the same order.
        count: How many at most.
        title: A text above the gallery.

    Example:
        >>> import fer_course as fer
        >>> val = fer.sample_faces().val
        >>> figure = mistakes(fer.score(val.labels, np.eye(7)[np.full(len(val), 3)]), val.images)
    """
    chosen = evaluation.most_confident_mistakes(count)
    texts = [
        f"{EMOTIONS[evaluation.predictions[i]]} {evaluation.confidence[i]:.0%}\n"
        f"label: {EMOTIONS[evaluation.labels[i]]}"
        for i in chosen
    ]
    return faces([images[i] for i in chosen], texts, columns=6, title=title)
