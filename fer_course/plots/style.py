"""What every picture needs: a figure in the theme, and axes as this course labels them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from .theme import THEME


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
