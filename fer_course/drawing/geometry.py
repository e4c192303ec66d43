"""Where the features of a face lie once the action units have moved them.

Points are in units (1/48 of the picture) on the frontal face; eyes and brows are given for the right half of
the picture, from the nose outwards, and mirrored when they are drawn. At 48 pixels one unit is one pixel, so
a movement that shall be seen has to be 2 to 3 units long.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .canvas import curve
from .identity import Identity

_LID = np.linspace(-1, 1, 15)
_LIP = np.linspace(-1, 1, 25)


@dataclass(frozen=True)
class Landmarks:
    """The moved outlines of one face, all in units."""

    chin: float
    eye: tuple[float, float]
    upper_lid: np.ndarray
    lower_lid: np.ndarray
    eyes_closed: float
    brow: np.ndarray
    brow_thickness: np.ndarray
    nose_base: float
    nose_width: float
    mouth_width: float
    upper_lip: np.ndarray
    mouth_top: np.ndarray
    mouth_bottom: np.ndarray
    lower_lip: np.ndarray

    @property
    def mouth_gap(self) -> float:
        """Height of the open mouth at its middle."""
        return float((self.mouth_bottom - self.mouth_top)[:, 1].max())

    @property
    def mouth_corner(self) -> tuple[float, float]:
        """The right mouth corner."""
        return float(self.mouth_top[-1, 0]), float(self.mouth_top[-1, 1])


def locate(identity: Identity, au: Mapping[int, float]) -> Landmarks:
    """Move the features of a person.

    Args:
        identity: Whose face.
        au: The strength of every action unit.

    Returns:
        Where everything lies.
    """
    jaw_drop = min(1.25, 0.85 * au[26] + 1.15 * au[27])
    brow, thickness = _brow(identity, au)
    upper_lid, lower_lid, closed = _lids(identity, au)
    upper_lip, top, bottom, lower_lip = _mouth(identity, au, jaw_drop)
    return Landmarks(
        chin=identity.chin + 3.6 * jaw_drop - 0.5 * au[17],
        eye=(identity.eye_distance, identity.eye_height),
        upper_lid=upper_lid,
        lower_lid=lower_lid,
        eyes_closed=closed,
        brow=brow,
        brow_thickness=thickness,
        nose_base=identity.eye_height + identity.nose_length - 1.3 * au[9] - 0.5 * au[10],
        nose_width=identity.nose_width * (1 + 0.16 * au[9] + 0.12 * au[10] + 0.08 * au[12]),
        mouth_width=float(top[-1, 0]),
        upper_lip=upper_lip,
        mouth_top=top,
        mouth_bottom=bottom,
        lower_lip=lower_lip,
    )


def _brow(identity: Identity, au: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = identity.eye_distance, identity.eye_height - identity.brow_height
    lowered = au[4] * (1 - 0.75 * min(1.0, au[1]))  # the inner brow cannot go both ways
    inner = y - 3.0 * au[1] + 2.7 * lowered + 1.3 * au[9]
    middle = y - 0.7 * identity.brow_arch - 1.3 * au[1] - 2.6 * au[2] + 1.5 * lowered + 1.2 * au[9]
    outer = y + 0.7 - 2.5 * au[2] + 0.2 * au[4] + 0.9 * au[1] * (1 - min(1.0, 1.6 * au[2])) + 0.5 * au[9]
    together = 1.1 * au[4] + 0.3 * au[9]
    knots = [
        (x - 4.3 - together, inner),
        (x - 1.9 - 0.5 * together, 0.55 * inner + 0.45 * middle - 0.25),
        (x + 1.6, middle),
        (x + 4.7, outer),
    ]
    profile = np.interp(np.linspace(0, 1, 14), [0, 0.2, 0.6, 1], [1.5, 1.9, 1.6, 0.4])
    return curve(knots), profile * identity.brow_thickness


def _lids(identity: Identity, au: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray, float]:
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
    return np.c_[columns, y + tilt + upper_y], np.c_[columns, y + tilt + lower_y], closed


def _mouth(identity: Identity, au: Mapping[int, float], jaw_drop: float) -> tuple[np.ndarray, ...]:
    side = np.abs(_LIP)
    width = identity.mouth_width * (
        1
        + 0.32 * au[12]
        + 0.34 * au[20]
        - 0.12 * au[23]
        - 0.05 * au[24]
        - 0.16 * au[27]
        - 0.10 * au[26] * (1 - min(1.0, au[12] + au[20]))
        - 0.06 * au[17]
    )
    smiling = min(1.0, au[12])
    height = (
        identity.mouth_height
        + (0.3 + 1.5 * (1 - smiling)) * jaw_drop
        + 0.3 * au[12]
        - 0.6 * au[17]
        - 0.5 * au[10]
        - 0.3 * au[9]
    )
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
    return tuple(np.c_[columns, rows] for rows in (upper_lip, top, bottom, lower_lip))
