import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_course import EMOTIONS, FaceDataset, FerCourseError, evaluate, score

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


def test_subset_remembers_what_was_scored():
    evaluation = dataclasses.replace(random_evaluation(n=20), split="test", views="flip TTA")
    part = evaluation.subset(np.arange(5))
    assert (part.split, part.views) == ("test", "flip TTA")
    assert "5 test images, flip TTA" in repr(part)


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
    again = score(
        np.load(tmp_path / "scores" / "labels.npy"), np.load(tmp_path / "scores" / "probabilities.npy")
    )
    assert again.calibration_error == evaluation.calibration_error == metrics["calibration_error"]
    assert "weighted avg" in (tmp_path / "scores" / "report.txt").read_text()


def test_the_report_agrees_with_the_scores():
    """Absent emotions do not count, as in macro_f1; scikit-learn would count them as 0."""
    evaluation = random_evaluation(labels=np.repeat([0, 2, 3, 4, 5, 6], 30), skill=4.0)
    evaluation = evaluation.subset(evaluation.predictions != 1)
    lines = {
        line.split()[0]: line.split() for line in evaluation.classification_report().splitlines() if line
    }
    assert float(lines["macro"][4]) == pytest.approx(evaluation.macro_f1, abs=6e-4)
    assert float(lines["happy"][2]) == pytest.approx(evaluation.recall[3], abs=6e-4)
    assert lines["disgust"][1:] == ["nan", "nan", "nan", "0"]


def test_most_confident_mistakes_come_surest_first():
    evaluation = random_evaluation()
    positions = evaluation.most_confident_mistakes(5)
    assert len(positions) == 5
    assert not evaluation.correct[positions].any()
    assert (np.diff(evaluation.confidence[positions]) <= 0).all()
    others = np.setdiff1d(np.flatnonzero(~evaluation.correct), positions)
    assert evaluation.confidence[others].max() <= evaluation.confidence[positions].min()
    assert len(evaluation.subset(evaluation.correct).most_confident_mistakes()) == 0


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
        ([3, np.nan], np.eye(7)[[3, 3]], "labels are float64"),
        ([3, 6], np.eye(7)[[3]], "are of 1 images"),
        ([3], np.array([[1.0, 2, 3, 4, 5, 6, 7]]), "sums to 28 instead of 1"),
        ([3], np.full((1, 7), np.nan), "row 0"),
    ],
)
def test_bad_input_is_named(labels, probabilities, words):
    with pytest.raises(FerCourseError, match=words):
        score(labels, probabilities)


def test_several_splits_are_refused():
    dataset = FaceDataset(np.zeros((2, 48, 48), np.uint8), np.array([3, 6]), np.array(["train", "test"]))
    with pytest.raises(FerCourseError, match=r"test and train.*dataset\.val"):
        evaluate(None, dataset)
