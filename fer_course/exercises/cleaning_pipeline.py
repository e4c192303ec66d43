"""Checks of lesson 09: what to drop, how good a filter is, and the control of an experiment."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "flags.any(axis=1) is True for each image with at least one flag.",
    'split == "train" is True for each image of train. Both have to hold: &',
    'return flags.any(axis=1) & (split == "train")',
    placeholder=lambda flags, split: np.zeros(len(flags), bool),
)
def to_drop(answer: Answer, expect: Expectations) -> None:
    """Which images a set of flags drops from train."""
    flags = np.array([[1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 0, 1], [1, 1, 1]], bool)
    split = np.array(["train", "train", "val", "test", "train"])
    found = answer(flags, split)
    expect.shape(found, (5,), "one answer for each image",
        slip={(3,): "that is one answer for each filter: go along axis 1"})
    expect.dtype(found, bool)
    expect.not_equal(found, [False, True, True, True, False], "True is to drop",
        slip="these are not the ones to keep")
    expect.that(not (found[2] or found[3]), "val and test stay", found,
        slip="val and test are the exam: keep them")
    expect.that(bool(found[0]), "one flag is enough", found, slip="one flag is enough: any, not all")
    expect.equal(found, [True, False, False, False, True], "what has a flag and is in train goes")


@exercise(
    "flagged & bad are those that were thrown out and deserved it: count them with np.sum.",
    "Precision divides by np.sum(flagged), recall by np.sum(bad). max(..., 1) keeps from dividing by 0.",
    "return caught / max(np.sum(flagged), 1), caught / max(np.sum(bad), 1)",
    placeholder=(0.0, 0.0),
)
def precision_and_recall(answer: Answer, expect: Expectations) -> None:
    """Which share was thrown out rightly, and which share of the bad was found."""
    flagged = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 0], bool)
    bad = np.array([1, 1, 0, 1, 1, 1, 0, 0, 1, 0], bool)
    found = answer(flagged, bad)
    expect.shape(found, (2,), "the result is two numbers",
        slip={(): "that is one of the two: return precision, recall"})
    expect.not_equal(found, (0.5, 0.75), "precision comes first",
        slip="both are right, but not in this order")
    expect.not_equal(found[0], 0.6, "images that nobody flagged play no part", slip="that is the accuracy")
    expect.equal(found[0], 0.75, "3 of the 4 flagged deserved it", slip="precision divides by the flagged")
    expect.equal(found[1], 0.5, "3 of the 6 bad ones were found", slip="recall divides by the bad")
    none = np.zeros(10, bool)
    slip = "there is nothing to divide by: use max(..., 1)"
    expect.equal(answer(none, bad), (0.0, 0.0), "nothing flagged gives 0 and 0", slip=slip)
    expect.equal(answer(flagged, none), (0.0, 0.0), "nothing bad gives 0 and 0", slip=slip)


@exercise(
    "np.sum(train & ~keep) is how many to drop, np.flatnonzero(train) are the places to choose from.",
    "rng.choice(places, how_many, replace=False) chooses without taking one twice.",
    "Start with mask = np.ones(len(keep), bool), set mask[dropped] = False, and return it.",
    placeholder=lambda keep, train, rng: keep.copy(),
)
def as_many_at_random(answer: Answer, expect: Expectations) -> None:
    """Drop as many train images by chance as a filter dropped."""
    train = np.arange(60) % 3 > 0  # 40 of 60
    keep = np.arange(60) % 5 > 0
    keep[~train] = True
    keep[0] = False  # outside train, where nothing is dropped and nothing counts
    count = int(np.sum(train & ~keep))
    draws = [answer(keep, train, np.random.default_rng(seed)) for seed in range(6)]
    first = expect.shape(draws[0], (60,), "one answer for each image", slip="a mask as long as keep")
    expect.dtype(first, bool)
    expect.that(all(np.sum(draw) > 30 for draw in draws), "True is to keep", first,
        slip="True for those to keep, False for those to drop")
    expect.that(all(draw[~train].all() for draw in draws), "only train loses images", first,
        slip="choose only from train: np.flatnonzero(train)")
    expect.that(all(np.sum(~draw) == count for draw in draws), "it drops as many", first,
        slip="as many as the filter: np.sum(train & ~keep), and none of them twice (replace=False)")
    expect.that(any((draw != first).any() for draw in draws), "chance decides", first,
        slip="every rng should give an other draw")
    expect.that(any((~draw[train & ~keep]).any() for draw in draws),
        "what the filter dropped can be drawn, too", first,
        slip="choose from all of train, not from what the filter kept")
    same = answer(keep, train, np.random.default_rng(0))
    expect.equal(same, first, "the same rng gives the same draw", slip="use rng, not np.random")
