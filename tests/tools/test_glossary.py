"""The glossary holds the words of the course, in order, and leads to lessons that use them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
][2:]


def test_it_is_in_alphabetical_order_and_each_word_stands_once():
    words = [word.casefold() for word, _, _ in ROWS]
    assert words == sorted(set(words))


def test_the_words_that_lessons_and_package_share_are_in_it():
    data = {"image", "label", "emotion", "split", "score", "flag", "filter", "cleaner", "twin", "tier"}
    networks = {"recipe", "backbone", "member", "view", "bias", "verdict"}
    assert data | networks <= {word for word, _, _ in ROWS}


def test_a_meaning_is_a_sentence_or_two():
    assert [word for word, meaning, _ in ROWS if not (meaning.endswith(".") and len(meaning) < 180)] == []


@pytest.mark.parametrize(("word", "link"), [(word, link) for word, _, link in ROWS if link])
def test_the_lesson_uses_the_word(word, link):
    number, slug = re.fullmatch(r"\[(\d\d)\]\(\.\./lessons/(\w+)\.ipynb\)", link).groups()
    text = (ROOT / "source" / f"{slug}.py").read_text(encoding="utf-8").casefold()
    assert slug.startswith(number)
    assert word.casefold().split()[0].removesuffix("'s") in text
