import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_course.emotions import EMOTIONS
from fer_course.errors import FerCourseError
from fer_course.sources.votes import ANSWERS, Votes

TEN = dict.fromkeys(ANSWERS, 0)


def votes_of(*rows):
    return Votes(np.array([list((TEN | row).values()) for row in rows]))


def test_the_first_seven_answers_are_the_emotions_in_the_order_of_their_labels():
    assert ANSWERS[:7] == EMOTIONS


@pytest.mark.parametrize(
    ("row", "plurality", "majority"),
    [
        ({"happy": 6, "neutral": 4}, 3, 3),
        ({"happy": 5, "neutral": 5}, -1, -1),
        ({"happy": 4, "neutral": 3, "sad": 3}, 3, -1),
        # Without the single votes 5 of 8: a majority that the ten votes do not give.
        ({"fear": 5, "surprise": 3, "angry": 1, "sad": 1}, 2, 2),
        ({"contempt": 8, "angry": 2}, -1, -1),
        ({"unknown": 5, "sad": 3, "neutral": 2}, -1, -1),
        ({"not a face": 10}, -1, -1),
    ],
)
def test_a_single_label_from_ten_votes(row, plurality, majority):
    votes = votes_of(row)
    assert votes.plurality().tolist() == [plurality]
    assert votes.majority().tolist() == [majority]


def test_soft_labels_are_shares_without_single_votes():
    votes = votes_of({"happy": 6, "surprise": 2, "fear": 1, "unknown": 1}, {"unknown": 6, "sad": 4}, {})
    expected = np.zeros((3, 7))
    expected[0, [3, 5]] = 0.75, 0.25
    np.testing.assert_allclose(votes.soft_labels(), expected)
    assert votes.soft_labels().dtype == np.float32


def test_targets_are_the_emotions_that_three_of_ten_saw():
    votes = votes_of(
        {"angry": 4, "disgust": 3, "sad": 2, "neutral": 1},
        {"contempt": 5, "angry": 5},  # half is not more than half
        {"angry": 2, "disgust": 2, "fear": 2, "happy": 2, "sad": 2},
    )
    assert [np.flatnonzero(row).tolist() for row in votes.targets()] == [[0, 1], [], []]


@given(arrays(np.int64, st.tuples(st.integers(0, 20), st.just(10)), elements=st.integers(0, 10)))
def test_the_rules_never_contradict_one_another(counts):
    votes = Votes(counts)
    soft, targets = votes.soft_labels(), votes.targets()
    totals = soft.sum(axis=1)
    assert np.all(np.isclose(totals, 1) | (totals == 0))
    assert soft[~targets.any(axis=1)].sum() == pytest.approx(totals[~targets.any(axis=1)].sum())
    assert (soft[targets] > 0).all()
    labels = votes.majority()
    rows = np.flatnonzero(labels >= 0)
    assert targets[rows, labels[rows]].all()
    assert (votes.plurality()[rows] == labels[rows]).all()


def test_agreement_counts_the_label_among_the_votes():
    votes = votes_of({"happy": 9, "sad": 1}, {"happy": 5, "sad": 5}, {"neutral": 10}, {"fear": 10})
    table = votes.agreement(np.array([3, 3, 4, -1]))
    assert table["images"].to_dict() == dict.fromkeys(EMOTIONS, 0) | {"happy": 2, "sad": 1, "all": 3}
    assert table.loc["happy", ["agree", "no_vote"]].tolist() == [0.5, 0]
    assert table.loc["sad", ["agree", "no_vote"]].tolist() == [0, 1]
    assert table.loc["all", "agree"] == pytest.approx(1 / 3)
    with pytest.raises(FerCourseError, match="4 images"):
        votes.agreement(np.array([3]))


def test_the_summary_counts_what_is_no_emotion():
    votes = votes_of({"unknown": 5, "sad": 5}, {"not a face": 10}, {"contempt": 4, "angry": 6}, {})
    assert votes.summary() == {
        "images": 4,
        "majority": 1,
        "soft_label": 1,
        "contempt": 0,
        "unknown": 1,
        "not a face": 1,
    }
    assert votes.to_frame()["unknown"].tolist() == [5, 0, 0, 0]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.zeros((3, 7), int), "one column for each of angry"),
        (np.zeros(10, int), r"shape \(10,\)"),
        (np.full((1, 10), 0.5), "whole numbers"),
        (np.full((1, 10), -1), "none below 0"),
    ],
)
def test_what_cannot_be_votes_is_refused(counts, message):
    with pytest.raises(FerCourseError, match=message):
        Votes(counts)


def test_a_label_that_no_emotion_has_is_named():
    with pytest.raises(FerCourseError, match="label 7 at position"):
        Votes(np.eye(10, dtype=int)[:2] * 3).agreement(np.array([0, 7]))


def test_votes_are_translated_into_the_habits_of_whoever_chose_the_labels():
    """The raters say "neutral" where the labels say "sad"; one label is a slip, and is not believed."""
    labels = np.repeat(np.arange(7), 10)
    counts = 10 * np.eye(10, dtype=int)[np.where(labels == 4, 6, labels)]
    counts[labels == 6] = 10 * np.eye(10, dtype=int)[7]  # and "contempt" where they say "neutral"
    slip = labels.copy()
    slip[0] = 3
    likely = Votes(counts).label_probabilities(slip)
    assert likely.dtype == np.float32
    np.testing.assert_allclose(likely.sum(axis=1), 1, atol=1e-6)
    assert (likely.argmax(axis=1) == labels).all()
    clean = Votes(counts).label_probabilities(labels)
    np.testing.assert_allclose(likely[0], clean[0], atol=0.02)  # an image's own label has no say


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0] * 69, "(69,) labels for the votes on 70 images"),
        ([0] * 70, "disgust 0"),
        ([*np.repeat(np.arange(7), 10)[1:], -1], "none 1"),
        ([*np.repeat(np.arange(7), 10)[1:], 7], "label 7 at position"),
    ],
)
def test_labels_that_votes_cannot_be_translated_into_are_refused(labels, message):
    votes = Votes(np.ones((70, 10), int))
    with pytest.raises(FerCourseError) as refused:
        votes.label_probabilities(np.array(labels))
    assert message in str(refused.value)
