import numpy as np

from fer_course.dataset import FaceDataset
from fer_course.sources.fer2013_rows import USAGES, rows_of, rows_of_kaggle_names


def test_every_name_of_kaggle_has_the_row_that_was_measured(fer2013_writer):
    data = fer2013_writer.load(limit=None)
    rows = rows_of_kaggle_names(data["name"], data["emotion"])
    np.testing.assert_array_equal(rows, data["row"])
    assert sum(USAGES.values()) == 35887


def test_the_two_names_that_occur_twice_are_told_apart_by_their_folders():
    name = "train/surprise/Training_52789098.jpg"
    assert rows_of_kaggle_names([name] * 3, np.array([5, 6, 0])).tolist() == [2164, 15144, -1]


def test_other_names_have_no_row():
    names = ["Training_1.jpg", "Training_1426440_copy.jpg", "training_1426440.jpg", "me.png"]
    assert rows_of_kaggle_names(names, np.zeros(4, int)).tolist() == [-1] * 4


def test_ids_say_their_row_in_both_ways():
    ids = np.array(["fer2013/row00059", "test/sad/PublicTest_57272892.jpg", "narrow00001.png"])
    faces = FaceDataset(np.zeros((3, 48, 48), np.uint8), np.zeros(3, int), ids=ids)
    assert rows_of(faces).tolist() == [59, 28709, -1]
