import json

import pytest

from fer_course.errors import FerCourseError
from fer_course.sources.ground_truth import (
    labels_from_folders,
    read_ground_truth,
    write_ground_truth,
)

PATHS = ["4.png", "anger/2.jpg", "happy/1.png", "others/3.png"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_folders_named_after_emotions_are_labels():
    assert labels_from_folders(PATHS).tolist() == [-1, 0, 3, -1]


def test_ground_truth_is_written_read_and_may_be_mended(folder, capsys):
    file = folder / "ground_truth.json"
    assert write_ground_truth(file, PATHS) == {"anger/2.jpg": "angry", "happy/1.png": "happy"}
    assert read_ground_truth(file, PATHS).tolist() == [-1, 0, 3, -1]
    file.write_text(json.dumps({"4.png": "Sadness", "3.png": "neutral", "elsewhere.png": "sad"}))
    assert read_ground_truth(file, PATHS).tolist() == [4, -1, -1, 6]
    assert "names 1 more, which are not there, such as elsewhere.png" in capsys.readouterr().out
    file.write_text('{"1.png": "sad", "a/1.png": "happy"}')
    assert read_ground_truth(file, ["a/1.png", "b/1.png"]).tolist() == [3, 4]  # by path, and what is left
    with pytest.raises(FerCourseError, match=r"2 pictures are called 1\.png; name each by its path"):
        read_ground_truth(file, ["b/1.png", "c/1.png"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "no JSON"),
        ('["happy"]', "expected names and emotions"),
        ('{"4.png": 3}', "expected names and emotions"),
        ('{"5.png": "happy"}', "none of the 4"),
        ('{"4.png": "hungry"}', "unknown emotion 'hungry'"),
    ],
)
def test_ground_truth_that_says_nothing_is_refused(text, words, folder):
    (folder / "ground_truth.json").write_text(text)
    with pytest.raises(FerCourseError, match=words):
        read_ground_truth(folder / "ground_truth.json", PATHS)


def test_missing_things_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="--create-ground-truth"):
        read_ground_truth(tmp_path / "truth.json", ["1.png"])
    with pytest.raises(FerCourseError, match="none of the 1 pictures"):
        write_ground_truth(tmp_path / "truth.json", ["1.png"])
