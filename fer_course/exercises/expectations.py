"""The properties that a check can state about an answer."""

from typing import Any

import numpy as np

from .describing import describe, describe_both, same


class NotYet(Exception):
    """A property does not hold; ``lines`` say which, and what was found."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Expectations:
    """States properties one after another; the first that does not hold ends the check.

    Every method takes the property as a sentence that is true of a right answer, and the slip that most
    likely made it false. ``held`` lists the sentences that held.

    Example:
        >>> expect = Expectations()
        >>> expect.more(3.0, 2.0, "a sharp face scores more than a blurred one")
        >>> expect.held
        ['a sharp face scores more than a blurred one']
    """

    def __init__(self) -> None:
        self.held: list[str] = []

    def that(self, holds: object, sentence: str, found: object = ..., slip: str = "") -> None:
        """Expect any condition.

        Args:
            holds: The condition.
            sentence: The property in words.
            found: What the student's code gave, to be shown.
            slip: The likely slip.
        """
        self._state(bool(holds), sentence, "", found, slip)

    def equal(
        self, actual: Any, expected: Any, sentence: str, slip: str = "", tolerance: float = 1e-6
    ) -> None:
        """Expect a value; numbers and arrays within ``tolerance`` (absolute and relative)."""
        holds = same(actual, expected, tolerance)
        wanted, found = ("", "") if holds else describe_both(expected, actual, tolerance)
        self._state(holds, sentence, wanted, found, slip)

    def not_equal(self, actual: Any, wrong: Any, sentence: str, slip: str = "") -> None:
        """Expect any value but the one that a well-known slip gives."""
        self._state(not same(actual, wrong), sentence, "", actual, slip)

    def more(self, actual: Any, than: float, sentence: str, slip: str = "") -> None:
        """Expect one number above another."""
        self._state(
            _is_number(actual) and actual > than, sentence, f"more than {describe(than)}", actual, slip
        )

    def less(self, actual: Any, than: float, sentence: str, slip: str = "") -> None:
        """Expect one number below another."""
        self._state(
            _is_number(actual) and actual < than, sentence, f"less than {describe(than)}", actual, slip
        )

    def between(self, actual: Any, low: float, high: float, sentence: str, slip: str = "") -> None:
        """Expect a number, or every value of an array, from ``low`` to ``high``, both included."""
        values = np.asarray(actual)
        holds = values.dtype.kind in "biuf" and bool(np.all((values >= low) & (values <= high)))
        self._state(holds, sentence, f"{describe(low)} to {describe(high)}", actual, slip)

    def number(self, actual: Any, sentence: str = "the result is one number", slip: str = "") -> None:
        """Expect one plain number, not an array and not text."""
        if isinstance(actual, str):
            slip = slip or "this is text; write the number without quotes"
        self._state(_is_number(actual), sentence, "one number", describe(actual), slip)

    def shape(self, actual: Any, shape: tuple[int | None, ...], sentence: str = "", slip: str = "") -> None:
        """Expect a shape; ``None`` stands for any length."""
        found = tuple(getattr(actual, "shape", np.shape(actual)))
        holds = len(found) == len(shape) and all(w in (None, f) for w, f in zip(shape, found, strict=True))
        self._state(holds, sentence or f"the shape is {shape}", f"shape {shape}", actual, slip)

    def dtype(self, actual: Any, dtype: Any, sentence: str = "", slip: str = "") -> None:
        """Expect an array of a data type."""
        name = np.dtype(dtype).name
        found = getattr(actual, "dtype", type(actual).__name__)
        self._state(str(found) == name, sentence or f"the values are {name}", name, f"{found}", slip)

    def kind(self, actual: Any, kind: type | tuple[type, ...], sentence: str, slip: str = "") -> None:
        """Expect an instance of a type."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = " or ".join(one.__name__ for one in kinds)
        self._state(isinstance(actual, kind), sentence, f"a {names}", f"a {type(actual).__name__}", slip)

    def _state(self, holds: bool, sentence: str, expected: str, found: object, slip: str) -> None:
        if holds:
            self.held.append(sentence)
            return
        lines = [sentence]
        if expected:
            lines.append(f"expected: {expected}")
        if found is not ...:
            lines.append(f"found: {found if isinstance(found, str) else describe(found)}")
        if slip:
            lines.append(f"likely slip: {slip}")
        raise NotYet(lines)


def _is_number(value: Any) -> bool:
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf"
