"""The README's table of lessons, from the front matter of the sources."""

from collections.abc import Sequence

from .notebooks import colab_badge
from .project import Project
from .source import Lesson

BEGIN, END = "<!-- lessons: built from source/ -->", "<!-- end of lessons -->"


def with_lessons(readme: str, lessons: Sequence[Lesson], project: Project) -> str:
    """Put the table of lessons between the two markers of a README.

    Args:
        readme: The README's text.
        lessons: All lessons in order.
        project: The checkout, for the addresses.

    Returns:
        The text with a fresh table.

    Raises:
        ValueError: The README lacks the markers.
    """
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md needs the lines {BEGIN} and {END}, between which the lessons are listed")
    rows = [
        f"| [{lesson.number} {lesson.title}](lessons/{lesson.slug}.ipynb) | {'; '.join(lesson.learn)} "
        f"| {lesson.minutes} | {colab_badge(f'lessons/{lesson.slug}.ipynb', project)} |"
        for lesson in lessons
    ]
    table = "\n".join(["| lesson | you will learn | minutes | |", "| --- | --- | --- | --- |", *rows])
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"
