"""FaceDataset: faces with their labels, splits and origin, as every part of the course passes them on."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .emotions import EMOTIONS, check_labels
from .errors import FerCourseError
from .files import require_file, write_beside

SPLITS = ("train", "val", "test")
_COLUMNS = ("images", "labels", "split", "ids", "source")
ATTRIBUTE = "attribute_"
"""What the keys of further columns begin with in a saved dataset."""


@dataclass(frozen=True, eq=False, init=False)
class FaceDataset:
    """Faces with labels, splits and origin.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``, 0..255.
        labels: ``(n,)`` integers, 0 angry to 6 neutral; -1 for a label that is none of the seven.
        split: ``(n,)`` of "train", "val", "test", or one of them for all images.
        ids: ``(n,)`` names that say which image it is; numbered when left out.
        source: Where the images come from: ``(n,)`` names, or one for all images.
        attributes: Further columns of ``(n,)`` values, for example the planted defect of a drawn face.

    Raises:
        FerCourseError: The arrays do not fit together, or hold values outside the ranges above.

    Example:
        >>> images = np.zeros((2, 48, 48), np.uint8)
        >>> faces = FaceDataset(images, labels=np.array([3, 6]), split="train", source="mine")
        >>> len(faces.train), len(faces.val)
        (2, 0)
    """

    images: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    ids: np.ndarray
    source: np.ndarray
    attributes: Mapping[str, np.ndarray]

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        split: np.ndarray | str = "train",
        ids: np.ndarray | None = None,
        source: np.ndarray | str = "unknown",
        attributes: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        images = np.asarray(images)
        _check_images(images)
        count = len(images)
        ids = np.array([f"{i:05d}" for i in range(count)]) if ids is None else ids
        columns = {
            "labels": np.asarray(labels),
            "split": _column(split, count),
            "ids": _column(ids, count),
            "source": _column(source, count),
        }
        others = {name: np.asarray(values) for name, values in (attributes or {}).items()}
        for name, values in (columns | others).items():
            if values.shape != (count,):
                raise FerCourseError(f"{name} has shape {values.shape}, but there are {count} images")
            if values.dtype == object:
                raise FerCourseError(f"{name} holds Python objects; give it as numbers, booleans or text")
        columns["labels"] = check_labels(columns["labels"], unlabelled=True)
        unknown = sorted(set(columns["split"].tolist()) - set(SPLITS))
        if unknown:
            raise FerCourseError(f"unknown split {unknown[0]!r}; expected one of {', '.join(SPLITS)}")
        for name, value in {"images": images, **columns, "attributes": others}.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        counts = {name: np.count_nonzero(self.split == name) for name in SPLITS}
        parts = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        origin = ", ".join(sorted(set(self.source.tolist())))
        return f"FaceDataset({len(self)} images of {self.images.shape[1:]}: {parts}; source: {origin})"

    @cached_property
    def train(self) -> "FaceDataset":
        """The images to fit on."""
        return self._part("train")

    @cached_property
    def val(self) -> "FaceDataset":
        """The images to choose on: epochs, thresholds, biases, weights."""
        return self._part("val")

    @cached_property
    def test(self) -> "FaceDataset":
        """The images to score once, at the end."""
        return self._part("test")

    def _part(self, name: str) -> "FaceDataset":
        """Select a split; where its images stand side by side, as views and not as copies."""
        places = np.flatnonzero(self.split == name)
        if len(places) and len(places) == places[-1] - places[0] + 1:
            return self._selected(slice(places[0], places[-1] + 1))
        return self._selected(places)

    def subset(self, mask: np.ndarray) -> "FaceDataset":
        """Return the images that a mask or a list of positions selects.

        Args:
            mask: ``(n,)`` booleans, or any number of integer positions.

        Returns:
            A new dataset with the selected images and all their columns.

        Raises:
            FerCourseError: Neither, or a mask of zeros and ones, which as positions would mean two images.

        Example:
            >>> import fer_course as fer
            >>> faces = fer.sample_faces()
            >>> happy = faces.subset(faces.labels == 3)
        """
        mask = np.asarray(mask)
        if mask.size == 0:
            mask = mask.astype(np.int64)
        if mask.dtype.kind in "iu" and mask.size == len(self) > 2 and set(mask.ravel().tolist()) == {0, 1}:
            raise FerCourseError("a mask of 0 and 1 is read as positions; pass mask.astype(bool)")
        try:
            return self._selected(mask)
        except IndexError as error:
            expected = f"expected a mask of {len(self):,} booleans, or positions of images"
            raise FerCourseError(
                f"{mask.dtype} of shape {mask.shape} selects nothing ({error}); {expected}"
            ) from error

    def _selected(self, index: np.ndarray | slice) -> "FaceDataset":
        columns = {name: getattr(self, name)[index] for name in _COLUMNS}
        return FaceDataset(**columns, attributes={k: values[index] for k, values in self.attributes.items()})

    def class_counts(self) -> pd.Series:
        """Count the images of every emotion.

        Returns:
            Seven counts indexed by emotion, zeros included.

        Example:
            >>> import fer_course as fer
            >>> int(fer.sample_faces().class_counts().sum())
            2100
        """
        known = self.labels[self.labels >= 0]
        counts = np.bincount(known, minlength=len(EMOTIONS))
        return pd.Series(counts, index=pd.Index(EMOTIONS, name="emotion"), name="images")

    def to_frame(self) -> pd.DataFrame:
        """Return everything but the pixels as a table, one row an image.

        Returns:
            Columns ``id``, ``label``, ``emotion``, ``split``, ``source`` and every attribute.

        Example:
            >>> import fer_course as fer
            >>> "defect" in fer.sample_faces().to_frame()
            True
        """
        names = np.array([*EMOTIONS, "unmapped"])  # label -1 picks the last
        columns = {
            "id": self.ids,
            "label": self.labels,
            "emotion": names[self.labels],
            "split": self.split,
            "source": self.source,
        }
        return pd.DataFrame(columns | dict(self.attributes))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the dataset as a compressed ``.npz`` that ``np.load`` reads without pickle.

        Args:
            path: File to write; its keys are ``images``, ``labels``, ``split``, ``ids``, ``source`` and
                ``attribute_*``.

        Returns:
            The path written.

        Example:
            >>> import fer_course as fer
            >>> path = fer.sample_faces().save("data/sample.npz")
            >>> np.load(path)["images"].shape
            (2100, 48, 48)
        """
        target = Path(path)
        if target.suffix != ".npz":
            raise FerCourseError(f"{target}: a dataset is saved as .npz; name the file {target.name}.npz")
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        arrays |= {ATTRIBUTE + name: values for name, values in self.attributes.items()}
        with write_beside(target) as temporary:
            np.savez_compressed(temporary, **arrays)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "FaceDataset":
        """Read a dataset that ``save`` wrote, or any ``.npz`` with ``images`` and ``labels``.

        Args:
            path: The ``.npz`` file.

        Returns:
            The dataset.

        Raises:
            FileNotFoundError: There is no such file.
            FerCourseError: The file is not an ``.npz``, is cut short, needs pickle, or lacks a key.

        Example:
            >>> import fer_course as fer
            >>> path = fer.sample_faces().save("data/sample.npz")
            >>> len(FaceDataset.load(path))
            2100
        """
        source = require_file(path)
        arrays = read_arrays(source)
        try:
            return cls.from_arrays(arrays, source.stem)
        except (FerCourseError, UnicodeDecodeError) as error:
            raise FerCourseError(f"{source}: {error}") from error

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], source: str) -> "FaceDataset":
        """Make a dataset of the arrays that ``save`` writes; ``images`` and ``labels`` must be there.

        ``source`` is where the images come from, if the arrays do not say.
        """
        missing = [key for key in ("images", "labels") if key not in arrays]
        if missing:
            raise FerCourseError(f"no array {missing[0]!r} in it (found: {', '.join(arrays) or 'nothing'})")
        attributes = {k.removeprefix(ATTRIBUTE): v for k, v in arrays.items() if k.startswith(ATTRIBUTE)}
        return cls(
            arrays["images"],
            arrays["labels"],
            arrays.get("split", "train"),
            arrays.get("ids"),
            arrays.get("source", source),
            attributes,
        )


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read an ``.npz`` of plain arrays; one that is damaged, needs pickle or lies about itself is refused."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: np.asarray(file[key]) for key in file.files}  # what has no header is bytes
    except Exception as error:  # a header that lies has many kinds
        why = f"not a readable .npz of plain arrays ({str(error)[:200]}); write it anew"
        raise FerCourseError(f"{path}: {why}") from error


def _check_images(images: np.ndarray) -> None:
    if images.dtype != np.uint8:
        raise FerCourseError(
            f"images are {images.dtype}, expected uint8 with values 0..255; "
            "scale floats in 0..1 with (images * 255).round().astype('uint8')"
        )
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise FerCourseError(
            f"images have shape {images.shape}, expected (n, height, width) or (n, height, width, 3)"
        )


def _column(values: np.ndarray | str, count: int) -> np.ndarray:
    return np.full(count, values) if isinstance(values, str) else np.asarray(values, dtype=np.str_)


def split_by_person(
    persons: np.ndarray | Sequence[str] | Sequence[int],
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1),
    seed: int = 0,
) -> np.ndarray:
    """Divide images into train, val and test so that all images of a person are in the same one.

    A network that has seen a person knows their face, so a test on the same person says too much. People come
    in random order; each goes to the split that lacks most images of its share, after every split got one.

    Args:
        persons: ``(n,)`` who is on each image, as names or numbers.
        shares: Of the images, for train, val and test.
        seed: Decides who goes where; the order of the images does not.

    Returns:
        ``(n,)`` of "train", "val", "test". With fewer people than splits, the last ones stay empty.

    Raises:
        FerCourseError: Shares that are no shares, or an image without a person.

    Example:
        >>> split = split_by_person(["anna", "anna", "ben", "carla", "dan", "dan"], (0.6, 0.2, 0.2))
        >>> bool(split[0] == split[1]), sorted(set(split.tolist()))
        (True, ['test', 'train', 'val'])
    """
    people = np.asarray(persons)
    if people.dtype == object and all(isinstance(person, str) for person in people.flat):
        people = people.astype(str)  # a column of a table
    wanted = np.asarray(shares, np.float64)
    if wanted.shape != (len(SPLITS),) or (wanted < 0).any() or not np.isclose(wanted.sum(), 1):
        raise FerCourseError(f"shares {shares}: expected three that add up to 1, for {', '.join(SPLITS)}")
    if people.ndim != 1 or people.dtype.kind not in "iuU" or (people == "").any():
        raise FerCourseError("persons: expected one name or number an image, none of them empty")
    names, position, images = np.unique(people, return_inverse=True, return_counts=True)
    lacking = wanted * len(people)
    split = np.empty(len(names), np.int64)
    empty = [number for number in range(len(SPLITS)) if wanted[number] > 0]
    for person in np.random.default_rng(seed).permutation(len(names)):
        number = empty.pop(0) if empty else int(np.argmax(np.where(wanted > 0, lacking, -np.inf)))
        split[person] = number
        lacking[number] -= images[person]
    return np.array(SPLITS)[split[position]]
