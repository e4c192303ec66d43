"""Arrays of faces in an ``.npz``, as this package and others write them."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, mapped_label
from ..errors import FerCourseError
from ..images import SIZE
from .archives import DAMAGED_ZIP, refuse_swollen
from .image_trees import split_of_name
from .tables import PIXELS

_IMAGES, _LABELS = (
    ("images", "image", "x", "data", "faces", "pixels"),
    ("labels", "label", "y", "emotion", "target"),
)


def read_npz(path: Path) -> FaceDataset:
    """Read an ``.npz``: :meth:`FaceDataset.save`'s, or one with images and labels under any usual names.

    Args:
        path: The file.

    Returns:
        Its images, as ``uint8``, gray ones without a last axis of 1; labels that are names or one-hot become
        numbers. Arrays such as ``x_train`` and ``y_test`` are put together, with their splits.

    Raises:
        FerCourseError: The file is damaged, needs pickle, would fill the memory, or it is not certain which
            arrays are images and labels, or what they mean.

    Example:
        >>> np.savez("mine.npz", x=np.zeros((2, 48, 48, 1)), y=np.eye(7)[[3, 6]])
        >>> read_npz(Path("mine.npz")).labels
        Data: mine.npz: images are 'x', labels 'y'.
        array([3, 6])
    """
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_swollen(archive, path)
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (*DAMAGED_ZIP, TypeError) as error:
        raise FerCourseError(f"{path}: not a readable .npz of plain arrays ({str(error)[:200]})") from error
    try:
        return FaceDataset.from_arrays(_understood(arrays, path), path.stem)
    except FerCourseError as error:
        raise FerCourseError(f"{path}: {error}") from error


def _understood(arrays: Mapping[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """Give arrays the keys and the types of :meth:`FaceDataset.save`."""
    splits = _by_split(arrays)
    if splits:
        arrays = {
            "images": np.concatenate([_as_images(images) for images, _ in splits.values()]),
            "labels": np.concatenate([_as_labels(labels) for _, labels in splits.values()]),
            "split": np.repeat([*splits], [len(images) for images, _ in splits.values()]),
        }
        counts = ", ".join(f"{len(images):,} {split}" for split, (images, _) in splits.items())
        print(f"Data: {path}: arrays by split, {counts}.")
        return dict(arrays)
    images, labels = _key(arrays, _IMAGES), _key(arrays, _LABELS)
    if (images, labels) != ("images", "labels"):
        print(f"Data: {path}: images are {images!r}, labels {labels!r}.")
    rest = {key: values for key, values in arrays.items() if key not in (images, labels)}
    return {"images": _as_images(arrays[images]), "labels": _as_labels(arrays[labels]), **rest}


def _by_split(arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pair arrays such as x_train and y_train."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for key, values in arrays.items():
        what, _, rest = re.sub(r"[^a-z]+", " ", key.lower()).strip().partition(" ")
        split = split_of_name(rest)
        kind = "images" if what in _IMAGES else "labels" if what in _LABELS else ""
        if kind and split:
            found[kind, split] = values
    splits = [split for kind, split in found if kind == "images" and ("labels", split) in found]
    return {split: (found["images", split], found["labels", split]) for split in splits}


def _key(arrays: Mapping[str, np.ndarray], usual: tuple[str, ...]) -> str:
    found = [key for name in usual for key in arrays if key.lower() == name]
    if not found:
        there = ", ".join(f"{key} {values.shape}" for key, values in arrays.items()) or "nothing"
        raise FerCourseError(f"no array {usual[0]!r} in it (found: {there}); name it so with numpy.savez")
    return found[0]


def _as_images(images: np.ndarray) -> np.ndarray:
    if images.ndim == 2 and images.shape[1] == PIXELS:
        images = images.reshape(-1, SIZE, SIZE)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.dtype == np.uint8 or images.dtype.kind not in "iuf" or not images.size:
        return images
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 255):  # NaN is neither
        raise FerCourseError(f"images are {images.dtype} from {low:g} to {high:g}; expected 0..255")
    if images.dtype.kind == "f" and 0 < high <= 1:
        raise FerCourseError(
            f"images are {images.dtype} in 0..1, expected 0..255; save (images * 255).round().astype('uint8')"
        )
    return images.round().astype(np.uint8)


def _as_labels(labels: np.ndarray) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind in "US":
        return np.array([mapped_label(str(name)) for name in labels.astype(str)])
    if labels.ndim == 2 and labels.shape[1] == len(EMOTIONS) and labels.dtype.kind in "biuf":
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise FerCourseError("labels have seven columns, but not one 1 in each row: not one-hot")
        return labels.argmax(axis=1)
    if labels.dtype.kind == "f" and (labels == labels.round()).all():
        return labels.astype(np.int64)
    return labels
