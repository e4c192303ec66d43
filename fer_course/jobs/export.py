"""From a trained network to files that run anywhere, measured: what ``fer-course export`` does."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..cleaning.quality import clahe
from ..errors import FerCourseError
from ..files import lock_folder
from ..inference.measuring import measure_exports
from ..inference.network_files import MEMBERS, find_network
from ..inference.onnx_export import CALIBRATION_IMAGES, TOLERANCE, export_onnx, export_tflite
from ..inference.web import export_web
from ..training.about import About, keras_metadata
from .folder import RunFolder


def export(
    model: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/export",
    precisions: Sequence[str] = tuple(TOLERANCE),
    data: str | os.PathLike[str] | None = None,
    tflite: bool = False,
    web: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Write a network as ONNX in several precisions, and measure each on val.

    Args:
        model: A run's folder, or a ``.keras`` file (:func:`load_model`); when left out, the network that
            ships with the package.
        out: Folder for the files, which are named after the model and the precision.
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
    from ..training.saved import load_model

    unknown = [name for name in precisions if name not in TOLERANCE]
    if unknown or not precisions:
        raise FerCourseError(f"precisions are {list(precisions)}; expected some of {', '.join(TOLERANCE)}")
    run, source = RunFolder.of(model), find_network(model)
    if source.is_dir():
        raise FerCourseError(f"{source}: an ensemble, which is no one file; export its {MEMBERS} one by one")
    if model is None or not Path(model).is_file():
        source = source.with_suffix(".keras")
    about = About.from_metadata(keras_metadata(source))
    evened = bool(run.settings.get("clahe")) if about.clahe is None else about.clahe
    with lock_folder(out) as folder:
        network = load_model(source)
        dataset = run.load_data(data)
        val = run.scored_part(dataset)
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
