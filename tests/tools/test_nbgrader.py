"""Lessons as assignments: what students get, and that the real nbgrader grades it rightly."""

import copy
import csv
import os
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from authoring.assignments import BY_HAND, assignment_notebook
from authoring.notebooks import exercise_names
from authoring.project import Project
from authoring.source import read_lesson, read_lessons
from prepare_room import EXTRAS

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
    pytest.importorskip("nbgrader", reason="make teach installs it")
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
    """Type a command, as a teacher does, in the course folder; gives what it says."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stderr


def without(*names):
    return lambda cells: [cell for cell in cells if grade_id(cell) not in names]


def renamed(cells):
    for cell in cells:
        if grade_id(cell):
            cell.metadata.nbgrader.update(grade_id=f"old_{grade_id(cell)}", schema_version=1)
    return cells


def copied(cells):
    return [copy.deepcopy(cell) for cell in cells for _ in range(1 + is_answer(cell))]


CHANGES = {
    "cells as they were": lambda cells: cells,
    "a check deleted": without("check_split_of"),
    "an answer and its check deleted": without("split_of", "check_split_of"),
    "all deleted": lambda cells: [],
    "upside down": lambda cells: cells[::-1],
    "answers copied": copied,
    "of an older version": renamed,
    "without marks, as in lessons/": lambda cells: [cell for cell in cells if not cell.metadata.clear()],
}


@pytest.mark.slow
@pytest.mark.parametrize("minor", [0, 5])  # Colab saves cells without ids
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_submission_gets_every_check_once_and_behind_its_answer(course, change, minor):
    from nbgrader.nbgraderformat import MetadataValidator

    sys.path.insert(0, str(course))
    from grading_steps import MendCells

    made = cells(course / "source" / QUICK / f"{QUICK}.ipynb")
    notebook = nbformat.read(course / "release" / QUICK / f"{QUICK}.ipynb", as_version=4)
    notebook.cells, notebook.nbformat_minor = change(notebook.cells), minor
    for cell in notebook.cells:
        cell.pop("id") if minor == 0 else cell.update(id=uuid.uuid4().hex[:8])
    about = {"notebook": QUICK, "assignment": QUICK, "student": "Zoë"}
    about["db_url"] = f"sqlite:///{course / 'gradebook.db'}"
    mended, _ = MendCells().preprocess(notebook, {"nbgrader": about})
    nbformat.validate(mended)
    MetadataValidator().validate_nb(mended)
    places = {grade_id(cell): place for place, cell in enumerate(mended.cells) if grade_id(cell)}
    checks = {grade_id(cell): cell.source for cell in made if grade_id(cell) and not is_answer(cell)}
    assert {mended.cells[places[name]].source for name in checks} == set(checks.values())
    assert len(places) == sum(grade_id(cell) is not None for cell in mended.cells)
    assert all(places.get(name.removeprefix("check_"), -1) < places[name] for name in checks)


@pytest.mark.slow
def test_right_half_and_wrong_answers_get_full_some_and_no_points(course):
    from nbgrader.api import Gradebook

    solved = {
        grade_id(cell): cell.source
        for cell in cells(course / "source" / QUICK / f"{QUICK}.ipynb")
        if is_answer(cell)
    }
    first = next(iter(solved))
    submit(course, "O'Brien, Zoë", lambda name, stub: solved[name])
    submit(course, "half", lambda name, stub: solved[name] if name == first else stub)
    submit(course, "wrong", lambda name, stub: f"def {name}(*anything):\n    return open('/no/file')")
    nbgrader(course, "autograde", QUICK)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        graded = [book.find_submission(QUICK, student) for student in ("O'Brien, Zoë", "half", "wrong")]
        assert [one.score for one in graded] == [3, 1, 0]
        assert graded[0].max_score == 3
    read_feedback(course, first)
    read_table(course)


def read_feedback(course, first):
    nbgrader(course, "generate_feedback", QUICK, "--student=half")
    page = (course / "feedback" / "half" / QUICK / f"{QUICK}.html").read_text(encoding="utf-8")
    assert f"<strong>Correct: {first}</strong>" in page
    assert "<strong>Not attempted: split_of</strong>" in page
    assert '<a href="#check_split_of">split_of</a>: 0 of 1' in page
    assert "Exercise: split_of" in page
    body = page.partition("<body>")[2]
    for machinery in (
        "Test cell",
        "Grade cell",
        "Traceback",
        "FerCourseError",
        "STRICT",
        str(course),
        sys.prefix,
    ):
        assert machinery not in body
    pictures = re.findall(r"<img\b[^>]*>", body)
    assert pictures
    assert not [picture[:99] for picture in pictures if not re.search(r'alt="(?!No description)\w', picture)]


def test_folders_of_this_computer_are_taken_out_of_texts_but_never_out_of_a_picture(course_settings):
    without_paths = sys.modules["grading_steps"].without_paths
    home, here = Path.home(), Path.cwd()
    output = {
        "text": [f"No file '{here / 'faces.csv'}'", f"({home})"],
        "image/png": f"iVBORw0K{home}AAA+{home}/",
    }
    assert without_paths(output) == {"text": ["No file 'faces.csv'", "()"], "image/png": output["image/png"]}


def read_table(course):
    """A row for each student, whatever the name, and a word about what is not graded."""
    from nbgrader.api import Gradebook

    for student in ("half", "nobody", "x[1]"):
        path = course / "submitted" / student / QUICK / "late.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.add_student("absent", last_name="Ng, Jr.", first_name="Đặng")
    said = nbgrader(course, "export")
    with (course / "passed.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row.pop("student"): row for row in csv.DictReader(file)}
    split_of = {name: row[f"{QUICK}: split_of"] for name, row in rows.items()}
    assert split_of == {"O'Brien, Zoë": "1", "half": "0", "wrong": "0", "absent": ""}
    assert {name: row["points"] for name, row in rows.items()} == {
        "O'Brien, Zoë": "3",
        "half": "1",
        "wrong": "0",
        "absent": "0",
    }
    assert rows["absent"]["last name"] == "Ng, Jr."
    assert f"half handed in {QUICK} again" in said
    assert f"nobody handed in {QUICK}, but it is not graded" in said
    assert "Rename it" in said


def test_the_zip_of_a_learning_platform_is_understood(course_settings):
    pattern = re.compile(course_settings.FileNameCollectorPlugin.named_regexp)
    for file in (
        "Zoë O'Brien_1234_assignsubmission_file_03_blur.ipynb",
        "Zoë O'Brien_1234_assignsubmission_file_/03_blur.ipynb",
        "Zoë O'Brien_1234_assignsubmission_file/03_blur (1).ipynb",
    ):
        assert pattern.match(f"/a/b/extracted/{file}").groups() == ("Zoë O'Brien", "03_blur")


@pytest.fixture
def course_settings(tmp_path):
    """What the configuration says that `make nbgrader` writes."""
    pytest.importorskip("nbgrader", reason="make teach installs it")
    import build_assignments
    from traitlets.config import PyFileConfigLoader

    for file in (build_assignments.CONFIG, build_assignments.STEPS):
        shutil.copy(file, tmp_path)
    with mock.patch.dict(os.environ):
        return PyFileConfigLoader(build_assignments.CONFIG.name, path=str(tmp_path)).load_config()


def packages(extras):
    """Name the packages that extras of the project bring, those of other extras included."""
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    found = set()
    for requirement in (one for extra in extras for one in offered[extra]):
        name, _, inner = requirement.partition("[")
        if name == "fer-course":
            found |= packages(inner.rstrip("]").split(","))
        else:
            found.add(re.match(r"[\w-]+", requirement)[0])
    return found


@pytest.mark.parametrize("path", ["Makefile", "environment.yml", "README.md", ".binder/requirements.txt"])
def test_no_way_in_which_students_install_brings_nbgrader(path):
    text = (ROOT / path).read_text(encoding="utf-8").partition("\nteach:")[0]  # the Makefile's for teachers
    installed = re.findall(r"(?:--editable|-e) [\"']?\.\[([\w,]+)\]", text)
    assert installed
    for extras in [*installed, EXTRAS]:
        assert "jupyterlab" in packages(extras.split(","))
        assert "nbgrader" not in packages(extras.split(","))
    assert not re.search(r"(-r|--requirement|sync)\b.*requirements\.lock", text)  # the lock holds it
