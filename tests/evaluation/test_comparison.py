import numpy as np
import pytest

from fer_course import FerCourseError, compare, score
from fer_course.evaluation.comparison import compare_predictions, paired_interval, stratified_folds

EVALUATION = score(np.arange(70) % 7, np.random.default_rng(0).dirichlet(np.ones(7), 70))


def test_mcnemar_against_the_binomial_by_hand():
    labels = np.zeros(20, int)
    first = score(labels, np.eye(7)[[0] * 12 + [1] * 8])
    second = score(labels, np.eye(7)[[1] + [0] * 18 + [1]])  # loses 1, wins 7
    comparison = compare(first, second)
    assert (comparison.only_first, comparison.only_second) == (1, 7)
    assert comparison.difference == pytest.approx(0.3)
    assert comparison.p_value == pytest.approx(2 * (1 + 8) / 2**8)
    assert comparison.interval == paired_interval(won=7, lost=1, n=20)
    assert "+30.0 points" in str(comparison)
    assert not comparison.significant and "not significant" in str(comparison)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_a_difference_is_paired_and_that_of_the_scores(name):
    labels = np.repeat([3, 6], 100)
    right, wrong = np.eye(7)[labels], np.eye(7)[labels]
    wrong[:8] = np.eye(7)[0]
    gain = compare(score(labels, wrong), score(labels, right), name)
    back = compare(score(labels, right), score(labels, wrong), name)
    scores = [getattr(score(labels, answers), name) for answers in (right, wrong)]
    assert gain.difference == pytest.approx(scores[0] - scores[1])
    assert (gain.low, gain.high) == pytest.approx((-back.high, -back.low), abs=0.01)
    assert gain.significant and back.significant and "), significant at 5 %" in str(gain)
    assert not compare(score(labels, right), score(labels, right), name).significant


def test_the_bootstrap_and_the_formula_agree_on_accuracy():
    """With one image of each emotion for every other one, balanced accuracy is accuracy."""
    rng = np.random.default_rng(0)
    labels = np.arange(3500) % 7
    first, second = (np.where(rng.random(3500) < share, labels, 0) for share in (0.60, 0.63))
    formula = compare_predictions("accuracy", labels, first, second)
    resampled = compare_predictions("balanced_accuracy", labels, first, second)
    assert formula.difference == pytest.approx(resampled.difference)
    assert formula.interval == pytest.approx(resampled.interval, abs=0.003)


def test_equal_models_do_not_differ():
    assert compare(EVALUATION, EVALUATION).p_value == 1


def test_only_the_same_images_and_a_known_score_can_be_compared():
    with pytest.raises(FerCourseError, match="different images"):
        compare(EVALUATION, EVALUATION.subset(np.arange(69, -1, -1)))
    with pytest.raises(FerCourseError, match="score is 'luck'"):
        compare(EVALUATION, EVALUATION, "luck")


def test_folds_share_out_every_emotion():
    labels = np.repeat(range(7), [3, 5, 10, 20, 30, 40, 50])
    fold = stratified_folds(labels, 5, seed=1)
    for label in range(7):
        counts = np.bincount(fold[labels == label], minlength=5)
        assert np.ptp(counts) <= 1
