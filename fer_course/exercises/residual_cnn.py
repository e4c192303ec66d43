"""Checks of lesson 12: a residual block, what it costs, the best epoch, and the luck of choosing on test."""

from typing import Any

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "One stencil of size 3 on one channel has 3 * 3 numbers. And on in_channels channels?",
    "There are out_channels stencils, and each has one number more: its bias.",
    "return kernel_size**2 * in_channels * out_channels + out_channels",
    placeholder=0,
)
def conv_parameters(answer: Answer, expect: Expectations) -> None:
    """The number of parameters of a convolution."""
    expect.number(answer(1, 1, 1))
    expect.equal(answer(3, 1, 1), 10, "one 3x3 stencil on a gray image: nine numbers and a bias",
        slip={9: "the bias is missing: one number more for each stencil",
              4: "a stencil is square: kernel_size * kernel_size"})
    expect.equal(answer(3, 1, 32), 320, "32 such stencils: 32 times as many",
        slip={289: "every stencil has its own bias"})
    expect.equal(answer(3, 32, 64), 18496, "each of 64 stencils looks at all 32 channels",
        slip={640: "a stencil has nine numbers for every channel that comes in"})
    expect.equal(answer(1, 64, 128), 8320, "a 1x1 stencil mixes channels, place by place")


@exercise(
    "Every layer is called like a function: y = keras.layers.Conv2D(filters, 3, padding='same')(x).",
    "The shortcut is x itself. If x.shape[-1] != filters, send it through Conv2D(filters, 1) first.",
    "The branch: Conv2D, BatchNormalization, ReLU, Conv2D, BatchNormalization. No ReLU at its end.",
    "return keras.layers.ReLU()(keras.layers.Add()([y, shortcut]))",
    placeholder=lambda x, filters: x,
)
def residual_block(answer: Answer, expect: Expectations) -> None:
    """Two convolutions whose result is added to what came in."""
    import keras

    positive = np.linspace(1, 2, 2 * 6 * 6 * 4, dtype=np.float32).reshape(2, 6, 6, 4)
    wider = answer(keras.ops.convert_to_tensor(positive), 8)
    expect.shape(wider, (2, 6, 6, 8), "4 channels come in, filters=8 go out, the size stays",
        slip={(2, 6, 6, s): "add the two, do not stack them: keras.layers.Add()" for s in (12, 16)})
    inputs = keras.Input((6, 6, 4))
    block = keras.Model(inputs, answer(inputs, 4))
    kinds = [type(layer).__name__ for layer in _layers(block)]
    kernels = [layer.kernel for layer in _layers(block) if isinstance(layer, keras.layers.Conv2D)]
    large = [kernel for kernel in kernels if tuple(kernel.shape) == (3, 3, 4, 4)]
    expect.equal(len(large), 2, "the branch has two 3x3 convolutions",
        slip={1: "a layer that is called twice shares its weights; make two"})
    expect.equal(len(kernels), 2, "with 4 channels in and filters=4 the shortcut is x itself",
        slip="the 1x1 convolution is for the case that x.shape[-1] != filters")
    expect.equal(kinds.count("BatchNormalization"), 2, "each convolution is followed by a BatchNormalization")

    def response(first: float, second: float, images: np.ndarray = positive) -> np.ndarray:
        """Run the block with convolutions that only multiply by a number."""
        for kernel, factor in zip(large, (first, second), strict=True):
            center = np.zeros((3, 3, 4, 4), np.float32)
            center[1, 1] = factor * np.eye(4)
            kernel.assign(center)
        return keras.ops.convert_to_numpy(block(images, training=False))

    silent = response(0, 0)
    expect.equal(silent, positive, "a branch that says 0 changes nothing: out comes x",
        slip="" if silent.any() else "nothing is added: keras.layers.Add()([y, shortcut])", tolerance=0.01)
    expect.equal(response(-1, 1), positive, "a ReLU stands between the two convolutions",
        slip="two convolutions without a ReLU between them are no more than one", tolerance=0.01)
    expect.equal(response(1, -1), np.zeros_like(positive), "the branch can take away as well as add",
        slip="a ReLU at the end of the branch leaves nothing below 0; it comes after the sum", tolerance=0.01)
    expect.that(response(0, 0, -positive).min() >= 0, "the last word is a ReLU: nothing below 0 comes out",
        slip="return keras.layers.ReLU()(the sum)")
    layers = _layers(keras.Model(inputs, answer(inputs, 8)))
    shapes = sorted(tuple(layer.kernel.shape) for layer in layers if isinstance(layer, keras.layers.Conv2D))
    expect.equal(shapes, [(1, 1, 4, 8), (3, 3, 4, 8), (3, 3, 8, 8)],
        "from 4 to 8 channels, the shortcut has one 1x1 convolution beside the two of the branch",
        slip="it mixes channels, place by place: Conv2D(filters, 1), and no other there")


def _layers(model: Any) -> list[Any]:
    """List the layers of a model in order, those of models inside it too."""
    nested = [_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
    return [layer for group in nested for layer in group]


@exercise(
    "np.argmax(values) is the position of the largest value.",
    "Positions count from 0, epochs from 1.",
    "return int(np.argmax(val_accuracy)) + 1",
    placeholder=1,
)
def best_epoch(answer: Answer, expect: Expectations) -> None:
    """The epoch that val chooses."""
    accuracies = [0.31, 0.48, 0.62, 0.70, 0.66, 0.68]
    found = expect.number(answer(accuracies))
    expect.not_equal(found, 0.70, "it is an epoch", slip="that is the accuracy; when was it reached?")
    expect.not_equal(found, 3, "epochs count from 1", slip="np.argmax counts from 0")
    expect.equal(found, 4, "0.70, in the fourth epoch, is the best of six",
        slip={6: "the last epoch is not always the best"})
    expect.equal(answer([0.2, 0.5, 0.5, 0.4]), 2, "of two equals, the earlier")


@exercise(
    "The lucky colleague reports test_accuracy.max().",
    "The honest one looks up test_accuracy at the position where val_accuracy is highest.",
    "return test_accuracy.max() - test_accuracy[val_accuracy.argmax()]",
    placeholder=0.0,
)
def lucky_gain(answer: Answer, expect: Expectations) -> None:
    """What is gained by choosing on test."""
    val = np.array([0.60, 0.72, 0.70, 0.69])
    test = np.array([0.58, 0.66, 0.71, 0.64])
    found = expect.number(answer(val, test))
    slips = {
        0.71: "that is what the colleague reports; subtract what you would report",
        0.66: "that is what you would report; how much more does the colleague report?",
        -0.05: "the colleague's number comes first",
        -0.01: "both numbers are test accuracies; they differ in the epoch",
        0.01: "both numbers are test accuracies; they differ in the epoch",
        0.07: "the honest epoch is the best on val, not the last one",
    }
    expect.equal(found, 0.05, "best epoch on test minus test where val is best: 0.05", slip=slips)
    expect.equal(answer(test, test), 0.0, "if val and test agree about the epoch, nothing is gained")
    expect.equal(answer(-test, test), 0.13, "if val likes the worst epoch, much is gained")
