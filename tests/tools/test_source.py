import pytest
from authoring.source import Cell, SourceError, names_defined, read_lesson


def cell(text):
    return Cell("code", text, frozenset(), "03_blur.py, cell 1")


def test_a_returning_block_becomes_a_return():
    one = cell("def f(x):\n    ### BEGIN SOLUTION\n    y = 2 * x\n    return y\n    ### END SOLUTION")
    assert one.stubbed == "def f(x):\n    return ...  # your turn"
    assert one.solved == "def f(x):\n    y = 2 * x\n    return y"
    assert one.is_exercise


def test_an_assigning_block_becomes_one_line_a_name():
    one = cell("### BEGIN SOLUTION\na, b = 1, 2\nc = a + b\n### END SOLUTION\nprint(c)")
    assert one.stubbed == "a = ...  # your turn\nb = ...  # your turn\nc = ...  # your turn\nprint(c)"


def test_a_whole_function_in_a_block_is_a_name():
    one = cell("### BEGIN SOLUTION\ndef f(x):\n    return x\n### END SOLUTION")
    assert one.stubbed == "f = ...  # your turn"


def test_a_block_may_bring_its_own_stub():
    one = cell(
        "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### STUB\n"
        "    # y = ...  # double it\n    # if y:\n    #     return y\n    ### END SOLUTION"
    )
    assert one.stubbed == "def f(x):\n    y = ...  # double it\n    if y:\n        return y"
    assert one.solved == "def f(x):\n    return 2 * x"


def test_two_blocks_in_one_cell():
    one = cell(
        "### BEGIN SOLUTION\na = 1\n### END SOLUTION\nb = 2\n### BEGIN SOLUTION\nc = 3\n### END SOLUTION"
    )
    assert one.solved == "a = 1\nb = 2\nc = 3"
    assert one.stubbed == "a = ...  # your turn\nb = 2\nc = ...  # your turn"


@pytest.mark.parametrize(
    "text",
    [
        "### BEGIN SOLUTION\na = 1",
        "a = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\na = 1\n### END SOLUTION",
        "### STUB\n# a = 1",
        "### begin solution\na = 1\n### END SOLUTION",
        "###BEGIN SOLUTION\na = 1\n### END SOLUTION",
        "### BEGIN SOLUTIONS\na = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\nprint(1)\n### END SOLUTION",
        "### BEGIN SOLUTION\na = = 1\n### END SOLUTION",
    ],
)
def test_markers_that_do_not_balance_are_refused_with_their_place(text):
    with pytest.raises(SourceError, match=r"03_blur\.py, cell 1"):
        _ = cell(text).stubbed


def test_names_defined():
    code = "import os\nx: int = 1\n(a, b), c = (1, 2), 3\nd[0] = 1\ndef f():\n    y = 1\nclass K: pass"
    assert names_defined(code) == ["x", "a", "b", "c", "f", "K"]


def test_the_demonstration_is_read(source):
    lesson = read_lesson(source)
    assert (lesson.number, lesson.topic, lesson.title, lesson.minutes) == ("10", "demo", "Demonstration", 1)
    assert len(lesson.cells) == len(lesson.for_solutions) + 2 == len(lesson.for_students) + 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# minutes: 1\n", "", "'minutes', of type int"),
        ("# minutes: 1\n", "# minutes: long\n", "'minutes', of type int"),
        ("# needs: nothing\n", "# needs: nothing\n# mood: good\n", "does not know mood"),
        ("double differs from a square", "double: it differs", "put one with a colon in quotes"),
        ("# ---\n", "", "front matter"),
    ],
)
def test_front_matter_that_is_wrong_is_refused(source, edit, old, new, said):
    edit(old, new)
    with pytest.raises(SourceError, match=said):
        read_lesson(source)


def test_a_source_is_named_by_number(source):
    with pytest.raises(SourceError, match="NN_slug"):
        read_lesson(source.rename(source.with_name("demo.py")))
