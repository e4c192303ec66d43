"""Random changes that keep a face a face, so that every epoch shows something slightly different."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FerCourseError

if TYPE_CHECKING:
    import albumentations
    import keras

LEVELS = (0, 1, 2, 3)
"""What ``augment`` and ``Recipe.augment`` take."""

_SHIFT = 4  # pixels of 48
_BLUR_SIDE = 5  # pixels


def augment(
    images: np.ndarray, level: int | np.ndarray = 1, seed: int | np.random.Generator = 0
) -> np.ndarray:
    """Change images at random, so little that the emotion stays.

    Every level does what the one below does, and more:

    - 1 mirrors every other image and moves each by up to 4 pixels; what moves in repeats the border,
    - 2 also turns by up to 10 degrees, zooms by up to 10 %, changes brightness and contrast by up to 20 %,
    - 3 also blurs a little and erases a rectangle (random erasing; Zhong et al., 2020).

    A face is never turned upside down, and colours are not mixed up: no camera does that.

    Args:
        images: ``(n, height, width)`` or ``(n, height, width, channels)``, ``uint8``.
        level: 0 (no change) to 3, for all images or ``(n,)`` for each.
        seed: A number, or NumPy's generator.

    Returns:
        New images of the same shape and dtype.

    Source:
        Levels 2 and 3: Albumentations (Buslaev et al., 2020).

    Example:
        >>> images = np.arange(2 * 48 * 48, dtype=np.uint8).reshape(2, 48, 48)
        >>> augment(images, level=2, seed=1).shape
        (2, 48, 48)
    """
    rng = np.random.default_rng(seed)
    if isinstance(level, np.ndarray):
        changed = images.copy()
        for one in np.unique(level):
            changed[level == one] = augment(images[level == one], int(one), rng)
        return changed
    check_level(level)
    if level == 0:
        return images.copy()
    moved = _mirrored_and_moved(images, rng)
    if level == 1:
        return moved
    pipeline = _pipeline(level, int(rng.integers(2**31)))
    return np.stack([pipeline(image=image)["image"] for image in moved]).reshape(moved.shape)


def check_level(level: int, name: str = "augment") -> None:
    """Refuse a level of augmentation that does not exist; ``name`` is where it was asked for."""
    if level not in LEVELS:
        raise FerCourseError(f"{name} is {level!r}; expected a level from 0 (none) to {LEVELS[-1]}")


def _mirrored_and_moved(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count, height, width = images.shape[:3]
    border = [(0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT)] + [(0, 0)] * (images.ndim - 3)
    padded = np.pad(images, border, mode="edge")
    # (n, 2 shift + 1, 2 shift + 1, [channels,] height, width): every move at once, as a view without a copy
    moves = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = rng.integers(0, 2 * _SHIFT + 1, (2, count))
    moved = moves[np.arange(count), down, right]
    if images.ndim == 4:
        moved = moved.transpose(0, 2, 3, 1)
    mirrored = rng.random(count) < 0.5
    moved[mirrored] = moved[mirrored, :, ::-1]
    return moved


def _pipeline(level: int, seed: int) -> "albumentations.Compose":
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # or it asks the network for a newer version
    import albumentations as A
    import cv2

    steps = [
        A.Affine(rotate=(-10, 10), scale=(0.9, 1.1), border_mode=cv2.BORDER_REPLICATE, p=1),
        A.RandomBrightnessContrast(0.2, 0.2, p=0.8),
    ]
    if level == 3:
        side = (0.15, 0.35)  # of the image
        steps += [
            A.GaussianBlur(sigma_limit=(0.3, 1.0), p=0.2),
            A.CoarseDropout((1, 1), side, side, fill="random_uniform", p=0.5),
        ]
    return A.Compose(steps, seed=seed)


def augmentation_layers(level: int = 1, seed: int = 0) -> "keras.Sequential":
    """Change images at random as :func:`augment` does, but as layers, which run where the network runs.

    On a GPU they cost next to nothing; on two cores :func:`augment` is quicker, so :func:`fit` uses that one.
    Put them before a network, and give the recipe ``augment=0``. They change images in training alone; the
    random numbers are others than those of :func:`augment`, and what is erased becomes gray.

    Args:
        level: 0 (no change) to 3, with the changes of :func:`augment`.
        seed: Decides the changes.

    Returns:
        Layers from and to ``(n, height, width, channels)`` raw values in 0..255.
    """
    from .backend import keras

    check_level(level)
    rng = np.random.default_rng(seed)

    def common() -> dict[str, Any]:
        # float32, because the coordinates of pixels are too coarse under a mixed-precision policy
        return {"seed": int(rng.integers(2**31)), "dtype": "float32"}

    shift, area = _SHIFT / 48, (0.15**2, 0.35**2)  # of the image
    border, pixels = {"fill_mode": "nearest"}, {"value_range": (0, 255)}
    by_level = [
        (0, keras.layers.Identity(dtype="float32")),
        (1, keras.layers.RandomFlip("horizontal", **common())),
        (1, keras.layers.RandomTranslation(shift, shift, interpolation="nearest", **border, **common())),
        (2, keras.layers.RandomRotation(10 / 360, **border, **common())),
        (2, keras.layers.RandomZoom(0.1, **border, **common())),
        (2, keras.layers.RandomBrightness(0.2, **pixels, **common())),
        (2, keras.layers.RandomContrast(0.2, **pixels, **common())),
        (3, _blur(**pixels, **common())),
        (3, keras.layers.RandomErasing((0.5, 0.5), area, fill_value=127.5, **pixels, **common())),
    ]
    layers = [layer for least, layer in by_level if level >= least]
    return keras.Sequential(layers, name="augmentation")


def _blur(**arguments: Any) -> "keras.Model":
    """Blur every fifth image; Keras' layer alone takes what lies outside of it to be black."""
    from .backend import keras

    images = keras.Input((None, None, None), dtype="float32")
    border = _BLUR_SIDE // 2
    padded = keras.ops.pad(images, [[0, 0], [border, border], [border, border], [0, 0]], mode="symmetric")
    blurred = keras.layers.RandomGaussianBlur((0.2, 0.2), _BLUR_SIDE, (0.3, 1.0), **arguments)(padded)
    return keras.Model(images, keras.layers.Cropping2D(border, dtype="float32")(blurred), name="blur")


def mixup(
    images: np.ndarray, targets: np.ndarray, alpha: float = 0.2, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Blend every image with another one, and their targets alike (Zhang et al., "mixup", 2018).

    Args:
        images: ``(n, height, width, ...)``, ``uint8``.
        targets: ``(n, classes)`` floats, such as one-hot labels.
        alpha: Of the Beta distribution that the share of the second image is drawn from: 0.2 blends most
            images hardly, 1 all shares are as likely.
        seed: A number, or NumPy's generator.

    Returns:
        New images and their targets.

    Example:
        >>> images, targets = mixup(np.zeros((2, 8, 8), np.uint8), np.eye(2))
        >>> targets.sum(axis=1).tolist()
        [1.0, 1.0]
    """
    rng = np.random.default_rng(seed)
    share = _shares(alpha, len(images), rng)
    partner = rng.permutation(len(images))
    weight = share.reshape(-1, *[1] * (images.ndim - 1)).astype(np.float32)
    blended = images * (1 - weight) + images[partner] * weight
    return np.rint(blended).astype(images.dtype), _blended_targets(targets, partner, share)


def cutmix(
    images: np.ndarray, targets: np.ndarray, alpha: float = 1.0, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Paste a rectangle of another image into every image (Yun et al., "CutMix", 2019).

    The targets are mixed by area. On faces, half a mouth of another emotion can end up in a face: measure
    before you believe in it.

    Takes and returns what :func:`mixup` does; ``alpha`` is of the Beta distribution that the rectangle's
    share of the area is drawn from.

    Example:
        >>> images, targets = cutmix(np.zeros((2, 8, 8), np.uint8), np.eye(2))
        >>> targets.sum(axis=1).tolist()
        [1.0, 1.0]
    """
    rng = np.random.default_rng(seed)
    count, height, width = images.shape[:3]
    side = np.sqrt(_shares(alpha, count, rng))
    partner = rng.permutation(count)
    inside = _stretches(side, height, rng)[:, :, None] & _stretches(side, width, rng)[:, None, :]
    pasted = np.where(inside.reshape(*inside.shape, *[1] * (images.ndim - 3)), images[partner], images)
    return pasted, _blended_targets(targets, partner, inside.mean(axis=(1, 2)))


def _shares(alpha: float, count: int, rng: np.random.Generator) -> np.ndarray:
    if not alpha > 0:
        raise FerCourseError(f"alpha is {alpha}; expected a number above 0")
    return rng.beta(alpha, alpha, count)


def _stretches(side: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """Mark one stretch of every row, ``side`` of the length long, at a random place inside."""
    wide = np.rint(side * length).astype(int)
    start = rng.integers(0, length - wide + 1)
    place = np.arange(length)
    return (place >= start[:, None]) & (place < (start + wide)[:, None])


def _blended_targets(targets: np.ndarray, partner: np.ndarray, share: np.ndarray) -> np.ndarray:
    weight = share[:, None]
    return np.asarray(targets * (1 - weight) + targets[partner] * weight, targets.dtype)


def epoch_of(
    images: np.ndarray,
    targets: np.ndarray,
    epoch: int,
    seed: int = 0,
    level: int | np.ndarray = 1,
    mixup_alpha: float = 0.0,
    cutmix_alpha: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one epoch of a training shows: all images and targets, shuffled and changed at random.

    Order and changes depend on ``seed`` and ``epoch`` alone, so a resumed training sees what an uninterrupted
    one would have seen. Whole arrays and not batches, because Keras feeds TensorFlow arrays faster than it
    feeds it from a generator. An alpha of 0 leaves out :func:`mixup` or :func:`cutmix`.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(images))
    levels = level[order] if isinstance(level, np.ndarray) else level
    shown, wanted = augment(images[order], levels, rng), targets[order]
    if mixup_alpha:
        shown, wanted = mixup(shown, wanted, mixup_alpha, rng)
    if cutmix_alpha:
        shown, wanted = cutmix(shown, wanted, cutmix_alpha, rng)
    return shown, wanted
