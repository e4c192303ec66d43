"""A collection of one's own face: crops by emotion and sitting, from a camera, in memory alone."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import traitlets

from ..dataset import FaceDataset
from ..drawing.film import FRAMES_OF_AN_EMOTION, sample_video
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..faces.alignment import squares_around
from ..images import cut_out, decode_picture, resize_face, to_gray
from ..inference.recognition import detector_named
from ..inference.webcam import CameraWidget, as_jpeg, browser_code

SITTINGS = 2
CROPS = 20
"""Crops of an emotion that are taken in one go."""

DRAWN_PERSON = 7
"""Who stands in where nobody was before the camera."""

_STILL = (
    "Collect your face: run this cell in JupyterLab, Notebook 7 or Colab to use the camera. A drawn person "
    "stands in."
)


class _Crop(NamedTuple):
    image: np.ndarray
    label: int
    sitting: int


class FaceCollector(CameraWidget):
    """Collect crops of one face, emotion by emotion, in two sittings; nothing is stored.

    Show it as the last value of a cell. Faces are found and cut out as before the camera of
    :class:`WebcamWidget`; a frame counts if there is exactly one.

    Example:
        >>> collector = FaceCollector()
        >>> taken = collector.take(sample_video(DRAWN_PERSON)[70], "happy", sitting=0)
        >>> collector
        FaceCollector(1 crops, in memory alone)
    """

    _esm = browser_code(Path(__file__).with_name("collector.js"))
    crops = traitlets.Int(CROPS).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._crops: dict[int, _Crop] = {}
        self._taken = 0

    def __len__(self) -> int:
        return len(self._crops)

    def __repr__(self) -> str:
        return f"FaceCollector({len(self)} crops, in memory alone)"

    def take(self, frame: bytes | np.ndarray, emotion: str, sitting: int) -> int:
        """Cut the face out of a frame and keep it.

        Args:
            frame: A JPEG or PNG file's bytes, or a gray or RGB ``uint8`` picture.
            emotion: What the face shows, one of ``EMOTIONS``.
            sitting: 0 or 1.

        Returns:
            The number under which :meth:`remove` knows it.

        Raises:
            FerCourseError: There is no face or more than one, an unknown emotion or sitting.
        """
        if emotion not in EMOTIONS or sitting not in range(SITTINGS):
            raise FerCourseError(f"{emotion!r}, sitting {sitting!r}; expected one of the seven, and 0 or 1")
        picture = frame if isinstance(frame, np.ndarray) else decode_picture(frame, "the frame")
        crop = _only_face(picture)
        self._taken += 1
        self._crops[self._taken] = _Crop(crop, EMOTIONS.index(emotion), sitting)
        return self._taken

    def remove(self, number: int) -> None:
        """Throw one crop away."""
        self._crops.pop(number, None)

    def forget(self) -> None:
        """Throw all of them away, here and in the browser."""
        self._crops.clear()
        self.send({"forgotten": True})

    def dataset(self) -> FaceDataset:
        """Give what was collected, or, where that is nothing, two sittings of a drawn person; prints which.

        Returns:
            Crops of 48 x 48 pixels, one sitting after the other, with the attribute "sitting", 0 or 1. All
            are "train": which of them test is for whoever uses them to decide.

        Raises:
            FerCourseError: A sitting has fewer than two emotions.
        """
        crops = sorted(self._crops.values(), key=lambda crop: crop.sitting)
        if not crops:
            print("Nobody was before the camera, so these are two sittings of a drawn person.")
            crops = [
                _Crop(_only_face(frame), number // FRAMES_OF_AN_EMOTION, sitting)
                for sitting in range(SITTINGS)
                for number, frame in enumerate(sample_video(DRAWN_PERSON, sitting))
            ]
        images, labels, sittings = (np.array(column) for column in zip(*crops, strict=True))
        for sitting in range(SITTINGS):
            counts = np.bincount(labels[sittings == sitting], minlength=len(EMOTIONS))
            without = ", ".join(name for name, count in zip(EMOTIONS, counts, strict=True) if not count)
            print(f"Sitting {sitting + 1}: {counts.sum()} faces{without and f'; none {without}'}")
            if np.count_nonzero(counts) < 2:
                raise FerCourseError(
                    f"sitting {sitting + 1} has {np.count_nonzero(counts)} emotions, expected two at least: "
                    "collect it above; or collector.forget(), and a drawn person stands in"
                )
        source = "one's own face" if self._crops else "a drawn person"
        return FaceDataset(images, labels, source=source, attributes={"sitting": sittings})

    def _reply(
        self, question: dict[str, Any], pictures: list[memoryview]
    ) -> tuple[dict[str, Any], list[bytes]]:
        numbers: list[int] = []
        match question["kind"]:
            case "take":
                numbers = [self.take(bytes(pictures[0]), question["emotion"], question["sitting"])]
            case "all":
                numbers = list(self._crops)
            case "remove":
                self.remove(question["number"])
            case "forget":
                self.forget()
        crops = [self._crops[number] for number in numbers]
        described = [
            {"number": number, "emotion": EMOTIONS[crop.label], "sitting": crop.sitting}
            for number, crop in zip(numbers, crops, strict=True)
        ]
        return {"crops": described}, [as_jpeg(crop.image) for crop in crops]

    def _still(self) -> tuple[str, np.ndarray]:
        frames = sample_video(DRAWN_PERSON)
        return _STILL, np.hstack(list(frames[FRAMES_OF_AN_EMOTION // 2 :: FRAMES_OF_AN_EMOTION]))


def _only_face(picture: np.ndarray) -> np.ndarray:
    """Cut the one face of a picture out, as before the camera."""
    detector = detector_named("yunet")
    # The first frames of a camera may be black, which a detector takes for a mistake
    found = detector.detect(picture[np.newaxis]) if picture.max() > 1 else pd.DataFrame()
    if len(found) != 1:
        many = f"{len(found)} faces are" if len(found) else "no face is"
        raise FerCourseError(f"{many} in the picture; expected yours alone")
    (square,) = squares_around(found, detector.detector_type)
    return resize_face(to_gray(cut_out(picture, square)))
