"""Simulated raters: ten people who look at the drawn sample and disagree as FER+'s raters do."""

import numpy as np

from ..dataset import FaceDataset
from ..errors import FerCourseError
from .votes import ANSWERS, Votes

RATERS = 10

ANSWER_PERCENT = np.array(
    [
        [66.3, 3.8, 2.6, 2.9, 3.9, 6.1, 7.6, 1.1, 5.6, 0.0],
        [12.4, 50.0, 1.4, 1.8, 9.9, 2.3, 10.4, 4.7, 7.1, 0.0],
        [3.8, 1.5, 58.0, 1.5, 7.9, 16.0, 5.4, 0.6, 5.2, 0.0],
        [0.5, 0.2, 0.2, 90.4, 0.5, 2.2, 4.2, 0.4, 1.2, 0.0],
        [2.8, 1.4, 1.8, 1.4, 67.8, 1.3, 16.2, 1.3, 6.0, 0.1],
        [1.9, 0.4, 8.5, 3.6, 1.3, 74.3, 6.1, 0.3, 3.5, 0.0],
        [2.9, 0.9, 0.6, 2.9, 10.1, 1.9, 72.9, 2.3, 5.4, 0.0],
        [4.9, 6.0, 0.9, 2.4, 6.6, 1.6, 14.8, 55.5, 7.2, 0.0],
        [7.0, 3.7, 3.1, 4.1, 11.6, 6.8, 15.9, 4.4, 43.4, 0.1],
        [0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.1, 0.0, 0.2, 99.6],
    ]
)
"""Row: the answer that most raters of FER+ gave; column: how often each answer was given to such images."""

OVERALL_PERCENT = np.array([7.9, 1.5, 3.3, 25.5, 13.3, 11.6, 30.0, 1.7, 4.6, 0.5])
"""How often each answer was given to all images."""

_GUESSED, _CONCENTRATION = 0.1, 4.0
_HARD_TO_READ = ("blur", "dark", "bright", "flat", "occluded")
_UNKNOWN = ANSWERS.index("unknown")


def simulate_votes(dataset: FaceDataset, seed: int = 0) -> Votes:
    """Let ten simulated raters look at drawn faces, of which the truth is known.

    A rater sees the true expression, not the label in the file. How often it is taken for another was
    counted in FER+ (``benchmarks/ferplus_raters.py``). As every real picture is ambiguous in its own way,
    each gets its own shares, drawn around those of its emotion (a Dirichlet distribution) with the true
    emotion the likeliest; the width of that draw and a tenth of guesses were chosen so that the most frequent
    answer gets about as many of the ten votes as in FER+. Decided, not measured: a picture planted as
    blurred, dark, bright, flat or occluded is rated half as "unknown" ones are.

    Args:
        dataset: Faces with the attributes ``true_label`` and ``defect``, as ``sample_faces`` gives them.
        seed: The same images and seed give the same votes.

    Returns:
        Ten votes for each image.

    Raises:
        FerCourseError: The truth is not known: these are no drawn faces.

    Example:
        >>> import fer_course as fer
        >>> votes = simulate_votes(fer.sample_faces(70, seed=1))
        >>> votes.counts.sum(axis=1).tolist() == [10] * 70
        True
    """
    missing = [name for name in ("true_label", "defect") if name not in dataset.attributes]
    if missing:
        raise FerCourseError(
            f"raters can only be simulated where the truth is known, and there is no {missing[0]!r} in the "
            "attributes; real FER2013 has real raters: read_ferplus(path, dataset)"
        )
    truth = dataset.attributes["true_label"]  # -1, without a face, picks the last row
    shares = (1 - _GUESSED) * _normalised(ANSWER_PERCENT) + _GUESSED * _normalised(OVERALL_PERCENT)
    expected = shares[truth]
    hard = np.isin(dataset.attributes["defect"], _HARD_TO_READ)
    expected[hard] = (expected[hard] + shares[_UNKNOWN]) / 2
    rng = np.random.default_rng(seed)
    own = _normalised(rng.standard_gamma(_CONCENTRATION * expected))
    own[~hard] = _likeliest_first(own[~hard], truth[~hard])
    return Votes(rng.multinomial(RATERS, own))


def _normalised(values: np.ndarray) -> np.ndarray:
    return values / values.sum(axis=-1, keepdims=True)


def _likeliest_first(shares: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Exchange the largest share of every row with that of the truth."""
    rows, largest = np.arange(len(shares)), shares.argmax(axis=1)
    exchanged = shares.copy()
    exchanged[rows, largest], exchanged[rows, truth] = shares[rows, truth], shares[rows, largest]
    return exchanged
