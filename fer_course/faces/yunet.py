"""YuNet, the face detector that ships with the package, by ONNX Runtime, whatever OpenCV is there."""

import os
from pathlib import Path

import cv2
import numpy as np

from ..errors import FerCourseError
from ..images import Square, cut_out, resize_face

YUNET = Path(__file__).parent.parent / "models" / "face_detection_yunet_2026may.onnx"
"""The network's file, from OpenCV Zoo (MIT)."""

PLACES = [0, 1, *range(4, 14)]
"""Columns of a face that are places in the picture, x and y in turn; two others are lengths."""

LOOKS = 2
"""How often a face is looked at more closely, at most."""

TURN = 3.0
"""Degrees; where a closer look turns a face by less, it is the last one."""

CANDIDATE = 2 / 3
"""Share of the confidence asked for, from which on a face is looked at again: small ones seem unsure."""

SAME = 0.3
"""Intersection over union above which two boxes are of one face, as in OpenCV."""

_FACE, _WINDOW = 192, 288  # pixels of a face, and of what is looked at around it, the second time
_FOUND_AGAIN = 0.3
_STRIDES = (8, 16, 32)  # pixels from one place where a face may be to the next, on three grids
_OUTPUTS = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]


class YuNet:
    """Find faces in one picture: boxes, five landmarks, and how sure the network is.

    Args:
        model: Another file of the same network; when left out, the one that ships.

    Raises:
        FerCourseError: The file is missing or no YuNet.

    Source:
        Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector" (2023); the decoding is the one of
        OpenCV's ``FaceDetectorYN``.

    Example:
        >>> YuNet().detect(np.zeros((480, 640, 3), np.uint8), 0.6).shape
        (0, 15)
    """

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        import onnxruntime

        file = Path(model or YUNET)
        if not file.is_file():
            raise FerCourseError(f"{file}: no such file; leave model out for the YuNet that ships")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # pictures are shared out among the cores, not parts of one
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                file.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # each of ONNX Runtime's has a class of its own
            raise FerCourseError(f"{file}: not a network that ONNX Runtime reads ({error})") from None
        if not set(_OUTPUTS) <= {output.name for output in self._session.get_outputs()}:
            raise FerCourseError(f"{file}: not YuNet, whose outputs are called {_OUTPUTS[0]}, ...")

    def detect(self, picture: np.ndarray, least_confidence: float) -> np.ndarray:
        """Find the faces of a picture; they may be 10 to about 400 pixels wide.

        Args:
            picture: ``(height, width, 3)`` BGR, ``uint8``.
            least_confidence: Faces below it are left out, 0..1.

        Returns:
            ``(k, 15)``, the surest first: x, y, width and height of the box; x and y of the person's right
            eye, left eye, nose, right and left corner of the mouth (all in pixels); the confidence.
        """
        bottom, right = (-length % _STRIDES[-1] for length in picture.shape[:2])
        padded = cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        batch = padded.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
        outputs = self._session.run(_OUTPUTS, {self._session.get_inputs()[0].name: batch})
        columns = padded.shape[1]
        grids = zip(_STRIDES, *(outputs[start : start + 3] for start in (0, 3, 6, 9)), strict=True)
        return distinct(
            np.concatenate([_decoded(columns // grid[0], least_confidence, *grid) for grid in grids])
        )

    def look_closer(self, picture: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """Look again at each face, turned as far as it seems to be and as large as its eyes are marked best.

        Seen once, the eyes are marked too level: of 25 degrees YuNet sees 4 in faces of 120 pixels and 16 in
        faces of 190 (medians; ``benchmarks/face_crops.py``). What is left of a turn is seen the next time.

        Args:
            picture: The picture in which they were found.
            faces: As :meth:`detect` returns them.

        Returns:
            The same faces with their new places, and surer, where they are found again; a box has the size of
            the face turned upright.
        """
        looked = faces.copy()
        for row in looked:
            for _ in range(LOOKS):
                before = _angle(row)
                if not self._look_at(picture, row) or abs(_angle(row) - before) < np.radians(TURN):
                    break
        return distinct(looked)  # two boxes may have come to the same face

    def follow(self, picture: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """Look at faces in the next frame of a film, where they were in the last one.

        Args:
            picture: The next frame, as :meth:`detect` takes it.
            faces: As :meth:`detect` or this returned them.

        Returns:
            Those that are still there, at their new places.
        """
        followed = faces.copy()
        return distinct(followed[[self._look_at(picture, row) for row in followed]])

    def _look_at(self, picture: np.ndarray, face: np.ndarray) -> bool:
        """Look at a face, and correct its places; tell whether it is there."""
        side = np.sqrt(face[2] * face[3]) * _WINDOW / _FACE
        angle = _angle(face)
        window = Square(face[0] + face[2] / 2, face[1] + face[3] / 2, side, angle)
        found = self.detect(resize_face(cut_out(picture, window), (_WINDOW, _WINDOW)), _FOUND_AGAIN)
        middles = found[:, :2] + found[:, 2:4] / 2 - _WINDOW / 2
        away = np.hypot(*middles.T)
        if not len(away) or away.min() >= _FACE / 3:
            return False
        nearest, unit = found[away.argmin()], side / _WINDOW
        turned = unit * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        face[14] = max(face[14], nearest[14])
        face[2:4] = unit * nearest[2:4]
        face[:2] = window[:2] + middles[away.argmin()] @ turned - face[2:4] / 2
        face[4:14] = (window[:2] + (nearest[4:14].reshape(5, 2) - _WINDOW / 2) @ turned).ravel()
        return True


def _angle(face: np.ndarray) -> float:
    """Return how far the eyes are turned clockwise, in radians."""
    return float(np.arctan2(face[7] - face[5], face[6] - face[4]))


def distinct(faces: np.ndarray) -> np.ndarray:
    """Keep the surest of the boxes that overlap, as :meth:`YuNet.detect` returns them."""
    kept = cv2.dnn.NMSBoxes(faces[:, :4].tolist(), faces[:, 14].tolist(), 0.0, SAME)
    return faces[np.asarray(kept, np.intp).reshape(-1)]


def _decoded(
    columns: int,
    least: float,
    stride: int,
    face: np.ndarray,
    there: np.ndarray,
    box: np.ndarray,
    marks: np.ndarray,
) -> np.ndarray:
    """Turn what the network says about the places of one grid into rows of :meth:`YuNet.detect`."""
    confidence = np.sqrt(face[0, :, 0].clip(0, 1) * there[0, :, 0].clip(0, 1))
    places = np.flatnonzero(confidence >= least)
    corner = np.column_stack([places % columns, places // columns])  # of each place, in strides
    size = np.exp(box[0, places, 2:]) * stride
    start = (corner + box[0, places, :2]) * stride - size / 2
    landmarks = (np.tile(corner, 5) + marks[0, places]) * stride
    return np.column_stack([start, size, landmarks, confidence[places]])
