import numpy as np
import pytest

import fer_course as fer


def test_a_person_acts_the_seven_emotions_and_stays_the_same_person():
    film = fer.sample_video(person=3)
    assert film.shape == (140, 120, 120) and film.dtype == np.uint8
    np.testing.assert_array_equal(film, fer.sample_video(person=3))
    for emotion in range(7):
        within = np.abs(np.diff(film[20 * emotion : 20 * emotion + 20].astype(int), axis=0)).mean()
        to_the_next = np.abs(film[20 * emotion].astype(int) - film[20 * emotion - 1]).mean()
        assert within < to_the_next


def test_a_second_sitting_has_another_light():
    one, other = fer.sample_video(3, sitting=0), fer.sample_video(3, sitting=1)
    assert abs(one.mean() - other.mean()) > 3
    assert not np.array_equal(fer.sample_video(4), one)


@pytest.mark.parametrize(
    ("person", "sitting", "words"),
    [(-1, 0, "person is -1"), (2.5, 0, "person is 2.5"), (1, "two", "sitting is 'two'")],
)
def test_no_such_person_or_sitting(person, sitting, words):
    with pytest.raises(fer.FerCourseError, match=f"{words}; expected a whole number, 0 or more"):
        fer.sample_video(person, sitting)
