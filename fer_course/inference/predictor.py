"""Predictor: emotions from whatever people have: faces, pictures, folders, FER2013's CSV, videos."""

import os
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .network import Network

if TYPE_CHECKING:  # else imported where used: the first answer of a network need not wait for Pandas
    import pandas as pd

    from ..faces.detectors import FaceDetector
    from .inputs import Picture, Source
    from .recognition import Face

LARGEST_CROP = 128  # pixels; if not asked otherwise, a picture with no longer side is one face
AUTO = "auto"

_BATCH = 256
_BATCH_BYTES = 2**26  # as many photographs as cores, and no more in memory
_NAMED = 5


class Predictor(Network):
    """A network in a file, and all that it can be asked about; made by :meth:`load`.

    Example:
        >>> predictor = Predictor.load()
        >>> predictor.about.recipe
        'compact, 80 epochs'
    """

    def predict(
        self,
        source: "Source",
        detector: "str | FaceDetector | None" = AUTO,
        biases: ArrayLike | Mapping[str, float] | None = None,
        top: int = 1,
        smoothing: float = 0.0,
        annotated: str | os.PathLike[str] | None = None,
        align: bool = True,
    ) -> "pd.DataFrame":
        """Name the emotion of every face in pictures, folders, videos or FER2013's CSV.

        Args:
            source: The path of a picture, of a folder of pictures, of a video or of FER2013's CSV; an array
                ``(height, width)`` gray, ``(height, width, 3)`` RGB or ``(height, width, 4)`` RGBA, or a
                stack of them; or a list of any of these.
            detector: "auto" takes pictures of up to 128 pixels, such as FER2013's, for a face as a whole and
                looks for faces in larger ones with YuNet. "yunet", "haar", "mtcnn" or "insightface" look for
                faces in all of them, as does a :class:`FaceDetector`; None takes all as a whole.
            biases: What to add to log-probabilities, seven numbers or some by the name of the emotion.
            top: So many of the most probable emotions get columns of their own.
            smoothing: Seconds over which the faces of a video are averaged; 0 leaves every frame as it is.
            annotated: A folder to write the pictures to with their faces drawn into them.
            align: Turn faces upright by their eyes before they are cut out.

        Returns:
            A row a face, in reading order: ``image`` (path, row of the CSV, or position), ``label`` (of a
            CSV), ``frame`` and ``second`` (of a video), ``x``, ``y``, ``width``, ``height`` in pixels,
            ``face_confidence`` (how sure the detector is that this is a face), ``emotion``, ``confidence``
            (with ``top`` above 1 also ``emotion_2``, ``confidence_2``, ...) and the probability of each
            emotion. A picture without a face has no row.

        Raises:
            FileNotFoundError: There is no such file.
            FerCourseError: The source cannot be read. Of a folder or several paths, those that cannot are
                left out and a warning names them, as long as there is one that can. Or annotated pictures
                would go where pictures come from.

        Example:
            >>> import fer_course as fer
            >>> faces = fer.sample_faces().test.images[:3]
            >>> Predictor.load().predict(faces)[["image", "x", "width"]].values.tolist()
            [[0, 0, 48], [1, 0, 48], [2, 0, 48]]
        """
        from .annotating import check_apart, write_annotated
        from .inputs import pictures_of

        recognized = recognize_all(pictures_of(source), self, detector, biases, smoothing, align)
        if annotated is not None:
            check_apart(annotated, source)
            recognized = write_annotated(recognized, annotated)
        return _all_of(recognized, top)


def predict_from_fer2013_csv(
    csv_path: str | os.PathLike[str],
    model: Predictor | str | os.PathLike[str] | None = None,
    biases: ArrayLike | Mapping[str, float] | None = None,
    top: int = 1,
) -> "pd.DataFrame":
    """Name the emotion of every face in FER2013's CSV.

    Args:
        csv_path: The file, with the columns emotion, pixels and Usage, or with pixels alone.
        model: The network, or what :meth:`Predictor.load` takes; when left out, the one that ships with the
            package.
        biases: As in :meth:`Predictor.predict`.
        top: As in :meth:`Predictor.predict`.

    Returns:
        As :meth:`Predictor.predict`: a row for each of the file's, named row00000, row00001, ...

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: It is no such CSV; the message names the row and the column.

    Example:
        >>> from fer_course.sources.fer2013 import write_fer2013_csv
        >>> import fer_course as fer
        >>> path = write_fer2013_csv(fer.sample_faces(70), "data/faces.csv")
        >>> table = predict_from_fer2013_csv(path)
        >>> len(table), table.columns[:3].tolist()
        (70, ['image', 'label', 'x'])
    """
    from ..sources.reading import read_table_file

    network = model if isinstance(model, Predictor) else Predictor.load(model)
    return network.predict(read_table_file(csv_path), None, biases, top)


def _all_of(recognized: "Generator[tuple[Picture, list[Face]], None, None]", top: int) -> "pd.DataFrame":
    """Make the table of :meth:`Predictor.predict`, picture by picture."""
    if not isinstance(top, int) or top < 1:
        raise FerCourseError(f"top is {top!r}; expected a number of emotions from 1 on")
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
    pictures: "Iterable[Picture]",
    predictor: Predictor,
    detector: "str | FaceDetector | None" = AUTO,
    biases: ArrayLike | Mapping[str, float] | None = None,
    smoothing: float = 0.0,
    align: bool = True,
) -> "Generator[tuple[Picture, list[Face]], None, None]":
    """Recognise the faces of one picture after another; crops are predicted many at a time.

    The arguments are as in :meth:`Predictor.predict`. Yields each picture with its faces in reading order;
    none for one that cannot be read.

    Example:
        >>> from fer_course.inference.inputs import Picture
        >>> pictures = [Picture(name, np.zeros((48, 48), np.uint8)) for name in ("a", "b")]
        >>> [len(faces) for _, faces in recognize_all(pictures, Predictor.load())]
        [1, 1]
    """
    from .recognition import EmotionRecognizer, FaceTracker

    whole = EmotionRecognizer(predictor, None, biases)
    search = EmotionRecognizer(predictor, "yunet" if detector == AUTO else detector, biases, align)
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


def is_crop(picture: "Picture", detector: "str | FaceDetector | None") -> bool:
    """Tell whether a picture is taken for a face as a whole, and none is looked for in it."""
    if detector == AUTO:
        return max(picture.pixels.shape[:2]) <= LARGEST_CROP
    return detector is None


def row_of(picture: "Picture", face: "Face", top: int = 1) -> dict[str, Any]:
    """Describe a face in a row of the table that :meth:`Predictor.predict` gives: values by column."""
    row: dict[str, Any] = {"image": picture.image}
    row |= {
        name: getattr(picture, name)
        for name in ("label", "frame", "second")
        if getattr(picture, name) is not None
    }
    row |= {name: getattr(face, name) for name in ("x", "y", "width", "height", "face_confidence")}
    for rank, (emotion, probability) in enumerate(face.top(top), start=1):
        ending = "" if rank == 1 else f"_{rank}"
        row |= {f"emotion{ending}": emotion, f"confidence{ending}": probability}
    return row | dict(zip(EMOTIONS, map(float, face.probabilities), strict=True))


def table_of(rows: list[dict[str, Any]], top: int = 1) -> "pd.DataFrame":
    """Put rows of :func:`row_of` together; a table without rows has its columns all the same."""
    import pandas as pd

    from .inputs import Picture
    from .recognition import Face

    nobody = row_of(Picture(0, np.empty((0, 0))), Face(0, 0, 0, 0, np.zeros(len(EMOTIONS))), top)
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(nobody))


def _batches(pictures: "Iterable[Picture]") -> "Iterator[list[Picture]]":
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
