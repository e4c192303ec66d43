"""Build lessons/ and solutions/ from source/, or check that they are fresh and that the exercises hold."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from authoring.checks import problems_of
from authoring.execution import execute, fingerprint
from authoring.mutants import mutation_tallies
from authoring.notebooks import lesson_notebook, solution_notebook, solution_texts
from authoring.project import Project
from authoring.readme import build_contributing, build_quoting, build_readme
from authoring.source import Lesson, SourceError, read_lessons
from nbclient.exceptions import CellExecutionError

from fer_course.files import write_beside


def build(project: Project, only: str | None = None, execute_all: bool = False) -> list[Path]:
    """Write every derived file that is not as it should be.

    Args:
        project: The checkout.
        only: Slug of the one lesson to build; the texts of ``.solution()`` are written in any case.
        execute_all: Execute solutions although nothing changed.

    Returns:
        The files that were written.

    Raises:
        SystemExit: There is no such lesson.
    """
    lessons = read_lessons(project.sources)
    if only is not None and only not in (slugs := [lesson.slug for lesson in lessons]):
        raise SystemExit(f"no lesson {only!r}; there are {', '.join(slugs)}")
    written = [
        _write(project.solution_texts, solution_texts(lessons)),
        _write(project.readme, build_readme(lessons, project)),
        *(_write(path, text) for path, text in build_quoting(project).items()),
        _write(project.contributing, build_contributing(project)),
    ]
    for lesson in lessons:
        if only not in (None, lesson.slug):
            continue
        text = lesson_notebook(lesson, lessons, project)
        written.append(_write(project.lessons / f"{lesson.slug}.ipynb", text))
        text = None if execute_all else fresh_solution(lesson, lessons, project)
        if text is None:
            text = _executed(lesson, lessons, project)
        written.append(_write(project.solutions / f"{lesson.slug}.ipynb", text))
    return [path for path in written if path is not None]


def fresh_solution(lesson: Lesson, lessons: Sequence[Lesson], project: Project) -> str | None:
    """Assemble a solved notebook with the outputs that it already has.

    Returns:
        The text of the file; None when the outputs no longer stand and it must be executed.
    """
    path = project.solutions / f"{lesson.slug}.ipynb"
    if not path.is_file():
        return None
    notebook = nbformat.read(path, as_version=4)
    record = {key: notebook.metadata.get("fer_course", {}).get(key) for key in ("fingerprint", "uses")}
    if not record["uses"] or record["fingerprint"] != fingerprint(lesson, record["uses"], project):
        return None
    outputs = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return solution_notebook(lesson, lessons, project, outputs, record)


def stale_files(project: Project, lessons: Sequence[Lesson]) -> list[str]:
    """List the derived files that are not what a build would write; nothing is executed."""
    wanted: dict[Path, str | None] = {
        project.solution_texts: solution_texts(lessons),
        project.readme: build_readme(lessons, project),
        **build_quoting(project),
        project.contributing: build_contributing(project),
    }
    for lesson in lessons:
        wanted[project.lessons / f"{lesson.slug}.ipynb"] = lesson_notebook(lesson, lessons, project)
        wanted[project.solutions / f"{lesson.slug}.ipynb"] = fresh_solution(lesson, lessons, project)
    problems = [
        f"{path.relative_to(project.root).as_posix()} is stale: run make lessons"
        for path, text in wanted.items()
        if text is None or not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    orphans = {*project.lessons.glob("*.ipynb"), *project.solutions.glob("*.ipynb")} - set(wanted)
    return problems + [
        f"{p.relative_to(project.root).as_posix()} has no source: delete it" for p in sorted(orphans)
    ]


def _executed(lesson: Lesson, lessons: Sequence[Lesson], project: Project) -> str:
    print(f"executing {lesson.slug} ...", end=" ", flush=True)
    start = time.perf_counter()
    outputs, uses = execute(solution_notebook(lesson, lessons, project))
    print(f"{time.perf_counter() - start:.0f} s")
    record = {"fingerprint": fingerprint(lesson, uses, project), "uses": uses}
    return solution_notebook(lesson, lessons, project, outputs, record)


def _write(path: Path, text: str) -> Path | None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return None
    with write_beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path


def survivors(lesson: Lesson, project: Project) -> Iterator[str]:
    """Print how the checks of a lesson did against mutants, and yield each that fooled one."""
    for name, tally in mutation_tallies(lesson, project).items():
        print(f"{lesson.slug}, {name}: {tally}")
        yield from (f"{lesson.slug}: ex.{name} says {survivor}" for survivor in tally.survivors)


def main() -> int:
    """Build or check, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when something does not hold"
    )
    parser.add_argument("--only", metavar="SLUG", help="build this lesson alone, such as 03_blur")
    parser.add_argument("--execute", action="store_true", help="execute solutions although nothing changed")
    options = parser.parse_args()
    project = Project.at(Path(__file__).resolve().parents[1])
    try:
        if not options.check:
            for path in build(project, options.only, options.execute):
                print(f"wrote {path.relative_to(project.root).as_posix()}")
            return 0
        lessons = read_lessons(project.sources)
        problems = [
            *stale_files(project, lessons),
            *(p for one in lessons for p in problems_of(one, project)),
            *(p for one in lessons for p in survivors(one, project)),
        ]
    except (SourceError, CellExecutionError) as error:
        problems = [str(error)]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "all lessons are fresh and their exercises hold")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
