"""A camera in a notebook: the browser sends frames, the kernel answers with faces and emotions."""

import base64
import os
import time as clock
from pathlib import Path
from typing import Any

import anywidget
import cv2
import numpy as np
import traitlets

from ..drawing.film import FRAMES_PER_SECOND, sample_frame, sample_video
from ..emotions import EMOTION_COLORS
from ..errors import FerCourseError
from ..frontend import has_widgets
from ..images import decode_picture
from .annotating import draw_faces
from .network import Network
from .recognition import EmotionRecognizer, Face, LiveRecognizer

_STILL = (
    "Webcam: run this cell in JupyterLab, Notebook 7 or Colab to use the camera. A drawn sample stands in."
)
_STILL_FRAME = 12  # one of the two people smiles, the other is sad


class CameraWidget(anywidget.AnyWidget):
    """A widget whose browser asks Python about the frames of a camera; :meth:`_reply` answers.

    A notebook that shows no widgets, such as one on GitHub, shows a picture and words in its place.
    """

    _css = Path(__file__).with_name("webcam.css")
    _ipython_display_ = None  # ipywidgets 7 would not show what stands in for the widget
    colors = traitlets.Dict(EMOTION_COLORS).tag(sync=True)
    mirror = traitlets.Bool(True).tag(sync=True)

    def __init__(self, mirror: bool = True) -> None:
        super().__init__(mirror=mirror)
        self.on_msg(self._receive)

    def _reply(
        self, question: dict[str, Any], pictures: list[memoryview]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Answer a question of the browser: what it is told, and pictures for it."""
        raise NotImplementedError

    def _still(self) -> tuple[str, np.ndarray]:
        """Give the words and the RGB or gray picture that stand in for the widget."""
        raise NotImplementedError

    def _receive(self, _widget: Any, question: dict[str, Any], buffers: list[memoryview]) -> None:
        """Answer a message of the browser, whatever happens: it waits for that."""
        pictures: list[bytes] = []
        if not isinstance(question, dict):
            return  # of nobody: the browser's half numbers its questions
        try:
            answer, pictures = self._reply(question, buffers)
        except FerCourseError as error:
            answer = {"error": str(error)}
        except (Exception, KeyboardInterrupt) as error:  # a traceback would vanish in the log
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.send({"id": question.get("id"), **answer}, pictures)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        words, picture = self._still()
        bundle = {"text/plain": words, "image/jpeg": base64.b64encode(as_jpeg(picture)).decode()}
        if not has_widgets():
            return bundle
        widget, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**widget, **bundle}, metadata


def browser_code(own: Path) -> str:
    """Put the browser's half of a widget behind what all of them share."""
    camera = Path(__file__).with_name("camera.js")
    return "\n".join(file.read_text(encoding="utf-8") for file in (camera, own))


def as_jpeg(picture: np.ndarray) -> bytes:
    """Encode a gray or RGB picture."""
    return cv2.imencode(".jpg", picture[..., ::-1] if picture.ndim == 3 else picture)[1].tobytes()


class WebcamWidget(CameraWidget):
    """Recognise emotions live, in JupyterLab, Notebook 7 and Colab.

    Show it as the last value of a cell. It says which network answers, what that learned from and what it
    scored. Besides the camera it takes a picture or a drawn sample video, for machines without one. At most
    two frames are on their way, so nothing queues up when the kernel is slow. Frames are forgotten when they
    are answered; no file is written.

    Args:
        recognizer: What finds faces and names emotions; or a :class:`Predictor` or what it loads, for which
            YuNet finds them; when left out, the network that ships with the package.
        smoothing: Time constant in seconds of the smoothing of boxes and probabilities; 0 shows every frame
            as it is.
        mirror: Show the camera as a mirror does; the widget has a switch for it as well.

    Raises:
        FerCourseError: ``smoothing`` is negative.

    Example:
        >>> widget = WebcamWidget()
        >>> widget.answer(sample_frame(0))["faces"][0]["emotion"]
        'neutral'
    """

    _esm = browser_code(Path(__file__).with_name("webcam.js"))
    network = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        recognizer: EmotionRecognizer | Network | str | os.PathLike[str] | None = None,
        smoothing: float = 0.5,
        mirror: bool = True,
    ) -> None:
        super().__init__(mirror=mirror)
        if not isinstance(recognizer, EmotionRecognizer):
            recognizer = EmotionRecognizer(recognizer)
        self.network = str(recognizer.predictor.about)
        self._live = LiveRecognizer(recognizer, smoothing)

    def answer(self, frame: bytes | np.ndarray, time: float | None = None) -> dict[str, Any]:
        """Recognise one frame; this is what the browser is told, and needs no browser.

        Args:
            frame: A JPEG or PNG file's bytes, or a picture as :meth:`EmotionRecognizer.recognize` takes it.
            time: When it was taken, in seconds from any start, to smooth over time; None for a picture that
                stands alone.

        Returns:
            ``faces`` in reading order: each with ``box`` (left, top, width and height as shares of the
            frame), ``emotion``, ``probabilities`` (in the order of ``EMOTIONS``) and ``face_confidence``;
            ``smallest``, the width from which on faces are looked for, as a share of the frame's; and
            ``milliseconds``, the time that this took.

        Raises:
            FerCourseError: The frame is no picture.
        """
        start = clock.perf_counter()
        picture = frame if isinstance(frame, np.ndarray) else decode_picture(frame, "the frame")
        recognizer = self._live.recognizer
        faces = recognizer.recognize(picture) if time is None else self._live.recognize(picture, time)
        height, width = picture.shape[:2]
        detector = recognizer.detector
        return {
            "faces": [_described(face, height, width) for face in faces],
            "smallest": detector.smallest(height, width) / width if detector else 0,
            "milliseconds": 1000 * (clock.perf_counter() - start),
        }

    def _reply(
        self, question: dict[str, Any], pictures: list[memoryview]
    ) -> tuple[dict[str, Any], list[bytes]]:
        if question["kind"] == "sample":
            return {"frames_per_second": FRAMES_PER_SECOND}, [as_jpeg(frame) for frame in sample_video()]
        return self.answer(bytes(pictures[0]), question["time"]), []

    def _still(self) -> tuple[str, np.ndarray]:
        frame = sample_frame(_STILL_FRAME)
        return _STILL, draw_faces(frame, self._live.recognizer.recognize(frame))


def _described(face: Face, height: int, width: int) -> dict[str, Any]:
    box = [face.x / width, face.y / height, face.width / width, face.height / height]
    return {
        "box": box,
        "emotion": face.emotion,
        "probabilities": face.probabilities.tolist(),
        "face_confidence": face.face_confidence,
    }
