"""Checks of lesson 20: a last layer for one face, splits by sitting, and what a network looks at."""

import numpy as np

from .engine import Answer, Expectations, exercise


def _clouds(labels: np.ndarray, scales: list[float], seed: int) -> np.ndarray:
    """Make features of which the first two tell three labels apart, and the others nothing."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])[np.searchsorted([0, 3, 6], labels)]
    noise = rng.normal(size=(len(labels), len(scales) - 2))
    return np.hstack([centres + rng.normal(0, 0.5, centres.shape), noise]) * scales


@exercise(
    "A pipeline does one step after the other: first put all features on one scale, then tell labels apart.",
    "model.classes_ are the labels that it saw: the columns of the seven that its probabilities belong to.",
    "found = np.zeros((len(others), 7)); found[:, model.classes_] = model.predict_proba(others)",
    placeholder=lambda features, labels, others: np.full((len(others), 7), 1 / 7),
)
def adapt(answer: Answer, expect: Expectations) -> None:
    """The probabilities that a classifier gives to faces, fitted to other ones."""
    labels = np.repeat([0, 3, 6], 12)
    alike, uneven, constant = [1.0] * 4, [0.001, 0.001, 1000.0, 1000.0], [1.0, 1.0, 0.0]

    def right(found: np.ndarray) -> float:
        return float(np.mean(np.asarray(found).argmax(axis=1) == labels))

    few = answer(_clouds(labels, alike, 0), labels, _clouds(labels, alike, 1)[:5])
    expect.that(len(few) == 5, "a row for each of the others", few)
    expect.shape(few, (5, 7), "probabilities of all seven, also where three were seen",
        slip={(5, 3): "start from np.zeros((len(others), 7)), and fill the columns model.classes_"})
    expect.equal(np.asarray(few).sum(axis=1), np.ones(5), "they are probabilities: each row sums to 1")
    found = answer(_clouds(labels, alike, 0), labels, _clouds(labels, alike, 1))
    expect.equal(np.flatnonzero(np.asarray(found).any(axis=0)), [0, 3, 6],
        "they stand in the columns of the labels that were seen", slip="found[:, model.classes_] = ...")
    expect.more(right(found), 0.95, "it names faces that it has not seen")
    expect.more(float(np.mean(np.asarray(found).max(axis=1))), 0.8, "and is sure where they are far apart")
    found = answer(_clouds(labels, constant, 0), labels, _clouds(labels, constant, 1))
    expect.more(right(found), 0.95, "a feature that never changes does no harm")
    fit_to, others = _clouds(labels, uneven, 0), _clouds(labels, uneven, 1)
    expect.more(right(answer(fit_to, labels, others)), 0.95,
        "a feature in thousandths counts like one in thousands",
        slip="StandardScaler() first: it brings every feature to mean 0 and deviation 1")
    one_by_one = np.concatenate([answer(fit_to, labels, face[np.newaxis]) for face in others])
    expect.more(right(one_by_one), 0.95, "one face alone is named as well",
        slip="the scale is that of the faces it was fitted to: keep both steps in one pipeline")


@exercise(
    "For each sitting there are two lists of places: those of all others to fit on, its own to score on.",
    "np.unique(sittings) gives each sitting once; np.flatnonzero(sittings == one) the places of one.",
    "[(np.flatnonzero(sittings != one), np.flatnonzero(sittings == one)) for one in np.unique(sittings)]",
    placeholder=lambda sittings: [(np.arange(len(sittings)), np.arange(len(sittings)))],
)
def split_by_sitting(answer: Answer, expect: Expectations) -> None:
    """For each sitting, the places to fit on and the places to score on."""
    sittings = np.array([0, 0, 1, 1, 1, 0])
    pairs = expect.kind(answer(sittings), (list, tuple), "pairs of places, in a list")
    expect.equal([len(pair) for pair in pairs], [2, 2], "two sittings make two pairs")
    kinds = [np.asarray(part).dtype.kind for pair in pairs for part in pair]
    expect.that("b" not in kinds, "places, not masks of True and False", pairs[0],
        slip="np.flatnonzero(sittings == one) gives the places")
    (fit_on, score_on), _ = ([np.arange(6)[part] for part in pair] for pair in pairs)
    expect.that(not set(fit_on) & set(score_on), "no face is in both parts of a pair", (fit_on, score_on),
        slip="sittings != one in the first part, sittings == one in the second")
    _expect_pairs(expect, answer, sittings, [([2, 3, 4], [0, 1, 5]), ([0, 1, 5], [2, 3, 4])],
        "each sitting is scored once, by a network that saw the others")
    people = np.array(["Bo", "Al", "Bo", "Cy"])
    _expect_pairs(expect, answer, people, [([0, 2, 3], [1]), ([1, 3], [0, 2]), ([0, 1, 2], [3])],
        "three persons make three pairs, whatever they are called")


def _expect_pairs(
    expect: Expectations, answer: Answer, groups: np.ndarray, wanted: list[tuple[list[int], list[int]]],
    sentence: str,
) -> None:
    found = [tuple(np.arange(len(groups))[part].tolist() for part in pair) for pair in answer(groups)]
    swapped = found == [(score_on, fit_on) for fit_on, score_on in wanted]
    expect.that(found == wanted, sentence, found,
        slip="first the places to fit on, then those to score on" if swapped else "one pair for each group")


@exercise(
    "Ask once about the face as it is. Then cover one square after the other, on a fresh copy each time.",
    "covered = face.copy(), then covered[top : top + side, left : left + side] = 128, and ask about it.",
    "falls[row, column] = before - predict(covered[np.newaxis])[0], in a loop over np.ndindex(falls.shape)",
    placeholder=lambda predict, face, side=8: np.zeros((48 // side, 48 // side)),
)
def occlusion_map(answer: Answer, expect: Expectations) -> None:
    """How much an answer falls when a gray square covers each part of the face."""
    face = np.zeros((48, 48), np.uint8)
    face[8:16, 24:32] = 255
    kept = face.copy()

    def predict(faces: np.ndarray) -> np.ndarray:
        faces = np.asarray(faces, float)
        return np.asarray(0.2 + (faces[:, 8:16, 24:32].mean((1, 2)) - faces[:, 40:, :8].mean((1, 2))) / 510)

    found = expect.shape(answer(predict, face, 8), (6, 6), "squares of 8 pixels make a map of 6 x 6",
        slip={(48, 48): "one value for each square", (36,): "rows and columns, as on the face"})
    values = np.asarray(found, float)
    wanted = np.zeros((6, 6))
    wanted[1, 3], wanted[5, 0] = 127 / 510, 128 / 510
    black = np.zeros((6, 6))
    black[1, 3] = 255 / 510
    expect.not_equal(values, -wanted, "what the answer needs has a positive value",
        slip="before - after, not after - before")
    expect.not_equal(values, wanted.T, "the first index is the row",
        slip="rows come first: face[top:bottom, left:right]")
    expect.not_equal(values, black, "the square is gray, not black", slip="cover it with 128")
    expect.equal(values, wanted, "the answer falls where it looks, and nowhere else",
        slip="start each time from a fresh copy of the face, and cover all of the square")
    expect.equal(face, kept, "the face itself stays as it was", slip="cover a copy: face.copy()")
    expect.shape(answer(predict, face, 16), (3, 3), "squares of 16 pixels make a map of 3 x 3")
    expect.equal(answer(predict, face), wanted, "side is 8 where nothing else is asked for")
