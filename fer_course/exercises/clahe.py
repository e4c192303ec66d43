"""Checks of lesson 08: histogram equalisation, a clipped histogram, and what happens to noise."""

import cv2
import numpy as np

from .engine import Answer, Expectations, exercise
from .expectations import same


@exercise(
    "The place in the queue: how many pixels are as dark or darker, divided by image.size.",
    "table = 255 * counts.cumsum() / image.size, rounded and turned into np.uint8.",
    "table[image] has the shape of the image: every pixel is looked up.",
    placeholder=lambda image: image,
)
def equalised(answer: Answer, expect: Expectations) -> None:
    """Histogram equalisation."""
    ramp = np.repeat(np.arange(100, 132, dtype=np.uint8), 8).reshape(16, 16)
    found = expect.shape(answer(ramp), ramp.shape, "the picture keeps its shape",
        slip="look every pixel up: return table[image]")
    expect.dtype(found, np.uint8, slip="make the table of np.uint8 before you look up")
    expect.more(np.ptp(found), 0, "different gray values stay different",
        slip="the histogram itself is no table of places: add it up with .cumsum()")
    steps = np.diff(found.ravel().astype(int))
    expect.that(np.any(steps > 0) or np.all(steps == 0), "bright stays bright", found,
        slip="the darkest pixels stand first in the queue")
    expect.equal(found.max(), 255, "the last in the queue gets 255",
        slip="a place is cumulative / image.size, times 255")
    crowd = np.repeat(np.arange(100, 104, dtype=np.uint8), 64).reshape(16, 16)
    crowd[0, 0], crowd[-1, -1] = 0, 255
    expect.more(np.ptp(answer(crowd)[1:-1]), 100, "crowded gray values move apart",
        slip="stretching from darkest to brightest is not enough: two extreme pixels prevent it")
    place = 255 * np.bincount(ramp.ravel(), minlength=256).cumsum() / ramp.size
    expect.not_equal(found, place.astype(np.uint8)[ramp], "the places are rounded",
        slip=".astype alone cuts the fractions off: np.rint first")
    expect.that(same(found, np.rint(place)[ramp]) or same(found, cv2.equalizeHist(ramp)),
        "every gray value is its place in the queue, as here or as in OpenCV", found)


@exercise(
    "Two steps: how much stands above the limit in all, and what is left when it is cut off?",
    "np.minimum(counts, limit) cuts. np.maximum(counts - limit, 0).sum() is the surplus.",
    "return np.minimum(counts, limit) + surplus / len(counts)",
    placeholder=lambda counts, limit: counts,
)
def clipped(answer: Answer, expect: Expectations) -> None:
    """A histogram with limited height."""
    counts, limit = np.array([0, 2, 9, 5]), 4
    cut, surplus = np.minimum(counts, limit), 6
    found = expect.shape(answer(counts, limit), (4,), "one number for each gray value")
    expect.not_equal(found, counts * limit / 9, "low counts are not lowered",
        slip="cut only what stands above the limit")
    expect.not_equal(found, cut + surplus, "nobody gets the whole surplus",
        slip="hand it out in equal parts: divide it")
    expect.not_equal(found, cut + surplus / 256, "the surplus goes to the gray values that there are",
        slip="here are four gray values: divide by len(counts), not by 256")
    expect.equal(np.sum(found), 16, "the number of pixels stays the same", slip="hand the surplus out again")
    expect.equal(found, cut + surplus / 4, "every gray value gets the same part",
        slip="hand it out to all gray values, those at the limit too")
    expect.equal(answer(counts, 20), counts, "a histogram below the limit stays as it is")


@exercise(
    "Subtract the clean picture from the noisy one: that is the noise. Do it before and after enhancing.",
    "noisy.astype(float) - clean can be negative, as a difference must. Then .std().",
    "after = enhance(noisy).astype(float) - enhance(clean); return after.std() / before.std()",
    placeholder=0.0,
)
def noise_gain(answer: Answer, expect: Expectations) -> None:
    """How much an enhancement amplifies noise."""
    rng = np.random.default_rng(8)
    clean = rng.choice([60, 190], (16, 16)).astype(np.uint8)
    noisy = (clean + rng.integers(-4, 5, clean.shape)).astype(np.uint8)
    unchanged = expect.number(answer(_as_it_is, clean, noisy))
    expect.not_equal(unchanged, (noisy.astype(float) - clean).std(), "it is a factor",
        slip="the noise after has to be compared with before")
    expect.equal(unchanged, 1.0, "a function that changes nothing has a gain of 1")
    found = answer(_doubled, clean, noisy)
    wrapped = (_doubled(noisy) - _doubled(clean)).std() / (noisy - clean).std()
    expect.not_equal(found, wrapped, "differences may be negative",
        slip="subtraction of uint8 wraps around; use .astype(float)")
    expect.not_equal(found, 0.5, "amplified noise gives more than 1", slip="divide after by before")
    expect.not_equal(found, 4.0, "it is a factor on the deviation", slip="the variance is the square of it")
    gray = clean.astype(float)
    expect.not_equal(found, (_doubled(noisy) - gray).std() / (noisy - gray).std(),
        "noise after is compared with the clean picture after", slip="enhance the clean picture as well")
    expect.not_equal(found, _doubled(noisy).std() / noisy.std(), "contrast is left out of it",
        slip="this is the gain of the picture, not of the noise: subtract the clean one")
    expect.equal(found, 2.0, "a function that doubles all noise has a gain of 2")


def _as_it_is(image: np.ndarray) -> np.ndarray:
    return image


def _doubled(image: np.ndarray) -> np.ndarray:
    """Double the noise about the two gray values, 60 and 190, and move these apart."""
    level, moved = np.where(image < 125, 60, 190), np.where(image < 125, 40, 200)
    return (moved + 2 * (image - level)).astype(np.uint8)
