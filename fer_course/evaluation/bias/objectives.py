"""What biases are tuned for: objectives, and how many images each bias moves where."""

from dataclasses import dataclass, replace

import numpy as np

from ...emotions import EMOTIONS

CLASSES = len(EMOTIONS)

OBJECTIVES = ("accuracy", "macro_f1", "balanced_accuracy", "distribution")
"""What biases can be tuned for; of all of them more is better, and 1 is the best."""

_CELLS = 4_000_000  # images times biases that are looked at together: some 20 MB


def objective_value(
    name: str, hits: np.ndarray, predicted: np.ndarray, true: np.ndarray, target: np.ndarray | None = None
) -> np.ndarray:
    """Compute an objective from counts of images.

    Args:
        name: One of ``OBJECTIVES``.
        hits: ``(..., 7)`` images of each emotion that are recognised.
        predicted: ``(..., 7)`` images that are taken for each emotion.
        true: ``(..., 7)`` images of each emotion.
        target: ``(7,)`` shares that the predictions should have; "distribution" asks for it.

    Returns:
        ``(...)`` values. "distribution" is 1 minus the total variation distance: the share of predictions
        that need not change for the target to be met. Macro-F1 and balanced accuracy leave out emotions
        that do not occur, as :class:`Evaluation` does.

    Example:
        >>> hits, predicted, true = np.array([[3, 1], [4, 2], [4, 2]])
        >>> round(float(objective_value("accuracy", hits, predicted, true)), 3)
        0.667
    """
    if name == "accuracy":
        return hits.sum(axis=-1) / true.sum(axis=-1)
    if name == "distribution":
        achieved = predicted / predicted.sum(axis=-1, keepdims=True)
        return 1 - np.abs(achieved - target).sum(axis=-1) / 2
    score, of = (2 * hits, predicted + true) if name == "macro_f1" else (hits, true)
    shares = np.divide(score, of, out=np.zeros(np.shape(score)), where=of > 0)
    return shares.sum(axis=-1) / (of > 0).sum(axis=-1)


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
        return self.value_of(np.bincount(right, minlength=len(biases) * CLASSES).reshape(shape), predicted)

    def value_of(self, hits: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """Return the objective for ``(..., 7)`` counts."""
        true = np.bincount(self.labels, minlength=CLASSES)
        return objective_value(self.objective, hits, predicted, true, self.target)


FER2013_TRAIN_COUNTS = (3995, 436, 4097, 7215, 4830, 3171, 4965)
"""Images of each emotion in the train split of FER2013."""

SMALLEST_SHARE = 1e-3
"""An emotion is not taken to be rarer than this: the logarithm of 0 would rule it out for good."""

LABEL_SMOOTHING = 0.1
"""That of ``Recipe()``."""

_ROUNDS, _SETTLED, _TINY = 1000, 1e-7, 1e-6


def closed_form_biases(shares: np.ndarray, train_shares: np.ndarray) -> np.ndarray:
    """Return the biases that make up for a change in how often the emotions occur.

    If faces of an emotion look as they did in training and only their shares have changed, adding
    ``log(shares / train_shares)`` to the log-probabilities gives what the network would say had it been
    trained on the new shares.

    Args:
        shares: ``(7,)`` how often each emotion occurs where the network is used. Equal shares make the rule
            for the best balanced accuracy.
        train_shares: ``(7,)`` how often it occurred in training.

    Returns:
        ``(7,)`` biases.

    Source:
        Saerens, Latinne and Decaestecker (2002); Menon et al., "Long-tail learning via logit adjustment"
        (2021).

    Example:
        >>> closed_form_biases(np.array([0.5, 0.5]), np.array([0.9, 0.1])).round(2)
        array([-0.59,  1.61])
    """
    floor = np.maximum(shares, SMALLEST_SHARE), np.maximum(train_shares, SMALLEST_SHARE)
    return np.log(floor[0]) - np.log(floor[1])


def estimate_shares(
    probabilities: np.ndarray, train_shares: np.ndarray, label_smoothing: float = 0.0
) -> np.ndarray:
    """Estimate how often each emotion occurs among images without labels, by expectation maximisation.

    Start with the shares of training; correct the probabilities for the shares believed in; believe in the
    mean of the corrected probabilities; repeat. Each round makes the images more likely.

    The probabilities have to be calibrated, the small ones too. A network trained with smoothed labels never
    says less than a hundredth or so, as much as the share of a rare emotion, and each round would take that
    for evidence; so what the smoothing added is subtracted first.

    Args:
        probabilities: ``(n, 7)`` what the network says.
        train_shares: ``(7,)`` how often each emotion occurred in training.
        label_smoothing: Share of each target that training spread over all classes.

    Returns:
        ``(7,)`` shares, which add up to 1.

    Source:
        Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori
        probabilities" (2002).

    Example:
        >>> said = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.1, 0.9]])
        >>> estimate_shares(said, np.array([0.5, 0.5])).round(2)
        array([0.2, 0.8])
    """
    train_shares = np.maximum(train_shares, SMALLEST_SHARE)
    honest = np.maximum(probabilities - label_smoothing / probabilities.shape[1], _TINY)
    ratios = honest / train_shares
    shares = np.asarray(train_shares, np.float64)
    for _ in range(_ROUNDS):
        corrected = ratios * shares
        believed = (corrected / corrected.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(believed - shares).max() < _SETTLED:
            break
        shares = believed
    return believed
