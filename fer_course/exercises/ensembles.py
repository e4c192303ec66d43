"""Checks of lesson 14: votes, soft votes, and how different two members are."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "Count for each face how many members say 0, how many say 1, and so on to 6.",
    "(answers == 3).sum(axis=0) counts for every face who says 3.",
    "return np.array([(answers == label).sum(axis=0) for label in range(7)]).argmax(axis=0)",
    placeholder=lambda answers: answers[0],
)
def majority(answer: Answer, expect: Expectations) -> None:
    """The answer that most members give."""
    answers = np.array([[3, 6, 0, 2, 5, 6], [3, 4, 0, 2, 1, 6], [6, 4, 5, 2, 1, 6], [3, 4, 5, 2, 1, 2]])
    found = answer(answers)
    expect.shape(found, (6,), "one answer for each face",
        slip={(4,): "members are the rows: go along axis 0"})
    expect.not_equal(found, np.round(answers.mean(axis=0)), "labels are names, not amounts",
        slip="the mean of angry (0) and neutral (6) is not happy (3): count, do not average")
    expect.not_equal(found, np.array([3, 4, 2, 2, 1, 6]), "labels are names, not amounts",
        slip="the median is an average as well: count")
    expect.not_equal(found, np.array([3, 3, 2, 4, 3, 3]), "say which label, not how many say it",
        slip=".argmax(axis=0) instead of .max(axis=0)")
    values = np.asarray(found)
    expect.equal(values[[0, 1, 3, 4, 5]], [3, 4, 2, 1, 6], "three or four of four say the same")
    expect.that(values[2] in (0, 5), "two against two: one of the two", values[2])
    expect.equal(answer(np.array([[6], [6], [2], [3], [4]])), [6], "two of five decide if the others differ",
        slip="the most frequent, not more than half")
    expect.equal(answer(answers[:1]), answers[0], "one member alone decides")


@exercise(
    "Multiply each member's probabilities with its weight: weights[:, None, None] * probabilities.",
    "Add over the members (axis 0), and divide by the sum of the weights.",
    "return (weights[:, None, None] * probabilities).sum(axis=0) / weights.sum()",
    placeholder=lambda probabilities, weights: probabilities[0],
)
def soft_vote(answer: Answer, expect: Expectations) -> None:
    """The weighted mean of probabilities."""
    members = np.random.default_rng(14).dirichlet(np.ones(7), (3, 5))
    weights = np.array([1.0, 3.0, 0.0])
    found = answer(members, weights)
    expect.shape(found, (5, 7), "seven probabilities for each face",
        slip={(3, 7): "add over the members: axis 0", (3, 5): "add over the members: axis 0"})
    sums = np.asarray(found).sum(axis=1)
    expect.equal(sums, np.ones(5), "they add up to 1",
        slip="divide by the sum of the weights, not by the number of members")
    expect.not_equal(found, members.mean(axis=0), "weights count",
        slip="that is the mean of all, as if the weights were alike")
    expect.equal(found, (members[0] + 3 * members[1]) / 4,
        "a weight of 3 counts three times, one of 0 not at all")
    expect.equal(answer(members, np.ones(3)), members.mean(axis=0), "with equal weights it is the mean")
    expect.equal(answer(members, 10 * weights), found, "only the proportions count",
        slip="divide by weights.sum()")


@exercise(
    "Four counts: both right, both wrong, only the first right, only the second right.",
    "same = both right times both wrong; apart = only the first times only the second.",
    "return (same - apart) / (same + apart)",
    placeholder=0.0,
)
def yules_q(answer: Answer, expect: Expectations) -> None:
    """Yule's Q of two members."""
    first = np.repeat([True, True, False, False], [7, 2, 3, 4])
    second = np.repeat([True, False, True, False], [7, 2, 3, 4])
    found = expect.number(answer(first, second), slip="count with .sum()")
    slips = {
        11 / 16: "that is how often both are right or both wrong; multiply the two counts",
        6 / 16: "add the counts and you get agreement; Q multiplies them: right*right times wrong*wrong",
        (7 - 6) / (7 + 6): "both wrong counts as well: multiply both right with both wrong",
        28 / 34: "take the apart ones away on top: (same - apart) / (same + apart)",
        (6 - 28) / 34: "the other way round: same minus apart",
    }
    expect.equal(found, 22 / 34, "7 both right, 4 both wrong, 2 and 3 apart: (28 - 6) / (28 + 6)",
        slip=slips)
    expect.equal(answer(first, first), 1.0, "with oneself it is 1")
    expect.equal(answer(first, ~first), -1.0, "with the contrary it is -1")
    independent = np.array([True, True, False, False]), np.array([True, False, True, False])
    expect.equal(answer(*independent), 0.0, "errors that have nothing to do with each other: 0")
