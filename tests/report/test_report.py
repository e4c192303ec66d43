import re

import numpy as np
import pandas as pd
import pytest

from fer_course.cleaning.cleaner import clean
from fer_course.dataset import FaceDataset
from fer_course.evaluation.scores import score
from fer_course.report.run_report import write_report

pytestmark = pytest.mark.slow


def evaluation(faces, sharpness):
    probabilities = np.random.default_rng(0).random((len(faces), 7))
    probabilities[np.arange(len(faces)), faces.labels] += sharpness
    return score(faces.labels, probabilities / probabilities.sum(axis=1, keepdims=True), faces.ids)


def report(path, dataset, evaluated, **changes):
    arguments = {
        "dataset": dataset,
        "cleaning": clean(dataset),
        "history": pd.DataFrame(
            {"loss": [2.0, 1.0], "accuracy": [0.2, 0.6], "val_loss": [2.0, 1.4], "val_accuracy": [0.3, 0.5]}
        ),
        "evaluated": evaluated,
        "single": evaluation(evaluated, 0.3),
        "tta": evaluation(evaluated, 0.4),
        "settings": {"Seed": 7, "Data": "<script>alert('x')</script> & more"},
    }
    return write_report(path, **(arguments | changes)).read_text(encoding="utf-8").replace("\n", " ")


@pytest.fixture
def dataset():
    """A hundred and fifty images of noise from 'photos', one of them black, one twice."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (150, 48, 48), dtype=np.uint8)
    split = np.repeat(["train", "val", "test"], 50)
    images[1] = 0
    images[8] = images[15]
    labels = np.arange(150) % 7
    return FaceDataset(images, labels, split, source="photos")


def test_the_report_holds_everything_and_asks_nobody(tmp_path, dataset):
    html = report(tmp_path / "report.html", dataset, dataset.test)
    assert html.startswith("<!DOCTYPE html> <html")
    assert not re.search(r"https?:|<script|<link|@import|url\(", html)
    assert html.count("data:image/png;base64,") > 20
    assert len(html) < 3_000_000
    for heading in ("What was run", "What was removed", "How it learned", "Right and wrong", "Limits"):
        assert heading in html
    assert "$" not in re.sub(r"base64,[^\"]*", "", html)


def test_its_figures_are_those_of_the_evaluations(tmp_path, dataset):
    single, tta = evaluation(dataset.test, 0.3), evaluation(dataset.test, 0.5)
    html = report(tmp_path / "report.html", dataset, dataset.test, single=single, tta=tta)
    assert f"<b>{100 * single.accuracy:.1f} %</b>" in html
    assert f"<b>{100 * tta.accuracy:.1f} %</b>" in html
    assert "95 % interval {:.1f} to {:.1f} %".format(*(100 * end for end in tta.interval)) in html
    assert f"<b>{single.macro_f1:.3f}</b>" in html


def test_removals_are_counted_by_reason(tmp_path, dataset):
    html = report(tmp_path / "report.html", dataset, dataset.test)
    assert "2 of 50 images of train (4.0 %)" in html
    assert "dark: 1 (2.0 %)" in html
    assert "copy: 1 (2.0 %)" in html
    assert "No image was bright" in html


def test_text_of_the_user_is_escaped(tmp_path, dataset):
    html = report(tmp_path / "report.html", dataset, dataset.test)
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; more" in html


def test_drawn_faces_are_no_accuracy_claim(tmp_path, dataset):
    drawn = FaceDataset(dataset.images, dataset.labels, dataset.split, source="drawn sample")
    assert "not an accuracy claim" in report(tmp_path / "drawn.html", drawn, drawn.test)
    assert "not an accuracy claim" not in report(tmp_path / "real.html", dataset, dataset.test)


def test_scoring_on_val_is_said(tmp_path, dataset):
    assert "Scored on val" in report(tmp_path / "report.html", dataset, dataset.val)
    assert "Scored on" not in report(tmp_path / "report.html", dataset, dataset.test)


def test_a_perfect_network_and_a_clean_dataset_are_no_problem(tmp_path, dataset):
    untouched = dataset.subset(np.arange(20, 150))
    perfect = score(dataset.test.labels, np.eye(7)[dataset.test.labels], dataset.test.ids)
    html = report(tmp_path / "report.html", untouched, dataset.test, single=perfect, tta=perfect)
    assert "most confident mistakes" not in html
    assert "most common mistake" not in html
    assert "0 of 30 images of train" in html
