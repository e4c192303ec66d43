"""The seven emotions of FER2013: their order, their colours, and their other names."""

import re
import reprlib
from difflib import get_close_matches

import numpy as np
from numpy.typing import ArrayLike

from .errors import FerCourseError

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Class names; the position of a name is its label (FER2013's own order)."""

NUMBERED = ", ".join(f"{label} {name}" for label, name in enumerate(EMOTIONS))
"""The labels with their names, for messages."""

LARGEST_BIAS = 1e9
"""Biases are smaller: logarithms of probabilities differ by 16 at most, and get lost beside 1e16."""

EMOTION_COLORS = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#6E6E6E",
}
"""One colour for each emotion, from the colour-blind-safe palette of Okabe and Ito (2008)."""

_OTHER_NAMES = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "scared": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "neutrality": "neutral",
}

RAF_DB_CLASSES = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
"""RAF-DB's basic emotions; it numbers them from 1."""

RAF_DB_COMPOUND_CLASSES = (
    *("happily surprised", "happily disgusted", "sadly fearful", "sadly angry", "sadly surprised"),
    *("sadly disgusted", "fearfully angry", "fearfully surprised", "angrily surprised", "angrily disgusted"),
    "disgustedly surprised",
)
"""RAF-DB's compound emotions; it numbers them from 1, too."""

AFFECTNET_CLASSES = (
    *("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"),
    *("none", "uncertain", "no face"),
)
"""AffectNet's classes; it numbers them from 0."""

EXPW_CLASSES = EMOTIONS
"""ExpW's classes; it numbers them from 0, in FER2013's order."""

_JAFFE_CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
JAFFE_CODES = {name[:2].upper(): name for name in _JAFFE_CLASSES}
"""The letters in JAFFE's file names."""

_KDEF_CLASSES = ("angry", "disgusted", "afraid", "happy", "sad", "surprised", "neutral")
KDEF_CODES = {name[:2].upper(): name for name in _KDEF_CLASSES}
"""The letters in KDEF's file names."""

_UNMAPPED = {"contempt", "none", "uncertain", "no face", "not a face", "unknown", *RAF_DB_COMPOUND_CLASSES}


def emotion_label(name: str) -> int:
    """Return the label, 0 to 6, of an emotion's name.

    It may be in any case, one that another dataset uses ("anger", "happiness"), and have a number before it
    ("0_angry"). For a name that is none of the seven emotions, one that is near it is suggested.

    Example:
        >>> emotion_label("happy"), emotion_label("Anger")
        (3, 0)
    """
    key = _plain(name)
    key = _OTHER_NAMES.get(key, key)
    if key not in EMOTIONS:
        near = get_close_matches(key, [*EMOTIONS, *_OTHER_NAMES], 1, cutoff=0.7)
        hint = f"perhaps {near[0]!r}" if near else f"the seven are {', '.join(EMOTIONS)}"
        raise FerCourseError(f"unknown emotion {reprlib.repr(name)}; {hint}")  # a whole row may be one's name
    return EMOTIONS.index(key)


def _plain(name: str) -> str:
    """Put a class name into small letters, with spaces, and without the number before it."""
    return re.sub(r"^\d+ +(?=\D)", "", re.sub(r"[\s_.-]+", " ", name).strip().lower())


def check_labels(labels: ArrayLike, unlabelled: bool = False) -> np.ndarray:
    """Return ``(n,)`` labels, 0..6, as ``int64``, or say which is none.

    With ``unlabelled``, -1 may be among them, for an image of none of the seven emotions.

    Example:
        >>> check_labels([3, 6, 0]).tolist()
        [3, 6, 0]
    """
    values = np.asarray(labels)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iu"):
        raise FerCourseError(f"labels are {values.dtype} of shape {values.shape}; expected (n,) integers")
    values = values.astype(np.int64, copy=False)
    wrong = np.flatnonzero((values < -int(unlabelled)) | (values >= len(EMOTIONS)))
    if wrong.size and values[wrong].max() < 0 and not unlabelled:
        raise FerCourseError(
            f"{wrong.size} of {len(values)} images have no label (0..{len(EMOTIONS) - 1}); "
            "drop them with dataset.subset(dataset.labels >= 0)"
        )
    if wrong.size:
        raise FerCourseError(
            f"label {values[wrong[0]]} at position {wrong[0]}; expected 0..{len(EMOTIONS) - 1} "
            f"({', '.join(EMOTIONS)}){', or -1 for none of them' if unlabelled else ''}"
        )
    return values


def check_probabilities(probabilities: ArrayLike, name: str = "the probabilities") -> np.ndarray:
    """Return ``(n, 7)`` probabilities as ``float32``, or say, under their name, why they are none.

    Example:
        >>> check_probabilities([[3.0, -1, 0, 0, 0, 0, 0]])
        Traceback (most recent call last):
        fer_course.errors.FerCourseError: row 0 of the probabilities sums to 2 instead of 1, ...
    """
    checked = np.asarray(probabilities, dtype=np.float32)
    if checked.ndim != 2 or checked.shape[1] != len(EMOTIONS):
        raise FerCourseError(
            f"{name}: shape {checked.shape}; expected (n, {len(EMOTIONS)}), one row an image, one column an "
            f"emotion ({', '.join(EMOTIONS)})"
        )
    if not len(checked):
        raise FerCourseError(f"{name}: no images; is the split empty?")
    sums, least = checked.sum(axis=1), checked.min(axis=1)
    wrong = np.flatnonzero(~((np.abs(sums - 1) < 1e-2) & (least >= 0)))  # catches NaN as well
    if wrong.size and np.isnan(sums[wrong[0]]):
        raise FerCourseError(f"row {wrong[0]} of {name} holds NaN; was the training stable?")
    if wrong.size:
        raise FerCourseError(
            f"row {wrong[0]} of {name} sums to {sums[wrong[0]]:.3g} instead of 1, its least value is "
            f"{least[wrong[0]]:.3g}; logits need a softmax first, votes a division by their sum"
        )
    return checked


def mapped_label(name: str) -> int:
    """Return the label of a class of any dataset read here, 0..6, or -1 if it is beside the seven.

    Contempt, "none", "uncertain", "no face", "not a face", "unknown" and RAF-DB's compound emotions are known
    to be none of the seven; a name that is not known at all is refused.

    Example:
        >>> mapped_label("happiness"), mapped_label("Contempt")
        (3, -1)
    """
    return -1 if _plain(name) in _UNMAPPED else emotion_label(name)
