"""What is painted on the relief: skin, beard, nostrils, eyes, brows and mouth."""

from collections.abc import Mapping

import numpy as np

from .canvas import Canvas, blend, curve, mirrored, ribbon, smoothstep
from .geometry import Landmarks
from .identity import Identity


def skin(
    canvas: Canvas, identity: Identity, marks: Landmarks, folds: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the reflectance of the skin, beard included, before it is lit."""
    x, y = marks.eye
    tone = identity.skin * (1 + 0.025 * canvas.noise(rng, 12))
    tone *= 1 - (0.34 + 0.1 * identity.wrinkles) * folds
    tone *= 1 - (0.08 + 0.14 * identity.makeup) * canvas.pair(x - 0.2, y - 0.9, 3.0, 1.7)
    tone *= (
        1 - 0.05 * canvas.pair(8.5, 4.5, 3.0, 2.4) - 0.05 * canvas.gaussian(0, marks.nose_base - 0.5, 3, 1.5)
    )
    if identity.beard:
        tone = blend(tone, 0.8 * _beard(canvas, identity, marks, rng), 0.75 * identity.hair_color)
    return tone.astype(np.float32)


def _beard(canvas: Canvas, identity: Identity, marks: Landmarks, rng: np.random.Generator) -> np.ndarray:
    side = np.abs(canvas.x)
    corner_y = marks.mouth_corner[1]
    cheek_line = corner_y - 0.5 - 0.045 * np.maximum(side - 5, 0) ** 2  # climbs to the sideburns
    beard = smoothstep(canvas.y + 0.4 * canvas.noise(rng, 40), cheek_line - 0.8, cheek_line + 1.2)
    lip = float(marks.upper_lip[:, 1].min())
    moustache = ribbon(
        curve([(0, lip - 0.9), (3.2, lip - 0.6), (marks.mouth_width + 1.0, corner_y + 1.2)]), 1.7
    )
    beard = np.maximum(beard, canvas.blur(canvas.filled(mirrored(moustache)), 0.35))
    grain = 0.85 + 0.15 * np.clip(canvas.noise(rng, 64), -1, 1)
    return np.clip(beard * grain, 0, 1)


def paint_nose(canvas: Canvas, picture: np.ndarray, identity: Identity, marks: Landmarks) -> np.ndarray:
    """Add the nostrils, the shadow under the tip, and the crease around the wings."""
    base, width = marks.nose_base, marks.nose_width
    shadow = 0.2 * canvas.gaussian(0, base + 1.1, 2.2 * width, 0.6)
    wings = 0.1 * canvas.pair(3.5 * width, base - 0.3, 0.5, 1.0)
    picture = picture * (1 - shadow - wings)
    nostril = curve([(0.75 * width, base + 0.55), (1.5 * width, base + 0.1), (2.25 * width, base + 0.45)], 8)
    outline = ribbon(nostril, np.interp(np.linspace(0, 1, 8), [0, 0.5, 1], [0.5, 0.95, 0.4]))
    nostrils = canvas.blur(canvas.filled(mirrored(outline)), 0.22)
    return blend(picture, 0.75 * nostrils, 0.2 * identity.skin)


def paint_eyes(
    canvas: Canvas,
    picture: np.ndarray,
    identity: Identity,
    marks: Landmarks,
    light: np.ndarray,
    gaze: tuple[float, float],
) -> np.ndarray:
    """Add eyeballs, lids and lashes.

    Args:
        canvas: Where to draw.
        picture: The lit skin, ``(side, side)``.
        identity: Whose face.
        marks: Where the features lie.
        light: The light on every pixel.
        gaze: How far the pupils look right and down, in units.
    """
    upper, lower = marks.upper_lid, marks.lower_lid
    x, y = marks.eye
    opening = np.concatenate([upper, lower[::-1]])
    inside = canvas.blur(canvas.filled(mirrored(opening)), 0.1)
    rows = canvas.rows(y - 5, y + 4)
    row_y = canvas.y[rows]
    iris_x = np.abs(canvas.x - gaze[0]) - x  # both eyes look the same way
    iris_y = row_y - (y - 0.1 + gaze[1])
    distance = np.hypot(iris_x, iris_y)
    edge = 2.0 / canvas.scale
    ball = 0.82 * (0.4 + 0.6 * np.clip(light[rows], 0.45, 1.1)) * (0.85 + 0.15 * identity.skin)
    radius = 1.55 * identity.eye_size
    ball = blend(ball, smoothstep(distance, radius + edge / 2, radius - edge / 2), identity.iris)
    ball = blend(ball, 0.6 * np.exp(-(((distance - radius) / 0.25) ** 2)), 0.05)
    ball = blend(ball, smoothstep(distance, 0.7 + edge / 2, 0.7 - edge / 2), 0.03)
    under_lid = np.maximum(row_y - canvas.level(upper, np.abs(canvas.x)), 0)
    ball = ball * (1 - 0.5 * np.exp(-under_lid / 0.5))  # the lid's shadow
    spark = np.hypot(canvas.x - gaze[0] - np.sign(canvas.x) * x + 0.45, iris_y + 0.5)
    ball = blend(ball, 0.9 * smoothstep(spark, 0.65, 0.2), 0.95)
    picture[rows] = blend(picture[rows], inside[rows], ball)
    return blend(picture, _lashes(canvas, identity, marks), 0.07 + 0.05 * identity.skin)


def _lashes(canvas: Canvas, identity: Identity, marks: Landmarks) -> np.ndarray:
    upper, lower = marks.upper_lid, marks.lower_lid
    openness = float((lower - upper)[:, 1].max())
    along = np.linspace(0, 1, len(upper))
    weight = 0.5 + 0.3 * identity.makeup
    upper_lash = ribbon(upper - np.array([0, 0.12]), weight * np.interp(along, [0, 0.6, 1], [0.6, 1.2, 1.3]))
    lower_lash = ribbon(lower + np.array([0, 0.08]), 0.3)
    fold = upper - np.c_[0 * along, 0.3 + 0.75 * np.sin(np.pi * along) * min(1.0, 0.5 + 0.2 * openness)]
    outlines = [*mirrored(ribbon(fold, 0.34)), *mirrored(lower_lash), *mirrored(upper_lash)]
    return canvas.blur(canvas.filled(outlines, [0.36, 0.36, 0.45, 0.45, 1, 1]), 0.16) * 0.95


def paint_brows(canvas: Canvas, picture: np.ndarray, identity: Identity, marks: Landmarks) -> np.ndarray:
    """Add the eyebrows, in the colour of the hair but darker than the skin."""
    outline = ribbon(marks.brow, marks.brow_thickness)
    mask = canvas.blur(canvas.filled(mirrored(outline)), 0.32)
    color = min(0.8 * identity.hair_color, 0.42 * identity.skin)
    return blend(picture, min(0.93, 0.7 + 0.25 * identity.brow_thickness) * mask, color)


def paint_mouth(
    canvas: Canvas,
    picture: np.ndarray,
    identity: Identity,
    marks: Landmarks,
    au: Mapping[int, float],
    light: np.ndarray,
) -> np.ndarray:
    """Add lips, and what an open mouth shows."""
    lips = np.concatenate([marks.upper_lip, marks.lower_lip[::-1]])
    mask = canvas.blur(canvas.filled([lips]), 0.2)
    middle_line = (marks.mouth_top + marks.mouth_bottom) / 2
    below = canvas.y - canvas.level(middle_line)
    bottom_y = float(marks.lower_lip[:, 1].max())
    gloss = 0.1 * canvas.gaussian(0, bottom_y - 0.8, 0.5 * marks.mouth_width, 0.45)
    color = (
        identity.skin
        * (0.60 - 0.2 * identity.makeup)
        * light
        * np.where(below > 0, np.float32(0.98), np.float32(0.86))
        + gloss
    )
    picture = picture * (1 - 0.16 * canvas.gaussian(0, bottom_y + 0.7, 0.5 * marks.mouth_width, 0.6))
    picture = blend(picture, 0.85 * mask, color)
    if marks.mouth_gap > 0.2:
        picture = _paint_opening(canvas, picture, identity, marks, au, light)
    picture = _paint_lip_line(canvas, picture, identity, marks)
    return _paint_tongue(canvas, picture, identity, marks, au[19], light) if au[19] > 0.15 else picture


def _paint_opening(
    canvas: Canvas,
    picture: np.ndarray,
    identity: Identity,
    marks: Landmarks,
    au: Mapping[int, float],
    light: np.ndarray,
) -> np.ndarray:
    top, bottom, gap = marks.mouth_top, marks.mouth_bottom, marks.mouth_gap
    inside = canvas.blur(canvas.filled([np.concatenate([top, bottom[::-1]])]), 0.1)
    rows = canvas.rows(float(top[:, 1].min()) - 1, float(bottom[:, 1].max()) + 1)
    from_top = canvas.y[rows] - canvas.level(top)
    from_bottom = canvas.level(bottom) - canvas.y[rows]
    glow = np.clip(light[rows], 0.5, 1.1)
    mouth = np.full_like(glow, 0.06)
    tongue = smoothstep(from_bottom, 2.2, 0.4) * smoothstep(np.abs(canvas.x), 0.7 * marks.mouth_width, 1.0)
    mouth = blend(mouth, tongue * (gap > 2.5) * 0.8, 0.32 * identity.skin + 0.06)
    curve_away = 1 - 0.5 * (canvas.x / (1.15 * marks.mouth_width)) ** 2
    upper_teeth = min(0.95, 0.15 + 0.9 * au[12] + 0.9 * au[10] + 0.75 * au[20] + 0.4 * au[16])
    lower_teeth = min(0.85, 0.9 * au[16] + 0.6 * au[20] + 0.2 * au[10])
    length = min(2.2 if au[12] > 0.3 else 1.6, 0.66 * gap)
    mouth = blend(
        mouth, upper_teeth * smoothstep(from_top, length + 0.3, length - 0.3), 0.88 * curve_away * glow
    )
    if gap > 1.2:
        mouth = blend(mouth, lower_teeth * smoothstep(from_bottom, 1.25, 0.75), 0.74 * curve_away * glow)
    picture[rows] = blend(picture[rows], inside[rows], mouth)
    return picture


def _paint_lip_line(canvas: Canvas, picture: np.ndarray, identity: Identity, marks: Landmarks) -> np.ndarray:
    along = np.linspace(-1, 1, len(marks.mouth_top))
    line = marks.mouth_top if marks.mouth_gap > 0.2 else (marks.mouth_top + marks.mouth_bottom) / 2
    outline = ribbon(line, 0.5 + 0.25 * np.abs(along) ** 3)
    mask = canvas.blur(canvas.filled([outline]), 0.2)
    corner_x, corner_y = marks.mouth_corner
    mask = np.clip(mask + 0.5 * canvas.pair(corner_x, corner_y, 0.5, 0.5), 0, 1)
    return blend(picture, 0.8 * mask, 0.16 * identity.skin)


def _paint_tongue(
    canvas: Canvas,
    picture: np.ndarray,
    identity: Identity,
    marks: Landmarks,
    length: float,
    light: np.ndarray,
) -> np.ndarray:
    bottom_lip = float(marks.mouth_bottom[:, 1].max())
    top, bottom = bottom_lip - 0.55 * marks.mouth_gap, bottom_lip + 1.0 + 3.0 * length
    half = 0.5 * marks.mouth_width
    outline = curve([(half, top), (half, (top + bottom) / 2), (0.75 * half, bottom - 0.6), (0, bottom)], 12)
    tongue = canvas.blur(canvas.filled([np.concatenate([outline, (outline * [-1, 1])[::-1]])]), 0.2)
    groove = 1 - 0.18 * np.exp(-((canvas.x / 0.5) ** 2))
    under = canvas.blur(np.roll(tongue, int(canvas.scale), axis=0), 0.5)
    picture = picture * (1 - 0.25 * under * (1 - tongue))
    return blend(picture, tongue, (0.13 + 0.4 * identity.skin) * groove * light)
