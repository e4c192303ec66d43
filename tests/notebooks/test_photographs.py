"""The sections "On your photographs": on real ones, each with what it uses of its lesson, in one thread."""

import ast
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from authoring.reruns import names_of
from authoring.source import read_lessons
from matplotlib.figure import Figure

import fer_course as fer
from fer_course.course.thread import DECIDED_IN

ROOT = Path(__file__).parents[2]
SECTION, END = "## On your photographs", "## What you take with you"
LESSONS = {one.number: one for one in read_lessons(ROOT / "source")}
UP_TO_THE_RECIPE = ["01", *(f"{number:02}" for number in range(3, 12))]
WITH_THE_NETWORK = ["13", "14", "15", "16", "19"]


def section_and_before(lesson, stubbed=False):
    """Give the code cells of the section, and the statements before it that define what they use."""
    begins, ends = (
        next(i for i, cell in enumerate(lesson.for_solutions) if title in cell.text)
        for title in (SECTION, END)
    )
    codes = [
        (number, cell.stubbed if stubbed else cell.solved)
        for number, cell in enumerate(lesson.for_solutions)
        if cell.kind == "code"
    ]
    section = [code for number, code in codes if begins < number < ends]
    before = [node for number, code in codes if number < begins for node in ast.parse(code).body]
    needed, kept = names_of(ast.parse("\n".join(section))).reads, []
    for node in reversed(before):
        names = names_of(ast.Module([node], []))
        if names.binds & needed:
            needed = (needed - names.binds) | names.reads
            kept.insert(0, ast.unparse(node))
    return section, kept


def run_cells(cells, namespace):
    """Run cells, and give for each the figure that it shows, None where it shows none."""
    shown = []
    for code in cells:
        plt.close("all")
        *statements, last = ast.parse(code).body
        if not isinstance(last, ast.Expr):
            statements.append(last)
        exec(compile(ast.Module(statements, []), code[:40], "exec"), namespace)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), code[:40], "eval"), namespace)
        drawn = [plt.figure(number) for number in plt.get_fignums()]
        shown.append(value if isinstance(value, Figure) else next(iter(drawn), None))
    return shown


@pytest.fixture(scope="module")
def photographs(fer2013_writer, tmp_path_factory):
    """Three hundred photographs of each split, ten or more of each emotion, and their votes."""
    everything, rng = fer2013_writer.load(None), np.random.default_rng(0)
    last = np.flatnonzero(everything["usage"] == "PublicTest")[2000:]
    everything["usage"][last] = "PrivateTest"  # which nobody has here
    rows = []
    for usage in ("Training", "PublicTest", "PrivateTest"):
        of_split = rng.permutation(np.flatnonzero(everything["usage"] == usage))
        few = [of_split[everything["emotion"][of_split] == label][:10] for label in range(7)]
        rows += [*few, np.setdiff1d(of_split[:300], few)[: 300 - 70]]
    chosen = {name: column[np.sort(np.concatenate(rows))] for name, column in everything.items()}
    folder = tmp_path_factory.mktemp("photographs")
    columns = ("emotion", "pixels", "usage")
    fer2013_writer.write_csv(chosen, folder, "fer2013.csv", ("emotion", "pixels", "Usage"), columns)
    fer2013_writer.write_ferplus(chosen, folder)
    return folder


@pytest.fixture
def thread(photographs, monkeypatch, tmp_path):
    """An empty thread, on the photographs."""
    for name, value in {"DATA": photographs, "HOME": tmp_path, "WIDGETS": "0"}.items():
        monkeypatch.setenv(f"FER_COURSE_{name}", str(value))
    monkeypatch.chdir(tmp_path)
    return fer.mine()


def run_sections(numbers, solved, capsys):
    """Run the sections of some lessons, and give what each has said."""
    for number in numbers:
        section, before = section_and_before(LESSONS[number], stubbed=not solved)
        namespace = {"fer": fer}
        exec("\n".join(before), namespace)
        capsys.readouterr()
        shown = run_cells(section, namespace)
        assert any(figure is not None and figure.axes for figure in shown), number
        yield number, capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("solved", [True, False], ids=["solved", "open"])
def test_the_thread_runs_from_the_first_lesson_to_the_recipe(solved, thread, capsys):
    """The notebooks themselves run on drawn faces, in the tests of all notebooks."""
    for number, said in run_sections(UP_TO_THE_RECIPE, solved, capsys):
        photographs = f"Photographs: {900 if number == '09' else 300}, with the votes of FER+."
        assert said.splitlines()[1] == photographs
    faces = fer.load_fer2013()
    assert set(thread.decisions(faces)) == {name for name, lesson in DECIDED_IN.items() if lesson < "12"}
    assert len(thread.facts()) == len(thread.decisions(faces)) + 1  # all of one kind of data; the cleaned set
    assert set(thread.recipe(faces)) == {"data", "clahe", "balance", "augment"}
    cleaned = fer.FaceDataset.load(thread.folder / "cleaned.npz")
    assert len(faces.val) == len(cleaned.val)
    assert len(faces.train) > len(cleaned.train) > 0.8 * len(faces.train)


@pytest.mark.slow
def test_an_emotion_without_a_photograph_stops_no_lesson(photographs, thread, tmp_path, monkeypatch, capsys):
    tables = [(photographs / name).read_text().splitlines() for name in ("fer2013.csv", "fer2013new.csv")]
    kept = [number for number, row in enumerate(tables[0]) if not row.startswith("1,")]
    for name, rows in zip(("fer2013.csv", "fer2013new.csv"), tables, strict=True):
        (tmp_path / name).write_text("\n".join(rows[number] for number in kept) + "\n")
    monkeypatch.setenv("FER_COURSE_DATA", str(tmp_path))
    for number, said in run_sections(["01", "03", "09", "10", "11"], True, capsys):
        assert said.splitlines()[2] == (
            "None of them is labelled disgust; the lesson goes on with the other emotions."
        ), number
        if number == "01":
            assert "row 6: " in said and "disgust\n" not in said.partition("row 1: ")[2]
    assert thread.decisions(fer.load_fer2013())["augmentation"] == 1


@pytest.mark.slow
def test_the_thread_goes_on_with_the_students_own_network(photographs, thread, capsys):
    fer.train(photographs, thread.folder, epochs=1, width_mult=0.25, balance="none")
    whose = "Your network:\nEmotionCNN, recipe course, 1 epoch, trained on 300 images of fer2013\n"
    for number, said in run_sections(WITH_THE_NETWORK, True, capsys):
        assert whose in said
        if number == "15":  # where the search may have found nothing worth keeping
            even = np.full((70, 7), 1 / 7)
            biases = fer.tune_bias(even, np.arange(70) % 7, method="prior", folds=0)
            thread.keep_biases(biases, fer.load_fer2013())
    assert set(thread.decisions(fer.load_fer2013())) == {"views", "biases", "silence"}
    members = sorted(path.parent.name for path in thread.folder.glob("members/*/model.keras"))
    assert members == ["cycle_1", "cycle_2", "cycle_3"]
    assert (thread.folder / "report" / "report.html").exists()
