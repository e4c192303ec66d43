"""Questions about a lesson: reading ``source/questions/``, and computing again what a right answer claims."""

import ast
import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .figures import quote_figures
from .source import Lesson, SourceError

KINDS = ("single", "multiple", "number", "truth")
_KEYS = {"name", "kind", "outcome", "text", "answers", "explanation"}
_MAY_HAVE = {"tolerance", "check"}
_CODE = re.compile(r"^```python\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """One answer to choose, or a number that is right or a likely slip.

    Attributes:
        text: The answer in Markdown; a number's digits; "true" or "false".
        is_right: Whether it is right.
        because: What is wrong with a wrong one, in a sentence or two.
    """

    text: str
    is_right: bool
    because: str = ""


@dataclass(frozen=True)
class Question:
    """A question with its answers.

    Attributes:
        name: A few words, once in a lesson.
        kind: "single" or "multiple" choice, "number" or "truth" (a statement that is true or false).
        outcome: Which line of the lesson's ``learn`` it asks about, from 1.
        text: The question in Markdown.
        answers: The answers in order.
        explanation: Why the right answer is right, in Markdown.
        tolerance: How far a number may be from the right one.
        check: Python whose last line gives the right answer, or nothing.
        place: Where it stands, for messages.
    """

    name: str
    kind: str
    outcome: int
    text: str
    answers: tuple[Answer, ...]
    explanation: str
    tolerance: float
    check: str
    place: str

    @property
    def right(self) -> tuple[Answer, ...]:
        """The right answers: several in multiple choice, one in the other kinds."""
        return tuple(answer for answer in self.answers if answer.is_right)

    @property
    def wrong(self) -> tuple[Answer, ...]:
        """The wrong answers."""
        return tuple(answer for answer in self.answers if not answer.is_right)


def read_questions(lesson: Lesson, sources: Path) -> list[Question]:
    """Read the questions about a lesson.

    Args:
        lesson: The lesson.
        sources: The folder ``source/``, whose ``questions/`` has a file for the lesson, or none.

    Returns:
        The questions in order; none where there is no file.

    Raises:
        SourceError: The file is no list of questions, or one of them breaks a rule.
    """
    path = sources / "questions" / f"{lesson.slug}.yaml"
    if not path.is_file():
        return []
    try:
        text = quote_figures(path.read_text(encoding="utf-8"), sources.parent / "benchmarks" / "results")
        entries = yaml.safe_load(text)
    except (LookupError, yaml.YAMLError) as error:
        raise SourceError(f"questions/{path.name}: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SourceError(f"questions/{path.name}: a list of questions is wanted, each begins with '- name:'")
    questions = [_question(entry, path.name, number) for number, entry in enumerate(entries, start=1)]
    for question in questions:
        if not 1 <= question.outcome <= len(lesson.learn):
            raise _error(question, f"outcome is 1 to {len(lesson.learn)}, the lines of the lesson's 'learn'")
        if [other.name for other in questions].count(question.name) > 1:
            raise _error(question, "another question has the same name")
    return questions


def recomputed(question: Question) -> Any:
    """Compute the right answer again, by the question's ``check``.

    The code in the question's text runs first, so that ``check`` may use its names and, as ``printed``, what
    it writes.

    Args:
        question: A question with a check.

    Returns:
        What the last line of the check gives.
    """
    scope: dict[str, Any] = {}
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        exec("\n".join(_CODE.findall(question.text)), scope)
    scope["printed"] = written.getvalue().strip()
    *before, last = ast.parse(question.check).body
    exec(compile(ast.Module(before, []), question.place, "exec"), scope)
    return eval(ast.unparse(last), scope)


def is_confirmed(question: Question) -> bool:
    """Tell whether the check gives the right answer, and none of the wrong ones.

    Args:
        question: A question with a check. It gives a number, True or False, the text of the right answer,
            or a list that says of each answer whether it is right.

    Returns:
        Whether both agree.
    """
    value = recomputed(question)
    if isinstance(value, list):
        return [bool(mark) for mark in value] == [answer.is_right for answer in question.answers]
    if question.kind == "number":
        near = [abs(float(answer.text) - value) <= question.tolerance for answer in question.answers]
        return near == [answer.is_right for answer in question.answers]
    wanted = str(value).lower() if question.kind == "truth" else str(value)
    return [answer.text.strip("`") == wanted for answer in question.answers] == [
        answer.is_right for answer in question.answers
    ]


def _question(entry: dict, file_name: str, number: int) -> Question:
    place = f"questions/{file_name}, question {number} ({entry.get('name')!r})"
    if missing := _KEYS - set(entry):
        raise SourceError(f"{place}: {', '.join(sorted(missing))} is missing")
    if unknown := set(entry) - _KEYS - _MAY_HAVE:
        raise SourceError(f"{place}: {', '.join(sorted(unknown))} is not known")
    if not isinstance(entry["answers"], list):
        raise SourceError(f"{place}: answers are a list, each begins with '- right:' or '- wrong:'")
    question = Question(
        name=str(entry["name"]),
        kind=entry["kind"],
        outcome=entry["outcome"] if isinstance(entry["outcome"], int) else 0,
        text=str(entry["text"]).strip(),
        answers=tuple(_answer(answer, place) for answer in entry["answers"]),
        explanation=str(entry["explanation"]).strip(),
        tolerance=float(entry.get("tolerance", 0)),
        check=str(entry.get("check", "")).strip(),
        place=place,
    )
    _validate(question)
    return question


def _answer(entry: Any, place: str) -> Answer:
    keys = set(entry) if isinstance(entry, dict) else set()
    if keys not in ({"right"}, {"right", "because"}, {"wrong", "because"}):
        raise SourceError(f"{place}: an answer has 'right:', or 'wrong:' and 'because:', not {entry!r}")
    value = entry["right"] if "right" in keys else entry["wrong"]
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    return Answer(text, "right" in keys, str(entry.get("because", "")).strip())


def _validate(question: Question) -> None:
    """Hold a question against the rules of its kind."""
    texts = [answer.text for answer in question.answers]
    if question.kind not in KINDS:
        raise _error(question, f"kind is one of {', '.join(KINDS)}")
    if not question.text or not question.explanation or len(set(texts)) < len(texts):
        raise _error(question, "text and explanation are not empty, and no answer stands twice")
    if question.kind == "multiple":
        if len(question.right) < 2 or not question.wrong:
            raise _error(question, "multiple choice has two right answers or more, and a wrong one")
    elif len(question.right) != 1:
        raise _error(question, f"one answer is right, not {len(question.right)}")
    if question.kind == "single" and len(texts) < 3:
        raise _error(question, "single choice has three answers or more")
    if question.kind == "truth" and set(texts) != {"true", "false"}:
        raise _error(question, "the two answers are true and false")
    if question.kind == "number":
        try:
            [float(text) for text in texts]
        except ValueError:
            raise _error(question, "its answers are numbers") from None
        if not question.check:
            raise _error(question, "a number needs a check, which computes it again")


def _error(question: Question, message: str) -> SourceError:
    return SourceError(f"{question.place}: {message}")
