import json
import linecache
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

from fer_course.errors import FerCourseError
from fer_course.exercises.engine import exercise

FLAT = np.full((8, 8), 90, np.uint8)


@exercise("Look at the edges.", "Use .var().")
def spread(answer, expect):
    """The variance of an image."""
    image = FLAT.copy()
    image[:, 4:] = 200
    expect.number(answer(image))
    expect.equal(answer(FLAT), 0.0, "a flat image scores 0", slip="subtract the mean first")
    expect.not_equal(answer(image), image.std(), "it is the variance", slip="that is its square root")
    expect.equal(answer(image), image.var(), "an edge scores its variance")


def verdict(answer):
    return spread.judge(answer)


def test_a_right_answer_is_correct_and_lists_what_holds(capsys):
    spread.check(np.var)
    assert capsys.readouterr().out.splitlines() == [
        "Correct: spread",
        "  ✓ the result is one number",
        "  ✓ a flat image scores 0",
        "  ✓ it is the variance",
        "  ✓ an edge scores its variance",
    ]


@pytest.mark.parametrize("stub", [None, ..., lambda image: ..., lambda image: None, (3, ...)])
def test_placeholders_are_not_attempted(stub):
    assert verdict(stub).status == "not attempted"


def test_not_implemented_is_not_attempted():
    def stub(image):
        raise NotImplementedError

    assert verdict(stub).status == "not attempted"


def test_a_wrong_answer_names_property_expected_found_and_slip():
    said = str(verdict(np.mean))
    assert said.splitlines()[2:6] == [
        "  ✗ a flat image scores 0",
        "    expected: 0",
        "    found: 90",
        "    advice: subtract the mean first",
    ]
    assert "likely slip: that is its square root" in str(verdict(np.std))


def test_an_exception_becomes_words_with_input_and_line():
    def answer(image):
        return image.variance()

    said = str(verdict(answer))
    assert "spread(uint8 array of shape (8, 8), values 90 to 200) raised AttributeError" in said
    assert "return image.variance()" in said
    assert "Traceback" not in said


def test_wrong_number_of_arguments_and_exit_are_words_too():
    assert "takes 0 positional arguments" in str(verdict(lambda: 1))
    assert "raised SystemExit" in str(verdict(lambda image: sys.exit(3)))


@pytest.mark.parametrize("answer", [5, "text", np.zeros(3), pd.DataFrame({"a": [1]}), object()])
def test_an_answer_of_another_kind_is_refused_in_words(answer):
    said = verdict(answer)
    assert said.status == "not yet"
    assert "could not be used here" in str(said)


def test_a_student_can_neither_spoil_nor_change_the_input():
    def greedy(image):
        result = image.var()
        image[:] = 0
        return result

    assert "spread changed image, which is needed as it was" in str(verdict(greedy))
    assert FLAT.min() == 90


def test_huge_results_and_floods_of_prints_stay_short():
    def noisy(image):
        print("line\n" * 10_000)
        return list(range(100_000))

    said = str(verdict(noisy))
    assert "your code printed:" in said
    assert len(said) < 1000


def test_a_division_by_zero_gets_a_verdict_and_no_warning(recwarn):
    assert "found: nan" in str(verdict(lambda image: np.float64(0) / (image.std() - image.std())))
    assert not recwarn.list


def test_strict_turns_a_verdict_into_an_exception(monkeypatch, capsys):
    monkeypatch.setenv("FER_COURSE_STRICT", "1")
    spread.check(np.var)
    for answer in (..., np.mean):
        with pytest.raises(FerCourseError, match="spread"):
            spread.check(answer)


@exercise("?", placeholder=lambda image: image)
def brighter(answer, expect):
    """Ten levels more."""
    expect.equal(answer(FLAT), FLAT + 10, "every pixel gains 10")


@exercise("?", placeholder=0.0)
def threshold(answer, expect):
    """A threshold above one."""
    expect.more(answer, 1, "it is above 1")


def test_a_declared_placeholder_is_not_attempted():
    assert brighter.judge(lambda image: image).status == "not attempted"
    assert brighter.judge(lambda image: image + 1).status == "not yet"
    assert brighter.judge(lambda image: image + 10).status == "correct"
    assert [threshold.judge(value).status for value in (0.0, 0.5, 2)] == [
        "not attempted",
        "not yet",
        "correct",
    ]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """The stub of brighter, as the build stores it."""
    code = 'def brighter(image):\n    """Brighter."""\n    return image  # your turn'
    text = json.dumps({brighter.lesson: {"stubs": {"brighter": code}}})
    (tmp_path / "solutions.json").write_text(text)
    monkeypatch.setattr("fer_course.exercises.engine.resources.files", lambda package: tmp_path)


@pytest.fixture
def written(stored):
    """Make a function of a cell, whose text a notebook keeps."""

    def written(code):
        place, namespace = f"<cell {hash(code)}>", {"np": np, "FLAT": FLAT}
        linecache.cache[place] = len(code), None, code.splitlines(keepends=True), place
        exec(compile(code, place, "exec"), namespace)
        return brighter.judge(namespace["brighter"])

    return written


def test_not_attempted_is_what_reads_like_the_stub(written):
    assert written("def brighter(image):\n    # hm\n    return image").status == "not attempted"
    assert written("def brighter(image):\n    return image + 0").status == "not yet"
    assert written("def brighter(image):\n    return image + 10").status == "correct"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("image + 10", "the result goes after `return`"),
        ("print(image + 10)", "print only shows a result"),
        ("if image.min() > 100:\n        return image + 10", "one way through it ends without `return`"),
        ("return ... if image.min() < 100 else image", "some way through it is not written yet"),
        ("image += 10\n    return image", "brighter changed image"),
        ("return image + np.ones(3)", "advice: these shapes do not fit"),
        ("return image + 10 if image > 0 and image < 9 else image", "join arrays by &"),
        ("return image + 256", "advice: uint8 goes from 0 to 255"),
        ("return immage", "is the name spelled"),
        ("return FLAT + 1", "advice: it reads `FLAT`, a variable of the notebook"),
    ],
)
def test_errors_of_beginners_get_words_of_their_own(written, body, said):
    verdict = written(f"def brighter(image):\n    {body}")
    assert verdict.status == "not yet"
    assert said in str(verdict)


def test_a_result_in_place_of_the_function_is_told_so(stored):
    assert "ex.brighter.check(brighter), without calling it" in str(brighter.judge(FLAT + 10))
    assert brighter.judge(...).status == "not attempted"


def test_without_a_text_the_placeholder_decides_and_what_prints_is_an_attempt():
    assert brighter.judge(eval("lambda image: image")).status == "not attempted"
    assert verdict(lambda image: print(image.var())).status == "not yet"


@pytest.mark.parametrize(
    "loop", ["pass", "try:\n            sum(range(9))\n        except:\n            pass"]
)
def test_an_endless_loop_is_ended_with_its_line_and_nothing_follows_it(written, monkeypatch, loop):
    monkeypatch.setattr("fer_course.exercises.student.LONGEST_CALL", 0.3)
    before = threading.active_count()
    said = str(written(f"def brighter(image):\n    while True:\n        {loop}"))
    assert "had not ended after 0 seconds" in said
    assert "of your cell" in said
    assert sum(range(100_000)) == 4_999_950_000
    assert threading.active_count() <= before + 1


@exercise("?")
def doubled(answer, expect):
    """Twice as bright."""
    expect.equal(answer(FLAT * 2), FLAT.astype(int) * 4, "every pixel is doubled")


def test_a_slip_of_uint8_is_named_where_more_room_would_mend_it():
    assert "likely slip: uint8 ends at 255" in str(doubled.judge(lambda image: image * 2))
    assert "likely slip" not in str(doubled.judge(lambda image: image * 3))


def test_hints_come_one_by_one_and_start_again(capsys):
    for _ in range(3):
        spread.hint()
    said = capsys.readouterr().out
    assert said.index("Hint 1 of 2") < said.index("Hint 2 of 2") < said.rindex("Hint 1 of 2")
    assert "That was the last hint." in said


def test_solution_shows_the_stored_text_or_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "solutions.json").write_text(
        json.dumps({spread.lesson: {"solutions": {"spread": "def spread(image):\n    return 1"}}})
    )
    monkeypatch.setattr("fer_course.exercises.engine.resources.files", lambda package: tmp_path)
    spread.solution()
    assert "  def spread(image):\n      return 1" in capsys.readouterr().out
    with pytest.raises(FerCourseError, match="make lessons"):
        brighter.solution()


def test_selftest_refuses_a_check_that_is_wrong():
    spread.selftest(right=[np.var], wrong={"square root": np.std})
    with pytest.raises(AssertionError, match="right answer 1 is refused"):
        spread.selftest(right=[np.std], wrong={})
    with pytest.raises(AssertionError, match="'variance' gets"):
        spread.selftest(right=[], wrong={"variance": np.var})
    with pytest.raises(AssertionError, match="does not say"):
        spread.selftest(right=[], wrong={"uint8": np.std})


def test_the_card_is_html_that_survives_without_styles_and_escapes():
    def answer(image):
        raise ValueError("<b>bold</b>")

    html = verdict(answer)._repr_html_()
    assert "<strong>Not yet: spread</strong>" in html
    assert "<b>" not in html


def test_in_a_notebook_the_card_is_displayed():
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "from IPython.utils.capture import capture_output\n"
        "from fer_course.exercises.engine import exercise\n"
        "@exercise('?')\n"
        "def one(answer, expect):\n"
        "    expect.equal(answer, 1, 'it is 1')\n"
        "with capture_output() as captured:\n"
        "    one.check(1)\n"
        "print(sorted(captured.outputs[0].data))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['text/html', 'text/plain']"


def test_models_and_functions_are_shared_not_copied():
    class Model:
        def __call__(self, x):
            return x

    model = Model()

    @exercise("?")
    def same_object(answer, expect):
        expect.that(answer(model) is model, "the model itself arrives")

    assert same_object.judge(lambda m: m).status == "correct"
