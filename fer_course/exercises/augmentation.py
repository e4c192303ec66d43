"""Checks of lesson 11: mirroring, moving with a repeated border, and the blend of MixUp."""

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "images has three axes: which face, which row, which column. Which one is turned round?",
    "row[::-1] is a row backwards. A colon alone leaves an axis as it is.",
    "return images[:, :, ::-1]",
    placeholder=lambda images: images.copy(),
)
def mirrored(answer: Answer, expect: Expectations) -> None:
    """All faces, left and right exchanged."""
    images = _pictures()
    found = expect.shape(answer(images), images.shape, "as many faces, of the same size")
    expect.not_equal(found, images[::-1], "each face stays in its place",
        slip="the first axis counts the faces: that is their order turned round")
    expect.not_equal(found, images[:, ::-1], "nobody stands on the head",
        slip="the second axis counts the rows: that turns the faces upside down")
    expect.not_equal(found, images[:, ::-1, ::-1], "top stays top",
        slip="only the columns: that is half a turn")
    expect.equal(found, images[:, :, ::-1], "the columns come in the opposite order")
    expect.equal(answer(np.asarray(found)), images, "mirrored twice, all is as before")


@exercise(
    "Where does column 10 of the result come from, when everything moves right by 2?",
    "It comes from column 8: np.arange(48) - right are the columns to take. Some do not exist.",
    "columns = np.clip(np.arange(48) - right, 0, 47), then return images[:, :, columns]",
    placeholder=lambda images, right: images.copy(),
)
def shifted(answer: Answer, expect: Expectations) -> None:
    """All faces moved to the right, what moves in repeats the border."""
    images = _pictures()
    found = expect.shape(np.asarray(answer(images, 3)), images.shape, "the size stays")
    expect.not_equal(found, _moved(images, -3), "they move to the right",
        slip="that is to the left: column 10 now shows what column 7 showed")
    expect.that(not np.array_equal(found, np.roll(images, 3, axis=1)), "they move sideways", found,
        slip="that is downwards: columns are the last axis")
    expect.equal(found[:, :, 3:], images[:, :, :-3], "column 10 now shows what column 7 showed")
    expect.not_equal(found, np.roll(images, 3, axis=2),
        "what leaves on one side does not come in on the other",
        slip="np.roll goes round: an ear would grow on the wrong side")
    expect.that(bool(found[:, :, :3].any()), "there is no black stripe", found[:, :, :3],
        slip="no camera leaves a black stripe: repeat the first column")
    expect.equal(found[:, :, :3], np.repeat(images[:, :, :1], 3, axis=2), "what moves in repeats the border",
        slip="the first column, three times")
    expect.equal(answer(images, -2), _moved(images, -2), "a negative number moves to the left",
        slip="a negative number moves to the left and repeats the last column: np.clip works for both")
    expect.equal(answer(images, 0), images, "0 leaves them where they are")


@exercise(
    "values[partner] are the others, in the order in which they are needed.",
    "Each keeps 1 - share of itself and gets share of its partner.",
    "return (1 - share) * values + share * values[partner]",
    placeholder=lambda values, partner, share: values.copy(),
)
def blended(answer: Answer, expect: Expectations) -> None:
    """Every row blended with its partner, be it a face or a target."""
    images, targets, partner = _pictures(), np.eye(7)[[3, 0, 5]], np.array([1, 2, 0])
    found = expect.shape(answer(targets, partner, 0.25), targets.shape, "as many rows and columns as before")
    expect.equal(np.sum(found, axis=1), np.ones(3), "each target still adds up to 1",
        slip="what the partner brings must be taken from the first: 1 - share")
    expect.not_equal(found, 0.25 * targets + 0.75 * targets[partner], "share is the partner's",
        slip="the row itself keeps 1 - share; share is the partner's")
    expect.not_equal(found, (targets + targets[partner]) / 2, "the share counts",
        slip="share, not always a half")
    expect.equal(found, 0.75 * targets + 0.25 * targets[partner],
        "three quarters are its own, one the partner's", slip="partner says which row: values[partner]")
    expect.equal(answer(images, partner, 0.25), 0.75 * images + 0.25 * images[partner],
        "faces are blended likewise", slip="no rounding, and no sum of two uint8: they end at 255")


def _pictures() -> np.ndarray:
    return np.random.default_rng(11).integers(60, 250, (3, 48, 48), dtype=np.uint8)


def _moved(images: np.ndarray, right: int) -> np.ndarray:
    return images[:, :, np.clip(np.arange(48) - right, 0, 47)]
