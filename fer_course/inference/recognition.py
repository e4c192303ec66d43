"""From a picture to the emotion of every face in it."""

import functools
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS, LARGEST_BIAS, emotion_label
from ..errors import FerCourseError
from ..evaluation.bias.result import apply_biases
from ..faces.alignment import squares_around
from ..faces.detectors import FaceDetector
from ..images import as_picture, crop_square, cut_out, to_gray
from .network import Network

_OVERLAP = 0.3  # least intersection over union of two boxes for one face in two frames
SEARCH_EVERY = 0.4  # seconds after which a whole frame is searched; until then, known faces are followed
ROW = 0.5  # faces whose middles differ by less than this share of their heights stand in one row

_UNKNOWN = np.full(len(EMOTIONS), np.nan, np.float32)


@functools.cache
def detector_named(name: str) -> FaceDetector:
    """Build a detector once: that takes as long as finding the faces of a frame."""
    return FaceDetector(name)


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture, and how probable each emotion is.

    Args:
        x: Left edge in pixels of the picture; a box may reach beyond the picture.
        y: Upper edge.
        width: Width in pixels.
        height: Height in pixels.
        probabilities: ``(7,)`` ``float32`` in the order of ``EMOTIONS``.
        face_confidence: How sure the detector is that this is a face, 0..1; for Haar the number of boxes that
            agreed, and 1 where the whole picture was taken for a face.
        angle: How far the face is turned clockwise, in degrees; 0 where nothing was marked.

    Example:
        >>> Face(10, 20, 100, 100, np.eye(7, dtype=np.float32)[3]).emotion
        'happy'
    """

    x: int
    y: int
    width: int
    height: int
    probabilities: np.ndarray
    face_confidence: float = 1.0
    angle: float = 0.0

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

    A face is cut out upright, as large and where FER2013 has its faces (:func:`align`). YuNet marks the
    eyes in turns of up to about 45 degrees; a face upside down may be found, but is not turned.

    Args:
        predictor: A :class:`Predictor`, or the file, folder or name that it loads; when left out, the network
            that ships with the package.
        detector: A :class:`FaceDetector` or its name; or None where every picture is a crop of one face.
        biases: What to add to log-probabilities, seven numbers in the order of ``EMOTIONS`` or some of them
            by name; :func:`tune_bias` finds them.
        align: Turn faces upright by their eyes before they are cut out.

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
        detector: str | FaceDetector | None = "yunet",
        biases: ArrayLike | Mapping[str, float] | None = None,
        align: bool = True,
    ) -> None:
        self.predictor = predictor if isinstance(predictor, Network) else Network.load(predictor)
        if not (detector is None or isinstance(detector, str) or hasattr(detector, "detect")):
            raise FerCourseError(f"detector is {detector!r}; expected a name, a FaceDetector or None")
        self.detector = detector_named(detector) if isinstance(detector, str) else detector
        self.align = align
        self.biases = None if biases is None else as_biases(biases)

    def recognize(self, picture: np.ndarray, found: pd.DataFrame | None = None) -> list[Face]:
        """Name the emotion of every face in one picture.

        Args:
            picture: ``(height, width)`` gray, ``(height, width, 3)`` RGB or ``(height, width, 4)`` RGBA,
                ``uint8``.
            found: Where its faces are, as ``detector`` returns it; when left out, they are looked for.

        Returns:
            The faces in reading order, row by row from the left; an empty list where none is found.

        Raises:
            FerCourseError: The picture has another shape or type.

        Example:
            >>> EmotionRecognizer().recognize(np.zeros((480, 640, 3), np.uint8))
            []
        """
        return self._named([self._search(as_picture(picture), found)])[0]

    def recognize_all(self, pictures: Sequence[np.ndarray]) -> list[list[Face]]:
        """Do as :meth:`recognize` for several pictures; the network is asked once for all of them.

        Example:
            >>> crops = np.zeros((5, 48, 48), np.uint8)
            >>> [len(faces) for faces in EmotionRecognizer(detector=None).recognize_all(crops)]
            [1, 1, 1, 1, 1]
        """
        pixels = [as_picture(picture) for picture in pictures]
        if self.detector is None or len(pixels) == 1:
            return self._named([self._search(one) for one in pixels])
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return self._named(list(pool.map(self._search, pixels)))

    def _named(self, found: Sequence[Sequence[tuple[Face, np.ndarray]]]) -> list[list[Face]]:
        """Ask the network for the emotions of the faces of several pictures, each with its crop."""
        crops = [crop for one in found for _, crop in one]
        if not crops:
            return [[] for _ in found]
        probabilities = self.predictor.predict_proba(crops)
        if self.biases is not None:
            probabilities = apply_biases(probabilities, self.biases)
        rows = iter(probabilities)
        return [[replace(face, probabilities=next(rows)) for face, _ in one] for one in found]

    def _search(
        self, picture: np.ndarray, found: pd.DataFrame | None = None
    ) -> list[tuple[Face, np.ndarray]]:
        """Find the faces of a picture, whose emotions are not known yet, and cut each out."""
        height, width = picture.shape[:2]
        if self.detector is None:
            return [(Face(0, 0, width, height, _UNKNOWN), to_gray(crop_square(picture)))]
        if picture.max() <= 1:  # a frame of a film that begins in the dark; detectors take it for a mistake
            return []
        found = self.detector.detect(picture[np.newaxis]) if found is None else found
        boxes = found[["x", "y", "width", "height"]].to_numpy()
        x, y, across, down = boxes.T
        inside = (x < width) & (y < height) & (x + across > 0) & (y + down > 0)
        places = [place for place in _reading_order(x, y, down) if inside[place]]
        squares = squares_around(found, self.detector.detector_type, self.align)
        confidence = found["confidence"].tolist()
        corners: list[list[int]] = boxes.round().astype(int).tolist()
        faces = []
        for place in places:
            (left, top, wide, high), square = corners[place], squares[place]
            face = Face(left, top, wide, high, _UNKNOWN, confidence[place], math.degrees(square.angle))
            faces.append((face, to_gray(cut_out(picture, square))))
        return faces


def _reading_order(x: np.ndarray, y: np.ndarray, height: np.ndarray) -> list[int]:
    """Sort boxes as people in a photograph are named: row by row, each from the left."""
    middle = y + height / 2
    rows: list[list[int]] = []
    for place in np.argsort(middle, kind="stable").tolist():
        first = rows[-1][0] if rows else None
        if first is None or middle[place] - middle[first] > ROW * max(height[place], height[first]):
            rows.append([])
        rows[-1].append(place)
    return [place for row in rows for place in sorted(row, key=x.__getitem__)]


def as_biases(biases: ArrayLike | Mapping[str, float]) -> np.ndarray:
    """Put biases in the order of ``EMOTIONS``: seven finite numbers, or some by name, the others 0.

    Example:
        >>> as_biases({"angry": 1.5}).tolist()
        [1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    if isinstance(biases, Mapping | pd.Series):
        by_label = {emotion_label(str(name)): value for name, value in biases.items()}
        if len(by_label) < len(biases):
            raise FerCourseError(f"two biases for one emotion among {', '.join(map(str, biases))}; keep one")
        biases = [by_label.get(label, 0.0) for label in range(len(EMOTIONS))]
    try:
        added = np.asarray(biases, np.float64)
    except (TypeError, ValueError):
        added = np.empty(0)
    if added.shape != (len(EMOTIONS),) or not (abs(added) < LARGEST_BIAS).all():  # NaN is not
        raise FerCourseError(f"biases are {biases!r}; expected {len(EMOTIONS)} numbers, or some by name")
    return added


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
        if not (isinstance(smoothing, Real) and smoothing >= 0):
            raise FerCourseError(f"smoothing is {smoothing!r}; expected seconds, 0 or more")
        self.smoothing: float = smoothing
        self.reset()

    def reset(self) -> None:
        """Forget all faces."""
        self._last: list[Face] = []
        self._time = -math.inf

    def update(self, faces: list[Face], time: float) -> list[Face]:
        """Take the faces of a new frame, and return them in the same order as they are to be shown, smoothed.

        ``time`` is when it was taken, in seconds from any start; time that goes back starts anew.
        """
        passed = time - self._time
        if not passed >= 0:
            self.reset()
        share = 1 - math.exp(-passed / self.smoothing) if self.smoothing and 0 <= passed < math.inf else 1.0
        before = list(self._last)
        shown = []
        for face in faces:
            match = max(before, key=lambda other: _overlap(face, other), default=None)
            if match is not None and _overlap(face, match) >= _OVERLAP:
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


class LiveRecognizer:
    """Recognise the faces of one frame of a camera after the other, smoothed as by :class:`FaceTracker`.

    A frame is searched as a whole a few times a second, and whenever a face is lost or none is known; in
    between, each face is looked for where it was.

    Example:
        >>> live = LiveRecognizer(EmotionRecognizer())
        >>> live.recognize(np.zeros((480, 640, 3), np.uint8), time=0.0)
        []
    """

    def __init__(self, recognizer: EmotionRecognizer, smoothing: float = 0.5) -> None:
        self.recognizer = recognizer
        self._tracker = FaceTracker(smoothing)
        self._found: pd.DataFrame | None = None
        self._shape: tuple[int, ...] = ()
        self._searched = -math.inf

    def recognize(self, frame: np.ndarray, time: float) -> list[Face]:
        """Name the emotion of every face in the next frame; ``time`` is as of :class:`FaceTracker`."""
        picture = as_picture(frame)
        if picture.shape != self._shape or not self._searched <= time:
            self._found, self._shape = None, picture.shape
            self._tracker.reset()
        self._found = self._find(picture, time)
        return self._tracker.update(self.recognizer.recognize(picture, self._found), time)

    def _find(self, picture: np.ndarray, time: float) -> pd.DataFrame | None:
        detector, known = self.recognizer.detector, self._found
        if detector is None or picture.max() <= 1:
            return None
        recent = time - self._searched < SEARCH_EVERY and detector.detector_type == "yunet"
        if recent and known is not None and len(known):
            followed = detector.follow(picture, known)
            if len(followed) == len(known):
                return followed
        self._searched = time
        return detector.detect(picture[np.newaxis])
