"""Attention fusion: one network that asks several, and decides for each image whom to trust."""

from collections.abc import Sequence

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
        layer "attention" gives ``(n, backbones)`` weights (:func:`attention_weights`).

    Raises:
        FerCourseError: There are fewer than two backbones, or one has no last layer "emotions".

    Source:
        Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate"
        (2015).

    Example:
        >>> import fer_course as fer
        >>> fused = attention_fusion([fer.random_network(0), fer.EmotionCNN(3, width_mult=0.25)])
        >>> fused.output_shape
        (None, 7)
    """
    if len(backbones) < 2:
        raise FerCourseError(f"{len(backbones)} backbones: attention needs two or more to choose from")
    channels = min(model.input_shape[-1] for model in backbones)
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, channels), name="images")
    features = [
        _features(backbone, place, frozen)(_in_channels(images, backbone.input_shape[-1]))
        for place, backbone in enumerate(backbones)
    ]
    projected = [keras.layers.LayerNormalization()(keras.layers.Dense(FEATURES)(one)) for one in features]
    rows = [keras.layers.Reshape((1, FEATURES))(one) for one in projected]
    stacked = keras.layers.Concatenate(axis=1)(rows)  # (n, backbones, features)
    marks = keras.layers.Dense(1)(keras.layers.Dense(ATTENTION, activation="tanh")(stacked))
    weights = keras.layers.Softmax(name="attention")(keras.layers.Flatten()(marks))
    fused = keras.layers.Dot(axes=(1, 1))([weights, stacked])
    return keras.Model(images, emotion_probabilities(fused), name="AttentionFusion")


def attention_weights(model: keras.Model) -> keras.Model:
    """Return a model that tells how much each backbone counts in an image.

    Args:
        model: Made by :func:`attention_fusion`.

    Returns:
        A model from the same images to ``(n, backbones)`` weights that add up to 1.

    Example:
        >>> import fer_course as fer
        >>> fused = attention_fusion([fer.random_network(0), fer.random_network(1)])
        >>> attention_weights(fused).output_shape
        (None, 2)
    """
    return keras.Model(model.input, model.get_layer("attention").output)


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


def _in_channels(images: keras.KerasTensor, channels: int) -> keras.KerasTensor:
    if images.shape[-1] == channels:
        return images
    return keras.layers.Concatenate()([images] * channels)
