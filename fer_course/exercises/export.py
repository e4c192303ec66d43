"""Checks of lesson 17: weights in few bits, a scale for each filter, and how long a call takes."""

import time
from typing import Any
from unittest.mock import patch

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "The last code is 2 ** (bits - 1) - 1. Which weight shall get it?",
    "scale = np.abs(weights).max() / (2 ** (bits - 1) - 1); how many steps is each weight?",
    "codes = np.round(weights / scale); return codes, scale",
    placeholder=lambda weights, bits: (weights * 0, 1.0),
)
def quantize(answer: Answer, expect: Expectations) -> None:
    """Whole numbers for the weights, and the step that they count."""
    weights = np.array([[0.5, -1.27, 0.006], [0.0, 0.994, -0.014]])
    found = answer(weights, 8)
    expect.that(isinstance(found, tuple | list) and len(found) == 2,
        "two things come back, the codes and the scale", found, slip="return codes, scale")
    codes, scale = np.asarray(found[0], float), float(found[1])
    expect.shape(codes, (2, 3), "every weight has a code")
    expect.not_equal(scale, 0.994 / 127, "the largest weight may be a negative one",
        slip="np.abs(weights).max()")
    expect.equal(scale, 0.01, "with 8 bits and -1.27 as the largest weight the scale is 0.01",
        slip="divide by the last code, 2 ** (bits - 1) - 1")
    expect.equal(codes, np.round(codes), "codes are whole numbers",
        slip="round after dividing by the scale: np.round")
    expect.equal(codes, [[50, -127, 1], [0, 99, -1]], "the codes are 50, -127, 1 and 0, 99, -1",
        slip="take the nearest: np.round, not the whole part alone")
    codes, scale = answer(np.array([3.0, -1.0, 2.0]), 3)
    expect.equal(codes, [3, -1, 2], "with 3 bits the last code is 3")
    expect.equal(scale, 1.0, "and the scale of 3, -1, 2 is 1")


@exercise(
    "The largest weight of each filter, with or without its sign. Filters are the last axis.",
    "np.abs(kernel).max(axis=...) over height, width and channels: the axes 0, 1 and 2.",
    "return np.abs(kernel).max(axis=(0, 1, 2)) / (2 ** (bits - 1) - 1)",
    placeholder=lambda kernel, bits: np.ones(kernel.shape[3]),
)
def filter_scales(answer: Answer, expect: Expectations) -> None:
    """The step of each filter."""
    kernel = np.zeros((3, 3, 2, 4))
    kernel[1, 1, 0] = [7, -1.4, 0.7, 3.5]
    kernel[0, 2, 1] = [1, 1.0, -0.1, -0.5]
    found = np.asarray(answer(kernel, 4), float)
    expect.that(found.ndim == 1, "there are as many scales as filters: one for each filter", found,
        slip="one scale for the whole kernel is what you have already")
    expect.shape(found, (4,), "four filters, four scales", slip={(3,): "the last axis stays: axis=(0, 1, 2)"})
    expect.not_equal(found, np.array([7, 1.0, 0.7, 3.5]) / 7, "a negative weight can be the largest",
        slip="np.abs(kernel)")
    slips = {
        (1.0, 1.0, 1.0, 1.0): "that is the scale of the whole kernel; axis=(0, 1, 2) keeps one a filter",
        (7.0, 1.4, 0.7, 3.5): "these are the largest weights: divide by 2 ** (bits - 1) - 1",
        (7 / 15, 1.4 / 15, 0.7 / 15, 3.5 / 15): "one bit is the sign: 2 ** (bits - 1) - 1, not 2**bits - 1",
        (7 / 8, 1.4 / 8, 0.7 / 8, 3.5 / 8): "the last code is one less: 2 ** (bits - 1) - 1",
        None: "divide by 2 ** (bits - 1) - 1, which is 7 for 4 bits",
    }
    expect.equal(found, [1.0, 0.2, 0.1, 0.5], "each filter's largest weight gets the last code", slip=slips)


class _Clock:
    """A clock that only calls set forward, so that a busy computer makes no right answer wrong.

    A call takes two milliseconds; the first ones, or one in between, take 150, the one before that a half.
    """

    def __init__(self, slow_first: int, disturbed: int | None = None) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._slow_first, self._disturbed = slow_first, disturbed

    def call(self) -> None:
        slow = self.calls < self._slow_first or self.calls == self._disturbed
        self.seconds += 0.15 if slow else 0.0005 if self.calls + 1 == self._disturbed else 0.002
        self.calls += 1

    def time(self, answer: Any, **counts: int) -> Any:
        """Let the answer measure, by this clock."""
        names = ("perf_counter", "time", "monotonic", "process_time")
        replaced: dict[str, Any] = dict.fromkeys(names, lambda: self.seconds)
        with patch.multiple(time, **replaced):
            return answer(lambda: self.call(), **counts)


@exercise(
    "Two loops: the first only calls. The second takes time.perf_counter() before and after each call.",
    "Keep every duration in a list. What is in the middle of a sorted list is the median.",
    "start = time.perf_counter(); call(); taken.append(time.perf_counter() - start). At the end "
    "1000 * np.median(taken).",
    placeholder=0.0,
)
def latency(answer: Answer, expect: Expectations) -> None:
    """Milliseconds of a typical call."""
    clock = _Clock(slow_first=2)
    found = clock.time(answer, warm_up=2, calls=3)
    expect.number(found, slip="one number: the median of the durations")
    expect.equal(clock.calls, 5, "two calls to warm up and three to measure are five",
        slip="the first warm_up calls come in a loop of their own")
    expect.not_equal(found, 150.0, "the slow first calls are not measured", slip="warm_up calls come first")
    expect.not_equal(found, 0.002, "the result is in milliseconds", slip="perf_counter counts seconds")
    expect.equal(found, 2.0, "a call takes two milliseconds, by the clock of this check",
        slip="write time.perf_counter(), before and after each single call")
    expect.equal(_Clock(slow_first=0, disturbed=4).time(answer, warm_up=2, calls=5), 2.0,
        "one disturbed call does not change the answer",
        slip="the median of single calls; a mean, or the time of all together, lets one call spoil it")
    clock = _Clock(slow_first=5)
    expect.equal((clock.time(answer), clock.calls), (2.0, 55), "left out, 5 warm up and 50 are measured",
        slip="def latency(call, warm_up=5, calls=50)")
