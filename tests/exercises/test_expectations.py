import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_course.exercises.expectations import Expectations, NotYet, describe, same

HOLDS = [
    lambda e: e.equal(np.float32(0.1), 0.1, "s"),
    lambda e: e.equal([1, 2], np.array([1, 2]), "s"),
    lambda e: e.equal("happy", "happy", "s"),
    lambda e: e.more(2, 1, "s"),
    lambda e: e.less(1, 2, "s"),
    lambda e: e.between(np.array([0, 255]), 0, 255, "s"),
    lambda e: e.number(np.float64(3)),
    lambda e: e.shape(np.zeros((2, 48, 48)), (None, 48, 48)),
    lambda e: e.dtype(np.zeros(3, np.uint8), "uint8"),
    lambda e: e.dtype(np.zeros(3, np.uint8), np.uint8),
    lambda e: e.kind([], (list, tuple), "s"),
    lambda e: e.that(True, "s"),
]
FAILS = [
    (lambda e: e.equal(np.zeros(3), np.zeros(4), "s"), "found: array([0., 0., 0.])"),
    (lambda e: e.equal("1", 1, "s"), "expected: 1"),
    (lambda e: e.equal(float("nan"), 0.0, "s"), "found: nan"),
    (lambda e: e.more(float("nan"), 1, "s"), "more than 1"),
    (lambda e: e.more("2", 1, "s"), "found: 2"),
    (lambda e: e.less(np.zeros(2), 1, "s"), "less than 1"),
    (lambda e: e.between(np.array([0, 256]), 0, 255, "s"), "0 to 255"),
    (lambda e: e.number([1]), "one number"),
    (lambda e: e.number("1"), "one number"),
    (lambda e: e.shape(np.zeros((48, 48)), (None, 48, 48)), "shape (None, 48, 48)"),
    (lambda e: e.dtype(np.zeros(3), np.uint8), "found: float64"),
    (lambda e: e.kind((), list, "s"), "found: a tuple"),
    (lambda e: e.that(0, "s", found=7, slip="look"), "advice: look"),
]


@pytest.mark.parametrize("state", HOLDS)
def test_a_property_that_holds_is_kept(state):
    expect = Expectations()
    state(expect)
    assert len(expect.held) == 1


@pytest.mark.parametrize(("state", "said"), FAILS)
def test_a_property_that_fails_says_what_was_found(state, said):
    expect = Expectations()
    with pytest.raises(NotYet) as failure:
        state(expect)
    assert said in str(failure.value)
    assert expect.held == []


@pytest.mark.parametrize(("found", "slip"), [(9, "the bias"), (4.0, "a square"), (5, None)])
def test_of_several_slips_the_one_that_gives_the_value_is_named(found, slip):
    with pytest.raises(NotYet) as failure:
        Expectations().equal(found, 10, "s", slip={9: "the bias", 4: "a square"})
    assert failure.value.lines[3:] == ([f"likely slip: {slip}"] if slip else [])


def test_a_shape_can_give_a_slip_away():
    with pytest.raises(NotYet) as failure:
        Expectations().shape(np.zeros(4), (2, 2), "s", slip={(4,): "a picture has rows"})
    assert failure.value.lines[-1] == "likely slip: a picture has rows"


def test_what_fits_no_slip_gets_the_advice_under_none():
    with pytest.raises(NotYet) as failure:
        Expectations().equal((1, 3), (1, 2), "s", slip={(2, 1): "the order", None: "count again"})
    assert failure.value.lines[3:] == ["advice: count again"]


def test_what_is_a_number_or_has_the_shape_or_kind_comes_back():
    expect, row = Expectations(), np.zeros(3)
    assert expect.number(3) == 3
    assert expect.shape(row, (3,)) is row
    assert expect.kind(row, np.ndarray, "s") is row


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=50))
def test_describe_and_same_take_anything(value):
    assert len(describe(value)) <= 170
    assert "\n" not in describe(value)
    same(value, 1.0)


def test_tables_and_large_arrays_are_described_not_printed():
    assert describe(pd.DataFrame({"blur": range(100)})) == "table of 100 rows with columns blur"
    assert describe(np.zeros((3, 48, 48), np.uint8)) == "uint8 array of shape (3, 48, 48), values 0 to 0"
    assert same(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}))
    assert not same(np.zeros(3), "text")
