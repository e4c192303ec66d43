"""The verdict engine: an exercise looks at a student's answer and says, in words, how far it is.

A check is a short function that states properties. The first property that does not hold ends it::

    @exercise("A sharp edge is a jump: which filter feels jumps?", "cv2.Laplacian, then .var()")
    def blur_score(answer, expect):
        flat = np.full((48, 48), 90, np.uint8)
        expect.equal(answer(flat), 0.0, "a flat image scores 0", slip="subtract the mean before you square")

The verdict is one of three, "not attempted", "not yet" or "correct", and never a traceback. The idea of the
three verdicts and of messages that name the likely slip comes from Kaggle's learntools.
"""

import contextlib
import copy
import ctypes
import functools
import inspect
import io
import json
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any, TypeAlias

import numpy as np

from ..course.progress import note_passed
from ..errors import FerCourseError
from .expectations import Expectations, NotYet, describe, same

__all__ = ["Answer", "Exercise", "Expectations", "exercise"]

Answer: TypeAlias = Any
"""What a student wrote: a value, or a function that may be called freely and gets copies of its arguments."""

Check = Callable[[Answer, Expectations], None]

# What to do next, and an Okabe-Ito colour; the words carry the meaning, the colour only helps the eye.
_STATUSES = {
    "correct": ("", "#009E73"),
    "not yet": ("Stuck? Call .hint() for a nudge.", "#D55E00"),
    "not attempted": ("Write your answer, run its cell, then run this one again.", "#0072B2"),
}


@dataclass(repr=False)
class Card:
    """A headline, some lines, perhaps code, and a closing line that says what to do next."""

    headline: str
    lines: Sequence[str] = ()
    closing: str = ""
    code: str = ""
    color: str = "#0072B2"

    def __repr__(self) -> str:
        body = [*self.lines, *self.code.splitlines(), *([self.closing] if self.closing else [])]
        return "\n".join([self.headline, *(f"  {line}" if line else "" for line in body)])

    def _repr_html_(self) -> str:
        # A viewer that drops the styles (GitHub) still shows a bold line and paragraphs.
        lines = "".join(f"<div style='white-space: pre-wrap'>{escape(line)}</div>" for line in self.lines)
        code = f"<pre style='margin: 0.4em 0'>{escape(self.code)}</pre>" if self.code else ""
        closing = f"<div style='opacity: 0.75'>{escape(self.closing)}</div>" if self.closing else ""
        return (
            f"<div style='border-left: 5px solid {self.color}; padding: 0.3em 0.9em; margin: 0.3em 0'>"
            f"<strong>{escape(self.headline)}</strong>{lines}{code}{closing}</div>"
        )


class Verdict(Card):
    """What a check says about an answer: its status, what holds, and the property that does not hold."""

    def __init__(
        self, exercise: str, status: str, held: Sequence[str], problem: Sequence[str], printed: str = ""
    ) -> None:
        self.status = status
        lines = [f"✓ {sentence}" for sentence in dict.fromkeys(held)]
        if status == "not yet":
            lines += [f"✗ {problem[0]}", *(f"  {line}" for line in problem[1:])]
        else:
            lines += problem
        if printed:  # keep a flood of it readable
            shown = [f"  {line[:100]}" for line in printed[:2000].splitlines()]
            lines += ["your code printed:", *shown[:10], *(["  …"] if len(shown) > 10 else [])]
        closing, color = _STATUSES[status]
        super().__init__(f"{status.capitalize()}: {exercise}", lines, closing, color=color)


class NotAttempted(Exception):
    """The answer is still the stub."""


def _is_placeholder(value: object, placeholder: object = None) -> bool:
    """Tell whether a value is the stub's: ``None``, ``...``, what has ``...`` in it, or its placeholder."""
    if value is None or value is ...:
        return True
    if isinstance(value, tuple | list) and any(item is ... for item in value):
        return True
    return placeholder is not None and not callable(placeholder) and same(value, placeholder)


LONGEST_CALL = 10.0  # seconds; what takes longer on arrays as small as a check's is an endless loop


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


class StudentFunction:
    """A student's function, called on copies, whose failures become words.

    ``placeholder`` is what the stub returns: a value, or a function of the same arguments.
    """

    def __init__(self, name: str, function: Callable[..., Any], placeholder: object = None) -> None:
        self.name = name
        self._calls = self._untouched = 0
        self._function = function
        self._placeholder = placeholder

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call the function; NotAttempted for the stub's result, NotYet with its line if it raises."""
        expected_of_stub = self._placeholder
        if callable(expected_of_stub):
            expected_of_stub = expected_of_stub(*copied(args), **copied(kwargs))
        shown = [*map(describe, args), *(f"{name}={describe(value)}" for name, value in kwargs.items())]
        call = f"{self.name}({', '.join(shown)})"
        try:
            given, named = copied(args), copied(kwargs)
            result = within(LONGEST_CALL, lambda: self._function(*given, **named))
        except NotImplementedError:
            raise NotAttempted(f"{self.name} is not written yet.") from None
        except TookTooLong as error:
            endless = f"{call} had not ended after {LONGEST_CALL:.0f} seconds"
            advice = "advice: a `while` loop ends only when something in it makes its condition false"
            raise NotYet([endless, *self._where(error), advice]) from None
        except (Exception, SystemExit) as error:
            raise NotYet([f"{call} raised {type(error).__name__}: {error}", *self._where(error)]) from error
        if result is None:
            raise NotAttempted(f"{call} returned nothing: the result goes after `return`.")
        if _is_placeholder(result):
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


def exercise(*hints: str, placeholder: object = None) -> Callable[[Check], "Exercise"]:
    """Turn a check function into an exercise that carries its name.

    Args:
        *hints: What ``.hint()`` shows, one step a call, from a nudge to nearly the answer.
        placeholder: What the stub gives, where it is neither ``...`` nor ``None``: a value, or for a function
            that must return something sensible a function of the same arguments (``lambda image: image``).

    Returns:
        A decorator for ``check(answer, expect)``; ``expect`` states properties of the answer.

    Example:
        >>> @exercise("Two times the number.")
        ... def double(answer, expect):
        ...     expect.equal(answer(3), 6, "double(3) is 6", slip="3 ** 2 is the square")
        >>> double.check(lambda number: number**2)
        Not yet: double
          ✗ double(3) is 6
            expected: 6
            found: 9
            likely slip: 3 ** 2 is the square
          Stuck? Call .hint() for a nudge.
    """
    return lambda check: Exercise(check, hints, placeholder)


class Exercise:
    """One task of a lesson: it checks an answer, gives hints and shows the solution."""

    def __init__(self, check: Check, hints: tuple[str, ...], placeholder: object = None) -> None:
        self.name = check.__name__
        self.lesson = check.__module__.rpartition(".")[2]
        self.hints = hints
        self._check = check
        self._placeholder = placeholder
        self._hints_shown = 0

    def __repr__(self) -> str:
        return f"<exercise {self.name}: .check({self.name}), .hint(), .solution()>"

    def check(self, answer: object) -> None:
        """Show the verdict about an answer, and note when it is "correct" for :func:`fer_course.progress`.

        Args:
            answer: The student's function or value.

        Raises:
            FerCourseError: The verdict is not "correct" and the environment says ``FER_COURSE_STRICT=1``.
        """
        verdict = self.judge(answer)
        _show(verdict)
        if verdict.status == "correct":
            note_passed(self.lesson, self.name)
        if os.environ.get("FER_COURSE_STRICT") == "1" and verdict.status != "correct":
            raise FerCourseError(str(verdict))

    def judge(self, answer: object) -> Verdict:
        """Give the verdict about an answer without showing it."""
        if _is_placeholder(answer, self._placeholder):
            return Verdict(self.name, "not attempted", [], [f"{self.name} still holds its placeholder."])
        expect = Expectations()
        if inspect.isroutine(answer) or isinstance(answer, functools.partial):
            answer = StudentFunction(self.name, answer, self._placeholder)
        printed = io.StringIO()
        # Of a division by 0, the verdict says more than NumPy's warning
        quiet = warnings.catch_warnings(action="ignore", category=RuntimeWarning)
        with contextlib.redirect_stdout(printed), quiet:
            status, problem = self._run(answer, expect)
        held = [] if status == "not attempted" else expect.held  # a placeholder may satisfy some by chance
        return Verdict(self.name, status, held, problem, printed.getvalue())

    def _run(self, answer: object, expect: Expectations) -> tuple[str, list[str]]:
        try:
            self._check(answer, expect)
        except NotAttempted as untouched:
            return "not attempted", [str(untouched)]
        except NotYet as failure:
            if isinstance(answer, StudentFunction) and answer.only_placeholders:
                return "not attempted", [f"{self.name} still returns its placeholder."]
            return "not yet", failure.lines
        except Exception as error:  # an answer of a kind that the check could not work with
            unusable = f"your answer, {describe(answer)}, could not be used here"
            return "not yet", [unusable, f"{type(error).__name__}: {error}"]
        return "correct", []

    def hint(self) -> None:
        """Show the next hint; after the last one it starts again."""
        step = self._hints_shown % len(self.hints)
        self._hints_shown += 1
        more = "Call .hint() again for more." if step + 1 < len(self.hints) else "That was the last hint."
        _show(Card(f"Hint {step + 1} of {len(self.hints)}: {self.name}", [self.hints[step]], more))

    def solution(self) -> None:
        """Show one solution, as the build took it from the lesson's source."""
        text = resources.files(__package__).joinpath("solutions.json").read_text(encoding="utf-8")
        code = json.loads(text).get(self.lesson, {"solutions": {}})["solutions"].get(self.name)
        if code is None:
            raise FerCourseError(
                f"no solution is stored for {self.lesson}.{self.name}; build the lessons (make lessons)"
            )
        _show(Card(f"Solution: {self.name}", code=code))

    def selftest(self, right: Sequence[object], wrong: Mapping[str, object]) -> None:
        """Try the check on answers whose verdict is known; for lesson authors.

        Args:
            right: Answers that must be "correct".
            wrong: Answers that must be "not yet", each under a phrase that the verdict must contain, so that
                the student is told about this slip and not about another.

        Raises:
            AssertionError: A verdict is not as it should be.
        """
        for number, answer in enumerate(right, start=1):
            verdict = self.judge(answer)
            if verdict.status != "correct":
                raise AssertionError(f"{self.name}: right answer {number} is refused\n{verdict}")
        for phrase, answer in wrong.items():
            verdict = self.judge(answer)
            if verdict.status != "not yet":
                raise AssertionError(f"{self.name}: the wrong answer {phrase!r} gets\n{verdict}")
            if phrase not in str(verdict):
                raise AssertionError(f"{self.name}: the verdict does not say {phrase!r}\n{verdict}")


def _show(card: Card) -> None:
    """Display in a notebook, print anywhere else."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(card)
    else:
        print(card)
