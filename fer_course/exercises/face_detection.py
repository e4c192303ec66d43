"""Checks of lesson 06: the integral image, a rectangle's sum, and the share of each group that is kept."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "Add up along the rows, then add up the result along the columns.",
    "image.cumsum(axis=0, dtype=np.int64).cumsum(axis=1) has everything but the row and column of zeros.",
    "sums = np.zeros((height + 1, width + 1), np.int64), then fill sums[1:, 1:].",
    placeholder=lambda image: np.zeros((image.shape[0] + 1, image.shape[1] + 1), np.int64),
)
def integral_image(answer: Answer, expect: Expectations) -> None:
    """The sums of everything above and to the left of each place."""
    image = np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
    found = expect.shape(answer(image), (4, 5), "it has one more row and one more column than the image",
        slip="without the zeros there is nothing to subtract at the edge")
    expect.equal(found[0], np.zeros(5), "nothing is above the first row")
    expect.equal(found[:, 0], np.zeros(4), "nothing is to the left of the first column")
    expect.equal(found[1:, 1:], image.cumsum(axis=0, dtype=int).cumsum(axis=1),
        "each place has the sum of all above it and to its left",
        slip="add up in both directions, axis=0 and axis=1")
    bright = answer(np.full((10, 10), 255, np.uint8))
    expect.equal(bright[-1, -1], 25_500, "nothing wraps around", slip="uint8 ends at 255: dtype=np.int64")


@exercise(
    "sums[bottom, right] is the whole corner. Which two strips are too much?",
    "Cut off sums[top, right] and sums[bottom, left]. Which piece was in both?",
    "return sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]",
    placeholder=0,
)
def rectangle_sum(answer: Answer, expect: Expectations) -> None:
    """The sum of a rectangle from the four corners of the integral image."""
    image = np.random.default_rng(0).integers(0, 256, (12, 20)).astype(np.int64)
    sums = np.pad(image.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    top, left, bottom, right = 3, 5, 9, 11
    inside = image[top:bottom, left:right].sum()
    found = expect.number(answer(sums, top, left, bottom, right))
    slips = {
        sums[bottom, right] - sums[top, right] - sums[bottom, left]:
            "the piece above and to the left was cut off twice; give it back",
        inside - 2 * sums[top, left]: "the piece above and to the left is in both strips: add it, once",
        sums[bottom, right] - sums[top, left]:
            "both strips are subtracted: the one above, and the one to the left",
        image[left:right, top:bottom].sum(): "rows first: sums[row, column]",
    }
    expect.equal(found, inside, "it is the sum of the rectangle", slip=slips)
    expect.equal(answer(sums, 0, 0, 12, 20), image.sum(), "the whole image is a rectangle, too")
    expect.equal(answer(sums, 4, 7, 5, 8), image[4, 7], "and so is a single pixel")


@exercise(
    "counts[groups == name] are the counts of one group. Which of them are 1?",
    "np.mean of booleans is a share.",
    "{name: float(np.mean(counts[groups == name] == 1)) for name in np.unique(groups)}",
)
def share_kept(answer: Answer, expect: Expectations) -> None:
    """The share of each group in which exactly one face was found."""
    counts = np.array([1, 1, 0, 2, 1, 1, 1, 0])
    groups = np.array(["a", "a", "a", "a", "b", "b", "b", "b"])
    found = expect.kind(answer(counts, groups), dict, "the answer is a dictionary")
    expect.equal(sorted(found), ["a", "b"], "every group is in it")
    expect.between(list(found.values()), 0, 1, "each value is a share from 0 to 1",
        slip="that is a count; a share is a mean")
    expect.not_equal(found["a"], 0.75, "exactly one face is asked for",
        slip="an image with two faces is thrown away, too")
    expect.equal([found["a"], found["b"]], [0.5, 0.75], "two of four, and three of four",
        slip="divide by the group's size: a share of its own images")
