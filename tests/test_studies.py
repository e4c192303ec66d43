"""A student's report: what was measured on a trained network, and the student's words, in HTML and LaTeX."""

import shutil
import subprocess

import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cli import app
from fer_course.report.studies import Study, in_tex, read_words, write_tex
from fer_course.training.backend import keras


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with a network that was not trained."""
    folder = tmp_path_factory.mktemp("run")
    keras.utils.set_random_seed(0)
    fer.save_model(fer.EmotionCNN(width_mult=0.25), folder / "model.keras")
    return folder


@pytest.fixture(scope="module")
def studies(run):
    return fer.study_run(run, "sample")


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


def test_without_known_groups_brightness_is_asked_and_said_to_say_nothing(run, tmp_path):
    faces = fer.sample_faces()
    bare = fer.FaceDataset(faces.images, faces.labels, faces.split, source="no names")
    bare.save(tmp_path / "bare.npz")
    study = fer.study_run(run, tmp_path / "bare.npz").studies[2]
    assert study.table.index.tolist() == ["brightness"]
    assert "says nothing of people" in study.caption


def test_words_are_asked_for_kept_and_replaced_only_when_given(studies):
    page = studies.write()
    words = page.parent / "words.md"
    assert "For whom does the network work worse" in words.read_text()
    assert all(not text for text in read_words(words).values())
    words.write_text("## Title\n\nMine <b>\n\n## Fairness\n\nOne.\n\nTwo & three.\n")
    html = studies.write().read_text()
    assert "<h1>Mine &lt;b&gt;</h1>" in html and "<p>Two &amp; three.</p>" in html
    assert words.read_text().startswith("## Title\n\nMine")
    studies.write(words={"Conclusion": "Do not."})
    assert read_words(words)["Conclusion"] == ["Do not."]
    studies.write(words={"Conclusion": "", "Author": "Me"})
    assert {name: text for name, text in read_words(words).items() if text} == {
        "Title": ["Mine <b>"],
        "Author": ["Me"],
        "Fairness": ["One.", "Two & three."],
        "Conclusion": ["Do not."],
    }


def test_unknown_formats_and_headings_are_named(studies):
    with pytest.raises(FerCourseError, match="'pdf'; expected one of html, tex"):
        studies.write("pdf")
    with pytest.raises(FerCourseError, match="no heading 'Fairnes'"):
        studies.write(words={"Fairnes": ""})


def test_a_folder_without_a_network_is_named(tmp_path):
    done = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert done.exit_code == 1 and "no such file" in done.output


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="needs LaTeX: apt install texlive-latex-recommended"
)
def test_the_latex_compiles_whatever_the_words(tmp_path):
    hostile = r"50 % of $x_1 & {y} ~ \end{document} ^ # ≥ ± “so” – naïve 😀 一 «ð» a < b > c | d"
    table = pd.DataFrame({"a_b": ["1 %", "2 & 3"]}, index=pd.Index(["x_y", "z"], name="#"))
    study = Study("Label noise", "?", table, Figure(figsize=(3, 2)), hostile)
    words = {name: [hostile, "Two."] for name in ("Title", "Author", "Label noise", "Conclusion")}
    path = write_tex(tmp_path, hostile, [study], words)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "report.pdf").stat().st_size > 10_000


def test_tex_keeps_letters_that_its_fonts_have():
    assert in_tex("naïve 5 %") == r"naïve 5 \%"


def test_tex_prints_comparisons_as_they_are():
    assert in_tex("p < 0.05 | x > 1") == r"p \textless{} 0.05 \textbar{} x \textgreater{} 1"
