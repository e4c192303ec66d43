"""How sure a network is, and whether it has reason to be."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ..emotions import EMOTIONS
from .gallery import faces
from .shares import wilson
from .style import BLUE, INK, LINE, MUTED, ORANGE, figure_of, new_axes, themed

if TYPE_CHECKING:
    from ..evaluation.metrics import Evaluation


def reliability(evaluation: "Evaluation", title: str = "", ax: Axes | None = None) -> Figure:
    """Show how often a network is right when it is so or so sure: the reliability plot.

    Dots below the dashed line are answers given with too much confidence, dots above it with too little. The
    orange lines are the distances whose mean, over all images, is the calibration error.

    Args:
        evaluation: What ``evaluate`` returned.
        title: A text above the picture; the calibration error when left out.
        ax: Where to draw; a new figure when left out.

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
    with themed():
        ax = ax or new_axes(6.4, 6)
        ax.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1.5, label="as sure as right")
        name = "share of the images"
        ax.bar(table["low"], share, width, align="edge", color=LINE, edgecolor="white", label=name)
        ax.vlines(sure, sure, accuracy, color=ORANGE, linewidth=5, alpha=0.8)
        ends = [np.maximum(accuracy - low, 0), np.maximum(high - accuracy, 0)]
        ax.errorbar(
            sure,
            accuracy,
            yerr=ends,
            fmt="o",
            color=BLUE,
            markersize=9,
            ecolor=INK,
            elinewidth=1,
            capsize=3,
            clip_on=False,  # a dot at 100 % stays round
        )
        ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
        ax.legend(loc="best", fontsize=10)
        ax.set_title(title or f"calibration error {100 * evaluation.calibration_error:.1f} %")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    return figure_of(ax)


def mistakes(evaluation: "Evaluation", images: np.ndarray, count: int = 12, title: str = "") -> Figure:
    """Show the wrong answers that a network was surest of.

    Args:
        evaluation: What ``evaluate`` returned.
        images: The images that were scored, in the same order.
        count: How many at most.
        title: A text above the gallery.

    Returns:
        The figure: under each answer, with its confidence, the label.

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
