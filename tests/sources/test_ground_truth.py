import json

import cv2
import numpy as np
import pytest

from fer_course.errors import FerCourseError
from fer_course.sources.ground_truth import (
    labels_from_folders,
    read_ground_truth,
    read_pictures,
    write_ground_truth,
)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("happy/1.png", "anger/2.jpg", "others/3.png", "4.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (90, 70, 3), np.uint8))
    return tmp_path / "pictures"


def test_pictures_become_faces_of_one_size(folder):
    paths, images = read_pictures(folder)
    assert paths == ["4.png", "anger/2.jpg", "happy/1.png", "others/3.png"]
    assert (images.shape, images.dtype) == ((4, 48, 48), np.uint8)
    assert labels_from_folders(paths).tolist() == [-1, 0, 3, -1]


def test_ground_truth_is_written_read_and_may_be_mended(folder):
    paths, _ = read_pictures(folder)
    file = folder / "ground_truth.json"
    assert write_ground_truth(file, paths) == {"anger/2.jpg": "angry", "happy/1.png": "happy"}
    assert read_ground_truth(file, paths).tolist() == [-1, 0, 3, -1]
    file.write_text(json.dumps({"4.png": "Sadness", "3.png": "neutral", "elsewhere.png": "sad"}))
    assert read_ground_truth(file, paths).tolist() == [4, -1, -1, 6]


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
    paths, _ = read_pictures(folder)
    (folder / "ground_truth.json").write_text(text)
    with pytest.raises(FerCourseError, match=words):
        read_ground_truth(folder / "ground_truth.json", paths)


def test_missing_things_are_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        read_pictures(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FerCourseError, match="no pictures"):
        read_pictures(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="--create-ground-truth"):
        read_ground_truth(tmp_path / "truth.json", ["1.png"])
    with pytest.raises(FerCourseError, match="none of the 1 pictures"):
        write_ground_truth(tmp_path / "truth.json", ["1.png"])
    (folder / "5.png").write_bytes(b"no picture")
    with pytest.raises(FerCourseError, match=r"5\.png"):
        read_pictures(folder)
