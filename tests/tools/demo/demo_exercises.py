"""Checks of the demonstration lesson."""

from fer_course.exercises.engine import exercise


@exercise("Two times.")
def double(answer, expect):
    """Twice the number."""
    expect.equal(answer(3), 6, "double(3) is 6", slip="3 ** 2 is the square")


@exercise("max", placeholder=0)
def largest(answer, expect):
    """The largest number."""
    expect.equal(answer, 3, "the largest of 1, 2, 3")
