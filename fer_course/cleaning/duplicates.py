"""Copies: the same picture more than once, and the same picture in two splits."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import SPLITS, FaceDataset
from ..errors import FerCourseError
from ..images import gray_stack, image_stack, is_lazy
from ..parallel import in_threads

NEAR = 0.98
_ROUNDING = 1e-4
_BLOCK = 1024
_GRID = 8


def find_duplicates(images: ArrayLike, near: bool = False) -> pd.DataFrame:
    """Group the images that are copies of one another.

    Args:
        images: ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``; for exact copies
            also a ``dask.array``.
        near: Also group images whose pixels correlate above .98: the same picture saved again, a little
            brighter or with a little noise. Constant images correlate with nothing; they are grouped only
            with exact copies.

    Returns:
        Columns ``index`` (position in ``images``) and ``group`` (0, 1, ... in order of first appearance),
        only for images in groups of two or more, sorted by group and index.

    Example:
        >>> faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
        >>> find_duplicates(faces[[0, 1, 0, 2]])
           index  group
        0      0      0
        1      2      0
    """
    stack = image_stack(images)
    if near and is_lazy(stack):
        raise FerCourseError("near copies compare all pairs of images, in memory: pass images.compute()")
    group, distinct = pd.factorize(pd.Series(in_threads(_digests, stack), dtype=object))
    if near and len(stack):
        first = np.unique(group, return_index=True)[1]
        group = _merged(len(distinct), near_pairs(stack[first]))[group]
    table = pd.DataFrame({"index": np.arange(len(group)), "group": group})
    table = table[table["group"].duplicated(keep=False)]
    return (
        table.assign(group=pd.factorize(table["group"])[0])
        .sort_values(["group", "index"])
        .reset_index(drop=True)
    )


def find_twins(dataset: FaceDataset, near: bool = False) -> pd.DataFrame:
    """Find the images that have a copy in a later split: train in val or test, val in test.

    A network that has seen a val or test image in training is rewarded for its memory.

    Args:
        dataset: Images of two or more splits.
        near: Also count near copies, as ``find_duplicates`` does.

    Returns:
        One row a pair: ``index`` and ``split`` of the earlier image, ``twin`` and ``twin_split`` of the later
        one (both positions in ``dataset``), and whether they carry the ``same_label``.

    Example:
        >>> import fer_course as fer
        >>> pairs = find_twins(fer.sample_faces())
        >>> bool((pairs["split"] != pairs["twin_split"]).all())
        True
    """
    copies = find_duplicates(dataset.images, near=near)
    split, labels = np.asarray(dataset.split), dataset.labels
    order = {name: position for position, name in enumerate(SPLITS)}
    pairs = copies.merge(copies.rename(columns={"index": "twin"}), on="group").drop(columns="group")
    pairs["split"], pairs["twin_split"] = split[pairs["index"]], split[pairs["twin"]]
    pairs["same_label"] = labels[pairs["index"]] == labels[pairs["twin"]]
    later = pairs["split"].map(order) < pairs["twin_split"].map(order)
    columns = ["index", "split", "twin", "twin_split", "same_label"]
    return pairs.loc[later, columns].sort_values(["index", "twin"]).reset_index(drop=True)


def _digests(images: np.ndarray) -> np.ndarray:
    """Return 16 bytes for each image, which stand for its pixels."""
    digests = np.empty(len(images), dtype=object)
    digests[:] = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    return digests


def near_pairs(images: np.ndarray, threshold: float = NEAR) -> np.ndarray:
    """Return ``(pairs, 2)`` positions of images whose pixels correlate above a threshold, the first smaller.

    All pairs are first bounded on an 8x8 summary of every image. With unit vectors a and b, split into a
    coarse part P and a rest R, the correlation is Pa.Pb + Ra.Rb, at most Pa.Pb + |Ra||Rb|: one small matrix
    product rules out nearly all pairs and never a real one. The few that remain are compared in full.
    """
    stack = gray_stack(images)
    kept = [np.empty((0, 2), np.int64)]
    for pairs in _candidates(in_threads(_summary, stack), threshold - _ROUNDING):
        for start in range(0, len(pairs), _BLOCK):
            block = pairs[start : start + _BLOCK]
            left, right = _unit_vectors(stack[block[:, 0]]), _unit_vectors(stack[block[:, 1]])
            kept.append(block[np.einsum("ij,ij->i", left, right) > threshold])
    return np.concatenate(kept)


def _unit_vectors(images: np.ndarray) -> np.ndarray:
    """Subtract each image's mean and divide by its length, so that a product of two is their correlation."""
    vectors = images.reshape(len(images), -1).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def _summary(images: np.ndarray) -> np.ndarray:
    """Project unit vectors on an 8x8 grid of blocks, and append the length of what the grid leaves out."""
    vectors = _unit_vectors(images)
    down, across = (_averaging(size) for size in images.shape[1:3])
    coarse = (down @ vectors.reshape(images.shape) @ across.T).reshape(len(images), -1)
    rest = np.sum(vectors**2, axis=1, keepdims=True) - np.sum(coarse**2, axis=1, keepdims=True)
    return np.hstack([coarse, np.sqrt(np.maximum(rest, 0))])


def _averaging(size: int) -> np.ndarray:
    """Return orthonormal rows, each constant over one of eight stretches of ``size`` pixels."""
    stretches = np.array_split(np.arange(size), min(_GRID, size))
    rows = np.zeros((len(stretches), size), np.float32)
    for row, pixels in zip(rows, stretches, strict=True):
        row[pixels] = len(pixels) ** -0.5
    return rows


def _candidates(summary: np.ndarray, threshold: float) -> Iterator[np.ndarray]:
    for start in range(0, len(summary), _BLOCK):
        bound = summary[start : start + _BLOCK] @ summary[start:].T
        first, second = np.divmod(np.flatnonzero(bound > threshold), bound.shape[1])
        upper = first < second
        yield np.column_stack([first[upper], second[upper]]) + start


def _merged(count: int, pairs: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(links, directed=False)[1]


def has_twin_in_train(dataset: FaceDataset, near: bool = False) -> np.ndarray:
    """Tell which images of val and test stand in train as well (:func:`find_twins`): ``(n,)`` booleans."""
    pairs = find_twins(dataset, near=near)
    return np.isin(np.arange(len(dataset)), pairs.loc[pairs["split"] == "train", "twin"])


def without_twins(dataset: FaceDataset, near: bool = False) -> FaceDataset:
    """Leave out the val and test images that stand in train as well; train stays as it is.

    For scoring a network that has seen them: ``evaluate(model, without_twins(dataset).test)``. Before
    training, :func:`clean` drops their copies from train instead.

    Args:
        dataset: All splits, as the network was trained on them.
        near: Also count near copies, as :func:`find_duplicates` does.

    Returns:
        The dataset without them.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> unseen = without_twins(faces)
        >>> len(unseen.train) == len(faces.train), len(unseen.test) < len(faces.test)
        (True, True)
    """
    return dataset.subset(~has_twin_in_train(dataset, near))
