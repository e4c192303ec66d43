"""Small random changes that make every epoch show slightly different faces."""

import numpy as np


def augment(images: np.ndarray, seed: int | np.random.Generator = 0, shift: int = 4) -> np.ndarray:
    """Mirror every other image at random and move each by a few pixels.

    Both keep the emotion: a mirrored smile is a smile. Pixels that move in from outside repeat the border.

    Args:
        images: ``(n, height, width)`` or ``(n, height, width, channels)``, any dtype.
        seed: A number, or NumPy's generator.
        shift: Largest move in pixels, in both directions.

    Returns:
        New images of the same shape and dtype.

    Example:
        >>> images = np.arange(2 * 48 * 48, dtype=np.uint8).reshape(2, 48, 48)
        >>> augment(images, seed=1).shape
        (2, 48, 48)
    """
    rng = np.random.default_rng(seed)
    count, height, width = images.shape[:3]
    border = [(0, 0), (shift, shift), (shift, shift)] + [(0, 0)] * (images.ndim - 3)
    padded = np.pad(images, border, mode="edge")
    # (n, 2 shift + 1, 2 shift + 1, [channels,] height, width): every move at once, as a view without a copy
    moves = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = rng.integers(0, 2 * shift + 1, (2, count))
    moved = moves[np.arange(count), down, right]
    if images.ndim == 4:
        moved = moved.transpose(0, 2, 3, 1)
    mirrored = rng.random(count) < 0.5
    moved[mirrored] = moved[mirrored, :, ::-1]
    return moved


def epoch_of(
    images: np.ndarray, targets: np.ndarray, epoch: int, seed: int = 0, augmented: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one epoch of a training shows: all images, shuffled and changed at random.

    Order and changes depend on ``seed`` and ``epoch`` alone, so a resumed training sees what an uninterrupted
    one would have seen. Whole arrays and not batches, because Keras feeds TensorFlow arrays faster than it
    feeds it from a generator.

    Args:
        images: ``(n, height, width)`` or ``(n, height, width, channels)``, ``uint8``.
        targets: ``(n, ...)`` what belongs to each image.
        epoch: Number of the epoch, from 0.
        seed: What order and changes depend on, together with ``epoch``.
        augmented: Whether to mirror and move the images (:func:`augment`).

    Returns:
        The images and, in the same order, their targets.

    Example:
        >>> images, targets = epoch_of(np.zeros((10, 48, 48), np.uint8), np.arange(10), epoch=0)
        >>> sorted(targets.tolist()) == list(range(10))
        True
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(images))
    shown = images[order]
    return augment(shown, rng) if augmented else shown, targets[order]
