"""The guide for teachers follows the lessons: their names, their times, and every lesson has its answers."""

import math
import re
from pathlib import Path

from authoring.notebooks import exercise_names
from authoring.project import Project
from authoring.slides import lesson_slides, words
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


def test_the_minutes_of_a_day_add_up_and_fit():
    day = GUIDE.partition("### A day\n")[2].partition("### A week\n")[0]
    rows = re.findall(r"^\| (\w*) ?\| \[(\d\d)[^|]*\| \d+ \| (\d+)(, \w+)? \|", day, flags=re.MULTILINE)
    assert [half for half, *_ in rows if half] == ["morning", "afternoon"]
    for _, number, together, shown in rows:
        assert shown or int(together) == in_class([number]), number
    noon = [half for half, *_ in rows].index("afternoon")
    whole, morning = (sum(int(row[2]) for row in part) for part in (rows, rows[:noon]))
    assert whole <= 300 and f"{whole} minutes in\nclass, {morning} of them before lunch" in day
    left_out = re.search(r"\*\*Left out\*\*: ([^.]*)\.", day)[1].replace("03", "")
    spans = re.findall(r"(\d\d)(?: to (\d\d))?", left_out)
    left = {f"{n:02}" for first, last in spans for n in range(int(first), int(last or first) + 1)}
    taught = {number for number, lesson in LESSONS.items() if exercise_names(lesson)}
    assert left == taught - {number for _, number, *_ in rows}


def test_the_slides_of_a_day_can_be_read_aloud_in_time():
    slides, _ = lesson_slides(LESSONS["16"], Project.at(ROOT))
    shown = [slide for slide in slides if not slide.title.startswith(("Now you", "On your photographs"))]
    minutes = sum(words(slide.text) for slide in shown) / 130 + sum("{image}" in s.figure for s in shown) / 3
    assert 8 < minutes <= 10
