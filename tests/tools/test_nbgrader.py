"""Lessons as assignments: what students get, and that the real nbgrader grades it rightly."""

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from authoring.assignments import BY_HAND, assignment_notebook
from authoring.notebooks import exercise_names
from authoring.project import Project
from authoring.source import read_lesson, read_lessons

ROOT = Path(__file__).parents[2]
LESSONS = [lesson for lesson in read_lessons(ROOT / "source") if exercise_names(lesson)]
QUICK = "01_download"  # the lesson that runs fastest; it has three exercises


def cells(path):
    return nbformat.read(path, as_version=4).cells


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_answer(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


@pytest.fixture
def assignment(project, source):
    """The demonstration as an assignment's source: its cells, by their ids in the gradebook."""
    notebook = nbformat.reads(assignment_notebook(read_lesson(source), project), as_version=4)
    return {grade_id(cell): cell.source for cell in notebook.cells if grade_id(cell)}, str(notebook)


def test_a_stub_stands_where_it_is_never_reached_or_overwritten(assignment):
    by_id, _ = assignment
    assert by_id["double"].splitlines()[-4:] == [
        "    ### BEGIN SOLUTION",
        "    return 2 * number",
        "    ### END SOLUTION",
        "    return ...  # your turn",
    ]
    assert by_id["largest"].splitlines() == [
        "largest = 0  # your turn",
        "### BEGIN SOLUTION",
        "largest = max(numbers)",
        "### END SOLUTION",
    ]


def test_a_check_is_strict_when_it_is_graded_and_shows_no_solution(assignment):
    by_id, whole = assignment
    hidden, _, check = by_id["check_double"].partition("### END HIDDEN TESTS\n")
    assert 'os.environ["FER_COURSE_STRICT"] = "1"' in hidden
    assert check.endswith("ex.double.check(double)")
    assert ".hint()" in whole
    assert ".solution()" not in whole
    assert "selftest" not in whole


def test_links_lead_out_of_the_assignments_folder(project, source, edit):
    edit("How much is twice as much?", "How much is [twice](11_more.ipynb) as [much](https://example.org)?")
    text = assignment_notebook(read_lesson(source), project)
    address = "https://github.com/someone/their-course/blob/v0.1.0/lessons/11_more.ipynb"
    assert f"[twice]({address}) as [much](https://example.org)" in text


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """nbgrader's course folder with every lesson, its students' version made by nbgrader."""
    import build_assignments  # here, because importing nbgrader takes seconds

    folder = tmp_path_factory.mktemp("nbgrader") / "grading"
    build_assignments.write_sources(folder, LESSONS, Project.at(ROOT))
    with mock.patch.dict(os.environ):  # its configuration sets variables, which no later test may see
        assert list(build_assignments.generate(folder, LESSONS)) == []
    return folder


@pytest.mark.slow
def test_words_wait_for_a_teacher_and_an_untouched_answer_for_nobody(course):
    from nbgrader.utils import determine_grade

    by_hand = {
        (lesson.topic, grade_id(cell)): cell
        for lesson in LESSONS
        for cell in cells(course / "release" / lesson.slug / f"{lesson.slug}.ipynb")
        if is_answer(cell) and cell.metadata.nbgrader.grade
    }
    assert set(by_hand) == set(BY_HAND)
    for key, cell in by_hand.items():
        assert determine_grade(cell) == (0, BY_HAND[key])
        cell.source += "\n# It must not be used for anything."
        assert determine_grade(cell) == (None, BY_HAND[key])


@pytest.mark.slow
def test_nbgrader_makes_every_lesson_without_its_solutions(course):
    from nbgrader.nbgraderformat import MetadataValidator

    for lesson in LESSONS:
        path = course / "release" / lesson.slug / f"{lesson.slug}.ipynb"
        MetadataValidator().validate_nb(nbformat.read(path, as_version=4))
        released = {grade_id(cell): cell.source for cell in cells(path) if grade_id(cell)}
        assert {f"check_{name}" for name in exercise_names(lesson)} <= set(released)
        answers = [cell for cell in lesson.for_students if cell.is_exercise]
        sources = [source for name, source in released.items() if not name.startswith("check_")]
        for answer, source in zip(answers, sources, strict=True):
            assert "your answer goes here" in source
            lines = set(answer.solved.splitlines()) - set(answer.stubbed.splitlines())
            assert not lines & set(source.splitlines()), source
        assert "HIDDEN" not in str(released)


def submit(course, student, answer):
    """Hand in the quick lesson, its answer cells changed by ``answer(id, stub)``, its checks spoilt."""
    notebook = nbformat.read(course / "release" / QUICK / f"{QUICK}.ipynb", as_version=4)
    for cell in notebook.cells:
        if is_answer(cell):
            cell.source = answer(grade_id(cell), cell.source)
        elif grade_id(cell):
            cell.source = "pass  # nbgrader puts the check back"
    path = course / "submitted" / student / QUICK / f"{QUICK}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def nbgrader(course, *arguments):
    """Type a command, as a teacher does, in the course folder."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_right_half_and_wrong_answers_get_full_some_and_no_points(course):
    from nbgrader.api import Gradebook

    solved = {
        grade_id(cell): cell.source
        for cell in cells(course / "source" / QUICK / f"{QUICK}.ipynb")
        if is_answer(cell)
    }
    first = next(iter(solved))
    submit(course, "right", lambda name, stub: solved[name])
    submit(course, "half", lambda name, stub: solved[name] if name == first else stub)
    submit(course, "wrong", lambda name, stub: f"def {name}(*anything):\n    return 7")
    nbgrader(course, "autograde", QUICK)
    nbgrader(course, "generate_feedback", QUICK, "--student=half")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        graded = [book.find_submission(QUICK, student) for student in ("right", "half", "wrong")]
        assert [one.score for one in graded] == [3, 1, 0]
        assert graded[0].max_score == 3
    feedback = (course / "feedback" / "half" / QUICK / f"{QUICK}.html").read_text(encoding="utf-8")
    assert f"Correct: {first}" in feedback
    assert "Not attempted: split_of" in feedback
