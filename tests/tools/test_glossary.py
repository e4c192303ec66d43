"""The glossary holds the words of the course, in order, and leads to the lessons to look them up in."""

import re
from functools import cache
from pathlib import Path

import pytest
from authoring.source import read_lessons

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
][2:]


@cache
def texts():
    """What each lesson says in its text cells, listings and code left out; a name, `soft_vote`, is words."""
    found = {}
    for lesson in read_lessons(ROOT / "source"):
        text = "\n\n".join(cell.text for cell in lesson.cells if cell.kind == "markdown")
        text = re.sub(r"```.*?```|\]\([^)]*\)", " ", text, flags=re.DOTALL)
        text = re.sub(r"`([^`]*)`", lambda code: code[1] if re.fullmatch("[a-z_]+", code[1]) else " ", text)
        found[lesson.slug] = re.sub(r"[_\s]+", " ", text)
    return found


def said(word, text):
    """Count how often a text says a whole phrase, or its plural; and tell whether it stands alone in bold."""
    form = rf"{re.escape(word)}(s|'s)?"
    return len(re.findall(rf"\b{form}\b", text, re.IGNORECASE)), bool(re.search(rf"\*\*{form}\*\*", text))


def test_whole_phrases_are_counted_and_parts_of_words_are_not():
    text = "Blurs, the blur's end, **blur**, but not blurred; label smoothing."
    assert said("blur", text) == (3, True)
    assert said("label noise", text) == (0, False)


def test_it_is_in_alphabetical_order_and_each_word_stands_once():
    words = [word.casefold() for word, _, _ in ROWS]
    assert words == sorted(set(words))


def test_the_words_that_lessons_and_package_share_are_in_it():
    data = {"image", "label", "emotion", "split", "score", "flag", "filter", "twin"}
    networks = {"recipe", "backbone", "member", "view", "bias", "verdict"}
    assert data | networks <= {word for word, _, _ in ROWS}


def test_a_meaning_is_a_sentence_or_two():
    assert [word for word, meaning, _ in ROWS if not (meaning.endswith(".") and len(meaning) < 180)] == []


@pytest.mark.parametrize(("word", "link"), [(word, link) for word, _, link in ROWS if link])
def test_the_lesson_explains_the_word_or_is_the_first_that_says_it_most(word, link):
    number, slug = re.fullmatch(r"\[(\d\d)\]\(\.\./lessons/(\w+)\.ipynb\)", link).groups()
    assert slug.startswith(number)
    here, is_bold = said(word, texts()[slug])
    earlier = {other: said(word, text)[0] for other, text in texts().items() if other < slug}
    assert here, f"{slug} does not say it"
    assert is_bold or max(earlier.values(), default=0) < here, earlier


def test_a_word_without_a_lesson_is_the_packages():
    words = [word for word, _, link in ROWS if not link]
    package = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "fer_course").rglob("*.py"))
    assert words and [word for word in words if not said(word, package)[0]] == []
