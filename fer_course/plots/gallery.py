"""Faces side by side."""

import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..errors import FerCourseError
from .style import ORANGE, new_figure, themed

_WIDTH, _WIDEST = 10.0, 1.9  # inches: of the gallery, and of one face in it


def faces(
    images: Iterable[np.ndarray],
    titles: Iterable[object] | None = None,
    columns: int = 8,
    colors: Iterable[str | None] | None = None,
    title: str = "",
) -> Figure:
    """Show images in a gallery.

    Args:
        images: Gray ``(height, width)`` or RGB ``(height, width, 3)`` images, ``uint8``; all are drawn
            equally large, whatever their size.
        titles: One text above each image.
        columns: Images in a row.
        colors: The colour of a frame around each image; None leaves one without. ``ORANGE`` frames are
            dashed, so that they differ from blue ones without colour, too.
        title: A text above the gallery.

    Returns:
        The figure.

    Raises:
        FerCourseError: There is not one title or colour for each image, or an image is not 8-bit.

    Example:
        >>> import fer_course as fer
        >>> sample = fer.sample_faces()
        >>> figure = faces(sample.images[:4], titles=sample.to_frame()["emotion"][:4])
    """
    pictures = [np.asarray(image) for image in images]
    frames = _one_each(colors, len(pictures), "colors", None)
    columns = max(1, min(columns, len(pictures)))
    cell = min(_WIDEST, _WIDTH / columns)
    texts = [_wrapped(str(text), cell) for text in _one_each(titles, len(pictures), "titles", "")]
    lines = max((text.count("\n") + 1 for text in texts if text), default=0)
    # In units of one face, so that the picture can be placed by counting faces.
    step, top = 1.08 + 0.17 * lines / cell, 0.35 / cell if title else 0.0
    width, height = 1.08 * columns, max(1, -(-len(pictures) // columns)) * step + top
    with themed():
        figure = new_figure(width * cell, height * cell)
        figure.set_layout_engine("none")
        ax = figure.add_axes((0, 0, 1, 1))  # one for all faces: a hundred small ones take seconds
        ax.axis("off")
        ax.text(0.04, 0.4 * top, title, va="center", fontweight="bold")
        for place, (picture, text, color) in enumerate(zip(pictures, texts, frames, strict=True)):
            left, bottom = 1.08 * (place % columns) + 0.04, (place // columns + 1) * step + top - 0.04
            _face(ax, picture, left, bottom)
            ax.text(left + 0.5, bottom - 1.04, text, ha="center", va="bottom", fontsize=10, linespacing=1.05)
            if color is not None:
                frame = Rectangle((left, bottom - 1), 1, 1, fill=False, edgecolor=color, linewidth=4)
                frame.set_linestyle((0, (1.5, 0.8)) if color == ORANGE else "-")
                ax.add_patch(frame)
        ax.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
    return figure


def _wrapped(text: str, inches: float) -> str:
    letters = int(inches * 72 / 5.6)  # a letter of 10 points is about 5.6 points wide
    return "\n".join(line for part in text.split("\n") for line in textwrap.wrap(part, letters))


def _one_each(values: Iterable[Any] | None, count: int, name: str, default: Any) -> list[Any]:
    given = [default] * count if values is None else list(values)
    if len(given) != count:
        raise FerCourseError(f"{len(given)} {name} for {count} images; give one for each")
    return given


def _face(ax: Axes, picture: np.ndarray, left: float, bottom: float) -> None:
    if picture.dtype != np.uint8:
        raise FerCourseError(f"an image is {picture.dtype}, expected uint8 with values 0..255")
    few_pixels = max(picture.shape[:2]) <= 96
    ax.imshow(
        picture,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(left, left + 1, bottom, bottom - 1),
        interpolation="nearest" if few_pixels else "antialiased",
    )
