"""Comparing values of any kind, and putting them into a few words."""

import reprlib
from typing import Any

import numpy as np

_LONGEST = 160


def describe(value: Any) -> str:
    """Put a value into one short line, whatever its size.

    Args:
        value: Anything.

    Returns:
        At most about 160 characters: the value itself when it is small, otherwise what it is.

    Example:
        >>> describe(np.zeros((48, 48), np.uint8))
        'uint8 array of shape (48, 48), values 0 to 0'
        >>> describe(np.float64(2) / 3), describe([1, 2])
        ('0.666667', '[1, 2]')
    """
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.generic):
        return str(value.item())
    if isinstance(value, np.ndarray) and value.size > 9:
        values = f", values {value.min():.6g} to {value.max():.6g}" if value.dtype.kind in "biuf" else ""
        return f"{value.dtype} array of shape {value.shape}{values}"
    if hasattr(value, "shape") and hasattr(value, "columns"):
        return f"table of {len(value)} rows with columns {_shortened(', '.join(map(str, value.columns)))}"
    if hasattr(value, "shape") and not isinstance(value, np.ndarray):
        return f"{type(value).__name__} of shape {tuple(value.shape)}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    return _shortened(reprlib.repr(value) if isinstance(value, str) else repr(value).replace("\n", " "))


def describe_both(expected: Any, actual: Any, tolerance: float = 1e-6) -> tuple[str, str]:
    """Put two values that differ into words; of large arrays, the first place where they differ.

    Args:
        expected: One value.
        actual: The other.
        tolerance: Allowed difference, as in :func:`same`.

    Returns:
        What was expected, and what was found.

    Example:
        >>> describe_both(np.zeros((4, 4)), np.eye(4))
        ('0 at [0, 0]', '1 there')
    """
    wanted, found = np.asarray(expected), np.asarray(actual)
    if (
        wanted.shape == found.shape
        and wanted.size > 9
        and {wanted.dtype.kind, found.dtype.kind} <= set("biuf")
    ):
        differs = ~np.isclose(found, wanted, rtol=tolerance, atol=tolerance)
        if differs.any():
            place = tuple(int(index) for index in np.argwhere(differs)[0])
            return f"{describe(wanted[place])} at {list(place)}", f"{describe(found[place])} there"
    return describe(expected), describe(actual)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2] + " …"


def same(actual: Any, expected: Any, tolerance: float = 1e-6) -> bool:
    """Tell whether two values agree: numbers and arrays within a tolerance, everything else by ``==``.

    Args:
        actual: One value.
        expected: The other.
        tolerance: Allowed difference, both absolute and relative.

    Returns:
        Whether they agree; values that cannot be compared do not.

    Example:
        >>> same(np.float32(0.1), 0.1), same([1, 2], np.array([1, 2])), same("1", 1)
        (True, True, False)
        >>> same((np.zeros(2), 1), (np.zeros(2), 1.0))
        True
    """
    if isinstance(actual, tuple) and isinstance(expected, tuple):  # their items may differ in shape
        return len(actual) == len(expected) and all(
            same(*pair, tolerance) for pair in zip(actual, expected, strict=True)
        )
    try:
        left, right = np.asarray(actual), np.asarray(expected)
        if left.dtype.kind in "biufc" and right.dtype.kind in "biufc":
            close = left.shape == right.shape and np.allclose(
                left, right, rtol=tolerance, atol=tolerance, equal_nan=True
            )
            return bool(close)
        return bool(np.all(actual == expected))
    except (TypeError, ValueError):
        return False
