"""Tuned biases: applying them, keeping them in a file, and saying whether they are worth anything."""

import os
import reprlib
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...emotions import EMOTIONS, LARGEST_BIAS, check_probabilities, emotion_label
from ...errors import FerCourseError
from ...files import read_json, require_file, write_json
from ..comparison import Comparison, compare
from ..scores import score

SMALLEST_PROBABILITY = 1e-7  # the logarithm of 0 would rule an emotion out for good

_WRITES = "fer-course tune-bias writes one"

_GAINS = {
    "gain": "cross-validated gain",
    "gain_of_closed_form": "closed form",
    "gain_over_closed_form": "over the closed form",
}


@dataclass(frozen=True, eq=False)
class BiasResult:
    """Tuned biases, and whether they are worth anything; made by :func:`tune_bias`.

    Args:
        biases: What to add to each emotion's log-probability. Only differences count: biases of all seven
            have mean 0; where some emotions were tuned, those of the others are 0.
        closed_form: The biases of method "prior", the yardstick.
        method: How they were found.
        objective: What they were tuned for; None if there was nothing to measure it by.
        images: How many images they were tuned on.
        before: The objective on these images without biases.
        after: The same with them: flattering, because they were chosen on these very images.
        gain: What the biases bring on images that they were not tuned on, by cross-validation; None
            if that was not asked for.
        gain_of_closed_form: The same for the closed form.
        gain_over_closed_form: What the search adds to the closed form.
        trials: A row for each try: seven columns of biases, and ``value``, the objective. The first are no
            biases and the closed form, the others in order. Empty in a result read from a file.
        network: Name and checksum of the network that they are for; None where nobody said it.

    Example:
        >>> import fer_course as fer
        >>> val = fer.sample_faces().val
        >>> probabilities = fer.Predictor.load().predict_proba(val.images)
        >>> result = fer.tune_bias(probabilities, val.labels, method="grid", emotions=["sad"], folds=0)
        >>> result.biases["happy"], result.after > result.before
        (np.float64(0.0), True)
    """

    biases: pd.Series
    closed_form: pd.Series
    method: str
    objective: str | None
    images: int
    before: float
    after: float
    gain: Comparison | None = None
    gain_of_closed_form: Comparison | None = None
    gain_over_closed_form: Comparison | None = None
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)
    network: Mapping[str, str] | None = None

    @property
    def tuned(self) -> list[str]:
        """Names of the emotions whose biases were searched; none in a result read from a file."""
        return [name for name in EMOTIONS if len(self.trials) and self.trials[name].iloc[2:].any()]

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Add the biases to ``(n, 7)`` probabilities; the rows of the result sum to 1 again."""
        return apply_biases(probabilities, self.biases.to_numpy())

    def gain_on(self, probabilities: np.ndarray, labels: np.ndarray) -> Comparison:
        """Measure what they bring on other images, once: in the objective, or else in accuracy."""
        before, after = score(labels, probabilities), score(labels, self.apply(probabilities))
        objective = "accuracy" if self.objective in (None, "distribution") else self.objective
        return compare(before, after, objective)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all but the trials as JSON, and return the file."""
        held = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "trials"}
        content = {name: _plain(value) for name, value in held.items()}
        write_json(Path(path), content)
        return Path(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], network: Mapping[str, str] | None = None) -> "BiasResult":
        """Read what :meth:`save` wrote, without the trials; ``network`` is as of :func:`read_biases`."""
        content = _read(path, network)
        try:
            for name in ("biases", "closed_form"):
                content[name] = pd.Series(content[name], name="bias")[list(EMOTIONS)]
            content |= {name: np.nan for name in ("before", "after") if content[name] is None}
            content |= {name: Comparison(**content[name]) for name in _GAINS if content[name]}
            return cls(**content)
        except (KeyError, TypeError) as error:
            raise FerCourseError(f"{path}: not a file of BiasResult.save ({error!r})") from error

    def __repr__(self) -> str:
        listed = ", ".join(f"{name} {value:+.2f}" for name, value in self.biases.items())
        about = f"{self.objective or 'no labels'}, {self.images:,} images"
        lines = [f"BiasResult ({self.method}, {about}): {listed}"]
        if self.objective:
            lines.append(f"  on the images it was tuned on: {self.before:.1%} -> {self.after:.1%}")
        for name, text in _GAINS.items():
            gain = getattr(self, name)
            if gain is not None and (self.method != "prior" or gain is self.gain):
                lines.append(f"  {text}: {gain}")
        return "\n".join(lines)


def apply_biases(probabilities: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Add ``(7,)`` biases to the log-probabilities; the rows of the result sum to 1 again."""
    checked = check_probabilities(probabilities).astype(np.float64)
    added = np.asarray(biases, np.float64)
    if added.shape != (len(EMOTIONS),) or not (abs(added) < LARGEST_BIAS).all():  # NaN is not
        raise FerCourseError(f"biases are {biases!r}; expected {len(EMOTIONS)} numbers")
    logs = np.log(np.maximum(checked, SMALLEST_PROBABILITY)) + added
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def read_biases(path: str | os.PathLike[str], network: Mapping[str, str] | None = None) -> pd.Series:
    """Read seven biases from a file of :meth:`BiasResult.save`, or from a JSON object such as {"angry": 4.5}.

    Names may end in "_bias", and emotions that are not named have bias 0. ``network`` is the one that they
    are to be used with, by name and checksum; a warning says where they were tuned for another one.
    """
    content = _read(path, network)
    named = content.get("biases", content)
    biases: dict[int, float] = {}
    for name, value in named.items() if isinstance(named, dict) else [("biases", named)]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_BIAS:
            raise FerCourseError(
                f"{path}: {name} is {reprlib.repr(value)}; expected a number for each emotion"
            )
        try:
            label = emotion_label(name.removesuffix("_bias"))
        except FerCourseError as error:
            raise FerCourseError(f"{path}: {error}") from None
        if biases.setdefault(label, value) != value:
            raise FerCourseError(f"{path}: two biases for {EMOTIONS[label]}; keep one")
    if not biases:
        raise FerCourseError(f"{path}: no biases in it; {_WRITES}")
    return by_emotion(np.array([biases.get(label, 0.0) for label in range(len(EMOTIONS))]))


def _read(path: str | os.PathLike[str], network: Mapping[str, str] | None) -> dict[str, Any]:
    """Read a file of biases, and compare the network that it names with the one that will have them.

    A difference is no error: one network may lie in files of several formats and precisions.
    """
    content = read_json(require_file(path, _WRITES), _WRITES)
    known = content.get("network")
    if not isinstance(known, dict | None) or (
        known and not all(isinstance(known.get(key), str) for key in ("name", "sha256"))
    ):
        raise FerCourseError(f"{path}: network is {reprlib.repr(known)}; expected its name and its sha256")
    if network is None or known == network or "biases" not in content:  # written by hand, for any network
        return content
    anew = "tune anew (fer-course tune-bias --model)"
    if known is None:
        said = f"it does not say which network its biases were tuned for; if it was not this one, {anew}"
    elif known["sha256"] == network["sha256"]:
        return content
    else:
        one, other = (f"{which['name'][:80]}, checksum {which['sha256'][:8]}" for which in (known, network))
        said = (
            f"its biases were tuned for another network ({one}) than this one ({other}), to which they may "
            f"do harm; {anew}, unless both are one network in two formats"
        )
    warnings.warn(f"{path}: {said}", stacklevel=4)
    return content


def by_emotion(biases: np.ndarray) -> pd.Series:
    """Name seven biases after the emotions."""
    return pd.Series(biases, index=list(EMOTIONS), name="bias", dtype=float)


def _plain(value: Any) -> Any:
    """Return a field as JSON can hold it."""
    if isinstance(value, pd.Series):
        return value.astype(float).round(6).to_dict()
    if isinstance(value, Comparison):
        return asdict(value)
    return None if isinstance(value, float) and np.isnan(value) else value
