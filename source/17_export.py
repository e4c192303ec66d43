# ---
# title: Export
# learn:
#   - how many bits a weight needs, and why some weights need a scale of their own
#   - how to take a network out of Keras, and to prove that it still says the same
#   - how to measure milliseconds without fooling yourself
# minutes: 40
# needs: lesson 12, NumPy arrays
# ---

# %% [markdown]
# ## How exact must a number be?
#
# Sixteen stencils of the network that ships with this course, nine weights each, blue below zero and red above. In Keras
# every weight has 32 bits: more than four thousand million different values. On the right it may have five. Could you still
# tell the stencils apart?

# %%
import matplotlib.pyplot as plt
import numpy as np
from fer_course.inference.network_files import COMPACT_MODEL

network = fer.load_model(COMPACT_MODEL.with_suffix(".keras"))
weights = network.get_weights()


# %%
def show_stencils(kernels, titles):
    figure, axes = plt.subplots(1, len(kernels), figsize=(4 * len(kernels), 4), layout="constrained")
    for ax, kernel, title in zip(np.atleast_1d(axes), kernels, titles):
        tiles = np.pad(kernel[:, :, 0, :16], [(0, 1), (0, 1), (0, 0)], constant_values=np.nan)
        rows = [np.hstack([tiles[..., k] for k in range(4 * row, 4 * row + 4)]) for row in range(4)]
        ax.imshow(np.vstack(rows), cmap="RdBu_r", vmin=-0.35, vmax=0.35)
        ax.set_title(title)
        ax.axis("off")
    plt.close(figure)
    return figure


# %%
first = weights[0]
steps = np.abs(first).max() / 2
show_stencils([first, (first / steps).round() * steps], ["32 bits", "five values"])

# %% [markdown]
# You can, and so can the network, within limits that you will find today. It matters: the file of a network is little else
# than its weights. Fewer bits make it smaller, and whole numbers are quicker to multiply than fractions.
#
# This is **quantisation**: choose a step, the **scale**, and write every weight as a whole number of steps, its **code**.
#
# ## Now you: `quantize`
#
# With `bits` bits, codes go from `-(2**(bits-1) - 1)` to `2**(bits-1) - 1`: with 8 bits from -127 to 127. Choose the scale so
# that the largest weight, whatever its sign, gets the last code. Return the codes (whole numbers, nearest to the weights)
# and the scale.


# %%
def quantize(weights, bits):
    """Whole numbers for the weights, and the step that they count."""
    ### BEGIN SOLUTION
    scale = np.abs(weights).max() / (2 ** (bits - 1) - 1)
    codes = np.round(weights / scale)
    return codes, scale
    ### STUB
    # return weights * 0, 1.0  # your turn
    ### END SOLUTION


# %%
from fer_course.exercises import export as ex

ex.quantize.check(quantize)

# %%
# ex.quantize.hint()
# ex.quantize.solution()


# %% tags=["selftest"]
ex.quantize.selftest(
    right=[
        quantize,
        lambda weights, bits: (
            np.rint(weights / (np.max(np.abs(weights)) / (2 ** (bits - 1) - 1))).astype(int),
            np.max(np.abs(weights)) / (2 ** (bits - 1) - 1),
        ),
    ],
    wrong={
        "round after dividing": lambda weights, bits: (
            weights / (np.abs(weights).max() / (2 ** (bits - 1) - 1)),
            np.abs(weights).max() / (2 ** (bits - 1) - 1),
        ),
        "np.abs(weights).max()": lambda weights, bits: (
            np.round(weights / (weights.max() / (2 ** (bits - 1) - 1))),
            weights.max() / (2 ** (bits - 1) - 1),
        ),
        "2 ** (bits - 1) - 1": lambda weights, bits: (
            np.round(weights / (np.abs(weights).max() / (2**bits - 1))),
            np.abs(weights).max() / (2**bits - 1),
        ),
        "codes, scale": lambda weights, bits: np.round(weights),
        "np.round, not": lambda weights, bits: (
            np.trunc(weights / (np.abs(weights).max() / (2 ** (bits - 1) - 1))),
            np.abs(weights).max() / (2 ** (bits - 1) - 1),
        ),
    },
)

# %% [markdown]
# `codes * scale` are the weights again, nearly. Move the slider: fewer and fewer bits for every stencil of the network, and
# how many of 300 drawn faces it still names as before.

# %%
faces = fer.sample_faces().val
answers = fer.predict(network, faces.images).argmax(axis=1)


# %%
def same_answers(rounded, bits):
    """The share of faces that the network names as before, with rounded weights."""
    network.set_weights([rounded(w, bits) if w.ndim > 1 else w for w in weights])
    now = fer.predict(network, faces.images).argmax(axis=1)
    network.set_weights(weights)
    return (now == answers).mean()


# %%
def back(weights, bits):
    codes, scale = quantize(weights, bits)
    return codes * scale


# %%
def fewer_bits(bits=8):
    same = same_answers(back, bits)
    return show_stencils([first, back(first, bits)], ["32 bits", f"{bits} bits: {same:.0%} as before"])


fer.notebook.slide(fewer_bits, bits=[8, 6, 5, 4, 3, 2])

# %% [markdown]
# (Always the same? Then `quantize` is waiting for you.) Eight bits cost next to nothing. Below five, the network falls off
# a cliff. It falls earlier than it must, and you can see why.
#
# ## One scale does not fit all
#
# Here is the largest weight of every filter of a layer in the middle.

# %%
layer = next(w for w in weights if w.ndim == 4 and w.shape[3] == 64)
largest = np.sort(np.abs(layer).max(axis=(0, 1, 2)))

# %%
figure, ax = plt.subplots(figsize=(8, 3))
ax.bar(range(64), largest, color=fer.plots.BLUE)
_ = ax.set(xlabel="the 64 filters of one layer, sorted", ylabel="largest weight")

# %% [markdown]
# One scale for all of them follows the largest. With 3 bits there are seven codes, and the filters on the left, whose weights
# are not two thirds as large, use only five. **Give every filter its own scale.** It costs one number a filter.
#
# ## Now you: `filter_scales`
#
# A kernel has shape `(height, width, channels, filters)`. Return one scale for each filter: `.max(axis=(0, 1, 2))` leaves the
# last axis.


# %%
def filter_scales(kernel, bits):
    """The step of each filter: shape (filters,)."""
    ### BEGIN SOLUTION
    return np.abs(kernel).max(axis=(0, 1, 2)) / (2 ** (bits - 1) - 1)
    ### STUB
    # return np.ones(kernel.shape[3])  # your turn
    ### END SOLUTION


# %%
ex.filter_scales.check(filter_scales)

# %%
# ex.filter_scales.hint()
# ex.filter_scales.solution()


# %% tags=["selftest"]
ex.filter_scales.selftest(
    right=[
        filter_scales,
        lambda kernel, bits: np.array(
            [np.abs(kernel[..., k]).max() / (2 ** (bits - 1) - 1) for k in range(kernel.shape[3])]
        ),
    ],
    wrong={
        "the last axis stays": lambda kernel, bits: (
            np.abs(kernel).max(axis=(1, 2, 3)) / (2 ** (bits - 1) - 1)
        ),
        "one for each filter": lambda kernel, bits: np.abs(kernel).max() / (2 ** (bits - 1) - 1),
        "np.abs(kernel)": lambda kernel, bits: kernel.max(axis=(0, 1, 2)) / (2 ** (bits - 1) - 1),
        "2 ** (bits - 1) - 1": lambda kernel, bits: np.abs(kernel).max(axis=(0, 1, 2)),
    },
)


# %%
def per_filter(kernel, bits):
    if kernel.ndim != 4:
        return back(kernel, bits)
    scales = filter_scales(kernel, bits)
    return np.round(kernel / scales) * scales


# %%
bits = [8, 6, 5, 4, 3, 2]
one_scale = [same_answers(back, count) for count in bits]
own_scales = [same_answers(per_filter, count) for count in bits]

# %%
figure, ax = plt.subplots(figsize=(8, 3.4))
ax.plot(bits, 100 * np.array(own_scales), "o-", color=fer.plots.BLUE, label="a scale for each filter")
ax.plot(bits, 100 * np.array(one_scale), "s--", color=fer.plots.ORANGE, label="one scale for all")
ax.set(xlabel="bits for a weight", ylabel="answers as before, %", ylim=(0, 105), xticks=bits)
ax.invert_xaxis()
_ = ax.legend()

# %% [markdown]
# With 3 bits, part of what was lost is back, and nothing was trained again. Every serious tool does this, and now you know
# why.
#
# ## Out of Keras
#
# Weights are half of it. When the network runs, what flows between its layers is still in 32 bits. To use whole numbers
# there as well, one must know how large these values become: show it some train faces and write the ranges down. This is
# **calibration** (with calibrated confidences, lesson 13, it shares only the name), and it is why `int8` wants images.
#
# **ONNX** is a format that many programs run: on servers, on phones, in a browser. The file holds the arithmetic, from raw
# pixels to probabilities, and no code. Python, Keras and TensorFlow stay at home.

# %%
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
train = fer.sample_faces().train.images

# %%
for precision in ["fp32", "fp16", "int8"]:
    file = folder / f"{precision}.onnx"
    difference = fer.export_onnx(network, file, precision, calibration=train)
    print(
        f"{file.name}: {file.stat().st_size / 1e6:.2f} MB, no probability off by more than {difference:.1g}"
    )

# %% [markdown]
# Look at the end of each line. `export_onnx` asks the file and Keras about the same faces and **refuses to write** what
# differs too much. Never ship an export that nobody compared.
#
# ## How long does it take?
#
# Measure one call and you measure luck. The first calls are slow: memory is fetched, tables are made. And now and then the
# machine does something else in between. Here are 60 calls, one after another.

# %%
import time

predictor = fer.Predictor.load(folder / "fp32.onnx", threads=1)

# %%
times = []
for _ in range(60):
    start = time.perf_counter()
    predictor.predict_proba(faces.images[:1])
    times.append(1000 * (time.perf_counter() - start))

# %%
figure, ax = plt.subplots(figsize=(8, 3))
ax.bar(range(60), times, color=fer.plots.BLUE)
ax.axhline(np.mean(times), color=fer.plots.ORANGE, linestyle="--", label=f"mean {np.mean(times):.2f}")
ax.axhline(np.median(times), color="gray", label=f"median {np.median(times):.2f}")
ax.set(xlabel="call", ylabel="milliseconds", ylim=(0, 1.3 * max(times)))
_ = ax.legend(ncols=2)

# %% [markdown]
# ## Now you: `latency`
#
# First the warm-up: call `call()` `warm_up` times without looking. Then time `calls` calls one by one, and return the **median** in
# milliseconds. One call that was disturbed must not change the answer. (`time.perf_counter()` tells seconds.)


# %%
def latency(call, warm_up=5, calls=50):
    """Milliseconds of a typical call."""
    ### BEGIN SOLUTION
    for _ in range(warm_up):
        call()
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1000 * np.median(taken)
    ### STUB
    # return 0.0  # your turn
    ### END SOLUTION


# %%
ex.latency.check(latency)

# %%
# ex.latency.hint()
# ex.latency.solution()


# %% tags=["selftest"]
def timed(call, warm_up, calls):
    for _ in range(warm_up):
        call()
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - start))
    return taken


def all_at_once(call, warm_up=5, calls=50):
    for _ in range(warm_up):
        call()
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return 1000 * (time.perf_counter() - start) / calls


ex.latency.selftest(
    right=[latency, lambda call, warm_up=5, calls=50: float(np.median(timed(call, warm_up, calls)))],
    wrong={
        "the median": lambda call, warm_up=5, calls=50: np.mean(timed(call, warm_up, calls)),
        "one disturbed call": all_at_once,
        "milliseconds": lambda call, warm_up=5, calls=50: np.median(timed(call, warm_up, calls)) / 1000,
        "warm_up": lambda call, warm_up=5, calls=50: np.median(timed(call, 0, calls)),
        "one number": lambda call, warm_up=5, calls=50: timed(call, warm_up, calls),
    },
)

# %% [markdown]
# Now all three, and a fourth: int8 **without** calibration, which measures the ranges anew for every picture ("dynamic").
# Which file is the smallest, which the quickest? Write it down before you run the cell.

# %%
from fer_course.jobs.export import measure_exports

fer.export_onnx(network, folder / "int8_dynamic.onnx", "int8")
files = [folder / f"{name}.onnx" for name in ["fp32", "fp16", "int8_dynamic", "int8"]]
measured = measure_exports(files, faces)
fer.plots.exports(measured)

# %% [markdown]
# Three surprises, if you expected what most people do:
#
# - **fp16 is smaller, not quicker.** It is stored in 16 bits and computed with in 32: few processors have a quick way to
#   compute in 16, graphics cards do.
# - **Dynamic int8 is the smallest, and often the slowest.** Finding the ranges costs more than it saves.
# - **Accuracy stays where it was.** The intervals lie on each other, and a few answers change in both directions.
#
# What "quicker" means depends on the machine. Measure on the one that will run it.
#
# ## Without Keras
#
# A new Python, as on a machine that has no Keras: from nothing to a name, and what it loaded.

# %%
import subprocess
import sys

lines = """
import sys, time
start = time.perf_counter()
import numpy as np, fer_course as fer
face = np.full((48, 48), 128, np.uint8)
fer.Predictor.load().predict_proba([face])
print(f"{time.perf_counter() - start:.1f} s; Keras loaded:", "keras" in sys.modules)
"""

# %%
print(subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True).stdout)

# %% [markdown]
# ## Your own network
#
# Did you train one in [lesson 12](12_residual_cnn.ipynb)? Then these cells make it small, with photographs to calibrate on
# where you have them. Without one, the network of the course goes. They say whose it is.

# %%
photographs = fer.load_fer2013().train.images
own = fer.mine().load_network(keras=True)
small = fer.mine().place_for(own, "model-int8.onnx")

# %%
as_trained = fer.load_model(own.path.with_suffix(".keras"))
seen = own.prepare(photographs[:500])[..., 0]  # evened out, if it learned so
_ = fer.export_onnx(as_trained, small, "int8", own.about, calibration=seen)

# %% [markdown]
# What does it say about six photographs?

# %%
chances = fer.Predictor.load(small).predict_proba(photographs[:6])
names = [f"{fer.EMOTIONS[row.argmax()]} {row.max():.0%}" for row in chances]
fer.plots.faces(photographs[:6], names)

# %% [markdown]
# `fer.export(fer.mine().folder)` does all of this in one go. With `tflite=True` it writes a file for phones
# as well, and with `web="page"` a page that runs the network in a browser, where no picture leaves the machine.
#
# ## On the real FER2013
#
# The network of the course on @[inference.dataset], whose val has 3,589 photographs; @[inference.machine]
# (`benchmarks/bench_inference.py`).
#
# | | MB | ms for a face | right on val, % | other answers, % |
# | --- | --- | --- | --- | --- |
# | fp32 | @[inference.precisions.fp32.megabytes] | @[inference.precisions.fp32.milliseconds] | @[inference.precisions.fp32.accuracy] (@[inference.precisions.fp32.interval]) | |
# | fp16 | @[inference.precisions.fp16.megabytes] | @[inference.precisions.fp16.milliseconds] | @[inference.precisions.fp16.accuracy] (@[inference.precisions.fp16.interval]) | @[inference.precisions.fp16.other_answers_percent] |
# | int8, dynamic | @[inference.precisions.int8_dynamic.megabytes] | @[inference.precisions.int8_dynamic.milliseconds] | @[inference.precisions.int8_dynamic.accuracy] (@[inference.precisions.int8_dynamic.interval]) | @[inference.precisions.int8_dynamic.other_answers_percent] |
# | int8, calibrated | @[inference.precisions.int8.megabytes] | @[inference.precisions.int8.milliseconds] | @[inference.precisions.int8.accuracy] (@[inference.precisions.int8.interval]) | @[inference.precisions.int8.other_answers_percent] |
#
# - From starting Python to the first name: @[inference.cold_start_seconds] s.
# - A frame of 640x480 with one face, from pixels to a name: @[inference.frame_milliseconds.yunet.frame_to_names] ms with YuNet, of
#   which the network takes @[inference.frame_milliseconds.yunet.crop_and_predict] ms. **Finding the face is the expensive part**;
#   with Haar, at all sizes, it is @[inference.frame_milliseconds.haar.frame_to_names] ms.
# - Your cliff (`benchmarks/weight_bits.py`), right on val in %:
#
# | bits for a weight | 32 | 8 | 6 | 5 | 4 | 3 | 2 |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | one scale | @[weight_bits.weights_in_32_bits.accuracy] | @[weight_bits.one_scale.8.accuracy] | @[weight_bits.one_scale.6.accuracy] | @[weight_bits.one_scale.5.accuracy] | @[weight_bits.one_scale.4.accuracy] | @[weight_bits.one_scale.3.accuracy] | @[weight_bits.one_scale.2.accuracy] |
# | a scale for each filter | | @[weight_bits.scale_for_each_filter.8.accuracy] | @[weight_bits.scale_for_each_filter.6.accuracy] | @[weight_bits.scale_for_each_filter.5.accuracy] | @[weight_bits.scale_for_each_filter.4.accuracy] | @[weight_bits.scale_for_each_filter.3.accuracy] | @[weight_bits.scale_for_each_filter.2.accuracy] |
#
# These intervals are as wide as those of the first table, so all figures from 8 to 5 bits say the same.
#
# **A question to answer in words**: your file is to run on the cheapest phones of people you will never meet. What do you
# measure before you ship it, and on what?
#
# ## What you take with you
#
# - **Eight bits are enough** for a weight. With fewer, give every filter a scale of its own.
# - **Compare before you ship**: the export and the network on the same faces.
# - **Warm up, repeat, take the median**, and measure on the machine that counts.
# - **Smaller is not quicker.** Only measuring tells.
#
# The package has it as `fer.export_onnx`, `measure_exports` and `fer.Predictor`. Next comes lesson 18: a camera, and
# people before it.
