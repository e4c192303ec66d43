"""Tuning biases: numbers added to the log-probabilities of the emotions, without training anything."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from ...emotions import EMOTIONS, check_probabilities, emotion_label
from ...errors import FerCourseError
from ..comparison import compare_predictions, stratified_folds
from ..scores import score
from .result import SMALLEST_PROBABILITY, BiasResult, by_emotion
from .search import OBJECTIVES, TRIALS, Problem, Storage, evolution, grid, optuna_search

FER2013_TRAIN_COUNTS = (3995, 436, 4097, 7215, 4830, 3171, 4965)
"""Images of each emotion in the train split of FER2013."""

SMALLEST_SHARE = 1e-3
"""An emotion is not taken to be rarer than this: the logarithm of 0 would rule it out for good."""

LABEL_SMOOTHING = 0.1
"""That of ``Recipe()``."""

METHODS = ("optuna", "cma-es", "evolution", "grid", "prior")

Shares = Mapping[str, float] | Sequence[float] | np.ndarray
"""How often each emotion occurs: by name, or in the order of ``EMOTIONS``."""


def tune_bias(
    probabilities: np.ndarray,
    labels: np.ndarray | None = None,
    target_distribution: Shares | None = None,
    method: str = "optuna",
    trials: int | None = None,
    seed: int = 0,
    objective: str | None = None,
    emotions: Iterable[str] = EMOTIONS,
    train_distribution: Shares | None = None,
    label_smoothing: float = LABEL_SMOOTHING,
    folds: int = 5,
    jobs: int = 1,
    storage: Storage = None,
) -> BiasResult:
    """Tune what is added to the log-probability of each emotion before the largest is taken.

    Tune on val, never on test. No search finds less on the images it is tuned on than no biases and the
    closed form, because it starts from them; on other images it may, and the cross-validated gain tells.

    ========================== ================================================================
    ``objective``              closed form: ``log(shares / train_distribution)`` with
    ========================== ================================================================
    "accuracy"                 the shares of the labels
    "macro_f1"                 the same: it has no closed form of its own
    "balanced_accuracy"        equal shares
    "distribution"             ``target_distribution``
    ========================== ================================================================

    Without labels and target, method "prior" estimates the shares by expectation maximisation.

    Args:
        probabilities: ``(n, 7)`` predictions of a network; each row sums to 1.
        labels: ``(n,)`` true labels, 0..6; a label that never occurs gets no bias.
        target_distribution: Shares that the predictions should have, which sum to 1.
        method: "optuna" (tree-structured Parzen estimator), "cma-es", "evolution"
            (differential evolution), "grid" (every point of a regular grid) or "prior" (the closed form).
        trials: How many biases are tried; when left out, 200 with Optuna, 2,000 with evolution, and
            117,649 points in a grid: 7 for each of six emotions, as one bias is always 0.
        seed: Decides all draws; with several jobs or a storage, Optuna's order is beyond it.
        objective: "accuracy", "macro_f1", "balanced_accuracy" or "distribution"; when left out, distribution
            if there is a target, else accuracy.
        emotions: Names of those that get a bias.
        train_distribution: Shares of the emotions in training, which sum to 1; FER2013's when left out. For a
            network trained with ``balance="weights"``, "effective" or "sampling" they are about equal.
        label_smoothing: That of the training, 0 to 1, which the estimate without labels takes back; that of
            ``Recipe()`` when left out. The network that ships with the package was trained without: 0.
        folds: Parts of the cross-validation; 0 for none. Each fold costs another search.
        jobs: Threads, of the grid and of Optuna.
        storage: A file (``.db``, ``.journal``) or address in which several processes share Optuna's study.

    Returns:
        The biases, what they gain, and the trials.

    Source:
        Menon et al. (2021) and Saerens et al. (2002) for the closed form.

    Example:
        >>> import fer_course as fer
        >>> probabilities = np.array([[0.6, 0, 0, 0.4, 0, 0, 0]] * 30 + [[0.6, 0, 0, 0.3, 0, 0, 0.1]] * 30)
        >>> result = fer.tune_bias(probabilities, labels=np.repeat([3, 0], 30), emotions=["happy"])
        >>> result.after, result.gain.significant
        (1.0, True)
    """
    probabilities = check_probabilities(probabilities).astype(np.float64)
    target = None if target_distribution is None else check_shares(target_distribution)
    train = np.array(FER2013_TRAIN_COUNTS) / sum(FER2013_TRAIN_COUNTS)
    if train_distribution is not None:
        train = check_shares(train_distribution, "train_distribution")
    known = None if labels is None else check_truth(labels, probabilities)
    objective = check_objective(objective, known, target, method)
    check_method(method, trials, folds, jobs, storage, len(probabilities))
    if not 0 <= label_smoothing < 1:
        raise FerCourseError(f"label_smoothing is {label_smoothing}; expected 0 or more, and less than 1")
    free, absent = check_emotions(emotions, known)
    if absent:
        warnings.warn(f"no image is {' or '.join(absent)}; no bias is tuned for it", stacklevel=2)
    if objective is None:  # nothing tells what it gains
        shares = estimate_shares(probabilities, train, label_smoothing)
        found = by_emotion(_centred(_anchored(closed_form_biases(shares, train), free), free))
        return BiasResult(found, found, "prior", None, len(probabilities), np.nan, np.nan)
    true = np.zeros(len(probabilities), np.int64) if known is None else known
    logs = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY)).astype(np.float32).T
    yardstick = partial(_closed_form, objective=objective, target=target, train=train, free=free)
    searched = free[:-1] if len(free) == len(EMOTIONS) else free  # only differences count
    whole = Problem(np.ascontiguousarray(logs), true, objective, target, searched, yardstick(true))
    part = stratified_folds(true, folds, seed) if folds else np.zeros(len(probabilities), int)
    rest = [whole.subset(part != k, yardstick(true[part != k])) for k in range(folds)]
    problems = [whole, *rest]
    searches = _searches(problems, part, method, trials or TRIALS.get(method, 0), seed, jobs, storage)
    tried = [_with_starts(problem, *search) for problem, search in zip(problems, searches, strict=True)]
    best = [problem.closed_form for problem in problems]
    if method != "prior":
        best = [_best(*search) for search in tried]
    before, after = whole.values(np.stack([np.zeros(len(EMOTIONS)), best[0]]))
    points, values = tried[0]
    return BiasResult(
        by_emotion(_centred(best[0], free)),
        by_emotion(_centred(whole.closed_form, free)),
        method,
        objective,
        len(probabilities),
        float(before),
        float(after),
        **(_cross_validated(problems, best, part) if folds else {}),
        trials=pd.DataFrame(_centred(points, free), columns=EMOTIONS).assign(value=values),
    )


def _cross_validated(problems: list[Problem], biases: list[np.ndarray], part: np.ndarray) -> dict[str, Any]:
    """Predict each part of the images with biases that were tuned on the others, and compare."""
    whole = problems[0]
    predicted = np.empty((3, len(part)), int)
    for number, (rest, tuned) in enumerate(zip(problems[1:], biases[1:], strict=True)):
        held = part == number
        ways = np.stack([np.zeros(len(EMOTIONS)), rest.closed_form, tuned])
        predicted[:, held] = whole.subset(held, rest.closed_form).predictions(ways)
    plain, simple, best = predicted
    pairs = {
        "gain": (plain, best),
        "gain_of_closed_form": (plain, simple),
        "gain_over_closed_form": (simple, best),
    }
    return {
        name: compare_predictions(whole.objective, whole.labels, *pair, whole.target)
        for name, pair in pairs.items()
    }


def _searches(
    problems: list[Problem], part: np.ndarray, method: str, trials: int, seed: int, jobs: int, storage: Any
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each problem the biases tried, and their values."""
    if method == "prior":
        return [(np.empty((0, len(EMOTIONS))), np.empty(0))] * len(problems)
    if method == "grid":
        points, values = grid(problems[0], trials, jobs, part)
        return [(points, row) for row in values]
    if method == "evolution":
        return [evolution(problem, trials, seed) for problem in problems]
    names = ["all images", *(f"without part {k}" for k in range(1, len(problems)))]
    return [
        optuna_search(problem, trials, seed, jobs, method, storage, name)
        for problem, name in zip(problems, names, strict=True)
    ]


def _with_starts(problem: Problem, points: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put no biases and the closed form first, which every search has to beat."""
    starts = np.stack([np.zeros(len(EMOTIONS)), problem.closed_form])
    return np.concatenate([starts, points]), np.concatenate([problem.values(starts), values])


def _best(points: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the biases of the highest value, of several those that change least."""
    best = np.flatnonzero(values == values.max())
    return points[best[np.abs(points[best]).sum(axis=1).argmin()]]


def _closed_form(
    labels: np.ndarray, objective: str, target: np.ndarray | None, train: np.ndarray, free: tuple[int, ...]
) -> np.ndarray:
    """Return the biases that need no search; 0 for the last of seven, and for those that get none."""
    shares = np.bincount(labels, minlength=len(EMOTIONS)) / len(labels)
    if objective == "balanced_accuracy":
        shares = np.full(len(EMOTIONS), 1 / len(EMOTIONS))
    elif target is not None:
        shares = target
    return _anchored(closed_form_biases(shares, train), free)


def _anchored(biases: np.ndarray, free: tuple[int, ...]) -> np.ndarray:
    """Make the last of seven biases 0, or those of the emotions that get none."""
    if len(free) == len(EMOTIONS):
        return biases - biases[free[-1]]
    return np.where(np.isin(np.arange(len(EMOTIONS)), free), biases, 0.0)


def _centred(biases: np.ndarray, free: tuple[int, ...]) -> np.ndarray:
    """Give seven biases the mean 0."""
    return biases - biases.mean(axis=-1, keepdims=True) if len(free) == len(EMOTIONS) else biases


def closed_form_biases(shares: np.ndarray, train_shares: np.ndarray) -> np.ndarray:
    """Return the biases that make up for a change in how often the emotions occur.

    If faces of an emotion look as they did in training and only their shares have changed, this makes the
    network say what it would had it been trained on the new shares (Saerens et al., 2002). Equal shares make
    the rule for the best balanced accuracy (Menon et al., "Long-tail learning via logit adjustment", 2021).
    """
    floor = np.maximum(shares, SMALLEST_SHARE), np.maximum(train_shares, SMALLEST_SHARE)
    return np.log(floor[0]) - np.log(floor[1])


def estimate_shares(
    probabilities: np.ndarray, train_shares: np.ndarray, label_smoothing: float = 0.0
) -> np.ndarray:
    """Estimate how often each emotion occurs among images without labels, by expectation maximisation.

    Start with the shares of training; correct the probabilities for the shares believed in; believe in the
    mean of the corrected ones; repeat. Each round makes the images more likely (Saerens et al., 2002).

    The probabilities have to be calibrated, the small ones too. A network trained with smoothed labels never
    says less than a hundredth or so, as much as the share of a rare emotion, and each round would take that
    for evidence; so what the smoothing added is subtracted first.
    """
    train_shares = np.maximum(train_shares, SMALLEST_SHARE)
    unsmoothed = np.maximum(probabilities - label_smoothing / probabilities.shape[1], 1e-6)
    ratios = unsmoothed / train_shares
    shares = np.asarray(train_shares, np.float64)
    for _ in range(1000):
        corrected = ratios * shares
        believed = (corrected / corrected.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(believed - shares).max() < 1e-7:  # settled
            break
        shares = believed
    return believed


def check_shares(shares: Any, name: str = "target_distribution") -> np.ndarray:
    """Return seven shares that sum to 1."""
    if isinstance(shares, Mapping):
        values = np.zeros(len(EMOTIONS))
        for emotion, share in shares.items():
            if not isinstance(share, Real):
                raise FerCourseError(f"{name} holds {share!r}; expected shares of 0 or more whose sum is 1")
            values[emotion_label(emotion)] = share
    else:
        values = np.asarray(shares, np.float64)
    if values.shape != (len(EMOTIONS),):
        raise FerCourseError(f"{name} has shape {values.shape}; expected {len(EMOTIONS)} shares")
    if not ((values >= 0).all() and abs(values.sum() - 1) <= 1e-3):
        raise FerCourseError(
            f"{name} sums to {values.sum():.4g}, its least share is {values.min():.4g}; expected shares of 0 "
            "or more whose sum is 1"
        )
    return values


def check_truth(labels: Any, probabilities: np.ndarray) -> np.ndarray:
    """Return ``(n,)`` labels of two emotions at least."""
    known = score(labels, probabilities).labels
    if len(np.unique(known)) < 2:
        raise FerCourseError(f"all images are {EMOTIONS[int(known[0])]}; tuning needs two emotions at least")
    return known


def check_objective(
    objective: str | None, labels: np.ndarray | None, target: np.ndarray | None, method: str
) -> str | None:
    """Return what to tune for; None where there is nothing to measure it by."""
    if objective is not None and objective not in OBJECTIVES:
        raise FerCourseError(f"objective is {objective!r}; expected one of {', '.join(OBJECTIVES)}")
    if labels is None and target is None:
        if method == "prior" and objective is None:
            return None
        raise FerCourseError(
            'give labels or a target_distribution; only method="prior", with no objective, needs neither'
        )
    objective = objective or ("accuracy" if target is None else "distribution")
    if objective == "distribution" and target is None:
        raise FerCourseError('objective "distribution" needs a target_distribution')
    if objective != "distribution" and target is not None:
        raise FerCourseError(f'a target_distribution is for objective "distribution", not for "{objective}"')
    if objective != "distribution" and labels is None:
        raise FerCourseError(f'objective "{objective}" needs labels')
    return objective


def check_method(method: str, trials: int | None, folds: int, jobs: int, storage: Any, n: int) -> None:
    """Refuse a method that is unknown, or numbers that make no sense."""
    if method not in METHODS:
        raise FerCourseError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    for name, number in {"trials": trials, "jobs": jobs}.items():
        if number is not None and number < 1:
            raise FerCourseError(f"{name} is {number}; expected 1 or more")
    if folds != 0 and not 2 <= folds <= n:
        raise FerCourseError(f"folds is {folds}, of {n} images; expected 0 for none, or from 2 to all images")
    if storage is not None and method not in ("optuna", "cma-es"):
        raise FerCourseError(f'a storage is for Optuna, not for method "{method}"')


def check_emotions(emotions: Iterable[str], labels: np.ndarray | None) -> tuple[tuple[int, ...], list[str]]:
    """Return the labels that get a bias, and the names of those that cannot, as no image shows them."""
    if isinstance(emotions, str):
        raise FerCourseError(f'emotions is {emotions!r}; give a list, ["{emotions}"]')
    chosen = sorted({emotion_label(name) for name in emotions})
    if not chosen:
        raise FerCourseError("emotions is empty; name those that get a bias")
    absent = [] if labels is None else [label for label in chosen if not (labels == label).any()]
    if absent and len(chosen) < len(EMOTIONS):
        raise FerCourseError(
            f"no image is {EMOTIONS[absent[0]]}, so nothing tells its bias; leave it out of emotions"
        )
    free = tuple(label for label in chosen if label not in absent)
    return free, [EMOTIONS[label] for label in absent]
