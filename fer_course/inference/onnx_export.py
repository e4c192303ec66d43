"""Exporting a network, so that it runs without the libraries that trained it."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import FerCourseError
from ..evaluation.scores import check_probabilities
from ..faces.embeddings import features_of
from ..files import write_beside
from ..images import network_input
from ..training.about import About
from .network_files import FEATURES, open_network

if TYPE_CHECKING:
    import keras

TOLERANCE = {"fp32": 1e-4, "fp16": 1e-2, "int8": 0.2}
"""The largest difference between a probability of the export and of the network, for each precision."""

CALIBRATION_IMAGES = 512  # enough to see how large the values inside a network become


def export_onnx(
    model: "keras.Model",
    path: str | os.PathLike[str],
    precision: str = "fp32",
    about: About | None = None,
    calibration: np.ndarray | None = None,
) -> float:
    """Write a network as one ONNX file, and compare the two.

    The file takes raw pixels as the network does, any number of images at once. Its first output are the
    probabilities, its second, "features", is what stands before the last layer. Its metadata name the
    emotions, the precision, what pictures it expects and what it was trained on.

    Args:
        model: From raw pixels ``(n, height, width, channels)`` to ``(n, 7)`` probabilities.
        path: Where to; its name ends in ``.onnx``.
        precision: "fp32"; "fp16" to store the weights in 16 bits: half the size, and computed with in 32
            bits, because processors are no quicker with 16; "int8" for 8 bits: a quarter of the size, and
            quicker if there are images to calibrate on.
        about: What the network was trained on, and whether on faces with evened-out contrast, which
            :class:`Predictor` then evens out as well; calibration images must be so already.
        calibration: For "int8", ``(n, h, w)`` or ``(n, h, w, channels)`` train images of the network's size;
            the first 512 are used. Without them the range of every layer is found anew for every picture,
            which is small but slow.

    Returns:
        The largest difference between probabilities of the file and of the network, on 32 calibration images
        or on 32 images of noise.

    Raises:
        FerCourseError: The name does not end in ``.onnx``, there is no such precision, calibration images
            do not fit, the network answers with logits or is too small to be calibrated, or the difference is
            above 0.0001 (fp16: 0.01, int8: 0.2); then nothing is written.
        ModuleNotFoundError: tf2onnx (on JAX: jax2onnx) is missing.

    Source:
        tf2onnx, through Keras' ``model.export``; ONNX Runtime's quantisation.

    Example:
        >>> import fer_course as fer
        >>> export_onnx(fer.EmotionCNN(width_mult=0.25), "runs/example.onnx") < 1e-4
        True
    """
    import onnx

    from ..training.backend import keras, without_stderr
    from .quantization import halve_weights, quantize, rescale_after_layout

    target = _checked(path, ".onnx", model)
    if precision not in TOLERANCE:
        raise FerCourseError(f"precision is {precision!r}; expected one of {', '.join(TOLERANCE)}")
    faces = None if calibration is None else _fitting(calibration, model)
    seen = _noise(model) if faces is None else faces[:32]
    both = keras.Model(model.inputs[0], [model.outputs[0], features_of(model).outputs[0]], name=model.name)
    # Keras exports only what has been called; its predict would trace a function for every export
    expected = keras.ops.convert_to_numpy(both(seen.astype(np.float32), training=False)[0])
    check_probabilities(expected, "what the network answers")
    with write_beside(target) as temporary:
        with warnings.catch_warnings(), without_stderr():  # TensorFlow counts GPUs for every export
            warnings.filterwarnings("ignore", category=FutureWarning)  # of Keras to its own authors
            both.export(temporary, format="onnx", verbose=False)
        network = onnx.load(temporary)
        output = network.graph.output[1]  # named by Keras
        network.graph.node.append(onnx.helper.make_node("Identity", [output.name], [FEATURES]))
        output.name = FEATURES
        rescale_after_layout(network)
        if precision == "fp16":
            halve_weights(network)
        onnx.save(network, temporary)
        if precision == "int8":
            quantize(temporary, None if faces is None else faces[:CALIBRATION_IMAGES])
        network = onnx.load(temporary)
        metadata = (about or About()).to_metadata(model.name)
        onnx.helper.set_model_props(network, metadata | {"precision": precision})
        onnx.save(network, temporary)
        found = open_network(temporary).probabilities(seen.astype(np.float32))
        return _difference(found, expected, target, precision)


def export_tflite(model: "keras.Model", path: str | os.PathLike[str]) -> float:
    """Write a network for TensorFlow Lite (LiteRT), which runs on phones, and compare the two.

    Takes a model as :func:`export_onnx` does, for a name that ends in ``.tflite``, and returns the largest
    difference on 32 images of noise. Above 0.0001, or where Keras runs on something else than TensorFlow,
    nothing is written.
    """
    import keras

    target = _checked(path, ".tflite", model)
    if keras.backend.backend() != "tensorflow":
        raise FerCourseError(
            f"Keras runs on {keras.backend.backend()}; TensorFlow Lite needs KERAS_BACKEND=tensorflow"
        )
    noise = _noise(model)
    expected = model.predict(noise, verbose=0)
    with write_beside(target) as temporary:
        model.export(temporary, format="litert", verbose=False)
        return _difference(_run_tflite(temporary, noise), expected, target, "fp32")


def _checked(path: str | os.PathLike[str], suffix: str, model: "keras.Model") -> Path:
    target = Path(path)
    if target.suffix != suffix:
        raise FerCourseError(f"{target}: expected a name that ends in {suffix}")
    if not model.built:
        raise FerCourseError(
            f"{model.name} does not know yet what it takes; begin it with keras.Input((48, 48, 1)), or call "
            "it once on images"
        )
    return target


def _noise(model: "keras.Model") -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, *model.input_shape[1:]), dtype=np.uint8)


def _fitting(images: np.ndarray, model: "keras.Model") -> np.ndarray:
    """Give calibration images the shape that the network takes."""
    try:
        if len(faces := network_input(images, model.input_shape[1:])):
            return faces
        raise FerCourseError("no images")
    except FerCourseError as error:
        raise FerCourseError(f"calibration: {error}; expected some such as dataset.train.images") from error


def _difference(found: np.ndarray, expected: np.ndarray, target: Path, precision: str) -> float:
    """Return the largest difference between probabilities, unless it is too large."""
    difference = float(np.abs(found - expected).max())
    if not difference <= TOLERANCE[precision]:
        raise FerCourseError(
            f"{target}: the exported network gives other probabilities (by up to {difference:.2g}); nothing "
            "is written. A layer that draws random numbers at inference is the usual cause, and with int8 a "
            "network that was hardly trained."
        )
    return difference


def _run_tflite(path: Path, images: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*tf.lite.Interpreter is deprecated", category=UserWarning)
        interpreter = tf.lite.Interpreter(model_path=str(path))
    given, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(given["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], images.astype(np.float32))
    interpreter.invoke()
    return interpreter.get_tensor(answer["index"])
