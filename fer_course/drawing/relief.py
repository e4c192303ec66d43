"""The shape of a face: where its features lie once action units have moved them, its relief, and the light.

Points are in units (1/48 of the picture) on the frontal face; eyes and brows are given for the right half of
the picture, from the nose outwards, and mirrored when they are drawn. At 48 pixels one unit is one pixel, so
a movement that shall be seen has to be 2 to 3 units long.

The relief is a sum of smooth bumps; light is Lambert's law with a soft edge, ambient occlusion, and a weak
highlight. Detectors and people need both the drawn features and the shading.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, curve, mirrored, ribbon, smoothstep
from .identity import Identity

SKULL_TOP = -27.0
_DEPTH = 11.0
_LID = np.linspace(-1, 1, 15)
_LIP = np.linspace(-1, 1, 25)
_Lips = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Landmarks:
    """A person, their action units, and the outlines of the face that these have moved, all in units."""

    identity: Identity
    au: Mapping[int, float]
    upper_lid: np.ndarray
    lower_lid: np.ndarray
    brow: np.ndarray
    brow_thickness: np.ndarray
    upper_lip: np.ndarray
    mouth_top: np.ndarray
    mouth_bottom: np.ndarray
    lower_lip: np.ndarray
    chin: float
    eye: tuple[float, float]
    nose_base: float
    nose_width: float

    @property
    def mouth_gap(self) -> float:
        """Height of the open mouth at its middle."""
        return float((self.mouth_bottom - self.mouth_top)[:, 1].max())

    @property
    def mouth_corner(self) -> tuple[float, float]:
        """The right mouth corner."""
        return float(self.mouth_top[-1, 0]), float(self.mouth_top[-1, 1])

    @property
    def mouth_width(self) -> float:
        """Half the width of the mouth."""
        return self.mouth_corner[0]


def locate(identity: Identity, au: Mapping[int, float]) -> Landmarks:
    """Return where everything lies in a face once the action units have moved it."""
    jaw_drop = min(1.25, 0.85 * au[26] + 1.15 * au[27])
    return Landmarks(
        identity,
        au,
        *_lids(identity, au),
        *_brow(identity, au),
        *_mouth(identity, au, jaw_drop),
        chin=identity.chin + 3.6 * jaw_drop - 0.5 * au[17],
        eye=(identity.eye_distance, identity.eye_height),
        nose_base=identity.eye_height + identity.nose_length - 1.3 * au[9] - 0.5 * au[10],
        nose_width=identity.nose_width * (1 + 0.16 * au[9] + 0.12 * au[10] + 0.08 * au[12]),
    )


def _brow(identity: Identity, au: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = identity.eye_distance, identity.eye_height - identity.brow_height
    lowered = au[4] * (1 - 0.75 * min(1.0, au[1]))  # the inner brow cannot go both ways
    inner = y - 3.0 * au[1] + 2.7 * lowered + 1.3 * au[9]
    middle = y - 0.7 * identity.brow_arch - 1.3 * au[1] - 2.6 * au[2] + 1.5 * lowered + 1.2 * au[9]
    outer = y + 0.7 - 2.5 * au[2] + 0.2 * au[4] + 0.9 * au[1] * (1 - min(1.0, 1.6 * au[2])) + 0.5 * au[9]
    together = 1.1 * au[4] + 0.3 * au[9]
    rise = 0.55 * inner + 0.45 * middle - 0.25
    knots = [
        (x - 4.3 - together, inner),
        (x - 1.9 - 0.5 * together, rise),
        (x + 1.6, middle),
        (x + 4.7, outer),
    ]
    profile = np.interp(np.linspace(0, 1, 14), [0, 0.2, 0.6, 1], [1.5, 1.9, 1.6, 0.4])
    return curve(knots), profile * identity.brow_thickness


def _lids(identity: Identity, au: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = identity.eye_distance, identity.eye_height
    size = identity.eye_size
    closed = min(1.0, au[43])
    narrowing = 0.36 * au[7] + 0.28 * au[6] + 0.34 * au[9]
    upper = 1.28 * size * max(0.22, 1 + 0.75 * au[5] - 0.8 * narrowing - 0.12 * au[4])
    lower = 0.95 * size * max(0.08, 1 + 0.12 * au[5] - 1.25 * narrowing - 0.25 * au[6])
    half_width = 3.05 * size
    tilt = -0.35 * identity.eye_slant * _LID  # outer corners a little higher
    arch = 1 - np.abs(_LID) ** 2.4
    raised_inner = 0.25 * au[1] * min(1.0, 2 * au[4]) * (1 - min(1.0, au[5]))  # grief lifts the inner half
    upper_y = -upper * arch * (1 - _LID * (raised_inner + 0.08))
    lower_y = lower * arch * (1 + 0.12 * _LID) - 0.5 * au[6] * (1 - np.abs(_LID) ** 2)
    lower_y = np.maximum(lower_y, upper_y + 0.35 * arch)
    upper_y = (1 - closed) * upper_y + closed * (lower_y - 0.05)
    columns = x + half_width * _LID
    return np.c_[columns, y + tilt + upper_y], np.c_[columns, y + tilt + lower_y]


def _mouth(identity: Identity, au: Mapping[int, float], jaw_drop: float) -> _Lips:
    side = np.abs(_LIP)
    width = 1 + 0.32 * au[12] + 0.34 * au[20] - 0.12 * au[23] - 0.05 * au[24] - 0.16 * au[27]
    width -= 0.10 * au[26] * (1 - min(1.0, au[12] + au[20]))
    width = identity.mouth_width * (width - 0.06 * au[17])
    smiling = min(1.0, au[12])
    height = identity.mouth_height + (0.3 + 1.5 * (1 - smiling)) * jaw_drop
    height = height + 0.3 * au[12] - 0.6 * au[17] - 0.5 * au[10] - 0.3 * au[9]
    line = height - 0.45 * side**2 * (1 - min(1.0, jaw_drop))
    line += -3.1 * au[12] * side**1.8 + 2.9 * au[15] * side**2.1 + 0.5 * au[20] * side**3
    line += -0.35 * au[17] * (1 - side**2)
    parted = min(1.0, au[25])
    gap = 1.3 * au[25] + (1.7 * au[12] + 1.5 * au[20] + 1.2 * au[10] + 0.8 * au[19]) * parted
    gap += 3.0 * jaw_drop + 2.2 * jaw_drop * parted + 0.9 * au[16]
    gap *= 1 - 0.7 * min(1.0, au[24])
    stretched = min(1.0, au[20] + au[16] + 0.6 * au[10])
    opening = (1 - side ** (2.0 + 1.2 * stretched)) ** (0.75 - 0.15 * stretched)
    raised = (1.9 * au[10] + 0.8 * au[9]) * (1 - side**2.6)
    share_above = 0.24 + 0.24 * min(1.0, 1.6 * jaw_drop) * (1 - smiling)
    top = line - gap * share_above * opening - raised * (0.45 + 0.45 * parted)
    bottom = np.maximum(line + gap * (1 - share_above) * opening - 0.4 * raised * (1 - parted), top)
    thickness = identity.lip_fullness * np.clip(1 - 0.5 * au[23] - 0.65 * au[24] - 0.2 * au[12], 0.15, 1)
    cupid_bow = 0.35 * np.exp(-((_LIP / 0.13) ** 2)) * (1 - 0.6 * smiling)
    upper_lip = top - thickness * (1.2 * (1 - side**1.8) - cupid_bow)
    pout = 1 + 0.5 * au[17] * (1 - min(1.0, au[24]))
    lower_lip = bottom + thickness * 1.55 * pout * (1 - side**2.4)
    columns = width * _LIP
    return np.c_[columns, upper_lip], np.c_[columns, top], np.c_[columns, bottom], np.c_[columns, lower_lip]


def half_width(marks: Landmarks, y: np.ndarray) -> np.ndarray:
    """Return half the width of the head at rows ``y``, below 0 outside it; everything in units."""
    widest = -3.0
    above = np.sqrt(np.clip(1 - np.abs((y - widest) / (SKULL_TOP - widest)) ** 2.6, 0, 1))
    down = np.maximum(y - widest, 0) / (marks.chin - widest)
    below = np.clip(1 - down**marks.identity.jaw, 0, 1) ** 0.5 * (1 - 0.05 * down)
    half = marks.identity.face_width * np.where(y < widest, above, below)
    return np.where((y < SKULL_TOP) | (y > marks.chin), np.float32(-5), half)


def relief(canvas: Canvas, marks: Landmarks) -> np.ndarray:
    """Build the height field of the frontal face: ``(side, side)`` float32 heights in units."""
    head = np.maximum(half_width(marks, canvas.y), 0)
    width = np.hypot(head, 0.25 * marks.identity.face_width)  # never so narrow that the chin ends in a point
    roundness = np.clip(1 - np.abs(canvas.x / width) ** 2.2, 0, 1) ** 0.6
    profile = np.clip(1 - np.abs((canvas.y + 2) / (marks.chin + 7)) ** 3, 0, 1) ** 0.5
    z = _DEPTH * roundness * profile
    z += _eye_region(canvas, marks)
    z += _nose(canvas, marks)
    z += _lower_face(canvas, marks)
    return z.astype(np.float32)


def _eye_region(canvas: Canvas, marks: Landmarks) -> np.ndarray:
    (x, y), au = marks.eye, marks.au
    brow_y = float(marks.brow[:, 1].mean())
    z = -1.5 * canvas.pair(x - 2.6, y - 0.4, 1.8, 1.9) - 1.1 * canvas.pair(x + 0.3, y - 0.4, 3.4, 1.8)
    z += 0.6 * canvas.pair(x - 0.5, brow_y + 0.2, 4.2, 1.3) + 0.5 * canvas.pair(x, y, 2.2, 1.3)
    z += 0.7 * au[4] * canvas.pair(2.2, float(marks.brow[0, 1]) + 0.6, 1.1, 1.5)
    z -= (0.15 + 0.45 * marks.identity.wrinkles) * canvas.pair(x - 0.4, y + 2.8, 2.8, 0.9)
    raised = au[6] + 0.6 * au[12] + 0.5 * au[9]
    cheek_y = 3.4 - 1.7 * au[6] - 0.8 * au[12] - 1.0 * au[9]
    z += marks.identity.cheekbones * (0.8 + 0.9 * raised) * canvas.pair(9.0, cheek_y, 3.2, 2.6)
    return z


def _nose(canvas: Canvas, marks: Landmarks) -> np.ndarray:
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


def _lower_face(canvas: Canvas, marks: Landmarks) -> np.ndarray:
    au = marks.au
    middle = len(marks.mouth_top) // 2
    mouth_y = float(marks.mouth_top[middle, 1] + marks.mouth_bottom[middle, 1]) / 2
    below = float(marks.lower_lip[middle, 1])
    z = 0.9 * canvas.gaussian(0, mouth_y, marks.mouth_width, 3.2)
    z -= 0.35 * canvas.gaussian(0, (marks.nose_base + marks.upper_lip[middle, 1]) / 2 + 0.4, 0.7, 1.2)
    z += (1.1 + 0.5 * au[17]) * canvas.gaussian(0, marks.chin - 3.4 - 0.8 * au[17], 3.4, 1.9)
    z -= (0.6 + 0.4 * au[17]) * canvas.gaussian(0, below + 1.2, 2.8, 0.9)
    z -= (0.15 + 0.4 * marks.identity.wrinkles) * (1 - 0.5 * au[12]) * canvas.pair(10.5, 10, 3, 3.6)
    return z


def creases(canvas: Canvas, marks: Landmarks) -> np.ndarray:
    """Draw the folds of the skin, 0 (smooth) to 1 (deep): those of age and those that expressions make."""
    wrinkles = marks.identity.wrinkles
    age = 0.35 + 0.65 * wrinkles
    lines = [*_fold_lines(marks, wrinkles), *_eye_lines(marks, age), *_brow_lines(marks, age)]
    visible = [(outline, strength) for outline, strength in lines if strength > 0.06]
    if not visible:
        return np.zeros((canvas.side, canvas.side), np.float32)
    outlines = [side for outline, _ in visible for side in mirrored(outline)]
    strengths = [strength for _, strength in visible for _ in range(2)]
    return canvas.blur(canvas.filled(outlines, strengths), 0.38)


def _fold_lines(marks: Landmarks, wrinkles: float) -> list[tuple[np.ndarray, float]]:
    au = marks.au
    corner_x, corner_y = marks.mouth_corner
    wing = 3.3 * marks.nose_width
    # The fold ends above the mouth corner: reaching below it would turn a smile into a frown at 48 pixels.
    base = marks.nose_base
    start = [(wing, base - 1.0 - 0.8 * au[9]), (wing + 1.0, base + 0.6)]
    end = [((wing + corner_x) / 2 + 1.2, (base + corner_y) / 2 + 0.4), (corner_x + 1.3, corner_y - 0.8)]
    nasolabial = curve([*start, *end])
    depth = 0.22 * wrinkles + 0.5 * au[12] + 0.65 * au[10] + 0.6 * au[9] + 0.2 * au[20] + 0.1 * au[6]
    taper = np.interp(np.linspace(0, 1, 14), [0, 0.3, 1], [0.9, 0.9, 0.3])
    steps = [(0.3, 0.3), (1.0, 1.6), (1.1, 3.2)]
    down = curve([(corner_x + right, corner_y + below) for right, below in steps])
    chin_y = float(marks.lower_lip[:, 1].max()) + 1.1
    chin = curve([(0, chin_y - 0.3), (1.6, chin_y), (3.0, chin_y + 1.0)])
    return [
        (ribbon(nasolabial, taper), min(0.85, 0.75 * depth)),
        (ribbon(down, 0.7), 0.7 * au[15] + 0.25 * max(0.0, wrinkles - 0.6)),
        (ribbon(chin, 0.8), 0.7 * au[17]),
    ]


def _eye_lines(marks: Landmarks, age: float) -> list[tuple[np.ndarray, float]]:
    (x, y), au = marks.eye, marks.au
    corner = x + 3.6
    crow = (0.75 * au[6] + 0.15 * au[12]) * age + 0.3 * max(0.0, age - 0.7)
    feet = [
        ribbon(curve([(corner + 0.4, y + 0.2 + 0.5 * k), (corner + 2.4, y - 1.2 + 1.4 * k)], 6), 0.4)
        for k in range(3)
    ]
    bag = curve([(x - 2.9, y + 1.9), (x, y + 3.0 - 0.5 * au[6]), (x + 3.2, y + 1.9)])
    lines = [(foot, crow) for foot in feet]
    return [*lines, (ribbon(bag, 0.5), 0.65 * au[6] + 0.5 * au[7] + 0.4 * au[9] + 0.45 * max(0.0, age - 0.5))]


def _brow_lines(marks: Landmarks, age: float) -> list[tuple[np.ndarray, float]]:
    au = marks.au
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
    """Light a height field: the light on every pixel, about 1 where it is full, and the highlight to add."""
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
