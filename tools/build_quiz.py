"""Build the questions of all lessons as Moodle XML and GIFT, for the question bank of a learning platform."""

import argparse
import sys
from pathlib import Path

from authoring.project import Project
from authoring.questions import read_questions
from authoring.quiz import gift, moodle_xml
from authoring.source import SourceError, read_lessons


def main() -> int:
    """Build what the command line names."""
    project = Project.at(Path(__file__).resolve().parents[1])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=project.root / "build" / "quiz", help="folder for both files"
    )
    out = parser.parse_args().out
    try:
        lessons = read_lessons(project.sources)
        quiz = [(lesson, read_questions(lesson, project.sources)) for lesson in lessons]
    except SourceError as error:
        print(error)
        return 1
    quiz = [(lesson, questions) for lesson, questions in quiz if questions]
    out.mkdir(parents=True, exist_ok=True)
    for name, text in {"fer-course.xml": moodle_xml(quiz), "fer-course.gift": gift(quiz)}.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{sum(len(questions) for _, questions in quiz)} questions on {len(quiz)} lessons: {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
