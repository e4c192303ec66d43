"""From a picture to the emotion of every face in it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..cleaning.faces import FaceDetector
from ..emotions import EMOTIONS, emotion_label
from ..errors import FerCourseError
from ..evaluation.bias.result import apply_biases
from ..sources.images import Box, crop_square, to_gray
from .predictor import Predictor

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
        predictor: The network or its ONNX file; when left out, the one that ships with the package.
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
        predictor: Predictor | str | os.PathLike[str] | None = None,
        detector: str | FaceDetector | None = "haar",
        biases: ArrayLike | Mapping[str, float] | None = None,
    ) -> None:
        self.predictor = predictor if isinstance(predictor, Predictor) else Predictor.load(predictor)
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
        pixels = [_without_alpha(picture) for picture in pictures]
        boxes = [self._boxes(one) for one in pixels]
        crops = [crop_square(one, box) for one, found in zip(pixels, boxes, strict=True) for box in found]
        if not crops:
            return [[] for _ in pictures]
        said = self.predictor.predict_proba(crops)
        if self.biases is not None:
            said = apply_biases(said, self.biases)
        rows = iter(said)
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
    added = np.asarray(biases, np.float64)
    if added.shape != (len(EMOTIONS),) or not np.isfinite(added).all():
        raise FerCourseError(f"biases are {biases!r}; expected {len(EMOTIONS)} numbers, or some by name")
    return added


def _without_alpha(picture: np.ndarray) -> np.ndarray:
    gray = to_gray(picture)  # refuses what is no picture
    return gray if picture.ndim == 2 or picture.shape[2] == 1 else np.ascontiguousarray(picture[..., :3])
