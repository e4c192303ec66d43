"""One network made of several: attention fusion asks them all, distillation learns from them."""

from collections.abc import Sequence

import numpy as np

from ..emotions import EMOTIONS, check_labels, check_probabilities
from ..errors import FerCourseError
from .backend import keras
from .networks import IMAGE_SIZE, emotion_probabilities

FEATURES, ATTENTION = 64, 32
LAST_LAYER = "emotions"


def attention_fusion(backbones: Sequence[keras.Model], frozen: bool = True) -> keras.Model:
    """Join trained networks to one that weights their features image by image.

    What each backbone computes before its last layer is projected to 64 features. A small network gives each
    of these a mark, the softmax of the marks weights them, and a last layer answers (additive attention,
    after Bahdanau et al., 2015). :func:`fit` trains it as any other network. To fine-tune the backbones as
    well, a recipe with ``layer_decay`` below 1 lets them learn more slowly than what is new, the more slowly
    the nearer to the image; side by side, all backbones alike.

    Args:
        backbones: Two or more trained networks of the course for images of 48x48; they are copied.
        frozen: Whether the backbones stay as they are, so that only the fusion learns.

    Returns:
        A model from raw pixels to ``(n, 7)`` probabilities; gray images unless all backbones want RGB. Its
        layer "attention" gives the ``(n, backbones)`` weights, which add up to 1 in each image:
        ``keras.Model(model.input, model.get_layer("attention").output)``.

    Raises:
        FerCourseError: There are fewer than two backbones, or one has no last layer "emotions".

    Example:
        >>> from fer_course.training.zoo import random_network
        >>> import fer_course as fer
        >>> fused = attention_fusion([random_network(0), fer.EmotionCNN(3, width_mult=0.25)])
        >>> fused.output_shape
        (None, 7)
    """
    if len(backbones) < 2:
        raise FerCourseError(f"{len(backbones)} backbones: attention needs two or more to choose from")
    channels = min(model.input_shape[-1] for model in backbones)
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, channels), name="images")
    in_rgb = keras.layers.Concatenate()([images] * 3) if channels == 1 else images
    features = [
        _features(one, place, frozen)(images if one.input_shape[-1] == channels else in_rgb)
        for place, one in enumerate(backbones)
    ]
    projected = [keras.layers.LayerNormalization()(keras.layers.Dense(FEATURES)(one)) for one in features]
    rows = [keras.layers.Reshape((1, FEATURES))(one) for one in projected]
    stacked = keras.layers.Concatenate(axis=1)(rows)  # (n, backbones, features)
    marks = keras.layers.Dense(1)(keras.layers.Dense(ATTENTION, activation="tanh")(stacked))
    weights = keras.layers.Softmax(name="attention")(keras.layers.Flatten()(marks))
    fused = keras.layers.Dot(axes=(1, 1))([weights, stacked])
    return keras.Model(images, emotion_probabilities(fused), name="AttentionFusion")


def _features(backbone: keras.Model, place: int, frozen: bool) -> keras.Model:
    """Copy a backbone without its last layer, under a name of its own."""
    if backbone.layers[-1].name != LAST_LAYER or backbone.input_shape[1:3] != (IMAGE_SIZE, IMAGE_SIZE):
        raise FerCourseError(
            f"backbone {place} ({backbone.name}) is no network of the course for {IMAGE_SIZE}x{IMAGE_SIZE} "
            f'images: its last layer is "{backbone.layers[-1].name}", its input {backbone.input_shape}'
        )
    copy = keras.models.clone_model(backbone)
    copy.set_weights(backbone.get_weights())
    features = keras.Model(copy.input, copy.layers[-1].input, name=f"backbone_{place}")
    features.trainable = not frozen
    return features


def soft_targets(
    labels: np.ndarray, probabilities: np.ndarray, share: float = 0.5, temperature: float = 2.0
) -> np.ndarray:
    """Mix labels with what a teacher says, for ``fit(..., targets=...)``.

    A teacher, such as an ensemble, knows more of an image than its label: that a fear looks a little like a
    surprise, and that a label may be wrong. Hinton and others soften teacher and student alike while the
    student learns; here the teacher alone is softened, so what the student says can be used as it is.
    The raters of FER+ are a teacher, too, once their votes are translated into labels
    (:meth:`Votes.label_probabilities`, with ``temperature=1``). With ``share=1`` the labels do not matter.

    The teacher must not know its train images by heart, or it says no more than their labels do. The recipe's
    ``label_smoothing`` comes on top; with soft targets it is best 0.

    Args:
        labels: ``(n,)`` labels, 0..6, of the train images.
        probabilities: ``(n, 7)`` what the teacher says about them.
        share: The teacher's share, 0 to 1.
        temperature: Above 1 softens what the teacher says, below 1 sharpens it.

    Returns:
        ``(n, 7)`` ``float32`` targets; each row adds up to 1.

    Raises:
        FerCourseError: The arrays do not fit together, something is no probability, or share or temperature
            are out of range.

    Source:
        Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network" (2015).

    Example:
        >>> teacher = np.array([[0, 0, 0.2, 0, 0, 0.8, 0]])
        >>> round(float(soft_targets(np.array([5]), teacher, temperature=1)[0, 5]), 2)
        0.9
    """
    if not 0 <= share <= 1 or not 0 < temperature < np.inf:
        raise FerCourseError(
            f"share is {share}, temperature {temperature}; expected a share from 0 to 1, and a temperature "
            "above 0"
        )
    labels = check_labels(labels)
    softened = check_targets(probabilities, len(labels)).astype(np.float64) ** (1 / temperature)
    softened /= softened.sum(axis=1, keepdims=True)
    return np.asarray((1 - share) * np.eye(len(EMOTIONS))[labels] + share * softened, np.float32)


def check_targets(targets: np.ndarray, count: int) -> np.ndarray:
    """Return ``(count, 7)`` ``float32`` probabilities, or say why the targets of so many images are none."""
    checked = check_probabilities(targets, "the targets")
    if len(checked) != count:
        raise FerCourseError(f"targets of {len(checked)} images, but train has {count}; give a row for each")
    return checked
