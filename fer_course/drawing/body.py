"""What surrounds a face: ears, neck and clothes, and the glasses on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, blend, curve, mirrored, ribbon, smoothstep
from .geometry import Landmarks
from .identity import Identity
from .scene import Scene, View
from .surface import SKULL_TOP


def add_neck_and_clothes(
    picture: np.ndarray, identity: Identity, scene: Scene, marks: Landmarks, view: View
) -> np.ndarray:
    """Lay neck and clothes over a picture; the shoulders do not turn with the head."""
    x, y = view.body_x, view.body_y
    side = np.abs(x)
    half = 0.62 * identity.face_width + 0.5 * np.maximum(y - identity.chin, 0)
    neck = smoothstep(half - side, -0.4, 0.4) * smoothstep(y, 4, 6)
    under_chin = smoothstep(y + 0.02 * x * x, marks.chin + 5.5, marks.chin + 0.5)  # the shadow of the chin
    round_off = 1 - 0.35 * np.clip(side / half, 0, 1) ** 3 + 0.012 * x * scene.light[0]
    lit = (0.78 - 0.36 * under_chin) * (scene.ambient + 0.5) * round_off
    picture = blend(picture, neck, identity.skin * lit)
    collar = identity.chin + 4.2 - 0.28 * np.clip(side - 2, 0, 8) + 0.02 * np.maximum(side - 9, 0) ** 2
    fold = 0.06 * np.exp(-(((y - collar - 0.9) / 0.5) ** 2))
    cloth = scene.clothes * (0.85 + 0.012 * x * scene.light[0] - fold) * (0.7 + 0.5 * scene.ambient)
    return blend(picture, smoothstep(y - collar, -0.35, 0.35), cloth)


def add_ears(picture: np.ndarray, identity: Identity, scene: Scene, view: View) -> np.ndarray:
    """Lay the ears over a picture: a rim, and a darker shell inside it."""
    x, y = view.at_depth(0.5)
    middle = identity.eye_height + 3.6
    row = (y - middle) / 4.6
    out = np.abs(x) - identity.face_width + 0.16 * (y - middle)  # the top of an ear leans outwards
    ear = smoothstep(np.hypot((out - 0.1) / 1.9, row), 1.0, 0.82)
    shell = smoothstep(np.hypot((out + 0.1) / 1.1, 1.5 * row + 0.1), 0.95, 0.5)
    facing = np.clip(0.72 + 0.25 * np.sign(x) * scene.light[0], 0.4, 1.0) * (0.6 + 0.4 * scene.ambient)
    return blend(picture, ear, identity.skin * facing * (1 - 0.4 * shell) * (1.04 - 0.1 * row * row))


def add_glasses(canvas: Canvas, picture: np.ndarray, identity: Identity, marks: Landmarks) -> np.ndarray:
    """Lay glasses over the frontal face."""
    x, y = marks.eye
    angle = np.linspace(0, 2 * np.pi, 28)
    circle = np.c_[np.cos(angle), np.sin(angle)]
    reach = np.array([min(4.7, x - 1.2), 3.6])
    lens = np.sign(circle) * np.abs(circle) ** 0.75 * reach + [x, y + 0.5]
    bridge = curve([(0, y - 0.7), (x - reach[0], y - 0.1)], 5)
    temple = np.array([(x + reach[0], y - 0.6), (identity.face_width + 1, y - 0.9)])
    parts = [ribbon(lens, 0.62), ribbon(bridge, 0.6), ribbon(temple, 0.6)]
    frame = canvas.blur(canvas.filled([side for part in parts for side in mirrored(part)]), 0.15)
    pane = canvas.blur(canvas.filled(mirrored(lens)), 0.3)
    return blend(picture * (1 - 0.05 * pane) + 0.02 * pane, 0.88 * frame, 0.08)


@dataclass(frozen=True)
class HairStyle:
    """The shape of a haircut; lengths are in units.

    Args:
        volume: How far the hair stands out from the skull.
        reach: The row down to which it hangs.
        opening: Half the width of the bare face, as a share of the face's.
        lowered: How far the hairline comes down the forehead.
        slant: How much lower it is on one side, unit per unit.
        roundness: Exponent of the opening; larger is squarer.
        curl: 0 straight strands to 1 curls.
    """

    volume: float
    reach: float
    opening: float
    lowered: float = 0.0
    slant: float = 0.0
    roundness: float = 3.0
    curl: float = 0.0


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
    grain = cv2.resize(
        rng.standard_normal((6, 96)).astype(np.float32), (384, 48), interpolation=cv2.INTER_CUBIC
    )
    if style.curl:
        columns, rows = 3.4 * x + 1.9 * y + 190, 5.0 * y - 2.9 * x + 24
    else:
        columns = 70 * np.arctan2(x - parting, y + 33) + 190
        rows = 0.55 * np.hypot(x - parting, y + 33)
    return cv2.remap(
        grain,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )


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
    arch = (across + np.clip((row - middle) / (line - middle), 0, None) ** style.roundness) ** (
        1 / style.roundness
    )
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
