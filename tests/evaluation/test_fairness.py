"""Fairness: metrics by group, gaps against luck, and silence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.evaluation.fairness import _holm

LABELS = np.arange(140) % 7
HALF = np.repeat(["a", "b"], 70)
WORSE_FOR_B = np.where(HALF == "a", LABELS, np.where(np.arange(140) % 2, LABELS, (LABELS + 1) % 7))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_the_groups_together_are_the_whole(seed, count):
    rng = np.random.default_rng(seed)
    labels, predictions, groups = rng.integers(0, 7, 50), rng.integers(0, 7, 50), rng.integers(0, count, 50)
    table = fer.group_metrics(labels, predictions, groups)
    assert table["n"].sum() == 50
    assert table["right"].sum() == (labels == predictions).sum()
    assert ((table["low"] <= table["accuracy"]) & (table["accuracy"] <= table["high"])).all()


def test_every_group_is_scored_as_if_alone():
    table = fer.group_metrics(LABELS, WORSE_FOR_B, HALF)
    alone = fer.score(LABELS[70:], np.eye(7)[WORSE_FOR_B[70:]])
    assert table.loc["a", "accuracy"] == 1
    assert table.loc["b", "accuracy"] == alone.accuracy
    assert table.loc["b", "macro_f1"] == pytest.approx(alone.macro_f1)
    assert table.loc["b", "balanced_accuracy"] == pytest.approx(alone.balanced_accuracy)
    assert (table.loc["b", "macro_f1_low"], table.loc["b", "macro_f1_high"]) == alone.macro_f1_interval()


def test_probabilities_and_predicted_labels_say_the_same():
    one_hot = np.eye(7)[WORSE_FOR_B]
    assert fer.group_metrics(LABELS, one_hot, HALF).equals(fer.group_metrics(LABELS, WORSE_FOR_B, HALF))


def test_a_group_of_one_image_has_a_wide_interval_and_no_bootstrap():
    table = fer.group_metrics([3, 3, 6], [3, 3, 6], ["many", "many", "one"])
    assert table.loc["one", "n"] == 1
    assert table.loc["one", "low"] < 0.3
    assert np.isnan(table.loc["one", "macro_f1_low"])


@pytest.mark.parametrize(
    "groups",
    [
        ["x", None, "y", ""],
        pd.Series(["x", np.nan, "y", None]),
        pd.Categorical(["x", None, "y", None], ["z", "y", "x"]),
    ],
)
def test_images_of_which_nothing_is_known_are_a_group_of_their_own(groups):
    table = fer.group_metrics([0, 1, 2, 3], [0, 1, 2, 3], groups)
    assert table.loc["unknown", "n"] == 2
    assert "z" not in table.index


def test_numbers_with_gaps_count_as_missing():
    assert fer.group_metrics([0, 1], [0, 1], [1.0, np.nan]).index.tolist() == ["1.0", "unknown"]


def test_ordered_categories_keep_their_order():
    parts = pd.cut(np.array([0.1, 0.5, 0.9]), [0, 0.3, 0.6, 1], labels=["low", "middle", "high"])
    assert fer.group_metrics([0, 1, 2], [0, 1, 2], parts).index.tolist() == ["low", "middle", "high"]


def test_a_series_is_taken_in_its_order_whatever_its_index():
    shuffled = pd.Series(HALF, index=np.arange(140)[::-1], name="team")
    table = fer.group_metrics(LABELS, WORSE_FOR_B, shuffled)
    assert table.index.name == "team"
    assert table.loc["a", "accuracy"] == 1


@pytest.mark.parametrize(
    ("labels", "predictions", "groups", "message"),
    [
        ([0, 1], [0], ["a", "b"], "one of each an image"),
        ([0, 1], [0, 1], ["a"], "there are 2 images"),
        ([0, 1], [0, 1], "ab", "there are 2 images"),
        ([0, -1], [0, 1], ["a", "b"], "1 of 2 images have no label"),
        ([0, 1], [0, 7], ["a", "b"], "label 7 at position 1"),
        ([0, 1], [0.0, np.nan], ["a", "b"], "NaN or fractions"),
        ([0, np.nan], [0, 1], ["a", "b"], "NaN or fractions"),
        (["happy"], [3], ["a"], "expected .n,. integers"),
        ([0, 1], np.array([[0.5] * 7] * 2), ["a", "b"], "sums to 3.5"),
        ([0], np.array([[1.5, -0.5, 0, 0, 0, 0, 0]]), ["a"], "least value is -0.5"),
        ([0], np.full((1, 7), np.nan), ["a"], "holds NaN"),
        ([], [], [], "no images"),
        (LABELS, LABELS, np.linspace(0, 1, 140), "140 different groups"),
    ],
)
def test_bad_input_is_refused_in_words(labels, predictions, groups, message):
    with pytest.raises(FerCourseError, match=message):
        fer.group_metrics(labels, predictions, groups)


def test_a_gap_that_luck_does_not_make_is_found_and_a_harmless_one_is_not():
    harmless = np.tile(["x", "y"], 70)
    table = fer.group_gaps(LABELS, WORSE_FOR_B, {"half": HALF, "harmless": np.roll(harmless, 1)[::-1]})
    assert table.loc["half", ["worst", "best"]].tolist() == ["b", "a"]
    assert table.loc["half", "gap"] == pytest.approx(0.5)
    assert table.loc["half", "p_value"] == pytest.approx(1 / 2001)
    assert table.loc["half", "gap"] > table.loc["half", "gap_by_luck"]


def test_without_a_difference_p_values_are_even():
    rng = np.random.default_rng(0)
    groups = {f"coin {i}": rng.integers(0, 2, 140) for i in range(100)}
    p_values = fer.group_gaps(LABELS, WORSE_FOR_B, groups, permutations=200)["p_value"]
    assert (p_values < 0.05).mean() < 0.12
    assert 0.4 < p_values.mean() < 0.7


def test_persons_change_sides_as_a_whole():
    # Four persons with 35 images each; one of them is never recognised
    person = np.repeat([0, 1, 2, 3], 35)
    predictions = np.where(person == 3, (LABELS + 1) % 7, LABELS)
    groups = {"side": person >= 2}
    by_image = fer.group_gaps(LABELS, predictions, groups)["p_value"].iloc[0]
    by_person = fer.group_gaps(LABELS, predictions, groups, persons=person)["p_value"].iloc[0]
    assert by_image < 0.01
    assert by_person > 0.5  # wherever that person goes, the gap goes along


def test_small_and_unknown_groups_are_left_out_of_gaps():
    groups = np.array(["a"] * 60 + ["b"] * 60 + ["tiny"] * 9 + [""] * 11)
    table = fer.group_gaps(LABELS, LABELS, {"team": groups})
    assert table.loc["team", ["images", "groups"]].tolist() == [120, 2]
    assert table.loc["team", "p_value"] == 1
    with pytest.raises(FerCourseError, match="two groups of 61 images or more; found a 60, b 60, tiny 9"):
        fer.group_gaps(LABELS, LABELS, {"team": groups}, least=61)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_the_gap_is_that_of_the_table(metric):
    table = fer.group_metrics(LABELS, WORSE_FOR_B, HALF)[metric]
    gap = fer.group_gaps(LABELS, WORSE_FOR_B, {"half": HALF}, metric, permutations=10)["gap"].iloc[0]
    assert gap == pytest.approx(table.max() - table.min())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "auc"}, "metric is 'auc'"),
        ({"permutations": 0}, "permutations is 0"),
        ({"groups": {}}, "no attribute"),
        ({"groups": {"one": np.zeros(140)}}, "one: a gap needs two groups"),
        ({"persons": np.zeros(140)}, "one person is in the groups"),
        ({"persons": np.zeros(3)}, "persons have shape"),
    ],
)
def test_gaps_refuse_bad_input(options, message):
    with pytest.raises(FerCourseError, match=message):
        fer.group_gaps(LABELS, WORSE_FOR_B, **({"groups": {"half": HALF}} | options))


def test_holm_multiplies_the_smallest_most_and_keeps_the_order():
    assert _holm(np.array([0.04, 0.01, 0.03])).tolist() == pytest.approx([0.06, 0.03, 0.06])
    assert _holm(np.array([0.9, 0.8])).tolist() == [1, 1]


def test_silence_counts_only_what_is_answered():
    sure = np.array([0.9, 0.6, 0.4])[:, None] * np.eye(7)[[3, 3, 3]]
    probabilities = sure + (1 - sure.sum(axis=1, keepdims=True)) * np.eye(7)[[0, 0, 0]] * [1] + 0.0
    probabilities[2] = [0.1, 0.1, 0.4, 0.1, 0.1, 0.1, 0.1]
    table = fer.abstention([3, 6, 0], probabilities, [0, 0.5, 0.9, 0.95])
    assert table["answered"].tolist() == [3, 2, 1, 0]
    assert table["right"].tolist() == [1, 1, 1, 0]
    assert table["coverage"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert table["accuracy"].tolist()[:3] == pytest.approx([1 / 3, 0.5, 1])
    assert table.loc[3, ["accuracy", "low", "high"]].isna().all()


def test_silence_by_group_has_the_thresholds_of_each():
    probabilities = 0.1 / 6 * (1 - np.eye(7)[LABELS]) + 0.9 * np.eye(7)[LABELS]
    table = fer.abstention(LABELS, probabilities, iter([0, 0.5]), HALF)
    assert table["group"].tolist() == ["a", "a", "b", "b"]
    assert table["n"].tolist() == [70] * 4


def test_silence_needs_probabilities():
    with pytest.raises(FerCourseError, match="predicted labels alone have none"):
        fer.abstention(LABELS, LABELS)
