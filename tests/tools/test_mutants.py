import ast
import json

import build_notebooks
import numpy as np
import pytest
from authoring import mutants
from authoring.mutants import mutation_tallies
from authoring.source import read_lesson

from fer_course.exercises.engine import exercise

RANKED = '''
def ranked(scores, limit=3):
    """Not a mutant."""
    total = 0
    for score in scores:
        if score >= limit:
            total += abs(score.mean(axis=1))
    return total.copy(), max(limit, 0)
'''


def made(code, name):
    return list(mutants.mutants(code, name))


def test_every_kind_of_slip_is_made_once():
    found = made(RANKED, "ranked")
    assert len(found) == len(set(found))
    for slip in (
        "score > limit", "score < limit", "limit=4", "limit=-3", "limit=0", "total = 1", "axis=2",
        "score.mean()",
        "np.max(score, axis=1)", "np.median(score, axis=1)", "+= score.mean(axis=1)",
        "(total, max(limit, 0))",
        "min(limit, 0)", "abs(limit)", "max(0, limit)", "max(limit, 0), total.copy()",
        "not score >= limit",
        "in limit:",
        "            total += abs(score.mean(axis=1))\n        return (total.copy(), max(limit, 0))",
        "scores[...] = (total.copy(), max(limit, 0))",
    ):  # fmt: skip
        assert any(slip in text for text in found), slip
    assert not any('"""' in text and "Not a mutant" not in text for text in found)
    assert all(ast.parse(text) for text in found)


def test_arguments_operands_and_slices_too():
    found = made("def f(a, b):\n    return np.minimum(a, b) - a[1:, ::-1] * (a - b)", "f")
    for slip in ("(b - a)", "b[...] =", "a[1:, :]", "a[:, ::-1]", "a * (a - b)", "np.maximum"):
        assert any(slip in text for text in found), slip


def test_only_the_definition_of_the_name_is_changed():
    assert all(text.startswith("import cv2\n") for text in made("import cv2\nfaces = 2 * 3", "faces"))


def test_good_checks_kill_what_differs_and_the_tally_is_kept(project, source, monkeypatch):
    tallies = mutation_tallies(read_lesson(source), project)
    assert {name: tally.survivors for name, tally in tallies.items()} == {"double": [], "largest": []}
    assert all(tally.mutants > 2 for tally in tallies.values())
    assert "3 mutants" in str(tallies["largest"])
    assert sorted(json.loads((project.root / "build" / "mutants.json").read_text())) == [
        "10_demo.double",
        "10_demo.largest",
    ]
    monkeypatch.setattr(mutants, "_try_all", lambda *given: pytest.fail("tried again"))
    assert mutation_tallies(read_lesson(source), project) == tallies


def test_another_solution_is_tried_anew(project, source, edit):
    before = mutation_tallies(read_lesson(source), project)
    edit("    return 2 * number", "    return number + number")
    after = mutation_tallies(read_lesson(source), project)
    assert before["double"] != after["double"]
    assert before["largest"] == after["largest"]


@exercise("?")
def double(answer, expect):
    expect.equal(answer(0), 0, "0 stays 0")
    expect.more(answer(2), 3, "it grows")


def test_what_passes_though_it_differs_is_named(project, source, monkeypatch):
    monkeypatch.setattr("demo_exercises.double", double)
    survivors = mutation_tallies(read_lesson(source), project)["double"].survivors
    assert survivors == ["'correct' for 'return 3 * number'"]


def test_make_check_prints_each_tally_and_fails_for_a_survivor(project, source, monkeypatch, capsys):
    monkeypatch.setattr("demo_exercises.double", double)
    found = list(build_notebooks.survivors(read_lesson(source), project))
    assert found == ["10_demo: ex.double says 'correct' for 'return 3 * number'"]
    assert "10_demo, largest: 3 mutants: 3 killed, 0 equivalent, 0 survived" in capsys.readouterr().out


@exercise("?", placeholder=0)
def of_the_stub(answer, expect):
    expect.equal(answer(3), 6, "it doubles")


def test_what_is_called_not_attempted_though_it_is_not_the_stub_is_named(project, source, monkeypatch):
    of_the_stub.name = "double"
    monkeypatch.setattr("demo_exercises.double", of_the_stub)
    survivors = mutation_tallies(read_lesson(source), project)["double"].survivors
    assert survivors == ["'not attempted' for 'return 0 * number'"]


def test_a_mutant_that_does_the_same_is_equivalent(project, source, edit):
    edit("    return 2 * number", "    return max(2 * number, -1)")
    tally = mutation_tallies(read_lesson(source), project)["double"]
    assert tally.equivalent > 0
    assert tally.survivors == []


def test_an_endless_loop_is_ended(project, source, edit, monkeypatch):
    monkeypatch.setattr(mutants, "_SECONDS", 0.2)
    edit("    return 2 * number", "    n = 0\n    while n < 2 * number:\n        n += 1\n    return n")
    assert mutation_tallies(read_lesson(source), project)["double"].survivors == []


def test_arrays_are_resampled_from_their_own_values():
    values = np.array([3, 5, 9])
    assert set(mutants._resampled(values, np.random.default_rng(0))) <= set(values)
