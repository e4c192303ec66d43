import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fer_course.errors import FerCourseError
from fer_course.sources.tables import format_pixels, parse_many, parse_one


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(48), st.just(48))))
def test_written_pixels_are_read_back(images):
    texts = [format_pixels(image) for image in images]
    np.testing.assert_array_equal(parse_many(texts), images)
    np.testing.assert_array_equal(parse_one(texts[0], "here"), images[0])


GOOD = b" ".join([b"7"] * 2304)
ODD = {
    "one value short": GOOD[:-2],
    "one too many": GOOD + b" 7",
    "a value too large": GOOD[:-1] + b"256",
    "four digits": GOOD[:-1] + b"1000",
    "as many digits as a long": GOOD[:-1] + b"9" * 5000,
    "a negative value": b"-" + GOOD,
    "a fraction": GOOD + b".5",
    "a word": b"x" + GOOD[1:],
    "letters beyond ASCII": "٧".encode() + GOOD[1:],
    "nothing": b"",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("others", [[], [GOOD, GOOD]])
def test_what_is_not_2304_bytes_is_refused(text, others):
    assert parse_many([*others, text]) is None
    with pytest.raises(FerCourseError, match=r"^here, column 'pixels': "):
        parse_one(text, "here")


def test_a_short_row_is_not_made_up_for_by_a_long_one():
    assert parse_many([GOOD[:-2], GOOD + b" 7"]) is None
    assert parse_many([GOOD + b" 7", GOOD[:-2]]) is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([b"0", b"7", b"42", b"255", b"256", b"007", b"0255", b"", b"a"]), max_size=12)
)
def test_the_fast_way_is_never_more_lenient_than_the_slow_one(numbers):
    text = b" ".join([*numbers, *[b"7"] * (2304 - len([number for number in numbers if number]))])
    fast = parse_many([text])
    try:
        slow = parse_one(text, "here")
    except FerCourseError:
        assert fast is None
    else:
        assert fast is None or np.array_equal(fast[0], slow)
