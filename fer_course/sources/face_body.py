"""What surrounds a face: ears, neck and clothes, and the glasses on it."""

import numpy as np

from .face_canvas import Canvas, blend, curve, mirrored, ribbon, smoothstep
from .face_identity import Identity
from .face_landmarks import Landmarks
from .face_scene import Scene, View


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
