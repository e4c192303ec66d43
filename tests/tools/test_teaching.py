"""The guide for teachers follows the lessons: their names, their times, and every lesson has its answers."""

import re
from pathlib import Path

from authoring.source import read_lessons

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
LESSONS = {lesson.number: lesson for lesson in read_lessons(ROOT / "source")}


def test_every_lesson_is_there_with_its_time():
    told = re.findall(r"^### (\d\d.*)$", GUIDE, flags=re.MULTILINE)
    assert told == [f"{n} {lesson.title}, {lesson.minutes} minutes" for n, lesson in LESSONS.items()]


def test_links_name_the_lesson_that_they_lead_to_and_its_time():
    rows = re.findall(r"\[(\d\d) ([^\]]+)\]\(\.\./lessons/(\w+)\.ipynb\) \| (\d+) \|", GUIDE)
    assert rows
    for number, title, slug, minutes in rows:
        lesson = LESSONS[number]
        assert (title, slug, int(minutes)) == (lesson.title, lesson.slug, lesson.minutes)


def test_the_minutes_of_a_week_and_a_term_add_up():
    rows = re.findall(r"^\| \d+[^|]*\| ([\d, +]+) \| (\d+) \|", GUIDE, flags=re.MULTILINE)
    plans = [(re.findall(r"\d\d", numbers), int(minutes)) for numbers, minutes in rows]
    assert len(plans) == 5 + 14
    for numbers, minutes in plans:
        assert sum(LESSONS[number].minutes for number in numbers) == minutes, numbers
    planned = [number for numbers, _ in plans for number in numbers]
    assert sorted(planned) == sorted([*LESSONS, *LESSONS])
