"""Checks of lesson 16: a robustness curve, a gap between groups, what luck makes of it, and a conclusion."""

import numpy as np

from .engine import Answer, Expectations, exercise

WORDS = ("unequal", "cannot tell", "fair")


def _brightest_column(images: np.ndarray) -> np.ndarray:
    """Predict as a network that looks for the brightest of the first seven columns."""
    columns = np.asarray(images, float)[:, :, :7].mean(axis=1) + 1
    return columns / columns.sum(axis=1, keepdims=True)


def _lifted(images: np.ndarray, level: int) -> np.ndarray:
    """Damage images by making their seventh column brighter."""
    damaged = np.asarray(images).copy()
    damaged[:, :, 6] += np.uint8(level)
    return damaged


@exercise(
    "One level: damage(images, level) are the spoiled images, predict(...) says what is in them.",
    "predict gives (n, 7) probabilities; .argmax(axis=1) are the answers, == labels which are right.",
    "return [(predict(damage(images, level)).argmax(axis=1) == labels).mean() for level in levels]",
    placeholder=lambda predict, images, labels, damage, levels: [0.0] * len(levels),
)
def robustness_curve(answer: Answer, expect: Expectations) -> None:
    """Accuracy at every level of damage."""
    images = np.zeros((4, 8, 8), np.uint8)
    for place, (column, value) in enumerate([(0, 20), (1, 50), (2, 90), (3, 40)]):
        images[place, :, column] = value
    labels = np.array([0, 1, 2, 6])
    found = answer(_brightest_column, images, labels, _lifted, [30, 0, 60])
    expect.shape(found, (3,), "one accuracy for each level", slip="a list over the levels")
    values = np.asarray(found, float)
    expect.between(values, 0, 1, "an accuracy lies from 0 to 1",
        slip="the mean of the right ones, not the sum")
    expect.not_equal(values, [0.75] * 3, "damage makes a difference",
        slip="predict the spoiled images: damage(images, level)")
    expect.not_equal(values, [0.5, 0.5, 0.5], "every level starts from the images as they are",
        slip="do not keep the damaged images for the next level")
    expect.equal(values, [0.5, 0.75, 0.5], "of the four images two, three and two are named rightly")
    expect.equal(answer(_brightest_column, images, labels, _lifted, []), [], "no level, no accuracy")


@exercise(
    "np.unique(groups) are the names; groups == name picks the images of one group.",
    "right[groups == name].mean() is the accuracy of a group. Do it for all of them.",
    "shares = [right[groups == name].mean() for name in np.unique(groups)]; max(shares) - min(shares)",
    placeholder=0.0,
)
def gap(answer: Answer, expect: Expectations) -> None:
    """Accuracy of the best group minus that of the worst."""
    right = np.array([True, True, True, False, True, False, False, False, True, False, True, True])
    groups = np.repeat(["old", "young", "adult", "old"], [4, 4, 2, 2])
    found = expect.number(answer(right, groups), slip="one number: the largest share minus the smallest")
    expect.not_equal(found, 4, "a group is not better because it is larger",
        slip="compare shares, not counts: .mean()")
    expect.not_equal(found, 5 / 12 - 1 / 12, "each group counts by itself",
        slip="divide by the images of the group, not by all: right[groups == name].mean()")
    expect.not_equal(found, 5 / 6 - 1 / 2, "all groups are looked at, not the first two",
        slip="np.unique(groups)")
    expect.equal(found, 5 / 6 - 1 / 4, "83 % of the old and 25 % of the young: a gap of 58 points")
    expect.equal(answer(np.array([False, True]), np.array([False, True])), 1.0,
        "groups may be True and False as well")
    expect.equal(answer(np.array([True, False]), np.array([False, True])), 1.0, "a gap has no sign",
        slip="largest minus smallest, whatever their names")


@exercise(
    "rng.permutation(groups) deals the same groups out anew. Everything else stays.",
    "gap(right, rng.permutation(groups)) is one gap made by luck. Make `times` of them.",
    "return np.array([gap(right, rng.permutation(groups)) for _ in range(times)])",
    placeholder=lambda right, groups, times, seed: np.zeros(times),
)
def gaps_by_luck(answer: Answer, expect: Expectations) -> None:
    """Gaps between groups that were dealt out at random."""
    right = np.arange(90) % 3 > 0
    groups = np.repeat(["a", "b"], [30, 60])
    found = expect.shape(answer(right, groups, 300, 4), (300,), "one gap for each shuffle")
    gaps = np.asarray(found, float)
    expect.between(gaps, 0, 1, "a gap lies from 0 to 1")
    expect.more(np.ptp(gaps), 0, "the gaps differ",
        slip="shuffle inside the loop: rng.permutation(groups) every time")
    one = answer(np.array([True, False, False, False]), np.array(["a", "a", "b", "b"]), 50, 0)
    expect.equal(one, np.full(50, 0.5), "no group grows or shrinks, nobody gets better or worse",
        slip="shuffle, do not draw anew: rng.permutation keeps all of them")
    expect.between(gaps.mean(), 0.06, 0.11, "by luck, these two groups differ by 8 points on average")
    expect.equal(answer(right, groups, 5, 3), answer(right, groups, 5, 3),
        "the same seed gives the same gaps", slip="rng = np.random.default_rng(seed)")
    expect.that(not np.array_equal(answer(right, groups, 20, 3), answer(right, groups, 20, 4)),
        "another seed gives others", slip="pass seed on: np.random.default_rng(seed)")


@exercise(
    "The table says what luck can do. A gap that luck makes in one of a thousand shuffles is unequal.",
    "A large p-value says: not seen. Could a gap of 5 points have been seen with so few faces?",
    "Beards and, since the neutral faces, glasses: unequal. Age and skin tone: cannot tell.",
    placeholder={"beard": "", "glasses": "", "skin_tone": "", "age": ""},
)
def conclusion(answer: Answer, expect: Expectations) -> None:
    """What the audit says of every attribute."""
    expect.kind(answer, dict, "a word for each attribute, in a dict")
    expect.equal(sorted(answer), ["age", "beard", "glasses", "skin_tone"],
        "beard, skin_tone, glasses and age, no other")
    strange = [word for word in answer.values() if word not in WORDS]
    expect.that(not strange, f"the words are {', '.join(WORDS)}", strange)
    called_fair = [name for name, word in answer.items() if word == "fair"]
    expect.that(not called_fair, "nothing here proves fairness", ", ".join(called_fair),
        slip="a large p-value means that no gap was seen; luck alone makes 7 points, and could hide as much")
    expect.equal(answer["beard"], "unequal", "14 points, and p below 0.01: not luck")
    expect.equal(answer["glasses"], "unequal", "neutral faces with glasses are recognised half as often",
        slip="the overall gap says nothing, but you have seen what it hides: look at neutral again")
    expect.equal(answer["skin_tone"], "cannot tell", "of skin tone, nothing can be told",
        slip="p of the sad faces, times the 28 places that you looked at, is far above 0.05")
    expect.equal(answer["age"], "cannot tell", "of age, nothing can be told",
        slip="compare gap and gap_by_luck")
