"""The theme, and what every picture needs in it: colours, a figure, and axes as this course labels them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import get_named_colors_mapping
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from ..frontend import has_dark_theme

PAPER, INK, MUTED, LINE = _NAMES = ("fer:paper", "fer:ink", "fer:muted", "fer:line")
"""Matplotlib's names of the colours that :func:`use_theme` chooses; those of the data stay the same."""

_LIGHT = ("#FFFFFF", "#1B1F24", "#5C6670", "#D5DAE0")
_DARK = ("#111111", "#E8EBEE", "#A0AAB4", "#3A4149")

BLUE, ORANGE = "#0072B2", "#D55E00"
"""The two colours for "this one" and "the other one" (Okabe and Ito)."""


def _choose(colors: Sequence[str]) -> None:
    for name, color in zip(_NAMES, colors, strict=True):
        get_named_colors_mapping()[name] = color


_choose(_LIGHT)
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK)

THEME: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": PAPER,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": plt.cycler(color=COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": PAPER,
    "font.size": 12,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "image.cmap": "gray",
    "legend.frameon": False,
    "lines.linewidth": 2.5,
    "patch.edgecolor": INK,
    "savefig.dpi": 150,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}

# A notebook becomes interactive when its backend is loaded. Left to the first picture below, that would
# happen inside rc_context, which takes it back, and the notebook's own pictures would not be shown.
plt.switch_backend(plt.get_backend())


def use_theme(dark: bool | None = None) -> None:
    """Give a notebook's own Matplotlib pictures the same style as the ones below.

    Args:
        dark: Draw light on dark, here and below; when left out, where JupyterLab is set to a dark theme.

    Example:
        >>> import fer_course as fer
        >>> fer.plots.use_theme()
    """
    _choose(_DARK if (has_dark_theme() if dark is None else dark) else _LIGHT)
    matplotlib.rcParams.update(THEME)


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """Make a figure in the theme, sized in inches, that a notebook shows once: as the value of its cell."""
    with matplotlib.rc_context(THEME):
        figure = plt.figure(figsize=(width, height))
        plt.close(figure)  # pyplot would show it a second time at the end of the cell
        yield figure


@contextmanager
def new_axes(ax: Axes | None, width: float, height: float) -> Iterator[Axes]:
    """Draw in the theme, on the Axes given or on those of a new figure."""
    with matplotlib.rc_context(THEME):
        if ax is not None:
            yield ax
            return
        with new_figure(width, height) as figure:
            yield figure.subplots()


def figure_of(ax: Axes) -> Figure:
    """Return the figure that an Axes stands in."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def name_rows(ax: Axes, places: ArrayLike, names: Sequence[str]) -> None:
    """Name rows of a picture, without lines between them."""
    ax.set_yticks(places, names)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)


def note(ax: Axes, text: str, place: tuple[Any, Any], points: tuple[float, float], **style: Any) -> None:
    """Write a text so many points to the right of a place and above it."""
    ax.annotate(text, place, points, textcoords="offset points", **style)


def in_percent(*axes: Axis, decimals: int = 0) -> None:
    """Write the shares along axes as percentages."""
    for axis in axes:
        axis.set_major_formatter(PercentFormatter(1, decimals, " %"))


def percent_axis(ax: Axes) -> None:
    """Write the shares along the horizontal axis as percentages, at few round places."""
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    in_percent(ax.xaxis, decimals=0 if high - low > 0.05 else 1)
