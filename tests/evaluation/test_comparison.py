import numpy as np
import pytest

from fer_course import FerCourseError, compare, score

EVALUATION = score(np.arange(70) % 7, np.random.default_rng(0).dirichlet(np.ones(7), 70))


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
    assert compare(EVALUATION, EVALUATION).p_value == 1


def test_only_the_same_images_can_be_compared():
    with pytest.raises(FerCourseError, match="different images"):
        compare(EVALUATION, EVALUATION.subset(np.arange(69, -1, -1)))
