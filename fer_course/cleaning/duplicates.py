"""Copies: the same picture more than once, and the same picture in two splits."""

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import SPLITS, FaceDataset
from ..errors import FerCourseError
from ..images import image_stack, is_lazy, stack_to_gray
from ..parallel import in_threads

COPY_REASONS = ("copy", "conflict", "twin")
NEAR = 0.98
_ORDER = {name: position for position, name in enumerate(SPLITS)}
_ROUNDING = 1e-4
_BLOCK = 1024
_FEW = 4096  # pairs of a block that are sooner compared one by one than all with all
_GRID = 8
_BLANK = 5.0  # gray values: an image with less contrast shows nothing


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
    group = pd.factorize(pd.Series(in_threads(_digests, stack), dtype=object))[0]
    if near and len(stack):
        first = np.unique(group, return_index=True)[1]
        group = near_groups(stack[first])[group]
    table = pd.DataFrame({"index": np.arange(len(group)), "group": group})
    table = table[table["group"].duplicated(keep=False)]
    return (
        table.assign(group=pd.factorize(table["group"])[0])
        .sort_values(["group", "index"])
        .reset_index(drop=True)
    )


def worth_showing(images: ArrayLike) -> np.ndarray:
    """Tell which images a gallery of extremes should show: the first of every copy, and nothing blank.

    The darkest, flattest or farthest images of a collection are else black squares, and one error page over
    and over again.

    Args:
        images: As in :func:`find_duplicates`; near copies count, too.

    Returns:
        ``(n,)`` booleans, for galleries only: what is left out may well be what should go.

    Example:
        >>> faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
        >>> worth_showing([*faces[[0, 1, 0]], np.zeros((48, 48), np.uint8)]).tolist()
        [True, True, False, False]
    """
    stack = stack_to_gray(image_stack(images))
    copies = find_duplicates(stack, near=True)
    shown = stack.std(axis=(1, 2)) >= _BLANK
    shown[copies["index"][copies["group"].duplicated()]] = False
    return shown


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
    split, labels = dataset.split, dataset.labels
    pairs = copies.merge(copies.rename(columns={"index": "twin"}), on="group").drop(columns="group")
    pairs["split"], pairs["twin_split"] = split[pairs["index"]], split[pairs["twin"]]
    pairs["same_label"] = labels[pairs["index"]] == labels[pairs["twin"]]
    later = pairs["split"].map(_ORDER) < pairs["twin_split"].map(_ORDER)
    columns = ["index", "split", "twin", "twin_split", "same_label"]
    return pairs.loc[later, columns].sort_values(["index", "twin"]).reset_index(drop=True)


def flag_copies(dataset: FaceDataset, near: bool = False) -> pd.DataFrame:
    """Flag the images that stand more than once in a dataset.

    Args:
        dataset: Images with labels and splits.
        near: Also count near copies, as ``find_duplicates`` does.

    Returns:
        One row an image and the columns of booleans

        - ``copy``: a copy in the same split comes first, with the same label,
        - ``conflict``: copies in the same split disagree on the label; nothing says which is right, so all of
          them are flagged,
        - ``twin``: a copy stands in a later split (val after train, test after val), where it would reward
          memory.

    Example:
        >>> import fer_course as fer
        >>> flag_copies(fer.sample_faces()).columns.tolist()
        ['copy', 'conflict', 'twin']
    """
    copies = find_duplicates(dataset.images, near=near).set_index("index")
    copies["split"] = pd.Series(dataset.split).map(_ORDER)
    copies["label"] = dataset.labels[copies.index]
    same_split = copies.groupby(["group", "split"])
    conflict = same_split["label"].transform("nunique") > 1
    flags = pd.DataFrame(
        {
            "copy": (same_split.cumcount() > 0) & ~conflict,
            "conflict": conflict,
            "twin": copies["split"] < copies.groupby("group")["split"].transform("max"),
        }
    )
    return flags.reindex(range(len(dataset)), fill_value=False)


def _digests(images: np.ndarray) -> np.ndarray:
    """Return 16 bytes for each image, which stand for its pixels."""
    digests = np.empty(len(images), dtype=object)
    digests[:] = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    return digests


def near_groups(images: np.ndarray, threshold: float = NEAR) -> np.ndarray:
    """Return ``(n,)`` numbers, the same for images that correlate above a threshold or that others link.

    All pairs are first bounded on an 8x8 summary of every image. With unit vectors a and b, split into a
    coarse part P and a rest R, the correlation is ``Pa.Pb + Ra.Rb``, at most ``Pa.Pb + |Ra||Rb|``: one matrix
    product rules out nearly all pairs and never a real one. Of the few that remain, those that are not yet
    linked are compared in full, so that a film of frames that are all alike is compared with its first ones
    alone.
    """
    stack = stack_to_gray(image_stack(images))
    summary = in_threads(_summary, stack)
    group = np.arange(len(stack))
    for start in range(0, len(stack), _BLOCK):
        bound = summary[start : start + _BLOCK] @ summary[start:].T
        links = [np.empty((2, 0), np.int64)]
        for column in range(0, bound.shape[1], _BLOCK):
            hit = bound[:, column : column + _BLOCK] > threshold - _ROUNDING
            pairs = start + np.stack(np.divmod(np.flatnonzero(hit), hit.shape[1]))
            pairs[1] += column
            pairs = pairs[:, group[pairs[0]] != group[pairs[1]]]
            if pairs.size:
                links.append(pairs[:, _correlations(stack, *pairs) > threshold])
        group = _merged(group, *np.concatenate(links, axis=1))
    return group


def _correlations(stack: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Correlate pairs of a block's images: few of them one by one, many with all products at once."""
    if len(left) < _FEW:
        return np.einsum("ij,ij->i", _unit_vectors(stack[left]), _unit_vectors(stack[right]))
    rows, row = np.unique(left, return_inverse=True)
    columns, column = np.unique(right, return_inverse=True)
    return (_unit_vectors(stack[rows]) @ _unit_vectors(stack[columns]).T)[row, column]


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


def _merged(group: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Give the groups that pairs of images link the same number."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers = group.astype(np.int32)  # SciPy 1.11 takes no others, and gives nonsense without an error
    shape = (len(group), len(group))
    links = coo_array((np.ones(len(left), bool), (numbers[left], numbers[right])), shape=shape)
    return np.asarray(connected_components(links, directed=False)[1])[group]


def has_twin_in_train(dataset: FaceDataset, near: bool = False) -> np.ndarray:
    """Tell which images of val and test stand in train as well (:func:`find_twins`): ``(n,)`` booleans."""
    copies = find_duplicates(dataset.images, near=near)
    in_train = dataset.split == "train"
    known = copies["group"].isin(copies["group"][in_train[copies["index"]]])
    return np.isin(np.arange(len(dataset)), copies["index"][known]) & ~in_train


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
