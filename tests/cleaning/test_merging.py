import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_course.cleaning.duplicates import find_twins
from fer_course.cleaning.merging import merge
from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError

PICTURES = np.random.default_rng(0).integers(0, 256, (40, 12, 12), np.uint8)


def dataset(pictures, labels=None, split="train", source="a", attributes=None, ids=None):
    count = len(pictures)
    labels = np.zeros(count, int) if labels is None else labels
    split = split if isinstance(split, str) else np.array(split)
    return FaceDataset(PICTURES[pictures], labels, split, ids, source, attributes)


def test_sets_without_common_images_are_kept_whole_with_their_sources():
    result = merge([dataset([0, 1], [3, 6]), dataset([2], [4], "test", "b")])
    assert result.dataset.source.tolist() == ["a", "a", "b"]
    assert result.dataset.split.tolist() == ["train", "train", "test"]
    assert np.array_equal(result.dataset.images, PICTURES[:3])
    assert len(result.removed) == 0
    assert result.conflicts.empty


def test_a_train_image_goes_when_val_or_test_of_any_set_has_it():
    first = dataset([0, 1, 2, 3], split=["train", "train", "val", "train"])
    second = dataset([0, 2, 1], split=["val", "train", "test"], source="b")
    result = merge([first, second])
    assert result.dataset.ids.tolist() == ["a/00002", "00003", "b/00000", "b/00002"]
    assert result.removed.attributes["reasons"].tolist() == ["twin"] * 3


def test_of_copies_in_train_the_first_sets_is_kept():
    result = merge([dataset([0, 1]), dataset([1, 2], source="b"), dataset([2, 1, 3], source="c")])
    kept = dict(zip(range(4), result.dataset.source.tolist(), strict=True))
    assert kept == {0: "a", 1: "a", 2: "b", 3: "c"}
    assert result.removed.attributes["reasons"].tolist() == ["copy"] * 3
    assert result.removed.source.tolist() == ["b", "c", "c"]


def test_copies_in_the_train_split_of_one_set_and_those_held_out_stay():
    first = dataset([0, 0, 1], split=["train", "train", "test"])
    second = dataset([1, 2], split="val", source="b")
    result = merge([first, second])
    assert len(result.dataset) == 5


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["train", "val", "test"])), min_size=1),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["train", "val", "test"])), min_size=1),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_merged_nothing_leaks_and_nothing_is_lost(one, other):
    sets = [
        dataset([picture for picture, _ in rows], split=[split for _, split in rows], source=name)
        for name, rows in (("a", one), ("b", other))
    ]
    if [picture for picture, _ in one] == [picture for picture, _ in other]:
        return
    result = merge(sets)
    assert "train" not in set(find_twins(result.dataset)["split"])
    assert set(result.removed.split) <= {"train"}
    images = {image.tobytes() for one in sets for image in one.images}
    assert {image.tobytes() for image in result.dataset.images} == images
    ids = [*result.dataset.ids, *result.removed.ids]
    assert len(set(ids)) == len(ids) == len(one) + len(other)


def test_near_copies_are_found_when_asked_for():
    brighter = np.clip(PICTURES[:1] * 0.8 + 30, 0, 255).astype(np.uint8)
    sets = [dataset([0, 1]), FaceDataset(brighter, [0], source="b")]
    assert len(merge(sets).dataset) == 3
    result = merge(sets, near=True)
    assert result.dataset.source.tolist() == ["a", "a"]


def test_conflicting_labels_are_listed_and_the_first_wins():
    first = dataset([0, 1, 2], [3, 4, 5])
    second = dataset([1, 0, 2], [4, 6, 5], source="b")
    result = merge([first, second])
    assert result.dataset.labels.tolist() == [3, 4, 5]
    assert result.conflicts.to_dict("list") == {
        "group": [0, 0],
        "id": ["a/00000", "b/00001"],
        "source": ["a", "b"],
        "split": ["train", "train"],
        "emotion": ["happy", "neutral"],
        "kept": [True, False],
    }


def test_unmapped_images_are_kept_and_counted_or_left_out():
    sets = [dataset([0, 1], [-1, 2]), dataset([0, 2], [3, -1], source="b")]
    assert (merge(sets).dataset.labels == -1).sum() == 2
    result = merge(sets, keep_unmapped=False)
    assert result.dataset.labels.tolist() == [2, 3]  # the copy of the unmapped image may stay
    assert result.removed.attributes["reasons"].tolist() == ["unmapped", "unmapped"]
    assert result.counts.loc["unmapped", ["before", "after"]].tolist() == [2, 0]


def test_attributes_are_united():
    ages, people = np.array([20.5, 30.0]), np.array([7, 8])
    first = dataset([0, 1], attributes={"person": people, "age": ages, "glasses": people > 7})
    others = {"person": np.array(["S010"]), "number": np.array([5]), "pose": np.array(["left"])}
    second = dataset([2], source="b", attributes=others)
    found = merge([first, second]).dataset.attributes
    assert found["person"].tolist() == ["7", "8", "S010"]
    assert np.isnan(found["age"]).tolist() == [False, False, True]
    assert found["glasses"].tolist() == [0, 1, -1]
    assert found["number"].tolist() == [-1, -1, 5]
    assert found["pose"].tolist() == ["unknown", "unknown", "left"]


def test_what_all_sets_have_keeps_its_kind():
    yes, no = {"glasses": np.array([True])}, {"glasses": np.array([False])}
    found = merge([dataset([0], attributes=yes), dataset([1], attributes=no)]).dataset.attributes
    assert found["glasses"].dtype == bool


def test_ids_stay_as_they_are_unless_two_images_share_one():
    first = dataset([0, 1], ids=np.array(["x", "y"]))
    second = dataset([2, 3], ids=np.array(["y", "z"]))  # of the same source
    assert merge([first, second]).dataset.ids.tolist() == ["x", "a/y", "a/y#2", "z"]


def test_bad_input_is_explained(faces):
    with pytest.raises(FerCourseError, match="no datasets"):
        merge([])
    with pytest.raises(FerCourseError, match="dataset 1 is a ndarray"):
        merge(PICTURES)
    with pytest.raises(FerCourseError, match=r"dataset 2 has images of \(48, 48\), dataset 1 of \(12, 12\)"):
        merge([dataset([0]), faces])
    with pytest.raises(FerCourseError, match="datasets 1 and 3 hold the same images"):
        merge([dataset([0, 1]), dataset([2]), dataset([0, 1], source="again")])


def test_what_was_merged_can_be_saved(tmp_path):
    result = merge([dataset([0, 1], [3, -1]), dataset([1], [2], source="b")])
    path = result.removed.save(tmp_path / "removed.npz")
    assert FaceDataset.load(path).attributes["reasons"].tolist() == ["copy"]
