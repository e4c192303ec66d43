"""Drawn films: two people who talk to a camera, or one who acts the seven emotions, in several sittings."""

from dataclasses import replace
from functools import cache

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .action_units import ACTION_UNITS, EXPRESSIONS, MAX_STRENGTH
from .face import draw_face, render
from .identity import Identity
from .scene import Camera, Scene

FRAMES_PER_SECOND = 10
FRAMES_OF_AN_EMOTION = 20
"""Frames of each emotion, in the order of ``EMOTIONS``, where one person acts."""

_ACTORS = (Identity.random(17), Identity.random(15))
_ROLES = ("neutral", "happy", "surprise", "sad")
_FRAME_SIDE = 240  # pixels of a face's picture; a larger one is slower to draw
_MOVING, _HOLDING = 4, 6  # frames from one expression to the next, and frames that it stays
_SITTING_SIDE = 120  # pixels; whoever acts fills most of it
_FARTHEST = np.array([28.0, 14.0, 20.0])  # degrees that a drawn head turns


def sample_video(person: int | None = None, sitting: int = 0) -> np.ndarray:
    """Draw four seconds of two people, to be shown again and again; or one person who acts.

    Args:
        person: Draw this one, 0 or more, acting the seven emotions, as no two people do.
        sitting: Which time, 0 or more: light, camera, mood and the way of acting are others each time.

    Returns:
        ``uint8`` gray frames, 10 a second: ``(40, 240, 480)``, of which the last leads over to the first; of
        one person ``(140, 120, 120)``, two seconds of each emotion, in the order of ``EMOTIONS``.

    Raises:
        FerCourseError: ``person`` or ``sitting`` is no such number.

    Example:
        >>> sample_video().shape
        (40, 240, 480)
    """
    if person is None:
        return np.stack([sample_frame(number) for number in range(len(_ROLES) * (_MOVING + _HOLDING))])
    for name, number in {"person": person, "sitting": sitting}.items():
        if not isinstance(number, int | np.integer) or number < 0:
            raise FerCourseError(f"{name} is {number!r}; expected a whole number, 0 or more")
    return np.stack(_acted(person, sitting))


def sample_frame(number: int) -> np.ndarray:
    """Draw one frame of the sample video, 0 to 39: ``(240, 480)`` ``uint8``."""
    return np.hstack([_drawn(person, *_pose(number, 2 * person)) for person in range(len(_ACTORS))])


def _pose(number: int, ahead: int) -> tuple[str, str, float]:
    """Name the expression that a person leaves, the one they go to, and the share of the way."""
    role, frame = divmod(number, _MOVING + _HOLDING)
    before, after = (_ROLES[(role + ahead + step) % len(_ROLES)] for step in (0, 1))
    return before, after, max(frame + 1 - _HOLDING, 0) / (_MOVING + 1)


@cache
def _drawn(person: int, before: str, after: str, share: float) -> np.ndarray:
    start, end = EXPRESSIONS[before][0], EXPRESSIONS[after][0]
    smooth = share * share * (3 - 2 * share)
    strengths = {
        unit: (1 - smooth) * start.get(unit, 0) + smooth * end.get(unit, 0) for unit in {*start, *end}
    }
    return draw_face(strengths, _ACTORS[person], size=_FRAME_SIDE, seed=person)


def _acted(person: int, sitting: int) -> list[np.ndarray]:
    """Draw a person who acts: habits belong to the person, all the rest to the sitting."""
    own, rng = np.random.default_rng([person, 0]), np.random.default_rng([person, 1 + sitting])
    identity, habits = Identity.random(person), {unit: own.uniform(0.45, 1.15) for unit in ACTION_UNITS}
    room = replace(Scene.random(rng), zoom=0.8, shift=(0.0, 1.4))
    camera = Camera(rng.uniform(95, 165), rng.uniform(40, 65), rng.uniform(-0.3, 0.3), rng.uniform(1.5, 4))
    position, tempo, mood = rng.normal(0, (8, 5, 5)), rng.uniform(0.6, 1.6), rng.uniform(0.6, 1.05)
    frames = []
    for emotion in EMOTIONS:
        acted = EXPRESSIONS[emotion][rng.integers(len(EXPRESSIONS[emotion]))]
        turned, strength = position + rng.normal(0, (5, 3, 3)), mood * rng.normal(1, 0.12)
        begin = rng.uniform(0, 2 * np.pi, 4)
        for frame in range(FRAMES_OF_AN_EMOTION):
            sway = np.sin(begin + 2 * np.pi * tempo * frame / FRAMES_OF_AN_EMOTION)
            pan, tilt, roll = np.clip(turned + (4, 2.5, 2) * sway[:3], -_FARTHEST, _FARTHEST)
            strengths = {
                unit: min(full * habits[unit] * strength * (1 + 0.15 * sway[3]), MAX_STRENGTH)
                for unit, full in acted.items()
            }
            scene = replace(room, pan=float(pan), tilt=float(tilt), roll=float(roll))
            drawn = render(strengths, identity, scene, _SITTING_SIDE, seed=person)
            frames.append(camera.expose(drawn, rng))
    return frames
