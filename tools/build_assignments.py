"""Build lessons with exercises as nbgrader assignments; nbgrader then makes the students' versions."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from authoring.assignments import assignment_notebook
from authoring.notebooks import exercise_names
from authoring.project import Project
from authoring.source import Lesson, read_lessons
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

CONFIG = Path(__file__).parent / "authoring" / "nbgrader_config.py"


def write_sources(course: Path, lessons: Sequence[Lesson], project: Project) -> None:
    """Write each assignment's source into nbgrader's course folder, and a configuration if it has none."""
    course.mkdir(parents=True, exist_ok=True)
    if not (course / CONFIG.name).exists():
        shutil.copy(CONFIG, course)
    for lesson in lessons:
        path = course / "source" / lesson.slug / f"{lesson.slug}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(assignment_notebook(lesson, project), encoding="utf-8", newline="\n")


def generate(course: Path, lessons: Sequence[Lesson]) -> Iterator[str]:
    """Let nbgrader make the students' versions, in ``release/``; yield what it says of any it refuses."""
    scripts = str(Path(sys.executable).parent)  # where nbgrader finds alembic, which makes its database
    os.environ["PATH"] = os.pathsep.join([scripts, os.environ["PATH"]])
    config = PyFileConfigLoader(CONFIG.name, path=str(course)).load_config()
    config.CourseDirectory.root = str(course.resolve())
    nbgrader = NbGraderAPI(config=config)
    for lesson in lessons:
        result = nbgrader.generate_assignment(lesson.slug)
        if not result["success"]:
            yield f"{lesson.slug}: {result.get('log', '')}{result['error']}"


def main() -> int:
    """Build what the command line names."""
    project = Project.at(Path(__file__).resolve().parents[1])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=project.root / "grading", help="nbgrader's course folder")
    course = parser.parse_args().out
    lessons = [lesson for lesson in read_lessons(project.sources) if exercise_names(lesson)]
    write_sources(course, lessons, project)
    problems = list(generate(course, lessons))
    print(
        "\n".join(problems) or f"{len(lessons)} assignments: hand out {course / 'release'}, grade in {course}"
    )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
