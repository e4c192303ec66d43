"""Finding faces: one class for five detectors, on crops of 48x48 pixels as well as on webcam frames."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from ..errors import FerCourseError, install_command
from ..images import image_stack, stack_to_gray
from .embeddings import bgr, load_pack

DETECTORS = ("haar", "yunet", "dnn", "mtcnn", "insightface")
YUNET_VARIABLE = "FER_COURSE_YUNET"

_SMALL = 96  # images with a shorter side are padded and enlarged first
_PADDING, _ENLARGEMENT = 0.25, 3
_YUNET_PAGE = "https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet"
_HAAR_LARGE = 48  # pixels; where only larger faces count, larger steps from size to size find them as well
_YUNET_FACE = 32  # the width in pixels to which the smallest face may shrink; YuNet finds faces of 10
_BATCH = 64
_COLUMNS = ("x", "y", "width", "height", "confidence")

_Find = Callable[[np.ndarray], Iterable[np.ndarray]]
"""From a stack to one ``(k, 5)`` array an image: x, y, width, height (enlarged pixels), confidence."""

_FindInOne = Callable[[np.ndarray, int], np.ndarray]
"""The same for one enlarged image and the least width of a face in it (pixels)."""


LONGEST = 1280
"""Pixels; a picture with a longer side is scaled down to find its faces, which are then cut from it whole."""

MIN_FACE_RATIO = 0.04
"""Least width of a face as a share of the picture's: some twenty abreast."""

AGREEING = 6
"""Boxes of Haar that have to agree on a face where small ones count too, or gravel passes for faces."""


class FaceDetector:
    """Find faces in images of any size.

    Detectors are made for photographs in which a face has some space around it. Images below 96 pixels, such
    as FER2013's crops, are therefore padded by a quarter (the border repeated) and enlarged three times; the
    boxes are in the coordinates of the image that was given.

    Args:
        detector_type: "haar": OpenCV's cascade (Viola and Jones, 2001), always there. "yunet", also called
            "dnn": OpenCV's small network (Wu et al., 2023), which needs its model file. "mtcnn": Zhang et
            al., 2016, needs TensorFlow (``fer-course[faces]``). "insightface": SCRFD (Guo et al., 2021) of a
            model pack, for non-commercial research only (``fer-course[faces]``).
        min_face_ratio: Least width of a face as a share of the image's width, 0..1. With more of it Haar and
            YuNet are quicker, because they need not look for small faces.
        model: For YuNet the ``.onnx`` file (else the environment variable ``FER_COURSE_YUNET`` names it), for
            InsightFace a pack's name or folder ("buffalo_sc" when left out, which InsightFace downloads).

    Raises:
        FerCourseError: An unknown detector, or its package or model file is missing.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces().images[:20]
        >>> FaceDetector("haar").count(faces).shape
        (20,)
    """

    def __init__(
        self,
        detector_type: str = "haar",
        min_face_ratio: float = 0.0,
        model: str | os.PathLike[str] | None = None,
    ) -> None:
        if not 0 <= min_face_ratio <= 1:
            raise FerCourseError(f"min_face_ratio is {min_face_ratio}; expected a share of the width, 0..1")
        self.detector_type = detector_type
        self.min_face_ratio = min_face_ratio
        self._find = _detector(detector_type, None if model is None else os.fspath(model), min_face_ratio)

    def detect(self, images: ArrayLike) -> pd.DataFrame:
        """Find all faces.

        Args:
            images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``; one webcam frame
                is ``frame[None]``.

        Returns:
            One row a face: ``image`` (its position in ``images``), ``x``, ``y``, ``width``, ``height``
            (pixels of the image given; a box may reach beyond it) and ``confidence`` (0..1; for Haar the
            number of boxes that agreed).

        Raises:
            FerCourseError: The images are no stack of 8-bit images.

        Example:
            >>> FaceDetector("haar").detect(np.zeros((1, 480, 640), np.uint8)).columns.tolist()
            ['image', 'x', 'y', 'width', 'height', 'confidence']
        """
        stack = image_stack(images)
        if self.detector_type == "haar":
            stack = stack_to_gray(stack)
        scale, border = _enlargement(stack.shape[1:3])
        boxes = list(tqdm(self._find(stack), "finding faces", len(stack), leave=False, delay=1))
        table = pd.DataFrame(np.concatenate([np.empty((0, 5)), *boxes]), columns=list(_COLUMNS))
        table[["x", "y", "width", "height"]] /= scale
        table[["x", "y"]] -= border
        table.insert(0, "image", np.repeat(np.arange(len(boxes)), [len(found) for found in boxes]))
        wide_enough = table["width"] >= self.min_face_ratio * (stack.shape[2] if len(stack) else 0)
        return table[wide_enough].reset_index(drop=True)

    def count(self, images: ArrayLike) -> np.ndarray:
        """Count the faces of every image.

        Args:
            images: As for ``detect``.

        Returns:
            ``(n,)`` integers; 1 is what a crop of one face should have.

        Example:
            >>> FaceDetector("haar").count(np.zeros((2, 48, 48), np.uint8)).tolist()
            [0, 0]
        """
        stack = image_stack(images)
        return np.bincount(self.detect(stack)["image"], minlength=len(stack))


class PictureDetector(FaceDetector):
    """Find faces in photographs: small ones too, and in large photographs as quickly as in others.

    Args:
        detector_type: As of :class:`FaceDetector`.

    Example:
        >>> len(PictureDetector("haar").detect(np.zeros((1, 3000, 4000), np.uint8)))
        0
    """

    def __init__(self, detector_type: str = "haar") -> None:
        super().__init__(detector_type, MIN_FACE_RATIO)

    def detect(self, images: ArrayLike) -> pd.DataFrame:
        """Do what :meth:`FaceDetector.detect` does, on pictures scaled down to ``LONGEST`` pixels."""
        stack = image_stack(images)
        scale = min(LONGEST / max(stack.shape[1:3]), 1)
        if scale < 1:
            stack = np.stack(
                [cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for image in stack]
            )
        found = super().detect(stack)
        found[["x", "y", "width", "height"]] /= scale
        return found[found["confidence"] >= AGREEING] if self.detector_type == "haar" else found


def _enlargement(size: Sequence[int]) -> tuple[int, int]:
    """Return how many times larger an image is made for the detector, and its border in pixels."""
    return (_ENLARGEMENT, round(_PADDING * min(size))) if min(size) < _SMALL else (1, 0)


def _enlarged(image: np.ndarray) -> np.ndarray:
    """Give a small image space and size; a large one stays as it is."""
    scale, border = _enlargement(image.shape[:2])
    if scale == 1:
        return image
    padded = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    return cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def _detector(name: str, model: str | None, min_face_ratio: float) -> _Find:
    if name == "haar":
        return _in_threads(_haar, min_face_ratio)
    if name in ("yunet", "dnn"):
        return _in_threads(_yunet(model), min_face_ratio)
    if name == "mtcnn":
        return _mtcnn()
    if name == "insightface":
        return _insightface(model or "buffalo_sc")
    raise FerCourseError(f"no detector {name!r}; there are {', '.join(DETECTORS)}")


def _in_threads(make: Callable[[], _FindInOne], min_face_ratio: float) -> _Find:
    """Run a detector that takes one image at a time on all cores; each thread makes its own."""
    make()  # so that what is missing is said at once
    own = threading.local()
    pool = ThreadPoolExecutor(os.cpu_count())  # one for all calls: a webcam calls thirty times a second

    def one(image: np.ndarray) -> np.ndarray:
        if not hasattr(own, "detect"):
            own.detect = make()
        scale, _ = _enlargement(image.shape[:2])
        return own.detect(_enlarged(image), int(min_face_ratio * image.shape[1] * scale))

    def find(images: np.ndarray) -> Iterator[np.ndarray]:
        yield from pool.map(one, images)

    return find


def _haar() -> _FindInOne:
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    file = Path(folder, "haarcascade_frontalface_default.xml")
    if not hasattr(cv2, "CascadeClassifier") or not file.exists():
        raise FerCourseError(
            f"OpenCV {cv2.__version__} has no Haar cascades (OpenCV 5 dropped them): "
            'pip install "opencv-python<5"'
        )
    cascade = cv2.CascadeClassifier(str(file))

    def detect(image: np.ndarray, least: int) -> np.ndarray:
        step = 1.1 if least < _HAAR_LARGE else 1.2
        boxes, agreeing = cascade.detectMultiScale2(
            image, scaleFactor=step, minNeighbors=3, minSize=(least, least)
        )
        return np.column_stack([boxes, agreeing]) if len(boxes) else np.empty((0, 5))

    return detect


def _yunet(model: str | None) -> Callable[[], _FindInOne]:
    file = model or os.environ.get(YUNET_VARIABLE, "")
    if not Path(file).is_file():
        found = f"nothing is at {file}" if file else "no file is named"
        raise FerCourseError(
            f"YuNet needs its model file, and {found}: download face_detection_yunet_2023mar.onnx from "
            f'{_YUNET_PAGE} and pass FaceDetector("yunet", model=...), or name it in {YUNET_VARIABLE}'
        )

    def make() -> _FindInOne:
        try:
            network = cv2.FaceDetectorYN.create(str(file), "", (320, 320), score_threshold=0.7)
        except cv2.error as error:
            raise FerCourseError(f"{file}: not a model that OpenCV reads ({error.err})") from None

        def detect(image: np.ndarray, least: int) -> np.ndarray:
            shrink = min(_YUNET_FACE / least, 1) if least else 1
            if shrink < 1:
                image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
            network.setInputSize(image.shape[1::-1])
            _, found = network.detect(bgr(image))
            if found is None:
                return np.empty((0, 5))
            return found[:, [0, 1, 2, 3, 14]] / [shrink, shrink, shrink, shrink, 1]

        return detect

    return make


def _mtcnn() -> _Find:
    try:
        from mtcnn import MTCNN
    except ModuleNotFoundError as error:
        raise FerCourseError(f"MTCNN needs {error.name}: {install_command('faces')}") from None
    network = MTCNN()

    def find(images: np.ndarray) -> Iterator[np.ndarray]:
        for start in range(0, len(images), _BATCH):  # one by one takes several times as long
            batch = [bgr(_enlarged(image))[..., ::-1] for image in images[start : start + _BATCH]]
            for faces in network.detect_faces(batch, batch_stack_justification="center"):
                rows = [[*face["box"], face["confidence"]] for face in faces]
                yield np.array(rows, np.float64).reshape(-1, 5)

    return find


def _insightface(pack: str) -> _Find:
    network = load_pack(pack, "detection")

    def find(images: np.ndarray) -> Iterator[np.ndarray]:
        for image in images:
            picture = bgr(_enlarged(image))
            size = tuple(32 * -(-length // 32) for length in picture.shape[1::-1])
            found, _ = network.detect(picture, input_size=size)
            corners = np.asarray(found, np.float64).reshape(-1, 5)
            corners[:, 2:4] -= corners[:, :2]
            yield corners

    return find
