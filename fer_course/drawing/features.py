"""What is painted on and around the relief: skin, eyes, brows, mouth, glasses; ears, neck, clothes, hair."""

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, blend, curve, mirrored, ribbon, smoothstep
from .identity import Identity
from .relief import SKULL_TOP, Landmarks
from .scene import Scene, View


def skin(canvas: Canvas, marks: Landmarks, folds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the reflectance of the skin, beard included, before it is lit."""
    x, y = marks.eye
    tone = marks.identity.skin * (1 + 0.025 * canvas.noise(rng, 12))
    tone *= 1 - (0.34 + 0.1 * marks.identity.wrinkles) * folds
    tone *= 1 - (0.08 + 0.14 * marks.identity.makeup) * canvas.pair(x - 0.2, y - 0.9, 3.0, 1.7)
    under_nose = canvas.gaussian(0, marks.nose_base - 0.5, 3, 1.5)
    tone *= 1 - 0.05 * canvas.pair(8.5, 4.5, 3.0, 2.4) - 0.05 * under_nose
    if marks.identity.beard:
        tone = blend(tone, 0.8 * _beard(canvas, marks, rng), 0.75 * marks.identity.hair_color)
    return tone.astype(np.float32)


def _beard(canvas: Canvas, marks: Landmarks, rng: np.random.Generator) -> np.ndarray:
    side = np.abs(canvas.x)
    corner_y = marks.mouth_corner[1]
    cheek_line = corner_y - 0.5 - 0.045 * np.maximum(side - 5, 0) ** 2  # climbs to the sideburns
    beard = smoothstep(canvas.y + 0.4 * canvas.noise(rng, 40), cheek_line - 0.8, cheek_line + 1.2)
    lip = float(marks.upper_lip[:, 1].min())
    moustache = curve([(0, lip - 0.9), (3.2, lip - 0.6), (marks.mouth_width + 1.0, corner_y + 1.2)])
    beard = np.maximum(beard, canvas.blur(canvas.filled(mirrored(ribbon(moustache, 1.7))), 0.35))
    grain = 0.85 + 0.15 * np.clip(canvas.noise(rng, 64), -1, 1)
    return np.clip(beard * grain, 0, 1)


def paint_nose(canvas: Canvas, picture: np.ndarray, marks: Landmarks) -> np.ndarray:
    """Add the nostrils, the shadow under the tip, and the crease around the wings."""
    base, width = marks.nose_base, marks.nose_width
    shadow = 0.2 * canvas.gaussian(0, base + 1.1, 2.2 * width, 0.6)
    wings = 0.1 * canvas.pair(3.5 * width, base - 0.3, 0.5, 1.0)
    picture = picture * (1 - shadow - wings)
    nostril = curve([(0.75 * width, base + 0.55), (1.5 * width, base + 0.1), (2.25 * width, base + 0.45)], 8)
    outline = ribbon(nostril, np.interp(np.linspace(0, 1, 8), [0, 0.5, 1], [0.5, 0.95, 0.4]))
    nostrils = canvas.blur(canvas.filled(mirrored(outline)), 0.22)
    return blend(picture, 0.75 * nostrils, 0.2 * marks.identity.skin)


def paint_eyes(
    canvas: Canvas, picture: np.ndarray, marks: Landmarks, light: np.ndarray, gaze: tuple[float, float]
) -> np.ndarray:
    """Add eyeballs, lids and lashes to the lit skin; ``gaze`` is how far the pupils look right and down."""
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
    ball = 0.82 * (0.4 + 0.6 * np.clip(light[rows], 0.45, 1.1)) * (0.85 + 0.15 * marks.identity.skin)
    radius = 1.55 * marks.identity.eye_size
    ball = blend(ball, smoothstep(distance, radius + edge / 2, radius - edge / 2), marks.identity.iris)
    ball = blend(ball, 0.6 * np.exp(-(((distance - radius) / 0.25) ** 2)), 0.05)
    ball = blend(ball, smoothstep(distance, 0.7 + edge / 2, 0.7 - edge / 2), 0.03)
    under_lid = np.maximum(row_y - canvas.level(upper, np.abs(canvas.x)), 0)
    ball = ball * (1 - 0.5 * np.exp(-under_lid / 0.5))  # the lid's shadow
    spark = np.hypot(canvas.x - gaze[0] - np.sign(canvas.x) * x + 0.45, iris_y + 0.5)
    ball = blend(ball, 0.9 * smoothstep(spark, 0.65, 0.2), 0.95)
    picture[rows] = blend(picture[rows], inside[rows], ball)
    return blend(picture, _lashes(canvas, marks), 0.07 + 0.05 * marks.identity.skin)


def _lashes(canvas: Canvas, marks: Landmarks) -> np.ndarray:
    upper, lower = marks.upper_lid, marks.lower_lid
    openness = float((lower - upper)[:, 1].max())
    along = np.linspace(0, 1, len(upper))
    weight = 0.5 + 0.3 * marks.identity.makeup
    upper_lash = ribbon(upper - np.array([0, 0.12]), weight * np.interp(along, [0, 0.6, 1], [0.6, 1.2, 1.3]))
    lower_lash = ribbon(lower + np.array([0, 0.08]), 0.3)
    fold = upper - np.c_[0 * along, 0.3 + 0.75 * np.sin(np.pi * along) * min(1.0, 0.5 + 0.2 * openness)]
    outlines = [*mirrored(ribbon(fold, 0.34)), *mirrored(lower_lash), *mirrored(upper_lash)]
    return canvas.blur(canvas.filled(outlines, [0.36, 0.36, 0.45, 0.45, 1, 1]), 0.16) * 0.95


def paint_brows(canvas: Canvas, picture: np.ndarray, marks: Landmarks) -> np.ndarray:
    """Add the eyebrows, in the colour of the hair but darker than the skin."""
    outline = ribbon(marks.brow, marks.brow_thickness)
    mask = canvas.blur(canvas.filled(mirrored(outline)), 0.32)
    color = min(0.8 * marks.identity.hair_color, 0.42 * marks.identity.skin)
    return blend(picture, min(0.93, 0.7 + 0.25 * marks.identity.brow_thickness) * mask, color)


def paint_mouth(canvas: Canvas, picture: np.ndarray, marks: Landmarks, light: np.ndarray) -> np.ndarray:
    """Add lips, and what an open mouth shows."""
    lips = np.concatenate([marks.upper_lip, marks.lower_lip[::-1]])
    mask = canvas.blur(canvas.filled([lips]), 0.2)
    middle_line = (marks.mouth_top + marks.mouth_bottom) / 2
    below = canvas.y - canvas.level(middle_line)
    bottom_y = float(marks.lower_lip[:, 1].max())
    gloss = 0.1 * canvas.gaussian(0, bottom_y - 0.8, 0.5 * marks.mouth_width, 0.45)
    facing = np.where(below > 0, np.float32(0.98), np.float32(0.86))
    color = marks.identity.skin * (0.60 - 0.2 * marks.identity.makeup) * light * facing + gloss
    picture = picture * (1 - 0.16 * canvas.gaussian(0, bottom_y + 0.7, 0.5 * marks.mouth_width, 0.6))
    picture = blend(picture, 0.85 * mask, color)
    if marks.mouth_gap > 0.2:
        picture = _paint_opening(canvas, picture, marks, light)
    picture = _paint_lip_line(canvas, picture, marks)
    return _paint_tongue(canvas, picture, marks, light) if marks.au[19] > 0.15 else picture


def _paint_opening(canvas: Canvas, picture: np.ndarray, marks: Landmarks, light: np.ndarray) -> np.ndarray:
    top, bottom, gap, au = marks.mouth_top, marks.mouth_bottom, marks.mouth_gap, marks.au
    inside = canvas.blur(canvas.filled([np.concatenate([top, bottom[::-1]])]), 0.1)
    rows = canvas.rows(float(top[:, 1].min()) - 1, float(bottom[:, 1].max()) + 1)
    from_top = canvas.y[rows] - canvas.level(top)
    from_bottom = canvas.level(bottom) - canvas.y[rows]
    glow = np.clip(light[rows], 0.5, 1.1)
    mouth = np.full_like(glow, 0.06)
    tongue = smoothstep(from_bottom, 2.2, 0.4) * smoothstep(np.abs(canvas.x), 0.7 * marks.mouth_width, 1.0)
    mouth = blend(mouth, tongue * (gap > 2.5) * 0.8, 0.32 * marks.identity.skin + 0.06)
    curve_away = 1 - 0.5 * (canvas.x / (1.15 * marks.mouth_width)) ** 2
    upper_teeth = min(0.95, 0.15 + 0.9 * au[12] + 0.9 * au[10] + 0.75 * au[20] + 0.4 * au[16])
    lower_teeth = min(0.85, 0.9 * au[16] + 0.6 * au[20] + 0.2 * au[10])
    length = min(2.2 if au[12] > 0.3 else 1.6, 0.66 * gap)
    shown = upper_teeth * smoothstep(from_top, length + 0.3, length - 0.3)
    mouth = blend(mouth, shown, 0.88 * curve_away * glow)
    if gap > 1.2:
        mouth = blend(mouth, lower_teeth * smoothstep(from_bottom, 1.25, 0.75), 0.74 * curve_away * glow)
    picture[rows] = blend(picture[rows], inside[rows], mouth)
    return picture


def _paint_lip_line(canvas: Canvas, picture: np.ndarray, marks: Landmarks) -> np.ndarray:
    along = np.linspace(-1, 1, len(marks.mouth_top))
    line = marks.mouth_top if marks.mouth_gap > 0.2 else (marks.mouth_top + marks.mouth_bottom) / 2
    outline = ribbon(line, 0.5 + 0.25 * np.abs(along) ** 3)
    mask = canvas.blur(canvas.filled([outline]), 0.2)
    corner_x, corner_y = marks.mouth_corner
    mask = np.clip(mask + 0.5 * canvas.pair(corner_x, corner_y, 0.5, 0.5), 0, 1)
    return blend(picture, 0.8 * mask, 0.16 * marks.identity.skin)


def _paint_tongue(canvas: Canvas, picture: np.ndarray, marks: Landmarks, light: np.ndarray) -> np.ndarray:
    bottom_lip = float(marks.mouth_bottom[:, 1].max())
    top, bottom = bottom_lip - 0.55 * marks.mouth_gap, bottom_lip + 1.0 + 3.0 * marks.au[19]
    half = 0.5 * marks.mouth_width
    outline = curve([(half, top), (half, (top + bottom) / 2), (0.75 * half, bottom - 0.6), (0, bottom)], 12)
    tongue = canvas.blur(canvas.filled([np.concatenate([outline, (outline * [-1, 1])[::-1]])]), 0.2)
    groove = 1 - 0.18 * np.exp(-((canvas.x / 0.5) ** 2))
    under = canvas.blur(np.roll(tongue, int(canvas.scale), axis=0), 0.5)
    picture = picture * (1 - 0.25 * under * (1 - tongue))
    return blend(picture, tongue, (0.13 + 0.4 * marks.identity.skin) * groove * light)


def add_neck_and_clothes(picture: np.ndarray, scene: Scene, marks: Landmarks, view: View) -> np.ndarray:
    """Lay neck and clothes over a picture; the shoulders do not turn with the head."""
    x, y = view.body_x, view.body_y
    side = np.abs(x)
    half = 0.62 * marks.identity.face_width + 0.5 * np.maximum(y - marks.identity.chin, 0)
    neck = smoothstep(half - side, -0.4, 0.4) * smoothstep(y, 4, 6)
    under_chin = smoothstep(y + 0.02 * x * x, marks.chin + 5.5, marks.chin + 0.5)  # the shadow of the chin
    round_off = 1 - 0.35 * np.clip(side / half, 0, 1) ** 3 + 0.012 * x * scene.light[0]
    lit = (0.78 - 0.36 * under_chin) * (scene.ambient + 0.5) * round_off
    picture = blend(picture, neck, marks.identity.skin * lit)
    collar = marks.identity.chin + 4.2 - 0.28 * np.clip(side - 2, 0, 8) + 0.02 * np.maximum(side - 9, 0) ** 2
    fold = 0.06 * np.exp(-(((y - collar - 0.9) / 0.5) ** 2))
    cloth = scene.clothes * (0.85 + 0.012 * x * scene.light[0] - fold) * (0.7 + 0.5 * scene.ambient)
    return blend(picture, smoothstep(y - collar, -0.35, 0.35), cloth)


def add_ears(picture: np.ndarray, scene: Scene, marks: Landmarks, view: View) -> np.ndarray:
    """Lay the ears over a picture: a rim, and a darker shell inside it."""
    x, y = view.at_depth(0.5)
    middle = marks.identity.eye_height + 3.6
    row = (y - middle) / 4.6
    out = np.abs(x) - marks.identity.face_width + 0.16 * (y - middle)  # the top of an ear leans outwards
    ear = smoothstep(np.hypot((out - 0.1) / 1.9, row), 1.0, 0.82)
    shell = smoothstep(np.hypot((out + 0.1) / 1.1, 1.5 * row + 0.1), 0.95, 0.5)
    facing = np.clip(0.72 + 0.25 * np.sign(x) * scene.light[0], 0.4, 1.0) * (0.6 + 0.4 * scene.ambient)
    return blend(picture, ear, marks.identity.skin * facing * (1 - 0.4 * shell) * (1.04 - 0.1 * row * row))


def add_glasses(canvas: Canvas, picture: np.ndarray, marks: Landmarks) -> np.ndarray:
    """Lay glasses over the frontal face."""
    x, y = marks.eye
    angle = np.linspace(0, 2 * np.pi, 28)
    circle = np.c_[np.cos(angle), np.sin(angle)]
    reach = np.array([min(4.7, x - 1.2), 3.6])
    lens = np.sign(circle) * np.abs(circle) ** 0.75 * reach + [x, y + 0.5]
    bridge = curve([(0, y - 0.7), (x - reach[0], y - 0.1)], 5)
    temple = np.array([(x + reach[0], y - 0.6), (marks.identity.face_width + 1, y - 0.9)])
    parts = [ribbon(lens, 0.62), ribbon(bridge, 0.6), ribbon(temple, 0.6)]
    frame = canvas.blur(canvas.filled([side for part in parts for side in mirrored(part)]), 0.15)
    pane = canvas.blur(canvas.filled(mirrored(lens)), 0.3)
    return blend(picture * (1 - 0.05 * pane) + 0.02 * pane, 0.88 * frame, 0.08)


@dataclass(frozen=True)
class HairStyle:
    """The shape of a haircut; lengths are in units."""

    volume: float  # how far the hair stands out from the skull
    reach: float  # the row down to which it hangs
    opening: float  # half the width of the bare face, as a share of the face's
    lowered: float = 0.0  # how far the hairline comes down the forehead
    slant: float = 0.0  # how much lower it is on one side, unit per unit
    roundness: float = 3.0  # exponent of the opening; larger is squarer
    curl: float = 0.0  # 0 straight strands to 1 curls


HAIR_STYLES = {
    "short": HairStyle(volume=0.9, reach=-2.0, opening=0.945, roundness=3.2),
    "swept": HairStyle(volume=2.0, reach=-2.0, opening=0.94, lowered=0.4, slant=0.15, roundness=2.9),
    "long": HairStyle(volume=2.4, reach=40.0, opening=0.93, lowered=-0.6, roundness=2.3),
    "fringe": HairStyle(volume=2.0, reach=14.0, opening=0.92, lowered=5.2, roundness=5.0),
    "tied": HairStyle(volume=0.5, reach=-3.0, opening=0.97, lowered=-0.3, roundness=2.4),
    "curly": HairStyle(volume=5.0, reach=7.0, opening=0.95, lowered=0.8, roundness=2.8, curl=1.0),
}
"""Every style of ``Identity.hair`` but "bald"."""


def strands(
    x: np.ndarray, y: np.ndarray, style: HairStyle, parting: float, rng: np.random.Generator
) -> np.ndarray:
    """Return brightness along the hair, about -1 to 1: strands fall from the parting, or curls."""
    coarse = rng.standard_normal((6, 96)).astype(np.float32)
    grain = cv2.resize(coarse, (384, 48), interpolation=cv2.INTER_CUBIC)
    if style.curl:
        columns, rows = 3.4 * x + 1.9 * y + 190, 5.0 * y - 2.9 * x + 24
    else:
        columns = 70 * np.arctan2(x - parting, y + 33) + 190
        rows = 0.55 * np.hypot(x - parting, y + 33)
    places = columns.astype(np.float32), rows.astype(np.float32)
    return cv2.remap(grain, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def back_mask(
    identity: Identity, style: HairStyle, x: np.ndarray, y: np.ndarray, grain: np.ndarray
) -> np.ndarray:
    """Return where hair is seen behind the head, at coordinates of a plane through the ears."""
    middle = -4.0
    if style.reach > 10:
        half = identity.face_width + style.volume + 0.07 * np.maximum(y - middle, 0)
    else:  # cropped hair thins out towards the ears
        half = identity.face_width + style.volume * smoothstep(y, style.reach, -16.0)
    rough = (0.15 + 0.45 * style.curl) * grain
    height = np.maximum((y - middle) / (SKULL_TOP - style.volume - middle), 0)
    dome = (np.abs(x / half) ** 2.4 + height**2.4) ** (1 / 2.4)
    inside = smoothstep((1 - dome) * half + rough, -0.4, 0.4)
    return inside * smoothstep(style.reach - y + 2 * rough, -1.0, 1.0)


def front_mask(
    identity: Identity, style: HairStyle, x: np.ndarray, y: np.ndarray, parting: float, grain: np.ndarray
) -> np.ndarray:
    """Return where hair covers the front of the head, at coordinates of the frontal face."""
    line = identity.hairline + style.lowered
    middle = max(-6.0, line + 8)
    half = np.full_like(x, style.opening * identity.face_width)
    toward_parting = x * (1 if parting >= 0 else -1)
    row = y - style.slant * toward_parting
    if style.reach <= 10:  # sideburns end in a point before the ears
        half = half + 0.07 * identity.face_width * smoothstep(y, -9.0, 1.0)
    across = np.abs(x / half) ** style.roundness
    down = np.clip((row - middle) / (line - middle), 0, None) ** style.roundness
    arch = (across + down) ** (1 / style.roundness)
    if style.roundness < 2.5:  # long and tied hair opens like a curtain at the parting
        arch = arch - 0.16 * np.exp(-0.5 * ((x - 0.5 * parting) / 2.5) ** 2) * (y < middle)
    rough = (0.35 + 0.4 * style.curl) * grain
    covered = smoothstep((arch - 1) * half + rough, -0.5, 0.5)
    ends = style.reach + (3.0 if style.reach < 0 else 0.0)
    return covered * smoothstep(ends - y, -0.8, 0.8)


def hair_light(
    identity: Identity, x: np.ndarray, y: np.ndarray, grain: np.ndarray, scene: Scene
) -> np.ndarray:
    """Return the brightness of the hair: strands, a band of gloss, and shade on the far side."""
    side = np.clip(0.8 + 0.02 * x * scene.light[0] - 0.012 * (y + 10), 0.35, 1.15)
    gloss = np.exp(-0.5 * ((y + 22 - 0.014 * x * x) / 2.2) ** 2)
    strand = 1 + 0.13 * grain
    tone = identity.hair_color * side * strand * (0.6 + 0.6 * scene.ambient)
    return np.clip(tone + (0.05 + 0.12 * identity.hair_color) * gloss * strand, 0.01, 1)
