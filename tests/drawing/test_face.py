"""Drawn faces: what they accept, and that every action unit shows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.drawing.action_units import random_expression
from fer_course.drawing.face import render
from fer_course.drawing.identity import AGES, HAIR_SHARES, SKIN_TONES, Identity
from fer_course.drawing.relief import locate
from fer_course.drawing.scene import Scene
from fer_course.errors import FerCourseError

STRENGTHS = st.dictionaries(st.sampled_from(sorted(fer.ACTION_UNITS)), st.floats(0, 1.5), max_size=6)


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(first.astype(int) - second.astype(int))


def corner_lift(strength: float) -> float:
    """How far the mouth corner lies above the middle of the mouth."""
    au = dict.fromkeys(fer.ACTION_UNITS, 0.0) | {12: strength}
    marks = locate(Identity(), au)
    return float(marks.mouth_top[12, 1]) - marks.mouth_corner[1]


@pytest.mark.parametrize("size", [16, 48, 96, 192])
def test_size_and_type(size):
    face = fer.draw_face({12: 1}, size=size)
    assert face.shape == (size, size)
    assert face.dtype == np.uint8
    assert face.std() > 20


def test_same_call_same_face():
    people = Identity.random(7)
    assert np.array_equal(fer.draw_face({4: 1}, people, seed=3), fer.draw_face({4: 1}, people, seed=3))
    assert not np.array_equal(fer.draw_face({4: 1}, people, seed=3), fer.draw_face({4: 1}, people, seed=4))


@pytest.mark.parametrize("unit", fer.ACTION_UNITS)
@pytest.mark.parametrize("seed", [None, 3, 11])
def test_every_action_unit_shows_at_48_pixels(unit, seed):
    identity = None if seed is None else Identity.random(seed)
    changed = difference(fer.draw_face({unit: 1}, identity), fer.draw_face({}, identity))
    assert (changed > 8).sum() >= 12


def test_smile_slider_lifts_the_mouth_corners_step_by_step():
    lifts = [corner_lift(strength) for strength in np.linspace(0, 1, 11)]
    assert np.all(np.diff(lifts) > 0.15)
    assert lifts[0] > 0  # a resting face is not sad
    assert lifts[-1] > 2.5  # pixels at 48


def test_slider_moves_smoothly():
    faces = [fer.draw_face({12: strength}, size=192) for strength in np.linspace(0, 1, 11)]
    steps = [difference(after, before).mean() for before, after in pairwise(faces)]
    assert min(steps) > 0.05
    assert max(steps) < 6 * min(steps)


@pytest.mark.parametrize("emotion", fer.EMOTIONS)
def test_expressions_name_known_units(emotion):
    assert all(set(combination) <= set(fer.ACTION_UNITS) for combination in fer.EXPRESSIONS[emotion])


def test_expressions_differ_from_one_another():
    people = [Identity.random(seed) for seed in range(6)]
    faces = [[fer.draw_face(fer.EXPRESSIONS[e][0], who) for who in people] for e in fer.EMOTIONS]
    flat = np.array(faces, float).mean(axis=1).reshape(7, -1)
    distance = np.abs(flat[:, None] - flat[None]).mean(axis=2)
    assert distance[~np.eye(7, dtype=bool)].min() > 1.5


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ({3: 1}, "unknown action unit 3"),
        ({"12": 1}, "unknown action unit '12'"),
        ({12: -0.1}, "strength -0.1"),
        ({12: 1.6}, "lip corner puller"),
        ({12: float("nan")}, "strength nan"),
        ({12: "full"}, "strength 'full'"),
        ([12], "expected a dict"),
    ],
)
def test_wrong_action_units_are_named(units, words):
    with pytest.raises(FerCourseError, match=words):
        fer.draw_face(units)


@pytest.mark.parametrize("size", [0, 15, 1025, 48.0, "48"])
def test_wrong_size_is_named(size):
    with pytest.raises(FerCourseError, match="size is"):
        fer.draw_face({}, size=size)


@settings(max_examples=40, deadline=None)
@given(STRENGTHS, st.integers(0, 10_000))
def test_any_face_of_anybody_can_be_drawn(units, seed):
    face = fer.draw_face(units, Identity.random(seed), seed=seed)
    assert face.shape == (48, 48)
    assert face.std() > 8


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 6), st.integers(0, 10_000))
def test_any_scene_can_be_rendered(label, seed):
    rng = np.random.default_rng(seed)
    scene = Scene.random(rng)
    picture = render(random_expression(label, rng), Identity.random(seed), scene)
    assert np.isfinite(picture).all()
    assert scene.camera.expose(picture, rng).dtype == np.uint8


def test_people_are_varied():
    people = [Identity.random(seed) for seed in range(300)]
    assert {who.skin_tone for who in people} == set(SKIN_TONES)
    assert {who.age for who in people} == set(AGES)
    assert {who.hair for who in people} == set(HAIR_SHARES)
    assert 0.08 < np.mean([who.glasses for who in people]) < 0.25
    assert Identity.random(5) == Identity.random(5)
    assert Identity.random(5) != Identity.random(6)


def test_groups_show():
    plain = Identity()
    for changed in (
        {"glasses": True},
        {"beard": True},
        {"skin_tone": "dark"},
        {"hair": "bald"},
        {"age": "old"},
    ):
        other = fer.draw_face({}, Identity(**changed))
        assert (difference(other, fer.draw_face({}, plain)) > 8).sum() > 20, changed


@pytest.mark.parametrize("wrong", [{"hair": "mohawk"}, {"skin_tone": "blue"}, {"age": "dead"}])
def test_unknown_groups_are_named(wrong):
    with pytest.raises(FerCourseError, match="expected one of"):
        Identity(**wrong)


def test_detector_finds_the_default_face():
    drawn = [fer.draw_face(fer.EXPRESSIONS[emotion][0], size=192) for emotion in fer.EMOTIONS]
    assert fer.FaceDetector().count(drawn).tolist() == [1] * 7
