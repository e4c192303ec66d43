"""What an export costs and what it is worth: megabytes, milliseconds, accuracy."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.scores import score
from .network import Network

ROUNDS, CALLS = 20, 10


def measure_exports(paths: Iterable[str | os.PathLike[str]], dataset: FaceDataset) -> pd.DataFrame:
    """Measure exported networks on the same faces, on one core.

    Args:
        paths: ONNX files that :func:`export_onnx` wrote.
        dataset: Labelled faces of one split, such as ``dataset.val``.

    Returns:
        A row a file, by its name: ``megabytes``; ``milliseconds`` for one face (the median of 200 calls, ten
        of them in turn with ten of each other file, so that a busy moment hits all alike); ``accuracy``,
        ``low`` and ``high`` (95 % interval), 0..1; ``changed``, the share of faces that it names otherwise
        than the first file.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: No file is given, or one is no network of the seven emotions.

    Example:
        >>> import fer_course as fer
        >>> from fer_course.inference.network_files import COMPACT_MODEL
        >>> measure_exports([COMPACT_MODEL], fer.sample_faces(300).val).index.tolist()
        ['compact.onnx']
    """
    files = [Path(path) for path in paths]
    if not files:
        raise FerCourseError("no files to measure; fer.export_onnx(model, path) writes one")
    predictors = [Network.load(file, threads=1) for file in files]
    times = _milliseconds(predictors, dataset.images[:1])
    named = [predictor.predict_proba(dataset.images) for predictor in predictors]
    scores = [score(dataset.labels, probabilities) for probabilities in named]
    columns = {
        "megabytes": [file.stat().st_size / 1e6 for file in files],
        "milliseconds": times,
        "accuracy": [scored.accuracy for scored in scores],
        "low": [scored.interval[0] for scored in scores],
        "high": [scored.interval[1] for scored in scores],
        "changed": [(one.argmax(axis=1) != named[0].argmax(axis=1)).mean() for one in named],
    }
    return pd.DataFrame(columns, index=pd.Index([file.name for file in files], name="file"))


def _milliseconds(predictors: list[Network], face: np.ndarray) -> list[float]:
    """Return the median time of a call for each of several networks."""
    taken: list[list[float]] = [[] for _ in predictors]
    for _ in range(ROUNDS):
        for predictor, times in zip(predictors, taken, strict=True):
            predictor.predict_proba(face)  # warms up, after another one had the processor's memory
            for _ in range(CALLS):
                start = time.perf_counter()
                predictor.predict_proba(face)
                times.append(time.perf_counter() - start)
    return [1000 * float(np.median(times)) for times in taken]
