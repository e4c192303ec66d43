"""Splits by person: nobody is in two of train, val and test."""

from collections.abc import Sequence

import numpy as np

from ..dataset import SPLITS
from ..errors import FerCourseError


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
