"""How few bits a weight may have: the shipped network on real FER2013 val, its kernels rounded.

python benchmarks/weight_bits.py fer2013.csv
"""

import sys

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.inference.network_files import COMPACT_MODEL

BITS = (8, 7, 6, 5, 4, 3, 2)


def rounded(kernel: np.ndarray, bits: int, each_filter: bool) -> np.ndarray:
    """Round a kernel to the codes that the bits allow, with one scale or one for each filter."""
    largest = np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1)) if each_filter else None)
    scale = np.maximum(largest, 1e-12) / (2 ** (bits - 1) - 1)
    return (kernel / scale).round() * scale


def main() -> None:
    val = fer.read_dataset(sys.argv[1]).val
    model = fer.load_model(COMPACT_MODEL.with_suffix(".keras"))
    weights = model.get_weights()
    full = fer.evaluate(model, val)
    values: dict = {"weights_in_32_bits": accuracy(full)}
    for name, each_filter in [("one_scale", False), ("scale_for_each_filter", True)]:
        values[name] = {}
        for bits in BITS:
            model.set_weights([rounded(w, bits, each_filter) if w.ndim > 1 else w for w in weights])
            values[name][str(bits)] = accuracy(fer.evaluate(model, val))
            print(name, bits, values[name][str(bits)])
    save_result("weight_bits", "FER2013 val", values)


def accuracy(evaluation: fer.Evaluation) -> dict:
    low, high = evaluation.interval
    return {
        "accuracy": round(100 * evaluation.accuracy, 1),
        "interval": [round(100 * low, 1), round(100 * high, 1)],
    }


if __name__ == "__main__":
    main()
