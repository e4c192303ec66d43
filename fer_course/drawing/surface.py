"""The relief of a face and the light on it: a height field, its creases, and shading.

The relief is a sum of smooth bumps; light is Lambert's law with a soft edge, ambient occlusion, and a weak
highlight. Detectors and people need both the drawn features and the shading.
"""

from collections.abc import Mapping

import cv2
import numpy as np

from .canvas import Canvas, curve, mirrored, ribbon, smoothstep
from .geometry import Landmarks
from .identity import Identity

SKULL_TOP = -27.0
_DEPTH = 11.0


def half_width(identity: Identity, chin: float, y: np.ndarray) -> np.ndarray:
    """Return half the width of the head at rows ``y``, below 0 outside it; everything in units."""
    widest = -3.0
    above = np.sqrt(np.clip(1 - np.abs((y - widest) / (SKULL_TOP - widest)) ** 2.6, 0, 1))
    down = np.maximum(y - widest, 0) / (chin - widest)
    below = np.clip(1 - down**identity.jaw, 0, 1) ** 0.5 * (1 - 0.05 * down)
    half = identity.face_width * np.where(y < widest, above, below)
    return np.where((y < SKULL_TOP) | (y > chin), np.float32(-5), half)


def relief(canvas: Canvas, identity: Identity, marks: Landmarks, au: Mapping[int, float]) -> np.ndarray:
    """Build the height field of the frontal face.

    Args:
        canvas: Where to draw.
        identity: Whose face.
        marks: Where its features lie.
        au: The strength of every action unit.

    Returns:
        ``(side, side)`` float32 heights in units.
    """
    head = np.maximum(half_width(identity, marks.chin, canvas.y), 0)
    width = np.hypot(head, 0.25 * identity.face_width)  # never so narrow that the chin ends in a point
    roundness = np.clip(1 - np.abs(canvas.x / width) ** 2.2, 0, 1) ** 0.6
    profile = np.clip(1 - np.abs((canvas.y + 2) / (marks.chin + 7)) ** 3, 0, 1) ** 0.5
    z = _DEPTH * roundness * profile
    z += _eye_region(canvas, identity, marks, au)
    z += _nose(canvas, identity, marks)
    z += _lower_face(canvas, identity, marks, au)
    return z.astype(np.float32)


def _eye_region(canvas: Canvas, identity: Identity, marks: Landmarks, au: Mapping[int, float]) -> np.ndarray:
    x, y = marks.eye
    brow_y = float(marks.brow[:, 1].mean())
    z = -1.5 * canvas.pair(x - 2.6, y - 0.4, 1.8, 1.9) - 1.1 * canvas.pair(x + 0.3, y - 0.4, 3.4, 1.8)
    z += 0.6 * canvas.pair(x - 0.5, brow_y + 0.2, 4.2, 1.3) + 0.5 * canvas.pair(x, y, 2.2, 1.3)
    z += 0.7 * au[4] * canvas.pair(2.2, float(marks.brow[0, 1]) + 0.6, 1.1, 1.5)
    z -= (0.15 + 0.45 * identity.wrinkles) * canvas.pair(x - 0.4, y + 2.8, 2.8, 0.9)
    raised = au[6] + 0.6 * au[12] + 0.5 * au[9]
    cheek_y = 3.4 - 1.7 * au[6] - 0.8 * au[12] - 1.0 * au[9]
    z += identity.cheekbones * (0.8 + 0.9 * raised) * canvas.pair(9.0, cheek_y, 3.2, 2.6)
    return z


def _nose(canvas: Canvas, identity: Identity, marks: Landmarks) -> np.ndarray:
    top, base, width = marks.eye[1] - 2.5, marks.nose_base, marks.nose_width
    rows = canvas.y[:, 0]
    along = np.clip((rows - top) / (base - 1.2 - top), 0, 1)
    height = 0.7 * smoothstep(rows, top - 3, top + 2) + 1.5 * along**1.6
    height = height * smoothstep(rows, base + 1.6, base - 0.5)
    spread = width * (1.45 + 0.9 * along)
    bridge = height[:, None] * np.exp(-0.5 * (canvas.x / spread[:, None]) ** 2)
    tip = 1.1 * canvas.gaussian(0, base - 1.2, 1.5 * width, 1.3)
    wings = 0.95 * canvas.pair(2.5 * width, base - 0.5, 0.95, 1.05)
    return bridge + tip + wings


def _lower_face(canvas: Canvas, identity: Identity, marks: Landmarks, au: Mapping[int, float]) -> np.ndarray:
    middle = len(marks.mouth_top) // 2
    mouth_y = float(marks.mouth_top[middle, 1] + marks.mouth_bottom[middle, 1]) / 2
    below = float(marks.lower_lip[middle, 1])
    z = 0.9 * canvas.gaussian(0, mouth_y, marks.mouth_width, 3.2)
    z -= 0.35 * canvas.gaussian(0, (marks.nose_base + marks.upper_lip[middle, 1]) / 2 + 0.4, 0.7, 1.2)
    z += (1.1 + 0.5 * au[17]) * canvas.gaussian(0, marks.chin - 3.4 - 0.8 * au[17], 3.4, 1.9)
    z -= (0.6 + 0.4 * au[17]) * canvas.gaussian(0, below + 1.2, 2.8, 0.9)
    z -= (0.15 + 0.4 * identity.wrinkles) * (1 - 0.5 * au[12]) * canvas.pair(10.5, 10, 3, 3.6)
    return z


def creases(canvas: Canvas, identity: Identity, marks: Landmarks, au: Mapping[int, float]) -> np.ndarray:
    """Draw the folds of the skin, 0 (smooth) to 1 (deep): those of age and those that expressions make."""
    age = 0.35 + 0.65 * identity.wrinkles
    lines = [
        *_fold_lines(marks, au, identity.wrinkles),
        *_eye_lines(marks, au, age),
        *_brow_lines(marks, au, age),
    ]
    visible = [(outline, strength) for outline, strength in lines if strength > 0.06]
    if not visible:
        return np.zeros((canvas.side, canvas.side), np.float32)
    outlines = [side for outline, _ in visible for side in mirrored(outline)]
    strengths = [strength for _, strength in visible for _ in range(2)]
    return canvas.blur(canvas.filled(outlines, strengths), 0.38)


def _fold_lines(marks: Landmarks, au: Mapping[int, float], wrinkles: float) -> list[tuple[np.ndarray, float]]:
    corner_x, corner_y = marks.mouth_corner
    wing = 3.3 * marks.nose_width
    # The fold ends above the mouth corner: reaching below it would turn a smile into a frown at 48 pixels.
    nasolabial = curve(
        [
            (wing, marks.nose_base - 1.0 - 0.8 * au[9]),
            (wing + 1.0, marks.nose_base + 0.6),
            ((wing + corner_x) / 2 + 1.2, (marks.nose_base + corner_y) / 2 + 0.4),
            (corner_x + 1.3, corner_y - 0.8),
        ]
    )
    depth = 0.22 * wrinkles + 0.5 * au[12] + 0.65 * au[10] + 0.6 * au[9] + 0.2 * au[20] + 0.1 * au[6]
    taper = np.interp(np.linspace(0, 1, 14), [0, 0.3, 1], [0.9, 0.9, 0.3])
    down = curve(
        [(corner_x + 0.3, corner_y + 0.3), (corner_x + 1.0, corner_y + 1.6), (corner_x + 1.1, corner_y + 3.2)]
    )
    chin_y = float(marks.lower_lip[:, 1].max()) + 1.1
    chin = curve([(0, chin_y - 0.3), (1.6, chin_y), (3.0, chin_y + 1.0)])
    return [
        (ribbon(nasolabial, taper), min(0.85, 0.75 * depth)),
        (ribbon(down, 0.7), 0.7 * au[15] + 0.25 * max(0.0, wrinkles - 0.6)),
        (ribbon(chin, 0.8), 0.7 * au[17]),
    ]


def _eye_lines(marks: Landmarks, au: Mapping[int, float], age: float) -> list[tuple[np.ndarray, float]]:
    x, y = marks.eye
    corner = x + 3.6
    crow = (0.75 * au[6] + 0.15 * au[12]) * age + 0.3 * max(0.0, age - 0.7)
    feet = [
        ribbon(curve([(corner + 0.4, y + 0.2 + 0.5 * k), (corner + 2.4, y - 1.2 + 1.4 * k)], 6), 0.4)
        for k in range(3)
    ]
    bag = curve([(x - 2.9, y + 1.9), (x, y + 3.0 - 0.5 * au[6]), (x + 3.2, y + 1.9)])
    lines = [(foot, crow) for foot in feet]
    return [*lines, (ribbon(bag, 0.5), 0.65 * au[6] + 0.5 * au[7] + 0.4 * au[9] + 0.45 * max(0.0, age - 0.5))]


def _brow_lines(marks: Landmarks, au: Mapping[int, float], age: float) -> list[tuple[np.ndarray, float]]:
    y = marks.eye[1]
    inner_y = float(marks.brow[0, 1])
    frown = ribbon(np.array([(0.85, inner_y + 2.0), (1.0, inner_y), (1.15, inner_y - 1.8)]), 0.55)
    lines = [(frown, 0.9 * au[4] * (1 - 0.6 * min(1.0, au[1])))]
    taper = np.interp(np.linspace(0, 1, 14), [0, 0.5, 1], [0.6, 0.55, 0.1])
    for k in range(3):  # the wrinkled nose of disgust
        row = y + 0.6 + 1.15 * k
        wrinkle = curve([(0, row - 0.4), (1.0, row), (2.3 - 0.1 * k, row + 1.0)], 6)
        lines.append((ribbon(wrinkle, 0.6), 0.8 * au[9]))
        height = inner_y - 2.6 - 1.7 * k
        forehead = curve([(0, height), (3.5, height - 0.4), (8.0 - k, height + 0.5)])
        lift = (0.6 * au[1] + 0.4 * au[2]) * age + 0.3 * max(0.0, age - 0.75)
        lines.append((ribbon(forehead, taper), (0.75 - 0.15 * k) * lift))
    return lines


def shade(
    canvas: Canvas, z: np.ndarray, light: np.ndarray, ambient: float, highlight: float
) -> tuple[np.ndarray, np.ndarray]:
    """Light a height field.

    Args:
        canvas: Where it is drawn.
        z: ``(side, side)`` heights in units.
        light: Direction towards the light, ``(x, y, z)``.
        ambient: Share of light that comes from everywhere, 0 to 1.
        highlight: Strength of the highlight.

    Returns:
        The light on every pixel (about 1 where it is full), and the highlight to add.
    """
    slope_x = cv2.Sobel(z, cv2.CV_32F, 1, 0, ksize=3) * (canvas.scale / 8)
    slope_y = cv2.Sobel(z, cv2.CV_32F, 0, 1, ksize=3) * (canvas.scale / 8)
    length = 1 / np.sqrt(slope_x**2 + slope_y**2 + 1)
    x, y, ahead = (light / np.linalg.norm(light)).tolist()
    halfway = np.array([x, y, ahead + 1])
    mid_x, mid_y, mid_ahead = (halfway / np.linalg.norm(halfway)).tolist()
    facing = (ahead - slope_x * x - slope_y * y) * length
    mirror = np.clip((mid_ahead - slope_x * mid_x - slope_y * mid_y) * length, 0, 1)
    sky = 0.55 + 0.45 * length - 0.15 * slope_y * length
    direct = np.clip((facing + 0.25) / 1.25, 0, 1)
    occlusion = np.clip(canvas.blur(z, 1.7) - z, -1.0, 2.2)
    lit = (ambient * sky + (1 - ambient) * 1.2 * direct) * np.clip(1 - 0.17 * occlusion, 0.35, 1.2)
    return lit, highlight * mirror**14
