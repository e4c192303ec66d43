"""Following faces from frame to frame, so that names and boxes do not flicker."""

import math
from dataclasses import replace

import numpy as np

from ..errors import FerCourseError
from .recognition import Face

OVERLAP = 0.3
"""Least intersection over union of two boxes for one face in two frames."""


class FaceTracker:
    """Smooth probabilities and boxes of every face over time.

    A face is the one of the last frame whose box it overlaps most. What is shown moves towards what is seen
    by the share 1 - exp(-t / smoothing) in t seconds, so the smoothing does not depend on the frame rate.

    Args:
        smoothing: Time constant in seconds; 0 shows every frame as it is.

    Raises:
        FerCourseError: ``smoothing`` is negative.

    Source:
        Exponential smoothing in continuous time; the greedy match by overlap of IOU-Tracker (Bochinski et
        al., 2017).

    Example:
        >>> happy, sad = np.eye(7, dtype=np.float32)[[3, 4]]
        >>> tracker = FaceTracker(smoothing=1.0)
        >>> _ = tracker.update([Face(0, 0, 50, 50, happy)], time=0.0)
        >>> tracker.update([Face(2, 0, 50, 50, sad)], time=0.5)[0].emotion
        'happy'
    """

    def __init__(self, smoothing: float = 0.5) -> None:
        if not smoothing >= 0:
            raise FerCourseError(f"smoothing is {smoothing}; expected seconds, 0 or more")
        self.smoothing = smoothing
        self.reset()

    def reset(self) -> None:
        """Forget all faces."""
        self._last: list[Face] = []
        self._time = -math.inf

    def update(self, faces: list[Face], time: float) -> list[Face]:
        """Take the faces of a new frame, and return what to show.

        Args:
            faces: What was found in it.
            time: When it was taken, in seconds from any start; time that goes back starts anew.

        Returns:
            The same faces in the same order, smoothed.
        """
        passed = time - self._time
        if not passed >= 0:
            self.reset()
        share = 1 - math.exp(-passed / self.smoothing) if self.smoothing and 0 <= passed < math.inf else 1.0
        before = list(self._last)
        shown = []
        for face in faces:
            match = max(before, key=lambda other: _overlap(face, other), default=None)
            if match is not None and _overlap(face, match) >= OVERLAP:
                before.remove(match)
                face = _between(match, face, share)
            shown.append(face)
        self._last, self._time = shown, time
        return shown


def _overlap(one: Face, other: Face) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    common = max(width, 0) * max(height, 0)
    return common and common / (one.width * one.height + other.width * other.height - common)


def _between(before: Face, now: Face, share: float) -> Face:
    """Go from a face as it was shown to what is seen now, by a share of the way."""
    sides = {
        name: round(getattr(before, name) + share * (getattr(now, name) - getattr(before, name)))
        for name in ("x", "y", "width", "height")
    }
    probabilities = (before.probabilities + share * (now.probabilities - before.probabilities)).astype(
        np.float32
    )
    return replace(now, probabilities=probabilities, **sides)
