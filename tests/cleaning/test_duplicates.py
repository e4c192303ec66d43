import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from fer_course.cleaning import duplicates
from fer_course.cleaning.duplicates import find_duplicates, find_twins, near_groups, worth_showing
from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError


def photographs(count, seed=0, size=48):
    """Smooth random pictures: unlike noise, they correlate with one another as faces do."""
    noise = np.random.default_rng(seed).normal(size=(count, size, size))
    smooth = np.stack([cv2.GaussianBlur(image, (0, 0), size / 10) for image in noise])
    low, high = smooth.min(axis=(1, 2), keepdims=True), smooth.max(axis=(1, 2), keepdims=True)
    return (255 * (smooth - low) / (high - low)).astype(np.uint8)


def groups(table):
    return {tuple(members) for members in table.groupby("group")["index"].apply(list)}


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_exact_copies_are_grouped_and_nothing_else(order):
    table = find_duplicates(photographs(6)[order])
    expected = {tuple(np.flatnonzero(np.array(order) == n)) for n in set(order) if order.count(n) > 1}
    assert groups(table) == expected
    assert list(table.columns) == ["index", "group"]


def test_a_gallery_shows_the_first_of_copies_and_nothing_blank():
    images = photographs(3)[[0, 1, 0, 2, 1]]
    images[2] = np.clip(images[2] // 2 + 40, 0, 255)  # the same picture, darker
    blank = np.full((2, 48, 48), 7, np.uint8)
    blank[1, :, ::2] += 9  # a contrast of 4.5
    shown = worth_showing(np.concatenate([images, blank]))
    assert shown.tolist() == [True, True, False, True, False, False, False]
    assert worth_showing(np.empty((0, 48, 48), np.uint8)).tolist() == []


def test_groups_are_numbered_in_order_of_first_appearance():
    table = find_duplicates(photographs(4)[[3, 0, 3, 1, 0]])
    assert table.to_numpy().tolist() == [[0, 0], [2, 0], [1, 1], [4, 1]]


def test_near_finds_brighter_noisier_and_recompressed_copies():
    images = photographs(8)
    face = images[0]
    noisy = np.clip(face + np.random.default_rng(1).normal(0, 4, face.shape), 0, 255).astype(np.uint8)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)
    stack = np.concatenate([images, [face // 2 + 60, noisy, jpeg]])
    assert groups(find_duplicates(stack, near=True)) == {(0, 8, 9, 10)}
    assert find_duplicates(stack).empty


def test_constant_images_are_grouped_only_with_exact_copies():
    black, gray = np.zeros((48, 48), np.uint8), np.full((48, 48), 90, np.uint8)
    stack = np.stack([black, gray, photographs(1)[0], black])
    assert groups(find_duplicates(stack, near=True)) == {(0, 3)}


@given(st.integers(0, 50), st.sampled_from([5, 8, 21, 48]), st.floats(0.5, 0.99), st.booleans())
@settings(max_examples=60, deadline=None)
def test_groups_are_those_of_the_full_correlation_matrix(seed, size, threshold, few):
    images = photographs(40, seed, size)
    correlation = np.corrcoef(images.reshape(40, -1).astype(np.float64))
    borderline = np.abs(correlation[np.triu_indices(40, 1)] - threshold) < 1e-5
    if not borderline.any():
        expected = connected_components(correlation > threshold, directed=False)[1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(duplicates, "_FEW", 10_000 if few else 0)
            patch.setattr(duplicates, "_BLOCK", 16)
            assert near_groups(images, threshold).tolist() == expected.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("noise", [3, 16])
def test_a_film_of_frames_all_alike_takes_seconds(noise):
    """Of eight million pairs, each has to be compared in full where the noise is strong."""
    frames = photographs(1)[0] / 2 + 64 + np.random.default_rng(0).normal(0, noise, (4000, 48, 48))
    start = time.process_time()
    table = find_duplicates(np.clip(frames, 0, 255).astype(np.uint8), near=True)
    assert time.process_time() - start < 15  # a minute and a half, one pair after another
    assert len(table) == (4000 if noise == 3 else 0)


def test_pairs_across_blocks_are_found():
    images = np.random.default_rng(0).integers(0, 256, (2100, 12, 12), dtype=np.uint8)
    images[2050] = images[3] // 2
    images[1023] = images[1024] // 2
    assert groups(find_duplicates(images, near=True)) == {(3, 2050), (1023, 1024)}


def test_colour_images_and_no_images():
    colour = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    assert groups(find_duplicates(colour[[0, 1, 0]], near=True)) == {(0, 2)}
    assert find_duplicates(np.zeros((0, 48, 48), np.uint8), near=True).empty


def test_bad_input_is_explained():
    with pytest.raises(FerCourseError, match=r"0\.\.1"):
        find_duplicates(np.random.default_rng(0).random((3, 48, 48)))


def test_twins_are_pairs_across_splits_from_the_earlier_to_the_later():
    images = photographs(4)[[0, 0, 0, 1, 2, 3, 3]]
    dataset = FaceDataset(
        images,
        labels=np.array([3, 3, 4, 0, 0, 6, 6]),
        split=np.array(["train", "train", "val", "train", "test", "test", "val"]),
    )
    pairs = find_twins(dataset)
    assert pairs.to_numpy().tolist() == [
        [0, "train", 2, "val", False],
        [1, "train", 2, "val", False],
        [6, "val", 5, "test", True],
    ]


def test_no_twins_give_an_empty_table(faces):
    pairs = find_twins(faces)
    assert pairs.empty
    assert list(pairs.columns) == ["index", "split", "twin", "twin_split", "same_label"]


@pytest.fixture(scope="module")
def fer2013(shared):
    data = np.load(shared / "data" / "fer2013_trainval.npz")
    split = np.where(data["usage"] == "Training", "train", "val")
    return FaceDataset(data["images"], data["emotion"], split)


def test_copies_and_conflicts_of_the_real_dataset(fer2013):
    copies = find_duplicates(fer2013.images)
    constant = np.flatnonzero(fer2013.images.reshape(len(fer2013), -1).std(axis=1) == 0)
    assert len(constant) == 12
    assert set(constant) <= set(copies["index"])
    members = copies.assign(label=fer2013.labels[copies["index"]]).groupby("group")["label"]
    assert (len(copies), members.ngroups) == (2805, 1273)
    assert (members.nunique() > 1).sum() == 47


def test_twins_of_the_real_dataset(fer2013):
    pairs = find_twins(fer2013)
    assert pairs["twin"].nunique() == 280
    assert set(pairs["twin_split"]) == {"val"}


@pytest.mark.slow
def test_near_copies_of_the_real_dataset_include_the_exact_ones(fer2013):
    near = find_twins(fer2013, near=True)["twin"].unique()
    assert set(find_twins(fer2013)["twin"]) < set(near)
    assert len(near) == 301
