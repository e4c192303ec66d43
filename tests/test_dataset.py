import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fer_course.dataset import FaceDataset
from fer_course.emotions import EMOTIONS
from fer_course.errors import FerCourseError


def blank(count=2, **columns):
    return FaceDataset(
        **{"images": np.zeros((count, 48, 48), np.uint8), "labels": np.zeros(count, int)} | columns
    )


def test_one_value_stands_for_all_images():
    faces = blank(3, split="val", source="mine")
    assert faces.split.tolist() == ["val"] * 3
    assert faces.source.tolist() == ["mine"] * 3
    assert faces.ids.tolist() == ["00000", "00001", "00002"]
    assert faces.labels.dtype == np.int64


def test_the_splits_are_disjoint_and_complete(faces):
    parts = [faces.train, faces.val, faces.test]
    assert [len(part) for part in parts] == [7, 7, 7]
    np.testing.assert_array_equal(np.concatenate([part.images for part in parts]), faces.images)
    assert repr(faces) == "FaceDataset(21 images of (48, 48): 7 train, 7 val, 7 test; source: noise)"


@pytest.mark.parametrize("wanted", [[], [3, 1], np.arange(21) > 15, np.zeros(21, bool)])
def test_a_subset_keeps_every_column_together(faces, wanted):
    rows = np.arange(21)[np.asarray(wanted, dtype=None if len(wanted) else int)]
    subset = faces.subset(wanted)
    np.testing.assert_array_equal(subset.images, faces.images[rows])
    np.testing.assert_array_equal(subset.labels, faces.labels[rows])
    np.testing.assert_array_equal(subset.ids, faces.ids[rows])
    np.testing.assert_array_equal(subset.attributes["person"], rows)


def test_a_dataset_does_not_change(faces):
    with pytest.raises(dataclasses.FrozenInstanceError):
        faces.labels = np.zeros(21)
    changed = dataclasses.replace(faces, source="other")
    assert set(changed.source) == {"other"} and set(faces.source) == {"noise"}


def test_counts_name_every_emotion():
    counts = blank(4, labels=np.array([3, 3, -1, 6])).class_counts()
    assert counts.to_dict() == dict.fromkeys(EMOTIONS, 0) | {"happy": 2, "neutral": 1}


def test_the_frame_has_a_row_an_image(faces):
    frame = dataclasses.replace(faces, labels=np.array([-1, *faces.labels[1:]])).to_frame()
    assert frame.columns.tolist() == ["id", "label", "emotion", "split", "source", "person"]
    assert frame["emotion"].tolist()[:3] == ["unmapped", "disgust", "fear"]
    assert len(frame) == 21


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"images": np.zeros((2, 48, 48))}, "images are float64, expected uint8"),
        ({"images": np.zeros((48, 48), np.uint8)}, r"shape \(48, 48\), expected \(n, height, width\)"),
        ({"images": np.zeros((2, 48, 48, 4), np.uint8)}, r"shape \(2, 48, 48, 4\)"),
        ({"labels": np.zeros(3, int)}, r"labels has shape \(3,\), but there are 2 images"),
        ({"labels": np.array([0.0, 1.0])}, r"labels are float64 of shape \(2,\)"),
        ({"labels": np.array([0, 7])}, "label 7 at position 1"),
        ({"labels": np.array([-2, 0])}, "label -2 at position 0"),
        ({"split": np.array(["train", "dev"])}, "unknown split 'dev'"),
        ({"ids": np.array(["a"])}, "ids has shape"),
        ({"attributes": {"age": np.zeros(1)}}, "age has shape"),
        ({"attributes": {"age": np.array([1, "old"], object)}}, "age holds Python objects"),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns, message):
    with pytest.raises(FerCourseError, match=message):
        blank(**columns)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_saving_and_loading_gives_the_same_back(tmp_path_factory, data):
    count = data.draw(st.integers(0, 4))
    color = data.draw(st.sampled_from([(), (3,)]))
    text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
    columns = {
        "images": data.draw(arrays.arrays(np.uint8, (count, 5, 4, *color))),
        "labels": data.draw(arrays.arrays(np.int64, count, elements=st.integers(-1, 6))),
        "split": data.draw(arrays.arrays("U5", count, elements=st.sampled_from(["train", "val", "test"]))),
        "ids": data.draw(arrays.arrays("U5", count, elements=text)),
        "source": data.draw(arrays.arrays("U5", count, elements=text)),
    }
    glasses = data.draw(arrays.arrays(bool, count))
    path = tmp_path_factory.mktemp("saved") / "faces.npz"
    loaded = FaceDataset.load(FaceDataset(**columns, attributes={"glasses": glasses}).save(path))
    for name, values in columns.items():
        np.testing.assert_array_equal(getattr(loaded, name), values)
    np.testing.assert_array_equal(loaded.attributes["glasses"], glasses)
    assert loaded.attributes["glasses"].dtype == bool


def test_numpy_alone_reads_a_saved_dataset(faces, tmp_path):
    with np.load(faces.save(tmp_path / "faces.npz"), allow_pickle=False) as file:
        assert file.files[:2] == ["images", "labels"]
        np.testing.assert_array_equal(file["images"], faces.images)


def test_a_plain_npz_is_read(tmp_path):
    np.savez(tmp_path / "plain.npz", images=np.zeros((2, 48, 48), np.uint8), labels=np.array([1, 2]))
    assert repr(FaceDataset.load(tmp_path / "plain.npz")) == (
        "FaceDataset(2 images of (48, 48): 2 train; source: plain)"
    )


def test_a_dataset_is_saved_as_npz_only(faces, tmp_path):
    with pytest.raises(FerCourseError, match=r"name the file faces\.csv\.npz"):
        faces.save(tmp_path / "faces.csv")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.npz: no such file"):
        FaceDataset.load(tmp_path / "nothing.npz")


def bad_files(folder, faces):
    whole = faces.save(folder / "whole.npz").read_bytes()
    (folder / "empty.npz").write_bytes(b"")
    (folder / "text.npz").write_text("emotion,pixels,Usage")
    (folder / "half.npz").write_bytes(whole[: len(whole) // 2])
    damaged = bytearray(whole)
    damaged[2000:3000] = bytes(1000)
    (folder / "damaged.npz").write_bytes(damaged)
    torn = bytearray(whole)
    torn[60:200] = b"\xff" * 140
    (folder / "torn.npz").write_bytes(torn)
    with (folder / "array.npz").open("wb") as file:
        np.save(file, faces.images)
    np.savez(folder / "pickle.npz", images=np.array([{}], object), labels=np.zeros(1, int))
    np.savez(folder / "bytes.npz", images=faces.images[:1], labels=[3], split=np.array([b"\xff"]))
    np.savez(folder / "other.npz", x=np.zeros(3))
    np.savez(folder / "floats.npz", images=np.zeros((1, 48, 48)), labels=np.zeros(1, int))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "not a readable"),
        ("text", "not a readable"),
        ("half", "not a readable"),
        ("damaged", "not a readable"),
        ("torn", "not a readable"),
        ("array", "not a readable"),
        ("pickle", "not a readable"),
        ("bytes", "can't decode byte 0xff"),
        ("other", r"no array 'images' in it \(found: x\)"),
        ("floats", "images are float64"),
    ],
)
def test_a_bad_file_is_refused_by_name(faces, tmp_path, name, message):
    bad_files(tmp_path, faces)
    with pytest.raises(FerCourseError, match=rf"{name}\.npz: .*{message}"):
        FaceDataset.load(tmp_path / f"{name}.npz")


def test_a_split_is_made_once_and_where_it_is_one_stretch_copies_nothing():
    images = np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2)
    split = np.array(["train", "train", "val", "test", "train", "val"])
    attributes = {"person": np.arange(6)}
    torn = FaceDataset(images, np.arange(6), split, attributes=attributes)
    whole = FaceDataset(images, np.arange(6), np.sort(split), attributes=attributes)
    for faces in (torn, whole):
        assert faces.train is faces.train and faces.val is faces.val and faces.test is faces.test
    assert torn.train.labels.tolist() == [0, 1, 4] and not np.shares_memory(torn.train.images, images)
    for part, first in ((whole.test, 0), (whole.train, 1), (whole.val, 4)):
        assert np.shares_memory(part.images, images)
        assert np.shares_memory(part.labels, whole.labels)
        assert part.attributes["person"].tolist() == list(range(first, first + len(part)))
    assert len(FaceDataset(images, np.arange(6), "train").val) == 0


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ([0, 1, 1], "a mask of 0 and 1 is read as positions"),
        ([True], "selects nothing .* a mask of 3 booleans"),
        ([3], "selects nothing"),
        ("train", "selects nothing"),
        ([1.0], "selects nothing"),
    ],
)
def test_what_selects_nothing_or_something_else_is_refused(mask, words):
    faces = FaceDataset(np.zeros((3, 48, 48), np.uint8), np.zeros(3, np.int64))
    with pytest.raises(FerCourseError, match=words):
        faces.subset(mask)
    assert len(faces.subset([0, 0, 2])) == 3
