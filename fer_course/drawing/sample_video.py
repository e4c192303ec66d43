"""A sample video for whoever has no camera at hand: two drawn people who change their faces."""

from functools import cache

import numpy as np

from .face import EXPRESSIONS, Identity, draw_face

FRAMES_PER_SECOND = 10

_PEOPLE = (Identity.random(17), Identity.random(15))
_ROLES = ("neutral", "happy", "surprise", "sad")
_SIZE = 240  # pixels of a face's picture; a larger one is slower to draw
_MOVING, _HOLDING = 4, 6  # frames from one expression to the next, and frames that it stays


def sample_video() -> np.ndarray:
    """Draw four seconds of two people, to be shown again and again, 10 frames a second.

    Returns:
        ``(40, 240, 480)`` ``uint8`` gray frames; the last leads over to the first.

    Example:
        >>> sample_video().shape
        (40, 240, 480)
    """
    return np.stack([sample_frame(number) for number in range(len(_ROLES) * (_MOVING + _HOLDING))])


def sample_frame(number: int) -> np.ndarray:
    """Draw one frame of the sample video.

    Args:
        number: Its place, 0 to 39.

    Returns:
        ``(240, 480)`` ``uint8``.
    """
    return np.hstack([_drawn(person, *_pose(number, 2 * person)) for person in range(len(_PEOPLE))])


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
    return draw_face(strengths, _PEOPLE[person], size=_SIZE, seed=person)
