"""Calibration: of a hundred answers given with 80 % confidence, are eighty right?"""

import numpy as np
import pandas as pd

from ..errors import FerCourseError

BINS = 15
"""Equal bins of confidence, as in Guo et al. (2017)."""


def calibration_table(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """Compare confidence with accuracy, bin by bin.

    Args:
        confidence: ``(n,)`` probability of the predicted class, 0..1.
        correct: ``(n,)`` booleans: which predictions are right.
        bins: Number of bins of equal width; a bin holds its upper end.

    Returns:
        One row a bin: ``low`` and ``high`` end, number of ``images``, their mean ``confidence`` and
        ``accuracy`` (NaN where there are none).

    Raises:
        FerCourseError: There is not at least one bin.

    Source:
        Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017).

    Example:
        >>> calibration_table(np.array([0.4, 0.9, 1.0]), np.array([False, True, False]), bins=2)
           low  high  images  confidence  accuracy
        0  0.0   0.5       1        0.40       0.0
        1  0.5   1.0       2        0.95       0.5
    """
    if bins < 1:
        raise FerCourseError(f"bins is {bins}; expected 1 or more")
    confidence = np.asarray(confidence, dtype=np.float64)
    place = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
    images = np.bincount(place, minlength=bins)
    ends = np.linspace(0, 1, bins + 1)
    with np.errstate(invalid="ignore"):  # an empty bin has no mean
        return pd.DataFrame(
            {
                "low": ends[:-1],
                "high": ends[1:],
                "images": images,
                "confidence": np.bincount(place, confidence, bins) / images,
                "accuracy": np.bincount(place, np.asarray(correct, float), bins) / images,
            }
        )


def expected_calibration_error(table: pd.DataFrame) -> float:
    """Return the mean distance of confidence and accuracy over the images (ECE).

    Args:
        table: What :func:`calibration_table` returned.

    Returns:
        0 for a network whose confidence can be taken at its word; at most 1.

    Example:
        >>> table = calibration_table(np.array([0.75, 0.75]), np.array([True, False]))
        >>> expected_calibration_error(table)
        0.25
    """
    distance = (table["accuracy"] - table["confidence"]).abs()
    return float((distance * table["images"]).sum() / table["images"].sum())
