"""Checks of lesson 03: the variance of the Laplacian, a threshold for it, and whom it costs."""

import cv2
import numpy as np

from ..cleaning.quality import measure
from ..drawing.sample import sample_faces
from ..emotions import EMOTIONS
from .engine import Answer, Expectations, exercise


@exercise(
    "Which filter answers to jumps in brightness and stays silent where nothing changes?",
    "cv2.Laplacian(image, cv2.CV_64F) gives the second difference at every pixel.",
    "A sharp image has answers far above and far below 0. NumPy's word for that spread is .var().",
    placeholder=0.0,
)
def blur_score(answer: Answer, expect: Expectations) -> None:
    """The variance of the Laplacian."""
    flat = np.full((48, 48), 90, np.uint8)
    board = np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.ones((4, 4))).astype(np.uint8) * 200
    dot = np.zeros((48, 48), np.uint8)
    dot[24, 24] = 100
    edges = cv2.Laplacian(dot, cv2.CV_64F)
    score = answer(board)
    expect.that(not isinstance(score, np.ndarray) or score.ndim == 0, "the result is one number", score,
        slip="return the spread of the whole filtered image, not the image")
    expect.number(score)
    expect.equal(answer(flat), 0.0, "a flat image scores 0")
    expect.more(score, answer(cv2.GaussianBlur(board, (0, 0), 2)),
        "a checkerboard scores more than its blurred self")
    found = answer(dot)
    expect.not_equal(found, cv2.Laplacian(dot, -1).var(), "downward jumps count like upward ones",
        slip="uint8 has no negative numbers, so half of every edge is lost; ask for cv2.CV_64F")
    expect.not_equal(found, edges.std(), "it is the variance", slip=".std() is the square root of .var()")
    expect.not_equal(found, np.abs(edges).mean(), "it is the variance",
        slip="you took the mean size of the edges")
    expect.equal(found, edges.var(), "one bright dot on black scores what OpenCV's Laplacian says",
        tolerance=0.02)


@exercise(
    "Move the slider above until 'caught' just passes 90 %.",
    "Every step further costs good faces: stop right after 90 %.",
    "np.quantile(blur[is_blurred], 0.91): a little above 90 %, as scores have to be below it.",
    placeholder=100.0,
)
def my_threshold(answer: Answer, expect: Expectations) -> None:
    """A threshold that catches 90 % of the blurred faces at the least cost."""
    faces = sample_faces().train
    blur = measure(faces.images)["blur"].to_numpy()
    is_blurred, is_good = (faces.attributes["defect"] == defect for defect in ("blur", "none"))
    expect.number(answer, "a threshold is one number")
    caught = float((blur[is_blurred] < answer).mean())
    slip = "" if caught else "the variance of a 48x48 face runs into thousands"
    if caught > 0.8:
        slip = "a face that lies on the threshold is not below it; take a quantile a little higher"
    expect.that(caught >= 0.9, "it catches at least 90 % of the blurred faces",
        f"{caught:.0%} at {answer:.0f}", slip=slip)
    lost = int((blur[is_good] < answer).sum())
    needed = int((blur[is_good] < np.quantile(blur[is_blurred], 0.93)).sum())
    expect.that(lost <= needed, "it loses no more good faces than it must",
        f"{lost} good faces lost, where {needed} or fewer are enough",
        slip="the threshold is higher than 90 % asks for")


@exercise(
    "For one emotion: `removed[labels == label]` are its flags. What is their mean?",
    "The mean of True and False is the share of True.",
    "return [removed[labels == label].mean() for label in range(7)]",
)
def removed_share(answer: Answer, expect: Expectations) -> None:
    """The share of each emotion that a filter removes."""
    labels = np.array([0, 0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 6])
    removed = np.array([1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0], dtype=bool)
    shares = answer(labels, removed)
    expect.shape(shares, (7,), "one share for each of the seven emotions",
        slip={(): "that is one share of all images: one for each emotion, over range(7)"})
    expect.not_equal(shares, [1 / 5, 1 / 5, 0, 2 / 5, 0, 0, 1 / 5], "each share is relative to the images",
        slip="you divided by the number of removed images; divide by the size of the class")
    expect.not_equal(shares, np.array([1, 1, 0, 2, 0, 0, 1]) / 12,
        "each share is of its own emotion's images",
        slip="you divided by the number of all images; divide by the size of the class")
    expect.not_equal(shares, [1, 1, 0, 2, 0, 0, 1], "they are shares",
        slip="these are counts; use .mean() instead of .sum()")
    expect.between(shares, 0, 1, "every share lies between 0 and 1")
    for label, share in enumerate([0.25, 1, 0, 1, 0, 0, 0.5]):
        expect.equal(shares[label], share, f"{EMOTIONS[label]}: {share:.0%} of its images are removed")
