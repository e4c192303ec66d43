"""Small random changes that make every epoch show slightly different faces."""

import numpy as np

from .backend import keras


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


class TrainingBatches(keras.utils.PyDataset):
    """The shuffled, augmented batches of one epoch; set ``epoch`` before each.

    Order and changes depend on ``seed`` and ``epoch`` alone, so a resumed training sees what an uninterrupted
    one would have seen.

    Args:
        images: ``(n, height, width, channels)`` in the shape that the model takes.
        targets: ``(n, 7)`` one-hot labels.
        batch_size: Images a step.
        augmented: Whether to mirror and move the images.
        seed: What order and changes depend on, together with ``epoch``.

    Example:
        >>> batches = TrainingBatches(np.zeros((10, 48, 48, 1), np.uint8), np.eye(7)[[3] * 10], batch_size=4)
        >>> [len(images) for images, targets in batches]
        [4, 4, 2]
    """

    def __init__(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        batch_size: int,
        augmented: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.images = images
        self.targets = targets
        self.batch_size = batch_size
        self.augmented = augmented
        self.seed = seed
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """Number of the epoch, from 0."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._order = np.random.default_rng([self.seed, epoch]).permutation(len(self.images))

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        images = self.images[chosen]
        if self.augmented:
            images = augment(images, np.random.default_rng([self.seed, self.epoch, index]))
        return images, self.targets[chosen]
