import base64
import json
from io import BytesIO

import build_notebooks
import nbformat
import numpy as np
import pytest
from authoring.execution import clean_outputs, fingerprint
from authoring.notebooks import lesson_notebook
from authoring.source import SourceError, read_lessons
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_output
from PIL import Image


def stale(project):
    return build_notebooks.stale_files(project, read_lessons(project.sources))


def contents(project):
    folders = (project.lessons, project.solutions, project.solution_texts.parent)
    return {
        path.name + path.parent.name: path.read_bytes() for folder in folders for path in folder.iterdir()
    }


def notebook(folder):
    path = folder / "10_demo.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))
    return nbformat.read(path, as_version=4)


@pytest.mark.slow
def test_the_whole_life_of_a_build(project, edit, monkeypatch):
    assert len(stale(project)) == 7
    assert len(build_notebooks.build(project)) == 7
    assert stale(project) == []
    first = contents(project)

    lesson, solution = notebook(project.lessons), notebook(project.solutions)
    assert not any(cell.get("outputs") for cell in lesson.cells)
    assert "return 2 * number" not in str(lesson)
    assert "selftest" not in str(lesson) + str(solution)
    assert "Twice three is six." in str(solution)
    assert "Twice three is six." not in str(lesson)
    assert solution.metadata.kernelspec.name == "python3"
    texts = json.loads(project.solution_texts.read_text())
    assert texts["demo"]["title"] == "10 Demonstration"
    assert texts["demo"]["solutions"]["double"].endswith("    return 2 * number")
    outputs = [o for cell in solution.cells for o in cell.get("outputs", ()) if "data" in o]
    assert "widget" not in str([[*output.data] for output in outputs])
    drawn = [o for o in outputs if "image/png" in o.data]  # the slider's static stand-in, and the plot
    wide = [Image.open(BytesIO(base64.b64decode(output.data["image/png"]))).width for output in drawn]
    shown = [output.metadata["image/png"].width for output in drawn]
    assert len(shown) == 2 and [pixels // 2 for pixels in wide] == shown, "sharp on a projector"

    build_notebooks.build(project, execute_all=True)
    assert contents(project) == first, "a build must be byte-identical"

    monkeypatch.setattr(build_notebooks, "execute", lambda text: pytest.fail("executed without need"))
    assert build_notebooks.build(project) == []
    edit("How much is twice as much?", "What is twice as much?")
    assert sorted(problem.partition(" ")[0] for problem in stale(project)) == [
        "lessons/10_demo.ipynb",
        "solutions/10_demo.ipynb",
    ]
    build_notebooks.build(project)  # a new sentence keeps the outputs
    assert stale(project) == []
    edit("numbers = [1, 2, 3]", "numbers = [1, 2, 3.0]")
    assert len(stale(project)) == 2


@pytest.mark.slow
def test_a_solution_that_fails_its_check_stops_the_build(project, edit):
    edit("    return 2 * number", "    return number ** 2")
    with pytest.raises(CellExecutionError, match="3 \\*\\* 2 is the square"):
        build_notebooks.build(project)
    assert list(project.solutions.iterdir()) == []


def test_a_derived_file_without_source_is_a_problem(project):
    (project.lessons / "99_gone.ipynb").write_text("{}")
    assert "lessons/99_gone.ipynb has no source: delete it" in stale(project)


def test_a_hand_edited_lesson_is_stale(project):
    lessons = read_lessons(project.sources)
    path = project.lessons / "10_demo.ipynb"
    path.write_text(lesson_notebook(lessons[0], lessons, project))
    assert not any("lessons/" in problem for problem in stale(project))
    path.write_text(path.read_text().replace("numbers", "figures"))
    assert any("lessons/10_demo.ipynb is stale" in problem for problem in stale(project))


def test_a_fingerprint_follows_code_modules_data_and_pins(project, edit):
    (project.package / "blur.py").write_text("threshold = 1\n")

    def now():
        return fingerprint(read_lessons(project.sources)[0], ["__init__.py", "blur.py"], project)

    seen = [now()]
    (project.package / "__init__.py").write_text('__version__ = "0.2.0"\n')
    edit("Twice three is six.", "Six is twice three.")
    assert now() == seen[0], "neither text nor version executes anything"
    (project.package / "blur.py").write_text("threshold = 2\n")
    seen.append(now())
    (project.package / "sample.npz").write_bytes(b"faces")
    seen.append(now())
    (project.root / "requirements.lock").write_text("numpy==3.0.0\n")
    seen.append(now())
    edit("numbers = [1, 2, 3]", "numbers = [1, 2, 4]")
    seen.append(now())
    assert len(set(seen)) == 5


def test_header_badge_and_first_cell_follow_the_two_settings(project):
    (project.sources / "11_more.py").write_text(
        (project.sources / "10_demo.py").read_text().replace("title: Demonstration", "title: More")
    )
    lessons = read_lessons(project.sources)
    head, first = nbformat.reads(lesson_notebook(lessons[0], lessons, project), as_version=4).cells[:2]
    address = (
        "https://colab.research.google.com/github/someone/their-course/blob/v0.1.0/lessons/10_demo.ipynb"
    )
    assert f"({address})" in head.source
    assert "[11 More](11_more.ipynb)" in head.source
    wanted = '"fer-course[colab] @ git+https://github.com/someone/their-course@v0.1.0"'
    assert wanted in first.source
    assert 'fer.notebook.setup("10_demo", version="0.1.0")' in first.source


def test_cell_ids_come_from_the_content(project, edit):
    def ids():
        lessons = read_lessons(project.sources)
        return [
            c.id for c in nbformat.reads(lesson_notebook(lessons[0], lessons, project), as_version=4).cells
        ]

    before = ids()
    assert len(set(before)) == len(before)
    edit("# %%\nnumbers", "# %%\nnumbers = 0\n\n# %%\nnumbers")
    assert set(before) < set(ids())


def test_an_exercise_needs_one_cell_that_defines_its_name(project, edit):
    edit("ex.largest.check(largest)", "ex.smallest.check(largest)")
    with pytest.raises(SourceError, match="smallest"):
        build_notebooks.build(project)


def test_outputs_lose_what_differs_between_machines():
    outputs = [
        new_output("stream", name="stderr", text="warning"),
        new_output("stream", name="stdout", text="<Axes at 0x7f12ab34cd56> in /home/ann/course/data"),
        new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "HBox()"}),
        new_output("execute_result", {"text/plain": "<f 0x7f12ab34cd56>"}, execution_count=7),
    ]
    kept = clean_outputs(outputs, "/home/ann/course")
    assert [output.output_type for output in kept] == ["stream", "execute_result"]
    assert kept[0].text == "<Axes at 0x…> in data"
    assert kept[1].data["text/plain"] == "<f 0x…>"


def test_pictures_are_packed_and_keep_every_pixel():
    faces = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8).repeat(4, 0).repeat(4, 1)
    Image.fromarray(faces).save(loose := BytesIO(), "PNG", compress_level=0)
    output = new_output("display_data", {"image/png": base64.b64encode(loose.getvalue()).decode()})
    (kept,) = clean_outputs([output])
    packed = base64.b64decode(kept.data["image/png"])
    assert len(packed) < len(loose.getvalue()) / 4
    np.testing.assert_array_equal(Image.open(BytesIO(packed)), faces)
