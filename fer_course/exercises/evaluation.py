"""Checks of lesson 13: luck, two networks on the same faces, confidence, and a second view."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "rng.choice(correct, len(correct)) draws as many faces as before, some twice, some not at all.",
    "The accuracy of one such exam is its .mean(). Do that `times` times.",
    "return np.array([rng.choice(correct, len(correct)).mean() for _ in range(times)])",
    placeholder=lambda correct, times, seed: np.zeros(times),
)
def exams_again(answer: Answer, expect: Expectations) -> None:
    """Accuracies of exams drawn anew from one exam."""
    correct = np.arange(101) < 66
    found = expect.shape(answer(correct, 400, 1), (400,), "one accuracy for each exam",
        slip={(): "that is one accuracy: one for each of `times` exams"})
    exams = np.asarray(found, float)
    expect.between(exams, 0, 1, "an accuracy lies from 0 to 1", slip="take the mean of an exam, not its sum")
    expect.that(np.ptp(exams) > 0 or exams[0] == correct.mean(), "every exam is drawn anew", exams,
        slip="make rng once, before the loop: a new one with the same seed draws the same again")
    expect.more(np.ptp(exams), 0, "the exams differ",
        slip="with replacement: a face can be drawn twice. rng.choice does that unless told replace=False")
    expect.that(np.allclose(exams * 101, np.round(exams * 101)), "each exam has as many faces as the first",
        exams, slip="draw len(correct) faces")
    expect.between(exams.mean(), 0.63, 0.68, "on average they are as good as the first exam (66 of 101)")
    expect.between(exams.std(), 0.04, 0.055, "they spread as luck does, by about 0.047",
        slip="draw from `correct` itself, one face at a time")
    expect.equal(answer(correct, 5, 3), answer(correct, 5, 3), "the same seed gives the same exams",
        slip="rng = np.random.default_rng(seed)")
    expect.that(not np.array_equal(answer(correct, 5, 3), answer(correct, 5, 4)), "another seed gives others",
        slip="pass seed on: np.random.default_rng(seed)")


@exercise(
    "mine == labels tells for each face whether you are right.",
    "Right and not the other: (mine == labels) & (theirs != labels), and then the other way round.",
    "return ((mine == labels) & (theirs != labels)).sum(), ((theirs == labels) & (mine != labels)).sum()",
    placeholder=(0, 0),
)
def only_one_right(answer: Answer, expect: Expectations) -> None:
    """Faces that one network alone gets right."""
    labels = np.array([3, 3, 3, 3, 6, 6, 6, 0, 0, 1])
    mine = np.array([3, 3, 3, 3, 6, 6, 3, 4, 0, 2])
    theirs = np.array([6, 6, 0, 3, 6, 3, 6, 2, 0, 1])
    found = answer(labels, mine, theirs)
    expect.shape(found, (2,), "two counts: yours, theirs",
        slip={(): "that is one number: return both, with a comma between them"})
    expect.not_equal(found, (7, 5), "faces that both get right do not count",
        slip="those are all right answers; leave out the faces on which the other is right as well")
    expect.not_equal(found, (2, 4), "yours come first", slip="the other way round")
    expect.not_equal(found, (5, 3), "if both are wrong, nobody has a point",
        slip="mine != theirs is also true where both are wrong in different ways")
    expect.equal(found, (4, 2), "you alone are right four times, they alone twice")
    expect.equal(answer(labels, mine, mine), (0, 0), "against yourself there is nothing to count")


@exercise(
    "inside = (confidence > low) & (confidence <= high) picks the bin. Is anything inside?",
    "The distance is abs(correct[inside].mean() - confidence[inside].mean()).",
    "return inside.mean() * distance, and 0.0 for an empty bin: inside.mean() is the bin's share.",
    placeholder=0.0,
)
def bin_error(answer: Answer, expect: Expectations) -> None:
    """One bin's part of the calibration error."""
    confidence = np.array([0.3, 0.5, 0.55, 0.58, 0.6, 0.9, 0.95, 0.97])
    correct = np.array([False, True, False, True, False, True, True, True])
    wanted = 3 / 8 * (1.73 / 3 - 1 / 3)
    found = answer(confidence, correct, 0.5, 0.6)
    expect.number(found, slip="numbers with .mean(), not one for each face")
    slips = {
        8 / 3 * wanted: "that is the distance; multiply it with the bin's share of all faces, inside.mean()",
        8 * wanted: "multiply with the share of the faces, not with their number",
        -wanted: "too modest counts like too proud: take abs(...)",
        4 / 8 * (2.23 / 4 - 2 / 4): "0.5 itself belongs to the bin below: confidence > low",
        2 / 8 * (1.13 / 2 - 1 / 2): "0.6 itself belongs to this bin: confidence <= high",
    }
    expect.equal(found, wanted, "three of eight faces are 57.7 % sure and one is right: 3/8 of the distance",
        slip=slips)
    expect.equal(answer(confidence, correct, 0.9, 1.0), 2 / 8 * (1 - 0.96), "too modest is an error as well",
        slip="take abs(...)")
    expect.equal(answer(confidence, correct, 0.7, 0.8), 0.0, "an empty bin adds nothing",
        slip="the mean of nothing is nan: if not inside.any(): return 0.0")


def _left_half(images: np.ndarray) -> np.ndarray:
    """Predict as a network that looks at seven places of the left half."""
    patches = np.asarray(images, float)[:, [2, 5, 7, 11, 17, 30, 44], 3] + 1
    return patches / patches.sum(axis=1, keepdims=True)


@exercise(
    "images[:, :, ::-1] are the mirror images: the columns from last to first.",
    "Call predict twice, once with the images and once with their mirror images.",
    "return (predict(images) + predict(images[:, :, ::-1])) / 2",
    placeholder=lambda predict, images: predict(images),
)
def with_mirror(answer: Answer, expect: Expectations) -> None:
    """The mean over an image and its mirror image."""
    images = np.random.default_rng(13).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    plain, mirrored = _left_half(images), _left_half(images[:, :, ::-1])
    found = expect.shape(answer(_left_half, images), (4, 7), "seven probabilities for each image")
    values = np.asarray(found)
    expect.equal(values.sum(axis=1), np.ones(4), "they add up to 1",
        slip="the mean of both, not their sum: / 2")
    expect.not_equal(found, mirrored, "both views count", slip="that is the mirror image alone")
    expect.not_equal(found, (plain + _left_half(images[:, ::-1])) / 2, "left and right change places",
        slip="that turns faces upside down; the columns are the last axis: images[:, :, ::-1]")
    expect.not_equal(found, (plain + _left_half(images[::-1])) / 2, "each image stays in its place",
        slip="images[::-1] reverses the order of the images")
    expect.equal(found, (plain + mirrored) / 2, "it is the mean of both predictions")
    expect.equal(answer(_left_half, images[:, :, ::-1]), found,
        "an image and its mirror image get the same answer")
