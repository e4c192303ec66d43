"""The optimiser and the loss of a recipe: its learning rate along the training and through the layers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .backend import has_gpu, keras
from .recipe import Recipe


def compile_for(model: keras.Model, recipe: Recipe, steps: int) -> None:
    """Give a model the optimiser and the loss of a recipe for a training of so many steps."""
    smoothing = recipe.label_smoothing
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    if recipe.focal:
        loss = keras.losses.CategoricalFocalCrossentropy(1.0, recipe.focal, label_smoothing=smoothing)
    # Without a GPU, XLA makes TensorFlow slower; JAX is nothing without it
    slower = keras.backend.backend() == "tensorflow" and not has_gpu()
    optimizer, jit = _optimizer(model, recipe, steps), False if slower else "auto"
    # As an object, whose variables are there: where the first step makes any, TensorFlow traces it twice
    accuracy = keras.metrics.CategoricalAccuracy("accuracy")
    model.compile(optimizer, loss, metrics=[accuracy], jit_compile=jit)
    model.optimizer.build(model.trainable_variables)  # which is wrapped by now where the policy asks for it


def plateau_rate(recipe: Recipe, val_losses: Sequence[float]) -> float:
    """Return the rate of the next epoch: halved whenever the loss on val has not fallen for three epochs."""
    rate, best, waited = recipe.learning_rate, np.inf, 0
    for loss in val_losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == 3:
            rate, waited = rate / 2, 0
    return rate


def _optimizer(model: keras.Model, recipe: Recipe, steps: int) -> keras.Optimizer:
    arguments: dict[str, Any] = {
        "learning_rate": _learning_rate(recipe, steps),
        "weight_decay": recipe.weight_decay,
        "global_clipnorm": recipe.clip_norm or None,  # Keras' own way to say no
    }
    if recipe.average:
        arguments |= {"use_ema": True, "ema_momentum": recipe.average}
    if recipe.optimizer == "sgd":
        kind, arguments = keras.optimizers.SGD, arguments | {"momentum": 0.9, "nesterov": True}
    else:
        kind = keras.optimizers.AdamW
    if recipe.layer_decay != 1:
        kind = _layerwise(kind, _rate_factors(model, recipe.layer_decay))
    optimizer = kind(**arguments)
    # Scales and offsets are few and must be free to move; decay is for kernels alone
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _learning_rate(recipe: Recipe, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if recipe.schedule == "plateau":
        return recipe.learning_rate
    if recipe.schedule == "restarts":  # in cycles that double, so that three of them fill the training
        return keras.optimizers.schedules.CosineDecayRestarts(recipe.learning_rate, steps / 7)
    warmup = round(min(recipe.warmup_epochs / recipe.epochs, 1 / 2) * steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
        decay_steps=steps - warmup,
    )


def _rate_factors(model: keras.Model, decay: float) -> list[float]:
    """Give every variable its factor: 1 in the last layer that learns, ``decay`` in the one before."""
    return [decay**place for layer, place in _places(model) for _ in layer.trainable_variables]


def _places(model: keras.Model, after: int = 0) -> list[tuple[keras.Layer, int]]:
    """Count for every layer that learns how many such layers follow; models inside stand side by side."""
    placed: list[tuple[keras.Layer, int]] = []
    deepest = after
    for layer in reversed(model.layers):
        if isinstance(layer, keras.Model):
            inner = _places(layer, after)
            deepest = max([deepest, *(place + 1 for _, place in inner)])
        elif layer.trainable_variables:
            inner = [(layer, deepest)]
            after = deepest = deepest + 1
        else:
            continue
        placed = inner + placed
    return placed


def _layerwise(kind: type[keras.Optimizer], factors: list[float]) -> type[keras.Optimizer]:
    """Make an optimiser whose steps are smaller in the layers near the image."""

    class Layerwise(kind):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            factor = factors[self._get_variable_index(variable)]
            super().update_step(gradient, variable, learning_rate * factor)

    return Layerwise
