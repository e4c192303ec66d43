"""Faces side by side, on a map where alike lies near alike, and above the votes of their raters."""

import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from ..emotions import EMOTION_COLORS, EMOTIONS
from ..errors import FerCourseError
from ..evaluation.scores import Evaluation
from ..sources.votes import ANSWERS
from .theme import BLUE, INK, MUTED, ORANGE, figure_of, new_axes, new_figure, note

_WIDTH, _WIDEST = 10.0, 1.9  # inches: of the gallery, and of one face in it
_MAP_WIDTH, _MAP_HEIGHT, _MAP_FACE = 10.0, 6.0, 0.42  # inches: of the map, and of a face on it
_VOTES_CELL = (1.6, 3.5)  # inches: one face and its bars
_ANSWER_COLORS = [EMOTION_COLORS.get(name, MUTED) for name in ANSWERS]


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

    Example:
        >>> import fer_course as fer
        >>> sample = fer.sample_faces()
        >>> figure = faces(sample.images[:4], titles=sample.to_frame()["emotion"][:4])
    """
    pictures = [np.asarray(image) for image in images]
    for picture in pictures:
        if picture.dtype != np.uint8:
            raise FerCourseError(f"an image is {picture.dtype}, expected uint8 with values 0..255")
    frames = _one_each(colors, len(pictures), "colors", None)
    columns = max(1, min(columns, len(pictures)))
    cell = min(_WIDEST, _WIDTH / columns)
    texts = [_wrapped(str(text), cell) for text in _one_each(titles, len(pictures), "titles", "")]
    lines = max((text.count("\n") + 1 for text in texts if text), default=0)
    # In units of one face, so that the picture can be placed by counting faces.
    step, top = 1.08 + 0.17 * lines / cell, 0.35 / cell if title else 0.0
    width, height = 1.08 * columns, max(1, -(-len(pictures) // columns)) * step + top
    with new_figure(width * cell, height * cell) as figure:
        figure.set_layout_engine("none")
        ax = figure.add_axes((0, 0, 1, 1))  # one for all faces: a hundred small ones take seconds
        ax.axis("off")
        ax.text(0.04, 0.4 * top, title, va="center", fontweight="bold")
        if not pictures:
            ax.text(0.04, top + 0.5, "no faces to show", va="center", color=MUTED, fontsize=10)
        for place, (picture, text, color) in enumerate(zip(pictures, texts, frames, strict=True)):
            left, bottom = 1.08 * (place % columns) + 0.04, (place // columns + 1) * step + top - 0.04
            box = (left, left + 1, bottom, bottom - 1)
            smoothing = "nearest" if max(picture.shape[:2]) <= 96 else "antialiased"
            ax.imshow(picture, cmap="gray", vmin=0, vmax=255, extent=box, interpolation=smoothing)
            above = bottom - 1.04 - 0.035 / cell  # letters that hang below the line have room
            ax.text(left + 0.5, above, text, ha="center", va="baseline", fontsize=10, linespacing=1.05)
            if color is not None:
                frame = Rectangle((left, bottom - 1), 1, 1, fill=False, edgecolor=color, linewidth=4)
                frame.set_linestyle((0, (1.5, 0.8)) if color == ORANGE else "-")
                ax.add_patch(frame)
        ax.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
    return figure


def around(
    images: ArrayLike, scores: ArrayLike, threshold: float, title: str = "", count: int = 16
) -> Figure:
    """Show the images on both sides of a threshold: the last that go, and the first that stay.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``.
        scores: ``(n,)`` numbers; what lies below the threshold goes.
        threshold: Where the score cuts.
        title: A text above the gallery.
        count: How many to show, half of them from each side if there are as many.

    Returns:
        The figure: in the order of their scores, in dashed orange frames what goes, in blue what stays.

    Example:
        >>> import fer_course as fer
        >>> pictures = fer.sample_faces().images
        >>> figure = around(pictures, fer.measure(pictures)["blur"], 400)
    """
    pictures, values = np.asarray(images), np.asarray(scores, np.float64)
    if len(pictures) != len(values):
        raise FerCourseError(f"{len(values)} scores for {len(pictures)} images; give one for each")
    order = values.argsort(kind="stable")
    first = int(np.clip((values < threshold).sum() - count // 2, 0, max(len(order) - count, 0)))
    shown = order[first : first + count]
    colors = [ORANGE if values[i] < threshold else BLUE for i in shown]
    return faces(pictures[shown], colors=colors, title=title)


def _wrapped(text: str, inches: float) -> str:
    letters = int(inches * 72 / 5.6)  # a letter of 10 points is about 5.6 points wide
    return "\n".join(line for part in text.split("\n") for line in textwrap.wrap(part, letters))


def _one_each(values: Iterable[Any] | None, count: int, name: str, default: Any) -> list[Any]:
    given = [default] * count if values is None else list(values)
    if len(given) != count:
        raise FerCourseError(f"{len(given)} {name} for {count} images; give one for each")
    return given


def mistakes(evaluation: Evaluation, images: np.ndarray, count: int = 12, title: str = "") -> Figure:
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


def embedding_map(
    embeddings: ArrayLike, images: ArrayLike, colors: Iterable[str | None] | None = None, title: str = ""
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
    places = _main_components(vectors) * [_MAP_WIDTH - _MAP_FACE, _MAP_HEIGHT - _MAP_FACE]
    with new_axes(None, _MAP_WIDTH, _MAP_HEIGHT) as ax:
        ax.plot(*places.T, ".", markersize=3, color=MUTED, alpha=0.5)
        for index in _with_room(places, framed=frames != None):  # noqa: E711 - element by element
            (x, y), half, color = places[index], _MAP_FACE / 2, frames[index]
            box = (x - half, x + half, y - half, y + half)
            ax.imshow(pictures[index], cmap="gray", vmin=0, vmax=255, extent=box, zorder=2)
            if color is not None:
                left, right, bottom, top = box
                outline = [left, right, right, left, left], [bottom, bottom, top, top, bottom]
                ax.plot(*outline, color=color, linewidth=3, zorder=3)
        ax.set(xlim=(-_MAP_FACE / 2, _MAP_WIDTH), ylim=(-_MAP_FACE / 2, _MAP_HEIGHT))
        ax.set(aspect="equal", title=title)
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
        if not chosen or near.min() > 1.05 * _MAP_FACE:
            chosen.append(int(index))
    return chosen


def votes(images: Iterable[np.ndarray], counts: ArrayLike, titles: Iterable[object] | None = None) -> Figure:
    """Show faces side by side, below each how many raters gave which answer.

    Args:
        images: Gray ``(height, width)`` images, ``uint8``; six to eight fit on a page.
        counts: ``(n, 10)`` votes on them, as in ``Votes.counts``.
        titles: One text above each image.

    Returns:
        The figure.

    Example:
        >>> from fer_course.sources.votes import simulate_votes
        >>> import fer_course as fer
        >>> sample = fer.sample_faces()
        >>> counts = simulate_votes(sample).counts
        >>> figure = votes(sample.images[:4], counts[:4], titles=["a", "b", "c", "d"])
    """
    pictures, table = list(images), np.asarray(counts)
    texts = [""] * len(pictures) if titles is None else [str(title) for title in titles]
    if table.shape != (len(pictures), len(ANSWERS)) or len(texts) != len(pictures):
        raise FerCourseError(
            f"{len(pictures)} images, votes of shape {table.shape} and {len(texts)} titles; give "
            f"{len(ANSWERS)} votes and one title for each image"
        )
    with new_figure(_VOTES_CELL[0] * max(1, len(pictures)) + 1.1, _VOTES_CELL[1]) as figure:
        if pictures:
            axes = figure.subplots(2, len(pictures), squeeze=False, height_ratios=[1, 1.2])
            for column, (picture, row, text) in enumerate(zip(pictures, table, texts, strict=True)):
                face, bars = axes[:, column]
                face.imshow(picture, cmap="gray", vmin=0, vmax=255)
                face.axis("off")
                face.set_title(text, fontsize=10, fontweight="normal", loc="center")
                _bars(bars, row, table.max(), named=column == 0)
    return figure


def _bars(ax: Axes, row: np.ndarray, most: int, named: bool) -> None:
    ax.barh(range(len(ANSWERS)), row, 0.8, color=_ANSWER_COLORS)
    for place, count in enumerate(row):
        if count:
            note(ax, f"{count}", (count, place), (3, 0), va="center", fontsize=9)
    ax.set(xlim=(0, 1.25 * max(1, most)), ylim=(len(ANSWERS) - 0.4, -0.6))
    ax.set_yticks(range(len(ANSWERS)), ANSWERS if named else [""] * len(ANSWERS), fontsize=9, color=INK)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.spines["bottom"].set_visible(False)
