"""Checks of lesson 05: edges, and how often a score ranks two faces right."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "image.astype(int) can go below 0. image[1:, 1:] are the pixels that have both neighbours.",
    "Their neighbours: image[1:, :-1] to the left, image[:-1, 1:] above. abs() of each difference.",
    "return np.maximum(across, down) > threshold",
    placeholder=lambda image, threshold=30: np.zeros((image.shape[0] - 1, image.shape[1] - 1), bool),
)
def edges(answer: Answer, expect: Expectations) -> None:
    """Where the gray value jumps."""
    image = np.full((5, 6), 100, np.uint8)
    image[2:, 3:] = 180  # a brighter corner: jumps up, from the left and from above
    image[4, 5] = 0
    image[1, 1] = 120  # 20 from the left and 20 from above: neither is a jump of more than 30
    found = expect.shape(answer(image, 30), (4, 5), "it has one row and one column less than the image")
    expect.dtype(found, bool, slip="True or False: compare with the threshold")
    plain = np.full((4, 4), 90, np.uint8)
    expect.equal(answer(plain, 30), np.zeros((3, 3), bool), "one single gray has no edges")
    gentle = np.tile(np.array([100, 96, 92, 88], np.uint8), (4, 1))
    expect.that(not np.any(answer(gentle, 30)), "a gentle slope is no edge", answer(gentle, 30),
        slip="100 - 104 is 252 in uint8, which cannot go below 0; use image.astype(int)")
    expect.that(bool(found[3, 4]), "a jump down is an edge", found,
        slip="up or down: take abs() of the difference")
    expect.that(bool(found[1, 3]) and bool(found[2, 2]), "both directions count", found,
        slip="an edge is a jump from the left or from above")
    across = np.abs(np.diff(image.astype(int), axis=1))[1:]
    down = np.abs(np.diff(image.astype(int), axis=0))[:, 1:]
    expect.that(not found[0, 0], "two small jumps do not make a large one", found,
        slip="the larger of the two differences counts, not their sum")
    falls = np.array([[200, 100, 100]] * 3, np.uint8)
    for image_of_falls, wanted in ((falls, [[True, False]] * 2), (falls.T, [[True] * 2, [False] * 2])):
        expect.equal(answer(image_of_falls, 30), wanted, "a fall is a jump from either side",
            slip="abs() of both differences, each by itself")
    expect.equal(found, np.maximum(across, down) > 30, "it is True at the edges, nowhere else")
    expect.equal(answer(image, 79), np.maximum(across, down) > 79, "the threshold counts")
    expect.equal(answer(image, 80), np.maximum(across, down) > 80,
        "a jump as large as the threshold is not more", slip="more than the threshold: >, not >=")


@exercise(
    "covered[:, None] < good[None, :] is a table of all pairs. What is the mean of such a table?",
    "The ties: covered[:, None] == good[None, :]. Each counts half.",
    "return np.mean(lower + 0.5 * equal)",
    placeholder=0.0,
)
def ranked_right(answer: Answer, expect: Expectations) -> None:
    """How often a covered face has the lower score."""
    covered, good = np.array([1.0, 4.0, 2.0]), np.array([2.0, 3.0, 5.0, 7.0])
    lower, ties = 9 / 12, 1 / 12  # pairs
    found = expect.number(answer(covered, good))
    expect.between(found, 0, 1, "it is a share of pairs", slip="it is a share, not a count: take the mean")
    expect.not_equal(found, 1 - lower - ties, "low scores are for covered faces",
        slip="the covered one is lower, not higher")
    expect.not_equal(found, lower, "ties count", slip="ties count half")
    expect.equal(found, lower + ties / 2, "nine pairs of twelve, and a tie",
        slip="compare every pair: 3 times 4 of them")
    expect.equal(answer(covered, covered), 0.5, "the same scores on both sides are a coin: 0.5")
    expect.equal(answer(covered, covered + 9), 1.0, "all covered faces below all others: 1.0")
