"""Which cells of a solution run after its lesson: what was answered, and whatever depends on it."""

import pytest
from authoring.reruns import cells_to_run

STUB, ANSWER = "def answer(x):\n    return None", "def answer(x):\n    return 2 * x"


@pytest.mark.parametrize(
    ("cells", "run"),
    [
        (["a = 1", "b = a", "b"], []),
        (["a = answer(1)", "b = a", "b", "c = 3"], [0, 1, 2]),
        (["def twice(x):\n    return answer(x)", "a = twice(1)"], [0, 1]),
        (["a = 3\nb = answer(a)", "a + 1", "b + 1"], [0, 2]),  # a is what it was
        (["a = answer(1)", "a = 1", "a"], [0]),  # bound anew
        (["a = {}", "a['x'] = answer(1)", "a"], [0, 1, 2]),
        (["a = []", "a.append(answer(1))", "a"], [0, 1, 2]),
        (["a = 1", "answer(a)", "a = 2", "a"], [0, 1]),  # answer(a) asks for the first a
        (["a = 1", "b = a", "answer(b)", "b = 2", "a = 3"], [0, 1, 2]),
        (["a = 1", "a = answer(a)", "answer(a)"], [0, 1, 2]),
        (["import numpy as np", "np.random.seed(answer(1))", "np.zeros(3)"], [1]),
        (["%matplotlib inline\na = 1", "a"], []),
        (["[answer(x) for x in range(3)]", "[x for x in range(3)]"], [0]),
    ],
)
def test_cells_that_depend_on_an_answer_run_again(cells, run):
    chosen = cells_to_run([STUB, *cells], [ANSWER, *cells])
    assert chosen == {0, *(place + 1 for place in run)}


def test_cells_whose_output_is_compared_run_in_any_case_with_what_they_need():
    cells = ["a = 1", "b = a + 1", "a = 5", "c = 3"]
    assert cells_to_run(cells, cells) == set()
    assert cells_to_run(cells, cells, compared=[1]) == {0, 1}
