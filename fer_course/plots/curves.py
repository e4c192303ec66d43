"""Curves and maps: of a training, of confidence, of worse and worse pictures, of biases and of ensembles."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..evaluation.bias.result import BiasResult
from ..evaluation.scores import Evaluation, wilson
from .theme import (
    BLUE,
    COLORS,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PAPER,
    figure_of,
    in_percent,
    new_axes,
    new_figure,
    note,
)

if TYPE_CHECKING:
    from ..training.budget import Law
    from ..training.checkpoints import History

_COLUMNS, _CHANCE = 3, 1 / 7
_BESIDE_TITLE: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 3}


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
        for ax in axes:  # beside the title, where no curve can run
            ax.legend(fontsize=11, handlelength=1.5, columnspacing=1, **_BESIDE_TITLE)
    return figure


def reliability(evaluation: Evaluation, title: str = "", ax: Axes | None = None) -> Figure:
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
        # Not clipped, so that a dot at 100 % is whole
        dots: dict[str, Any] = {"fmt": "o", "color": BLUE, "markersize": 9, "clip_on": False}
        ax.errorbar(sure, accuracy, yerr=ends, ecolor=INK, elinewidth=1, capsize=3, **dots)
        ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
        ax.legend(loc="best", fontsize=10)
        ax.set_title(title or f"calibration error {100 * evaluation.calibration_error:.1f} %")
        in_percent(ax.xaxis, ax.yaxis)
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
    parts = dict(list(table.groupby("corruption", sort=False)))
    columns = max(1, min(_COLUMNS, len(parts)))
    rows = max(1, -(-len(parts) // columns))
    with new_figure(3.6 * columns, 2.7 * rows + 0.4 * bool(title)) as figure:
        ax: Axes | None = None
        for place, (name, part) in enumerate(parts.items()):
            ax = figure.add_subplot(rows, columns, place + 1, sharex=ax, sharey=ax)
            ax.axhline(_CHANCE, linestyle="--", color=MUTED, linewidth=1.5)
            ax.fill_between(part["severity"], part["low"], part["high"], color=BLUE, alpha=0.2, linewidth=0)
            ax.plot(part["severity"], part["accuracy"], "o-", color=BLUE)
            ax.set_xticks(np.arange(part["severity"].max() + 1))
            ax.set_ylim(0, max(0.8, ax.get_ylim()[1]))
            in_percent(ax.yaxis)
            leftmost, lowest = place % columns == 0, place + columns >= len(parts)
            ax.tick_params(labelleft=leftmost, labelbottom=lowest)
            ax.set(ylabel="accuracy" if leftmost else "", xlabel="severity" if lowest else "")
            ax.set_title(str(name), fontsize=12)
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
    return figure


def bias_map(result: BiasResult, title: str = "", ax: Axes | None = None) -> Figure:
    """Show the objective over a grid of two biases.

    ``result`` is what ``tune_bias(..., method="grid", emotions=[one, other])`` returned.

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


def convergence(results: Mapping[str, BiasResult], title: str = "", ax: Axes | None = None) -> Figure:
    """Show how the best value found grows with the number of biases tried; the closed form is dashed.

    ``results`` are, by name, what ``tune_bias`` returned for the same images and objective.

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
                away = 4 if y >= 0 else -13  # from the line, which would strike a name out
                note(ax, f"{first} + {second}", (x, 100 * y), (7, away), fontsize=10, color=INK)
        in_percent(ax.xaxis)
        ax.margins(x=0.15, y=0.15)
        ax.set(
            xlabel="images with the same answer", ylabel="gain over the better one,\nin points", title=title
        )
    return figure_of(ax)


def scaling_curves(law: "Law", network: tuple[str, float], title: str = "", ax: Axes | None = None) -> Figure:
    """Show what trainings of a network reached, by the images that they had and by how often they saw them.

    Args:
        law: Of the study that ``minutes=`` plans by (:func:`law_of`).
        network: Name and width.
        title: Above the picture.
        ax: Where to draw.

    Returns:
        The figure: a colour for each number of different images, a dot for each training, the law as a line
        up to the epochs of the longest one, and a band in which 95 % of such trainings end.

    Example:
        >>> from fer_course.training.budget import law_of
        >>> figure = scaling_curves(law_of("FER2013")[0], ("CompactCNN", 1.0))
    """
    reached = pd.DataFrame(law.trainings).query("network == @network[0] and width_mult == @network[1]")
    most = reached["epochs"].max()
    with new_axes(ax, 9, 4.8) as ax:
        for color, images in zip(COLORS, np.unique(reached["images"]).tolist(), strict=False):
            some = reached[reached["images"] == images]
            epochs = np.unique(np.geomspace(1, most, 30).round().astype(int))
            shown, laws = images * epochs, [law(network, images, epoch) for epoch in epochs]
            band = np.array([law.interval(network, images, epoch) for epoch in epochs]) / 100
            ax.fill_between(shown, *band.T, color=color, alpha=0.12, linewidth=0)
            ax.plot(shown, np.array(laws) / 100, color=color, label=f"{images:,} different images")
            ax.plot(images * some["epochs"], some["val_accuracy_percent"] / 100, "o", color=color)
        ax.axhline(law.guessing / 100, color=MUTED, linestyle=":", label="always the most frequent emotion")
        ax.set(
            title=title,
            xscale="log",
            xlabel="images shown: different ones, times epochs",
            ylabel="val accuracy",
        )
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        in_percent(ax.yaxis)
        ax.legend(loc="upper left")
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
