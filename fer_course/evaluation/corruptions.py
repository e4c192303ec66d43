"""Corruptions: what cameras and light do to a picture, carelessness to a label, and both to the accuracy.

Images that cannot be used, and numbers out of their range, are refused with a ``FerCourseError``.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..drawing.canvas import to_pixels
from ..drawing.scene import through_jpeg
from ..emotions import EMOTIONS, check_labels
from ..errors import FerCourseError, known_names
from ..frontend import progress_bar
from ..images import image_stack
from ..parallel import in_threads
from ..sources.votes import ANSWER_PERCENT
from .comparison import compare
from .scores import Evaluation, score
from .tta import Classifier, predict

if TYPE_CHECKING:
    import keras

SEVERITIES = (1, 2, 3, 4, 5)
WAYS = ("symmetric", "confusion")
"""What ``flip_labels`` takes as ``by``."""

_CLASSES = len(EMOTIONS)


def add_brightness_contrast(images: ArrayLike, brightness: float = 0, contrast: float = 1.0) -> np.ndarray:
    """Make images brighter or darker, and stretch or flatten their contrast.

    Contrast is stretched around each image's own mean, so that it does not change the brightness.

    Args:
        images: One gray ``(height, width)`` or RGB ``(height, width, 3)`` image or a stack, ``uint8``.
        brightness: Gray levels to add, negative for darker.
        contrast: Factor on the distance to the mean: 1 changes nothing, 0 leaves one gray.

    Returns:
        New images of the same shape, ``uint8``; what leaves 0..255 is cut off.

    Source:
        Brightness and contrast of ImageNet-C (Hendrycks and Dietterich, 2019).

    Example:
        >>> add_brightness_contrast(np.array([[100, 200]], np.uint8), brightness=10, contrast=0.5)
        array([[135, 185]], dtype=uint8)
    """
    _check("brightness", brightness, -255, 255)
    _check("contrast", contrast, 0, 255)

    def change(stack: np.ndarray) -> np.ndarray:
        mean = stack.mean(axis=tuple(range(1, stack.ndim)), keepdims=True, dtype=np.float32)
        return to_pixels((stack - mean) * np.float32(contrast) + mean + np.float32(brightness))

    return _of_all(images, change)


def add_gaussian_blur(images: ArrayLike, sigma: float = 1.0) -> np.ndarray:
    """Blur images, as a lens out of focus does.

    Takes and returns images as :func:`add_brightness_contrast` does; ``sigma`` is the standard deviation of
    the Gaussian in pixels, 0 changes nothing.

    Example:
        >>> add_gaussian_blur(np.array([[0, 0, 250, 0, 0]], np.uint8), sigma=0.5)
        array([[  0,  26, 197,  26,   0]], dtype=uint8)
    """
    _check("sigma", sigma, 0, 100)
    return _of_each(images, lambda image: cv2.GaussianBlur(image, (0, 0), sigma) if sigma else image)


def jpeg_compress(images: ArrayLike, quality: int = 50) -> np.ndarray:
    """Save images as JPEG, of ``quality`` 1 (smallest file) to 100 (best picture), and read them again.

    Takes and returns images as :func:`add_brightness_contrast` does.

    Example:
        >>> image = np.zeros((48, 48), np.uint8)
        >>> image[:, 20:] = 255
        >>> bool((jpeg_compress(image, quality=10) == image).all())
        False
    """
    _check("quality", quality, 1, 100)

    def compress(image: np.ndarray) -> np.ndarray:
        if image.ndim == 2:
            return through_jpeg(image, int(quality))
        return through_jpeg(image[..., ::-1], int(quality))[..., ::-1]

    return _of_each(images, compress)


def random_rotate(images: ArrayLike, max_degrees: float = 15, seed: int = 0) -> np.ndarray:
    """Turn each image by an angle of its own; what comes in from outside repeats the border.

    Takes and returns images as :func:`add_brightness_contrast` does. Angles are drawn evenly from minus to
    plus ``max_degrees``; the seed decides their shares of it.

    Example:
        >>> random_rotate(np.eye(5, dtype=np.uint8) * 250, max_degrees=30, seed=1).shape
        (5, 5)
    """
    _check("max_degrees", max_degrees, 0, 180)

    def rotate(stack: np.ndarray) -> np.ndarray:
        height, width = stack.shape[1:3]
        angles = np.random.default_rng(seed).uniform(-1, 1, len(stack)) * max_degrees
        middle = ((width - 1) / 2, (height - 1) / 2)
        turns = [cv2.getRotationMatrix2D(middle, angle, 1) for angle in angles]
        turned = [
            cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
            for image, turn in zip(np.ascontiguousarray(stack), turns, strict=True)
        ]
        return np.array(turned, np.uint8).reshape(stack.shape)

    return _of_all(images, rotate, random=True)


def add_noise(images: ArrayLike, deviation: float = 10, seed: int = 0) -> np.ndarray:
    """Add the grain of a sensor in bad light: Gaussian noise, whose deviation is in gray levels.

    Takes and returns images as :func:`add_brightness_contrast` does.

    Example:
        >>> noisy = add_noise(np.full((48, 48), 100, np.uint8), deviation=10)
        >>> bool(9 < noisy.std() < 11)
        True
    """
    _check("deviation", deviation, 0, 255)

    def change(stack: np.ndarray) -> np.ndarray:
        noise = np.random.default_rng(seed).standard_normal(stack.shape, np.float32)
        return to_pixels(stack + np.float32(deviation) * noise)

    return _of_all(images, change, random=True)


def occlude(images: ArrayLike, share: float = 0.1, seed: int = 0) -> np.ndarray:
    """Cover a square of each image, at a place of its own, with gray: this share of its area, 0..1.

    Takes and returns images as :func:`add_brightness_contrast` does. A larger share covers what a smaller one
    did, too.
    """
    _check("share", share, 0, 1)

    def cover(stack: np.ndarray) -> np.ndarray:
        places = np.random.default_rng(seed).random((len(stack), 2))
        sides = np.rint(np.sqrt(share) * np.array(stack.shape[1:3])).astype(int)
        starts = (places * (stack.shape[1:3] - sides + 1)).astype(int)
        covered = stack.copy()
        for image, start in zip(covered, starts, strict=True):
            (top, left), (bottom, right) = start, start + sides
            image[top:bottom, left:right] = 128  # a middle gray
        return covered

    return _of_all(images, cover, random=True)


def lower_resolution(images: ArrayLike, side: int = 24) -> np.ndarray:
    """Show images as a camera far away would see them: made smaller, then enlarged again.

    Takes and returns images as :func:`add_brightness_contrast` does; ``side`` is what is left of the shorter
    side, in pixels, and no fewer than the image has change nothing.
    """
    _check("side", side, 1, np.inf)

    def shrink(image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        scale = side / min(height, width)
        if scale >= 1:
            return image
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))

    return _of_each(images, shrink)


class Corruption(NamedTuple):
    """An operation, the value that it takes, and that value by severity; a random one takes ``seed`` too."""

    operation: Callable[..., np.ndarray]
    parameter: str
    settings: tuple[float, ...]
    random: bool = False

    def __call__(self, images: ArrayLike, severity: int, seed: int = 0) -> np.ndarray:
        """Corrupt images: severity 1 to as many as there are settings."""
        worst = len(self.settings)
        if severity not in range(1, worst + 1):
            raise FerCourseError(f"severity is {severity!r}; expected 1 (mildest) to {worst} (worst)")
        value = {self.parameter: self.settings[severity - 1]}
        return self.operation(images, **value, **({"seed": seed} if self.random else {}))


CORRUPTIONS: Mapping[str, Corruption] = {
    "darker": Corruption(add_brightness_contrast, "brightness", (-15, -30, -50, -70, -90)),
    "brighter": Corruption(add_brightness_contrast, "brightness", (15, 30, 50, 70, 90)),
    "low contrast": Corruption(add_brightness_contrast, "contrast", (0.7, 0.5, 0.35, 0.2, 0.1)),
    "blur": Corruption(add_gaussian_blur, "sigma", (0.5, 1.0, 1.5, 2.0, 3.0)),
    "JPEG": Corruption(jpeg_compress, "quality", (50, 30, 20, 10, 5)),
    "rotation": Corruption(random_rotate, "max_degrees", (10, 20, 30, 45, 60), random=True),
    "noise": Corruption(add_noise, "deviation", (5, 10, 20, 35, 50), random=True),
    "occlusion": Corruption(occlude, "share", (0.05, 0.1, 0.2, 0.3, 0.4), random=True),
    "low resolution": Corruption(lower_resolution, "side", (32, 24, 16, 12, 8)),
}
"""What ``robustness`` tries on 48x48 faces. Decided by eye: 1 is hardly seen, at 5 a person has to guess."""


def robustness(
    model: "keras.Model | Classifier | Callable[[np.ndarray], np.ndarray]",
    dataset: FaceDataset,
    corruptions: Iterable[str] | None = None,
    severities: Iterable[int] = SEVERITIES,
    seed: int = 0,
) -> pd.DataFrame:
    """Score a model on the same images, corrupted more and more.

    The images are the same in every row, so each is also compared with the answer before: a change
    is told from luck by the images that one of the two answers alone got right.

    Args:
        model: A Keras model, :class:`Predictor`, or a function from ``(n, height, width)`` images to
            ``(n, 7)`` probabilities.
        dataset: Labelled faces to score, such as ``dataset.val``.
        corruptions: Which to try, keys of ``CORRUPTIONS``; all when left out: "darker", "brighter",
            "low contrast", "blur", "JPEG", "rotation", "noise", "occlusion", "low resolution".
        severities: 1 (hardly seen) to 5 (a person has to guess).
        seed: Decides angles, noise and where a patch lies; the same at every severity.

    Returns:
        For each corruption a row for severity 0, the images as they are, and one for each severity:
        ``corruption``, ``severity``, ``value`` (what the operation took), ``n``, ``accuracy`` with its 95 %
        interval ``low`` and ``high`` (Wilson, 1927), ``change`` in accuracy from severity 0 with its own
        paired interval ``change_low`` and ``change_high`` (Agresti and Min, 2005).

    Raises:
        FerCourseError: There is no such corruption or severity, no images, a label is missing, or the model
            returns something other than probabilities.

    Source:
        Hendrycks and Dietterich, "Benchmarking neural network robustness to common corruptions" (2019); the
        values are set for faces of 48x48 pixels.

    Example:
        >>> import fer_course as fer
        >>> few = fer.sample_faces().val.subset(np.arange(50))
        >>> table = robustness(fer.Predictor.load(), few, ["blur"], severities=[1, 5])
        >>> table["severity"].tolist(), bool(table["change"].iloc[2] < 0)
        ([0, 1, 5], True)
    """
    names = known_names(CORRUPTIONS if corruptions is None else corruptions, CORRUPTIONS, "corruption")
    clean = score(dataset.labels, predict(model, dataset.images), dataset.ids)
    same = _compared(clean, clean) | {"change_low": 0.0, "change_high": 0.0}
    rows: list[dict[str, Any]] = []
    steps = list(itertools.product(names, severities))
    for name, severity in progress_bar(steps, "corrupting"):
        if name not in (row["corruption"] for row in rows):
            rows.append({"corruption": name, "severity": 0, "value": np.nan} | same)
        corrupted = CORRUPTIONS[name](dataset.images, severity, seed)
        scored = score(dataset.labels, predict(model, corrupted), dataset.ids)
        value = CORRUPTIONS[name].settings[severity - 1]
        rows.append({"corruption": name, "severity": severity, "value": value} | _compared(scored, clean))
    return pd.DataFrame(rows)


def _compared(scored: Evaluation, clean: Evaluation) -> dict[str, float]:
    (low, high), change = scored.interval, compare(clean, scored)
    scores = {"n": scored.n, "accuracy": scored.accuracy, "low": low, "high": high}
    return scores | {"change": change.difference, "change_low": change.low, "change_high": change.high}


def _of_all(
    images: ArrayLike, change: Callable[[np.ndarray], np.ndarray], random: bool = False
) -> np.ndarray:
    """Change one image or a stack; random changes take all at once, so that each image gets its own."""
    given = np.asarray(images)
    alone = given.ndim == 2 or (given.ndim == 3 and given.shape[2] == 3)
    stack = image_stack(given[np.newaxis] if alone else given)
    changed = change(stack) if random or not len(stack) else in_threads(change, stack)
    return changed[0] if alone else changed


def _of_each(images: ArrayLike, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Change image by image."""

    def changed(stack: np.ndarray) -> np.ndarray:
        each = [change(image) for image in np.ascontiguousarray(stack)]
        return np.array(each, np.uint8).reshape(stack.shape)

    return _of_all(images, changed)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # catches NaN as well
        raise FerCourseError(f"{name} is {value}; expected {low} to {high}")


def flip_labels(
    labels: ArrayLike, share: float, by: str | ArrayLike = "symmetric", seed: int = 0
) -> np.ndarray:
    """Give some of the images a wrong label, for studying what that does to a training.

    Which images are hit is drawn at random, whatever their label. A larger share hits the same images and
    more, so that studies with several shares can be compared.

    Args:
        labels: ``(n,)`` labels, 0..6; -1 (no label) stays.
        share: Share of the labelled images to hit, 0..1; exactly so many, rounded, get another label.
        by: "symmetric" draws any of the six other labels. "confusion" draws what the raters of FER+ confuse
            this emotion with: fear becomes surprise more often than anything else. Or a ``(7, 7)`` table of
            how often the label of the row becomes the one of the column, such as ``Evaluation.confusion``;
            its diagonal does not count.
        seed: Decides images and labels.

    Returns:
        ``(n,)`` ``int64``: a copy with wrong labels.

    Source:
        Symmetric and class-conditional noise: Natarajan et al., "Learning with noisy labels" (2013); Patrini
        et al. (2017). The confusions are counted by ``benchmarks/ferplus_raters.py``.

    Example:
        >>> labels = np.arange(700) % 7
        >>> int((flip_labels(labels, 0.2) != labels).sum())
        140
    """
    given = check_labels(labels, unlabelled=True)
    if not 0 <= share <= 1:
        raise FerCourseError(f"share is {share}; expected 0 (none) to 1 (all): 20 % is 0.2")
    chances = _chances(by)
    rng = np.random.default_rng(seed)
    labelled = rng.permutation(np.flatnonzero(given >= 0))
    draws = rng.random(len(labelled))
    hit = labelled[: round(share * len(labelled))]
    flipped = given.copy()
    # The first label whose summed chance exceeds the draw
    summed = chances[given[hit]].cumsum(axis=1)
    summed /= summed[:, -1:]
    flipped[hit] = (draws[: len(hit), None] >= summed).sum(axis=1)
    return flipped


def _chances(by: str | ArrayLike) -> np.ndarray:
    """Return how often each wrong label is drawn for a label: ``(7, 7)`` numbers, 0 on the diagonal."""
    if isinstance(by, str):
        if by not in WAYS:
            raise FerCourseError(f"by is {by!r}; expected {' or '.join(map(repr, WAYS))}, or a (7, 7) table")
        table = ANSWER_PERCENT[:_CLASSES, :_CLASSES] if by == "confusion" else np.ones((_CLASSES, _CLASSES))
    else:
        table = np.asarray(by, np.float64)
        if table.shape != (_CLASSES, _CLASSES) or not (np.isfinite(table) & (table >= 0)).all():
            raise FerCourseError(
                f"the table has shape {table.shape}; expected ({_CLASSES}, {_CLASSES}) numbers, 0 or more"
            )
    wrong = np.where(np.eye(_CLASSES, dtype=bool), 0, table)
    never = np.flatnonzero(wrong.sum(axis=1) == 0)
    if never.size:
        raise FerCourseError(
            f"the table takes {EMOTIONS[never[0]]} for nothing else, so its label cannot be flipped; "
            "give its row a number beside the diagonal"
        )
    return wrong
