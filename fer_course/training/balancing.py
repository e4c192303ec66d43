"""Letting rare emotions count as much as frequent ones: by weights, by sampling, by repeats and mirrors."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..emotions import check_labels, emotion_label
from ..errors import FerCourseError

BALANCES = ("none", "weights", "effective", "sampling")
"""What ``Recipe.balance`` can be."""

EFFECTIVE_BETA = 0.999


def class_weights(labels: ArrayLike, beta: float | None = None) -> dict[int, float]:
    """Weigh every class by the inverse of its frequency, or more gently by its effective number of images.

    The inverse frequency is scikit-learn's "balanced": each class then adds the same to the loss. The
    effective number, ``(1 - beta**count) / (1 - beta)``, says that the thousandth image of a class brings
    less news than the tenth (Cui et al., "Class-balanced loss based on effective number of samples", 2019).
    Either way the weights average 1 over the images, so the learning rate need not change. A class without
    images is left out.

    Args:
        labels: ``(n,)`` integers 0..6.
        beta: None for the inverse frequency; 0 (all equal) to below 1 (nearly the inverse frequency) for the
            effective number. The paper tries 0.9 to 0.9999.

    Returns:
        A weight for every class that occurs, as Keras' ``class_weight`` takes it.

    Example:
        >>> class_weights(np.array([3, 3, 3, 1]))
        {1: 2.0, 3: 0.6666666666666666}
        >>> class_weights(np.array([3, 3, 3, 1]), beta=0)
        {1: 1.0, 3: 1.0}
    """
    values = _checked_labels(labels)
    if beta is not None and not 0 <= beta < 1:
        raise FerCourseError(f"beta is {beta}, expected 0 to below 1, or None for the inverse frequency")
    classes, counts = np.unique(values, return_counts=True)
    numbers = counts if beta is None else (1 - beta**counts) / (1 - beta)
    weights = values.size / numbers / (counts / numbers).sum()
    return dict(zip(classes.tolist(), weights.tolist(), strict=True))


def balanced_sample(labels: ArrayLike, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Draw as many images as there are, so that every class is drawn equally often on average.

    With replacement: frequent classes show a part of their images, rare ones show theirs several times.
    Drawing anew for every epoch loses nothing for good. Takes ``(n,)`` labels, returns ``(n,)`` positions.

    Example:
        >>> labels = np.array([3] * 90 + [1] * 10)
        >>> int((labels[balanced_sample(labels)] == 1).sum())
        56
    """
    values = _checked_labels(labels)
    weights = class_weights(values)
    chances = np.array([weights[label] for label in values.tolist()])
    rng = np.random.default_rng(seed)
    return rng.choice(values.size, values.size, p=chances / chances.sum())


def oversample(dataset: FaceDataset, seed: int = 0) -> FaceDataset:
    """Repeat train images until every emotion has as many as the most frequent one.

    Args:
        dataset: Faces; val and test stay as they are.
        seed: Decides which images are repeated once more than others.

    Returns:
        The dataset with repeats at its end, under the ids of the images that they repeat.

    Example:
        >>> import fer_course as fer
        >>> fer.oversample(fer.sample_faces()).train.class_counts().unique().tolist()
        [373]
    """
    members = _members(dataset)
    most = max(map(len, members))
    rng = np.random.default_rng(seed)
    repeats = [np.resize(rng.permutation(positions), most - len(positions)) for positions in members]
    return dataset.subset(np.concatenate([np.arange(len(dataset)), *repeats]))


def balance_to_mean(dataset: FaceDataset, seed: int = 0) -> FaceDataset:
    """Bring every emotion of train to the mean count: by leaving some out, or by adding mirror images.

    Args:
        dataset: Faces; val and test stay as they are.
        seed: Decides which images are left out, mirrored or repeated.

    Returns:
        The dataset; the ids of mirror images end in ``-mirrored``. Where an emotion has less than half of the
        mean, its upright and mirrored images are repeated.

    Example:
        >>> import fer_course as fer
        >>> balance_to_mean(fer.sample_faces()).train.class_counts().unique().tolist()
        [213]
    """
    members = _members(dataset)
    mean = round(sum(map(len, members)) / len(members))
    rng = np.random.default_rng(seed)
    others = np.flatnonzero(dataset.split != "train")
    chosen = [others, *(np.resize(rng.permutation(positions), mean) for positions in members)]
    rounds = [np.zeros(len(others), int), *(np.arange(mean) // len(positions) for positions in members)]
    mirrored = np.concatenate(rounds) % 2 == 1  # first all upright, then all mirrored, and so on
    balanced = dataset.subset(np.concatenate(chosen))
    images = balanced.images.copy()
    images[mirrored] = images[mirrored, :, ::-1]
    ids = np.where(mirrored, np.char.add(balanced.ids, "-mirrored"), balanced.ids)
    return replace(balanced, images=images, ids=ids)


def merge_emotions(dataset: FaceDataset, emotion: str = "disgust", into: str = "angry") -> FaceDataset:
    """Give the images of one emotion the label of another: disgust is rare, and raters take it for anger.

    Six classes are left, in all splits, and everything else works as before: a network keeps its seven
    outputs and soon gives the empty one no probability, and macro-F1 and balanced accuracy are means over the
    emotions that occur. An accuracy on six classes is no accuracy on seven: say which one you report.

    Args:
        dataset: Faces.
        emotion: The one that disappears.
        into: The one that takes its images.

    Returns:
        The dataset with its labels changed.

    Example:
        >>> import fer_course as fer
        >>> merge_emotions(fer.sample_faces()).class_counts()["disgust"].item()
        0
    """
    merged = np.where(dataset.labels == emotion_label(emotion), emotion_label(into), dataset.labels)
    return replace(dataset, labels=merged)


def rare_classes(labels: ArrayLike) -> np.ndarray:
    """Return the labels that occur, but more rarely than the mean; none where all are as frequent."""
    classes, counts = np.unique(_checked_labels(labels), return_counts=True)
    rare: np.ndarray = classes[counts < counts.mean()]
    return rare


def _members(dataset: FaceDataset) -> list[np.ndarray]:
    """Return the positions of the train images of every emotion that has some."""
    train = dataset.split == "train"
    labels = _checked_labels(dataset.labels[train])
    return [np.flatnonzero(train & (dataset.labels == label)) for label in np.unique(labels)]


def _checked_labels(labels: ArrayLike) -> np.ndarray:
    values = check_labels(labels)
    if not values.size:
        raise FerCourseError("no labels to weigh; is the train split empty?")
    return values
