"""Searching biases: every point of a grid, Optuna's samplers, or differential evolution."""

import hashlib
import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ...emotions import EMOTIONS
from ...errors import FerCourseError
from ..scores import SCORES, score_of_counts

if TYPE_CHECKING:
    import optuna

Storage = str | os.PathLike[str] | None
CLASSES = len(EMOTIONS)

OBJECTIVES = (*SCORES, "distribution")
"""What biases can be tuned for; of all of them more is better, and 1 is the best."""

REACH = 3.0
"""Biases are searched from -3 to 3, a factor of 20 on a probability; farther if the closed form is."""

TRIALS = {"grid": 7**6, "optuna": 200, "cma-es": 200, "evolution": 2000}
"""How many biases each method tries when it is not told."""

_CELLS = 4_000_000  # images times biases that are looked at together: some 20 MB


@dataclass(frozen=True, eq=False)
class Problem:
    """Predictions whose biases are to be tuned.

    Args:
        logs: ``(7, n)`` ``float32`` log-probabilities.
        labels: ``(n,)`` true labels; zeros where there are none.
        objective: One of ``OBJECTIVES``.
        target: ``(7,)`` shares that the predictions should have, or None.
        free: Labels whose biases are searched; those of the others stay 0.
        closed_form: ``(7,)`` the biases that need no search.
    """

    logs: np.ndarray
    labels: np.ndarray
    objective: str
    target: np.ndarray | None
    free: tuple[int, ...]
    closed_form: np.ndarray

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.labels)

    @property
    def reach(self) -> float:
        """How far biases are searched on either side of 0."""
        return max(REACH, 1 + float(np.abs(self.closed_form).max()))

    def subset(self, mask: np.ndarray, closed_form: np.ndarray) -> "Problem":
        """Return the problem of some of the images."""
        logs = np.ascontiguousarray(self.logs[:, mask])
        return replace(self, logs=logs, labels=self.labels[mask], closed_form=closed_form)

    def predictions(self, biases: np.ndarray) -> np.ndarray:
        """Return the ``(p, n)`` most probable labels under each of ``(p, 7)`` biases."""
        best = self.logs[0] + biases[:, :1].astype(np.float32)
        winner = np.zeros(best.shape, np.int8)
        for label in range(1, CLASSES):
            raised = self.logs[label] + biases[:, label, np.newaxis].astype(np.float32)
            better = raised > best
            np.copyto(best, raised, where=better)
            winner[better] = label
        return winner

    def values(self, biases: np.ndarray) -> np.ndarray:
        """Return the objective under each of ``(p, 7)`` biases."""
        step = max(1, _CELLS // self.n)
        parts = [self._values(biases[start : start + step]) for start in range(0, len(biases), step)]
        return np.concatenate(parts)

    def _values(self, biases: np.ndarray) -> np.ndarray:
        winner = self.predictions(biases)
        cells = winner + CLASSES * np.arange(len(biases))[:, np.newaxis]
        shape = (len(biases), CLASSES)
        predicted = np.bincount(cells.ravel(), minlength=len(biases) * CLASSES).reshape(shape)
        right = cells[winner == self.labels]
        hits = np.bincount(right, minlength=len(biases) * CLASSES).reshape(shape)
        true = np.bincount(self.labels, minlength=CLASSES)
        return score_of_counts(self.objective, hits, predicted, true, self.target)


def grid(
    problem: Problem, trials: int, jobs: int = 1, part: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Try every point of a regular grid, of so many points at most; three for each emotion at least.

    What makes it quick: along the last emotion nothing is predicted again. An image goes over to that emotion
    as soon as its bias exceeds what the best of the others is ahead, so one histogram of these leads gives
    the counts of all points in the row, and of all parts of a cross-validation.

    Returns:
        ``(p, 7)`` biases, and values of the objective: ``(1, p)`` on all images, then a row for the images
        outside each ``part``.
    """
    steps = int(trials ** (1 / len(problem.free)) + 1e-9)
    steps = max(3, steps - 1 + steps % 2)  # odd, so that 0 is among them
    values = np.linspace(-problem.reach, problem.reach, steps, dtype=np.float32)
    *others, last = problem.free
    row = others.pop() if others else None
    fixed = [label for label in range(CLASSES) if label not in problem.free]
    start = problem.logs[fixed].max(axis=0), np.array(fixed)[problem.logs[fixed].argmax(axis=0)]
    part = np.zeros(problem.n, int) if part is None else part

    def plane(biases: tuple[float, ...]) -> np.ndarray:
        """Return the objective where the biases of ``others`` are given, and the last two vary."""
        best, winner = start
        for label, bias in zip(others, biases, strict=True):
            best, winner = _with(best, winner, problem.logs[label] + np.float32(bias), label)
        best, winner = best[np.newaxis], winner[np.newaxis]
        if row is not None:
            best, winner = _with(best, winner, problem.logs[row] + values[:, np.newaxis], row)
        lead = (best - problem.logs[last] - values[0]) / (values[1] - values[0])
        return _values_outside(problem, part, *_counts(problem, part, last, steps, lead, winner))

    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(plane, itertools.product(values, repeat=len(others))))
    points = np.zeros((len(found) * found[0][0].size, CLASSES), np.float32)
    axes = np.meshgrid(*[values] * len(problem.free), indexing="ij")
    points[:, problem.free] = np.stack([axis.ravel() for axis in axes], axis=1)
    return points, np.stack(found, axis=1).reshape(len(found[0]), -1)


def _counts(
    problem: Problem, part: np.ndarray, last: int, steps: int, lead: np.ndarray, winner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count what is recognised and predicted as the bias of the last emotion grows, for each part and row."""
    rows, parts = len(winner), int(part.max()) + 1
    changes_at = np.clip(np.floor(lead) + 1, 0, steps).astype(np.intp)  # the first step that is enough
    outcome = np.where(winner == problem.labels, 0, np.where(problem.labels == last, 1, 2))  # 1: right after
    block = (part * rows + np.arange(rows)[:, np.newaxis]) * CLASSES + winner
    shape = (parts, rows, CLASSES, 3, steps + 1)
    counts = np.bincount(((block * 3 + outcome) * (steps + 1) + changes_at).ravel(), minlength=np.prod(shape))
    counts = counts.reshape(shape)
    gone = counts.cumsum(axis=-1)[..., :-1]
    left = counts.sum(axis=-1, keepdims=True) - gone
    hits, predicted = left[:, :, :, 0].copy(), left.sum(axis=3)
    hits[:, :, last] += gone[:, :, :, 1].sum(axis=2)
    predicted[:, :, last] += gone.sum(axis=(2, 3))
    return np.moveaxis(hits, 2, -1), np.moveaxis(predicted, 2, -1)


def _values_outside(
    problem: Problem, part: np.ndarray, hits: np.ndarray, predicted: np.ndarray
) -> np.ndarray:
    """Return the objective on all images and, where there are several parts, on those outside each."""
    parts = len(hits)
    true = np.bincount(part * CLASSES + problem.labels, minlength=parts * CLASSES)
    counted = (hits, predicted, true.reshape(parts, *[1] * (hits.ndim - 2), CLASSES))
    totals = [counts.sum(axis=0) for counts in counted]
    rest = [
        [total - counts for total, counts in zip(totals, some, strict=True)]
        for some in zip(*counted, strict=True)
    ]
    rows = [totals, *(rest if parts > 1 else [])]
    scores = partial(score_of_counts, problem.objective, target=problem.target)
    return np.stack([scores(*counts) for counts in rows])


def _with(
    best: np.ndarray, winner: np.ndarray, raised: np.ndarray, label: int
) -> tuple[np.ndarray, np.ndarray]:
    better = raised > best
    return np.where(better, raised, best), np.where(better, label, winner)


def evolution(problem: Problem, trials: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Search by differential evolution (Storn and Price, 1997), SciPy's; a generation at once.

    Returns ``(p, 7)`` biases and ``(p,)`` values of the objective, in the order of trial.
    """
    from scipy.optimize import differential_evolution

    tried: list[np.ndarray] = []
    found: list[np.ndarray] = []

    def loss(population: np.ndarray) -> np.ndarray:
        points = np.zeros((population.shape[1], CLASSES))
        points[:, problem.free] = population.T
        tried.append(points)
        found.append(problem.values(points))
        return -found[-1]

    size = min(max(5, trials // 10), 15 * len(problem.free))  # at least 5 work; ten generations or more
    reach = problem.reach
    population = np.random.default_rng(seed).uniform(-reach, reach, (size, len(problem.free)))
    population[0], population[1] = 0, problem.closed_form[list(problem.free)]
    differential_evolution(
        loss,
        [(-reach, reach)] * len(problem.free),
        init=population,
        maxiter=max(0, trials // size - 1),
        tol=0,
        polish=False,
        updating="deferred",
        vectorized=True,
        seed=seed,
    )
    return np.concatenate(tried), np.concatenate(found)


def optuna_search(
    problem: Problem, trials: int, seed: int, jobs: int, sampler: str, storage: Storage, study_name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Search with Optuna, starting from no biases and the closed form; returns what :func:`evolution` does.

    The sampler "optuna" is Optuna's own, the tree-structured Parzen estimator (Bergstra et al., 2011);
    "cma-es" (Hansen and Ostermeier, 2001) needs the package cmaes. A storage, a file or an address that
    Optuna understands, lets several processes share the study, and the number of its trials.
    """
    import optuna

    if sampler == "cma-es":
        import_module("cmaes")  # Optuna asks for it late, when a study has been made

    names = [EMOTIONS[label] for label in problem.free]
    reach = problem.reach

    def objective(trial: "optuna.Trial") -> float:
        point = np.zeros((1, CLASSES))
        point[0, problem.free] = [trial.suggest_float(name, -reach, reach) for name in names]
        return float(problem.values(point)[0])

    own_seed = seed if storage is None else None  # processes that share a study must not draw the same
    with _quiet(optuna):
        kind = {"optuna": optuna.samplers.TPESampler, "cma-es": optuna.samplers.CmaEsSampler}[sampler]
        study = _shared_study(problem, storage, study_name, kind(seed=own_seed))
        if not study.trials:
            for start in (np.zeros(CLASSES), problem.closed_form):
                study.enqueue_trial({name: float(start[EMOTIONS.index(name)]) for name in names})
        finished = optuna.trial.TrialState.COMPLETE
        if len(study.get_trials(deepcopy=False, states=(finished,))) < trials:
            enough = optuna.study.MaxTrialsCallback(trials, states=(finished,))
            study.optimize(objective, n_jobs=jobs, callbacks=[enough])
        done = study.get_trials(deepcopy=False, states=(finished,))
    points = np.zeros((len(done), CLASSES))
    points[:, problem.free] = [[trial.params[name] for name in names] for trial in done]
    return points, np.array([trial.value for trial in done])


def _shared_study(problem: Problem, storage: Storage, name: str, sampler: Any) -> "optuna.Study":
    import optuna
    from optuna.storages.journal import JournalFileBackend

    text = None if storage is None else os.fspath(storage)
    place: Any = text
    try:
        if text is not None and text.endswith((".log", ".journal")):
            place = optuna.storages.JournalStorage(JournalFileBackend(text))
        elif text is not None and "://" not in text:
            place = f"sqlite:///{text}"
        study = optuna.create_study(
            storage=place, sampler=sampler, study_name=name, direction="maximize", load_if_exists=True
        )
    except ImportError:
        raise
    except Exception as error:  # SQLAlchemy, SQLite, JSON and Optuna have each their own
        raise FerCourseError(
            f"{text}: not a storage that Optuna can use ({error}); name a new file, such as study.db"
        ) from error
    begun = bool(study.get_trials(deepcopy=False))  # before the attributes, which are written first
    named = study.user_attrs.get("problem")
    if text is not None and named != fingerprint(problem):
        if named or begun:
            raise FerCourseError(
                f"{text} holds a study of another problem: other predictions, labels, target, objective, "
                "emotions or folds; name a new file"
            )
        study.set_user_attr("problem", fingerprint(problem))
    return study


def fingerprint(problem: Problem) -> str:
    """Name a problem by its content, so that a study is not taken for one of another."""
    digest = hashlib.sha256(repr((problem.objective, problem.free)).encode())
    for array in (problem.logs, problem.labels, problem.target):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Keep Optuna from writing a line for every trial."""
    earlier = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(earlier)
