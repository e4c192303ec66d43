"""Assembling notebooks from a lesson: header, shared first cell, cells, way to the next lesson."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .project import Project
from .source import Cell, Lesson, SourceError, names_defined

_FIRST_CELL = """\
# On Colab this installs the course, with what Colab brings left as it is; elsewhere it only sets the scene.
import importlib.util
import sys

import IPython

if importlib.util.find_spec("fer_course") is None:
    if "google.colab" not in sys.modules:
        raise ImportError("fer-course is not installed in this kernel: see {repository}#readme")
    print("Installing the course takes one or two minutes. This is how far it is:")
    %pip list --format=freeze > colab.txt
    %pip install --constraint colab.txt "fer-course[colab] @ git+{repository}@{tag}"
    if importlib.util.find_spec("fer_course") is None:
        raise ImportError(
            "The install failed; the last lines above say why. GitHub or PyPI may be busy: run this cell "
            "again. If that does not help: menu Runtime > Disconnect and delete runtime, then Run all."
        )
    IPython.display.clear_output()

import fer_course as fer

fer.notebook.setup("{slug}", version="{version}")
# fer.mine(drive=True)  # without its #, Colab keeps your data, decisions and network on your Drive"""


def lesson_notebook(lesson: Lesson, lessons: Sequence[Lesson], project: Project) -> str:
    """Assemble the notebook for students.

    Args:
        lesson: The lesson.
        lessons: All lessons in order, for the way to the neighbours.
        project: The checkout.

    Returns:
        The text of the ``.ipynb`` file.
    """
    cells = [new_markdown_cell(header(lesson, lessons, project)), new_code_cell(first_cell(lesson, project))]
    cells += [_node(cell, cell.stubbed, cell.tags - {"nbval-check-output"}) for cell in lesson.for_students]
    cells.append(new_markdown_cell(footer(lesson, lessons)))
    return notebook_text(cells, {"version": project.version})


def solution_notebook(
    lesson: Lesson,
    lessons: Sequence[Lesson],
    project: Project,
    outputs: Sequence[Mapping] = (),
    record: Mapping | None = None,
) -> str:
    """Assemble the solved notebook.

    Args:
        lesson: The lesson.
        lessons: All lessons in order.
        project: The checkout.
        outputs: For each code cell, the first one included, its ``outputs`` and ``execution_count``.
        record: What the notebook remembers about its execution.

    Returns:
        The text of the ``.ipynb`` file.
    """
    head = header(lesson, lessons, project, solved=True)
    cells = [new_markdown_cell(head), new_code_cell(first_cell(lesson, project))]
    cells += [_node(cell, cell.solved, cell.tags) for cell in lesson.for_solutions]
    cells.append(new_markdown_cell(footer(lesson, lessons, solved=True)))
    code_cells = [cell for cell in cells if cell.cell_type == "code"]
    for cell, result in zip(code_cells, outputs, strict=False):
        cell.outputs = result["outputs"]
        cell.execution_count = result["execution_count"]
    return notebook_text(cells, {"version": project.version, **(record or {})})


def header(lesson: Lesson, lessons: Sequence[Lesson], project: Project, solved: bool = False) -> str:
    """Write the first cell: title, badge, what one learns, time, prerequisites, neighbours."""
    badge = colab_badge(f"{'solutions' if solved else 'lessons'}/{lesson.slug}.ipynb", project)
    title = f"# {lesson.number} · {lesson.title}" + (" (solved)" if solved else "")
    return "\n\n".join([title, badge, overview(lesson), *filter(None, [_way(lesson, lessons)])])


def overview(lesson: Lesson) -> str:
    """Say what one learns in a lesson, how long it takes and what it needs."""
    learn = "\n".join(f"- {line}" for line in lesson.learn)
    return (
        f"**You will learn**\n\n{learn}\n\n"
        f"**Time** {lesson.minutes} minutes · **You need** {lesson.needs} · "
        "**Words** are in the [glossary](../docs/glossary.md)"
    )


def colab_badge(path: str, project: Project) -> str:
    """Write the badge that opens a notebook of this version in Colab."""
    address = project.repository.removeprefix("https://").replace("github.com", "github", 1)
    image = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    return f"{image}(https://colab.research.google.com/{address}/blob/{project.tag}/{path})"


def footer(lesson: Lesson, lessons: Sequence[Lesson], solved: bool = False) -> str:
    """Write the last cell: the lessons before and after, and the other version of this one."""
    other = f"[This lesson solved](../solutions/{lesson.slug}.ipynb)"
    if solved:
        other = f"[This lesson with open exercises](../lessons/{lesson.slug}.ipynb)"
    return "---\n\n" + " · ".join(filter(None, [_way(lesson, lessons), other]))


def first_cell(lesson: Lesson, project: Project) -> str:
    """Write the shared first code cell."""
    return _FIRST_CELL.format(
        repository=project.repository, tag=project.tag, version=project.version, slug=lesson.slug
    )


def exercise_names(lesson: Lesson) -> list[str]:
    """List the exercises that a lesson checks, in order."""
    found = [name for cell in lesson.for_students for name in re.findall(r"\bex\.(\w+)\.check\(", cell.text)]
    return list(dict.fromkeys(found))


def exercise_cells(lesson: Lesson) -> dict[str, Cell]:
    """Find the cell in which each exercise's name is defined.

    Raises:
        SourceError: No exercise cell, or more than one, defines a name.
    """
    cells = {}
    for name in exercise_names(lesson):
        holders = [c for c in lesson.for_students if c.is_exercise and name in names_defined(c.solved)]
        if len(holders) != 1:
            raise SourceError(
                f"{lesson.slug}: ex.{name}.check needs one cell with a solution block that defines {name}, "
                f"found {len(holders)}"
            )
        cells[name] = holders[0]
    return cells


def solution_texts(lessons: Iterable[Lesson]) -> str:
    """Collect solutions, and the stubs that a check knows again, as the text of ``solutions.json``.

    A lesson without exercises is not in it.
    """
    texts = {
        lesson.topic: {
            "title": f"{lesson.number} {lesson.title}",
            "solutions": {name: cell.solved for name, cell in cells.items()},
            "stubs": {name: cell.stubbed for name, cell in cells.items()},
        }
        for lesson in lessons
        if (cells := exercise_cells(lesson))
    }
    return json.dumps(texts, indent=1, ensure_ascii=False) + "\n"


def _way(lesson: Lesson, lessons: Sequence[Lesson]) -> str:
    """Link the lessons before and after; relative links between notebooks hold in JupyterLab and Colab."""
    place = [one.slug for one in lessons].index(lesson.slug)
    neighbours = {"Previous": lessons[:place][-1:], "Next": lessons[place + 1 :][:1]}
    return " · ".join(
        f"**{word}** [{other.number} {other.title}]({other.slug}.ipynb)"
        for word, found in neighbours.items()
        for other in found
    )


def _node(cell: Cell, text: str, tags: Iterable[str]) -> nbformat.NotebookNode:
    metadata = {"tags": sorted(tags)} if tags else {}
    if cell.kind == "markdown":
        return new_markdown_cell(text, metadata=metadata)
    return new_code_cell(text.strip("\n"), metadata=metadata)


def notebook_text(cells: list[nbformat.NotebookNode], record: Mapping) -> str:
    """Put cells, and what the notebook remembers about itself, into the text of an ``.ipynb`` file."""
    seen: dict[str, int] = {}
    for cell in cells:  # ids from the content, so that a build is byte-identical and a diff small
        digest = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest[:8] if seen[digest] == 1 else f"{digest[:8]}-{seen[digest]}"
    notebook = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "fer_course": dict(record),
        },
    )
    return nbformat.writes(notebook) + "\n"
