import numpy as np
import pandas as pd
import pytest

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.sources.fer2013 import write_fer2013_csv


@pytest.fixture(scope="module")
def train():
    return fer.sample_faces().train


@pytest.fixture
def folder(tmp_path):
    write_fer2013_csv(fer.sample_faces(70, seed=3), tmp_path / "fer2013.csv")
    return tmp_path


def test_images_and_labels_come_back_in_step(train):
    cleaner = fer.FacialExpressionDataCleaner()
    images, labels = cleaner.clean_dataset(
        train.images, train.labels, use_face_detection=False, use_clahe=False, verbose=False
    )
    assert len(images) == len(labels) < len(train)
    position = {image.tobytes(): label for image, label in zip(train.images, train.labels, strict=True)}
    assert all(position[image.tobytes()] == label for image, label in zip(images, labels, strict=True))
    assert images.dtype == np.uint8


def test_the_limits_are_the_ones_given(train):
    def removed(**limits):
        cleaner = fer.FacialExpressionDataCleaner(**limits)
        cleaner.clean_dataset(train.images, train.labels, use_face_detection=False, verbose=False)
        return {name: counts["removed"] for name, counts in cleaner.result.statistics()["reasons"].items()}

    guide, stricter = removed(), removed(blur_threshold=400, brightness_range=(80, 220))
    assert guide["blurred"] < stricter["blurred"]
    assert guide["dark"] < stricter["dark"]
    assert guide["bright"] == stricter["bright"]


def test_clahe_enhances_what_is_kept(train):
    cleaner = fer.FacialExpressionDataCleaner()
    images, _ = cleaner.clean_dataset(train.images, train.labels, use_face_detection=False, verbose=False)
    np.testing.assert_array_equal(images, fer.clahe(cleaner.result.dataset.images))


def test_verbose_says_what_was_removed(train, capsys):
    arguments = {"use_face_detection": False, "use_clahe": False}
    fer.FacialExpressionDataCleaner().clean_dataset(train.images, train.labels, **arguments)
    assert "kept 1," in capsys.readouterr().out
    fer.FacialExpressionDataCleaner().clean_dataset(train.images, train.labels, **arguments, verbose=False)
    assert capsys.readouterr().out == ""


def test_bad_arrays_are_explained(train):
    cleaner = fer.FacialExpressionDataCleaner()
    with pytest.raises(FerCourseError, match=r"in 0\.\.1"):
        cleaner.clean_dataset(train.images / 255, train.labels)
    with pytest.raises(FerCourseError, match=r"labels has shape \(3,\)"):
        cleaner.clean_dataset(train.images, train.labels[:3])
    with pytest.raises(FerCourseError, match="would remove all"):
        cleaner.clean_dataset(np.zeros_like(train.images), train.labels, use_face_detection=False)


def test_fer2013_is_loaded_as_its_csv_has_it(folder):
    table, images, labels = fer.FER2013Cleaner(folder).load_fer2013()
    expected = pd.read_csv(folder / "fer2013.csv")
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)
    assert images.shape == (70, 48, 48)
    assert labels.tolist() == expected["emotion"].tolist()


def test_the_full_pipeline_gives_cleaned_train_images(folder):
    cleaner = fer.FER2013Cleaner(data_dir=folder)
    images, labels = cleaner.full_pipeline(use_clahe=False, verbose=False)
    train = fer.read_dataset(folder).train
    assert 0 < len(images) == len(labels) < len(train)
    assert {image.tobytes() for image in images} <= {image.tobytes() for image in train.images}
    assert len(cleaner.result.dataset.test) == len(fer.read_dataset(folder).test)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        fer.FER2013Cleaner(tmp_path / "nowhere").full_pipeline()
