"""What must hold of a lesson: its exercises, its style, its links. Nothing here executes a whole lesson."""

import ast
import contextlib
import importlib
import io
import os
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import nbformat

from fer_course.exercises.engine import Exercise

from .notebooks import exercise_cells
from .project import Project
from .source import Cell, Lesson, SourceError, names_defined

LONGEST_CELL, LONGEST_MEDIAN = 25, 4
_ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/)])/(?:home|root|tmp|work|usr|opt|mnt|content|Users)/|\b[A-Z]:\\\\?\w"
)
_MAGIC = re.compile(r"^(?:%%?|!)\w+", flags=re.MULTILINE)
_ITEM = re.compile(r"^ *(\d+)[.)] ", flags=re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")


def problems_of(lesson: Lesson, project: Project) -> list[str]:
    """Collect everything that does not hold of a lesson.

    Args:
        lesson: The lesson.
        project: The checkout, for links and built outputs.

    Returns:
        One line a problem; empty when all is well.
    """
    problems = [*style_problems(lesson), *link_problems(lesson, project), *output_problems(lesson, project)]
    try:
        problems += [f"{lesson.slug}: {problem}" for problem in exercise_problems(lesson)]
    except (SourceError, SyntaxError) as error:
        problems.append(f"{lesson.slug}: {error}")
    return problems


def style_problems(lesson: Lesson) -> Iterator[str]:
    """Yield cells that are too long, hold a magic, an absolute path or a widget that Colab does not show."""
    lengths = []
    for cell in lesson.for_solutions:
        if match := _ABSOLUTE_PATH.search(cell.text):
            yield f"{cell.place}: absolute path {match[0]!r}"
        if cell.kind != "code":
            if odd := _item_out_of_turn(cell.text):
                yield f"{cell.place}: a line begins with {odd!r}, which is shown as an item of a list"
            continue
        lengths.append(sum(bool(line.strip()) for line in cell.solved.splitlines()))
        if lengths[-1] > LONGEST_CELL:
            yield f"{cell.place}: {lengths[-1]} non-blank lines, at most {LONGEST_CELL} fit on a screen"
        if match := _MAGIC.search(cell.text):
            yield f"{cell.place}: {match[0].strip()!r} is a magic or a shell command"
        if match := re.search(r"\b(Accordion|Tab)\(", cell.text):
            yield f"{cell.place}: Colab does not show the {match[1]} widget"
    median = statistics.median(lengths or [0])
    if median > LONGEST_MEDIAN:
        yield f"{lesson.slug}: the median code cell has {median:g} non-blank lines, at most {LONGEST_MEDIAN}"


def _item_out_of_turn(text: str) -> str:
    """Return the first number with a stop that begins a line and continues no list; "" where none does."""
    last = 0
    for match in _ITEM.finditer(text):
        number = int(match[1])
        if number not in (1, last + 1):
            return match[0].strip()
        last = number
    return ""


def link_problems(lesson: Lesson, project: Project) -> Iterator[str]:
    """Yield relative links that lead nowhere."""
    for cell in lesson.for_solutions:
        for target in _LINK.findall(cell.text) if cell.kind == "markdown" else ():
            if "://" in target or target.startswith(("mailto:", "attachment:")):
                continue
            source = project.sources / f"{Path(target).stem}.py"
            is_lesson = "/" not in target and target.endswith(".ipynb") and source.is_file()
            if not is_lesson and not (project.lessons / target).exists():
                yield f"{cell.place}: the link to {target} leads nowhere"


def output_problems(lesson: Lesson, project: Project) -> Iterator[str]:
    """Yield what is wrong in the outputs that a solution keeps."""
    path = project.solutions / f"{lesson.slug}.ipynb"
    cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
    for cell in cells:
        outputs = cell.get("outputs", [])
        place = f"{path.name}, cell {cell.source.partition(chr(10))[0]!r}"
        if "nbval-check-output" in cell.metadata.get("tags", []) and not outputs:
            yield f"{place}: tagged nbval-check-output, but it has no output to compare"
        if any(_ABSOLUTE_PATH.search(text) for text in _texts(outputs)):
            yield f"{place}: an absolute path in the output"
        if any(output.output_type == "error" for output in outputs):
            yield f"{place}: an error in the output"


def exercise_problems(lesson: Lesson) -> Iterator[str]:
    """Yield what is wrong with the exercises: names, stubs, selftests.

    Code runs in a namespace that holds the lesson's imports and the functions that its cells define.

    Raises:
        SourceError: An exercise has no cell of its own.
    """
    matplotlib.use("Agg")  # not through the environment, which kernels started later would inherit
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    cells = exercise_cells(lesson)
    yield from _stub_names(lesson)
    namespace = definitions(lesson)
    exercises = namespace.get("ex")
    for name, cell in cells.items():
        exercise = getattr(exercises, name, None)
        if not isinstance(exercise, Exercise):
            yield f"there is no exercise ex.{name}"
        elif problem := _stub_problem(exercise, cell, namespace):
            yield problem
    for name, value in vars(exercises).items() if exercises else ():
        if isinstance(value, Exercise) and name not in cells:
            yield f"ex.{name} is checked nowhere in the lesson"
    selftests = [cell for cell in lesson.cells if "selftest" in cell.tags]
    for name in cells:
        if not any(f"ex.{name}.selftest(" in cell.text for cell in selftests):
            yield f"ex.{name} has no selftest with right and wrong answers"
    for cell in selftests:
        try:
            _run(cell.text, cell.place, dict(namespace))
        except Exception as error:
            yield f"{cell.place}: {type(error).__name__}: {error}"


def _stub_names(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.for_students:
        if cell.is_exercise:
            missing = set(names_defined(cell.solved)) - set(names_defined(cell.stubbed))
            extra = set(names_defined(cell.stubbed)) - set(names_defined(cell.solved))
            if missing or extra:
                names = ", ".join(sorted(missing | extra))
                yield f"{cell.place}: stub and solution do not define the same names: {names}"


def _stub_problem(exercise: Exercise, cell: Cell, namespace: dict[str, Any]) -> str | None:
    stub_namespace = dict(namespace)
    try:
        _run(cell.stubbed, cell.place, stub_namespace)
    except Exception as error:
        return f"{cell.place}: the stub does not run by itself: {type(error).__name__}: {error}"
    verdict = exercise.judge(stub_namespace.get(exercise.name))
    if verdict.status == "not attempted":
        return None
    return f"{cell.place}: the stub's verdict should be 'not attempted', it is\n{verdict}"


def definitions(lesson: Lesson) -> dict[str, Any]:
    """Run the imports of a lesson and the functions and classes that it defines, and nothing else."""
    namespace: dict[str, Any] = {"fer": importlib.import_module("fer_course"), "__name__": lesson.slug}
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    for cell in lesson.for_solutions:
        if cell.kind == "code":
            nodes = [node for node in ast.parse(cell.solved).body if isinstance(node, kinds)]
            exec(compile(ast.Module(nodes, type_ignores=[]), cell.place, "exec"), namespace)
    return namespace


def _run(code: str, place: str, namespace: dict[str, Any]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, place, "exec"), namespace)


def _texts(outputs: list[Any]) -> Iterator[str]:
    for output in outputs:
        yield output.get("text", "")
        yield from (str(v) for kind, v in output.get("data", {}).items() if kind.startswith("text/"))
