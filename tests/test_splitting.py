import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_course.dataset import SPLITS, split_by_person
from fer_course.errors import FerCourseError

people = st.lists(st.sampled_from([f"S{number:03}" for number in range(12)]), min_size=1, max_size=60)


@given(people, st.integers(0, 99))
def test_nobody_is_in_two_splits_and_no_split_is_empty(persons, seed):
    split = split_by_person(persons, seed=seed)
    of_person = {person: set(split[np.array(persons) == person]) for person in persons}
    assert all(len(splits) == 1 for splits in of_person.values())
    assert set(split) == set(SPLITS[: len(of_person)])


@given(people, st.randoms())
def test_the_order_of_the_images_does_not_matter(persons, random):
    shuffled = list(persons)
    random.shuffle(shuffled)
    before = dict(zip(persons, split_by_person(persons, seed=3), strict=True))
    assert before == dict(zip(shuffled, split_by_person(shuffled, seed=3), strict=True))


def test_shares_are_of_images():
    persons = np.random.default_rng(0).integers(0, 120, 2000)
    split = split_by_person(persons, (0.6, 0.3, 0.1))
    shares = [np.mean(split == name) for name in SPLITS]
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.02)


def test_another_seed_divides_otherwise():
    persons = [f"S{number}" for number in range(40)]
    assert split_by_person(persons, seed=0).tolist() == split_by_person(persons, seed=0).tolist()
    assert split_by_person(persons, seed=0).tolist() != split_by_person(persons, seed=1).tolist()


def test_a_share_of_none():
    assert set(split_by_person(list("abcdefgh"), (0.75, 0, 0.25))) == {"train", "test"}


@pytest.mark.parametrize("shares", [(0.8, 0.1), (0.8, 0.1, 0.2), (1.2, -0.1, -0.1), (80, 10, 10)])
def test_what_is_no_shares(shares):
    with pytest.raises(FerCourseError, match="expected three that add up to 1, for train, val, test"):
        split_by_person(["a", "b"], shares)


@pytest.mark.parametrize("persons", [["a", ""], [["a"], ["b"]], [0.5, 1.5]])
def test_what_is_no_persons(persons):
    with pytest.raises(FerCourseError, match="expected one name or number an image, none of them empty"):
        split_by_person(persons)


def test_a_column_of_a_table_names_people():
    names = ["anna", "anna", "ben", "carla"]
    column = np.array(names, object)
    assert split_by_person(column).tolist() == split_by_person(names).tolist()
