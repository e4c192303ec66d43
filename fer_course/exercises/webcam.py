"""Checks of lesson 18: a face out of a frame, probabilities smoothed over time, and frames that wait."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "An image is an array of rows: image[top:bottom, left:right]. Which two are top and bottom?",
    "A box may begin before the frame does. max(x, 0) is where the frame begins at the latest.",
    "inside = frame[max(y, 0) : y + height, max(x, 0) : x + width]; cv2.resize(inside, (48, 48))",
    placeholder=lambda frame, x, y, width, height: np.zeros((48, 48), np.uint8),
)
def cut_out(answer: Answer, expect: Expectations) -> None:
    """The face in a box, as 48x48 pixels."""
    frame = np.full((200, 200), 20, np.uint8)
    frame[20:60, 130:170] = 100
    frame[20:40, 130:170] = 200
    face = answer(frame, 130, 20, 40, 40)
    expect.shape(face, (48, 48), "a face has 48x48 pixels", slip="cv2.resize(..., (48, 48))")
    expect.dtype(face, np.uint8, "pixels stay 8-bit")
    expect.between(float(np.mean(face)), 147, 153, "the face fills the picture",
        slip="rows come first: frame[y : y + height, x : x + width]")
    expect.more(float(np.mean(face[:20])), 190, "what was above is above",
        slip="neither turn nor mirror the face")
    frame[:30, :30], frame[0, :30], frame[:30, 0] = 80, 110, 110
    try:
        corner = answer(frame, -2, -2, 5, 5)
    except Exception:  # an empty picture cannot be resized
        corner = np.zeros((48, 48))
    inside = float(frame[:3, :3].mean())
    expect.between(float(np.mean(corner)), inside - 2, inside + 2,
        "of a box that begins left of the frame, the inside remains",
        slip="-2 would count from the far end: max(x, 0) and max(y, 0), but end at x + width, y + height")
    edge = answer(frame, 190, 180, 30, 30)
    expect.shape(edge, (48, 48), "and the part inside of one that ends right of it")


@exercise(
    "The first row is shown as it is. Each later one goes from what was shown last towards what is new.",
    "shown[k] = shown[k - 1] + share * (rows[k] - shown[k - 1])",
    "shown = rows.copy(), then a loop over k from 1 on with the line above; return shown",
    placeholder=lambda rows, share: rows * 0,
)
def smoothed(answer: Answer, expect: Expectations) -> None:
    """Probabilities smoothed over time."""
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.6, 0.4]])
    shown = expect.shape(answer(rows, 0.5), (4, 2), "as many rows come out as went in")
    shown = np.asarray(shown, float)
    expect.equal(shown[0], [1, 0], "the first row is shown as it is", slip="there is nothing before it")
    expect.equal(shown[1], [0.5, 0.5], "with a share of 0.5, the second is half way to what is new")
    expect.not_equal(shown[2], [0, 1], "the third goes on from what was shown, not from what was seen",
        slip="take shown[k - 1], not rows[k - 1]")
    expect.equal(shown, [[1, 0], [0.5, 0.5], [0.25, 0.75], [0.425, 0.575]], "and so on, row by row")
    expect.equal(answer(rows, 1.0), rows, "a share of 1 shows every frame as it is",
        slip="swap the two weights")
    quarter = np.asarray(answer(rows, 0.25), float)
    expect.equal(quarter[1], [0.75, 0.25], "a small share moves little",
        slip="the new row has the weight `share`")


@exercise(
    "Work on a frame begins when it is there and the one before is done: the later of both.",
    "done = max(arrival, done) + work, for one frame after another; how old is the answer then?",
    "done starts at 0.0. For each frame: done = max(arrival, done) + work; ages.append(done - arrival)",
    placeholder=lambda arrivals, work: [0.0] * len(arrivals),
)
def ages_in_a_queue(answer: Answer, expect: Expectations) -> None:
    """How old each answer is when every frame waits for its turn."""
    expect.shape(answer([0.0, 1.0, 2.0], 0.5), (3,), "one age for each frame")
    expect.equal(answer([0.0, 1.0, 2.0], 0.5), [0.5, 0.5, 0.5],
        "quick work: each answer is as old as the work takes",
        slip="count from the arrival of the frame: done - arrival")
    slow = answer([0.0, 1.0, 2.0], 1.5)
    expect.not_equal(slow, [1.5, 1.5, 1.5], "a frame waits until the one before is done",
        slip="begin at max(arrival, done)")
    expect.equal(slow, [1.5, 2.0, 2.5], "slow work: each answer is half a second older than the last")
    expect.equal(answer([0.0, 0.1, 5.0], 1.0), [1.0, 1.9, 1.0], "after a pause, nobody waits any more",
        slip="work cannot begin before the frame is there: max(arrival, done)")


@exercise(
    "A frame is taken if nothing is being worked on when it arrives. Otherwise nobody ever looks at it.",
    "Remember when the work is done. if arrival >= done: take it, and done = arrival + work",
    "for place, arrival in enumerate(arrivals): if arrival >= done: append place, and move done",
    placeholder=lambda arrivals, work: [],
)
def taken(answer: Answer, expect: Expectations) -> None:
    """Which frames are looked at when one that comes at a bad time is dropped."""
    arrivals = [0.0, 1.0, 2.0, 3.0, 4.0]
    found = expect.kind(answer(arrivals, 1.5), (list, np.ndarray), "the places of the frames, in a list")
    expect.not_equal(found, [0.0, 2.0, 4.0, 6.0], "places, and only of frames that there are",
        slip="loop over the arrivals")
    expect.not_equal(found, [0, 2, 3], "work begins when its frame is there",
        slip="done = arrival + work, not done + work")
    expect.equal(found, [0, 2, 4],
        "while 1.5 s are worked on the first frame, the second comes and is dropped",
        slip="if arrival >= done: take it, and done = arrival + work")
    expect.equal(answer(arrivals, 2.5), [0, 3], "longer work drops more")
    expect.equal(answer(arrivals, 0.5), [0, 1, 2, 3, 4], "quick work drops none")
    pauses = [0.0, 0.1, 0.2, 7.0, 7.1]
    found = answer(pauses, 1.0)
    expect.not_equal(found, [0.0, 7.0], "places, not times",
        slip="append the place of the frame, not its arrival")
    expect.equal(found, [0, 3], "frames may come at any time, not only every second",
        slip="compare times, do not take every second frame")
    expect.equal(answer(arrivals, 1.0), [0, 1, 2, 3, 4],
        "a frame that comes just when the work is done is taken")
