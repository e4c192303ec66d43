import itertools
import subprocess
import sys

from fer_course.frontend import progress_bar


def test_a_loop_of_less_than_a_second_shows_no_bar_and_a_longer_one_leaves_none(capsys, monkeypatch):
    assert list(progress_bar(range(3), "counting")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("tqdm.std.time", itertools.count(0, 0.6).__next__)
    assert list(progress_bar(range(3), "counting", mininterval=0)) == [0, 1, 2]
    shown = capsys.readouterr().err
    assert "counting" in shown and shown.rstrip(" ").endswith("\r")


def test_the_bar_is_not_imported_before_one_is_wanted():
    code = "import sys, fer_course.inference.inputs; print('tqdm' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
