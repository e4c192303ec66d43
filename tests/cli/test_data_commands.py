"""``fer-course convert``: datasets and pictures of one's own as FER2013's files."""

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app


def convert(*arguments):
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "me.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8))
    return path


def test_a_dataset_survives_the_way_to_csv_and_back(faces, tmp_path):
    faces.save(tmp_path / "faces.npz")
    assert convert(tmp_path / "faces.npz", tmp_path / "faces.csv").exit_code == 0
    assert convert(tmp_path / "faces.csv", tmp_path / "again.npz").exit_code == 0
    again = fer.read_dataset(tmp_path / "again.npz")
    order = np.argsort(np.asarray(faces.split) != "train", kind="stable")
    np.testing.assert_array_equal(np.sort(again.images.sum((1, 2))), np.sort(faces.images[order].sum((1, 2))))
    assert again.class_counts().equals(faces.class_counts())


def test_pictures_are_added_to_a_csv(picture, tmp_path):
    for emotion in ("happy", "sad"):
        done = convert(picture, tmp_path / "mine.csv", "--emotion", emotion, "--usage", "PublicTest")
        assert done.exit_code == 0, done.output
    mine = fer.read_dataset(tmp_path / "mine.csv")
    assert mine.labels.tolist() == [3, 4] and set(mine.split) == {"val"}


def test_the_pictures_of_a_folder_are_added_and_large_ones_named(picture, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    picture.rename(folder / "me.png")
    (folder / "notes.txt").write_text("mine")
    added = convert(folder, tmp_path / "mine.csv", "--emotion", "happy")
    assert "1 picture of happy added" in added.output and not added.stderr
    cv2.imwrite(str(folder / "large.png"), np.zeros((100, 129), np.uint8))
    added = convert(folder, tmp_path / "mine.csv", "--emotion", "happy")
    assert added.exit_code == 0 and "2 pictures of happy added" in added.output
    assert added.stderr.count("\n") == 1 and f"{folder / 'large.png'}: larger than 128" in added.stderr
    assert "cut out the square around the face first" in added.stderr
    assert len(fer.read_dataset(tmp_path / "mine.csv")) == 3


def test_the_drawn_sample_is_a_dataset(tmp_path):
    assert convert("sample", tmp_path / "sample.npz").exit_code == 0
    assert len(fer.read_dataset(tmp_path / "sample.npz")) == 2100


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["me.png", "mine.txt"], "ends in .csv or .npz"),
        (["me.png", "mine.csv", "--emotion", "bored"], "unknown emotion 'bored'"),
        (["me.png", "mine.npz", "--emotion", "happy"], "added to a .csv"),
        (["me.png", "me.png", "mine.csv"], "one dataset at a time"),
        (["me.png", "mine.csv"], "me.png: a picture; say what it shows, as in --emotion happy"),
        (["me.png", "mine.csv"], "cut out the square around the face first; where it is, fer-course predict"),
        (["nowhere.csv", "mine.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(picture, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    done = convert(*arguments)
    assert done.exit_code == 1 and says in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["me.png"]


def test_numbered_folders_are_read_when_they_are_said_to_mean_something(tmp_path):
    for number in range(1, 8):
        (tmp_path / "faces" / str(number)).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "faces" / str(number) / "a.png"), np.full((48, 48), number, np.uint8))
    refused = convert(tmp_path / "faces", tmp_path / "out.npz")
    assert refused.exit_code == 1 and "(fer-course convert --labels) takes fer2013" in refused.stderr
    done = convert(tmp_path / "faces", tmp_path / "out.npz", "--labels", "raf_db")
    assert done.exit_code == 0, done.output
    faces = fer.read_dataset(tmp_path / "out.npz")
    assert dict(zip(faces.images[:, 0, 0].tolist(), faces.labels.tolist(), strict=True)) == {
        **{1: 5, 2: 2, 3: 1, 4: 3, 5: 4, 6: 0, 7: 6}
    }
    own = ",".join(f"{number}=happy" for number in range(1, 8))
    assert convert(tmp_path / "faces", tmp_path / "out.npz", "--labels", own).exit_code == 0
    assert set(fer.read_dataset(tmp_path / "out.npz").labels) == {3}


def test_labels_that_are_none_are_said_and_pictures_need_none(picture, tmp_path):
    (tmp_path / "faces" / "0").mkdir(parents=True)
    picture.rename(tmp_path / "faces" / "0" / "me.png")
    done = convert(tmp_path / "faces", tmp_path / "out.npz", "--labels", "mine")
    assert done.exit_code == 1 and 'labels "mine": expected one of fer2013' in done.stderr
    done = convert(tmp_path / "faces" / "0", tmp_path / "out.csv", "--emotion", "sad", "--labels", "raf_db")
    assert done.exit_code == 1 and "--labels is for the folders of a dataset" in done.stderr
