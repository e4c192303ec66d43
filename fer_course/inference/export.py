"""Exporting a network to ONNX, so that it runs without the libraries that trained it."""

import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import write_beside
from .predictor import Predictor

if TYPE_CHECKING:
    import keras
    import onnx

TOLERANCE = {"fp32": 1e-4, "fp16": 1e-2}
"""The largest difference between a probability of the export and of the network, for each precision."""

SMALL = 64
"""Weights fewer than these, such as offsets, are not worth storing in 16 bits."""


def export_onnx(
    model: "keras.Model", path: str | os.PathLike[str], precision: str = "fp32", about: str = ""
) -> float:
    """Write a network as one ONNX file, and compare the two.

    The file takes raw pixels as the network does, any number of images at once, and names the emotions in
    its metadata.

    Args:
        model: From raw pixels ``(n, height, width, channels)`` to ``(n, 7)`` probabilities.
        path: Where to; its name ends in ``.onnx``.
        precision: "fp32", or "fp16" to store the weights in 16 bits: half the size. They are computed with
            in 32 bits, because processors are no quicker with 16.
        about: A line on the network for the metadata, such as what it was trained on.

    Returns:
        The largest difference between probabilities of the file and of the network, on 32 images of noise.

    Raises:
        FerCourseError: The name does not end in ``.onnx``, there is no such precision, or the difference is
            above 0.0001 (fp16: 0.01); then nothing is written.
        ModuleNotFoundError: tf2onnx (on JAX: jax2onnx) is missing.

    Source:
        tf2onnx, through Keras' ``model.export``.

    Example:
        >>> import fer_course as fer
        >>> export_onnx(fer.EmotionCNN(width_mult=0.25), "runs/example.onnx") < 1e-4
        True
    """
    import onnx

    target = Path(path)
    if target.suffix != ".onnx":
        raise FerCourseError(f"{target}: expected a name that ends in .onnx")
    if precision not in TOLERANCE:
        raise FerCourseError(f"precision is {precision!r}; expected one of {', '.join(TOLERANCE)}")
    noise = np.random.default_rng(0).integers(0, 256, (32, *model.input_shape[1:]), dtype=np.uint8)
    expected = model.predict(noise, verbose=0)  # Keras exports only what has been called
    with write_beside(target) as temporary:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)  # of Keras to its own authors
            model.export(temporary, format="onnx", verbose=False)
        graph = onnx.load(temporary)
        if precision == "fp16":
            _halve_weights(graph)
        onnx.helper.set_model_props(graph, {"emotions": json.dumps(EMOTIONS), "about": about})
        onnx.save(graph, temporary)
        difference = float(np.abs(Predictor.load(temporary).predict_proba(noise) - expected).max())
        if not difference <= TOLERANCE[precision]:
            raise FerCourseError(
                f"{target}: the exported network gives other probabilities (by up to {difference:.2g}); "
                "nothing is written. A layer that draws random numbers at inference is the usual cause."
            )
    return difference


def _halve_weights(network: "onnx.ModelProto") -> None:
    """Store large weights in 16 bits, each with a cast to 32 that ONNX Runtime does once, when it loads."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weights in network.graph.initializer:
        if weights.data_type != TensorProto.FLOAT or np.prod(weights.dims) < SMALL:
            continue
        name, halved = weights.name, f"{weights.name}_fp16"
        weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), halved))
        casts.append(helper.make_node("Cast", [halved], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *network.graph.node]
    del network.graph.node[:]
    network.graph.node.extend(nodes)
