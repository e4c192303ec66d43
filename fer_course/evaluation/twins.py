"""Images of val and test that a network may remember from train."""

import numpy as np

from ..cleaning.duplicates import find_twins
from ..dataset import FaceDataset


def has_twin_in_train(dataset: FaceDataset, near: bool = False) -> np.ndarray:
    """Tell which images of val and test stand in train as well.

    Args:
        dataset: All splits, as the network was trained on them.
        near: Also count near copies, as :func:`find_duplicates` does.

    Returns:
        ``(n,)`` booleans, False for every image of train.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> bool(has_twin_in_train(faces)[faces.split == "train"].any())
        False
    """
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
