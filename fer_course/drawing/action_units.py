"""Action units: the muscles of the face by number, and the expressions that they make together.

Numbers and names are those of the Facial Action Coding System (Ekman, Friesen and Hager, 2002); the
combinations follow its emotional reading, EMFACS.
"""

from collections.abc import Mapping
from numbers import Real

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError

ACTION_UNITS = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    19: "tongue show",
    20: "lip stretcher",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    27: "mouth stretch",
    43: "eyes closed",
}
"""The action units that a drawn face knows: number to name."""

MAX_STRENGTH = 1.5

EXPRESSIONS: dict[str, tuple[dict[int, float], ...]] = {
    "angry": (
        {4: 1.0, 5: 0.5, 7: 0.7, 23: 0.9, 24: 0.5},
        {4: 1.0, 5: 0.5, 7: 0.6, 10: 0.5, 16: 0.7, 25: 1.0, 26: 0.5},
        {4: 1.1, 5: 0.4, 7: 0.8, 24: 1.0, 17: 0.5},
    ),
    "disgust": (
        {9: 1.0, 10: 1.0, 7: 0.6, 6: 0.5, 4: 0.3, 16: 0.5, 25: 0.8},
        {9: 1.0, 10: 0.9, 7: 0.7, 6: 0.5, 4: 0.2, 19: 1.0, 25: 0.8, 26: 0.5},
        {9: 1.0, 10: 0.9, 15: 0.4, 17: 0.8, 7: 0.8, 6: 0.5},
    ),
    "fear": (
        {1: 1.0, 2: 0.6, 4: 0.6, 5: 1.1, 20: 1.0, 25: 1.0, 26: 0.4},
        {1: 1.0, 2: 0.6, 4: 0.7, 5: 1.1, 20: 0.9, 25: 1.0, 26: 0.8},
        {1: 1.0, 2: 0.4, 4: 0.8, 5: 1.1, 20: 1.0, 25: 0.8, 16: 0.5},
    ),
    "happy": (
        {6: 0.9, 12: 1.0, 25: 0.9},
        {6: 1.0, 12: 1.0, 25: 1.0, 26: 0.6},
        {6: 0.6, 12: 0.9},
    ),
    "sad": (
        {1: 1.0, 4: 0.7, 15: 1.0, 17: 0.5, 43: 0.25},
        {1: 0.9, 4: 0.8, 15: 0.9, 43: 0.45},
        {1: 1.0, 4: 0.5, 15: 1.0, 17: 0.9, 7: 0.3, 43: 0.2},
    ),
    "surprise": (
        {1: 1.0, 2: 1.0, 5: 0.9, 25: 1.0, 26: 1.0},
        {1: 1.0, 2: 1.0, 5: 0.9, 25: 1.0, 27: 0.9},
        {1: 1.0, 2: 1.0, 5: 0.7, 25: 0.8, 26: 0.8},
    ),
    "neutral": ({}, {}, {25: 0.15}),
}
"""Emotion to the alternative combinations of action units (number to strength) that show it."""


def checked_action_units(action_units: Mapping[int, float]) -> dict[int, float]:
    """Return the strength of every action unit, zeros filled in, or say which is unknown or out of range."""
    if not isinstance(action_units, Mapping):
        raise FerCourseError(
            f"action units are a {type(action_units).__name__}, expected a dict such as {{6: 0.8, 12: 1}}"
        )
    strengths = dict.fromkeys(ACTION_UNITS, 0.0)
    for number, strength in action_units.items():
        if number not in strengths:
            known = ", ".join(map(str, ACTION_UNITS))
            raise FerCourseError(f"unknown action unit {number!r}; the drawn face knows {known}")
        if not isinstance(strength, Real) or not 0 <= strength <= MAX_STRENGTH:
            raise FerCourseError(
                f"action unit {number} ({ACTION_UNITS[number]}) has strength {strength!r}; "
                f"expected 0 (at rest) to 1 (full), at most {MAX_STRENGTH}"
            )
        strengths[number] = float(strength)
    return strengths


def random_expression(label: int, rng: np.random.Generator) -> dict[int, float]:
    """Draw a natural variation of an emotion's expression: its strength, its mixture, and stray movements.

    Example:
        >>> smile = random_expression(3, np.random.default_rng(0))
        >>> smile[12] > 0.4
        True
    """
    alternatives = EXPRESSIONS[EMOTIONS[label]]
    prototype = alternatives[rng.integers(len(alternatives))]
    intensity = np.clip(1.1 * rng.beta(4.0, 1.5), 0.5, 1.1)
    strengths = {unit: strength * intensity * rng.normal(1, 0.15) for unit, strength in prototype.items()}
    stray = [unit for unit in ACTION_UNITS if unit not in (19, 27, 43) and rng.random() < 0.08]
    for unit in stray:
        strengths[unit] = strengths.get(unit, 0.0) + abs(rng.normal(0, 0.16))
    return {unit: float(np.clip(strength, 0, 1.2)) for unit, strength in sorted(strengths.items())}
