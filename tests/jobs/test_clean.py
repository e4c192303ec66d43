import json
import re
import subprocess
import sys

import numpy as np
import pytest

import fer_course as fer
from fer_course.dataset import FaceDataset
from fer_course.jobs import clean as job
from fer_course.jobs.clean import clean


@pytest.fixture(scope="module")
def drawn(drawn_file):
    return fer.read_dataset(drawn_file)


@pytest.fixture(scope="module")
def prepared(drawn_file, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared")
    return clean(drawn_file, out, clahe=True, keep_balance=True), out


def test_what_is_written_can_be_read_again(prepared, drawn):
    result, out = prepared
    written = fer.read_dataset(out / "cleaned.npz")
    assert len(written) == len(result.dataset)
    np.testing.assert_array_equal(written.images, result.dataset.images)
    assert len(written.val) == len(drawn.val)


def test_all_splits_are_enhanced(prepared, drawn):
    result, _ = prepared
    np.testing.assert_array_equal(result.dataset.test.images, fer.clahe(drawn.test.images))


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
            assert f"{row}<td>{counts['first']}</td>" in re.sub(r">\s+<", "><", html)
    assert f"{counted['kept_for_balance']} flagged images were kept all the same" in html


def test_nothing_is_written_or_dropped_when_not_asked_for(drawn_file, drawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = clean(drawn_file, out=None, drop=False)
    assert not list(tmp_path.iterdir())
    assert len(result.removed) == 0
    np.testing.assert_array_equal(result.dataset.images, drawn.images)


def test_a_report_of_nothing_removed_is_no_problem(drawn_file, drawn, tmp_path):
    clean(drawn_file, tmp_path, drop=False, near=True)
    assert "<dt>Near copies</dt><dd>kept</dd>" in (tmp_path / "cleaning.html").read_text()
    assert f"0 of {len(drawn.train)} images of train" in (tmp_path / "cleaning.html").read_text().replace(
        "\n", " "
    )


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("step", ["images", "reasons", "report"])
def test_whenever_it_is_killed_the_earlier_set_stays_whole(step, drawn_file, tmp_path, monkeypatch):
    out = tmp_path / "cleaned"
    clean(drawn_file, out)
    before = contents(out)

    def killed(*_, **__):
        raise KeyboardInterrupt

    target = {"images": (FaceDataset, "save"), "reasons": (FaceDataset, "to_frame")}.get(step)
    with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
        meanwhile.setattr(*(target or (job, "write_cleaning_report")), killed)
        clean(drawn_file, out, drop=False)
    assert contents(out) == before


def test_what_a_killed_process_left_is_cleared_away(drawn_file, tmp_path):
    code = (
        "import os, sys; from fer_course.jobs import clean as job\n"
        "job.write_cleaning_report = lambda *_: os._exit(9)\n"
        "job.clean(sys.argv[1], sys.argv[2])"
    )
    out = tmp_path / "cleaned"
    done = subprocess.run([sys.executable, "-c", code, drawn_file, out], capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    assert {path.name for path in out.iterdir()} == {".lock", ".new"}
    clean(drawn_file, out)
    assert {path.name for path in out.iterdir()} == {
        "cleaned.npz", "cleaning.html", "cleaning.json", "removed.csv",
    }  # fmt: skip
