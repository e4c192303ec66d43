import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fer_course as fer
from fer_course import FerCourseError, combine
from fer_course.evaluation.ensembles import FITS
from fer_course.evaluation.members import accuracy_by_size, diversity, predict_members, q_statistic
from fer_course.training.zoo import random_network

LABELS = np.arange(700) % 7


def member(skill, seed, labels=LABELS):
    """Say something right with more or less conviction, independently of other seeds."""
    noise = np.random.default_rng(seed).dirichlet(np.full(7, 0.3), len(labels))
    return skill * np.eye(7)[labels] + (1 - skill) * noise


def guesses(seed):
    return member(0.0, seed)


def named(*skills):
    return {f"m{i}": member(skill, i) for i, skill in enumerate(skills)}


@pytest.mark.parametrize("method", FITS)
def test_independent_members_are_better_together_and_the_gain_is_significant(method):
    members = named(0.3, 0.3, 0.3)
    ensemble = combine(members, LABELS, method)
    together = ensemble.apply(members)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)
    best = max((one.argmax(axis=1) == LABELS).mean() for one in members.values())
    assert (together.argmax(axis=1) == LABELS).mean() > best + 0.1
    assert ensemble.gain.difference > 0.1 and ensemble.gain.p_value < 0.01
    low, high = ensemble.gain.interval
    assert 0 < low < ensemble.gain.difference < high
    assert (
        method in repr(ensemble)
        and "m0" in repr(ensemble)
        and repr(ensemble).endswith(", significant at 5 %")
    )
    json.dumps(ensemble.to_dict())


@pytest.mark.parametrize("method", FITS)
def test_three_copies_gain_nothing(method):
    one = member(0.3, 0)
    ensemble = combine([one, one, one], LABELS, method)
    assert abs(ensemble.gain.difference) < 0.03
    assert "not significant" in repr(ensemble)


@pytest.mark.parametrize("method", ["weights", "greedy"])
def test_fitted_weights_leave_a_guesser_out_that_a_vote_lets_speak(method):
    members = {"good": member(0.35, 0), "fair": member(0.3, 1), "guesser": guesses(2)}
    ensemble = combine(members, LABELS, method)
    assert ensemble.weights[2] < 0.1 and np.isclose(ensemble.weights.sum(), 1)
    vote = combine(members, LABELS)
    assert ensemble.cross_validated.accuracy > vote.cross_validated.accuracy


def test_stacking_sets_right_a_member_that_mixes_two_emotions_up():
    swapped = member(0.5, 0)[:, [4, 1, 2, 3, 0, 5, 6]]
    members = {"swapped": swapped, "guesser": guesses(1)}
    assert combine(members, LABELS, "stacking").cross_validated.accuracy > 0.8
    assert combine(members, LABELS, "weights").cross_validated.accuracy < 0.75


@pytest.mark.parametrize("seed", range(5))
def test_a_gain_chosen_on_noise_is_not_reported_as_one(seed):
    labels = np.arange(70) % 7
    members = [member(0.0, [seed, i], labels) for i in range(8)]
    ensemble = combine(members, labels, "greedy", seed)
    on_itself = (ensemble.apply(members).argmax(axis=1) == labels).mean()
    assert on_itself >= max((one.argmax(axis=1) == labels).mean() for one in members)
    assert ensemble.cross_validated.accuracy < on_itself


def test_a_vote_is_the_mean_and_needs_no_labels():
    members = named(0.2, 0.4)
    vote = combine(members)
    assert vote.gain is None and "cross" not in repr(vote)
    np.testing.assert_allclose(vote.apply(members), np.mean(list(members.values()), axis=0), atol=1e-6)
    np.testing.assert_allclose(
        combine(np.stack(list(members.values()))).apply(members.values()), vote.apply(members)
    )


def test_the_same_seed_gives_the_same_and_evaluations_bring_their_labels():
    members = named(0.2, 0.3, 0.1)
    ids = [f"face {i}" for i in range(700)]
    evaluations = {name: fer.score(LABELS, one, ids) for name, one in members.items()}
    first, second = combine(members, LABELS, "greedy"), combine(evaluations, method="greedy")
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.gain == second.gain
    assert np.array_equal(second.cross_validated.ids, evaluations["m0"].ids)
    pd.testing.assert_frame_equal(diversity(evaluations), diversity(members, LABELS))


def test_diversity_tells_copies_from_strangers():
    one, other = member(0.3, 0), member(0.3, 1)
    table = diversity({"one": one, "copy": one, "other": other}, LABELS).set_index(["first", "second"])
    assert table.loc[("one", "copy")].tolist()[:2] == [1.0, 1.0]
    assert table.loc[("one", "copy"), "gain"] == 0
    assert abs(table.loc[("one", "other"), "q_statistic"]) < 0.2
    assert table.loc[("one", "other"), "gain"] > 0.1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_q_is_symmetric_and_bounded(pairs):
    first, second = np.array(pairs).T
    q = q_statistic(first, second)
    assert np.isnan(q) or -1 <= q <= 1
    np.testing.assert_equal(q_statistic(second, first), q)
    np.testing.assert_allclose(q_statistic(first, ~second), -q)


def test_accuracy_by_size_ends_with_the_vote_of_all():
    members = named(0.1, 0.2, 0.3, 0.2)
    table = accuracy_by_size(members, LABELS)
    alone = [(one.argmax(axis=1) == LABELS).mean() for one in members.values()]
    assert table["members"].tolist() == [1, 2, 3, 4]
    assert table["mean"].iloc[0] == pytest.approx(np.mean(alone))
    assert table["highest"].iloc[0] == max(alone)
    assert table["mean"].is_monotonic_increasing
    assert table["mean"].iloc[3] == (combine(members).apply(members).argmax(axis=1) == LABELS).mean()


def without(emotion):
    keep = emotion != LABELS
    return {name: one[keep] for name, one in named(0.3, 0.3).items()}, LABELS[keep]


def test_an_absent_emotion_stops_stacking_alone():
    members, labels = without(1)
    assert combine(members, labels, "greedy").cross_validated.n == 600
    with pytest.raises(FerCourseError, match="disgust"):
        combine(members, labels, "stacking")


GOOD = member(0.3, 0)
BROKEN = np.where(np.arange(700)[:, None] == 5, np.nan, GOOD)


@pytest.mark.parametrize(
    ("members", "labels", "arguments", "told"),
    [
        ({"a": GOOD}, LABELS, {}, "1 member is no ensemble"),
        ({}, LABELS, {}, "no members"),
        ({"a": GOOD, "b": GOOD[:600]}, LABELS, {}, "b speaks of 600 images, a of 700"),
        ({"a": GOOD, "six": GOOD[:, :6]}, LABELS, {}, r"six: shape \(700, 6\)"),
        ({"a": GOOD, "nan": BROKEN}, LABELS, {}, "row 5 of nan"),
        ({"a": GOOD, "logits": np.log(GOOD + 1e-9)}, LABELS, {}, "logits need a softmax"),
        ({"a": GOOD, "b": GOOD}, LABELS, {"method": "magic"}, "expected one of vote, weights"),
        ({"a": GOOD, "b": GOOD}, None, {"method": "greedy"}, "labels"),
        ({"a": GOOD, "b": GOOD}, LABELS[:600], {}, "600"),
        ({"a": GOOD, "b": GOOD}, np.where(LABELS == 3, -1, LABELS), {}, "100 of 700 images have no label"),
        ({"a": GOOD[:5], "b": GOOD[:5]}, LABELS[:5], {}, "too few"),
    ],
)  # fmt: skip
def test_bad_input_is_named(members, labels, arguments, told):
    with pytest.raises(FerCourseError, match=told):
        combine(members, labels, **arguments)


def test_other_images_and_other_members_are_refused():
    ids = np.arange(700).astype(str)
    first, second = fer.score(LABELS, GOOD, ids), fer.score(LABELS, GOOD, ids[::-1])
    with pytest.raises(FerCourseError, match="b was scored on other images than a"):
        combine({"a": first, "b": second})
    vote = combine({"a": GOOD, "b": GOOD})
    with pytest.raises(FerCourseError, match="made of a, b"):
        vote.apply({"a": GOOD, "c": GOOD})
    with pytest.raises(FerCourseError, match="made of a, b"):
        vote.apply([GOOD] * 3)
    for function in (diversity, accuracy_by_size):
        with pytest.raises(FerCourseError, match="labels"):
            function({"a": GOOD, "b": GOOD})


@pytest.mark.slow
def test_members_are_asked_one_by_one_and_need_names_of_their_own(tmp_path):
    files = [
        fer.save_model(random_network(seed), tmp_path / f"random_{seed}" / "model.keras") for seed in (0, 3)
    ]
    images = fer.sample_faces().images[:5]
    probabilities = predict_members(files, images)
    assert list(probabilities) == ["random_0", "random_3"]
    np.testing.assert_allclose(probabilities["random_3"], fer.predict(random_network(3), images), atol=1e-5)
    with pytest.raises(FerCourseError, match="two members are called random_0"):
        predict_members([files[0], files[0]], images)
    with pytest.raises(FileNotFoundError):
        predict_members([tmp_path / "nobody.keras"], images)
