"""Drawing what was recognised into a picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from ..emotions import EMOTION_COLORS
from .recognition import Face

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_faces(picture: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """Draw a box, the emotion and bars of the three most probable ones for every face.

    Args:
        picture: As :meth:`EmotionRecognizer.recognize` takes it; stays as it is.
        faces: What :meth:`EmotionRecognizer.recognize` found in it.

    Returns:
        ``(height, width, 3)`` RGB, ``uint8``.

    Example:
        >>> happy = Face(20, 40, 60, 60, np.eye(7, dtype=np.float32)[3])
        >>> draw_faces(np.zeros((120, 160), np.uint8), [happy]).shape
        (120, 160, 3)
    """
    gray = picture.ndim == 2 or picture.shape[2] == 1
    drawn = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if gray else picture[..., :3].copy()
    drawn = np.ascontiguousarray(drawn)
    for face in faces:
        _draw(drawn, face)
    return drawn


def _draw(drawn: np.ndarray, face: Face) -> None:
    size = max(face.height / 220, 0.4)  # of letters and lines, by the face
    thick = max(round(2 * size), 1)
    color = _rgb(face.emotion)
    corner = (face.x + face.width, face.y + face.height)
    cv2.rectangle(drawn, (face.x, face.y), corner, color, thick)
    line = round(26 * size)
    _label(drawn, f"{face.emotion} {face.confidence:.0%}", (face.x, max(face.y - line, 0)), color, size)
    for row, (emotion, probability) in enumerate(face.top(3)):
        top = min(corner[1], drawn.shape[0] - 3 * line // 2) + row * line // 2
        length = round(face.width * probability)
        cv2.rectangle(drawn, (face.x, top), (face.x + length, top + line // 2 - 1), _rgb(emotion), cv2.FILLED)


def _label(
    drawn: np.ndarray, text: str, corner: tuple[int, int], color: tuple[int, int, int], size: float
) -> None:
    """Write on a filled strip, in black or white, whichever is easier to read on the colour."""
    (width, height), below = cv2.getTextSize(text, _FONT, 0.8 * size, max(round(2 * size), 1))
    x, y = max(min(corner[0], drawn.shape[1] - width), 0), corner[1]
    cv2.rectangle(drawn, (x, y), (x + width, y + height + below), color, cv2.FILLED)
    luminance = np.dot((np.array(color) / 255) ** 2.2, (0.2126, 0.7152, 0.0722))
    ink = (0, 0, 0) if luminance > 0.18 else (255, 255, 255)
    cv2.putText(drawn, text, (x, y + height), _FONT, 0.8 * size, ink, max(round(2 * size), 1), cv2.LINE_AA)


def _rgb(emotion: str) -> tuple[int, int, int]:
    code = EMOTION_COLORS[emotion]
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
