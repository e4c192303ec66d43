"""Recipe and fit: how a network of the course is trained."""

import os
import time
from dataclasses import asdict, dataclass

import numpy as np
from tqdm.auto import tqdm

from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .augmentation import check_level, epoch_of
from .backend import keras
from .balancing import BALANCES, EFFECTIVE_BETA, balanced_sample, class_weights
from .checkpoints import Checkpoints
from .history import History
from .networks import network_input

VALIDATION_BATCH = 256
_NUMBERS = ("learning_rate", "warmup_epochs", "weight_decay", "label_smoothing", "focal", "mixup", "cutmix")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: AdamW, a learning rate that warms up and falls along a cosine, soft labels.

    Args:
        epochs: Times that every train image is shown.
        batch_size: Images a step.
        learning_rate: The highest, reached after the warm-up.
        warmup_epochs: Epochs in which the learning rate rises from 0; at most half of all.
        weight_decay: AdamW's pull of the weights towards 0 (Loshchilov and Hutter, 2019).
        label_smoothing: Share of each target spread over all classes (Szegedy et al., 2016).
        balance: How rare emotions come to count more: "weights" (inverse frequency) and "effective"
            (effective number) weigh the loss (:func:`class_weights`), "sampling" shows rare emotions more
            often (:func:`balanced_sample`), "none" leaves all images alike.
        focal: The focusing parameter gamma of the focal loss, which lets images count less that the network
            is sure of already (Lin et al., 2017; they use 2); 0 is cross-entropy.
        augment: How much images are changed at random, 0 (not at all) to 3 (:func:`augment`).
        mixup: Alpha of MixUp (:func:`mixup`); 0 blends nothing.
        cutmix: Alpha of CutMix (:func:`cutmix`); 0 pastes nothing.
        seed: Decides order and augmentation; seed the first weights with ``keras.utils.set_random_seed``.

    Raises:
        FerCourseError: A value is out of its range.

    Example:
        >>> Recipe(epochs=5, augment=0).learning_rate
        0.002
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 2e-3
    warmup_epochs: float = 1.0
    weight_decay: float = 1e-2
    label_smoothing: float = 0.1
    balance: str = "weights"
    focal: float = 0.0
    augment: int = 1
    mixup: float = 0.0
    cutmix: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"epochs": 1, "batch_size": 1, "seed": 0}.items():
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < least:
                raise FerCourseError(f"Recipe({name}={value!r}): expected a whole number, {least} or more")
        if self.balance not in BALANCES:
            raise FerCourseError(f"Recipe(balance={self.balance!r}): expected one of {', '.join(BALANCES)}")
        check_level(self.augment)
        for name in _NUMBERS:
            value, most = getattr(self, name), 1 if name == "label_smoothing" else np.inf
            if not (0 <= value <= most and np.isfinite(value)):
                raise FerCourseError(f"Recipe({name}={value!r}): expected a number from 0 to {most}")


def fit(
    model: keras.Model,
    dataset: FaceDataset,
    recipe: Recipe | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
) -> History:
    """Train a model on the train split and keep the weights of the epoch that is best on the val split.

    The test split is never looked at. Given a folder, every epoch is kept there, and a call with the same
    model, images and recipe goes on where the last one stopped, with the result of an uninterrupted training.

    Args:
        model: From raw pixels to ``(n, 7)`` probabilities, such as :func:`EmotionCNN`; compiled here.
        dataset: Faces with a train and a val split.
        recipe: How to train; ``Recipe()`` when left out.
        checkpoint_dir: Folder for the last epoch, the best one and ``history.csv``.

    Returns:
        The history. ``model`` then holds the best epoch's weights.

    Raises:
        FerCourseError: A split is empty, a label is missing, the images do not suit the model, the folder
            belongs to another training, or the loss is no longer a number.
        KeyboardInterrupt: Training was interrupted; ``model`` holds the best epoch so far.

    Example:
        >>> import fer_course as fer
        >>> model = fer.EmotionCNN(width_mult=0.25)
        >>> history = fit(model, fer.sample_faces(), Recipe(epochs=1))  # doctest: +ELLIPSIS
        epoch 1 of 1: val accuracy ...
        >>> len(history.frame)
        1
    """
    recipe = recipe or Recipe()
    train, val = _checked(dataset, "train"), _checked(dataset, "val")
    images, targets = network_input(train.images, model), _one_hot(train)
    weights = _loss_weights(train.labels, recipe)
    steps = -(-len(train) // recipe.batch_size)
    _compile(model, recipe, steps)
    checkpoints = Checkpoints(model, asdict(recipe), [train, val], checkpoint_dir)
    progress = _Progress(recipe, steps, checkpoints)
    try:
        for epoch in range(checkpoints.epoch, recipe.epochs):
            shown = _shown(train.labels, recipe, epoch)
            model.fit(
                *_epoch(images[shown], targets[shown], epoch, recipe),
                batch_size=recipe.batch_size,
                validation_data=(network_input(val.images, model), _one_hot(val)),
                validation_batch_size=VALIDATION_BATCH,
                class_weight=weights,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,  # the epoch is shuffled already
                callbacks=[progress],
                verbose=0,
            )
    except KeyboardInterrupt:
        progress.say_how_to_go_on()
        raise
    finally:
        progress.bar.close()
        checkpoints.restore_best()
    return checkpoints.history


def _checked(dataset: FaceDataset, split: str) -> FaceDataset:
    part: FaceDataset = getattr(dataset, split)
    if not len(part):
        purpose = {"train": "fit on", "val": "choose the epoch on"}[split]
        raise FerCourseError(f"no {split} images to {purpose}: {dataset!r}; mark some with split={split!r}")
    unlabelled = int((part.labels < 0).sum())
    if unlabelled:
        raise FerCourseError(
            f"{unlabelled} of {len(part)} {split} images have no label (-1); "
            "drop them with dataset.subset(dataset.labels >= 0)"
        )
    return part


def _loss_weights(labels: np.ndarray, recipe: Recipe) -> dict[int, float] | None:
    if recipe.balance == "weights":
        return class_weights(labels)
    return class_weights(labels, EFFECTIVE_BETA) if recipe.balance == "effective" else None


def _shown(labels: np.ndarray, recipe: Recipe, epoch: int) -> np.ndarray | slice:
    """Say which images an epoch shows."""
    if recipe.balance != "sampling":
        return slice(None)
    return balanced_sample(labels, np.random.default_rng([recipe.seed, epoch]))


def _epoch(
    images: np.ndarray, targets: np.ndarray, epoch: int, recipe: Recipe
) -> tuple[np.ndarray, np.ndarray]:
    return epoch_of(images, targets, epoch, recipe.seed, recipe.augment, recipe.mixup, recipe.cutmix)


def _one_hot(dataset: FaceDataset) -> np.ndarray:
    return np.eye(len(EMOTIONS), dtype=np.float32)[dataset.labels]


def _compile(model: keras.Model, recipe: Recipe, steps: int) -> None:
    warmup = round(min(recipe.warmup_epochs, recipe.epochs / 2) * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
        decay_steps=recipe.epochs * steps - warmup,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
    # Scales and offsets are few and must be free to move; decay is for kernels alone
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = (
        keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=recipe.focal, label_smoothing=recipe.label_smoothing
        )
        if recipe.focal
        else keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    )
    # Without a GPU, XLA makes TensorFlow slower; JAX is nothing without it
    slower = keras.backend.backend() == "tensorflow" and not keras.distribution.list_devices("gpu")
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False if slower else "auto")


class _Progress(keras.callbacks.Callback):
    """Shows one bar over all epochs, keeps each, and stops at a loss that is no number."""

    def __init__(self, recipe: Recipe, steps: int, checkpoints: Checkpoints) -> None:
        super().__init__()
        self.recipe = recipe
        self.checkpoints = checkpoints
        self.bar = tqdm(
            total=recipe.epochs * steps,
            initial=checkpoints.epoch * steps,
            desc=f"epoch {checkpoints.epoch + 1} of {recipe.epochs}",
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
            disable=None,  # where nobody watches: no terminal, no notebook
        )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.started = time.perf_counter()
        self.bar.set_description(f"epoch {epoch + 1} of {self.recipe.epochs}")

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.bar.update()
        if logs is not None and not np.isfinite(logs["loss"]):
            raise FerCourseError(
                f"the loss is no longer a number in epoch {self.checkpoints.epoch + 1}; most likely the "
                f"learning rate ({self.recipe.learning_rate:g}) is too high: try a tenth of it"
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        assert logs is not None
        row: dict[str, float] = {"epoch": epoch + 1}
        row |= {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        row["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row["seconds"] = time.perf_counter() - self.started
        self.checkpoints.keep(row)
        history = self.checkpoints.history
        best = f"best {history.best_val_accuracy:.1%} in epoch {history.best_epoch}"
        reached = f"val accuracy {row['val_accuracy']:.1%}, {best}"
        self.bar.set_postfix_str(reached)
        if self.bar.disable:  # a log file: one line an epoch
            print(f"epoch {epoch + 1} of {self.recipe.epochs}: {reached}, {row['seconds']:.0f} s", flush=True)

    def say_how_to_go_on(self) -> None:
        kept = f"the first {self.checkpoints.epoch} of {self.recipe.epochs} epochs are kept"
        if self.checkpoints.path is None:
            tqdm.write("Training interrupted. Give fit a checkpoint_dir, and the next time it can go on.")
        else:
            tqdm.write(f"Training interrupted; {kept} in {self.checkpoints.path}. Call fit again to go on.")
