import json

import numpy as np
import pandas as pd
import pytest

import fer_course as fer
from fer_course.cleaning.cleaner import Thresholds, clean, flag, flag_copies
from fer_course.cleaning.quality import measure
from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError


def spoiled(faces):
    """Train image 0 dark, 1 blank; image 2 a copy of 9 (val)."""
    images = np.concatenate([faces.images, faces.images[:7]])  # so that no emotion is lost
    images[21:] = 255 - images[21:]
    images[0] //= 8
    images[1] = 128
    images[2] = images[9]
    labels = np.concatenate([faces.labels, faces.labels[:7]])
    return FaceDataset(images, labels, np.concatenate([faces.split, ["train"] * 7]), source="noise")


def test_every_score_has_its_flag():
    good = {"blur": 2000.0, "brightness": 128.0, "contrast": 50.0, "edge_density": 0.2, "entropy": 7.0}
    bad = [{"blur": 10.0}, {"brightness": 5.0}, {"brightness": 250.0}, {"contrast": 3.0}]
    bad += [{"edge_density": 0.0}, {"entropy": 1.0}]
    flags = flag(pd.DataFrame([good, *({**good, **change} for change in bad)]))
    assert not flags.loc[0].any()
    assert [flags.columns[row].tolist() for row in flags.to_numpy()[1:]] == [
        ["blurred"], ["dark"], ["bright"], ["flat"], ["empty"], ["empty"]
    ]  # fmt: skip


def test_a_score_on_the_threshold_is_kept():
    scores = measure(np.random.default_rng(0).integers(0, 256, (1, 48, 48), dtype=np.uint8))
    blur = scores.loc[0, "blur"]
    assert not flag(scores, Thresholds(blur=blur)).loc[0, "blurred"]
    assert flag(scores, Thresholds(blur=np.nextafter(blur, np.inf))).loc[0, "blurred"]


def test_missing_scores_are_named():
    with pytest.raises(FerCourseError, match="'contrast'"):
        flag(pd.DataFrame({"blur": [1.0], "brightness": [1.0]}))


def test_train_alone_is_cleaned_and_every_removal_has_its_reasons(faces):
    dataset = spoiled(faces)
    result = clean(dataset)
    assert result.removed.ids.tolist() == ["00000", "00001", "00002"]
    reasons = result.removed.attributes["reasons"].tolist()
    assert "dark" in reasons[0].split(", ")
    assert reasons[1] == "blurred, flat, empty"
    assert reasons[2] == "twin"
    assert len(result.dataset) == len(dataset) - 3
    assert len(result.dataset.val) == len(dataset.val)
    assert len(result.flags) == len(result.scores) == len(dataset)


def test_other_splits_are_cleaned_when_asked(faces):
    images = faces.images.copy()
    images[8] = 128  # in val
    dataset = FaceDataset(
        np.concatenate([images, 255 - faces.images]), np.tile(faces.labels, 2), np.tile(faces.split, 2)
    )
    assert len(clean(dataset).removed) == 0
    assert clean(dataset, splits=("train", "val")).removed.ids.tolist() == ["00008"]


def test_one_of_equal_copies_stays_and_none_of_conflicting_ones(faces):
    images, labels = faces.images[[0, 0, 0, 1, 1, 2, 3]], np.array([0, 0, 0, 1, 2, 2, 1])
    flags = flag_copies(FaceDataset(images, labels, "train"))
    assert flags["copy"].tolist() == [False, True, True, False, False, False, False]
    assert flags["conflict"].tolist() == [False, False, False, True, True, False, False]
    assert not flags["twin"].any()


def test_twins_point_forward_only(faces):
    dataset = FaceDataset(faces.images[[0, 0, 0, 1]], np.zeros(4, int), ["val", "test", "train", "train"])
    flags = flag_copies(dataset)
    assert flags["twin"].tolist() == [True, False, True, False]
    assert not flags["copy"].any()  # a copy in another split is a twin, not a copy


def test_near_copies_count_when_asked(faces):
    images = np.stack([faces.images[0], faces.images[0] // 2 + 40, faces.images[1]])
    dataset = FaceDataset(images, np.zeros(3, int), "train")
    assert not flag_copies(dataset).to_numpy().any()
    assert flag_copies(dataset, near=True)["copy"].tolist() == [False, True, False]


def test_statistics_add_up_and_are_json(faces):
    dataset = spoiled(faces)
    result = clean(dataset)
    statistics = json.loads(json.dumps(result.statistics(), allow_nan=False))
    assert statistics["images"] == {"before": 28, "kept": 25, "removed": 3, "retention": 25 / 28}
    assert statistics["splits"]["val"]["removed"] == 0
    assert sum(counts["removed"] for counts in statistics["classes"].values()) == 3
    assert statistics["classes"]["angry"] == {"before": 2, "kept": 1, "removed": 1, "retention": 0.5}
    assert statistics["reasons"]["twin"]["alone"] == 1
    assert statistics["reasons"]["flat"]["alone"] == 0
    assert statistics["reasons"]["flat"]["classes"]["disgust"] == 1
    assert statistics["thresholds"]["blur"] == Thresholds().blur


def test_known_scores_are_not_measured_again(faces):
    scores = measure(faces.images)
    scores["blur"] = 0.0
    scores.loc[faces.labels == 3, "blur"] = 5000.0
    with pytest.raises(FerCourseError, match=r"all 1 images of angry in train, 100% of them as 'blurred'"):
        clean(faces, scores=scores)
    with pytest.raises(FerCourseError, match="3 scores for 21 images"):
        clean(faces, scores=scores[:3])


def test_scores_with_a_foreign_index_fit_by_position(faces):
    scores = measure(faces.images).set_index(pd.Index(faces.ids))
    assert len(clean(faces, scores=scores).removed) == 0


def test_it_refuses_to_remove_a_whole_emotion(faces):
    with pytest.raises(FerCourseError, match="loosen"):
        clean(faces, Thresholds(entropy=8))


def test_bad_input_is_explained(faces):
    with pytest.raises(FerCourseError, match="unknown split 'training'"):
        clean(faces, splits=("training",))
    assert clean(faces, splits="train").splits == ("train",)
    large = FaceDataset(np.repeat(np.repeat(faces.images, 2, 1), 2, 2), faces.labels, faces.split)
    with pytest.warns(UserWarning, match="48x48"):
        clean(large)


def test_cleaning_an_empty_split_does_nothing(faces):
    result = clean(faces.val)
    assert len(result.removed) == 0
    assert result.statistics()["splits"]["train"]["retention"] is None


def test_the_defaults_catch_what_was_planted_in_the_samples_train_part():
    train = fer.sample_faces().train
    flags = flag(measure(train.images)).any(axis=1).to_numpy()
    defect = train.attributes["defect"]
    assert flags[np.isin(defect, ["dark", "bright", "flat"])].mean() > 0.95
    assert flags[defect == "blur"].mean() > 0.5
    assert flags[defect == "none"].mean() < 0.005


def test_the_defaults_on_the_real_training_images(shared):
    data = np.load(shared / "data" / "fer2013_trainval.npz")
    train = data["usage"] == "Training"
    dataset = FaceDataset(data["images"][train], data["emotion"][train], "train")
    result = clean(dataset)
    quality = result.flags[["blurred", "dark", "bright", "flat", "empty"]]
    assert 0.003 < quality.any(axis=1).mean() < 0.012
    assert 0.94 < result.statistics()["images"]["retention"] < 0.96
