"""A student's report: what was measured on a trained network, and the student's words, in HTML and LaTeX."""

import dataclasses
import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cli import app
from fer_course.jobs.training_data import describe_data
from fer_course.report.studies import Study, in_tex, read_words, write_tex
from fer_course.training.backend import keras

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with a network that was not trained."""
    folder = tmp_path_factory.mktemp("run")
    keras.utils.set_random_seed(0)
    fer.save_model(fer.EmotionCNN(width_mult=0.25), folder / "model.keras")
    return folder


@pytest.fixture(scope="module")
def measured(run):
    return fer.study(run, "sample")


@pytest.fixture
def studies(measured, tmp_path):
    """What was measured, for a report in a folder of the test's own."""
    return dataclasses.replace(measured, folder=tmp_path)


def test_each_study_has_a_question_a_table_and_a_picture(studies):
    assert [study.title for study in studies.studies] == ["Label noise", "Robustness", "Fairness"]
    noise, robustness, fairness = (study.table for study in studies.studies)
    assert noise["label wrong"].ge(noise["network right"]).all()
    assert noise["faces"].is_monotonic_decreasing
    assert robustness.columns.tolist() == ["severity 1", "severity 3", "severity 5"]
    assert fairness.index.tolist() == ["skin tone", "glasses", "beard", "age"]
    assert "304 val images of the drawn sample" in studies.about
    shown = studies._repr_html_()
    assert shown.count("<table") == 3 and shown.count("data:image/png") == 3
    assert "Robustness" in repr(studies)


def val_faces(n=40, **changes):
    """A few drawn faces of val alone: three studies of them take seconds."""
    val = fer.sample_faces().val
    return dataclasses.replace(val.subset(np.arange(len(val)) < n), source="own", **changes)


def fairness_of(run, path, **attributes):
    """The last study of faces of which only the attributes given are known."""
    val_faces(attributes=attributes).save(path)
    return fer.study(run, path).studies[2]


def test_without_known_groups_brightness_is_asked_and_said_to_say_nothing(run, tmp_path):
    study = fairness_of(run, tmp_path / "bare.npz")
    assert study.table.index.tolist() == ["brightness"]
    assert "Nobody wrote down" in study.caption and "says nothing of people" in study.caption


def test_a_thin_group_is_left_out_and_said_so(run, tmp_path):
    beard, glasses = np.arange(40) < 6, np.arange(40) % 2 == 0
    study = fairness_of(run, tmp_path / "thin.npz", beard=beard, glasses=glasses)
    assert study.table.index.tolist() == ["glasses"]
    assert "two groups of 10 faces: beard." in study.caption
    study = fairness_of(run, tmp_path / "thin.npz", skin_tone=np.where(beard, "dark", ""))
    assert study.table.index.tolist() == ["brightness"]
    assert "two groups of 10 faces: skin tone. Brightness says" in study.caption


def test_of_a_networks_file_the_report_goes_into_its_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    val_faces(30).save(tmp_path / "own.npz")
    assert fer.study(run / "model.keras", tmp_path / "own.npz").folder == run / "report"
    shipped = fer.study("compact", tmp_path / "own.npz")
    assert shipped.folder.as_posix() == "runs/compact/report"


def test_thirty_pictures_as_bright_as_each_other_are_enough(run, tmp_path):
    val_faces(30, images=np.zeros((30, 48, 48), np.uint8), attributes={}).save(tmp_path / "dark.npz")
    assert fer.study(run, tmp_path / "dark.npz").studies[2].table.index.tolist() == ["brightness"]
    val_faces(29).save(tmp_path / "few.npz")
    with pytest.raises(FerCourseError, match="val has 29 images"):
        fer.study(run, tmp_path / "few.npz")


def test_words_are_asked_for_kept_and_replaced_only_when_given(studies):
    page = studies.write()
    words = page.parent / "words.md"
    assert "For whom does the network work worse" in words.read_text()
    assert not any(read_words(words, studies.studies).values())
    mine = "One\n  line.\n\n<!-- my note -->\nTwo & three:\n- a\n  b\n* c\n\n### Small\n1. d"
    words.write_text(f"## Title\nMine <b>\n## Fairness\n\n{mine}", encoding="utf-8-sig")
    html = studies.write().read_text()
    assert "<h1>Mine &lt;b&gt;</h1>" in html and "<p>One line.</p>" in html
    assert "<p>Two &amp; three:<br>- a b<br>* c</p>" in html and "my note" not in html
    assert words.read_text(encoding="utf-8-sig").startswith("## Title\nMine")
    studies.write(words={"Conclusion": "Do not."})
    studies.write(words={"Conclusion": "", "Author": "Me"})
    assert f"## Fairness\n\n{mine}\n\n## Conclusion" in words.read_text()
    assert {name: text for name, text in read_words(words, studies.studies).items() if text} == {
        "Title": "Mine <b>",
        "Author": "Me",
        "Fairness": mine.replace("<!-- my note -->", ""),
        "Conclusion": "Do not.",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("## Fairness\nOne.\n## Limits\nTwo.\n", "## Limits"),
        ("##fairness\nOne.", "## fairness"),
        ("# My report\n\n## Fairness\nOne.", "above the first heading '# My report'"),
        ("All without headings", "above the first heading 'All without headings'"),
        ("## Fairness\nOne.\n## Fairness\nTwo.", "## Fairness, 2 times"),
    ],
)
def test_words_without_a_place_in_the_report_are_named_and_stay(studies, text, found):
    words = studies.folder / "words.md"
    words.write_text(text)
    for given in (None, {"Title": "New"}):
        with pytest.raises(FerCourseError, match=f"words.md: {found}: .*no place.* ## Label noise, "):
            studies.write(words=given)
    assert words.read_text() == text
    assert [path.name for path in studies.folder.iterdir()] == ["words.md"]


def test_a_text_with_a_heading_of_its_own_is_refused_before_anything_is_written(studies):
    with pytest.raises(FerCourseError, match="'Fairness' has a line that begins with ##"):
        studies.write(words={"Fairness": "One.\n## Conclusion\nTwo."})
    assert not list(studies.folder.iterdir())


def test_unknown_formats_and_headings_are_named(studies):
    with pytest.raises(FerCourseError, match="'pdf'; expected one of html, tex"):
        studies.write("pdf")
    with pytest.raises(FerCourseError, match="no heading 'Fairnes'"):
        studies.write(words={"Fairnes": ""})


def trained_on(run, folder, data):
    """A copy of the run whose settings name what it was trained on."""
    shutil.copytree(run, folder)
    (folder / "settings.json").write_text(json.dumps(describe_data(data)))
    return folder


def test_the_command_writes_the_report_of_a_run(run, tmp_path):
    val_faces().save(tmp_path / "own.npz")
    data = str(tmp_path / "own.npz")
    folder = trained_on(run, tmp_path / "run", data)
    done = CliRunner().invoke(app, ["report", str(folder), "--format", "tex"])
    assert done.exit_code == 0, done.output
    assert f"your words go into {folder / 'report' / 'words.md'}" in done.output
    assert "40 val images of own" in (folder / "report" / "report.tex").read_text()


def test_of_other_images_the_report_says_that_they_are_others(run, tmp_path):
    val_faces().save(tmp_path / "own.npz")
    val_faces(41).save(tmp_path / "other.npz")
    folder = trained_on(run, tmp_path / "run", tmp_path / "own.npz")
    assert "trained on" not in fer.study(folder, tmp_path / "own.npz").about
    assert f"It was trained on {tmp_path / 'own.npz'}." in fer.study(folder, tmp_path / "other.npz").about
    (tmp_path / "own.npz").unlink()
    done = CliRunner().invoke(app, ["report", str(folder)])
    assert done.exit_code == 1 and "nothing is there any more" in done.output and "--data" in done.output


def test_a_folder_without_a_network_is_named(tmp_path):
    done = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert done.exit_code == 1 and "a folder without a network" in done.output


def test_the_command_refuses_an_unknown_format_before_any_work(tmp_path):
    done = CliRunner().invoke(app, ["report", str(tmp_path / "none"), "--format", "pdf"])
    assert done.exit_code == 2 and "'pdf' is not one of" in done.output


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs LaTeX: apt install texlive-latex-base")
def test_the_latex_compiles_whatever_the_words(tmp_path):
    hostile = r"50 % of $x_1 & {y} ~ \end{document} ^ # ≥ ± “so” – naïve 😀 一 «ð» a < b > c | d"
    table = pd.DataFrame({"a_b": ["1 %", "2 & 3"]}, index=pd.Index(["x_y", "z"], name="#"))
    study = Study("Label noise", "?", table, Figure(figsize=(3, 2)), hostile)
    text = f"{hostile}\n\nTwo:\n* {hostile}\n- [1]\n1. three"
    words = dict.fromkeys(("Title", "Author", "Label noise", "Conclusion"), text)
    path = write_tex(tmp_path, hostile, [study], words)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "report.pdf").stat().st_size > 10_000
    assert (tmp_path / "report.tex").read_text().count(r"\newline") == 6


def test_tex_keeps_letters_that_its_fonts_have():
    assert in_tex("naïve 5 %") == r"naïve 5 \%"


def test_tex_prints_comparisons_as_they_are():
    assert in_tex("p < 0.05 | x > 1") == r"p \textless{} 0.05 \textbar{} x \textgreater{} 1"


def test_a_person_in_two_groups_counts_as_two(run, tmp_path):
    person, glasses = np.arange(40) // 8, np.arange(40) % 2 == 0
    study = fairness_of(run, tmp_path / "two.npz", person=person, glasses=glasses)
    assert study.table.index.tolist() == ["glasses"]
    assert "A person who is in two groups counts as two." in study.caption
    study = fairness_of(run, tmp_path / "one.npz", person=person, glasses=person % 2 == 0)
    assert "counts as two" not in study.caption
    alone = fairness_of(run, tmp_path / "alone.npz", person=np.arange(40), glasses=glasses)
    assert "counts as two" not in alone.caption


@pytest.mark.parametrize("names", [("$5 to $10", "above $10"), ("$x_{", "y$"), (r"a\$b$c", "d%_&#{}~^")])
def test_groups_may_have_any_name(run, tmp_path, names):
    val_faces(attributes={"age": np.where(np.arange(40) % 2, *names)}).save(tmp_path / "val.npz")
    studies = dataclasses.replace(fer.study(run, tmp_path / "val.npz"), folder=tmp_path / "report")
    labels = [label.get_text() for label in studies.studies[2].figure.axes[0].get_yticklabels()]
    assert sorted(label.replace(r"\$", "$") for label in labels) == sorted(names)
    assert studies.write("html").exists() and studies.write("tex").exists()
