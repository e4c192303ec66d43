"""Checks of lesson 07: cosine distance, who is far away, usual confidence, and suspects."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "The dot product is a @ b. Divide it by both lengths.",
    "np.linalg.norm(a) * np.linalg.norm(b) are the two lengths, multiplied.",
    "return 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b))",
    placeholder=0.0,
)
def cosine_distance(answer: Answer, expect: Expectations) -> None:
    """One minus the cosine of the angle between two lists of numbers."""
    a, b = np.array([3.0, 4.0, 0.0]), np.array([0.0, 2.0, 1.0])
    cosine = 8 / (5 * np.sqrt(5))
    found = expect.number(answer(a, b))
    expect.not_equal(found, cosine, "near is small",
        slip="that is the similarity; the distance is one minus it")
    expect.not_equal(found, 1 - 8, "the lengths do not count",
        slip="length plays no part: divide by both lengths")
    expect.not_equal(found, np.linalg.norm(a - b), "it compares directions",
        slip="that is the straight way between the points, not between the directions")
    expect.equal(found, 1 - cosine, "it is one minus the cosine of the angle")
    expect.equal(answer(a, 7 * a), 0.0, "the same direction has distance 0, however long")
    expect.equal(answer(a, np.array([-4.0, 3.0, 0.0])), 1.0, "a right angle has distance 1")
    expect.equal(answer(a, -a), 2.0, "the opposite direction has distance 2")


@exercise(
    "Where is the limit? Start from distances.mean() and go up.",
    "The limit is distances.mean() + multiplier * distances.std().",
    "return distances > distances.mean() + multiplier * distances.std()",
    placeholder=lambda distances, multiplier=2.5: np.zeros(len(distances), bool),
)
def far_away(answer: Answer, expect: Expectations) -> None:
    """Who is more than so many standard deviations above the mean."""
    distances = np.array([0.0, *[4.0, 4.5, 5.0, 5.0, 5.5, 6.0] * 3, 7.0, 8.5, 10.0]) / 10
    # -2.9 standard deviations for the first; 1, 1.8 and 2.6 for the last three
    deviations = (distances - distances.mean()) / distances.std()
    found = expect.shape(answer(distances, 1), distances.shape, "one answer for each distance",
        slip="one True or False for each, not the distances themselves")
    expect.dtype(found, bool)
    expect.not_equal(found, abs(deviations) > 1, "only far counts",
        slip="to be near is no reason to go: no abs() here")
    expect.not_equal(found, distances > distances.std(), "usual is where the mean is",
        slip="start from the mean and go up")
    expect.not_equal(found, distances > distances.mean() + distances.var(),
        "the limit is in standard deviations", slip="take the standard deviation, not the variance")
    expect.not_equal(found, deviations > 2.5, "the multiplier counts",
        slip="the multiplier counts, not always 2.5")
    expect.equal(found, deviations > 1, "everyone beyond the limit is far away, nobody else")
    expect.equal(answer(distances), deviations > 2.5, "left out, the multiplier is 2.5")


@exercise(
    "labels == 3 are the faces labelled happy. Column 3 is the belief in happy.",
    "For one emotion: beliefs[labels == emotion, emotion].mean()",
    "return np.array([beliefs[labels == emotion, emotion].mean() for emotion in range(7)])",
    placeholder=lambda labels, beliefs: np.ones(7),
)
def usual_confidence(answer: Answer, expect: Expectations) -> None:
    """The mean belief in each emotion, over the faces labelled so."""
    labels, beliefs = _witness()
    wanted = np.array([beliefs[labels == emotion, emotion].mean() for emotion in range(7)])
    found = expect.shape(answer(labels, beliefs), (7,), "seven numbers, one for each emotion",
        slip={(): "that is one number for all: take each emotion's own faces, in a loop over range(7)"})
    expect.not_equal(found, beliefs.mean(axis=0), "each emotion has its own faces",
        slip="only the faces labelled so: labels == emotion")
    expect.not_equal(found, np.array([beliefs[labels == emotion].max(axis=1).mean() for emotion in range(7)]),
        "it is the belief in this emotion",
        slip="the belief in its own label, column emotion, not the strongest belief")
    expect.equal(found, wanted, "it is the mean belief in the label")


@exercise(
    "beliefs >= usual says for every face which emotions reach their usual confidence.",
    "np.where(beliefs >= usual, beliefs, 0) keeps those beliefs; argmax(axis=1) names the strongest.",
    "A row without any True accuses nobody: reached.any(axis=1) & (reached.argmax(axis=1) != labels)",
    placeholder=lambda labels, beliefs, usual: np.zeros(len(labels), bool),
)
def suspects(answer: Answer, expect: Expectations) -> None:
    """Who is suspected by confident learning's rule."""
    usual = np.array([0.5, 0.3, 0.4, 0.8, 0.5, 0.5, 0.5])
    beliefs = np.array([
        [0.90, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01],  # surely angry, and labelled so
        [0.90, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01],  # the same, labelled sad
        [0.10, 0.05, 0.05, 0.60, 0.10, 0.05, 0.05],  # happy, but less sure than usual
        [0.10, 0.35, 0.03, 0.45, 0.03, 0.02, 0.02],  # most of all happy, yet only disgust reaches its limit
        [0.10, 0.35, 0.03, 0.45, 0.03, 0.02, 0.02],
        [0.01, 0.31, 0.60, 0.02, 0.02, 0.02, 0.02],  # disgust and fear reach it, fear is stronger
        [0.01, 0.31, 0.60, 0.02, 0.02, 0.02, 0.02],
        [0.55, 0.40, 0.01, 0.01, 0.01, 0.01, 0.01],  # disgust is farther above its limit, angry is stronger
    ])
    labels = np.array([0, 4, 6, 1, 3, 2, 1, 0])
    found = expect.shape(answer(labels, beliefs, usual), (8,), "one answer for each face",
        slip="one True or False for each face, not their positions")
    expect.dtype(np.asarray(found), bool)
    expect.equal(bool(found[0]), False, "a sure agreement is no suspect")
    expect.equal(bool(found[1]), True, "a sure contradiction is a suspect")
    expect.equal(bool(found[2]), False, "who is less sure than usual accuses nobody",
        slip="below the usual confidence nobody is accused; use any(axis=1)")
    expect.equal(bool(found[3]), False, "only beliefs that reach the limit take part",
        slip="the strongest of these, not of all seven: set the others to 0 first")
    expect.equal(bool(found[4]), True, "the label has to be the strongest of these")
    expect.equal(bool(found[5]), False, "when two reach the limit, the stronger one speaks")
    expect.equal(bool(found[6]), True, "a label that reaches its limit is suspected if another is stronger",
        slip="the strongest of these has to be the label; to reach the limit is not enough")
    expect.equal(bool(found[7]), False, "the stronger belief speaks, not the one farther above its limit",
        slip="compare the beliefs themselves, not how far they are above the limit")


def _witness() -> tuple[np.ndarray, np.ndarray]:
    """Labels and the beliefs of a classifier that is often wrong."""
    rng = np.random.default_rng(7)
    return np.arange(42) % 7, rng.dirichlet(np.ones(7), 42)
