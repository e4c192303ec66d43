"""The verdict engine: an exercise looks at a student's answer and says, in words, how far it is.

A check is a short function that states properties. The first property that does not hold ends it::

    @exercise("A sharp edge is a jump: which filter feels jumps?", "cv2.Laplacian, then .var()")
    def blur_score(answer, expect):
        flat = np.full((48, 48), 90, np.uint8)
        expect.equal(answer(flat), 0.0, "a flat image scores 0", slip="subtract the mean before you square")

The verdict is one of three, "not attempted", "not yet" or "correct", and never a traceback. The idea of the
three verdicts and of messages that name the likely slip comes from Kaggle's learntools.
"""

import ast
import contextlib
import functools
import inspect
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any, TypeAlias

import numpy as np

from ..course.progress import note_passed
from ..errors import FerCourseError
from .expectations import Expectations, NotYet, describe
from .student import NotAttempted, StudentFunction, code_of, is_placeholder

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


def _statements(code: str, name: str = "") -> list[str] | None:
    """Put what a function does into a form to compare, comments and docstring aside."""
    try:
        nodes = ast.parse(code).body
    except SyntaxError:  # such as a lambda, cut out of its line
        return None
    found = [node for node in nodes if isinstance(node, ast.FunctionDef) and name in ("", node.name)]
    return [ast.unparse(node) for node in found[0].body if not _is_docstring(node)] if found else None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _widened(value: Any) -> Any:
    return value.astype(int) if getattr(value, "dtype", None) == np.uint8 else value


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
        ...     expect.equal(answer(3), 6, "double(3) is 6", slip={9: "3 ** 2 is the square"})
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
        stub = _statements(self._stored("stubs") or "", self.name)
        is_function = inspect.isroutine(answer) or isinstance(answer, functools.partial)
        own = _statements(code_of(answer)) if is_function and stub else None
        if is_placeholder(answer, self._placeholder) or (own and own == stub):
            return Verdict(self.name, "not attempted", [], [f"{self.name} still holds its placeholder."])
        if stub and not callable(answer):
            whole = f"{self.name} is to be checked, not one of its results, {describe(answer)}"
            advice = f"advice: ex.{self.name}.check({self.name}), without calling it"
            return Verdict(self.name, "not yet", [], [whole, advice])
        expect = Expectations()
        function: Any = answer
        if is_function:
            is_lambda = getattr(function, "__name__", "") == "<lambda>"  # no stub is one
            attempted = own is not None or (stub is not None and is_lambda)
            answer = StudentFunction(self.name, function, self._placeholder, attempted)
        printed = io.StringIO()
        # Of a division by 0, the verdict says more than NumPy's warning
        quiet = warnings.catch_warnings(action="ignore", category=RuntimeWarning)
        with contextlib.redirect_stdout(printed), quiet:
            status, problem = self._run(answer, expect)
            said = printed.getvalue()
            if status == "not yet" and isinstance(answer, StudentFunction):
                problem = [*problem, *answer.advice()]
                is_explained = not answer.saw_bytes or any(line.startswith("likely") for line in problem)
                wide = StudentFunction(self.name, lambda *given: function(*map(_widened, given)))
                if not is_explained and self._run(wide, Expectations())[0] == "correct":
                    wraps = "likely slip: uint8 ends at 255, and 200 + 100 is 44; start with .astype(int)"
                    problem = [*problem, wraps]
        held = [] if status == "not attempted" else expect.held  # a placeholder may satisfy some by chance
        return Verdict(self.name, status, held, problem, said)

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
        code = self._stored("solutions")
        if code is None:
            raise FerCourseError(
                f"no solution is stored for {self.lesson}.{self.name}; build the lessons (make lessons)"
            )
        _show(Card(f"Solution: {self.name}", code=code))

    def _stored(self, kind: str) -> str | None:
        """Look up what the build took from the lesson's source: one of its "solutions" or "stubs"."""
        text = resources.files(__package__).joinpath("solutions.json").read_text(encoding="utf-8")
        return json.loads(text).get(self.lesson, {}).get(kind, {}).get(self.name)

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
