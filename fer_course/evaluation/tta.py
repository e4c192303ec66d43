"""Predicting, from one view of each image or from several (test-time augmentation)."""

from typing import TYPE_CHECKING

import numpy as np

from ..errors import FerCourseError

if TYPE_CHECKING:
    import keras

VIEWS = {None: "single view", "flip": "flip TTA"}
"""What ``tta`` may be, and what tables call it."""


def predict(
    model: "keras.Model", images: np.ndarray, tta: str | None = None, batch_size: int = 256
) -> np.ndarray:
    """Predict the probabilities of the seven emotions.

    Args:
        model: From raw pixels to ``(n, 7)`` probabilities.
        images: ``(n, 48, 48)`` gray or ``(n, 48, 48, 3)`` RGB, ``uint8``.
        tta: None for the images as they are; "flip" for the mean over each image and its mirror image.
        batch_size: Images a step.

    Returns:
        ``(n, 7)`` ``float32`` probabilities.

    Raises:
        FerCourseError: There are no images, they do not suit the model, or ``tta`` is unknown.

    Example:
        >>> import fer_course as fer
        >>> model = fer.EmotionCNN(width_mult=0.25)
        >>> predict(model, np.zeros((5, 48, 48), np.uint8), tta="flip").shape
        (5, 7)
    """
    from ..training.networks import network_input

    if tta not in VIEWS:
        raise FerCourseError(f'tta is {tta!r}; expected None for a single view or "flip"')
    if not len(images):
        raise FerCourseError("no images to predict; is the split empty?")
    inputs = network_input(images, model)
    views = [inputs] if tta is None else [inputs, inputs[:, :, ::-1]]
    return np.mean([model.predict(view, batch_size=batch_size, verbose=0) for view in views], axis=0)
