import json
import subprocess
import sys

import ipywidgets
import nbformat
import pytest
from nbclient import NotebookClient

import fer_course as fer
from fer_course.course import progress as passed
from fer_course.course.progress import note_passed, progress_file
from fer_course.exercises import welcome


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Where progress is kept, not yet there."""
    monkeypatch.setenv("FER_COURSE_PROGRESS", str(tmp_path / "kept" / "mine.jsonl"))
    return tmp_path / "kept" / "mine.jsonl"


def notes(file):
    return [json.loads(line) for line in file.read_text().splitlines() if line]


def test_a_correct_verdict_is_noted_once_and_no_other_is(file, capsys):
    welcome.pixels_in_a_face.check(48)
    welcome.pixels_in_a_face.check(...)
    assert not file.exists()
    welcome.pixels_in_a_face.check(2304)
    welcome.pixels_in_a_face.check(2304)
    assert [(n["lesson"], n["exercise"], n["version"]) for n in notes(file)] == [
        ("welcome", "pixels_in_a_face", fer.__version__)
    ]
    assert repr(fer.progress()).splitlines()[1].split("  ")[-3:] == [
        "✓ pixels_in_a_face",
        "○ my_smile",
        "○ accuracy",
    ]


def test_judging_notes_nothing(file):
    welcome.pixels_in_a_face.judge(2304)
    assert not file.exists()


def test_the_file_is_beside_the_datasets(tmp_path, monkeypatch):
    monkeypatch.delenv("FER_COURSE_PROGRESS")
    (tmp_path / "data").mkdir()
    (tmp_path / "lessons").mkdir()
    monkeypatch.chdir(tmp_path / "lessons")
    assert progress_file().resolve() == tmp_path / "data" / "progress.jsonl"
    monkeypatch.setenv("FER_COURSE_PROGRESS", "0")
    assert progress_file() is None


def test_a_check_works_where_nothing_can_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way of a folder")
    for place in (tmp_path, tmp_path / "file" / "mine.jsonl"):
        monkeypatch.setenv("FER_COURSE_PROGRESS", str(place))
        welcome.pixels_in_a_face.check(2304)
        assert capsys.readouterr().out.startswith("Correct")
        assert "0 of 3" in repr(fer.progress())


def test_a_torn_or_foreign_line_costs_no_other(file):
    note_passed("welcome", "my_smile")
    with file.open("ab") as torn:
        torn.write(b'\n\xff\n[1]\n7\n{"lesson": "welcome"}\n{"lesson": "welcome", "exer')
    note_passed("welcome", "accuracy")
    assert set(passed.passed()) == {("welcome", "my_smile"), ("welcome", "accuracy")}


def test_notebooks_that_run_at_once_keep_each_others_notes(file):
    code = "import sys; from fer_course.course.progress import note_passed\n"
    code += "for number in range(60): note_passed(sys.argv[1], str(number))"
    running = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("one", "two")]
    assert [process.wait() for process in running] == [0, 0]
    assert set(passed.passed()) == {(name, str(number)) for name in ("one", "two") for number in range(60)}
    assert len(notes(file)) == 120


def test_every_exercise_of_the_course_is_listed_under_its_lesson():
    lessons = fer.progress().lessons
    assert list(lessons["03 Blur"]) == ["blur_score", "my_threshold", "removed_share"]
    assert list(lessons) == sorted(lessons)


@pytest.mark.parametrize("suffix", [".html", ".txt"])
def test_the_summary_tells_who_when_which_version_and_what(file, tmp_path, suffix):
    note_passed("blur", "blur_score")
    today = notes(file)[0]["passed"][:10]
    text = fer.progress().save(tmp_path / f"summary{suffix}", name="Ada <3").read_text(encoding="utf-8")
    for part in (today, f"fer-course {fer.__version__}", "1 of ", "✓ blur_score", "○ my_threshold"):
        assert part in text
    assert ("Ada &lt;3" if suffix == ".html" else "Ada <3") in text


def test_the_panel_saves_and_refreshes(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table, row, message = fer.progress()._panel().children
    refresh, name, save = row.children
    note_passed("blur", "blur_score")
    assert "✓" not in table.value
    refresh.click()
    assert "✓ blur_score" in table.value
    name.value = " Ada "
    save.click()
    assert ">Ada ·" in (tmp_path / "progress.html").read_text()
    assert "progress.html" in message.value
    (tmp_path / "progress.html").unlink()
    (tmp_path / "progress.html").mkdir()
    save.click()
    assert message.value.startswith("Not saved")
    assert not any(isinstance(part, ipywidgets.Accordion | ipywidgets.Tab) for part in row.children)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("widgets", "kind"), [("1", "application/vnd.jupyter.widget-view+json"), ("0", "text/html")]
)
def test_a_notebook_shows_the_panel_or_its_table(widgets, kind, monkeypatch):
    monkeypatch.setenv("FER_COURSE_WIDGETS", widgets)
    cell = nbformat.v4.new_code_cell("import fer_course as fer\nfer.progress()")
    NotebookClient(nbformat.v4.new_notebook(cells=[cell]), kernel_name="python3").execute()
    assert [kind in output.data for output in cell.outputs] == [True]
