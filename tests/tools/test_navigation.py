"""Every lesson leads to the ones before and after it, and the README lists them all."""

import re

import pytest
from authoring.notebooks import footer, header
from authoring.readme import build_readme
from authoring.source import read_lessons


@pytest.fixture
def lessons(project):
    text = (project.sources / "10_demo.py").read_text()
    for number, title in {11: "More", 12: "Most"}.items():
        (project.sources / f"{number}_{title.lower()}.py").write_text(text.replace("Demonstration", title))
    return read_lessons(project.sources)


def links(text):
    return re.findall(r"\*\*(Previous|Next)\*\* \[(.+?)\]\((.+?)\)", text)


@pytest.mark.parametrize("solved", [False, True])
def test_lessons_begin_and_end_with_the_way_to_their_neighbours(lessons, project, solved):
    before, after = ("Previous", "10 Demonstration", "10_demo.ipynb"), ("Next", "12 Most", "12_most.ipynb")
    for text in (header(lessons[1], lessons, project, solved), footer(lessons[1], lessons, solved)):
        assert links(text) == [before, after]
    assert [word for word, *_ in links(footer(lessons[0], lessons))] == ["Next"]
    assert [word for word, *_ in links(footer(lessons[2], lessons))] == ["Previous"]


def test_a_lesson_leads_to_its_other_version_and_to_the_glossary(lessons, project):
    assert "(../solutions/11_more.ipynb)" in footer(lessons[1], lessons)
    assert "(../lessons/11_more.ipynb)" in footer(lessons[1], lessons, solved=True)
    assert "(../docs/glossary.md)" in header(lessons[1], lessons, project)


def test_the_readme_says_what_each_lesson_teaches_and_how_long_it_takes(lessons, project):
    rows = [line for line in build_readme(lessons, project).splitlines() if "](lessons/" in line]
    assert [row.split(" | ")[1:3] for row in rows] == [["how a double differs from a square", "1"]] * 3
