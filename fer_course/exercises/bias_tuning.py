"""Checks of lesson 15: a bias on each answer, the one without a search, and what it is worth elsewhere."""

import numpy as np

from .engine import Answer, Expectations, exercise

_SAID = np.array([
    [0.05, 0.20, 0.05, 0.05, 0.05, 0.05, 0.55],
    [0.30, 0.02, 0.10, 0.04, 0.24, 0.10, 0.20],
    [0.02, 0.06, 0.02, 0.70, 0.05, 0.05, 0.10],
    [0.14, 0.01, 0.25, 0.03, 0.22, 0.20, 0.15],
])
_BIASES = np.array([-0.8, 1.2, 0.0, 0.0, 0.3, 0.0, 0.0])


@exercise(
    "np.log(probabilities) + biases adds each bias to its column: NumPy lines up the seven.",
    "The answer is the place of the largest number of each row: .argmax(axis=1).",
    "return (np.log(probabilities) + biases).argmax(axis=1)",
    placeholder=lambda probabilities, biases: probabilities.argmax(axis=1),
)
def answers_with(answer: Answer, expect: Expectations) -> None:
    """The label of each face after biases are added."""
    found = answer(_SAID, _BIASES)
    expect.shape(found, (4,), "one label for each face",
        slip={(7,): "argmax over the emotions: axis=1", (): "argmax of each row: axis=1"})
    expect.that(bool(np.isin(found, range(7)).all()), "a label is a number from 0 to 6", found,
        slip="not the largest value but its place: argmax, not max")
    expect.equal(answer(_SAID, np.zeros(7)), _SAID.argmax(axis=1), "biases of 0 change nothing")
    expect.not_equal(found, (_SAID + _BIASES).argmax(axis=1), "they are added to the logarithms",
        slip="take np.log of the probabilities first: a bias is a factor on a probability")
    expect.not_equal(found, (np.log(_SAID) - _BIASES).argmax(axis=1), "a higher bias makes more likely",
        slip="plus, not minus")
    expect.equal(found, (np.log(_SAID) + _BIASES).argmax(axis=1), "it is the largest of log p + bias")
    expect.equal(answer(_SAID, _BIASES + 3), found, "the same added to all seven changes nothing")


@exercise(
    "If sad is three times as frequent here as in training, its probabilities want a factor of 3.",
    "A factor on the probability is a logarithm added to its logarithm: np.log(here / training).",
    "biases = np.log(here / training), then return biases - biases.mean()",
    placeholder=lambda here, training: np.zeros(7),
)
def shares_taken_back(answer: Answer, expect: Expectations) -> None:
    """The closed form: log of the ratio of shares, with mean 0."""
    training = np.array([0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17])
    here = np.array([0.10, 0.11, 0.10, 0.10, 0.40, 0.10, 0.09])
    wanted = np.log(here / training)
    found = expect.shape(answer(here, training), (7,), "seven biases")
    values = np.asarray(found, float)
    expect.that(values[1] > values[3], "what is more frequent here than in training gains", found,
        slip="here / training, not the other way round")
    expect.not_equal(values - values.mean(), here / training - (here / training).mean(), "it is a logarithm",
        slip="biases are added to logarithms: np.log of the ratio")
    expect.not_equal(values - values.mean(), np.log(here) - np.log(here).mean(),
        "the shares of training count as well",
        slip="the network knows the shares of training already: divide by them")
    expect.equal(values - values.mean(), wanted - wanted.mean(),
        "differences are those of log(here / training)")
    expect.equal(values.mean(), 0.0, "their mean is 0",
        slip="only differences count, so subtract the mean of the seven")
    expect.equal(answer(training, training), np.zeros(7), "equal shares need no biases")


@exercise(
    "Tune on the known faces alone: biases = tune(probabilities[known], labels[known]).",
    "Judge on the others: others = ~known, and probabilities[others] with and without the biases.",
    "after = (answers_with(probabilities[others], biases) == labels[others]).mean(); subtract the same "
    "with np.zeros(7), and return the difference.",
    placeholder=0.0,
)
def gain_elsewhere(answer: Answer, expect: Expectations) -> None:
    """The gain in accuracy on faces that the biases were not tuned on."""
    labels = np.array([0, 3, 3, 6, 3, 4, 6, 4, 0, 0, 4])
    probabilities = np.eye(7)[[6, 0, 3, 6, 3, 3, 6, 6, 0, 0, 3]] * 0.65 + 0.05
    known = np.isin(np.arange(11), [0, 1, 2, 10])
    shown = []

    def only_happy(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
        shown.append(len(labels))
        return np.array([0, 0, 0, 20.0, 0, 0, 0])

    found = expect.number(answer(only_happy, probabilities, labels, known))
    expect.equal(shown[:1], [4], "the search sees the known faces alone",
        slip="probabilities[known], labels[known]")
    slips = {
        1 / 4: "judge on the others, ~known: at home every search looks good",
        -3 / 11: "judge on ~known, not on all faces",
        1 / 7: "subtract the accuracy without biases, on the same faces",
        5 / 7: "that is the accuracy without biases; how much better is it with them?",
        4 / 7: "the other way round: the accuracy with biases minus that without",
    }
    expect.equal(found, 1 / 7 - 5 / 7, "it loses four of seven faces", slip=slips)
    expect.equal(answer(lambda s, y: np.zeros(7), probabilities, labels, known), 0.0,
        "biases of 0 gain nothing")
