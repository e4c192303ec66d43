"""Robustness: the table, top-k, and labels that are flipped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.evaluation.comparison import paired_interval
from fer_course.evaluation.corruptions import flip_labels

LABELS = np.arange(70) % 7


def bright_ones(n=40):
    """Images whose brightness tells the label, and a network that reads it."""
    labels = np.arange(n) % 7
    images = np.stack([np.full((48, 48), 20 + 30 * label, np.uint8) for label in labels])
    return fer.FaceDataset(images, labels, "val")


def read_brightness(images):
    label = np.clip(np.rint((images.mean(axis=(1, 2)) - 20) / 30), 0, 6).astype(int)
    return np.eye(7)[label]


def test_the_table_has_a_row_for_each_severity_and_one_for_the_images_as_they_are():
    table = fer.robustness(read_brightness, bright_ones(), ["brighter", "blur"], severities=[1, 5])
    assert table["corruption"].tolist() == ["brighter"] * 3 + ["blur"] * 3
    assert table["severity"].tolist() == [0, 1, 5, 0, 1, 5]
    assert table["value"].tolist()[1:3] == [15, 90]
    blur = table[table["corruption"] == "blur"]
    assert (blur["accuracy"] == 1).all()  # it only looks at the mean
    brighter = table[table["corruption"] == "brighter"].set_index("severity")
    assert brighter.loc[0, "change"] == brighter.loc[0, "change_low"] == brighter.loc[0, "change_high"] == 0
    assert brighter.loc[5, "accuracy"] == pytest.approx(5 / 40)  # only those that were brightest stay right
    assert brighter.loc[5, "change"] == pytest.approx(5 / 40 - 1)
    assert brighter.loc[5, "change_high"] < -0.6
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["high"]).all()


def test_a_predictor_a_keras_like_model_and_a_function_are_asked_alike():
    faces = fer.sample_faces().val.subset(np.arange(20))
    predictor = fer.Predictor.load()

    class Model:
        def predict(self, images, **how):
            return predictor.predict_proba(images)

    tables = [
        fer.robustness(model, faces, ["noise"], [2])
        for model in (predictor, Model(), predictor.predict_proba)
    ]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_severities_may_be_a_generator():
    faces = fer.sample_faces().val.subset(np.arange(10))
    once = fer.robustness(fer.Predictor.load(), faces, ["blur", "noise"], (s for s in (1, 5)))
    assert once["severity"].tolist() == [0, 1, 5] * 2


def test_the_seed_decides():
    faces, predict = fer.sample_faces().val.subset(np.arange(60)), fer.Predictor.load().predict_proba
    first, again, other = (
        fer.robustness(predict, faces, ["occlusion"], [4, 5], seed=seed)["accuracy"].tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first[0] == other[0]


def test_the_paired_interval_covers_what_it_should():
    rng = np.random.default_rng(0)
    won, lost, n, truth = 0.1, 0.15, 200, -0.05
    draws = rng.multinomial(n, [won, lost, 1 - won - lost], size=1000)
    intervals = [paired_interval(int(more), int(less), n) for more, less, _ in draws]
    covered = np.mean([low <= truth <= high for low, high in intervals])
    assert 0.93 <= covered <= 0.98


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fer.robustness(read_brightness, bright_ones(), ["snow"]), "unknown corruption 'snow'"),
        (lambda: fer.robustness(read_brightness, bright_ones(), ["blur"], [0]), "severity is 0"),
        (lambda: fer.robustness("compact.onnx", bright_ones()), "str cannot predict"),
        (lambda: fer.robustness(read_brightness, fer.sample_faces().val.subset([]), ["blur"]), "no images"),
        (lambda: fer.robustness(lambda x: np.full((len(x), 7), np.nan), bright_ones(), ["blur"]), "NaN"),
        (lambda: fer.robustness(lambda x: np.zeros((len(x), 2)), bright_ones(), ["blur"]), "shape"),
    ],
)
def test_bad_input_is_refused_in_words(call, message):
    with pytest.raises(FerCourseError, match=message):
        call()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_top_k_is_accuracy_for_one_certain_for_seven_and_grows(seed, k):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, 4, (30, 7)) / 4, rng.integers(0, 7, 30)
    assert fer.topk_accuracy(labels, scores, 1) == (scores.argmax(axis=1) == labels).mean()
    assert fer.topk_accuracy(labels, scores, 7) == 1
    assert fer.topk_accuracy(labels, scores, k) >= fer.topk_accuracy(labels, scores, max(1, k - 1))


@pytest.mark.parametrize(
    ("labels", "scores", "k", "message"),
    [
        (np.eye(7), LABELS[:7], 2, "in this order"),
        ([0, 1], np.eye(7)[:3], 2, "in this order"),
        ([7], np.eye(7)[:1], 2, "from 0 to 6"),
        ([-1], np.eye(7)[:1], 2, "from 0 to 6"),
        ([0, 1], np.array([[1, 0], [np.nan, 1]]), 1, "row 1 .* NaN"),
        ([0], np.eye(7)[:1], 8, "k is 8"),
        ([], np.empty((0, 7)), 1, "expected"),
    ],
)
def test_top_k_refuses_bad_input(labels, scores, k, message):
    with pytest.raises(FerCourseError, match=message):
        fer.topk_accuracy(labels, scores, k)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(-1, 6), max_size=60),
    st.floats(0, 1),
    st.sampled_from(["symmetric", "confusion"]),
    st.integers(0, 99),
)
def test_exactly_the_share_is_flipped_to_another_label(labels, share, by, seed):
    given_labels = np.array(labels, int)
    flipped = flip_labels(given_labels, share, by, seed)
    assert (flipped != given_labels).sum() == round(share * (given_labels >= 0).sum())
    assert ((flipped == -1) == (given_labels == -1)).all()
    assert flipped.dtype == np.int64
    assert np.array_equal(flipped, flip_labels(given_labels, share, by, seed))


def test_a_larger_share_hits_the_same_images_and_more():
    labels = np.arange(700) % 7
    some, more = (flip_labels(labels, share, "confusion", seed=2) for share in (0.1, 0.3))
    hit = some != labels
    assert np.array_equal(more[hit], some[hit])


def test_confusion_flips_as_people_do():
    fear = np.full(5000, 2)
    counts = np.bincount(flip_labels(fear, 1, "confusion"), minlength=7)
    assert counts[2] == 0
    assert counts.argmax() == 5  # surprise
    even = np.bincount(flip_labels(fear, 1), minlength=7)
    assert even[[0, 1, 3, 4, 5, 6]].min() > 700


def test_a_table_of_ones_own():
    happy_becomes_neutral = np.zeros((7, 7))
    happy_becomes_neutral[:, 6] = 1
    happy_becomes_neutral[6, 3] = 2
    flipped = flip_labels(LABELS, 1, happy_becomes_neutral)
    assert set(flipped[LABELS != 6].tolist()) == {6}
    assert set(flipped[LABELS == 6].tolist()) == {3}


@pytest.mark.parametrize(
    ("labels", "share", "by", "message"),
    [
        ([0, 9], 0.1, "symmetric", "label 9 at position"),
        ([0.5], 0.1, "symmetric", r"expected \(n,\) integers"),
        ([0], 20, "symmetric", "20 % is 0.2"),
        ([0], float("nan"), "symmetric", "share is nan"),
        ([0], 0.1, "random", "by is 'random'"),
        ([0], 0.1, np.eye(7), "takes angry for nothing else"),
        ([0], 0.1, np.ones((3, 3)), "shape"),
        ([0], 0.1, np.full((7, 7), np.nan), "0 or more"),
    ],
)
def test_flipping_refuses_bad_input(labels, share, by, message):
    with pytest.raises(FerCourseError, match=message):
        flip_labels(labels, share, by)
