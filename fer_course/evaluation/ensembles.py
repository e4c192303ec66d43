"""Ensembles: several networks that answer together, and whether that is worth it."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from .comparison import Comparison, compare, stratified_folds
from .members import Members, checked_members
from .scores import Evaluation, score

FOLDS = 5
SMALLEST = 1e-4
"""Below this, a probability counts as no smaller: the logarithm of 0 would outvote everybody."""


Weights = tuple[np.ndarray, np.ndarray]
"""What a way to combine has learnt: weights and offsets, as :class:`Ensemble` holds them."""


def _mixed(weights: np.ndarray, offsets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Answer together: from ``(members, n, 7)`` to ``(n, 7)`` ``float32`` probabilities."""
    if weights.ndim == 1:
        return np.tensordot(weights, probabilities, axes=1).astype(np.float32)
    logits = np.einsum("mnk,mkj->nj", _logs(probabilities), weights) + offsets
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _likeliest(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    """Find the shares that make the labels most probable, by expectation maximisation (no local optima)."""
    of_label = np.maximum(probabilities[:, np.arange(len(labels)), labels], SMALLEST)
    shares = np.full(len(of_label), 1 / len(of_label))
    for _ in range(200):
        credit = shares[:, None] * of_label
        shares = (credit / credit.sum(axis=0)).mean(axis=1)
    return _shares(shares)


def _greedy(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    """Add, again and again, the member that helps most; of equal accuracies the likelier counts."""
    counts = np.zeros(len(probabilities))
    total = np.zeros_like(probabilities[0])
    best, best_counts = (-1.0, -np.inf), counts
    for _ in range(30):
        ranks = [_rank(total + member, labels) for member in probabilities]
        chosen = max(range(len(ranks)), key=ranks.__getitem__)
        counts[chosen] += 1
        total += probabilities[chosen]
        if ranks[chosen] > best:
            best, best_counts = ranks[chosen], counts.copy()
    return _shares(best_counts)


def _rank(total: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    of_label = total[np.arange(len(labels)), labels] / total.sum(axis=1)
    right = (total.argmax(axis=1) == labels).mean()
    return float(right), float(np.log(np.maximum(of_label, SMALLEST)).mean())


def _stacked(probabilities: np.ndarray, labels: np.ndarray) -> Weights:
    from sklearn.linear_model import LogisticRegression

    counts = np.bincount(labels, minlength=len(EMOTIONS))
    if counts.min() == 0:
        absent = ", ".join(name for name, count in zip(EMOTIONS, counts, strict=True) if not count)
        raise FerCourseError(
            f"stacking learns every answer from examples, and there is none of {absent} (or only one, which "
            'cross-validation holds out); take method="weights", or more images'
        )
    columns = _logs(probabilities).transpose(1, 0, 2).reshape(len(labels), -1)
    # A strong penalty (a small C), for 49 weights a member are many
    regression = LogisticRegression(C=0.03, max_iter=1000).fit(columns, labels)
    weights = regression.coef_.T.reshape(len(probabilities), len(EMOTIONS), len(EMOTIONS))
    return weights, regression.intercept_


def _shares(counts: np.ndarray) -> Weights:
    return counts / counts.sum(), np.zeros(len(EMOTIONS))


def _logs(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, SMALLEST))


FITS: dict[str, Callable[[np.ndarray, np.ndarray], Weights]] = {
    "vote": lambda probabilities, labels: _shares(np.ones(len(probabilities))),
    "weights": _likeliest,
    "greedy": _greedy,
    "stacking": _stacked,
}
"""What ``method`` can be."""
METHODS = tuple(FITS)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Members, and how their answers become one; made by :func:`combine`.

    Args:
        method: "vote", "weights", "greedy" or "stacking".
        names: One for each member.
        weights: ``(members,)`` shares that add up to 1; for stacking ``(members, 7, 7)``, what each member's
            log-probabilities add to each answer.
        offsets: ``(7,)``, what stacking adds to each answer anyway; else zeros.
        cross_validated: The ensemble on the images, each scored by weights that were fitted without it; None
            without labels.
        best_member: The member that was best on the other images, on the same images.
    """

    method: str
    names: tuple[str, ...]
    weights: np.ndarray
    offsets: np.ndarray
    cross_validated: Evaluation | None = None
    best_member: Evaluation | None = None

    @property
    def gain(self) -> Comparison | None:
        """What the ensemble brings over its best member, cross-validated; None without labels."""
        if self.best_member is None or self.cross_validated is None:
            return None
        return compare(self.best_member, self.cross_validated)

    def apply(self, members: Members) -> np.ndarray:
        """Answer together, from what the same members, in the same order, say about any images."""
        names, probabilities, *_ = checked_members(members)
        if len(names) != len(self.names) or (isinstance(members, Mapping) and names != self.names):
            raise FerCourseError(
                f"the ensemble was made of {', '.join(self.names)}; these are {', '.join(names)}"
            )
        return _mixed(self.weights, self.offsets, probabilities)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Ensemble":
        """Read the ``weights.json`` of ``fer-course ensemble``, which holds neither members nor scores."""
        file = Path(path)
        if not file.is_file():
            raise FileNotFoundError(f"{file}: no such file; fer-course ensemble writes one")
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            names = tuple(map(str, held["members"]))
            weights, offsets = np.array(held["weights"], float), np.array(held["offsets"], float)
            method = str(held["method"])
        except (ValueError, KeyError, TypeError) as error:
            raise FerCourseError(f"{file}: holds no ensemble ({error!r})") from error
        shapes = (len(names),), (len(names), len(EMOTIONS), len(EMOTIONS))
        if weights.shape not in shapes or offsets.shape != (len(EMOTIONS),) or not np.isfinite(weights).all():
            raise FerCourseError(
                f"{file}: weights of shape {weights.shape} do not fit {len(names)} members; "
                "run fer-course ensemble again"
            )
        return cls(method, names, weights, offsets)

    def to_dict(self) -> dict[str, Any]:
        """Return method, weights and gain as JSON can hold them."""
        learnt = {
            "method": self.method,
            "members": list(self.names),
            "weights": self.weights.tolist(),
            "offsets": self.offsets.tolist(),
        }
        if self.gain is None or self.cross_validated is None:
            return learnt
        return learnt | {
            "cross_validated_accuracy": self.cross_validated.accuracy,
            "gain_over_best_member": self.gain.difference,
            "gain_interval": self.gain.interval,
            "mcnemar_p": self.gain.p_value,
        }

    def __repr__(self) -> str:
        sizes = np.abs(self.weights).reshape(len(self.names), -1).sum(axis=1)
        shares = ", ".join(
            f"{name} {share:.0%}" for name, share in zip(self.names, sizes / sizes.sum(), strict=True)
        )
        text = f"Ensemble of {len(self.names)} by {self.method}: {shares}"
        together, best = self.cross_validated, self.best_member
        if together is None or best is None:
            return text
        return (
            f"{text}\n  cross-validated on {together.n:,} images: accuracy {together.accuracy:.1%}, "
            f"best member {best.accuracy:.1%}: {self.gain}"
        )


def combine(
    members: Members, labels: np.ndarray | None = None, method: str = "vote", seed: int = 0
) -> Ensemble:
    """Make one classifier of several, with weights fitted on val.

    ========== ==================================================================================
    ``method`` the answer is
    ========== ==================================================================================
    "vote"     the mean of the probabilities (soft vote); nothing is fitted
    "weights"  a weighted mean; the weights that make the labels most probable
    "greedy"   the mean over members picked one by one, some more than once, each time the one that
               brings the highest accuracy (Caruana et al., 2004)
    "stacking" a logistic regression on all log-probabilities (Wolpert, 1992)
    ========== ==================================================================================

    Weights that were chosen on some images look too good on them. So, given labels, the gain over the best
    member is cross-validated: weights and best member are chosen on four fifths and scored on the last, in
    turn. Fit on val; score test once.

    Args:
        members: ``(members, n, 7)`` probabilities, or a mapping or sequence of what each member says: an
            ``(n, 7)`` array or an :class:`Evaluation`. Evaluations bring their labels.
        labels: ``(n,)`` true labels; only a vote can do without.
        method: How to combine.
        seed: Decides the folds.

    Returns:
        The ensemble.

    Raises:
        FerCourseError: There are fewer than two members, they have other classes or images, something is no
            probability, labels are missing, or the method is unknown or cannot be fitted.

    Source:
        Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models" (2004);
        Wolpert, "Stacked generalization" (1992).

    Example:
        >>> rng, labels = np.random.default_rng(0), np.arange(700) % 7
        >>> members = [0.3 * np.eye(7)[labels] + 0.7 * rng.dirichlet(np.full(7, 0.3), 700) for _ in range(3)]
        >>> ensemble = combine(members, labels)
        >>> ensemble.gain.difference > 0.05
        True
    """
    names, probabilities, labels, ids = checked_members(members, labels)
    check_combination(len(names), method)
    if labels is None:
        if method != "vote":
            raise FerCourseError(
                f'method="{method}" is fitted to labels: give those of val, or take method="vote"'
            )
        return Ensemble(method, names, *FITS["vote"](probabilities, np.zeros(0, np.int64)))
    check_combination(len(names), method, len(labels))
    fitted = FITS[method](probabilities, labels)
    together, best = _out_of_fold(probabilities, labels, method, seed)
    return Ensemble(method, names, *fitted, score(labels, together, ids), score(labels, best, ids))


def check_combination(members: int, method: str, labels: int | None = None) -> None:
    """Refuse what :func:`combine` cannot combine or judge, if possible before hours go into training."""
    if method not in FITS:
        raise FerCourseError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    if members < 2:
        raise FerCourseError(f"{members} member is no ensemble; give two or more")
    if labels is not None and labels < 2 * FOLDS:
        raise FerCourseError(f"{labels} images are too few to judge an ensemble on; give {2 * FOLDS} or more")


def _out_of_fold(
    probabilities: np.ndarray, labels: np.ndarray, method: str, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Answer for each image with an ensemble, and with a best member, that were chosen without it."""
    fold = stratified_folds(labels, FOLDS, seed)
    together, best = np.empty_like(probabilities[0]), np.empty_like(probabilities[0])
    for number in np.unique(fold):
        inside = fold == number
        others, known = probabilities[:, ~inside], labels[~inside]
        together[inside] = _mixed(*FITS[method](others, known), probabilities[:, inside])
        right = (others.argmax(axis=2) == known).mean(axis=1)
        best[inside] = probabilities[right.argmax(), inside]
    return together, best
