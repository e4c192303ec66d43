"""Network: from faces to the probabilities of their emotions, whatever kind of file it is in."""

import os
import warnings
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..images import DARK, from_pillow, network_input, resize_face, stack_to_gray
from ..training.about import About
from .network_files import Answers, find_network, open_network


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A network in a file, or an ensemble in a folder, ready to be asked; made by :meth:`load`."""

    path: Path
    answers: Answers

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, threads: int | None = None) -> Self:
        """Read a network, and try it out on two faces.

        Args:
            path: An ``.onnx`` file that :func:`export_onnx` wrote, for which neither Keras nor TensorFlow is
                needed; a ``.keras`` file; the folder of a run, whose ``.onnx`` file is preferred, or of an
                ensemble; or the name of a network that ships with the package, such as "compact", which is
                taken when nothing is given.
            threads: Processor cores that one call of an ONNX file may use; all of them when left out. A
                single small face is as quick on one.

        Returns:
            The network.

        Raises:
            FileNotFoundError: There is no such file, nor a shipped network of this name.
            FerCourseError: It is no network, does not tell the seven emotions apart in our order, or its
                answers are no probabilities.

        Example:
            >>> Network.load("compact").size
            (48, 48)
        """
        source = find_network(path)
        return cls(source, open_network(source, threads))

    @property
    def about(self) -> About:
        """What it was trained on, as far as its file says."""
        return self.answers.about

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images that the network takes."""
        return self.answers.shape[0], self.answers.shape[1]

    @property
    def in_chans(self) -> int:
        """1 for a network on gray images, 3 for one on RGB."""
        return int(self.answers.shape[2])

    @property
    def clahe(self) -> bool:
        """Whether the contrast of every face is evened out first (:func:`clahe`), as it was in training."""
        return bool(self.about.clahe)

    def __repr__(self) -> str:
        height, width = self.size
        colour = "gray" if self.in_chans == 1 else "RGB"
        about = str(self.about).replace("\n", "\n  ")
        return f"{type(self).__name__} of {self.path.name}, {height} x {width} pixels, {colour}\n  {about}"

    def predict_proba(self, images: np.ndarray | Sequence[np.ndarray], batch_size: int = 256) -> np.ndarray:
        """Predict the probabilities of the seven emotions, in the order of ``EMOTIONS``.

        Args:
            images: ``(n, h, w)`` gray or ``(n, h, w, 3)`` RGB faces, 0..255, or a list of faces whose sizes
                differ. They are prepared as those of a dataset: rounded to whole numbers, made gray for a
                network on gray images, then scaled to its size, then evened out if it was trained so.
            batch_size: Images a step.

        Returns:
            ``(n, 7)`` ``float32``; each row sums to 1.

        Raises:
            FerCourseError: The array has another shape, is empty, or holds what no pixel can.

        Example:
            >>> Network.load().predict_proba(np.zeros((5, 48, 48), np.uint8)).shape
            (5, 7)
        """
        return self.probabilities(self.prepare(images), batch_size)

    def features(self, images: np.ndarray | Sequence[np.ndarray], batch_size: int = 256) -> np.ndarray:
        """Return what stands before the last layer: an embedding of each face (:func:`embed`).

        Takes what :meth:`predict_proba` does; returns ``(n, d)`` ``float32``, of an ensemble that of its
        members side by side. ONNX files of earlier versions are refused, as they do not give it.

        Example:
            >>> Network.load().features(np.zeros((5, 48, 48), np.uint8)).shape
            (5, 128)
        """
        return _in_batches(self.answers.features, self.prepare(images), batch_size)

    def adapted(self, classifier: Any, note: str = "adapted to one face") -> Self:
        """Answer by another last layer, on the same features.

        Args:
            classifier: One of scikit-learn that was fitted to :meth:`features` and labels of the course:
                ``predict_proba`` and ``classes_``. An emotion that it never saw gets probability 0.
            note: What :attr:`about` says of it.

        Returns:
            The network with that layer; the file is left as it is.

        Raises:
            FerCourseError: The classifier was not fitted to these features, or to other labels.

        Source:
            Donahue et al., DeCAF (2014): what a network computes before its last layer serves other tasks.

        Example:
            >>> from sklearn.linear_model import LogisticRegression
            >>> network, faces = Network.load(), np.zeros((2, 48, 48), np.uint8)
            >>> happy_or_sad = LogisticRegression().fit(network.features(faces), [3, 4])
            >>> network.adapted(happy_or_sad).predict_proba(faces)[0].tolist()
            [0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]
        """
        answers = _Adapted(self.answers, classifier, note)
        noise = np.random.default_rng(0).integers(0, 256, (1, *self.answers.shape)).astype(np.float32)
        try:
            answers.probabilities(noise)
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise FerCourseError(
                f"{classifier!r} cannot be the last layer ({error}); fit a classifier of scikit-learn to "
                "network.features(images) and labels from 0 to 6"
            ) from error
        return replace(self, answers=answers)

    def probabilities(self, prepared: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Do what :meth:`predict_proba` does with what :meth:`prepare` made, or with views of it."""
        return _in_batches(self.answers.probabilities, prepared, batch_size)

    def prepare(self, images: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
        """Make what the network is given, ``(n, height, width, channels)`` ``uint8``, of any faces."""
        if hasattr(images, "images"):  # its class comes with Pandas, which a first answer need not wait for
            raise FerCourseError("this is a FaceDataset, expected its images: pass dataset.images")
        if isinstance(images, Sized) and not isinstance(images, np.ndarray) and len(images):
            return np.concatenate([self.prepare(_array(image)[np.newaxis]) for image in images])
        stack = _pixels(_array(images))
        if stack.ndim == 4 and (self.in_chans == 1 or self.clahe):
            stack = stack_to_gray(stack)
        if stack.shape[1:3] != self.size:
            stack = np.stack([resize_face(image, self.size) for image in stack])
        if self.clahe:
            from ..cleaning.quality import clahe  # with Pandas, which a first answer need not wait for

            stack = clahe(stack)
        return network_input(stack, self.answers.shape)


class _Adapted:
    """A network whose last layer is a classifier of scikit-learn."""

    def __init__(self, answers: Answers, classifier: Any, note: str) -> None:
        self._answers, self._classifier = answers, classifier
        self.shape, self.features = answers.shape, answers.features
        self.stop, self.free = answers.stop, answers.free
        self.about = replace(answers.about, note=note, val_accuracy=None, val_interval=None)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        found = np.zeros((len(images), len(EMOTIONS)))
        found[:, self._classifier.classes_] = self._classifier.predict_proba(self.features(images))
        return found


def _array(images: Any) -> np.ndarray:
    try:
        return from_pillow(images) if isinstance(images, Image.Image) else np.asarray(images)
    except ValueError as error:
        raise FerCourseError(f"a face is no array of pixels ({error})") from error


def _pixels(images: np.ndarray) -> np.ndarray:
    """Return a stack of faces in whole numbers, or say why it is none."""
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if not (images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)) or 0 in images.shape:
        raise FerCourseError(
            f"images have shape {images.shape}; expected (n, height, width) for gray ones or "
            "(n, height, width, 3) for RGB; one image alone is image[np.newaxis]"
        )
    if images.dtype.kind not in "buif":
        raise FerCourseError(f"images are {images.dtype}; expected pixels, 0..255")
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 255):  # NaN is neither
        raise FerCourseError(f"images hold values from {low:g} to {high:g}; expected pixels, 0..255")
    rounded = images if images.dtype == np.uint8 else np.round(images).astype(np.uint8)
    if 0 < high <= 1 or (high < DARK and (rounded != images).any()):
        warnings.warn(
            f"no pixel is above {high:g}: the network takes 0..255 and rescales inside; multiply by 255 "
            "what was divided by it, and give nothing that was standardised",
            stacklevel=4,
        )
    return rounded


def _in_batches(ask: Callable[[np.ndarray], np.ndarray], faces: np.ndarray, size: int) -> np.ndarray:
    if not isinstance(size, int | np.integer) or size < 1:
        raise FerCourseError(f"batch_size is {size!r}; expected 1 or more")
    starts = range(0, len(faces), size)
    answers = [ask(faces[start : start + size].astype(np.float32)) for start in starts]
    return np.concatenate(answers).astype(np.float32, copy=False)
