"""Checks of lesson 02: the majority baseline, copies across splits, and soft labels from votes."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "Which class is the largest, and what share of all images is it?",
    "np.bincount(labels) counts every class.",
    "return np.bincount(labels).max() / len(labels)",
    placeholder=0.0,
)
def majority_accuracy(answer: Answer, expect: Expectations) -> None:
    """The accuracy of always answering the largest class."""
    labels = np.array([3, 3, 3, 3, 0, 0, 6, 6, 6, 5])
    found = expect.number(answer(labels))
    expect.not_equal(found, 4, "it is a share",
        slip="that is the count of the largest class; divide by all images")
    expect.not_equal(found, 3, "it is a share", slip="that is the label of the largest class, not its share")
    expect.not_equal(found, 1 / 7, "it depends on the counts",
        slip="1/7 is guessing at random among seven classes")
    expect.equal(found, 0.4, "four happy faces of ten give 0.4")
    expect.equal(answer(np.array([6, 6, 6])), 1.0, "if all faces are neutral it is 1.0",
        slip="do not fix the class")


@exercise(
    "Comparing every pair would take long. A set answers 'seen before?' at once.",
    "An array cannot be put into a set, but its bytes can: image.tobytes().",
    "seen = {image.tobytes() for image in train_images}, then one True or False for each test image.",
)
def copied_from_train(answer: Answer, expect: Expectations) -> None:
    """Which test images stand in train as well."""
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (6, 48, 48), np.uint8)
    fresh = rng.integers(0, 256, (2, 48, 48), np.uint8)
    almost = train[2].copy()
    almost[0, 0] ^= 1
    test = np.stack([train[4], fresh[0], train[0], almost, fresh[1]])
    found = answer(train, test)
    expect.not_equal(found, 2, "it says which images, not only how many",
        slip="you counted them; return one value an image")
    expect.shape(found, (5,), "one True or False for each test image",
        slip={(6,): "you asked it of the train images"})
    flags = [bool(flag) for flag in found]
    expect.that(flags[0] and flags[2], "exact copies are found, wherever they stand in train", flags)
    expect.that(not flags[3], "one changed pixel is not an exact copy", flags,
        slip="compare all pixels, not a summary")
    expect.equal(flags, [True, False, True, False, False], "nothing else is found")


@exercise(
    "A soft label is a share: the votes for an emotion, divided by the votes on that face.",
    "votes.sum(axis=1, keepdims=True) has one total a face, and stays a column.",
    "np.maximum(total, 1) makes 0 / 0 a harmless 0 / 1.",
)
def soft_label(answer: Answer, expect: Expectations) -> None:
    """The share of each emotion in the votes on a face."""
    votes = np.array([[0, 0, 0, 6, 0, 2, 0], [1, 0, 2, 0, 2, 0, 0], [0, 0, 0, 0, 0, 0, 1], [0] * 7])
    found = expect.shape(answer(votes), (4, 7), "one row a face, one column an emotion")
    shares = np.asarray(found, dtype=np.float64)
    expect.that(not np.isnan(shares).any(), "a face without a vote gets zeros", shares[3],
        slip="0 divided by 0 is nan; let no total be below 1")
    expect.not_equal(shares[0], votes[0] / 10, "every face is divided by its own votes",
        slip="not all rows have ten; sum the row")
    expect.not_equal(shares.sum(), 1.0, "every face is a label of its own",
        slip="you divided by the votes of the whole table; sum with axis=1")
    expect.not_equal(shares[0], np.eye(7)[3], "no opinion is lost",
        slip="that is a majority; keep the shares")
    expect.equal(shares[0], [0, 0, 0, 0.75, 0, 0.25, 0], "six votes and two become 0.75 and 0.25",
        slip="add up the seven votes on one face: axis=1")
    expect.equal(shares[1], [0.2, 0, 0.4, 0, 0.4, 0, 0], "five votes do as well as eight")
    expect.equal(shares.sum(axis=1), [1, 1, 1, 0], "the shares of a face add up to 1, or to 0 without a vote")
