"""Arrays of faces in an ``.npz``, as this package and others write them."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..dataset import ATTRIBUTE, FaceDataset, read_arrays
from ..emotions import EMOTIONS, NUMBERED, mapped_label
from ..errors import FerCourseError
from ..images import DARK, SIZE
from .image_trees import split_in_words, split_of_name, words_of_splits
from .tables import PIXELS

_IMAGES, _LABELS = (
    ("images", "image", "x", "data", "faces", "pixels"),
    ("labels", "label", "y", "emotion", "target"),
)
_SPLIT = ("split", "usage", "set", "subset")
_OWN = ("ids", "source")


def read_npz(path: Path) -> FaceDataset:
    """Read an ``.npz``: :meth:`FaceDataset.save`'s, or one with images and labels under any usual names.

    Images become ``uint8``, gray ones without a last axis of 1; labels that are names or one-hot become
    numbers. Arrays such as ``x_train`` and ``y_test`` are put together, with their splits. Refused is a file
    that is damaged, needs pickle or would fill the memory, and one where it is not certain which arrays are
    images and labels, or what they mean.
    """
    arrays = read_arrays(path)
    try:
        return FaceDataset.from_arrays(_understood(arrays, path), path.stem)
    except (FerCourseError, UnicodeDecodeError, MemoryError) as error:
        raise FerCourseError(f"{path}: {error}") from error


def _understood(arrays: Mapping[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """Give arrays the keys and the types of :meth:`FaceDataset.save`."""
    mine = {key: values for key, values in arrays.items() if key in _OWN or key.startswith(ATTRIBUTE)}
    for key in arrays.keys() - mine:
        _refuse_other_order(key, arrays[key])
    numbers = "" if "source" in mine else f"labels that are numbers are read as FER2013's ({NUMBERED})"
    if splits := _by_split(arrays):
        counts = ", ".join(f"{len(images):,} {split}" for split, (images, _) in splits.items())
        left = len(arrays) - 2 * len(splits)
        notes = [f"arrays by split, {counts}", numbers, f"{left} more arrays left out" if left else ""]
        print(f"Data: {path}: {'; '.join(filter(None, notes))}.")
        return {
            "images": np.concatenate([images for images, _ in splits.values()]),
            "labels": np.concatenate([labels for _, labels in splits.values()]),
            "split": np.repeat([*splits], [len(images) for images, _ in splits.values()]),
        }
    images, labels = _key(arrays, _IMAGES), _key(arrays, _LABELS)
    split = next((key for key in arrays if key.lower() in _SPLIT), None)
    given = {"images": _as_images(arrays[images]), "labels": _as_labels(arrays[labels])}
    named = split_in_words(path.name) or "train"
    given["split"] = _as_splits(arrays[split]) if split else np.full(len(given["images"]), named)
    others = sorted(set(arrays) - {images, labels, split} - set(mine))
    for key in others:
        if not split and (split_of_name(key) or words_of_splits(key)):
            raise FerCourseError(
                f"does {key!r} say the split? Save names of splits as 'split', or leave it out"
            )
    notes = [
        numbers,
        f"images are {images!r}, labels {labels!r}" if (images, labels) != ("images", "labels") else "",
        f"no split in it, so all are {named}" if split is None else "",
        f"left out: {', '.join(others)}" if others else "",
    ]
    if any(notes):
        print(f"Data: {path}: {'; '.join(filter(None, notes))}.")
    return mine | given


def _refuse_other_order(key: str, names: np.ndarray) -> None:
    """Refuse an array that names classes in another order than FER2013's, so that numbers mean others."""
    if names.dtype.kind not in "US" or names.ndim != 1 or len(names) not in range(5, 11):
        return
    if key.lower() in _LABELS or re.search("train|val|test", key.lower()):  # the labels of as many images
        return
    try:
        labels = _as_labels(names).tolist()
    except (FerCourseError, UnicodeDecodeError):  # it names something else
        return
    if len(set(names.tolist())) == len(names) and labels[:7] != [*range(7)][: len(labels)]:
        raise FerCourseError(
            f"{key!r} has the classes in another order ({', '.join(names.astype(str))}) than FER2013 "
            f"({', '.join(EMOTIONS)}); save the labels as names, {key}[labels]"
        )


def _by_split(arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pair arrays such as x_train and y_train, or test_images and test_labels."""
    found: dict[str, dict[str, str]] = {}
    for key in arrays:
        words = re.findall(r"[a-z]+|[0-9]+", key.lower())
        kinds = ["images" if word in _IMAGES else "labels" for word in words if word in (*_IMAGES, *_LABELS)]
        split = split_of_name("".join(word for word in words if word not in (*_IMAGES, *_LABELS)))
        if len(kinds) == 1 and split:
            if other := found.setdefault(split, {}).get(kinds[0]):
                raise FerCourseError(
                    f"two arrays, {other!r} and {key!r}, for the {kinds[0]} of {split}; keep one"
                )
            found[split][kinds[0]] = key
    pairs = {}
    for split, keys in found.items():
        if len(keys) < 2:
            (key,) = keys.values()
            raise FerCourseError(f"{key!r} is of {split}, whose images or labels are missing")
        images, labels = _as_images(arrays[keys["images"]]), _as_labels(arrays[keys["labels"]])
        if labels.shape != (len(images),):
            raise FerCourseError(f"{split} has {len(images):,} images, but labels of shape {labels.shape}")
        pairs[split] = images, labels
    return pairs


def _as_splits(splits: np.ndarray) -> np.ndarray:
    names = splits.astype(str)
    understood = {
        name: "" if "eval" in name.lower() else split_of_name(name)  # which some call val, others test
        for name in set(names.ravel().tolist())
    }
    unknown = sorted(name for name, split in understood.items() if not split)
    if unknown:
        raise FerCourseError(f"unknown split {unknown[0]!r}; expected train, val or test")
    return np.vectorize(understood.get, otypes=["U5"])(names) if names.size else names


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
    if images.ndim < 2 or 0 in images.shape[1:]:
        raise FerCourseError(f"images have shape {images.shape}, expected (n, height, width)")
    if images.dtype == np.uint8 or images.dtype.kind not in "iuf" or not images.size:
        return images
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 255):  # NaN is neither
        raise FerCourseError(f"images are {images.dtype} from {low:g} to {high:g}; expected 0..255")
    if images.dtype.kind == "f" and 1 < high < DARK and (images != images.round()).any():
        raise FerCourseError(
            f"images are {images.dtype} from {low:g} to {high:g} and no whole numbers, as if standardised; "
            "expected 0..255"
        )
    if images.dtype.kind == "f" and 0 < high <= 1:
        raise FerCourseError(
            f"images are {images.dtype} in 0..1, expected 0..255; save (images * 255).round().astype('uint8')"
        )
    return images.round().astype(np.uint8)


def _as_labels(labels: np.ndarray) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind in "US":
        return np.array([mapped_label(str(name)) for name in np.atleast_1d(labels).astype(str)])
    if labels.ndim == 2 and labels.shape[1] == len(EMOTIONS) and labels.dtype.kind in "biuf":
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise FerCourseError("labels have seven columns, but not one 1 in each row: not one-hot")
        return labels.argmax(axis=1)
    if labels.dtype.kind == "f" and (labels == labels.round()).all():
        return labels.astype(np.int64)
    return labels
