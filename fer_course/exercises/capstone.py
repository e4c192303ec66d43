"""Checks of lesson 19: a report with numbers, with luck, and with a limit."""

import re

from .engine import Answer, Expectations, exercise

QUESTIONS = ("Label noise", "Robustness", "Fairness")
HEADINGS = ("Title", "Author", *QUESTIONS, "Conclusion")
LEAST_WORDS = 20

_LUCK = r"luck|chance|interval|p[ -]?value|\bp\b|shuffle|significan"
_LIMIT = r"(not|never|n't|nobody|no one)\b.{0,40}\b(use|used|judge|decide|apply|applied|serve|belong)"


@exercise(
    "Answer the three questions as to a friend. Then ask of each sentence: which number says so?",
    "Robustness: two intervals that are apart. Fairness: compare the gap with the gap by luck.",
    "The conclusion needs a sentence that begins with: It must not be used ...",
    placeholder=dict.fromkeys(HEADINGS, ""),
)
def words(answer: Answer, expect: Expectations) -> None:
    """The text of the report, by heading."""
    expect.kind(answer, dict, "a text for each heading, in a dict")
    missing = [name for name in HEADINGS if name not in answer]
    expect.that(not missing, f"the headings are {', '.join(HEADINGS)}", f"without {', '.join(missing)}")
    blank = [name for name in ("Title", "Author") if not str(answer[name]).strip()]
    expect.that(not blank, "it has a title and an author", f"nothing as {', '.join(blank)}")
    for name in (*QUESTIONS, "Conclusion"):
        count = len(str(answer[name]).split())
        expect.more(count, LEAST_WORDS - 1, f"{name} has at least {LEAST_WORDS} words")
    for name in QUESTIONS:
        expect.that(re.search(r"\d", str(answer[name])), f"{name} quotes a number",
            slip="take it from the table of your own run")
    for name in ("Robustness", "Fairness"):
        expect.that(re.search(_LUCK, str(answer[name]), re.IGNORECASE), f"{name} says how far luck reaches",
            slip="name the interval, the gap by luck or the p-value")
    expect.that(re.search(_LIMIT, str(answer["Conclusion"]), re.IGNORECASE),
        "the conclusion says what it must not be used for")
