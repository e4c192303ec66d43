"""Predictor: emotions from faces with ONNX Runtime alone."""

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..emotions import EMOTIONS
from ..errors import FerCourseError

if TYPE_CHECKING:
    import onnxruntime
    import pandas as pd

    from ..faces.detectors import FaceDetector
    from .inputs import Source

COMPACT_MODEL = Path(__file__).parents[1] / "models" / "compact.onnx"
"""The network that ships with the package; its model card stands beside it."""


@dataclass(frozen=True, eq=False)
class Predictor:
    """A network in an ONNX file, ready to predict; made by :meth:`load`.

    Args:
        path: The file.
        session: What ONNX Runtime made of it.
        clahe: Whether the contrast of every face is evened out first (:func:`clahe`), as for a network that
            was trained on such faces; its file says so.

    Example:
        >>> predictor = Predictor.load()
        >>> predictor.in_chans
        1
    """

    path: Path
    session: "onnxruntime.InferenceSession"
    clahe: bool = False

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, threads: int | None = None) -> "Predictor":
        """Read a network; neither Keras nor TensorFlow is needed.

        Args:
            path: An ONNX file that :func:`export_onnx` wrote; when left out, the compact network that
                ships with the package.
            threads: Processor cores that one call may use; all of them when left out. A single small face
                is as quick on one.

        Returns:
            The predictor.

        Raises:
            FileNotFoundError: There is no such file.
            FerCourseError: It is no ONNX network, or does not tell the seven emotions apart.

        Example:
            >>> Predictor.load().size
            (48, 48)
        """
        import onnxruntime

        source = Path(COMPACT_MODEL if path is None else path)
        if source.is_dir() or source.suffix == ".keras":
            raise FerCourseError(f"{source}: not an ONNX file; fer.export(file) makes one of a .keras file")
        if not source.is_file():
            raise FileNotFoundError(f"{source}: no such file; fer.export_onnx(model, path) writes one")
        try:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads or 0  # 0: as many as there are cores
            # Idle threads would go on asking for work for 30 ms and take it from a camera and a browser
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has a dozen kinds that share no parent but this
            raise FerCourseError(f"{source}: not a readable ONNX network ({error})") from error
        _check(source, session)
        return cls(source, session, session.get_modelmeta().custom_metadata_map.get("clahe") == "true")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images that the network takes."""
        _, height, width, _ = self._input.shape
        return height, width

    @property
    def in_chans(self) -> int:
        """1 for a network on gray images, 3 for one on RGB."""
        return int(self._input.shape[3])

    @cached_property
    def _input(self) -> Any:
        return self.session.get_inputs()[0]

    def predict_proba(self, images: np.ndarray | Sequence[np.ndarray], batch_size: int = 256) -> np.ndarray:
        """Predict the probabilities of the seven emotions, in the order of ``EMOTIONS``.

        Args:
            images: ``(n, h, w)`` gray or ``(n, h, w, 3)`` RGB faces, 0..255, or a list of faces whose sizes
                differ; of another size than the network's they are scaled, and gray and RGB are made into
                each other where need be.
            batch_size: Images a step.

        Returns:
            ``(n, 7)`` ``float32``; each row sums to 1.

        Raises:
            FerCourseError: The array has another shape, is empty, or holds what no pixel can.

        Example:
            >>> Predictor.load().predict_proba(np.zeros((5, 48, 48), np.uint8)).shape
            (5, 7)
        """
        if isinstance(images, np.ndarray) or not len(images):
            prepared = self._prepared(np.asarray(images, np.float32))
        else:
            prepared = np.concatenate(
                [self._prepared(np.asarray(image, np.float32)[None]) for image in images]
            )
        name = self._input.name
        batches = [prepared[start : start + batch_size] for start in range(0, len(prepared), batch_size)]
        return np.concatenate([self.session.run(None, {name: batch})[0] for batch in batches])

    def predict(
        self,
        source: "Source",
        detector: "str | FaceDetector | None" = "auto",
        biases: ArrayLike | Mapping[str, float] | None = None,
        top: int = 1,
        smoothing: float = 0.0,
        annotated: str | os.PathLike[str] | None = None,
    ) -> "pd.DataFrame":
        """Name the emotion of every face in pictures, folders, videos or FER2013's CSV.

        Args:
            source: The path of a picture, of a folder of pictures, of a video or of FER2013's CSV; an array
                ``(height, width)`` gray, ``(height, width, 3)`` RGB or ``(height, width, 4)`` RGBA, or a
                stack of them; or a list of any of these.
            detector: "auto" takes pictures of up to 128 pixels, such as FER2013's, for a face as a whole and
                looks for faces in larger ones with Haar. "haar", "yunet", "mtcnn" or "insightface" look for
                faces in all of them, as does a :class:`FaceDetector`; None takes all as a whole.
            biases: What to add to log-probabilities, seven numbers or some by the name of the emotion.
            top: So many of the most probable emotions get columns of their own.
            smoothing: Seconds over which the faces of a video are averaged; 0 leaves every frame as it is.
            annotated: A folder to write the pictures to with their faces drawn into them.

        Returns:
            A row a face, the largest face of a picture first: ``image`` (path, row of the CSV, or position),
            ``label`` (of a CSV), ``frame`` and ``second`` (of a video), ``x``, ``y``, ``width``, ``height``
            in pixels, ``emotion``, ``confidence`` (with ``top`` above 1 also ``emotion_2``, ``confidence_2``,
            ...) and the probability of each emotion. A picture without a face has no row.

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
        from .annotating import check_apart
        from .inputs import pictures_of
        from .prediction import predict_pictures

        if annotated is not None:
            check_apart(annotated, source)
        return predict_pictures(pictures_of(source), self, detector, biases, top, smoothing, annotated)

    def _prepared(self, images: np.ndarray) -> np.ndarray:
        if images.ndim == 4 and images.shape[3] == 1:
            images = images[..., 0]
        if not (images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)) or 0 in images.shape:
            raise FerCourseError(
                f"images have shape {images.shape}; expected (n, height, width) for gray ones or "
                "(n, height, width, 3) for RGB; one image alone is image[np.newaxis]"
            )
        if not (images.min() >= 0 and images.max() <= 255):  # NaN is neither
            raise FerCourseError(
                f"images hold values from {images.min():g} to {images.max():g}; expected pixels, 0..255"
            )
        if 0 < images.max() <= 1:
            warnings.warn(
                "no pixel is above 1: the network takes 0..255 and rescales inside; multiply by 255",
                stacklevel=3,
            )
        if images.shape[1:3] != self.size:
            larger = np.prod(images.shape[1:3]) > np.prod(self.size)
            method = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
            images = np.stack([cv2.resize(image, self.size[::-1], interpolation=method) for image in images])
        if images.ndim == 4 and (self.in_chans == 1 or self.clahe):
            images = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images])
        if self.clahe:
            from ..cleaning.clahe import clahe  # with Pandas, which a first answer need not wait for

            images = clahe(images.round().astype(np.uint8)).astype(np.float32)
        if images.ndim == 4:
            return images
        return np.repeat(images[..., np.newaxis], self.in_chans, axis=3)


def _check(source: Path, session: "onnxruntime.InferenceSession") -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape if len(inputs) == len(outputs) == 1 else []
    # Dimensions that are free, such as the number of images, have names or None
    if len(shape) != 4 or not all(isinstance(side, int) for side in shape[1:]) or shape[3] not in (1, 3):
        raise FerCourseError(
            f"{source}: expected a network from images (n, height, width, 1 or 3) to probabilities, found "
            f"inputs {[item.shape for item in inputs]} and outputs {[item.shape for item in outputs]}"
        )
    emotions = session.get_modelmeta().custom_metadata_map.get("emotions")
    if tuple(re.findall(r"\w+", emotions or "")) != EMOTIONS:
        found = "do not name the emotions" if emotions is None else f"name other emotions ({emotions})"
        raise FerCourseError(
            f"{source}: its metadata {found}; expected {', '.join(EMOTIONS)}. Export the network with "
            "fer.export_onnx, which writes them"
        )
