import json

import pytest
from authoring.checks import exercise_problems, output_problems, problems_of
from authoring.notebooks import solution_texts
from authoring.source import read_lesson, read_lessons
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook, new_output


def test_the_demonstration_has_no_problem(project, source):
    assert problems_of(read_lesson(source), project) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("right=[double,", "right=[double, lambda n: n**2,", "right answer 2 is refused"),
        ("lambda n: n**2", "lambda n: n + n", "the wrong answer '3 ** 2' gets"),
        ('"3 ** 2": lambda', '"uint8": lambda', "does not say 'uint8'"),
        ("ex.double.selftest(", "print(", "ex.double has no selftest"),
        ("ex.largest.check(largest)", "largest", "ex.largest is checked nowhere"),
        ("    return 2 * number", "    return 3 * number", "right answer 1 is refused"),
        ("# largest = 0 ", "# largest = 3 ", "the stub's verdict should be 'not attempted'"),
        ("# largest = 0 ", "# largest = min(numbers) ", "the stub does not run by itself: NameError"),
        ("# largest = 0 ", "# biggest = 0 ", "do not define the same names: biggest, largest"),
        ("    return 2 * number", "    return largest", "not defined"),
        ("ex.double.check(double)", "ex.double.check(double)\nex.other.check(3)", "needs one cell"),
        ("numbers = [1, 2, 3]", "\n".join(f"n{i} = {i}" for i in range(26)), "26 non-blank lines"),
        ("numbers = [1, 2, 3]", 'open("/home/ann/faces.csv")', "absolute path '/home/'"),
        ("numbers = [1, 2, 3]", "# !ls", "'!ls' is a magic"),
        ("numbers = [1, 2, 3]", "# %matplotlib inline", "'%matplotlib' is a magic"),
        ("numbers = [1, 2, 3]", "widgets.Accordion()", "Colab does not show the Accordion widget"),
        ("# ## How much", "# instead of\n# 106. How much", "a line begins with '106.'"),
        ("# ## How much", "# See [more](11_more.ipynb). How much", "the link to 11_more.ipynb leads nowhere"),
        ("# ## How much", "# See [more](../more.md#a). How much", "the link to ../more.md leads nowhere"),
    ],
)
def test_what_does_not_hold_is_named(project, source, edit, old, new, said):
    edit(old, new)
    problems = problems_of(read_lesson(source), project)
    assert any(said in problem for problem in problems), problems


def test_links_to_lessons_files_and_the_web_are_fine(project, source, edit):
    (project.root / "README.md").touch()
    edit("# ## How much", "# [a](10_demo.ipynb) [b](../README.md#data) [c](https://example.org/x). How much")
    assert problems_of(read_lesson(source), project) == []


def test_long_cells_all_over_raise_the_median(project, source, edit):
    body = "\n".join(f"n{i} = {i}" for i in range(6))
    edit(
        "# %%\nimport matplotlib", "".join(f"# %%\n{body}\n\n" for _ in range(12)) + "# %%\nimport matplotlib"
    )
    assert any(
        "the median code cell has 6" in problem for problem in problems_of(read_lesson(source), project)
    )


def test_a_lesson_may_do_without_exercises_and_is_then_in_no_list_of_them(project, source):
    page = source.with_name("11_page.py")
    page.write_text(source.read_text().partition("# %%\ndef double")[0])
    lessons = read_lessons(project.sources)
    assert [lesson.topic for lesson in lessons] == ["demo", "page"]
    assert problems_of(lessons[1], project) == []
    assert list(json.loads(solution_texts(lessons))) == ["demo"]


def test_an_unknown_exercise_is_named(source, edit):
    edit("import demo_exercises as ex", "import demo_exercises\nex = None")
    assert "there is no exercise ex.double" in list(exercise_problems(read_lesson(source)))


def test_outputs_to_compare_must_be_there_and_clean(project, source):
    cells = [
        new_code_cell("print(1)", metadata={"tags": ["nbval-check-output"]}),
        new_code_cell("1 / 0", outputs=[new_output("error", ename="E", evalue="", traceback=[])]),
        new_code_cell("path", outputs=[new_output("stream", text="/home/ann/x")]),
    ]
    write(new_notebook(cells=cells), project.solutions / "10_demo.ipynb")
    problems = list(output_problems(read_lesson(source), project))
    assert [problem.partition(": ")[2] for problem in problems] == [
        "tagged nbval-check-output, but it has no output to compare",
        "an error in the output",
        "an absolute path in the output",
    ]
