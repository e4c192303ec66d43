import pytest
from authoring.readme import BEGIN, END, with_lessons
from authoring.source import read_lessons


def test_the_table_lists_every_lesson_and_leaves_the_rest_alone(project):
    readme = with_lessons(project.readme.read_text(), read_lessons(project.sources), project)
    assert "](lessons/10_demo.ipynb)" in readme
    assert "colab.research.google.com/github/someone/their-course/blob/v0.1.0/lessons/10_demo.ipynb" in readme
    assert readme.startswith("# Theirs\n") and readme.endswith("The end.\n")
    assert with_lessons(readme, read_lessons(project.sources), project) == readme


@pytest.mark.parametrize("readme", ["# Theirs", f"{BEGIN} without its end", f"{END} without its beginning"])
def test_missing_markers_are_named(project, readme):
    with pytest.raises(ValueError, match="needs the lines"):
        with_lessons(readme, [], project)
