"""The guide for teachers follows the lessons: their names, their times, and every lesson has its answers."""

import math
import re
from pathlib import Path

from authoring.notebooks import exercise_names
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


def in_class(numbers):
    """Half as much again as somebody needs alone, rounded up to five minutes."""
    return 5 * math.ceil(1.5 * sum(LESSONS[number].minutes for number in numbers) / 5)


def test_the_minutes_of_a_week_and_a_term_add_up_and_fit():
    rows = re.findall(r"^\| \d+[^|]*\| ([\d, +]+) \| (\d+) \| (\d+) \|", GUIDE, flags=re.MULTILINE)
    plans = [
        (re.findall(r"\+? ?\d\d", lessons), int(alone), int(together)) for lessons, alone, together in rows
    ]
    assert len(plans) == 5 + 14
    for lessons, alone, together in plans:
        assert sum(LESSONS[number[-2:]].minutes for number in lessons) == alone, lessons
        assert in_class([number.strip() for number in lessons if "+" not in number]) == together, lessons
    assert max(together for _, _, together in plans[:5]) <= 210
    assert max(together for _, _, together in plans[5:]) <= 90
    planned = [number[-2:] for lessons, _, _ in plans for number in lessons]
    taught = [number for number, lesson in LESSONS.items() if exercise_names(lesson)]
    assert sorted(planned) == sorted([*taught, *taught])


def test_a_day_says_how_long_it_is_in_class():
    morning, afternoon = ["00", "02", "03", "04"], ["12", "13", "16", "18"]
    assert f"{in_class(morning)} minutes in class before lunch and {in_class(afternoon)} after it" in GUIDE
    assert f"then it is {in_class(morning[:-1])} and {in_class(afternoon[:-1])}," in GUIDE
