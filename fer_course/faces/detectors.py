"""Finding faces: one class for four detectors, on crops of 48x48 pixels as well as in photographs."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import FerCourseError, install_command
from ..frontend import progress_bar
from ..images import image_stack, stack_to_gray
from .embeddings import bgr, load_pack
from .yunet import CANDIDATE, PLACES, YuNet, distinct

DETECTORS = ("yunet", "dnn", "haar", "mtcnn", "insightface")

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""What detectors mark in a face, right and left as the person has them; Haar marks nothing."""

LEAST_CONFIDENCE = 0.6
"""What YuNet, MTCNN and InsightFace have to say of a face at least, 0..1."""

LONGEST = 640
"""Pixels; a longer picture is scaled down to find the faces that are large in it."""

FINE = 0.4
"""Scale at which small faces are looked for in large photographs: 40 pixels become 16."""

FINEST = 32
"""Pixels; the second scale is for faces that are narrower than this at the first."""

SMALLEST = 10
"""Pixels; narrower faces are not found."""

_SMALL = 96  # images with a shorter side are padded and enlarged first
_PADDING = 0.25
_ENLARGEMENT = {"yunet": 4}  # as large as it marks faces best; three times for the others
_PYRAMID = 1280  # pixels; the same as LONGEST for detectors that scale pictures down themselves
_HAAR_AGREEING = 6  # boxes, in photographs, where gravel passes for faces otherwise
_BATCH = 64
_MARKS = [f"{mark}_{axis}" for mark in LANDMARKS for axis in "xy"]
_COLUMNS = ["x", "y", "width", "height", *_MARKS, "confidence"]

_SearchInOne = Callable[[np.ndarray], np.ndarray]
"""From an image, gray or RGB, to the ``(k, 15)`` faces in it, as ``_COLUMNS`` says."""

_Search = Callable[[Sequence[np.ndarray]], Iterable[np.ndarray]]
"""The same for several."""


class FaceDetector:
    """Find faces in images of any size.

    Detectors are made for photographs in which a face has some space around it. Images below 96 pixels, such
    as FER2013's crops, are therefore padded by a quarter (the border repeated) and enlarged three times, for
    YuNet four. Large photographs are scaled down, for their large faces and once more for those from 40
    pixels on. Places are always in the coordinates of the image that was given.

    Args:
        detector_type: "yunet", also called "dnn": a small network (Wu et al., 2023) that ships with the
            package. "haar": OpenCV's cascade (Viola and Jones, 2001), which OpenCV 5 has no more. "mtcnn":
            Zhang et al., 2016, needs TensorFlow (``fer-course[faces]``). "insightface": SCRFD (Guo et al.,
            2021) of a model pack, for non-commercial research only (``fer-course[faces]``).
        min_face_ratio: Least width of a face as a share of the image's width, 0..1.
        model: For YuNet another file of it, for InsightFace a pack's name or folder ("buffalo_sc" when left
            out, which InsightFace downloads).
        min_confidence: Faces of which the detector is less sure are left out, 0..1. Haar knows no shares:
            it counts boxes that agree, and wants 3 of them, in photographs 6.

    Raises:
        FerCourseError: An unknown detector, its package, model file or cascade is missing, or a model is
            given to one that takes none.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces().images[:20]
        >>> FaceDetector().count(faces).shape
        (20,)
    """

    def __init__(
        self,
        detector_type: str = "yunet",
        min_face_ratio: float = 0.0,
        model: str | os.PathLike[str] | None = None,
        min_confidence: float = LEAST_CONFIDENCE,
    ) -> None:
        for name, share in {"min_face_ratio": min_face_ratio, "min_confidence": min_confidence}.items():
            if not 0 <= share <= 1:
                raise FerCourseError(f"{name} is {share}; expected a share, 0..1")
        self.detector_type = "yunet" if detector_type == "dnn" else detector_type
        self.min_face_ratio = min_face_ratio
        self.min_confidence = min_confidence
        self._yunet = YuNet(model) if self.detector_type == "yunet" else None
        self._search = self._searcher(None if model is None else os.fspath(model))

    def detect(self, images: ArrayLike) -> pd.DataFrame:
        """Find all faces.

        Args:
            images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``; one webcam frame
                is ``frame[None]``.

        Returns:
            One row a face: ``image`` (its position in ``images``), ``x``, ``y``, ``width``, ``height``
            (pixels of the image given; a box may reach beyond it), ``right_eye_x``, ``right_eye_y`` and so
            on for each of ``LANDMARKS`` (NaN for Haar), and ``confidence`` (0..1; for Haar the number of
            boxes that agreed).

        Raises:
            FerCourseError: The images are no stack of 8-bit images.

        Example:
            >>> FaceDetector().detect(np.zeros((1, 480, 640), np.uint8)).columns[:5].tolist()
            ['image', 'x', 'y', 'width', 'height']
        """
        return self._table(image_stack(images), closely=True)

    def follow(self, image: np.ndarray, faces: pd.DataFrame) -> pd.DataFrame:
        """Find the faces of a film's next frame where they were in the last one, which takes less time.

        Args:
            image: ``(height, width)`` gray or ``(height, width, 3)`` RGB, ``uint8``.
            faces: The faces of the last frame, as :meth:`detect` or this returned them.

        Returns:
            The same columns. Faces that are gone are left out, and new ones not looked for; detectors other
            than YuNet search the whole frame.

        Example:
            >>> detector, black = FaceDetector(), np.zeros((480, 640), np.uint8)
            >>> len(detector.follow(black, detector.detect(black[None])))
            0
        """
        if not self._yunet:
            return self.detect(image[np.newaxis])
        found = self._yunet.follow(bgr(image), faces[_COLUMNS].to_numpy())
        return pd.DataFrame(found, columns=_COLUMNS).assign(image=0)[["image", *_COLUMNS]]

    def _table(self, stack: np.ndarray, closely: bool) -> pd.DataFrame:
        if self.detector_type == "haar":
            stack = stack_to_gray(stack)
        found = self._find(stack, closely)  # of one picture, the answer does not wait for a bar
        boxes = list(progress_bar(found, "finding faces", len(stack)) if len(stack) > 1 else found)
        table = pd.DataFrame(np.concatenate([np.empty((0, len(_COLUMNS))), *boxes]), columns=_COLUMNS)
        table.insert(0, "image", np.repeat(np.arange(len(boxes)), [len(found) for found in boxes]))
        counted = table["width"] >= self.min_face_ratio * stack.shape[2]
        if self.detector_type == "haar" and min(stack.shape[1:3]) >= _SMALL:
            counted &= table["confidence"] >= _HAAR_AGREEING
        return table[counted].reset_index(drop=True)

    def count(self, images: ArrayLike) -> np.ndarray:
        """Count the faces of every image.

        Args:
            images: As for ``detect``.

        Returns:
            ``(n,)`` integers; 1 is what a crop of one face should have.

        Example:
            >>> FaceDetector().count(np.zeros((2, 48, 48), np.uint8)).tolist()
            [0, 0]
        """
        stack = image_stack(images)
        return np.bincount(self._table(stack, closely=False)["image"], minlength=len(stack))

    def smallest(self, height: int, width: int) -> int:
        """Tell from which width on faces are looked for in a picture.

        Args:
            height: Of the picture, in pixels.
            width: Of the picture, in pixels.

        Returns:
            The least width in pixels.

        Example:
            >>> FaceDetector().smallest(3000, 4000)
            25
        """
        finest = _scales(self.detector_type, (height, width))[-1]
        return max(round(SMALLEST / finest), round(self.min_face_ratio * width))

    def _find(self, stack: np.ndarray, closely: bool) -> Iterator[np.ndarray]:
        """Return for each image the faces in it, ``(k, 15)``, as ``_COLUMNS`` says."""
        scales = _scales(self.detector_type, stack.shape[1:3])
        border = round(_PADDING * min(stack.shape[1:3])) if scales[0] > 1 else 0
        for start in range(0, len(stack), _BATCH):
            part = stack[start : start + _BATCH]
            found = iter(self._search([_scaled(image, scale, border) for image in part for scale in scales]))
            for image in part:
                parts = [_placed(next(found), scale, border) for scale in scales]
                faces = _merged(parts, FINEST / scales[0])
                unsure = (faces[:, -1] < self.min_confidence).any()
                if self._yunet and (closely or unsure):
                    faces = self._yunet.look_closer(bgr(image), faces)
                yield faces[faces[:, -1] >= self.min_confidence] if self._yunet else faces

    def _searcher(self, model: str | None) -> _Search:
        name, least = self.detector_type, self.min_confidence
        if model is not None and name in ("haar", "mtcnn"):
            raise FerCourseError(f"{name} takes no model, but {model!r} was given; leave model out")
        if self._yunet:
            detect = self._yunet.detect
            return _in_threads(lambda: lambda image: detect(bgr(image), CANDIDATE * least))
        if name == "haar":
            return _in_threads(lambda: _haar(self.min_face_ratio))
        if name == "mtcnn":
            return _mtcnn(least)
        if name == "insightface":
            return _insightface(model or "buffalo_sc", least)
        raise FerCourseError(f"no detector {name!r}; there are {', '.join(DETECTORS)}")


def _scales(detector: str, size: Sequence[int]) -> list[float]:
    """Say how many times larger a picture is looked at, for its large faces first."""
    if min(size) < _SMALL:
        return [_ENLARGEMENT.get(detector, 3)]
    if detector in ("haar", "mtcnn"):  # which look at smaller and smaller copies themselves
        return [min(_PYRAMID / max(size), 1)]
    coarse = min(LONGEST / max(size), 1)
    return [coarse, FINE] if coarse < FINE else [coarse]


def _scaled(image: np.ndarray, scale: float, border: int) -> np.ndarray:
    if border:
        image = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    if scale == 1:
        return image
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)


def _placed(found: np.ndarray, scale: float, border: int) -> np.ndarray:
    """Bring faces back into the pixels of the image that was given."""
    placed = np.asarray(found, np.float64)
    placed[:, :-1] /= scale
    placed[:, PLACES] -= border
    return placed


def _merged(parts: list[np.ndarray], widest: float) -> np.ndarray:
    """Put the faces of two scales together; of two that are one, the surer one stays.

    Only narrow faces count at the second scale: enlarged that much, a helmet or a curtain looks like a face.
    """
    if len(parts) == 1:
        return parts[0]
    return distinct(np.concatenate([parts[0], parts[1][parts[1][:, 2] <= widest]]))


def _in_threads(make: Callable[[], _SearchInOne]) -> _Search:
    """Run a detector that takes one image at a time on all cores; each thread makes its own."""
    make()  # so that what is missing is said at once
    own = threading.local()
    pool = ThreadPoolExecutor(os.cpu_count())  # one for all calls: a webcam calls thirty times a second

    def one(image: np.ndarray) -> np.ndarray:
        if not hasattr(own, "detect"):
            own.detect = make()
        return own.detect(image)

    return lambda images: pool.map(one, images) if len(images) > 1 else map(one, images)


def _haar(min_face_ratio: float) -> _SearchInOne:
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    file = Path(folder, "haarcascade_frontalface_default.xml")
    if not hasattr(cv2, "CascadeClassifier") or not file.exists():
        raise FerCourseError(
            f"OpenCV {cv2.__version__} has no Haar cascades (OpenCV 5 dropped them); take another detector: "
            '"yunet" ships with the package, "mtcnn" and "insightface" are in fer-course[faces]'
        )
    cascade = cv2.CascadeClassifier(str(file))

    def detect(image: np.ndarray) -> np.ndarray:
        least = int(min_face_ratio * image.shape[1] / (1 + 2 * _PADDING))
        boxes, agreeing = cascade.detectMultiScale2(
            image, scaleFactor=1.1, minNeighbors=3, minSize=(least, least)
        )
        unmarked = np.full((len(boxes), len(_MARKS)), np.nan)
        return np.column_stack([np.reshape(boxes, (-1, 4)), unmarked, np.reshape(agreeing, -1)])

    return detect


def _mtcnn(least: float) -> _Search:
    try:
        from mtcnn import MTCNN
    except ModuleNotFoundError as error:
        raise FerCourseError(f"MTCNN needs {error.name}: {install_command('faces')}") from None
    network = MTCNN()
    marks = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")  # as the viewer sees them

    def search(images: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        batch = [bgr(image)[..., ::-1] for image in images]  # one by one takes several times as long
        for faces in network.detect_faces(batch, batch_stack_justification="center"):
            rows = [
                [*face["box"], *np.ravel([face["keypoints"][mark] for mark in marks]), face["confidence"]]
                for face in faces
            ]
            found = np.array(rows, np.float64).reshape(-1, len(_COLUMNS))
            yield found[found[:, -1] >= least]

    return search


def _insightface(pack: str, least: float) -> _Search:
    network = load_pack(pack, "detection")

    def search(images: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        for image in images:
            picture = bgr(image)
            size = tuple(32 * -(-length // 32) for length in picture.shape[1::-1])
            corners, marks = network.detect(picture, input_size=size)
            found = np.asarray(corners, np.float64).reshape(-1, 5)
            found[:, 2:4] -= found[:, :2]
            known = np.nan if marks is None else np.reshape(marks, (len(found), len(_MARKS)))
            places = np.broadcast_to(known, (len(found), len(_MARKS)))
            rows = np.column_stack([found[:, :4], places, found[:, 4]])
            yield rows[found[:, 4] >= least]

    return search
