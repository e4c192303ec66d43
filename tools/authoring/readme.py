"""What is built in the README, the guide for contributors, the model card and the paper."""

from collections.abc import Sequence
from pathlib import Path

from .figures import quote_figures
from .notebooks import colab_badge
from .project import Project
from .source import Lesson

LESSONS = ("<!-- lessons: built from source/ -->", "<!-- end of lessons -->")
ROOMS = ("<!-- rooms: built from docs/rooms.yaml -->", "<!-- end of rooms -->")
FIGURES = ("<!-- figures: built from source/figures.md -->", "<!-- end of figures -->")


def build_contributing(project: Project) -> str:
    """Put the map of the package between its markers.

    Args:
        project: The checkout, for its guide and the list of rooms.

    Returns:
        The guide's text with a fresh map.

    Raises:
        ValueError: The guide lacks a marker.
    """
    width = max(map(len, project.rooms())) + 3
    lines = [f"{name if '.' in name else f'{name}/':{width}}{use}" for name, use in project.rooms().items()]
    part = "\n".join(["```", *lines, "```"])
    return _with_part(project.contributing.read_text(encoding="utf-8"), ROOMS, part)


def build_readme(lessons: Sequence[Lesson], project: Project) -> str:
    """Put the table of lessons and the measured figures between their markers.

    Args:
        lessons: All lessons in order.
        project: The checkout, for its README, the addresses and the saved results.

    Returns:
        The README's text with fresh parts.

    Raises:
        ValueError: The README lacks a marker.
        LookupError: A figure is quoted that no saved result holds.
    """
    rows = [
        f"| [{lesson.number} {lesson.title}](lessons/{lesson.slug}.ipynb) | {lesson.learn[0]} "
        f"| {lesson.minutes} | {colab_badge(f'lessons/{lesson.slug}.ipynb', project)} |"
        for lesson in lessons
    ]
    head = ["| lesson | among other things | minutes | |", "| --- | --- | --- | --- |"]
    table = "\n".join([*head, *rows])
    figures = (project.sources / "figures.md").read_text(encoding="utf-8").strip()
    readme = _with_part(project.readme.read_text(encoding="utf-8"), LESSONS, table)
    return _with_part(readme, FIGURES, quote_figures(figures, project.results))


def build_quoting(project: Project) -> dict[Path, str]:
    """Put the measured figures into the texts that quote them.

    Args:
        project: The checkout, for the sources and the saved results.

    Returns:
        What each file is to hold.

    Raises:
        LookupError: A figure is quoted that no saved result holds.
    """
    return {
        path: quote_figures(source.read_text(encoding="utf-8"), project.results)
        for path, source in project.quoting.items()
    }


def _with_part(readme: str, markers: tuple[str, str], part: str) -> str:
    head, begin, rest = readme.partition(markers[0])
    _, end, tail = rest.partition(markers[1])
    if not (begin and end):
        raise ValueError(
            f"README.md needs the lines {markers[0]} and {markers[1]}, between which it is built"
        )
    return f"{head}{begin}\n{part}\n{end}{tail}"
