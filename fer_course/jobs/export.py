"""From a trained network to files that run anywhere, measured: what ``fer-course export`` does."""

import dataclasses
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..cleaning.quality import clahe
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.scores import score
from ..files import lock_folder
from ..inference.network import Network
from ..inference.network_files import MEMBERS, find_network
from ..inference.onnx_export import CALIBRATION_IMAGES, TOLERANCE, export_onnx, export_tflite
from ..inference.web import check_page, export_web
from ..training.about import About, keras_metadata
from .folder import EXPORTS, RunFolder

ROUNDS, CALLS = 20, 10  # of measuring milliseconds


def export(
    model: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    precisions: Sequence[str] = tuple(TOLERANCE),
    data: str | os.PathLike[str] | None = None,
    tflite: bool = False,
    web: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Write a network as ONNX in several precisions, and measure each on val.

    Args:
        model: A run's folder, or a ``.keras`` file (:func:`load_model`); when left out, the network that
            ships with the package.
        out: Folder for the files, which are named after the model and the precision; when left out,
            ``export`` in the run's folder, or for a network's file in ``runs``.
        precisions: Some of "fp32", "fp16", "int8" (:func:`export_onnx`).
        data: As :meth:`RunFolder.load_data` takes it; int8 is calibrated on its train, and accuracy measured
            on its val.
        tflite: Whether to write a file for TensorFlow Lite as well (:func:`export_tflite`).
        web: Folder for a web page that runs the first of the files in a browser (:func:`export_web`).

    Returns:
        What :func:`measure_exports` found.

    Raises:
        FileNotFoundError: There is no such model.
        FerCourseError: The file is no such model, there is no such precision, or nobody knows which images
            the network has not seen.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.EmotionCNN(width_mult=0.25), "runs/small.keras")
        >>> measured = fer.export(path, "runs/small", ["fp16"], "sample")
        Data: the drawn sample...
        runs/small/small-fp16.onnx: ...
        >>> float(measured.megabytes.iloc[0]) < 0.1
        True
    """
    unknown = [name for name in precisions if name not in TOLERANCE]
    if unknown or not precisions:
        raise FerCourseError(f"precisions are {list(precisions)}; expected some of {', '.join(TOLERANCE)}")
    run, source = RunFolder.of(model), find_network(model)
    if source.is_dir():
        raise FerCourseError(f"{source}: an ensemble, which is no one file; export its {MEMBERS} one by one")
    if model is None or not Path(model).is_file():
        source = source.with_suffix(".keras")
    if web is not None:
        check_page(web)
    about = About.from_metadata(keras_metadata(source))
    evened = bool(run.settings.get("clahe")) if about.clahe is None else about.clahe
    with lock_folder(out or RunFolder.place_for(model, EXPORTS)) as folder:
        dataset = run.load_data(data)
        val = run.scored_part(dataset)
        from ..training.saved import load_model  # with Keras: a mistyped argument need not wait for it

        network = load_model(source)
        train = dataset.train.images  # sorted by emotion, if they come from folders: take some from all over
        faces = train[np.linspace(0, len(train) - 1, min(CALIBRATION_IMAGES, len(train))).astype(int)]
        if evened:
            faces = clahe(faces)
        about = dataclasses.replace(about, clahe=evened)
        files = {folder / f"{source.stem}-{name}.onnx": name for name in precisions}
        told = "{}: no probability differs by more than {:.1g} from that of " + source.name
        for file, name in files.items():
            calibration = faces if name == "int8" else None
            print(told.format(file, export_onnx(network, file, name, about, calibration)))
        if tflite:
            file = folder / f"{source.stem}.tflite"
            print(told.format(file, export_tflite(network, file)))
    if web is not None:
        print(f"{export_web(web, next(iter(files)))}: open it in a browser")
    return measure_exports(list(files), val)


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
