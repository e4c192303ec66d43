"""The sheet on which a face is drawn: coordinates in face units, soft shapes, and smooth noise.

A face is laid out on 48 x 48 units with the origin between the eyes and the mouth, x to the right and y down,
whatever the number of pixels, so the same numbers draw a thumbnail and a poster.
"""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

UNITS = 48
_SUBPIXEL_BITS = 4
_MASK_OVERSAMPLING = 2  # cv2.fillPoly without anti-aliasing, then an area average, keeps thin shapes thin


class Canvas:
    """A square sheet, ``side`` pixels wide and high, with its coordinate axes."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.scale = side / UNITS
        centres = ((np.arange(side) + 0.5) / self.scale - UNITS / 2).astype(np.float32)
        self.x = centres[None, :]
        self.y = centres[:, None]

    def gaussian(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """Return a bump of height 1 around a point."""
        return _bell(self.y, y, height) * _bell(self.x, x, width)

    def pair(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """Return two bumps, one on each side of the face."""
        return _bell(self.y, y, height) * (_bell(self.x, x, width) + _bell(self.x, -x, width))

    def filled(self, outlines: Sequence[np.ndarray], strengths: Sequence[float] | float = 1.0) -> np.ndarray:
        """Return a mask, 0 to 1, of polygons given as ``(n, 2)`` points in units."""
        side = self.side * _MASK_OVERSAMPLING
        factor = self.scale * _MASK_OVERSAMPLING
        mask = np.zeros((side, side), np.uint8)
        each = strengths if isinstance(strengths, Sequence) else [strengths] * len(outlines)
        for outline, strength in zip(outlines, each, strict=True):
            points = ((outline + UNITS / 2) * factor - 0.5) * (1 << _SUBPIXEL_BITS)
            value = int(255 * min(max(strength, 0.0), 1.0))
            cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], value, cv2.LINE_8, _SUBPIXEL_BITS)
        small = cv2.resize(mask, (self.side, self.side), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32) / 255

    def rows(self, top: float, bottom: float) -> slice:
        """Return the rows between two heights: work on a part of the picture takes a part of the time."""
        first, last = ((edge + UNITS / 2) * self.scale for edge in (top, bottom))
        return slice(max(int(first), 0), max(int(np.ceil(last)), 1))

    def level(self, line: np.ndarray, x: np.ndarray | None = None) -> np.ndarray:
        """Return the height of a line, ``(n, 2)`` points with rising x, at every column (or at ``x``)."""
        columns = self.x if x is None else x
        return np.interp(columns, line[:, 0], line[:, 1]).astype(np.float32)

    def blur(self, image: np.ndarray, sigma: float) -> np.ndarray:
        """Blur with a Gaussian whose sigma is in units."""
        return cv2.GaussianBlur(np.asarray(image, np.float32), (0, 0), max(sigma * self.scale, 0.2))

    def noise(self, rng: np.random.Generator, cells: int) -> np.ndarray:
        """Return smooth noise of mean 0 and deviation about 1, ``cells`` blobs across."""
        coarse = rng.standard_normal((cells, cells)).astype(np.float32)
        return cv2.resize(coarse, (self.side, self.side), interpolation=cv2.INTER_CUBIC)

    def sample(self, image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Read an image at points given in units; what lies outside repeats the border."""
        columns = ((x + UNITS / 2) * self.scale - 0.5).astype(np.float32)
        rows = ((y + UNITS / 2) * self.scale - 0.5).astype(np.float32)
        source = np.ascontiguousarray(image, np.float32)
        return cv2.remap(source, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


canvas_of = cache(Canvas)
"""The canvas of a side, whose axes are computed once."""


def ribbon(points: np.ndarray, widths: np.ndarray | float) -> np.ndarray:
    """Return the outline of a line with a width at every point, all in units."""
    points = np.asarray(points, np.float64)
    direction = np.empty_like(points)
    direction[1:-1] = points[2:] - points[:-2]
    direction[0], direction[-1] = points[1] - points[0], points[-1] - points[-2]
    scale = 0.5 * np.asarray(widths) / np.maximum(np.hypot(direction[:, 0], direction[:, 1]), 1e-6)
    offset = direction[:, ::-1] * [-1, 1] * scale[:, None]
    return np.concatenate([points + offset, (points - offset)[::-1]])


def curve(points: Sequence[tuple[float, float]], count: int = 14) -> np.ndarray:
    """Return a smooth line (Catmull-Rom) through points, ``(m, 2)`` in units."""
    return _spline(len(points), count) @ np.asarray(points, np.float64)


@cache
def _spline(knots: int, count: int) -> np.ndarray:
    """Return the matrix that turns knots into points of the curve."""
    unit = np.eye(knots)
    padded = np.concatenate([2 * unit[:1] - unit[1:2], unit, 2 * unit[-1:] - unit[-2:-1]])
    position = np.linspace(0, knots - 1, count)
    index = np.minimum(position.astype(int), knots - 2)
    t = (position - index)[:, None]
    a, b, c, d = (padded[index + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def _bell(axis: np.ndarray, center: float, width: float) -> np.ndarray:
    return np.exp(-0.5 * ((axis - float(center)) / float(width)) ** 2)


def mirrored(outline: np.ndarray) -> list[np.ndarray]:
    """Return an outline and its mirror image on the other side of the face."""
    return [outline, outline * [-1, 1]]


def blend(under: np.ndarray, mask: np.ndarray | float, over: np.ndarray | float) -> np.ndarray:
    """Lay one picture over another where the mask is 1."""
    return under + mask * (over - under)


def to_pixels(values: np.ndarray) -> np.ndarray:
    """Round gray values to ``uint8``; what leaves 0..255 is cut off."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def smoothstep(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise smoothly from 0 at ``low`` to 1 at ``high`` (which may be the smaller one)."""
    t = np.asarray((value - low) * (1 / (high - low)))
    np.clip(t, 0, 1, out=t)
    return t * t * (3 - 2 * t)
