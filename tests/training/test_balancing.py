import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError
from fer_course.training.balancing import (
    balance_to_mean,
    balanced_sample,
    class_weights,
    merge_emotions,
    oversample,
)

COUNTS = {1: 2, 3: 30, 6: 10}  # train images of three emotions


@pytest.fixture
def uneven():
    labels = np.concatenate([np.repeat(list(COUNTS), list(COUNTS.values())), [1, 3, 6]])
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8)).astype(np.uint8)
    split = np.array(["train"] * sum(COUNTS.values()) + ["val", "val", "test"])
    return FaceDataset(images, labels, split)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=200))
def test_every_class_adds_the_same_and_the_mean_is_one(labels):
    weights = class_weights(np.array(labels))
    total = {label: weights[label] * labels.count(label) for label in set(labels)}
    assert set(weights) == set(labels)
    assert np.allclose(list(total.values()), len(labels) / len(total))
    assert np.isclose(np.mean([weights[label] for label in labels]), 1)


def test_it_is_the_balanced_weight_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.random.default_rng(0).integers(0, 7, 300) ** 2 % 7
    classes = np.unique(labels)
    expected = compute_class_weight("balanced", classes=classes, y=labels)
    assert class_weights(labels) == pytest.approx(dict(zip(classes.tolist(), expected, strict=True)))


@pytest.mark.parametrize(
    ("labels", "words"),
    [([], "no labels"), ([3, -1], "1 of 2 images have no label"), ([7], "label 7 at position 0")],
)
def test_labels_that_cannot_be_weighed(labels, words):
    with pytest.raises(FerCourseError, match=words):
        class_weights(np.array(labels, dtype=np.int64))


def test_the_effective_number_lies_between_equal_weights_and_inverse_frequency():
    labels = np.repeat([1, 3], [10, 1000])
    ratios = [
        class_weights(labels, beta)[1] / class_weights(labels, beta)[3] for beta in (0, 0.9, 0.99, 0.999)
    ]
    assert ratios[0] == pytest.approx(1) and ratios == sorted(ratios)
    assert ratios[2] == pytest.approx((1 - 0.99**1000) / (1 - 0.99**10))
    assert class_weights(labels, 1 - 1e-9)[1] == pytest.approx(class_weights(labels)[1], rel=1e-3)
    weights = class_weights(labels, 0.99)
    assert np.mean([weights[label] for label in labels]) == pytest.approx(1)


@pytest.mark.parametrize("beta", [-0.1, 1, 2])
def test_a_beta_out_of_its_range(beta):
    with pytest.raises(FerCourseError, match="beta is"):
        class_weights(np.array([1, 3]), beta)


def test_a_balanced_sample_draws_every_class_equally_often():
    labels = np.repeat([0, 1, 3], [2000, 100, 900])
    drawn = balanced_sample(labels, seed=3)
    assert len(drawn) == len(labels)
    np.testing.assert_allclose(np.bincount(labels[drawn], minlength=4)[[0, 1, 3]], 1000, atol=100)
    assert np.array_equal(drawn, balanced_sample(labels, seed=3))
    assert not np.array_equal(drawn, balanced_sample(labels, seed=4))


def test_oversampling_repeats_train_alone(uneven):
    grown = oversample(uneven, seed=1)
    assert {label: np.count_nonzero(grown.train.labels == label) for label in COUNTS} == dict.fromkeys(
        COUNTS, 30
    )
    np.testing.assert_array_equal(grown.images[: len(uneven)], uneven.images)  # nothing is lost
    assert len(grown.val) == 2 and len(grown.test) == 1
    repeats = np.unique(grown.train.ids, return_counts=True)[1]
    assert sorted(set(repeats)) == [1, 3, 15]  # as evenly as can be


def test_balancing_to_the_mean_samples_down_and_mirrors_up(uneven):
    balanced = balance_to_mean(uneven, seed=1)
    assert {label: np.count_nonzero(balanced.train.labels == label) for label in COUNTS} == dict.fromkeys(
        COUNTS, 14
    )
    assert len(balanced.val) == 2 and len(balanced.test) == 1
    original = dict(zip(uneven.ids, uneven.images, strict=True))
    for name, image in zip(balanced.ids, balanced.images, strict=True):
        expected = original[name.removesuffix("-mirrored")]
        np.testing.assert_array_equal(image, expected[:, ::-1] if name.endswith("-mirrored") else expected)
    neutral = balanced.train.ids[balanced.train.labels == 6]
    assert len(set(neutral)) == 14 and sum(name.endswith("-mirrored") for name in neutral) == 4
    happy = balanced.train.ids[balanced.train.labels == 3]
    assert len(set(happy)) == 14 and not any(name.endswith("-mirrored") for name in happy)


def test_merging_changes_labels_alone_in_all_splits(uneven):
    merged = merge_emotions(uneven, "Disgust", into="anger")
    assert merged.labels.tolist() == [0 if label == 1 else label for label in uneven.labels]
    assert merged.images is uneven.images and merged.ids.tolist() == uneven.ids.tolist()
    assert merged.val.labels.tolist() == [0, 3]
    assert class_weights(merged.train.labels).keys() == {0, 3, 6}


def test_merging_what_is_no_emotion(uneven):
    with pytest.raises(FerCourseError, match="unknown emotion 'contempt'"):
        merge_emotions(uneven, "contempt")


@pytest.mark.parametrize("balance", [oversample, balance_to_mean])
def test_nothing_to_balance(balance, uneven):
    with pytest.raises(FerCourseError, match="no labels"):
        balance(uneven.val)
