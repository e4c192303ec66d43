"""What nbgrader does its own way for this course. `make nbgrader` writes this file anew each time."""

import csv
import functools
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Grade, Gradebook, MissingEntry, Notebook
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor

import fer_course

Step = tuple[NotebookNode, dict[str, Any]]
_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", flags=re.DOTALL)


class MendCells(NbGraderPreprocessor):
    """Bring a submission's cells into order before it is graded, whatever a student did to them.

    A copy of a cell that counts, or one that the assignment does not know, becomes a cell as any other:
    nbgrader would stop at it. A check that is missing, or that stands above its answer, goes to the end.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> Step:
        """Mend one notebook."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as book:
            made = dict(_as_made(book.find_notebook(names["notebook"], names["assignment"])))
        if nb.nbformat_minor < 5:  # as Colab saves it: cells have no ids yet
            for cell in made.values():
                del cell["id"]
        kept: list[NotebookNode] = []
        late = {name: cell for name, cell in made.items() if cell.metadata.nbgrader.grade}
        missing = set(late)
        answered: set[str] = set()  # what has its answer below
        for cell in reversed(nb.cells):
            name = cell.metadata.pop("nbgrader", {}).get("grade_id")
            original = made.pop(name, None)
            if original is None:  # a cell between, a copy, or of another version
                kept.append(cell)
                continue
            missing.discard(name)
            if not original.metadata.nbgrader.locked:
                answered.add(name)
                cell.metadata["nbgrader"] = original.metadata.nbgrader
                kept.append(cell)
                late.pop(name, None)
            elif not any(f"_{answer}_" in f"{name}_" for answer in answered):
                kept.append(original)
                del late[name]
        for name in late:
            what = "is missing" if name in missing else "stands above its answer"
            self.log.warning("%s: the cell %s %s, so it is put at the end", names["student"], name, what)
        nb.cells = [*reversed(kept), *late.values()]
        return nb, resources


def _as_made(notebook: Notebook) -> Iterator[tuple[str, NotebookNode]]:
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    for cell in notebook.source_cells:
        about = {
            "schema_version": 3,
            "grade_id": cell.name,
            "grade": cell.name in points,
            "solution": cell.name in solutions,
            "locked": cell.locked,
            "task": False,
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
        }
        if cell.name in points:
            about["points"] = points[cell.name]
        yield cell.name, new_code_cell(cell.source, metadata={"nbgrader": about})


class ReadableGrades(GetGrades):
    """Leave in feedback what a student can use: no hidden lines, no traceback, no path of this computer."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], cell_index: int) -> Step:
        """Add a cell's grade, and clear it."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type != "code":
            return cell, resources
        cell.source = _HIDDEN.sub("", cell.source)
        graded = cell.metadata.get("nbgrader", {})
        is_check = graded.get("grade", False) and not graded.get("solution", False)
        if graded.get("grade"):
            graded["title"] = _title(graded["grade_id"])
        shown = []
        for output in cell.outputs:
            if output.output_type != "error":
                shown.append(without_paths(output))
            elif not (is_check and output.ename == "FerCourseError"):  # the verdict stands above it
                said = f"{output.ename}: {output.evalue}".rstrip(": ")
                if is_check:
                    said += "\nThis exercise was not judged. Does the notebook run from top to bottom?"
                shown.append(without_paths(NotebookNode(output_type="stream", name="stderr", text=said)))
        cell.outputs = shown
        return cell, resources


def without_paths(part: Any) -> Any:
    """Take folders of this computer out of an output's texts; what lies in them keeps its name."""
    if isinstance(part, str):
        return _folders().sub("", part)
    if isinstance(part, list):
        return [without_paths(value) for value in part]
    if isinstance(part, dict):
        return NotebookNode({key: without_paths(value) for key, value in part.items()})
    return part


@functools.cache
def _folders() -> re.Pattern:
    package = Path(fer_course.__file__).parents[1]
    folders = {package, Path.cwd(), Path(sys.prefix), Path.home(), Path(tempfile.gettempdir())}
    folders -= {Path("/")}  # the home of some containers
    longest_first = sorted(map(str, folders), key=len, reverse=True)  # one may lie in another
    alone = (
        rf"(?<![\w+/])({'|'.join(map(re.escape, longest_first))})(?![\w-])"  # a picture's Base64 has /tmp too
    )
    return re.compile(rf"{alone}{re.escape(os.sep)}?")


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page, with exercises called by their names."""

    raw_template = """\
{%- extends 'index.html.j2' -%}
{% macro points(part) -%}
{{ '%g' | format(part.score) }} of {{ '%g' | format(part.max_score or part.points) }}
{%- endmacro %}
{% block header %}{% set added -%}
<meta name="viewport" content="width=device-width">
<style>img { max-width: 100%; height: auto }</style></head>
{%- endset %}
{{- super() | replace('<html>', '<html lang="en">') | replace('</head>', added) }}
{%- endblock %}
{% block body_header %}
<body><a name="top"></a><main class="container"><div class="panel panel-default">
<div class="panel-heading">
<h1 class="h4">{{ resources.nbgrader.notebook }}: {{ points(resources.nbgrader) }}</h1>
<ul>
{%- for cell in nb.cells if cell.metadata.nbgrader %}{% set part = cell.metadata.nbgrader %}
{%- if part.grade %}
<li><a href="#{{ part.grade_id }}">{{ part.title }}</a>: {{ points(part) }}</li>
{%- endif %}
{%- if part.comment %}
<li><a href="#comment-{{ part.grade_id }}">Comment on {{ part.grade_id }}</a></li>
{%- endif %}
{%- endfor %}
{%- if resources.nbgrader.late_penalty > 0 %}
<li class="late-penalty">Handed in late: -{{ '%g' | format(resources.nbgrader.late_penalty) }}</li>
{%- endif %}
</ul></div>
<div class="panel-body"><div id="notebook" class="border-box-sizing"><div id="notebook-container">
{% endblock %}
{% block body %}{{ super.super() }}{% endblock %}
{% block body_footer %}</div></div></div></div></main></body>{% endblock %}
{% block input %}{% set part = cell.metadata.nbgrader %}
{%- if part and part.grade and not part.solution -%}
<div class="panel panel-primary nbgrader_cell"><a name="{{ part.grade_id }}"></a>
<div class="panel-heading">Exercise: {{ part.title }}
<span class="pull-right">{{ points(part) }} <a href="#top">(Top)</a></span></div>
<div class="panel-body"><div class="input_area">
{{ cell.source | highlight_code(metadata=cell.metadata) }}
</div></div>
</div>
{%- else -%}{{ super() }}{%- endif -%}
{% endblock %}
"""


class ExerciseTable(ExportPlugin):
    """``nbgrader export``: a row for each student, a column for each exercise that somebody handed in."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table, and say what was handed in but not graded."""
        wanted = {str(name) for name in self.assignment}
        lessons = [one for one in gradebook.assignments if not wanted or one.name in wanted]
        lessons = [one for one in lessons if one.submissions]
        exercises = {
            lesson.name: [cell.name for notebook in lesson.notebooks for cell in notebook.grade_cells]
            for lesson in lessons
        }
        path = Path(self.to or "passed.csv")
        with path.open("w", newline="", encoding="utf-8-sig") as file:  # by the mark, Excel knows UTF-8
            table = csv.writer(file)
            titles = [f"{lesson}: {_title(name)}" for lesson, names in exercises.items() for name in names]
            table.writerow(["student", "last name", "first name", *titles, "points"])
            for student in gradebook.students:
                if self.student and student.id not in map(str, self.student):
                    continue
                points: list[float | str] = []
                for lesson, names in exercises.items():
                    points += _points(gradebook, student.id, lesson, names)
                total = sum(one for one in points if isinstance(one, float))
                row = [student.id, student.last_name, student.first_name, *points, total]
                table.writerow([f"{one:g}" if isinstance(one, float) else one for one in row])
        self.log.info("%s: %d exercises", path.resolve(), len(titles))
        for sentence in self._not_graded(wanted):
            self.log.warning(sentence)

    def _not_graded(self, wanted: set[str]) -> Iterator[str]:
        course = self.parent.coursedir
        for folder in sorted(Path(course.root, course.submitted_directory).glob("*/*/")):
            student, lesson = folder.parent.name, folder.name
            if wanted and lesson not in wanted:
                continue
            done = Path(course.root, course.autograded_directory, student, lesson, f"{lesson}.ipynb")
            command = f"nbgrader autograde {lesson} --student={shlex.quote(student)}"
            handed = [_changed(path) for path in folder.rglob("*") if path.is_file()]
            if set("*?[]") & set(student):
                yield f"{folder}: nbgrader finds no folder whose name has one of *?[] in it. Rename it."
            elif not done.exists():
                expected = f"is {lesson}.ipynb in it, and does Jupyter open it?"
                yield f"{student} handed in {lesson}, but it is not graded: {expected} Then: {command}"
            elif handed and max(handed) > done.stat().st_mtime:
                yield f"{student} handed in {lesson} again after it was graded: {command} --force"


def _points(gradebook: Gradebook, student: str, lesson: str, names: list[str]) -> list[float | str]:
    """Give a student's points: nothing where nothing was handed in, "?" where a teacher is waited for."""
    try:
        grades = {
            grade.name: grade
            for notebook in gradebook.find_submission(lesson, student).notebooks
            for grade in notebook.grades
        }
    except MissingEntry:
        return [""] * len(names)
    return [_value(grades[name]) for name in names]


def _value(grade: Grade) -> float | str:
    is_open = grade.needs_manual_grade or (grade.auto_score is None and grade.manual_score is None)
    return "?" if is_open else float(grade.score)


def _title(name: str) -> str:
    return name.removeprefix("check_") if name.startswith("check_") else f"{name} (by hand)"


def _changed(path: Path) -> float:
    """Give the time at which a file was written or put here; a copy may keep the time of its original."""
    about = path.stat()
    return max(about.st_mtime, about.st_ctime)
