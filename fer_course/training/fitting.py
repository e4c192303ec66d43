"""fit: training a network by a recipe, epoch by epoch."""

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from zlib import crc32

import numpy as np
from tqdm.auto import tqdm

from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..images import network_input
from .augmentation import epoch_of
from .backend import batched, device_count, keras, predict_shared
from .balancing import EFFECTIVE_BETA, balanced_sample, class_weights, rare_classes
from .checkpoints import Checkpoints, History, assign, values_of
from .fusion import check_targets
from .networks import layers_of
from .optimizer import compile_for, plateau_rate
from .recipe import Recipe

VALIDATION_BATCH = 256
_OVERTIME = 0.2  # share of its time that a training may take more before an epoch is cut short


def fit(
    model: keras.Model,
    dataset: FaceDataset,
    recipe: Recipe | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    targets: np.ndarray | None = None,
    seconds: float | None = None,
) -> History:
    """Train a model on the train split and keep the weights of the epoch that is best on the val split.

    The test split is never looked at. Given a folder, every epoch is kept there, and a call with the same
    model, images and recipe goes on where the last one stopped, with the result of an uninterrupted training.

    The code is the same on TensorFlow and, with ``KERAS_BACKEND=jax`` in the environment, on JAX. There,
    ``keras.distribution.set_distribution(keras.distribution.DataParallel())``, called before the model is
    built, lets all devices share every batch; call ``set_distribution(None)`` before you predict.

    Args:
        model: From raw pixels to ``(n, 7)`` probabilities, such as :func:`EmotionCNN`; compiled here.
        dataset: Faces with a train and a val split.
        recipe: How to train; ``Recipe()`` when left out.
        checkpoint_dir: Folder for the last epoch, the best one and ``history.csv``.
        targets: ``(train images, 7)`` probabilities to learn in place of the train labels, such as
            :func:`soft_targets` makes or raters give; when left out, the labels of train, one-hot.
        seconds: Seconds that the training may take, all calls together. Epochs that would not fit in are left
            out and said, and the learning rate goes on as if they had been shown, so that it ends at 0.

    Returns:
        The history. ``model`` then holds the best epoch's weights.

    Raises:
        FerCourseError: A split is empty, a label is missing, the images do not suit the model, the folder
            belongs to another training, or the loss is no longer a number.
        KeyboardInterrupt: Training was interrupted; ``model`` holds the best epoch so far.

    Example:
        >>> import fer_course as fer
        >>> model = fer.EmotionCNN(width_mult=0.25)
        >>> history = fit(model, fer.sample_faces(), Recipe(epochs=1))
        epoch 1 of 1: val accuracy ...
        >>> len(history.frame)
        1
    """
    recipe = recipe or Recipe()
    train, val = _checked(dataset, "train"), _checked(dataset, "val")
    images = network_input(train.images, model.input_shape[1:])
    wanted = _one_hot(train) if targets is None else check_targets(targets, len(train))
    weights, levels = _loss_weights(train.labels, recipe), _levels(train.labels, recipe)
    size, steps = recipe.batch_size, _steps(train.labels, recipe, recipe.batch_size)
    compile_for(model, recipe, sum(steps))
    checksum = None if targets is None else f"{crc32(wanted.tobytes()):08x}"
    checkpoints = Checkpoints(model, asdict(recipe) | {"targets": checksum}, [train, val], checkpoint_dir)
    progress = _Progress(recipe, steps, checkpoints, seconds)
    worker = ThreadPoolExecutor(1)

    @lru_cache(2)  # this epoch, and the next, which is prepared while the network learns from this one
    def prepared(epoch: int) -> Future[list[np.ndarray]]:
        return worker.submit(_epoch, [images, wanted, levels], train.labels, weights, epoch, recipe)

    try:
        while (epoch := progress.next_epoch()) < recipe.epochs:
            if recipe.schedule == "plateau":
                losses = [row["val_loss"] for row in checkpoints.rows]
                model.optimizer.learning_rate = plateau_rate(recipe, losses)
            counting = getattr(model.optimizer, "inner_optimizer", model.optimizer)  # under a scaled loss
            counting.iterations.assign(sum(progress.steps[:epoch]))  # though epochs may be left out
            before = values_of([*model.variables, *model.optimizer.variables])
            arrays = prepared(epoch).result()
            whole = len(arrays[0]) - len(arrays[0]) % device_count()  # what the devices can share evenly
            if epoch + 1 < recipe.epochs:
                prepared(epoch + 1)
            try:
                model.fit(
                    **batched(size, *(array[:whole] for array in arrays)),
                    initial_epoch=epoch,
                    epochs=epoch + 1,
                    shuffle=False,  # the epoch is shuffled already
                    callbacks=[progress],
                    verbose=0,
                )
            except Exception as error:
                size = _halved(size, error)
                progress.restart(_steps(train.labels, recipe, size))
                compile_for(model, recipe, sum(progress.steps))
                assign([*model.variables, *model.optimizer.variables], before)
                continue
            if recipe.average:  # Keras leaves the averaged weights in the model, and they are scored
                _renormalise(model, images)
            scored = values_of(model.variables)
            assign(model.variables, scored)  # on JAX the average is the optimiser's own memory: take a copy
            row = progress.row | _validate(model, val)
            progress.stop_unless_finite(row["val_loss"])  # the last step may be the one that breaks it
            assign(model.variables, progress.state)  # and training goes on with its own
            progress.keep(row, scored)
    except KeyboardInterrupt:
        progress.say_interrupted()
        raise
    finally:
        worker.shutdown(cancel_futures=True)
        progress.bar.close()
        checkpoints.restore_best()
    return checkpoints.history


def _steps(labels: np.ndarray, recipe: Recipe, size: int) -> list[int]:
    """Count the steps of every epoch, with so many images in each."""
    devices = device_count()
    if size % devices:
        raise FerCourseError(
            f"{devices} devices cannot share a batch of {size} evenly; take a multiple of {devices}"
        )
    return [-(-len(_shown(labels, recipe, epoch)) // size) for epoch in range(recipe.epochs)]


def _halved(size: int, error: Exception) -> int:
    """Return half a batch where the memory was too small for a whole one; else raise the error."""
    words = f"{type(error).__name__} {error}"
    full = isinstance(error, MemoryError) or "ResourceExhausted" in words or "RESOURCE_EXHAUSTED" in words
    if not full or size < 2 * device_count() or size // 2 % device_count():
        raise error
    tqdm.write(f"The memory is too small for batches of {size} images; going on with {size // 2}.")
    return size // 2


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


def _loss_weights(labels: np.ndarray, recipe: Recipe) -> np.ndarray | None:
    """Say how much an image of each emotion counts in the loss."""
    betas = {"weights": None, "effective": EFFECTIVE_BETA}
    if recipe.balance not in betas:
        return None
    weights = class_weights(labels, betas[recipe.balance])
    return np.array([weights.get(label, 1) for label in range(len(EMOTIONS))], np.float32)


def _shown(labels: np.ndarray, recipe: Recipe, epoch: int) -> np.ndarray:
    """Say which images an epoch shows."""
    shown = np.arange(len(labels))
    if epoch < recipe.rare_first:
        rare = np.flatnonzero(np.isin(labels, rare_classes(labels)))
        shown = rare if rare.size else shown
    if recipe.balance == "sampling":
        shown = shown[balanced_sample(labels[shown], np.random.default_rng([recipe.seed, epoch]))]
    return shown


def _levels(labels: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Say how much each image is augmented."""
    rare = np.isin(labels, rare_classes(labels)) & (recipe.rare_augment > 0)
    return np.where(rare, recipe.rare_augment, recipe.augment)


def _epoch(
    train: list[np.ndarray], labels: np.ndarray, weights: np.ndarray | None, epoch: int, recipe: Recipe
) -> list[np.ndarray]:
    """Return what an epoch shows of images, targets and levels: images, targets and, if any, weights."""
    some = _shown(labels, recipe, epoch)
    shown, wanted = epoch_of(
        [array[some] for array in train], epoch, recipe.seed, recipe.mixup, recipe.cutmix
    )
    return [shown, wanted] if weights is None else [shown, wanted, weights[wanted.argmax(axis=1)]]


def _one_hot(dataset: FaceDataset) -> np.ndarray:
    return np.eye(len(EMOTIONS), dtype=np.float32)[dataset.labels]


def _validate(model: keras.Model, val: FaceDataset) -> dict[str, float]:
    """Score val: the loss that the recipe trains with, the accuracy, and the recall of every emotion."""
    images = network_input(val.images, model.input_shape[1:])
    probabilities = predict_shared(model, images, VALIDATION_BATCH)
    right = probabilities.argmax(axis=1) == val.labels
    loss = float(model.loss(_one_hot(val), probabilities))
    scores = {"val_loss": loss, "val_accuracy": float(right.mean())}
    for label, emotion in enumerate(EMOTIONS):
        mine = right[val.labels == label]
        scores[f"val_recall_{emotion}"] = float(mine.mean()) if len(mine) else np.nan
    return scores


def _renormalise(model: keras.Model, images: np.ndarray) -> None:
    """Let batch normalisation measure averaged weights: it has followed others (Izmailov et al., 2018)."""
    layers = [layer for layer in layers_of(model) if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in layers]
    some = images[:: -(-len(images) // 4096)]  # which is enough
    for start in range(0, len(some), VALIDATION_BATCH):
        batch = some[start : start + VALIDATION_BATCH]
        for layer in layers:
            layer.momentum = start / (start + len(batch))  # the mean over all images
        model(batch, training=True)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum


class _Progress(keras.callbacks.Callback):
    """Shows one bar over all epochs, keeps each, keeps to the time, and stops at a loss that is no number."""

    def __init__(
        self, recipe: Recipe, steps: list[int], checkpoints: Checkpoints, seconds: float | None
    ) -> None:
        super().__init__()
        self.recipe = recipe
        self.steps = steps
        self.checkpoints = checkpoints
        self.seconds = np.inf if seconds is None else seconds
        self.row: dict[str, float] = {}
        self.state: list[np.ndarray] = []
        self.bar = tqdm(
            total=sum(steps),
            initial=sum(steps[: checkpoints.epoch]),
            desc=f"epoch {checkpoints.epoch + 1} of {recipe.epochs}",
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
            disable=None,  # where nobody watches: no terminal, no notebook
        )

    @property
    def left(self) -> float:
        """Seconds that are left for this training."""
        return self.seconds - sum(row["seconds"] for row in self.checkpoints.rows)

    def next_epoch(self) -> int:
        """Say which epoch is next; the number of all where none is: no gain for too long, or no time."""
        done, last, patience = self.checkpoints.epoch, self.recipe.epochs, self.recipe.early_stopping
        if 0 < patience <= done and done - self.checkpoints.history.best_epoch >= patience:
            return last
        if self.checkpoints.rows and self.left <= 0:
            return last
        if len(self.checkpoints.rows) < 2 or not np.isfinite(self.seconds):
            return done
        # The quicker of the last two: the first epoch of a process also builds the graph
        pace = min(row["seconds"] for row in self.checkpoints.rows[-2:])
        fitting = max(0, round(self.left / pace))
        # As many at a time as leave the others evenly spread, so that a machine may also recover
        following = done + max(0, round((last - done) / fitting) - 1) if fitting else last
        if done < following:
            which = (
                f"epochs {done + 1} to {following} are" if following > done + 1 else f"epoch {following} is"
            )
            tqdm.write(f"Slower than planned: {which} left out, to be done in time.")
            self.bar.update(sum(self.steps[done:following]))
        return following

    def restart(self, steps: list[int]) -> None:
        """Begin the epoch anew, with other steps."""
        self.steps = steps
        self.bar.total, self.bar.n = sum(steps), sum(steps[: self.checkpoints.epoch])

    def say_interrupted(self) -> None:
        """Say what is kept."""
        path = self.checkpoints.path
        kept = f"the first {self.checkpoints.epoch} of {self.recipe.epochs} epochs are kept in {path}"
        advice = f"; {kept}. Call fit again to go on."
        if path is None:
            advice = ". Give fit a checkpoint_dir, and the next time it can go on."
        tqdm.write(f"Training interrupted{advice}")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.started = time.perf_counter()
        self.end = self.started + self.left + _OVERTIME * self.seconds
        self.bar.set_description(f"epoch {epoch + 1} of {self.recipe.epochs}")

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        # Not at the end of the batch: for that, Keras waits for the device and reads the loss
        self.bar.update()
        if time.perf_counter() > self.end and not self.model.stop_training:
            tqdm.write(f"The time is over: epoch {self.checkpoints.epoch + 1} is cut short.")
            self.model.stop_training = True

    def stop_unless_finite(self, loss: float) -> None:
        """Raise an error where a loss is NaN or infinite."""
        if not np.isfinite(loss):
            raise FerCourseError(
                f"the loss is no longer a number in epoch {self.checkpoints.epoch + 1}; most likely the "
                f"learning rate ({self.recipe.learning_rate:g}) is too high: try a tenth of it"
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        assert logs is not None
        self.stop_unless_finite(logs["loss"])
        self.row = {"epoch": epoch + 1, "loss": float(logs["loss"]), "accuracy": float(logs["accuracy"])}
        self.state = values_of(self.model.variables)

    def keep(self, row: dict[str, float], scored: list[np.ndarray]) -> None:
        """Keep a finished epoch, and say how it went."""
        row["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row["seconds"] = time.perf_counter() - self.started
        self.checkpoints.keep(row, scored)
        history = self.checkpoints.history
        best = f"best {history.best_val_accuracy:.1%} in epoch {history.best_epoch}"
        reached = f"val accuracy {row['val_accuracy']:.1%}, {best}"
        self.bar.set_postfix_str(reached)
        if self.bar.disable:  # a log file: one line an epoch
            finished = f"epoch {row['epoch']} of {self.recipe.epochs}"
            print(f"{finished}: {reached}, {row['seconds']:.0f} s", flush=True)
