"""The training that fits into some minutes: its network, images and epochs, and what to expect of it."""

import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from ..dataset import FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..images import network_input
from .backend import batched, keras
from .optimizer import compile_for
from .recipe import Recipe

VARIABLE = "FER_COURSE_MINUTES"
STUDY = Path(__file__).with_name("scaling.json")
MEASURED = "CompactCNN"
"""The network whose speed is measured; the study knows how the others compare."""

_IMAGES, _EPOCHS = 500, range(4, 301)  # the fewest images, and the epochs that a plan can have
_VAL_COST = 0.3  # of what a train image costs
_FILES = 2.0  # what scores and files take in the end, in times of what the first step takes
_RESAMPLES = 100
# Of powers of such laws, the usual (Hestness et al., 2017), so that few trainings do
_POWERS, _SPREAD = np.array([0.3, 0.5]), np.array([0.1, 0.2])
_LEAST = 3  # trainings of a network, each well above guessing, so that it takes part in plans


@dataclass(frozen=True)
class Plan:
    """What to train within some minutes; made by :func:`plan_for`, and kept in the settings of a run.

    Args:
        minutes: That all may take.
        network: Its name.
        width_mult: Its width.
        images: How many of train.
        epochs: How often each is shown.
        batch_size: Images a step.
        seconds: That the training itself may take.
        data: What the study knows that comes nearest, "FER2013" or "the drawn sample".
        expected: Accuracy on val in per cent, and the ends of the interval for 95 % of such trainings.
    """

    minutes: float
    network: str
    width_mult: float
    images: int
    epochs: int
    batch_size: int
    seconds: float
    data: str
    expected: tuple[float, float, float]

    def __str__(self) -> str:
        share, low, high = self.expected
        return (
            f"{self.network} learns from {self.images:,} train images for {self.epochs} epochs; "
            f"on {self.data}, this reaches about {share:.0f} % on val ({low:.0f} to {high:.0f})"
        )

    def recipe(self, **changes: Any) -> Recipe:
        """Return how to train; ``changes`` are values that differ."""
        return Recipe(**quick_recipe(self.epochs) | {"batch_size": self.batch_size} | changes)


def quick_recipe(epochs: int) -> dict[str, Any]:
    """Return the values of :class:`Recipe` that the study trained with, and plans train with."""
    return {
        "epochs": epochs,
        "warmup_epochs": min(1.0, epochs / 8),
        "balance": "none",
        "augment": 1 if epochs < 16 else 2,  # strong changes pay where every image is seen often
    }


def allowed_minutes(minutes: float) -> float:
    """Check a number of minutes, which the environment variable ``FER_COURSE_MINUTES`` may shorten."""
    most = os.environ.get(VARIABLE)
    try:
        allowed = float(np.minimum(float(minutes), float(most or "inf")))  # which keeps a NaN
    except ValueError:
        allowed = np.nan
    if not 0 < allowed < np.inf:
        variable = f", {VARIABLE} {most!r}" if most else ""
        raise FerCourseError(f"minutes is {minutes!r}{variable}; expected a number of minutes, above 0")
    return allowed


class Law:
    """The accuracy on val that a network, a number of images and of epochs lead to, fitted to trainings.

    What is missing to a ceiling is a sum of two powers: of the number of images, and of how many were shown,
    which is images times epochs (after Hoffmann et al., "Training compute-optimal large language models",
    2022); far from it, accuracy levels off at guessing. Networks differ by a factor of the second. The
    interval comes from the bootstrap over trainings and from how far they lie off the law.

    Args:
        trainings: Each with "network", "width_mult", "images", "epochs" and "val_accuracy_percent".
        guessing: What always the most frequent emotion gets, in per cent.
        ceiling: What no such network gets beyond, in per cent.
        seed: Of the bootstrap.
    """

    def __init__(
        self, trainings: Sequence[Mapping[str, Any]], guessing: float, ceiling: float, seed: int = 0
    ) -> None:
        self.trainings, self.guessing, self.ceiling = trainings, guessing, ceiling
        names = [(one["network"], one["width_mult"]) for one in trainings]
        self.networks = sorted(set(names))
        which = np.array([self.networks.index(name) for name in names])
        images, epochs, reached = (
            np.array([one[name] for one in trainings])
            for name in ("images", "epochs", "val_accuracy_percent")
        )
        lowest = [-5.0, 0.05, 0.05, *[-5.0] * len(self.networks)]
        highest = [10.0, 1.0, 2.0, *[10.0] * len(self.networks)]

        def fitted(some: np.ndarray, start: ArrayLike) -> np.ndarray:
            def off(parameters: np.ndarray) -> np.ndarray:
                points = self._at(parameters, which[some], images[some], epochs[some]) - reached[some]
                return np.append(points, (parameters[1:3] - _POWERS) / _SPREAD)

            return np.asarray(least_squares(off, start, bounds=(lowest, highest)).x)

        self.parameters = fitted(np.arange(len(which)), [3.0, 0.3, 0.5, *[3.5] * len(self.networks)])
        self.off = reached - self._at(self.parameters, which, images, epochs)
        draws = np.random.default_rng(seed).integers(0, len(which), (_RESAMPLES, len(which)))
        self.resampled = [fitted(some, self.parameters) for some in draws]

    def __call__(self, network: tuple[str, float], images: int, epochs: int) -> float:
        """Return the accuracy that is expected, in per cent."""
        return float(self._at(self.parameters, self.networks.index(network), images, epochs))

    def interval(self, network: tuple[str, float], images: int, epochs: int) -> tuple[float, float]:
        """Return the ends of the interval in which 95 % of such trainings end."""
        which = self.networks.index(network)
        means = np.array([self._at(parameters, which, images, epochs) for parameters in self.resampled])
        low, high = np.percentile(means[:, None] + self.off, [2.5, 97.5])
        return float(low), float(high)

    def _at(self, parameters: np.ndarray, which: Any, images: Any, epochs: Any) -> np.ndarray:
        # logarithm of the first factor, both powers, and, by network, the logarithm of the second
        factor, of_images, of_shown, *factors = parameters
        missing = np.exp(factor) * (images / 1000) ** -of_images
        missing += np.exp(np.array(factors)[which]) * (images * epochs / 1000) ** -of_shown
        span = self.ceiling - self.guessing
        return np.asarray(self.guessing + span * np.exp(-missing / span))


@cache
def law_of(data: str) -> tuple[Law, dict[str, float]]:
    """Return the law of the study for "FER2013" or "the drawn sample", and its networks' relative speeds."""
    study = json.loads(STUDY.read_text(encoding="utf-8"))
    limits, trainings = study["limits"][data], [one for one in study["trainings"] if one["data"] == data]
    learnt = Counter(
        one["network"] for one in trainings if one["val_accuracy_percent"] > limits["guessing"] + 3
    )
    known = [one for one in trainings if learnt[one["network"]] >= _LEAST]
    return Law(known, **limits), study["speeds"]


def measure_speed(
    model: keras.Model, dataset: FaceDataset, recipe: Recipe, seconds: float
) -> tuple[float, float]:
    """Measure how many images a second a network trains with, and how many seconds its start takes.

    The speed is that of the fastest of several stretches: other work on the machine only ever slows it down.
    """
    some = dataset.train.subset(np.arange(len(dataset.train)) < 8 * recipe.batch_size)
    compile_for(model, recipe, 1000)
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[some.labels]
    batches = batched(recipe.batch_size, network_input(some.images, model.input_shape[1:]), targets)
    times: list[float] = []
    while len(times) < 3 or sum(times[1:]) < seconds:
        started = time.perf_counter()
        model.fit(**batches, shuffle=False, verbose=0)
        times.append(time.perf_counter() - started)
    return len(some) / min(times[1:]), times[0] - min(times[1:])


def plan_for(
    minutes: float,
    spent: float,
    measured: tuple[float, float],
    dataset: FaceDataset,
    data: str,
    batch_size: int,
) -> Plan:
    """Choose what promises the highest accuracy on val within the time.

    Args:
        minutes: That all may take.
        spent: Seconds of them that are over.
        measured: What :func:`measure_speed` found.
        dataset: The images.
        data: Whose law to go by (:func:`law_of`).
        batch_size: Images a step.

    Raises:
        FerCourseError: The least training does not fit in.
    """
    (speed, start), (law, speeds) = measured, law_of(data)
    seconds = 60 * minutes - spent - _FILES * start
    val, most = _VAL_COST * len(dataset.val), len(dataset.train)
    least = start + _EPOCHS[0] * (min(_IMAGES, most) + val + 1) / speed
    if os.environ.get(VARIABLE):  # on a busy machine, a build or a test wants the least all the same
        seconds = max(seconds, least)
    plans = []
    for network in law.networks:
        shown = (seconds - start) * speed * speeds[network[0]] / speeds[MEASURED]
        for epochs in _EPOCHS:
            images = min(most, int(shown / epochs - val))
            if images >= min(_IMAGES, most):
                plans.append((law(network, images, epochs), network, images, epochs))
    if not plans:
        whole = 60 * minutes - seconds + least
        few = f"{_EPOCHS[0]} epochs with {min(_IMAGES, most)} images"
        raise FerCourseError(
            f"{minutes:g} minutes are too few; here, {few} take {np.ceil(whole / 6) / 10:.1f} minutes, with "
            "what is measured before and written after them: give it more, or end what else is running"
        )
    expected, network, images, epochs = max(plans)
    interval = law.interval(network, images, epochs)
    return Plan(minutes, *network, images, epochs, batch_size, round(seconds), data, (expected, *interval))
