"""Distillation: a small network learns what a teacher says about each image, not the label alone."""

import numpy as np

from ..emotions import EMOTIONS, check_labels
from ..errors import FerCourseError


def soft_targets(
    labels: np.ndarray, probabilities: np.ndarray, share: float = 0.5, temperature: float = 2.0
) -> np.ndarray:
    """Mix labels with what a teacher says, for ``fit(..., targets=...)``.

    A teacher, such as an ensemble, knows more of an image than its label: that a fear looks a little like a
    surprise, and that a label may be wrong. Hinton and others soften teacher and student alike while the
    student learns; here the teacher alone is softened, so what the student says can be used as it is.
    The raters of FER+ are a teacher, too, once their votes are translated into labels
    (:meth:`Votes.label_probabilities`, with ``temperature=1``). With ``share=1`` the labels do not matter.

    The teacher must not know its train images by heart, or it says no more than their labels do. The recipe's
    ``label_smoothing`` comes on top; with soft targets it is best 0.

    Args:
        labels: ``(n,)`` labels, 0..6, of the train images.
        probabilities: ``(n, 7)`` what the teacher says about them.
        share: The teacher's share, 0 to 1.
        temperature: Above 1 softens what the teacher says, below 1 sharpens it.

    Returns:
        ``(n, 7)`` ``float32`` targets; each row adds up to 1.

    Raises:
        FerCourseError: The arrays do not fit together, something is no probability, or share or temperature
            are out of range.

    Source:
        Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network" (2015).

    Example:
        >>> teacher = np.array([[0, 0, 0.2, 0, 0, 0.8, 0]])
        >>> round(float(soft_targets(np.array([5]), teacher, temperature=1)[0, 5]), 2)
        0.9
    """
    if not 0 <= share <= 1 or not 0 < temperature < np.inf:
        raise FerCourseError(
            f"share is {share}, temperature {temperature}; expected a share from 0 to 1, and a temperature "
            "above 0"
        )
    labels = check_labels(labels)
    said = check_targets(probabilities, len(labels)).astype(np.float64)
    softened = said ** (1 / temperature)
    softened /= softened.sum(axis=1, keepdims=True)
    return np.asarray((1 - share) * np.eye(len(EMOTIONS))[labels] + share * softened, np.float32)


def check_targets(targets: np.ndarray, count: int) -> np.ndarray:
    """Refuse what is no probability for each of some images and emotions.

    Args:
        targets: Should be ``(count, 7)``.
        count: Number of images.

    Returns:
        The same as ``float32``.

    Raises:
        FerCourseError: The shape is another one, or a row does not add up to 1.
    """
    checked = np.asarray(targets, np.float32)
    if checked.shape != (count, len(EMOTIONS)):
        raise FerCourseError(
            f"targets have shape {checked.shape}, expected ({count}, {len(EMOTIONS)}): one row for each "
            "train image, one column for each emotion"
        )
    wrong = np.flatnonzero(~((checked >= 0).all(axis=1) & (np.abs(checked.sum(axis=1) - 1) < 1e-2)))
    if wrong.size:
        raise FerCourseError(
            f"row {wrong[0]} of the targets is {np.array2string(checked[wrong[0]], precision=3)}; expected "
            "probabilities that add up to 1 (votes: divide each row by its sum, drop rows without a vote)"
        )
    return checked
