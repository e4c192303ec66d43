"""Faces on a map: what an embedding finds alike lies together."""

from collections.abc import Iterable

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from .style import MUTED, figure_of, new_axes, themed

_WIDTH, _HEIGHT, _FACE = 10.0, 6.0, 0.42  # inches: of the map, and of a face on it


def embedding_map(
    embeddings: ArrayLike,
    images: ArrayLike,
    colors: Iterable[str | None] | None = None,
    title: str = "",
) -> Figure:
    """Show embeddings on their two main components, as dots and as many faces as have room.

    Args:
        embeddings: ``(n, d)`` numbers; compared by direction, as ``embedding_distances`` does.
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``.
        colors: The colour of a frame around each image, for those that must not be missed: they find room
            first. None leaves one without.
        title: A text above the map.

    Returns:
        The figure.

    Raises:
        FerCourseError: There is not one image and one colour for each embedding.

    Source:
        Principal component analysis (Pearson, 1901) of the embeddings scaled to length 1.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces().val
        >>> figure = embedding_map(fer.embed(faces.images), faces.images)
    """
    vectors, pictures = np.asarray(embeddings, np.float64), np.asarray(images)
    frames = np.array([None] * len(vectors) if colors is None else list(colors), object)
    if not len(vectors) == len(pictures) == len(frames):
        raise FerCourseError(
            f"{len(vectors)} embeddings, {len(pictures)} images and {len(frames)} colors; give one of each"
        )
    places = _main_components(vectors) * [_WIDTH - _FACE, _HEIGHT - _FACE]
    with themed():
        ax = new_axes(_WIDTH, _HEIGHT)
        ax.plot(*places.T, ".", markersize=3, color=MUTED, alpha=0.5)
        for index in _with_room(places, framed=frames != None):  # noqa: E711 - element by element
            (x, y), half, color = places[index], _FACE / 2, frames[index]
            box = (x - half, x + half, y - half, y + half)
            ax.imshow(pictures[index], cmap="gray", vmin=0, vmax=255, extent=box, zorder=2)
            if color is not None:
                ax.plot(*_outline(*box), color=color, linewidth=3, zorder=3)
        ax.set(xlim=(-_FACE / 2, _WIDTH), ylim=(-_FACE / 2, _HEIGHT), aspect="equal", title=title)
        ax.axis("off")
    return figure_of(ax)


def _main_components(vectors: np.ndarray) -> np.ndarray:
    """Project on the two directions in which the vectors differ most, each scaled to 0..1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = vectors / np.maximum(lengths, 1e-12)
    centred = centred - centred.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)  # sorted by how much they explain, most last
    places = centred @ directions[:, [-1, -2]]
    lowest = places.min(axis=0)
    return np.asarray((places - lowest) / np.maximum(np.ptp(places, axis=0), 1e-12))


def _with_room(places: np.ndarray, framed: np.ndarray) -> list[int]:
    """Choose images that do not cover each other, the framed ones first."""
    chosen: list[int] = []
    for index in np.argsort(~framed, kind="stable"):
        near = np.abs(places[chosen] - places[index]).max(axis=1, initial=0)
        if not chosen or near.min() > 1.05 * _FACE:
            chosen.append(int(index))
    return chosen


def _outline(left: float, right: float, bottom: float, top: float) -> tuple[list[float], list[float]]:
    return [left, right, right, left, left], [bottom, bottom, top, top, bottom]
