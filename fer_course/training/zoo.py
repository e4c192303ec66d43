"""A zoo of random networks: drawn from a small search space, trained one after another, kept in a folder."""

import dataclasses
import gc
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import FaceDataset
from ..errors import FerCourseError
from .about import About
from .backend import keras
from .fitting import fit
from .networks import convolution, emotion_probabilities, rescaled_input
from .recipe import Recipe
from .saved import save_model

SEARCH_SPACE: dict[str, tuple[Any, ...]] = {
    "block": ("plain", "residual"),
    "stages": (3, 4),
    "width": (16, 24, 32),
    "stem_kernel": (3, 5, 7),
    "halving": ("stride", "max", "average"),
    "activation": ("relu", "elu", "silu"),
    "pooling": ("average", "max"),
    "dropout": (0.0, 0.25, 0.5),
}
"""What :func:`random_network` draws from.

``block``: whether two convolutions stand bare or with a shortcut around them. ``stages``: how many such
blocks, each on maps of half the side. ``width``: filters of the first stage; every later one has twice as
many, 128 at most. ``stem_kernel``: side of the first layer's filters. ``halving``: by a convolution's stride,
or by pooling before it. ``pooling``: how the last maps become one number each. ``dropout``: share of these
numbers that is left out in training.

The first layer halves the image already: work on 48x48 would take most of the time.
"""

MODEL = "model.keras"


def random_choices(seed: int) -> dict[str, Any]:
    """Draw one value of everything in ``SEARCH_SPACE``, by its name."""
    rng = np.random.default_rng(seed)
    return {name: values[rng.integers(len(values))] for name, values in SEARCH_SPACE.items()}


def random_network(seed: int, in_chans: int = 1) -> keras.Model:
    """Build a small network whose architecture and first weights are drawn at random.

    An ensemble lives on different mistakes, and different architectures make them. :func:`fit` trains the
    network; it takes whole-number labels and makes the one-hot targets itself.

    Args:
        seed: Decides what is drawn from ``SEARCH_SPACE`` (:func:`random_choices`), and the weights; it seeds
            Keras, NumPy and Python as ``keras.utils.set_random_seed`` does.
        in_chans: 1 for gray images, 3 for RGB.

    Returns:
        An untrained model of 0.08 to 0.6 million parameters, from ``(n, 48, 48, in_chans)`` values in 0..255
        to ``(n, 7)`` probabilities.

    Example:
        >>> random_network(3).name, random_network(3, in_chans=3).input_shape
        ('random_3', (None, 48, 48, 3))
    """
    chosen = random_choices(seed)
    keras.utils.set_random_seed(seed)
    images, x = rescaled_input(in_chans)
    x = _activated(convolution(x, 16, chosen["stem_kernel"], strides=2), chosen)
    for stage in range(chosen["stages"]):
        x = _stage(x, min(chosen["width"] * 2**stage, 128), chosen, halved=stage > 0)
    pooling = {"average": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}
    x = pooling[chosen["pooling"]]()(x)
    if chosen["dropout"]:
        x = keras.layers.Dropout(chosen["dropout"])(x)
    return keras.Model(images, emotion_probabilities(x), name=f"random_{seed}")


def train_members(
    dataset: FaceDataset,
    folder: str | os.PathLike[str],
    count: int = 5,
    recipe: Recipe | None = None,
    seed: int = 0,
    in_chans: int = 1,
) -> list[Path]:
    """Train random networks one after another, so that memory holds one at a time.

    Finished members stay in the folder, each with its history. Called again, it goes on where it stopped; a
    larger ``count`` adds members. With ``Recipe(average=0.998)``, every member is the running average of its
    weights.

    Args:
        dataset: Faces with a train and a val split, which chooses each member's epoch.
        folder: Where the members are kept; made when missing.
        count: How many.
        recipe: How each is trained; ``Recipe()`` when left out. Its seed moves on from member to member.
        seed: Seed of the first network (:func:`random_network`), then one more for each.
        in_chans: 1 for networks on gray images, 3 for RGB.

    Returns:
        The members' files, for :func:`load_model` and :func:`predict_members`.

    Raises:
        FerCourseError: The folder belongs to other images or another recipe, ``count`` is below 1, or
            :func:`fit` cannot train on these images.
        KeyboardInterrupt: Interrupted; all finished epochs are kept.

    Example:
        >>> import fer_course as fer
        >>> few = fer.sample_faces(n=140)
        >>> members = train_members(few, "runs/members", 1, Recipe(epochs=1))  # doctest: +ELLIPSIS
        member 1 of 1: random_0...
        >>> members[0].name
        'model.keras'
    """
    if count < 1:
        raise FerCourseError(f"count is {count}; expected a number of members, 1 or more")
    files = []
    for place in range(count):
        model = random_network(seed + place, in_chans)
        print(f"member {place + 1} of {count}: {model.name}, {model.count_params():,} parameters", flush=True)
        files.append(_trained(model, dataset, recipe or Recipe(), place, Path(folder) / model.name))
        del model
        free_memory()
    return files


def train_snapshots(
    model: keras.Model,
    dataset: FaceDataset,
    folder: str | os.PathLike[str],
    cycles: int = 3,
    recipe: Recipe | None = None,
) -> list[Path]:
    """Train one network in several cycles, and keep a member at the end of each (Huang et al., 2017).

    Every cycle starts from the weights of the last one with a high learning rate, which drives them away,
    and ends with a low one, which lets them settle elsewhere; its best epoch is kept. Members for the price
    of one training, which resemble each other more than networks that are trained apart.

    Args:
        model: The network; it holds the last member's weights afterwards.
        dataset: Faces with a train and a val split.
        folder: Where the members are kept; a call with the same arguments goes on where the last one stopped.
        cycles: How many members.
        recipe: How each cycle is trained; ``Recipe()``, a cosine, when left out. Its seed moves on.

    Returns:
        The members' files.

    Example:
        >>> import fer_course as fer
        >>> few, model = fer.sample_faces(n=140), fer.EmotionCNN(width_mult=0.25)
        >>> len(train_snapshots(model, few, "runs/snapshots", 2, Recipe(epochs=1)))  # doctest: +ELLIPSIS
        epoch 1 of 1: ...
        2
    """
    if cycles < 1:
        raise FerCourseError(f"cycles is {cycles}; expected a number of members, 1 or more")
    return [
        _trained(model, dataset, recipe or Recipe(), cycle, Path(folder) / f"cycle_{cycle + 1}")
        for cycle in range(cycles)
    ]


def _trained(model: keras.Model, dataset: FaceDataset, recipe: Recipe, place: int, folder: Path) -> Path:
    """Train a member, or go on with it, and write it; its seed follows its place."""
    fit(model, dataset, dataclasses.replace(recipe, seed=recipe.seed + place), checkpoint_dir=folder)
    source = " and ".join(sorted(set(np.asarray(dataset.source).tolist())))
    about = About(model.name, source, len(dataset.train), f"course, {recipe.epochs} epochs")
    return save_model(model, folder / MODEL, about)


def free_memory() -> None:
    """Free the memory of networks that nobody holds any more."""
    policy, distribution = keras.config.dtype_policy(), keras.distribution.distribution()
    keras.utils.clear_session()  # forgets these two as well
    keras.config.set_dtype_policy(policy)
    keras.distribution.set_distribution(distribution)
    gc.collect()


def _stage(x: keras.KerasTensor, filters: int, chosen: dict[str, Any], halved: bool) -> keras.KerasTensor:
    """Convolve twice, in a residual network with a shortcut around both."""
    pooling = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    strides = 2 if halved and chosen["halving"] == "stride" else 1
    if halved and chosen["halving"] in pooling:
        x = pooling[chosen["halving"]](2)(x)
    shortcut = x
    x = _activated(convolution(x, filters, strides=strides), chosen)
    x = convolution(x, filters)
    if chosen["block"] == "residual":
        x = keras.layers.Add()([x, convolution(shortcut, filters, size=1, strides=strides)])
    return _activated(x, chosen)


def _activated(x: keras.KerasTensor, chosen: dict[str, Any]) -> keras.KerasTensor:
    return keras.layers.Activation(chosen["activation"])(x)
