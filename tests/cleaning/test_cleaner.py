import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.cleaning.cleaner import clean
from fer_course.cleaning.duplicates import flag_copies
from fer_course.cleaning.quality import measure
from fer_course.cleaning.thresholds import Thresholds, flag
from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError

SCORES = ("blur", "brightness", "contrast", "edge_density", "entropy")


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
    assert statistics["reasons"]["flat"]["splits"] == {"train": 2, "val": 0, "test": 0}
    assert statistics["thresholds"]["blur"] == Thresholds().blur


def test_what_a_reason_removes_first_adds_up_to_all(faces):
    dataset = spoiled(faces)
    reasons = clean(dataset).statistics()["reasons"]
    assert sum(counts["first"] for counts in reasons.values()) == 3
    assert (reasons["blurred"]["first"], reasons["flat"]["first"]) == (1, 0)  # image 1 is both


def test_reasons_are_chosen_by_name(faces):
    dataset = spoiled(faces)
    result = clean(dataset, reasons=("dark", "twin"))
    assert result.removed.ids.tolist() == ["00000", "00002"]
    assert result.flags.columns.tolist() == ["dark", "twin"]
    assert list(result.statistics()["reasons"]) == ["dark", "twin"]
    assert clean(dataset, reasons="twin").removed.ids.tolist() == ["00002"]
    assert len(clean(dataset, reasons=()).removed) == 0
    with pytest.raises(FerCourseError, match="unknown reason 'fuzzy'; expected some of blurred, dark"):
        clean(dataset, reasons=["fuzzy"])


def test_any_filter_of_ones_own_takes_part(faces):
    dataset = spoiled(faces)
    hat = np.zeros(len(dataset), bool)
    hat[[0, 3, 8]] = True  # 8 is in val
    result = clean(dataset, extra_flags={"hat": hat})
    assert result.removed.attributes["reasons"].tolist()[0].endswith(", hat")
    assert result.statistics()["reasons"]["hat"]["removed"] == 2
    assert result.statistics()["reasons"]["hat"]["alone"] == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"hat": np.zeros(3, bool)}, r"'hat' are bool of shape \(3,\)"),
        ({"hat": np.zeros(21)}, "'hat' are float64"),
        ({"hat, scarf": np.zeros(21, bool)}, "comma"),
        ({"dark": np.zeros(21, bool)}, "'dark' are there already"),
    ],
)
def test_flags_that_do_not_fit_are_refused(faces, more, words):
    with pytest.raises(FerCourseError, match=words):
        clean(faces, extra_flags=more)


def uneven():
    """Forty angry and forty happy train images: 12 angry and 2 happy ones are flagged, two of these twice."""
    images = np.random.default_rng(0).integers(0, 256, (80, 48, 48), dtype=np.uint8)
    faces = FaceDataset(images, np.repeat([0, 3], 40), "train")
    odd, strange = np.zeros(80, bool), np.zeros(80, bool)
    odd[:12] = odd[40:42] = True
    strange[[10, 11]] = True
    return faces, {"odd": odd, "strange": strange}


def test_balance_keeps_the_mildest_of_the_emotion_that_would_lose_most():
    faces, more = uneven()
    assert len(clean(faces, extra_flags=more).removed) == 14
    result = clean(faces, extra_flags=more, keep_balance=True)
    angry = result.removed.ids[result.removed.labels == 0].tolist()
    assert len(angry) == int(14 / 80 * 40)
    assert {"00010", "00011"} <= set(angry)  # two reasons each
    assert np.count_nonzero(result.removed.labels == 3) == 2
    assert result.kept_for_balance == result.statistics()["kept_for_balance"] == 5


def test_balance_never_keeps_a_copy():
    faces, more = uneven()
    images = faces.images.copy()
    images[1:12] = images[0]
    result = clean(FaceDataset(images, faces.labels, "train"), extra_flags=more, keep_balance=True)
    assert {f"{i:05d}" for i in range(1, 12)} <= set(result.removed.ids)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_balance_keeps_every_share_at_or_below_that_of_all(rows):
    labels, odd = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    first = np.unique(labels, return_index=True)[1]
    odd[first] = False  # one of each emotion stays
    images = np.random.default_rng(0).integers(0, 256, (len(rows), 8, 8), dtype=np.uint8)
    faces = FaceDataset(images, labels, "train")
    result = clean(faces, Thresholds(0, (0, 255), 0, 0, 0), extra_flags={"odd": odd}, keep_balance=True)
    lost = np.bincount(result.removed.labels, minlength=7)
    assert (lost <= odd.mean() * np.bincount(labels, minlength=7) + 1e-9).all()
    assert result.kept_for_balance + len(result.removed) == odd.sum()


def test_saving_writes_images_reasons_and_counts(faces, tmp_path):
    result = clean(spoiled(faces))
    result.save(tmp_path / "cleaned")
    assert len(FaceDataset.load(tmp_path / "cleaned" / "cleaned.npz")) == 25
    removed = pd.read_csv(tmp_path / "cleaned" / "removed.csv", dtype={"id": str})
    assert removed["id"].tolist() == result.removed.ids.tolist()
    assert removed["reasons"].tolist()[1] == "blurred, flat, empty"
    written = json.loads((tmp_path / "cleaned" / "cleaning.json").read_text())
    assert written["reasons"] == result.statistics()["reasons"]


def test_a_result_says_what_it_removed(faces):
    lines = repr(clean(spoiled(faces))).splitlines()
    assert lines[0] == "kept 11 of 14 images of train (78.6 %)"
    assert any(line.split()[:3] == ["twin", "1", "removed,"] for line in lines)
    assert not any("bright" in line for line in lines)


def test_quantiles_remove_their_share():
    scores = pd.DataFrame({name: np.arange(1000.0) for name in SCORES})
    limits = Thresholds.from_quantiles(scores, blur=0.05, brightness=(0.02, 0.9), contrast=0, entropy=0)
    flags = flag(scores, limits)
    assert flags["blurred"].sum() == 50
    assert (flags["dark"].sum(), flags["bright"].sum(), flags["flat"].sum()) == (20, 100, 0)
    with pytest.raises(FerCourseError, match="quantile of blur is 5"):
        Thresholds.from_quantiles(scores, blur=5)
    with pytest.raises(FerCourseError, match="at least one image"):
        Thresholds.from_quantiles(scores[:0])


def test_thresholds_survive_being_taken_apart():
    limits = Thresholds(1, (2, 3), 4, 5, 6)
    assert Thresholds.from_cuts(limits.cuts) == limits


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
