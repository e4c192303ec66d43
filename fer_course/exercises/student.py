"""A student's function: called on copies and for a limited time, with failures that become words."""

import copy
import ctypes
import dis
import functools
import inspect
import io
import linecache
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from .expectations import NotYet, describe, same


class NotAttempted(Exception):
    """The answer is still the stub."""


def is_placeholder(value: object, placeholder: object = None) -> bool:
    """Tell whether a value is the stub's: ``None``, ``...``, what has ``...`` in it, or its placeholder."""
    if value is None or value is ...:
        return True
    if isinstance(value, tuple | list) and any(item is ... for item in value):
        return True
    return placeholder is not None and not callable(placeholder) and same(value, placeholder)


LONGEST_CALL = 15.0  # seconds; what takes longer on arrays as small as a check's is an endless loop


class TookTooLong(BaseException):
    """A call was ended; no ``except Exception`` in a student's loop holds it up."""


def within(seconds: float, call: Callable[[], Any]) -> Any:
    """Call a function, and raise TookTooLong in it after some seconds; signals would not do on Windows.

    It is raised between two steps of Python, so a single call of NumPy runs to its end.
    """
    raise_here = functools.partial(
        ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(threading.get_ident())
    )
    ended, lock, wake = False, threading.Lock(), threading.Event()

    def watch() -> None:
        wait = seconds
        while not wake.wait(wait):  # again and again, as a bare `except:` may swallow it
            with lock:
                if ended:
                    return
                raise_here(ctypes.py_object(TookTooLong))
            wait = 0.2

    threading.Thread(target=watch, daemon=True).start()
    try:
        return call()
    finally:
        ended = True  # no function call before this: one could be interrupted, and the watcher never end
        wake.set()
        with lock:
            raise_here(None)  # one that is on its way would hit whatever comes next


# Errors that beginners meet in every lesson, by a part of their message
_ADVICE = {
    "could not be broadcast": "these shapes do not fit: print them; keepdims=True keeps a column",
    "truth value of an array": "`and`, `or`, `not` and `if` want one True or False; join arrays by &, |, ~",
    "out of bounds for uint8": "uint8 goes from 0 to 255: start with .astype(int)",
    "unsupported operand type(s)": "lists and text do no arithmetic: make an array of them, np.array(...)",
    "only integer scalar arrays": "a list cannot be indexed by an array: make an array of it, np.array(...)",
    "is not defined": "is the name spelled as in the first line of your function, and was its import run?",
    "is not callable": "round brackets call a function; square ones take from an array",
}


class StudentFunction:
    """A student's function, called on copies, whose failures become words.

    ``placeholder`` is what the stub returns: a value, or a function of the same arguments. It decides only
    where ``attempted`` does not say that this is another function than the stub.
    """

    def __init__(
        self, name: str, function: Callable[..., Any], placeholder: object = None, attempted: bool = False
    ) -> None:
        self.name = name
        self.saw_bytes = False
        self._calls = self._untouched = 0
        self._function = function
        self._placeholder = None if attempted else placeholder
        self._attempted = attempted

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call the function; NotAttempted for the stub's result, NotYet with its line if it raises."""
        expected_of_stub = self._placeholder
        if callable(expected_of_stub):
            expected_of_stub = expected_of_stub(*copied(args), **copied(kwargs))
        shown = [*map(describe, args), *(f"{name}={describe(value)}" for name, value in kwargs.items())]
        call = f"{self.name}({', '.join(shown)})"
        self.saw_bytes |= any(getattr(value, "dtype", None) == np.uint8 for value in args)
        given, named, before = copied(args), copied(kwargs), _printed()
        try:
            result = within(LONGEST_CALL, lambda: self._function(*given, **named))
        except NotImplementedError:
            raise NotAttempted(f"{self.name} is not written yet.") from None
        except TookTooLong as error:
            self.saw_bytes = False  # once is enough
            endless = f"{call} had not ended after {LONGEST_CALL:.0f} seconds"
            advice = "advice: a `while` loop ends when something in it makes its condition false"
            raise NotYet([endless, *self._where(error), advice]) from None
        except (Exception, SystemExit) as error:
            advices = [f"advice: {words}" for part, words in _ADVICE.items() if part in str(error)]
            raised = f"{call} raised {type(error).__name__}: {error}"
            raise NotYet([raised, *self._where(error), *advices[:1]]) from error
        if result is None and (self._attempted or _printed() > before):
            raise NotYet([f"{call} returned nothing", f"advice: {self._why_nothing(_printed() > before)}"])
        if result is None:
            raise NotAttempted(f"{call} returned nothing: the result goes after `return`.")
        if is_placeholder(result) and self._attempted:
            raise NotYet([f"{call} still gives `...`", "advice: some way through it is not written yet"])
        if is_placeholder(result):
            raise NotAttempted(f"{self.name} still returns its placeholder.")
        self._refuse_changes([*args, *kwargs.values()], [*given, *named.values()], list(named))
        self._calls += 1
        self._untouched += self._placeholder is not None and same(result, expected_of_stub)
        return result

    @property
    def only_placeholders(self) -> bool:
        """Whether every call gave what the stub gives."""
        return 0 < self._calls == self._untouched

    def _refuse_changes(self, before: list, after: list, named: list[str]) -> None:
        code = getattr(self._function, "__code__", None)
        given = len(before) - len(named)
        names = [*code.co_varnames[: code.co_argcount][:given], *named] if code else []
        for place, pair in enumerate(zip(before, after, strict=True)):
            was, became = (v.tobytes() if isinstance(v, np.ndarray) else repr(v) for v in pair)
            if isinstance(pair[0], np.ndarray | list) and was != became:
                name = names[place] if place < len(names) else "its argument"
                advice = "advice: work on a copy, .copy(), or without +=, /=, out= and the like"
                raise NotYet([f"{self.name} changed {name}, which is needed as it was", advice])

    def _why_nothing(self, printed: bool) -> str:
        code = code_of(self._function) or "return"
        if printed and "return" not in code:
            return "print only shows a result; `return` hands it back"
        if "return" not in code:
            return "the result goes after `return`"
        return "one way through it ends without `return`: an `if` without `else`, or a bare `return`?"

    def advice(self) -> list[str]:
        """Say which variables of the notebook it reads, where it should read what it is given."""
        code = getattr(self._function, "__code__", None)
        used = [i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"] if code else []
        values = {name: self._function.__globals__.get(name) for name in used}
        data = [name for name, v in values.items() if isinstance(v, np.ndarray) or hasattr(v, "images")]
        words = "a variable of the notebook, not what it is given"
        return [f"advice: it reads `{name}`, {words}" for name in data[:1]]

    def _where(self, error: BaseException) -> list[str]:
        """Name the student's own line that failed."""
        code = getattr(self._function, "__code__", None)
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename
        ]
        if not frames or not frames[-1].line:
            return []
        return [f"in line {frames[-1].lineno} of your cell: {frames[-1].line}"]


def _printed() -> int:
    """Count what was printed so far, as far as it is kept."""
    return sys.stdout.tell() if isinstance(sys.stdout, io.StringIO) else 0


def copied(value: Any) -> Any:
    """Copy data, so that an answer cannot spoil the check's input; models and tensors are shared."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    is_data = isinstance(value, np.ndarray | set) or type(value).__module__.startswith(
        ("pandas.", "fer_course.")
    )
    return copy.deepcopy(value) if is_data and not inspect.isroutine(value) else value


def code_of(function: Any) -> str:
    """Read a function's own text; notebooks leave that of their cells in linecache."""
    code = getattr(function, "__code__", None)
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :] if code else []
    return textwrap.dedent("".join(inspect.getblock(lines))) if lines else ""
