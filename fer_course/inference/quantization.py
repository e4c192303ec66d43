"""Making an ONNX network smaller: fewer bits for a weight, fewer bits for everything."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from ..errors import FerCourseError

_SMALL = 64  # weights fewer than these, such as offsets, are not worth storing in 16 bits
_BATCH = 64


def halve_weights(network: onnx.ModelProto) -> None:
    """Store large weights in 16 bits, each with a cast to 32 that ONNX Runtime does once, when it loads."""
    casts = []
    for weights in network.graph.initializer:
        if weights.data_type != TensorProto.FLOAT or np.prod(weights.dims) < _SMALL:
            continue
        name, halved = weights.name, f"{weights.name}_fp16"
        weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), halved))
        casts.append(helper.make_node("Cast", [halved], [name], to=TensorProto.FLOAT))
    _replace_nodes(network, [*casts, *network.graph.node])


def rescale_after_layout(network: onnx.ModelProto) -> None:
    """Move the step from (n, h, w, channels) to (n, channels, h, w) before the rescaling by one number.

    The result is the same, but ONNX Runtime works row by row: along a last axis of one channel its rescaling
    takes ten times as long as along the width.
    """
    nodes = list(network.graph.node)
    scalars = {item.name for item in network.graph.initializer if np.prod(item.dims, initial=1) == 1}
    uses = Counter(name for node in nodes for name in node.input)
    current = network.graph.input[0].name
    rescaling = []
    for node in nodes:
        inputs = [name for name in node.input if name not in scalars]
        if node.op_type not in ("Mul", "Add", "Sub") or inputs != [current] or uses[node.output[0]] != 1:
            break
        rescaling.append(node)
        current = node.output[0]
    layout = nodes[len(rescaling)]
    if not rescaling or layout.op_type not in ("Transpose", "Reshape") or layout.input[0] != current:
        return
    first, last = rescaling[0], rescaling[-1]
    moved = f"{layout.output[0]}_first"
    first.input[list(first.input).index(network.graph.input[0].name)] = moved
    last.output[0], layout.output[0] = layout.output[0], moved
    layout.input[0] = network.graph.input[0].name
    del network.graph.value_info[:]  # the shapes on the way are others now
    _replace_nodes(network, [layout, *rescaling, *nodes[len(rescaling) + 1 :]])


def quantize(path: Path, images: np.ndarray | None) -> None:
    """Turn weights into 8 bits, and with images to calibrate on what flows between the layers as well.

    With ``(n, h, w, channels)`` raw pixels like those that the network will see, the first layer and the last
    stay in 32 bits, as is usual: they are cheap, and nothing that they lose can be made good. Weights use 7
    of their 8 bits, because processors without VNNI add two products of 8 bits in 16 and would overflow.
    Without images the range of every layer is found anew for every picture ("dynamic"): small, but slow.

    Source:
        Jacob et al. (2018), as ONNX Runtime implements it.
    """
    quant_pre_process(path, path, skip_symbolic_shape=True)
    if images is None:
        quantize_dynamic(path, path, weight_type=QuantType.QUInt8)
        return
    network = onnx.load(path)
    nodes = network.graph.node
    kinds = [node.op_type for node in nodes]
    layers = [at for at, kind in enumerate(kinds) if kind in ("Conv", "Gemm", "MatMul")]
    if len(layers) < 3:
        raise FerCourseError(
            f"a network of {len(layers)} layers has none that may be in 8 bits, for the first and the last "
            "stay in 32; leave out the calibration images, or choose fp16"
        )
    first, last = layers[0] + 1, layers[-1]
    first += kinds[first] == "Relu"
    in_full = [node.name for at, node in enumerate(nodes) if at < first or at >= last]
    quantize_static(
        path,
        path,
        _Faces(network.graph.input[0].name, images),
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        nodes_to_exclude=in_full,
    )


class _Faces(CalibrationDataReader):
    """Hands images to the calibration, some at a time."""

    def __init__(self, name: str, images: np.ndarray) -> None:
        starts = range(0, len(images), _BATCH)
        self.batches = ({name: images[start : start + _BATCH].astype(np.float32)} for start in starts)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next batch, None at the end."""
        return next(self.batches, None)


def _replace_nodes(network: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> None:
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del network.graph.node[:]
    network.graph.node.extend(kept)
