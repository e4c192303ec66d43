"""Verdicts, hints and solutions as small cards: coloured in a notebook, plain text in a terminal."""

from collections.abc import Sequence
from html import escape

# Okabe-Ito colours; the words carry the meaning, the colour only helps the eye.
_COLORS = {"correct": "#009E73", "not yet": "#D55E00", "not attempted": "#0072B2"}


class Card:
    """A headline, some lines, perhaps code, and a closing line.

    Args:
        headline: What it is about.
        lines: The text, each line a paragraph.
        closing: What to do next.
        code: Python code to show.
        color: CSS colour of the card's edge.
    """

    def __init__(
        self,
        headline: str,
        lines: Sequence[str] = (),
        closing: str = "",
        code: str = "",
        color: str = "#0072B2",
    ) -> None:
        self.headline = headline
        self.lines = list(lines)
        self.closing = closing
        self.code = code
        self.color = color

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
    """What a check says about an answer.

    Args:
        exercise: The exercise's name.
        status: "not attempted", "not yet" or "correct".
        held: The properties that hold.
        problem: The property that does not hold, then what was expected and found.
        printed: What the student's code printed while it was checked.
    """

    def __init__(
        self,
        exercise: str,
        status: str,
        held: Sequence[str] = (),
        problem: Sequence[str] = (),
        printed: str = "",
    ) -> None:
        self.exercise = exercise
        self.status = status
        lines = [f"✓ {sentence}" for sentence in dict.fromkeys(held)]
        if status == "not yet":
            lines += [f"✗ {problem[0]}", *(f"  {line}" for line in problem[1:])]
        else:
            lines += problem
        if printed:
            lines += ["your code printed:", *(f"  {line}" for line in _first_lines(printed))]
        closing = {
            "correct": "",
            "not yet": "Stuck? Call .hint() for a nudge.",
            "not attempted": "Write your answer, run its cell, then run this one again.",
        }[status]
        super().__init__(f"{status.capitalize()}: {exercise}", lines, closing, color=_COLORS[status])


def _first_lines(text: str) -> list[str]:
    """Keep a flood of printed text readable: ten lines of a hundred characters."""
    lines = [line[:100] for line in text[:2000].splitlines()]
    return lines if len(lines) <= 10 else [*lines[:10], "…"]
