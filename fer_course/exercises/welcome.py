"""Checks of lesson 00: how exercises answer, a smile made of action units, and an accuracy."""

from .engine import Answer, Expectations, exercise


@exercise(
    "A face of FER2013 is 48 pixels wide and 48 pixels high.",
    "Python multiplies with *, so you may leave the arithmetic to it: 48 * 48.",
)
def pixels_in_a_face(answer: Answer, expect: Expectations) -> None:
    """The number of pixels, to meet the three verdicts."""
    expect.number(answer, "the number of pixels is one number", slip="no quotes around it, and no list")
    expect.not_equal(answer, 48, "every row counts", slip="48 is one row; there are 48 rows")
    expect.not_equal(answer, 48 + 48, "rows times columns",
        slip="you added the two sides; an area multiplies")
    expect.not_equal(answer, 48 * 48 * 3, "one number a pixel",
        slip="FER2013 is gray: one value a pixel, not three")
    expect.equal(answer, 48 * 48, "48 rows of 48 pixels")


@exercise(
    "Look at the faces with a single action unit above: which two belong to a smile?",
    "One lifts the corners of the mouth, the other raises the cheeks and narrows the eyes.",
    "my_smile = {6: 0.8, 12: 1.0}",
    placeholder={},
)
def my_smile(answer: Answer, expect: Expectations) -> None:
    """A recipe of action units that smiles with mouth and eyes."""
    expect.kind(answer, dict, "a recipe is a dictionary, {action unit: strength}")
    expect.that(12 in answer, "the mouth smiles: unit 12 pulls its corners up", f"units {sorted(answer)}",
        slip="12 is the lip corner puller" if 15 not in answer else "15 pulls the corners down, 12 up")
    expect.that(6 in answer, "the eyes smile: unit 6 raises the cheeks", f"units {sorted(answer)}",
        slip="a smile without 6 is the smile for a passport photograph")
    for unit in (6, 12):
        expect.between(answer[unit], 0.3, 1.5, f"unit {unit} is strong enough to be seen",
            slip="strengths go from 0 to 1")
    others = sorted(set(answer) - {6, 7, 12, 25, 26})
    expect.that(not others, "nothing else disturbs it", f"unit {others[0] if others else ''} as well",
        slip="only 6 and 12, with 7, 25 and 26 for a laugh")


@exercise(
    "Compare pair by pair: how many of the guesses equal the truth?",
    "sum(g == t for g, t in zip(guesses, truth)) counts them. Divide by how many there are.",
    "return sum(g == t for g, t in zip(guesses, truth)) / len(truth)",
    placeholder=0.0,
)
def accuracy(answer: Answer, expect: Expectations) -> None:
    """The share of right guesses."""
    truth = ["happy", "sad", "fear", "happy", "sad"]
    found = expect.number(answer(["happy", "sad", "sad", "happy", "fear"], truth))
    slips = {
        3: "you counted the right guesses; divide by the number of faces",
        60: "a share goes from 0 to 1; leave the per cent for printing",
        0.4: "that is the share of mistakes",
        0.2: "that is the first pair alone: the `return` belongs after the loop",
        0.0: "// drops the fraction, and == compares two lists as wholes: compare pair by pair, with zip",
        None: "compare at the same position, with zip",
    }
    expect.equal(found, 0.6, "three right guesses of five are 0.6", slip=slips)
    expect.equal(answer(truth, truth), 1.0, "all right is 1.0")
    expect.equal(answer(["sad", "happy", "happy", "fear", "happy"], truth), 0.0,
        "the same names in another order are wrong",
        slip="compare at the same position; how often a name occurs does not matter")
