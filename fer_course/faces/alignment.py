"""Cutting faces out: upright, as large and where FER2013 has them, in photographs as in datasets."""

import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import FerCourseError
from ..images import Square, cut_out, image_stack, resize_face
from .detectors import FaceDetector

SIDES = {"yunet": 1.0, "haar": 0.94, "mtcnn": 1.0, "insightface": 1.06}
"""Side of a crop in geometric means of the height and the width of a detector's box.

0.92 of the median of FER2013's crops; the network that ships reads crops from 5 % tighter to 25 %
looser alike, within noise (``benchmarks/bench_camera.py``). The box gives the size rather than the distance
of the eyes, which is shorter in half profile: against it, the crops of FER2013 vary twice as much
(``benchmarks/face_crops.py``).
"""


def squares_around(found: pd.DataFrame, detector: str, align: bool = True) -> list[Square]:
    """Say where the faces that a detector found are cut out.

    Args:
        found: As :meth:`FaceDetector.detect` returns it.
        detector: Its type, because detectors draw their boxes differently.
        align: Turn faces upright by their eyes, where the detector marks these.

    Returns:
        A square a face.

    Example:
        >>> face = {"x": 10, "y": 20, "width": 40, "height": 40, "right_eye_x": 20, "right_eye_y": 30}
        >>> found = pd.DataFrame([face | {"left_eye_x": 40, "left_eye_y": 50}])
        >>> round(np.degrees(squares_around(found, "yunet")[0].angle))
        45
    """
    eyes = [f"{eye}_eye_{axis}" for axis in "xy" for eye in ("right", "left")]
    columns = found[["x", "y", "width", "height", *eyes]].to_numpy(np.float64).T
    x, y, width, height, right, left, upper, lower = columns
    angle = np.nan_to_num(np.arctan2(lower - upper, left - right)) if align else np.zeros_like(x)
    side = SIDES[detector] * np.sqrt(width * height)
    return list(map(Square, x + width / 2, y + height / 2, side, angle))


def align(images: ArrayLike, detector: str | FaceDetector = "yunet") -> tuple[np.ndarray, np.ndarray]:
    """Cut the faces of a dataset anew, as those before a camera are cut out.

    Args:
        images: ``(n, side, side)`` gray or ``(n, side, side, 3)`` RGB, ``uint8``, one face each.
        detector: What finds them; it has to mark eyes to turn them upright.

    Returns:
        The images, of the same shape, and ``(n,)`` ``bool``: where a face was found. An image without one
        stays as it is; of several faces, the one nearest to the middle counts.

    Raises:
        FerCourseError: The images are no stack of square 8-bit images, or an unknown detector.

    Warns:
        UserWarning: Of how many images no face was found.

    Example:
        >>> import fer_course as fer
        >>> aligned, found = align(fer.sample_faces().images[:50])
        >>> aligned.shape
        (50, 48, 48)
    """
    stack = image_stack(images)
    height, width = stack.shape[1:3]
    if height != width:
        raise FerCourseError(f"images of {width} x {height} pixels; expected square crops of one face each")
    detector = detector if isinstance(detector, FaceDetector) else FaceDetector(detector)
    faces = detector.detect(stack)
    faces["away"] = np.hypot(faces.x + (faces.width - width) / 2, faces.y + (faces.height - height) / 2)
    faces = faces.sort_values("away").drop_duplicates("image")
    aligned = stack.copy()
    for place, square in zip(faces.image, squares_around(faces, detector.detector_type), strict=True):
        aligned[place] = resize_face(cut_out(stack[place], square), (height, width))
    found = np.isin(np.arange(len(stack)), faces.image)
    if not found.all():
        warnings.warn(
            f"{(~found).sum():,} of {len(stack):,} images show no face that {detector.detector_type} "
            "finds; they stay as they are",
            stacklevel=2,
        )
    return aligned, found
