"""Pictures in one style: large enough for a projector, safe for colour-blind eyes.

Every function returns the Figure, and a notebook shows it when the call is the last line of a cell. Given an
``ax``, a function draws there instead, on a figure that is yours: end that line with ``;``.

Example:
    >>> import fer_course as fer
    >>> figure = fer.plots.faces(fer.sample_faces().images[:8])
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .dataset import FaceDataset
from .emotions import EMOTION_COLORS, EMOTIONS
from .errors import FerCourseError

if TYPE_CHECKING:
    from .evaluation.metrics import Evaluation

INK, MUTED, LINE = "#1B1F24", "#5C6670", "#D5DAE0"
BLUE, ORANGE = "#0072B2", "#D55E00"
"""The two colours for "this one" and "the other one" (Okabe and Ito)."""

THEME: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.size": 12,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "image.cmap": "gray",
    "legend.frameon": False,
    "lines.linewidth": 2.5,
    "savefig.dpi": 150,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


def use_theme() -> None:
    """Give a notebook's own Matplotlib pictures the same style as the ones below.

    Example:
        >>> import fer_course as fer
        >>> fer.plots.use_theme()
    """
    matplotlib.rcParams.update(THEME)


def faces(
    images: np.ndarray,
    titles: Sequence[object] | None = None,
    columns: int = 8,
    colors: Sequence[str | None] | None = None,
    smooth: bool = False,
) -> Figure:
    """Show images in a gallery.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``.
        titles: One text above each image.
        columns: Images in a row.
        colors: A frame colour for each image; None leaves one without a frame.
        smooth: Draw between the pixels instead of showing them as squares.

    Returns:
        The figure.

    Raises:
        FerCourseError: There is not one title or colour for each image.

    Example:
        >>> import fer_course as fer
        >>> sample = fer.sample_faces()
        >>> figure = faces(sample.images[:4], titles=[fer.EMOTIONS[label] for label in sample.labels[:4]])
    """
    for name, values in (("titles", titles), ("colors", colors)):
        if values is not None and len(values) != len(images):
            raise FerCourseError(f"{len(values)} {name} for {len(images)} images; give one for each")
    columns = max(1, min(columns, len(images)))
    rows = max(1, -(-len(images) // columns))
    lines = max((str(title).count("\n") + 1 for title in titles), default=0) if titles is not None else 0
    with _theme():
        figure = _figure(1.25 * columns, (1.25 + 0.2 * lines) * rows)
        grid = figure.subplots(rows, columns, squeeze=False)
    for position, ax in enumerate(grid.flat):
        ax.axis("off")
        if position < len(images):
            color = colors[position] if colors is not None else None
            title = str(titles[position]) if titles is not None else ""
            _face(ax, images[position], title, color, smooth)
    return figure


def _face(ax: Axes, image: np.ndarray, title: str, color: str | None, smooth: bool) -> None:
    ax.imshow(image, vmin=0, vmax=255, cmap="gray", interpolation="bicubic" if smooth else "nearest")
    ax.set_title(title, loc="center", fontsize=10, fontweight="normal", pad=4)
    if color is not None:
        ax.axis("on")
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set(visible=True, edgecolor=color, linewidth=4)


def class_counts(datasets: FaceDataset | Mapping[str, FaceDataset], ax: Axes | None = None) -> Figure:
    """Show how many images each emotion has, for one dataset or several side by side.

    Args:
        datasets: A dataset, or up to three by name, for example ``{"before": all, "after": kept}``.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure.

    Example:
        >>> import fer_course as fer
        >>> figure = class_counts(fer.sample_faces())
    """
    named = {"": datasets} if isinstance(datasets, FaceDataset) else dict(datasets)
    height = 0.8 / len(named)
    with _theme():
        ax = ax or _axes(7.5, 3 + 0.6 * len(named))
        for position, (name, dataset) in enumerate(named.items()):
            counts = dataset.class_counts()
            offset = (position - (len(named) - 1) / 2) * height
            earlier = position < len(named) - 1
            bars = ax.barh(
                np.arange(len(EMOTIONS)) + offset,
                counts,
                height * 0.92,
                color=list(EMOTION_COLORS.values()),
                alpha=0.4 if earlier else 1,
                label=name,
            )
            ax.bar_label(bars, [f"{count:,}" for count in counts], padding=4, fontsize=10, color=INK)
        _emotions_down(ax)
        ax.margins(x=0.1)
        ax.set(xlabel="images")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        if len(named) > 1:
            handles = [plt.Rectangle((0, 0), 1, 1, color=MUTED, alpha=a) for a in [0.4] * (len(named) - 1) + [1]]
            ax.legend(handles, list(named), loc="lower right")
    return _figure_of(ax)


def score_histogram(
    scores: pd.Series | np.ndarray,
    threshold: float | Sequence[float] | None = None,
    highlight: np.ndarray | None = None,
    label: str = "highlighted",
    ax: Axes | None = None,
) -> Figure:
    """Show how a score is distributed, and where a threshold cuts it.

    Args:
        scores: One column of ``measure``; its name labels the axis.
        threshold: One value or several, drawn as dashed lines.
        highlight: ``(n,)`` booleans: the images to show in a second colour, on their own scale of shares.
        label: What the highlighted images are.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure. The axis stops at the 99.5th percentile, so that a few extremes do not flatten the rest.

    Example:
        >>> import fer_course as fer
        >>> scores = fer.measure(fer.sample_faces().images)
        >>> figure = score_histogram(scores["blur"], threshold=400)
    """
    values = np.asarray(scores, dtype=np.float64)
    chosen = np.zeros(len(values), bool) if highlight is None else np.asarray(highlight, bool)
    low, high = np.percentile(values, (0, 99.5)) if len(values) else (0, 1)
    bins = np.linspace(low, max(high, low + 1e-9), 61)
    with _theme():
        ax = ax or _axes(8, 4)
        for part, color, name in ((~chosen, BLUE, "the others"), (chosen, ORANGE, label)):
            if part.any():
                share = np.full(part.sum(), 100 / part.sum())
                shown = np.clip(values[part], low, high)
                ax.hist(shown, bins, weights=share, color=color, alpha=0.65, label=f"{name} ({part.sum():,})")
        for value in np.atleast_1d(threshold if threshold is not None else []):
            ax.axvline(value, color=INK, linestyle="--", linewidth=2)
            ax.annotate(
                f"{value:g}",
                (value, 1),
                xycoords=("data", "axes fraction"),
                xytext=(4, -2),
                textcoords="offset points",
                va="top",
            )
        ax.set(xlabel=getattr(scores, "name", None) or "score", ylabel="images")
        ax.yaxis.set_major_formatter(PercentFormatter(decimals=0))
        if chosen.any():
            ax.legend()
    return _figure_of(ax)


def learning_curves(history: pd.DataFrame | Mapping[str, Sequence[float]]) -> Figure:
    """Show loss and accuracy over the epochs, with the best validation epoch marked.

    Args:
        history: Columns ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``, and ``epoch`` if not 1, 2, ...

    Returns:
        The figure.

    Example:
        >>> figure = learning_curves({"loss": [2, 1], "accuracy": [0.2, 0.6],
        ...                           "val_loss": [2, 1.5], "val_accuracy": [0.2, 0.5]})
    """
    table = pd.DataFrame(history)
    epoch = table["epoch"] if "epoch" in table else np.arange(1, len(table) + 1)
    with _theme():
        figure = _figure(10, 3.8)
        left, right = figure.subplots(1, 2)
        for ax, name in ((left, "loss"), (right, "accuracy")):
            ax.plot(epoch, table[name], color=MUTED, label="train")
            if f"val_{name}" in table:
                ax.plot(epoch, table[f"val_{name}"], color=BLUE, label="val")
            ax.set(title=name.capitalize(), xlabel="epoch")
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        if "val_accuracy" in table and table["val_accuracy"].notna().any():
            best = table["val_accuracy"].idxmax()
            right.plot(pd.Series(epoch).loc[best], table["val_accuracy"].loc[best], "o", color=ORANGE, ms=9, label="best")
        right.legend(loc="lower right")
        left.legend(loc="upper right")
    return figure


def confusion(evaluation: "Evaluation", ax: Axes | None = None) -> Figure:
    """Show which emotions are taken for which: each row is one true class and adds up to 100 %.

    Args:
        evaluation: What ``evaluate`` returned.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure: shares in large type (the recall on the diagonal), counts below in small type.

    Example:
        >>> from types import SimpleNamespace
        >>> figure = confusion(SimpleNamespace(confusion=np.eye(7, dtype=int)))
    """
    counts = np.asarray(evaluation.confusion)
    totals = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    with _theme():
        ax = ax or _axes(7.5, 6.8)
        ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for (row, column), value in np.ndenumerate(share):
            color = "white" if value > 0.55 else INK if counts[row, column] else MUTED
            weight = "bold" if row == column else "normal"
            ax.text(column, row - 0.1, f"{100 * value:.0f} %", ha="center", va="center", color=color, weight=weight)
            ax.text(column, row + 0.26, f"{counts[row, column]:,}", ha="center", va="center", color=color, fontsize=8)
        ax.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=35, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(EMOTIONS)), EMOTIONS)
        ax.set(xlabel="predicted", ylabel="true")
        ax.grid(visible=False)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return _figure_of(ax)


def recall_bars(evaluation: "Evaluation", ax: Axes | None = None) -> Figure:
    """Show the share of each emotion that is recognised, with its 95 % Wilson interval.

    Args:
        evaluation: What ``evaluate`` returned.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure. Wide intervals belong to emotions with few images.

    Example:
        >>> from types import SimpleNamespace
        >>> figure = recall_bars(SimpleNamespace(confusion=np.eye(7, dtype=int)))
    """
    counts = np.asarray(evaluation.confusion)
    return share_bars(counts.diagonal(), counts.sum(axis=1), "recall", ax)


def share_bars(part: np.ndarray, whole: np.ndarray, label: str, ax: Axes | None = None) -> Figure:
    """Show a share of the images of each emotion, with its 95 % Wilson interval.

    Args:
        part: ``(7,)`` images that are counted, for example those that a filter removes.
        whole: ``(7,)`` images in all.
        label: What the share is.
        ax: Where to draw; a new figure when left out.

    Returns:
        The figure.

    Example:
        >>> figure = share_bars(np.arange(7), np.full(7, 20), "removed")
    """
    part, whole = np.asarray(part), np.asarray(whole)
    share = np.divide(part, whole, out=np.zeros(len(EMOTIONS)), where=whole > 0)
    low, high = _wilson(part, whole)
    with _theme():
        ax = ax or _axes(7.5, 3.8)
        rows = np.arange(len(EMOTIONS))
        ax.barh(rows, share, 0.72, color=list(EMOTION_COLORS.values()))
        ax.errorbar(share, rows, xerr=[share - low, high - share], fmt="none", ecolor=INK, elinewidth=1.5, capsize=4)
        for row, end in enumerate(np.maximum(share, high)):
            text = f"{100 * share[row]:.0f} %  ({part[row]:,} of {whole[row]:,})" if whole[row] else "none there"
            ax.annotate(text, (end, row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=10)
        _emotions_down(ax)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.margins(x=0.28)
        ax.set(xlabel=label)
        ax.set_xlim(left=0)
    return _figure_of(ax)


def _wilson(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    z = 1.96
    count = np.maximum(whole, 1)
    share = part / count
    center = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    seen = whole > 0
    low, high = np.minimum(center - half, share), np.maximum(center + half, share)
    return np.where(seen, low, 0), np.where(seen, high, 0)


def _theme() -> AbstractContextManager[None]:
    return matplotlib.rc_context(THEME)


def _figure(width: float, height: float) -> Figure:
    figure = plt.figure(figsize=(width, height))
    plt.close(figure)  # pyplot would show it a second time at the end of the cell
    return figure


def _axes(width: float, height: float) -> Axes:
    return _figure(width, height).subplots()


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def _emotions_down(ax: Axes) -> None:
    ax.set_yticks(range(len(EMOTIONS)), EMOTIONS)
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
