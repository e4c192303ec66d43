"""Recipe: how a network of the course is trained."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..errors import FerCourseError
from .augmentation import check_level
from .balancing import BALANCES

_CHOICES = {"optimizer": ("adamw", "sgd"), "schedule": ("cosine", "restarts", "plateau"), "balance": BALANCES}
_LEAST = {"epochs": 1, "batch_size": 1}  # of the whole numbers; the others may be 0
_HIGHEST_SEED = 2**32 - 1  # numpy.random.seed, which Keras calls, takes no higher one
_MOST = {"layer_decay": 1, "average": 0.99999, "label_smoothing": 1}  # an average of 1 would never move


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: AdamW, a learning rate that warms up and falls along a cosine, soft labels.

    Args:
        epochs: Times that every train image is shown.
        batch_size: Images a step.
        optimizer: "adamw" (Loshchilov and Hutter, 2019), or "sgd" with Nesterov's momentum of 0.9, which
            wants a learning rate ten times as high or more.
        schedule: "cosine" falls to 0 along a cosine (Loshchilov and Hutter, 2017); "restarts" does so three
            times, in cycles that double; "plateau" halves whenever the loss on val has not fallen for three
            epochs.
        learning_rate: The highest, reached after the warm-up.
        warmup_epochs: Epochs in which the learning rate of the cosine rises from 0; at most half of all.
        weight_decay: The pull of the weights towards 0.
        clip_norm: The longest that a step's gradient, of all weights together, may be; 0 leaves it alone.
        layer_decay: Factor on the learning rate from every layer to the one before it, for a network that
            has learnt from other images; 1 leaves all alike. The weight decay stays the same in all.
        average: Momentum of the running average of the weights that is scored and kept instead of the
            weights themselves, such as 0.998 (Polyak and Juditsky, 1992); 0 keeps the weights.
        early_stopping: Stop after so many epochs without a new best on val; 0 never does.
        label_smoothing: Share of each target spread over all classes (Szegedy et al., 2016).
        balance: How rare emotions come to count more: "weights" (inverse frequency) and "effective"
            (effective number) weigh the loss (:func:`class_weights`), "sampling" shows rare emotions more
            often (:func:`balanced_sample`), "none" leaves all images alike.
        rare_first: Epochs at the beginning that show only the emotions with fewer images than the mean.
        focal: The focusing parameter gamma of the focal loss, which lets images count less that the network
            is sure of already (Lin et al., 2017; they use 2); 0 is cross-entropy.
        augment: How much images are changed at random, 0 (not at all) to 3 (:func:`augment`).
        rare_augment: How much those of emotions with fewer images than the mean are changed instead, 0 (like
            all others) to 3: what is shown again and again should not look the same each time.
        mixup: Alpha of MixUp (:func:`mixup`); 0 blends nothing.
        cutmix: Alpha of CutMix (:func:`cutmix`); 0 pastes nothing.
        seed: Decides order and augmentation; seed the first weights with ``keras.utils.set_random_seed``.

    Example:
        >>> Recipe(epochs=5, augment=0).learning_rate
        0.002
    """

    epochs: int = 20
    batch_size: int = 64
    optimizer: str = "adamw"
    schedule: str = "cosine"
    learning_rate: float = 2e-3
    warmup_epochs: float = 1.0
    weight_decay: float = 1e-2
    clip_norm: float = 0.0
    layer_decay: float = 1.0
    average: float = 0.0
    early_stopping: int = 0
    label_smoothing: float = 0.1
    balance: str = "weights"
    rare_first: int = 0
    focal: float = 0.0
    augment: int = 1
    rare_augment: int = 0
    mixup: float = 0.0
    cutmix: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for item in fields(self):
            name, value, wanted = item.name, getattr(self, item.name), ""
            kind: Any = type(item.default)
            least, most = _LEAST.get(name, 0), _MOST.get(name, np.inf)
            if name in _CHOICES:
                wanted = "" if value in _CHOICES[name] else f"one of {', '.join(_CHOICES[name])}"
            elif name in ("augment", "rare_augment"):
                check_level(value, name)
            elif kind is int and (not isinstance(value, int | np.integer) or value < least):
                wanted = f"a whole number, {least} or more"
            elif kind is float and not (0 <= value <= most and np.isfinite(value)):
                wanted = "a number of 0 or more" if most == np.inf else f"a number from 0 to {most}"
            if wanted:
                raise FerCourseError(f"Recipe({name}={value!r}): expected {wanted}")
            object.__setattr__(self, name, kind(value))  # NumPy's numbers cannot be written to JSON
        if self.seed > _HIGHEST_SEED:
            raise FerCourseError(f"Recipe(seed={self.seed}): expected {_HIGHEST_SEED} at most")
        if self.rare_first >= self.epochs:
            raise FerCourseError(
                f"Recipe(rare_first={self.rare_first}, epochs={self.epochs}): "
                "no epoch is left that shows all emotions"
            )


COMPACT = Recipe(
    epochs=80,
    batch_size=128,
    weight_decay=2e-2,
    average=0.998,
    label_smoothing=0.0,  # with the votes of FER+, targets are soft already
    balance="none",
    augment=2,
)
"""How the network that ships with the package is trained: :func:`CompactCNN` on FER2013 and the votes of FER+
(``fer-course train --recipe compact --ferplus fer2013new.csv``)."""
