"""Checks of lesson 10: weights, repeats, and the prior taken back."""

import numpy as np

from .engine import Answer, Expectations, exercise

_LABELS = np.array([0, 0, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 5, 6, 6, 6, 6, 0, 3])


@exercise(
    "np.bincount(labels, minlength=7) counts the faces of each emotion.",
    "The weight is len(labels) divided by 7 times the count.",
    "return len(labels) / (7 * np.bincount(labels, minlength=7))",
    placeholder=lambda labels: np.ones(7),
)
def balanced_weights(answer: Answer, expect: Expectations) -> None:
    """Weights by which every emotion adds up to the same."""
    counts = np.bincount(_LABELS, minlength=7)
    wanted = len(_LABELS) / (7 * counts)
    found = expect.shape(answer(_LABELS), (7,), "seven weights, one for each emotion")
    values = np.asarray(found)
    expect.that(values[1] > values[3], "the rarest weighs more than the most frequent", found,
        slip="the rarest has the largest weight: divide by the count")
    expect.not_equal(found, 7 * wanted, "the mean over all faces is 1",
        slip="an average face counts 1: divide by 7, too")
    for total in (1, 7):
        expect.not_equal(found, total * wanted / wanted.sum(), "the mean over all faces is 1",
            slip=f"your seven add up to {total}; the mean over all faces is to be 1")
    expect.that(np.allclose(values * counts, (values * counts)[0]), "weight times count is the same for all",
        found, slip="each emotion adds up to the same: the weight is one over the count, not over its root")
    expect.equal(found, wanted, "it is n / (7 * count)")


@exercise(
    "How many has the most frequent? np.bincount(labels).max()",
    "For one emotion: np.resize(np.flatnonzero(labels == label), most)",
    "np.concatenate([... for label in np.unique(labels)]) puts the parts together.",
    placeholder=lambda labels: np.arange(len(labels)),
)
def repeated(answer: Answer, expect: Expectations) -> None:
    """Positions in which every emotion stands equally often."""
    found = np.asarray(answer(_LABELS))
    expect.that(
        found.ndim == 1 and found.dtype.kind in "iu" and bool(np.all((found >= 0) & (found < len(_LABELS)))),
        "it is a list of positions", found)
    counts = np.bincount(_LABELS[found], minlength=7)
    expect.that(len(set(counts.tolist())) == 1, "each emotion stands there equally often", counts,
        slip="positions, not labels, and all emotions that occur: equally often")
    expect.that(set(found.tolist()) == set(range(len(_LABELS))), "no face is left out", found,
        slip="every face at least once: as many as the most frequent emotion has, and go round them all")
    expect.equal(len(found), 7 * 7, "no more than needed: seven of each, as the most frequent has seven")
    three = answer(np.array([3, 3, 1]))
    expect.equal(np.sort(np.asarray(three)), [0, 1, 2, 2], "emotions that do not occur need no repeats",
        slip="loop over np.unique(labels), not over range(7)")


@exercise(
    "probabilities / shares divides each column by its share: NumPy lines up the seven.",
    "divided.sum(axis=1, keepdims=True) are the sums of the rows.",
    "return divided / divided.sum(axis=1, keepdims=True)",
    placeholder=lambda probabilities, shares: probabilities.copy(),
)
def without_prior(answer: Answer, expect: Expectations) -> None:
    """Probabilities as if every emotion were equally frequent."""
    rng = np.random.default_rng(10)
    probabilities, shares = rng.dirichlet(np.ones(7), 5), np.array([0.1, 0.02, 0.1, 0.4, 0.2, 0.08, 0.1])
    divided = probabilities / shares
    wanted = divided / divided.sum(axis=1, keepdims=True)
    found = expect.shape(answer(probabilities, shares), (5, 7), "as many rows and columns as before")
    expect.that(not np.allclose(found, probabilities), "something changes", found,
        slip="rare ones gain: divide by the shares")
    expect.not_equal(found, divided / divided.sum(), "each row is for itself",
        slip="each row adds up to 1: sum(axis=1, keepdims=True)")
    expect.equal(np.sum(found, axis=1), np.ones(5), "every row adds up to 1",
        slip="each row adds up to 1: divide by its sum")
    expect.that(bool(np.all(np.asarray(found)[:, 1] > probabilities[:, 1])), "the rarest emotion gains",
        found, slip="divide, do not multiply")
    expect.equal(found, wanted, "it is divided by the shares")
