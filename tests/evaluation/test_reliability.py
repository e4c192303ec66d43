import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_course import Evaluation, FerCourseError

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80)


def answered(confidence, correct):
    """Everything is taken for angry, more or less surely."""
    rows = np.zeros((len(confidence), 7))
    rows[:, 0] = confidence
    return Evaluation(np.where(correct, 0, 1), rows, np.arange(len(rows)))


@settings(max_examples=60, deadline=None)
@given(ANSWERS, st.integers(1, 30))
def test_every_image_is_in_the_bin_of_its_confidence(answers, bins):
    confidence, correct = map(np.array, zip(*answers, strict=True))
    evaluation = answered(confidence, correct)
    table = evaluation.calibration(bins)
    assert len(table) == bins
    assert table["images"].sum() == len(answers)
    filled = table[table["images"] > 0]
    assert (filled["confidence"] >= filled["low"] - 1e-9).all()
    assert (filled["confidence"] <= filled["high"] + 1e-9).all()
    assert (filled["accuracy"] * filled["images"]).sum() == pytest.approx(correct.sum())
    assert 0 <= evaluation.calibration_error <= 1


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_one_bin_holds_the_means_of_all(answers):
    confidence, correct = map(np.array, zip(*answers, strict=True))
    (row,) = answered(confidence, correct).calibration(bins=1).to_dict("records")
    assert (row["confidence"], row["accuracy"]) == pytest.approx((confidence.mean(), correct.mean()))


def test_a_bin_holds_its_upper_end():
    """Guo et al. (2017) write ((m - 1) / M, m / M]."""
    table = answered(np.array([0.5, 0.5001, 1.0]), np.ones(3, bool)).calibration(bins=2)
    assert table["images"].tolist() == [1, 2]


def test_honest_confidence_has_no_error_and_boasting_has():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1, 50_000)
    honest = answered(confidence, rng.random(50_000) < confidence).calibration_error
    boasting = answered(confidence, rng.random(50_000) < confidence - 0.1).calibration_error
    assert honest < 0.01
    assert boasting == pytest.approx(0.1, abs=0.01)


def test_no_bins_is_refused():
    with pytest.raises(FerCourseError, match="bins is 0"):
        answered(np.array([0.5]), np.array([True])).calibration(bins=0)
