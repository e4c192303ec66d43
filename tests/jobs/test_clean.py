import json

import numpy as np
import pytest

import fer_course as fer
from fer_course.jobs.clean import prepare


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared")
    return prepare(out=out, enhance=True, keep_balance=True), out


def test_what_is_written_can_be_read_again(prepared):
    result, out = prepared
    written = fer.read_dataset(out / "cleaned.npz")
    assert len(written) == len(result.dataset)
    np.testing.assert_array_equal(written.images, result.dataset.images)
    assert len(written.val) == len(fer.sample_faces().val)


def test_all_splits_are_enhanced(prepared):
    result, _ = prepared
    np.testing.assert_array_equal(result.dataset.test.images, fer.clahe(fer.sample_faces().test.images))


def test_report_and_counts_agree(prepared):
    result, out = prepared
    counted = json.loads((out / "cleaning.json").read_text())
    html = (out / "cleaning.html").read_text().replace("\n", " ")
    removed, before = counted["images"]["removed"], counted["splits"]["train"]["before"]
    assert len(result.removed) == removed
    assert f"{removed:,} of {before:,} images of train" in html
    for reason, counts in counted["reasons"].items():
        if counts["removed"]:
            assert f"<h3>{reason}: {counts['removed']}" in html
            row = f"<td>{reason}</td><td>{counts['removed']}</td><td>{counts['alone']}</td>"
            assert f"{row}<td>{counts['first']}</td>" in html
    assert f"{counted['kept_for_balance']} flagged images were kept all the same" in html


def test_nothing_is_written_or_dropped_when_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = prepare(out=None, clean=False)
    assert not list(tmp_path.iterdir())
    assert len(result.removed) == 0
    np.testing.assert_array_equal(result.dataset.images, fer.sample_faces().images)


def test_a_report_of_nothing_removed_is_no_problem(tmp_path):
    prepare(out=tmp_path, clean=False, near=True)
    assert "<dt>Near copies</dt><dd>kept</dd>" in (tmp_path / "cleaning.html").read_text()
    assert "0 of 1,488 images of train" in (tmp_path / "cleaning.html").read_text().replace("\n", " ")
