"""The seven emotions of FER2013: their order, their colours, and their other names."""

from .errors import FerCourseError

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Class names; the position of a name is its label (FER2013's own order)."""

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
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}


def emotion_label(name: str) -> int:
    """Return the label of an emotion's name, in FER2013's order.

    Args:
        name: A class name in any case, or one that another dataset uses for it ("anger", "happiness").

    Returns:
        The label, 0 to 6.

    Raises:
        FerCourseError: The name is none of the seven emotions.

    Example:
        >>> emotion_label("happy"), emotion_label("Anger")
        (3, 0)
    """
    key = name.strip().lower()
    key = _OTHER_NAMES.get(key, key)
    if key not in EMOTIONS:
        raise FerCourseError(f"unknown emotion {name!r}; the seven are {', '.join(EMOTIONS)}")
    return EMOTIONS.index(key)
