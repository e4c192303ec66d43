import numpy as np
import pytest

import fer_course as fer
from fer_course.cleaning import cleaner
from fer_course.cleaning.cleaner import optional_flags


def test_nothing_is_flagged_unless_asked_for(faces):
    flags = optional_flags(faces)
    assert flags.shape == (21, 0)
    assert len(fer.clean(faces, extra_flags=flags).removed) == 0


def test_face_counts_become_flags_of_the_cleaned_split_alone(faces, monkeypatch):
    counted = []

    def count(images, detector, min_face_ratio, folder):
        counted.append((len(images), detector, min_face_ratio))
        return np.array([0, 1, 2, 1, 1, 1, 1])

    monkeypatch.setattr(cleaner, "_count_faces", count)
    flags = optional_flags(faces, detector="haar", min_face_ratio=0.3)
    assert counted == [(7, "haar", 0.3)]
    assert np.flatnonzero(flags["faceless"]).tolist() == [0]
    assert np.flatnonzero(flags["crowded"]).tolist() == [2]


@pytest.mark.slow
def test_the_most_suspicious_labels_of_train_are_flagged():
    faces = fer.sample_faces()
    flags = optional_flags(faces, label_errors=0.02)["mislabelled"]
    assert flags.sum() == int(0.02 * len(faces.train))
    assert not flags[faces.split != "train"].any()
    assert (faces.attributes["defect"][flags] == "wrong_label").mean() > 0.3


def test_outliers_by_gradients_are_what_is_no_single_face():
    faces = fer.sample_faces()
    outlying = optional_flags(faces, embeddings=fer.embed(faces.images))["outlying"].to_numpy()
    strange = np.isin(faces.attributes["defect"], ["no_face", "two_faces"]) & (faces.split == "train")
    good = faces.attributes["defect"] == "none"
    assert not outlying[faces.split != "train"].any()
    assert (outlying & strange).sum() > 0.7 * strange.sum() and (outlying & good).sum() < 0.01 * good.sum()


def test_embeddings_of_other_images_are_refused(faces):
    with pytest.raises(fer.FerCourseError, match="3 embeddings for 21 images"):
        optional_flags(faces, embeddings=np.zeros((3, 8)))


def test_one_split_by_its_name_and_a_share_out_of_its_range():
    faces = fer.sample_faces()
    flags = optional_flags(faces, embeddings=fer.embed(faces.images), splits="val")
    assert flags["outlying"].any() and not flags["outlying"][faces.split != "val"].any()
    with pytest.raises(fer.FerCourseError, match="unknown split 'trian'"):
        optional_flags(faces, splits=("trian",))
    with pytest.raises(fer.FerCourseError, match="label_errors is 2"):
        optional_flags(faces, label_errors=2)
