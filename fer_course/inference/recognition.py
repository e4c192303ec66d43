"""From a picture to the emotion of every face in it."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS, emotion_label
from ..errors import FerCourseError
from ..evaluation.bias.result import apply_biases
from ..faces.detectors import FaceDetector
from ..images import Box, as_picture, crop_square, to_gray
from .network import Network

MIN_FACE_RATIO = 0.15
"""Least width of a face as a share of the picture's, where a detector is asked for by name."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture, and how probable each emotion is.

    Args:
        x: Left edge in pixels of the picture; a box may reach beyond the picture.
        y: Upper edge.
        width: Width in pixels.
        height: Height in pixels.
        probabilities: ``(7,)`` ``float32`` in the order of ``EMOTIONS``.

    Example:
        >>> Face(10, 20, 100, 100, np.eye(7, dtype=np.float32)[3]).emotion
        'happy'
    """

    x: int
    y: int
    width: int
    height: int
    probabilities: np.ndarray

    @property
    def emotion(self) -> str:
        """The most probable emotion."""
        return EMOTIONS[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """Its probability, 0..1."""
        return float(self.probabilities.max())

    def top(self, count: int = 3) -> list[tuple[str, float]]:
        """List the most probable emotions with their probabilities, the most probable first."""
        best = np.argsort(-self.probabilities, kind="stable")[:count]
        return [(EMOTIONS[label], float(self.probabilities[label])) for label in best]


class EmotionRecognizer:
    """Find the faces in a picture and name their emotions.

    The square around a detector's box is cut out as it is, without a margin: on FER2013's own crops the boxes
    of Haar and YuNet are as large as the crop (medians 0.98 and 1.03 of its side, 1,500 train images).

    Args:
        predictor: A :class:`Predictor`, or the file, folder or name that it loads; when left out, the network
            that ships with the package.
        detector: Name of a detector, which then looks for faces of at least 15 % of the picture's width;
            or a :class:`FaceDetector`; or None where every picture is a crop of one face.
        biases: What to add to log-probabilities, seven numbers in the order of ``EMOTIONS`` or some of them
            by name; :func:`tune_bias` finds them.

    Raises:
        FerCourseError: An unknown detector or emotion, or biases that are no seven numbers.

    Example:
        >>> import fer_course as fer
        >>> picture = fer.draw_face({6: 1, 12: 1}, size=96)
        >>> len(EmotionRecognizer(detector=None).recognize(picture))
        1
    """

    def __init__(
        self,
        predictor: Network | str | os.PathLike[str] | None = None,
        detector: str | FaceDetector | None = "haar",
        biases: ArrayLike | Mapping[str, float] | None = None,
    ) -> None:
        self.predictor = predictor if isinstance(predictor, Network) else Network.load(predictor)
        if isinstance(detector, str):
            detector = FaceDetector(detector, MIN_FACE_RATIO)
        self.detector = detector
        self.biases = None if biases is None else as_biases(biases)

    def recognize(self, picture: np.ndarray) -> list[Face]:
        """Name the emotion of every face in one picture.

        Args:
            picture: ``(height, width)`` gray, ``(height, width, 3)`` RGB or ``(height, width, 4)`` RGBA,
                ``uint8``.

        Returns:
            The faces, the largest first; an empty list where none is found.

        Raises:
            FerCourseError: The picture has another shape or type.

        Example:
            >>> EmotionRecognizer().recognize(np.zeros((480, 640, 3), np.uint8))
            []
        """
        return self.recognize_all([picture])[0]

    def recognize_all(self, pictures: Sequence[np.ndarray]) -> list[list[Face]]:
        """Name the emotion of every face in several pictures; the network is asked once for all of them.

        Args:
            pictures: Each as :meth:`recognize` takes it.

        Returns:
            The faces of each picture, the largest first.

        Raises:
            FerCourseError: A picture has another shape or type.

        Example:
            >>> crops = np.zeros((5, 48, 48), np.uint8)
            >>> [len(faces) for faces in EmotionRecognizer(detector=None).recognize_all(crops)]
            [1, 1, 1, 1, 1]
        """
        pixels = [as_picture(picture) for picture in pictures]
        boxes = [self._boxes(one) for one in pixels]
        pairs = zip(pixels, boxes, strict=True)
        crops = [to_gray(crop_square(one, box)) for one, found in pairs for box in found]  # as datasets are
        if not crops:
            return [[] for _ in pictures]
        probabilities = self.predictor.predict_proba(crops)
        if self.biases is not None:
            probabilities = apply_biases(probabilities, self.biases)
        rows = iter(probabilities)
        return [
            [Face(box.left, box.top, box.right - box.left, box.bottom - box.top, next(rows)) for box in found]
            for found in boxes
        ]

    def _boxes(self, pixels: np.ndarray) -> list[Box]:
        height, width = pixels.shape[:2]
        if self.detector is None:
            return [Box(0, 0, width, height)]
        if pixels.max() <= 1:  # a frame of a film that begins in the dark; detectors take it for a mistake
            return []
        found = self.detector.detect(pixels[np.newaxis])
        corners = np.column_stack([found.x, found.y, found.x + found.width, found.y + found.height])
        boxes = [Box(*(int(side) for side in box)) for box in corners.round()]
        inside = [box for box in boxes if min(box.right, width) > max(box.left, 0)]
        inside = [box for box in inside if min(box.bottom, height) > max(box.top, 0)]
        return sorted(inside, key=lambda box: (box.left - box.right) * (box.bottom - box.top))


def as_biases(biases: ArrayLike | Mapping[str, float]) -> np.ndarray:
    """Put biases in the order of ``EMOTIONS``.

    Args:
        biases: Seven numbers, or some by the name of the emotion; the others are 0.

    Returns:
        ``(7,)`` ``float64``.

    Raises:
        FerCourseError: An unknown emotion, or no seven finite numbers.

    Example:
        >>> as_biases({"angry": 1.5}).tolist()
        [1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    if isinstance(biases, Mapping | pd.Series):
        by_label = {emotion_label(str(name)): value for name, value in biases.items()}
        biases = [by_label.get(label, 0.0) for label in range(len(EMOTIONS))]
    try:
        added = np.asarray(biases, np.float64)
    except (TypeError, ValueError):
        added = np.empty(0)
    if added.shape != (len(EMOTIONS),) or not np.isfinite(added).all():
        raise FerCourseError(f"biases are {biases!r}; expected {len(EMOTIONS)} numbers, or some by name")
    return added


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
