"""A lesson as an nbgrader assignment: for each exercise a cell to answer in, and one that earns points.

What no check can judge is marked by hand: its answer has points of its own, which a teacher gives.
"""

import re
from typing import Any
from urllib.parse import urljoin

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from .book import description, descriptions
from .notebooks import exercise_cells, exercise_names, first_cell, notebook_text, overview
from .project import Project
from .source import Cell, Lesson, names_defined

POINTS = 1
# Answers of words, by lesson and name: here a point for each of the three studies and one for the conclusion
BY_HAND = {("capstone", "words"): 4}
# nbgrader puts these lines back when it grades. A cell that writes to stderr would earn nothing.
_STRICT = """\
### BEGIN HIDDEN TESTS
import os, warnings
{checks}

os.environ["FER_COURSE_STRICT"] = "1"  # a verdict other than correct is an exception
warnings.simplefilter("ignore")
### END HIDDEN TESTS
"""
_RELATIVE_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)[^)\s]+")
_IMPORTS_CHECKS = re.compile(r"^(?:from \S+ )?import \w+ as ex$", flags=re.MULTILINE)
_SHOWS_SOLUTION = re.compile(r"^# ex\.\w+\.solution\(\)\n?", flags=re.MULTILINE)


def assignment_notebook(lesson: Lesson, project: Project) -> str:
    """Assemble the notebook from which ``nbgrader generate_assignment`` makes the students' version.

    Args:
        lesson: The lesson.
        project: The checkout.

    Returns:
        The text of the ``.ipynb`` file, solutions between nbgrader's markers.

    Raises:
        SourceError: An exercise has no cell of its own.
    """
    exercise_cells(lesson)  # each check has its answer cell, or this is an error
    head = f"# {lesson.number} · {lesson.title}\n\n{overview(lesson)}"
    cells = [new_markdown_cell(_absolute(head, project)), new_code_cell(first_cell(lesson, project))]
    text, described = "", descriptions(lesson, project)
    for cell in lesson.for_students:
        node = _node(cell, lesson, project)
        if cell.kind == "markdown":
            text = cell.text
        else:
            node.metadata["alt"] = description(text, described)  # nbconvert's word for it, in feedback
        cells.append(node)
    return notebook_text(cells, {"version": project.version})


def _node(cell: Cell, lesson: Lesson, project: Project) -> nbformat.NotebookNode:
    if cell.kind == "markdown":
        return new_markdown_cell(_absolute(cell.text, project))
    if cell.is_exercise:
        grade_id = "_".join(names_defined(cell.solved))
        points = BY_HAND.get((lesson.topic, grade_id))
        graded = {} if points is None else {"grade": True, "points": points}
        return new_code_cell(cell.marked.strip("\n"), metadata=_metadata(grade_id, solution=True, **graded))
    if names := [name for name in exercise_names(lesson) if f"ex.{name}.check(" in cell.text]:
        metadata = _metadata("_".join(["check", *names]), grade=True, locked=True, points=POINTS * len(names))
        strict = _STRICT.format(checks=_checks(lesson))
        return new_code_cell(strict + cell.text.strip("\n"), metadata=metadata)
    return new_code_cell(_SHOWS_SOLUTION.sub("", cell.text).strip("\n"))


def _metadata(grade_id: str, **settings: Any) -> dict[str, Any]:
    unset = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **unset, **settings}}


def _checks(lesson: Lesson) -> str:
    """Give the line that imports a lesson's checks; its place is the first check, which may be deleted."""
    return next(line for cell in lesson.for_students for line in _IMPORTS_CHECKS.findall(cell.text))


def _absolute(text: str, project: Project) -> str:
    """Let links leave the assignment's folder, in which the other lessons are not."""
    folder = f"{project.repository}/blob/{project.tag}/lessons/"
    return _RELATIVE_LINK.sub(lambda link: urljoin(folder, link[0]), text)
