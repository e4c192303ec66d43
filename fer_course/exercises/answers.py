"""What a student wrote: calling it safely, and telling an answer from a placeholder."""

import copy
import inspect
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from .expectations import NotYet, describe, same


class NotAttempted(Exception):
    """The answer is still the stub."""


def is_placeholder(value: object, placeholder: object = None) -> bool:
    """Tell whether a value is the stub's.

    Args:
        value: What the student's variable holds or function returned.
        placeholder: The exercise's own placeholder value, if it has one.

    Returns:
        True for ``None``, ``...``, a tuple or list with ``...`` in it, and the exercise's placeholder.

    Example:
        >>> is_placeholder(...), is_placeholder((48, ...)), is_placeholder(0.0), is_placeholder(0.0, 0.0)
        (True, True, False, True)
    """
    if value is None or value is ...:
        return True
    if isinstance(value, tuple | list) and any(item is ... for item in value):
        return True
    return placeholder is not None and not callable(placeholder) and same(value, placeholder)


class StudentFunction:
    """A student's function, called on copies, whose failures become words.

    Args:
        name: What the exercise calls it.
        function: The student's function.
        placeholder: What the stub returns: a value, or a function of the same arguments.
    """

    def __init__(self, name: str, function: Callable[..., Any], placeholder: object = None) -> None:
        self.name = name
        self._calls = self._untouched = 0
        self._function = function
        self._placeholder = placeholder

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call the student's function.

        Returns:
            What it returned.

        Raises:
            NotAttempted: It returned nothing or its placeholder ``...``.
            NotYet: It raised; the message says what, on which input and in which line.
        """
        expected_of_stub = self._placeholder
        if callable(expected_of_stub):
            expected_of_stub = expected_of_stub(*_copied(args), **_copied(kwargs))
        call = f"{self.name}({', '.join(_described_arguments(args, kwargs))})"
        try:
            result = self._function(*_copied(args), **_copied(kwargs))
        except NotImplementedError:
            raise NotAttempted(f"{self.name} is not written yet.") from None
        except (Exception, SystemExit) as error:
            raise NotYet([f"{call} raised {type(error).__name__}: {error}", *self._where(error)]) from error
        if result is None:
            raise NotAttempted(f"{call} returned nothing: the result goes after `return`.")
        if is_placeholder(result):
            raise NotAttempted(f"{self.name} still returns its placeholder.")
        self._calls += 1
        self._untouched += self._placeholder is not None and same(result, expected_of_stub)
        return result

    @property
    def only_placeholders(self) -> bool:
        """Whether every call gave what the stub gives."""
        return 0 < self._calls == self._untouched

    def _where(self, error: BaseException) -> list[str]:
        """Name the student's own line that failed."""
        code = getattr(self._function, "__code__", None)
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename
        ]
        if not frames or not frames[-1].line:
            return []
        return [f"in line {frames[-1].lineno} of your cell: {frames[-1].line}"]


def _described_arguments(args: tuple[object, ...], kwargs: dict[str, object]) -> list[str]:
    return [describe(value) for value in args] + [
        f"{name}={describe(value)}" for name, value in kwargs.items()
    ]


def _copied(value: Any) -> Any:
    """Copy data, so that an answer cannot spoil the check's input; models and tensors are shared."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(_copied(item) for item in value)
    is_data = isinstance(value, np.ndarray | set) or type(value).__module__.startswith(
        ("pandas.", "fer_course.")
    )
    return copy.deepcopy(value) if is_data and not inspect.isroutine(value) else value
