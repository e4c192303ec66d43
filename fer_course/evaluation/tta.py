"""Predicting, from one view of each image or from several (test-time augmentation, TTA)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

import cv2
import numpy as np

from ..errors import FerCourseError
from ..images import network_input

Tta = str | Mapping[str | None, float] | None
"""A way to look at images by its name, or several ways with their weights."""

VIEWS = {None: "single view", "flip": "flip TTA", "shifts": "shifts TTA", "ten-crop": "ten-crop TTA"}
"""What ``tta`` may be, and what tables call it."""

SHIFT = 2 / 48
"""How far "shifts" moves an image, as a share of its side: 2 pixels of 48."""

CROP = 44 / 48
"""The side of a square of "ten-crop", as a share of the image's."""


@runtime_checkable
class Classifier(Protocol):
    """Whatever gives probabilities of faces as they are, such as a :class:`Predictor`."""

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """Return ``(n, 7)`` for ``(n, height, width, channels)`` raw pixels."""


class _View(NamedTuple):
    """A square of an image or of its mirror image, in shares of the side."""

    left: float
    top: float
    side: float
    mirrored: bool


_MARGIN = 1 - CROP
_SQUARES: dict[str | None, list[tuple[float, float, float]]] = {
    None: [(0, 0, 1)],
    "flip": [(0, 0, 1)],
    "shifts": [(0, 0, 1), (SHIFT, 0, 1), (-SHIFT, 0, 1), (0, SHIFT, 1), (0, -SHIFT, 1)],
    "ten-crop": [(x, y, CROP) for y in (0, _MARGIN) for x in (0, _MARGIN)]
    + [(_MARGIN / 2, _MARGIN / 2, CROP)],
}


def predict(model: Any, images: np.ndarray, tta: Tta = None, batch_size: int = 256) -> np.ndarray:
    """Predict the probabilities of the seven emotions, from one view of each image or the mean over several.

    ========== ==================================================================== ==============
    ``tta``    views                                                                forward passes
    ========== ==================================================================== ==============
    None       the image                                                            1
    "flip"     the image and its mirror image                                       2
    "shifts"   both, in place and moved by 2 pixels of 48 to each of the four sides 10
    "ten-crop" both, four corners and centre of 44 x 44 pixels, enlarged again      10
    ========== ==================================================================== ==============

    A mapping gives ways and their weights: ``{None: 1, "ten-crop": 2}`` is a third single view and two thirds
    ten-crop, from 11 forward passes (a view that occurs in two ways is computed once). Choose way and weights
    on val, never on test.

    Args:
        model: From raw pixels to ``(n, 7)`` probabilities: a :class:`Predictor`, which evens out the contrast
            itself if its network was trained so; a Keras model; anything with ``predict_proba`` or
            ``predict``; or a function of the images.
        images: ``(n, 48, 48)`` gray or ``(n, 48, 48, 3)`` RGB, ``uint8``.
        tta: How to look at each image.
        batch_size: Images a step.

    Returns:
        ``(n, 7)`` ``float32`` probabilities.

    Raises:
        FerCourseError: There are no images, they do not suit the model, or ``tta`` is unknown.

    Source:
        Five squares and their mirror images: Krizhevsky, Sutskever and Hinton (2012). They are enlarged here
        because the network wants its own size, and FER faces fill the image, so the squares are large.

    Example:
        >>> import fer_course as fer
        >>> model = fer.EmotionCNN(width_mult=0.25)
        >>> predict(model, np.zeros((5, 48, 48), np.uint8), tta="flip").shape
        (5, 7)
    """
    weights = _weights_of_views(tta)
    images = np.asarray(images)
    if not images.size:
        raise FerCourseError("no images to predict; is the split empty?")
    inputs = images if images.ndim == 4 else images[..., np.newaxis]
    ask: Callable[[np.ndarray], np.ndarray]
    if hasattr(model, "prepare"):  # a Predictor evens out contrast before the views are made, as in training
        inputs, ask = model.prepare(images), partial(model.probabilities, batch_size=batch_size)
    elif isinstance(model, Classifier):
        ask = model.predict_proba
    elif hasattr(model, "input_shape"):
        from ..training.backend import predict_shared

        inputs = network_input(images, model.input_shape[1:])
        ask = partial(predict_shared, model, batch_size=batch_size)
    elif hasattr(model, "predict"):
        ask = partial(model.predict, batch_size=batch_size, verbose=0)
    elif callable(model):
        inputs, ask = images, model
    else:
        raise FerCourseError(
            f"{type(model).__name__} cannot predict; give a Keras model, fer.Predictor.load(), or a function"
        )
    probabilities = [weight * np.asarray(ask(_seen(inputs, view))) for view, weight in weights.items()]
    return np.asarray(np.sum(probabilities, axis=0, dtype=np.float32))


def name_of_views(tta: Tta) -> str:
    """Return what tables call a way to look at images, as :func:`predict` takes it."""
    if isinstance(tta, Mapping):
        return " + ".join(f"{weight:g} {VIEWS[way]}" for way, weight in tta.items())
    return VIEWS[tta]


def _weights_of_views(tta: Tta) -> dict[_View, float]:
    """Return each different view with its weight; the weights add up to 1."""
    ways = list(tta.items()) if isinstance(tta, Mapping) else [(tta, 1.0)]
    for way, weight in ways:
        if not isinstance(way, str | None) or way not in VIEWS:
            raise FerCourseError(
                f'tta is {way!r}; expected None for a single view, "flip", "shifts", "ten-crop", or several '
                'of these with their weights, such as {None: 1, "flip": 1}'
            )
        if not 0 <= weight < np.inf:
            raise FerCourseError(f"the weight of {VIEWS[way]} is {weight!r}; expected a number, 0 or more")
    total = sum(weight for _, weight in ways)
    if not total:
        raise FerCourseError(f"tta is {tta!r}: give at least one way a weight above 0")
    weights: dict[_View, float] = {}
    for way, weight in ways:
        mirrored = (False,) if way is None else (False, True)
        views = [_View(*square, mirror) for square in _SQUARES[way] for mirror in mirrored]
        for view in views:
            weights[view] = weights.get(view, 0.0) + weight / total / len(views)
    return {view: weight for view, weight in weights.items() if weight}


def _seen(images: np.ndarray, view: _View) -> np.ndarray:
    """Return ``(n, height, width, channels)`` images as a view shows them, in their own size."""
    seen = images[:, :, ::-1] if view.mirrored else images
    if (view.left, view.top, view.side) == (0, 0, 1):
        return seen
    height, width = images.shape[1:3]
    # From a pixel of the view to one of the image; half a pixel lies between a pixel's corner and centre
    half = (view.side - 1) / 2
    left, top = round(view.left * width) + half, round(view.top * height) + half
    inverse = np.array([[view.side, 0, left], [0, view.side, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = [
        cv2.warpAffine(image, inverse, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for image in np.ascontiguousarray(seen)
    ]
    return np.stack(moved).reshape(images.shape)
