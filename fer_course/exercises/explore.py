"""Checks of lesson 02: the majority baseline, copies across splits, and the ceiling that label noise sets."""

from typing import Any

import numpy as np

from .engine import exercise
from .expectations import Expectations


@exercise(
    hints=[
        "Which class is the largest, and what share of all images is it?",
        "np.bincount(labels) counts every class.",
        "return np.bincount(labels).max() / len(labels)",
    ],
    placeholder=0.0,
)
def majority_accuracy(answer: Any, expect: Expectations) -> None:
    """The accuracy of always answering the largest class."""
    labels = np.array([3, 3, 3, 3, 0, 0, 6, 6, 6, 5])
    found = answer(labels)
    expect.number(found)
    expect.not_equal(
        found, 4, "it is a share", slip="that is the count of the largest class; divide by all images"
    )
    expect.not_equal(found, 3, "it is a share", slip="that is the label of the largest class, not its share")
    expect.not_equal(
        found, 1 / 7, "it depends on the counts", slip="1/7 is guessing at random among seven classes"
    )
    expect.equal(found, 0.4, "four happy faces of ten give 0.4")
    expect.equal(
        answer(np.array([6, 6, 6])), 1.0, "if all faces are neutral it is 1.0", slip="do not fix the class"
    )


@exercise(
    hints=[
        "Comparing every pair would take long. A set answers 'seen before?' at once.",
        "An array cannot be put into a set, but its bytes can: image.tobytes().",
        "seen = {image.tobytes() for image in train_images}, then one True or False for each test image.",
    ]
)
def copied_from_train(answer: Any, expect: Expectations) -> None:
    """Which test images stand in train as well."""
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (6, 48, 48), np.uint8)
    fresh = rng.integers(0, 256, (2, 48, 48), np.uint8)
    almost = train[2].copy()
    almost[0, 0] ^= 1
    test = np.stack([train[4], fresh[0], train[0], almost, fresh[1]])
    found = answer(train, test)
    expect.not_equal(
        found,
        2,
        "it says which images, not only how many",
        slip="you counted them; return one value an image",
    )
    expect.shape(
        found, (5,), "one True or False for each test image",
        slip="you asked it of the train images" if np.shape(found) == (6,) else "",
    )  # fmt: skip
    flags = [bool(flag) for flag in found]
    expect.that(flags[0] and flags[2], "exact copies are found, wherever they stand in train", flags)
    expect.that(
        not flags[3],
        "one changed pixel is not an exact copy",
        flags,
        slip="compare all pixels, not a summary",
    )
    expect.equal(flags, [True, False, True, False, False], "nothing else is found")


@exercise(
    hints=[
        "A perfect model always answers the truth. When is it marked wrong?",
        "It is marked right exactly where the label in the file is the true one.",
        "return (labels == true_labels).mean()",
    ],
    placeholder=0.0,
)
def best_possible_accuracy(answer: Any, expect: Expectations) -> None:
    """The accuracy of a perfect model against noisy labels."""
    true_labels = np.array([0, 1, 2, 3, 4, 5, 6, 3])
    labels = np.array([0, 1, 4, 3, 4, 5, 6, 6])
    found = answer(labels, true_labels)
    expect.number(found)
    expect.not_equal(found, 0.25, "it is the share marked right", slip="that is the share of wrong labels")
    expect.not_equal(found, 6, "it is a share", slip="that is a count; use .mean()")
    expect.equal(found, 0.75, "two wrong labels of eight leave 0.75")
    expect.equal(answer(true_labels, true_labels), 1.0, "with perfect labels it is 1.0")
