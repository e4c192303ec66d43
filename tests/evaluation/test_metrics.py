import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_course import EMOTIONS, FaceDataset, FerCourseError, compare, evaluate, score

RNG = np.random.default_rng(0)


def random_evaluation(n=200, skill=2.0, seed=0, labels=None):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, n) if labels is None else labels
    logits = rng.normal(size=(len(labels), 7)) + skill * np.eye(7)[labels]
    exponentials = np.exp(logits)
    return score(labels, exponentials / exponentials.sum(axis=1, keepdims=True))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60))
def test_scores_are_those_of_scikit_learn(pairs):
    from sklearn import metrics

    labels, predictions = np.array(pairs).T
    evaluation = score(labels, np.eye(7)[predictions])
    assert evaluation.accuracy == pytest.approx(metrics.accuracy_score(labels, predictions))
    assert evaluation.macro_f1 == pytest.approx(metrics.f1_score(labels, predictions, average="macro"))
    recall = metrics.recall_score(labels, predictions, labels=range(7), average=None, zero_division=np.nan)
    np.testing.assert_allclose(evaluation.recall, recall)
    assert evaluation.balanced_accuracy == pytest.approx(np.nanmean(recall))
    assert evaluation.confusion.sum() == evaluation.n == len(labels)


def test_wilson_interval():
    """Compared with Newcombe (1998), table I: 81 of 263."""
    labels = np.zeros(263, int)
    evaluation = score(labels, np.eye(7)[[0] * 81 + [1] * 182])
    assert evaluation.interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_rows_of_the_confusion_are_true_labels():
    evaluation = score([3, 3, 6], np.eye(7)[[3, 0, 6]])
    assert evaluation.confusion[3, 0] == 1
    assert evaluation.confusion[0, 3] == 0
    assert evaluation.recall[3] == 0.5
    assert np.isnan(evaluation.recall[1])


def test_bootstrap_interval_holds_the_score_and_follows_the_seed():
    evaluation = random_evaluation()
    low, high = evaluation.macro_f1_interval()
    assert low < evaluation.macro_f1 < high
    assert (low, high) == evaluation.macro_f1_interval(seed=0) != evaluation.macro_f1_interval(seed=1)


def test_bootstrap_of_the_table_equals_that_of_the_images():
    from sklearn.metrics import f1_score

    evaluation = random_evaluation(n=400)
    draws = RNG.integers(0, evaluation.n, (500, evaluation.n))
    slow = [f1_score(evaluation.labels[d], evaluation.predictions[d], average="macro") for d in draws]
    assert evaluation.macro_f1_interval() == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=0.01)


def test_subset_keeps_names():
    evaluation = random_evaluation(n=20)
    part = evaluation.subset(evaluation.correct)
    assert part.accuracy == 1
    assert part.ids.tolist() == evaluation.ids[evaluation.correct].tolist()


def test_saved_files_can_be_read_back(tmp_path):
    evaluation = random_evaluation(labels=np.repeat([0, 2, 3, 4, 5, 6], 10))
    evaluation.save(tmp_path / "scores")
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert metrics["accuracy"] == evaluation.accuracy
    assert metrics["recall"]["disgust"] is None
    predictions = pd.read_csv(tmp_path / "scores" / "predictions.csv", dtype={"id": str})
    assert (predictions["emotion"] == predictions["predicted"]).mean() == evaluation.accuracy
    np.testing.assert_allclose(predictions[list(EMOTIONS)], evaluation.probabilities, atol=1e-5)
    confusion = pd.read_csv(tmp_path / "scores" / "confusion.csv", index_col=0)
    assert np.array_equal(confusion.to_numpy(), evaluation.confusion)


def test_text_says_what_matters():
    text = repr(score([3, 3, 6, 6], np.eye(7)[[3, 3, 6, 0]]))
    assert "4 images: accuracy 75.0%" in text
    assert "happy 100%, neutral 50%" in text
    assert "disgust" not in text


@pytest.mark.parametrize(
    ("labels", "probabilities", "words"),
    [
        ([], np.zeros((0, 7)), "no images"),
        ([3, -1], np.eye(7)[[3, 3]], "1 of 2 images have no label"),
        ([3, 6], np.eye(7)[[3]], r"shape \(1, 7\), expected \(2, 7\)"),
        ([3], np.array([[1.0, 2, 3, 4, 5, 6, 7]]), "sums to 28 instead of 1"),
        ([3], np.full((1, 7), np.nan), "row 0"),
    ],
)
def test_bad_input_is_named(labels, probabilities, words):
    with pytest.raises(FerCourseError, match=words):
        score(np.array(labels, dtype=int), probabilities)


def test_mcnemar_against_the_binomial_by_hand():
    labels = np.zeros(20, int)
    first = score(labels, np.eye(7)[[0] * 12 + [1] * 8])
    second = score(labels, np.eye(7)[[1] + [0] * 18 + [1]])  # loses 1, wins 7
    comparison = compare(first, second)
    assert (comparison.only_first, comparison.only_second) == (1, 7)
    assert comparison.difference == pytest.approx(0.3)
    assert comparison.p_value == pytest.approx(2 * (1 + 8) / 2**8)
    assert "+30.0 points" in str(comparison)
    assert "not significant" in str(comparison)


def test_equal_models_do_not_differ():
    evaluation = random_evaluation()
    assert compare(evaluation, evaluation).p_value == 1


def test_only_the_same_images_can_be_compared():
    with pytest.raises(FerCourseError, match="different images"):
        compare(random_evaluation(), random_evaluation(seed=1))


def test_several_splits_are_refused():
    dataset = FaceDataset(np.zeros((2, 48, 48), np.uint8), np.array([3, 6]), np.array(["train", "test"]))
    with pytest.raises(FerCourseError, match=r"test and train.*dataset\.val"):
        evaluate(None, dataset)
