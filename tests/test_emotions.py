import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_course.emotions import (
    AFFECTNET_CLASSES,
    EMOTION_COLORS,
    EMOTIONS,
    EXPW_CLASSES,
    JAFFE_CODES,
    KDEF_CODES,
    RAF_DB_CLASSES,
    RAF_DB_COMPOUND_CLASSES,
    emotion_label,
    mapped_label,
)
from fer_course.errors import FerCourseError


def test_the_order_is_fer2013s():
    assert EMOTIONS == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def test_each_emotion_has_its_own_colour():
    assert tuple(EMOTION_COLORS) == EMOTIONS
    assert len(set(EMOTION_COLORS.values())) == 7
    assert all(re.fullmatch("#[0-9A-F]{6}", color) for color in EMOTION_COLORS.values())


@given(
    st.sampled_from(EMOTIONS), st.sampled_from([str.lower, str.upper, str.title]), st.sampled_from(["", " "])
)
def test_a_name_is_known_in_any_case(name, case, space):
    assert emotion_label(space + case(name) + space) == EMOTIONS.index(name)


@pytest.mark.parametrize(
    ("other", "ours"),
    [
        ("anger", "angry"),
        ("Disgusted", "disgust"),
        ("fearful", "fear"),
        ("happiness", "happy"),
        ("SADNESS", "sad"),
        ("surprised", "surprise"),
    ],
)
def test_names_of_other_datasets(other, ours):
    assert emotion_label(other) == EMOTIONS.index(ours)


@pytest.mark.parametrize("name", ["contempt", "", "3", "boredom"])
def test_an_unknown_name_is_refused_with_the_seven(name):
    with pytest.raises(FerCourseError, match=f"unknown emotion {name!r}; the seven are angry, .*, neutral"):
        emotion_label(name)


def test_what_is_far_too_long_for_a_name_is_quoted_in_part():
    with pytest.raises(FerCourseError, match=r"unknown emotion '12 12 .*\.\.\..*'; the seven are") as caught:
        emotion_label("12 " * 2304)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (RAF_DB_CLASSES, [5, 2, 1, 3, 4, 0, 6]),
        (RAF_DB_COMPOUND_CLASSES, [-1] * 11),
        (AFFECTNET_CLASSES, [6, 3, 4, 5, 2, 1, 0, -1, -1, -1, -1]),
        (EXPW_CLASSES, [0, 1, 2, 3, 4, 5, 6]),
        (JAFFE_CODES.values(), [0, 1, 2, 3, 4, 5, 6]),
        (KDEF_CODES.values(), [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_classes_of_other_datasets(classes, labels):
    assert [mapped_label(name) for name in classes] == labels


@pytest.mark.parametrize("name", ["Contempt", "no_face", "No-Face", " unknown ", "sadly angry"])
def test_classes_beside_the_seven(name):
    assert mapped_label(name) == -1


def test_a_class_of_no_dataset_is_refused():
    with pytest.raises(FerCourseError, match="unknown emotion 'boredom'"):
        mapped_label("boredom")
