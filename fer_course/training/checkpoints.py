"""Checkpoints: the state of a training after its last epoch, kept so that it can go on."""

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..files import write_beside
from .backend import keras

FILE_NAME = "checkpoint.npz"


@dataclass(frozen=True, eq=False)
class History:
    """What happened in a training.

    Args:
        frame: One row an epoch: ``epoch`` (from 1), ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``,
            ``val_recall_angry`` and so on, ``learning_rate`` (at the end of the epoch), ``seconds``.

    Example:
        >>> frame = pd.DataFrame({"epoch": [1, 2], "val_accuracy": [0.4, 0.3], "val_loss": [1.5, 1.6]})
        >>> History(frame).best_epoch
        1
    """

    frame: pd.DataFrame

    @property
    def best_epoch(self) -> int:
        """The epoch with the highest accuracy on val; of several, the one with the lowest loss."""
        ranked = self.frame.sort_values(["val_accuracy", "val_loss"], ascending=[False, True])
        return int(ranked["epoch"].iloc[0])

    @property
    def best_val_accuracy(self) -> float:
        """The accuracy on val after the best epoch."""
        return float(self.frame["val_accuracy"].max())

    def __repr__(self) -> str:
        return (
            f"History({len(self.frame)} epochs in {self.frame['seconds'].sum():.0f} s, "
            f"best on val: {self.best_val_accuracy:.1%} in epoch {self.best_epoch})"
        )


class Checkpoints:
    """Keeps the last and the best epoch of a training, in memory and, given a folder, in one file.

    Weights, optimiser, history and what they belong to share one file that is replaced as a whole, so they
    always fit together, whenever the training is killed. The compiled model takes the state of the last epoch
    that the folder holds; one of other settings or other images is refused.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: dict[str, Any],
        data: Sequence[FaceDataset],
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.model = model
        self.identity = settings | {"network": _describe_network(model), "images": _describe_images(data)}
        self.path = None if folder is None else Path(folder) / FILE_NAME
        self.rows: list[dict[str, float]] = []
        self.best: list[np.ndarray] | None = None
        if self.path is not None and self.path.exists():
            self._resume(self.path)

    @property
    def epoch(self) -> int:
        """The last epoch that is finished or left out; 0 before the first."""
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    @property
    def history(self) -> History:
        """The finished epochs."""
        return History(pd.DataFrame(self.rows))

    def keep(self, row: dict[str, float], scored: list[np.ndarray]) -> None:
        """Keep an epoch: the model as it is, its row of the history, and the values that were scored."""
        self.rows.append(row)
        if self.history.best_epoch == row["epoch"]:
            self.best = scored
        if self.path is not None:
            self._write(self.path)

    def restore_best(self) -> None:
        """Give the model the weights of the best epoch, if one is finished."""
        if self.best is not None:
            assign(self.model.variables, self.best)

    def _write(self, path: Path) -> None:
        assert self.best is not None
        last = values_of([*self.model.variables, *self.model.optimizer.variables])
        arrays: dict[str, Any] = {f"last_{i}": value for i, value in enumerate(last)}
        arrays |= {f"best_{i}": value for i, value in enumerate(self.best)}
        about = json.dumps({"identity": self.identity, "history": self.rows})
        with write_beside(path) as temporary:
            np.savez(temporary, about=np.array(about), **arrays)
        with write_beside(path.with_name("history.csv")) as temporary:
            self.history.frame.to_csv(temporary, index=False)

    def _resume(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(str(arrays["about"]))
            identity, rows = about["identity"], about["history"]
        except Exception as error:  # zip, zlib, JSON and NumPy each have their own way to say "damaged"
            raise FerCourseError(
                f"{path}: not a readable checkpoint ({error}); delete it to start anew"
            ) from error
        for name, value in self.identity.items():
            if identity.get(name) != value:
                raise FerCourseError(
                    f"{path} belongs to another training: there {name} is {identity.get(name)}, here "
                    f"{value}. Use another folder, or delete this one to start anew."
                )
        variables = [*self.model.variables, *self.model.optimizer.variables]
        assign(variables, [arrays[f"last_{i}"] for i in range(len(variables))])
        self.best = [arrays[f"best_{i}"] for i in range(len(self.model.variables))]
        self.rows = rows


def values_of(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    """Copy what variables of a model or an optimiser hold."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def assign(variables: Sequence[keras.Variable], values: Sequence[np.ndarray]) -> None:
    """Give variables of a model or an optimiser their values."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _describe_network(model: keras.Model) -> str:
    layers = [(type(one).__name__, [(w.shape, w.trainable) for w in one.weights]) for one in model.layers]
    checksum = zlib.crc32(repr(layers).encode())
    return f"{model.name} with {model.count_params():,} parameters (layers {checksum:08x})"


def _describe_images(data: Sequence[FaceDataset]) -> str:
    checksum = 0
    for part in data:
        for values in (part.images, part.labels):
            checksum = zlib.crc32(values.tobytes(), checksum)
    return f"{' + '.join(str(len(part)) for part in data)} (checksum {checksum:08x})"
