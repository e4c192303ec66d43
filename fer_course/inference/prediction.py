"""Emotions from whatever people have: pictures, arrays, folders, FER2013's CSV, videos."""

import os
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..faces.detectors import FaceDetector, PictureDetector
from .annotating import write_annotated
from .inputs import Picture, pictures_of_csv
from .predictor import Predictor
from .recognition import EmotionRecognizer, Face, FaceTracker

LARGEST_CROP = 128
"""Pixels; where nothing else is asked for, a picture with no longer side is a crop of one face."""

AUTO = "auto"

_BATCH = 256
_BATCH_BYTES = 2**22  # a batch of crops, but only one photograph: finding its faces takes long enough
_NAMED = 5


def predict_from_fer2013_csv(
    csv_path: str | os.PathLike[str],
    model: Predictor | str | os.PathLike[str] | None = None,
    biases: ArrayLike | Mapping[str, float] | None = None,
    top: int = 1,
) -> pd.DataFrame:
    """Name the emotion of every face in FER2013's CSV.

    Args:
        csv_path: The file, with the columns emotion, pixels and Usage, or with pixels alone.
        model: The network or its ONNX file; when left out, the one that ships with the package.
        biases: As in :meth:`Predictor.predict`.
        top: As in :meth:`Predictor.predict`.

    Returns:
        As :meth:`Predictor.predict`: a row for each of the file's, named row00000, row00001, ...

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: It is no such CSV; the message names the row and the column.

    Example:
        >>> import fer_course as fer
        >>> path = fer.write_fer2013_csv(fer.sample_faces(70), "data/faces.csv")
        >>> table = predict_from_fer2013_csv(path)
        >>> len(table), table.columns[:3].tolist()
        (70, ['image', 'label', 'x'])
    """
    network = model if isinstance(model, Predictor) else Predictor.load(model)
    return predict_pictures(pictures_of_csv(csv_path), network, None, biases, top)


def predict_pictures(
    pictures: Iterable[Picture],
    predictor: Predictor,
    detector: str | FaceDetector | None = AUTO,
    biases: ArrayLike | Mapping[str, float] | None = None,
    top: int = 1,
    smoothing: float = 0.0,
    annotated: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Make the table of :meth:`Predictor.predict`, whose arguments these are, from pictures one by one.

    Args:
        pictures: Such as :func:`~fer_course.inference.inputs.pictures_of` reads.
        predictor: The network.
        detector: How faces are found.
        biases: What to add to log-probabilities.
        top: Emotions that get columns of their own.
        smoothing: Seconds over which the faces of a video are averaged.
        annotated: A folder for pictures with the faces drawn in.

    Returns:
        A row a face.

    Raises:
        FerCourseError: Not one of the pictures can be read.
    """
    recognized = recognize_all(pictures, predictor, detector, biases, smoothing)
    if annotated is not None:
        recognized = write_annotated(recognized, annotated)
    rows: list[dict[str, Any]] = []
    unread, read = [], 0
    with closing(recognized):
        for picture, faces in recognized:
            rows += [row_of(picture, face, top) for face in faces]
            if picture.error is None:
                read += 1
            else:
                unread.append(picture.error)
    if unread:
        message = f"{len(unread):,} of {read + len(unread):,} cannot be read: {'; '.join(unread[:_NAMED])}"
        if not read:
            raise FerCourseError(message)
        warnings.warn(f"left out: {message}", stacklevel=3)
    return table_of(rows, top)


def recognize_all(
    pictures: Iterable[Picture],
    predictor: Predictor,
    detector: str | FaceDetector | None = AUTO,
    biases: ArrayLike | Mapping[str, float] | None = None,
    smoothing: float = 0.0,
) -> Generator[tuple[Picture, list[Face]], None, None]:
    """Recognise the faces of one picture after another; crops are predicted many at a time.

    Args:
        pictures: Such as :func:`~fer_course.inference.inputs.pictures_of` reads.
        predictor: The network.
        detector: As in :meth:`Predictor.predict`.
        biases: As in :meth:`Predictor.predict`.
        smoothing: As in :meth:`Predictor.predict`.

    Yields:
        Each picture with its faces, the largest first; none for one that cannot be read.

    Raises:
        FerCourseError: An unknown detector or emotion, or biases that are no seven numbers.

    Example:
        >>> pictures = [Picture(name, np.zeros((48, 48), np.uint8)) for name in ("a", "b")]
        >>> [len(faces) for _, faces in recognize_all(pictures, Predictor.load())]
        [1, 1]
    """
    whole = EmotionRecognizer(predictor, None, biases)
    search = EmotionRecognizer(predictor, _detector(detector), biases)
    tracker = FaceTracker(smoothing)
    for batch in _batches(pictures):
        readable = [picture for picture in batch if picture.error is None]
        crops = [picture.pixels for picture in readable if is_crop(picture, detector)]
        others = [picture.pixels for picture in readable if not is_crop(picture, detector)]
        of_crops, of_others = iter(whole.recognize_all(crops)), iter(search.recognize_all(others))
        for picture in batch:
            if picture.error is not None:
                yield picture, []
                continue
            faces = next(of_crops if is_crop(picture, detector) else of_others)
            if picture.frame == 0:
                tracker.reset()
            yield picture, faces if picture.second is None else tracker.update(faces, picture.second)


def is_crop(picture: Picture, detector: str | FaceDetector | None) -> bool:
    """Tell whether a picture is taken for a face as a whole.

    Args:
        picture: One that can be read.
        detector: As in :meth:`Predictor.predict`.

    Returns:
        False if faces are looked for in it.
    """
    if detector == AUTO:
        return max(picture.pixels.shape[:2]) <= LARGEST_CROP
    return detector is None


def row_of(picture: Picture, face: Face, top: int = 1) -> dict[str, Any]:
    """Describe a face in a row of the table that :meth:`Predictor.predict` gives.

    Args:
        picture: Where it is.
        face: The face.
        top: Emotions that get columns of their own.

    Returns:
        Values by column.
    """
    row: dict[str, Any] = {"image": picture.image}
    row |= {
        name: getattr(picture, name)
        for name in ("label", "frame", "second")
        if getattr(picture, name) is not None
    }
    row |= {name: getattr(face, name) for name in ("x", "y", "width", "height")}
    for rank, (emotion, probability) in enumerate(face.top(top), start=1):
        ending = "" if rank == 1 else f"_{rank}"
        row |= {f"emotion{ending}": emotion, f"confidence{ending}": probability}
    return row | dict(zip(EMOTIONS, map(float, face.probabilities), strict=True))


def table_of(rows: list[dict[str, Any]], top: int = 1) -> pd.DataFrame:
    """Put rows together.

    Args:
        rows: As :func:`row_of` gives them.
        top: As there; a table without rows has its columns all the same.

    Returns:
        The table.
    """
    nobody = row_of(Picture(0, np.empty((0, 0))), Face(0, 0, 0, 0, np.zeros(len(EMOTIONS))), top)
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(nobody))


def _detector(asked: str | FaceDetector | None) -> FaceDetector | None:
    name = "haar" if asked == AUTO else asked
    return PictureDetector(name) if isinstance(name, str) else name


def _batches(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    """Put pictures together, as many as may lie in memory at once."""
    batch, size = [], 0
    for picture in pictures:
        batch.append(picture)
        size += picture.pixels.nbytes
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
