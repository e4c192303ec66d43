"""The properties that a check can state about an answer."""

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

Slip = str | Mapping[Any, str]


class NotYet(Exception):
    """A property does not hold; ``lines`` say which, and what was found."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Expectations:
    """States properties one after another; the first that does not hold ends the check.

    Every method takes the property as a sentence that is true of a right answer, and as ``slip`` what to say
    when it is not: a "likely slip" where the value is known to come from it (:meth:`not_equal`, and
    :meth:`equal` with several), and advice elsewhere. ``held`` lists the sentences that held.

    Example:
        >>> expect = Expectations()
        >>> expect.more(3.0, 2.0, "a sharp face scores more than a blurred one")
        >>> expect.held
        ['a sharp face scores more than a blurred one']
    """

    def __init__(self) -> None:
        self.held: list[str] = []

    def that(self, holds: object, sentence: str, found: object = ..., slip: str = "") -> None:
        """Expect any condition; ``found`` is what the student's code gave, to be shown."""
        self._state(bool(holds), sentence, "", found, slip)

    def equal(
        self, actual: Any, expected: Any, sentence: str, slip: Slip = "", tolerance: float = 1e-6
    ) -> None:
        """Expect a value; numbers and arrays within ``tolerance`` (absolute and relative).

        ``slip`` may have several slips, each by the value that it gives, and under None what else to say.
        """
        holds = same(actual, expected, tolerance)
        wanted, found = ("", "") if holds else describe_both(expected, actual, tolerance)
        self._state(holds, sentence, wanted, found, *_chosen(slip, actual))

    def not_equal(self, actual: Any, wrong: Any, sentence: str, slip: str = "") -> None:
        """Expect any value but the one that a well-known slip gives."""
        self._state(not same(actual, wrong), sentence, "", actual, slip, True)

    def more(self, actual: Any, than: float, sentence: str, slip: str = "") -> None:
        """Expect one number above another."""
        holds = _is_number(actual) and actual > than
        self._state(holds, sentence, f"more than {describe(than)}", actual, slip)

    def less(self, actual: Any, than: float, sentence: str, slip: str = "") -> None:
        """Expect one number below another."""
        holds = _is_number(actual) and actual < than
        self._state(holds, sentence, f"less than {describe(than)}", actual, slip)

    def between(self, actual: Any, low: float, high: float, sentence: str, slip: str = "") -> None:
        """Expect a number, or every value of an array, from ``low`` to ``high``, both included."""
        values = np.asarray(actual)
        holds = values.dtype.kind in "biuf" and bool(np.all((values >= low) & (values <= high)))
        self._state(holds, sentence, f"{describe(low)} to {describe(high)}", actual, slip)

    def number(self, actual: Any, sentence: str = "the result is one number", slip: str = "") -> Any:
        """Expect one plain number, not an array and not text, and return it."""
        if isinstance(actual, str):
            slip = slip or "this is text; write the number without quotes"
        self._state(_is_number(actual), sentence, "one number", describe(actual), slip)
        return actual

    def shape(self, actual: Any, shape: tuple[int | None, ...], sentence: str = "", slip: Slip = "") -> Any:
        """Expect a shape, ``None`` standing for any length, and return what has it.

        ``slip`` may have several slips, as in :meth:`equal`, each by the shape that it gives.
        """
        found = tuple(getattr(actual, "shape", np.shape(actual)))
        holds = len(found) == len(shape) and all(w in (None, f) for w, f in zip(shape, found, strict=True))
        sentence = sentence or f"the shape is {shape}"
        self._state(holds, sentence, f"shape {shape}", actual, *_chosen(slip, found))
        return actual

    def dtype(self, actual: Any, dtype: Any, sentence: str = "", slip: str = "") -> None:
        """Expect an array of a data type."""
        name = np.dtype(dtype).name
        found = getattr(actual, "dtype", type(actual).__name__)
        self._state(str(found) == name, sentence or f"the values are {name}", name, f"{found}", slip)

    def kind(self, actual: Any, kind: type | tuple[type, ...], sentence: str, slip: str = "") -> Any:
        """Expect an instance of a type, and return it."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = " or ".join(one.__name__ for one in kinds)
        self._state(isinstance(actual, kind), sentence, f"a {names}", f"a {type(actual).__name__}", slip)
        return actual

    def _state(
        self, holds: bool, sentence: str, expected: str, found: object, slip: str, is_certain: bool = False
    ) -> None:
        if holds:
            self.held.append(sentence)
            return
        lines = [sentence]
        if expected:
            lines.append(f"expected: {expected}")
        if found is not ...:
            lines.append(f"found: {found if isinstance(found, str) else describe(found)}")
        if slip:
            lines.append(f"{'likely slip' if is_certain else 'advice'}: {slip}")
        raise NotYet(lines)


def _chosen(slip: Slip, value: object) -> tuple[str, bool]:
    """Choose the slip that gives a value, and say whether one does."""
    if isinstance(slip, str):
        return slip, False
    known = [words for wrong, words in slip.items() if wrong is not None and same(value, wrong)]
    return (known[0], True) if known else (slip.get(None, ""), False)


def _is_number(value: Any) -> bool:
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf"


_LONGEST = 160


def describe(value: Any) -> str:
    """Put a value into one short line, whatever its size: itself when it is small, otherwise what it is.

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
    """Put two values that differ into words; of large arrays, the first place where they differ."""
    wanted, found = np.asarray(expected), np.asarray(actual)
    numbers = {wanted.dtype.kind, found.dtype.kind} <= set("biuf")
    if numbers and wanted.shape == found.shape and wanted.size > 9:
        differs = ~np.isclose(found, wanted, rtol=tolerance, atol=tolerance)
        if differs.any():
            place = tuple(int(index) for index in np.argwhere(differs)[0])
            return f"{describe(wanted[place])} at {list(place)}", f"{describe(found[place])} there"
    return describe(expected), describe(actual)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2] + " …"


def same(actual: Any, expected: Any, tolerance: float = 1e-6) -> bool:
    """Tell whether two values agree: numbers and arrays within a tolerance, all else by ``==``.

    The tolerance is absolute and relative; values that cannot be compared do not agree.

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
