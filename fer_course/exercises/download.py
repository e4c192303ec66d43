"""Checks of lesson 01: a face from text, splits from file names, and a checksum."""

import hashlib

import numpy as np

from .engine import Answer, Expectations, exercise


@exercise(
    "pixels.split() cuts the text at its spaces. What are the pieces?",
    "np.array(numbers, np.uint8) makes an array of 2,304 numbers; .reshape makes rows of it.",
    "return np.array(pixels.split(), np.uint8).reshape(48, 48)",
)
def row_to_face(answer: Answer, expect: Expectations) -> None:
    """The picture that a line of text describes."""
    face = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)
    found = answer(" ".join(map(str, face.ravel())))
    expect.shape(found, (48, 48), "48 rows of 48",
        slip={(2304,): "a picture has rows: .reshape(48, 48)"})
    expect.that(getattr(found, "dtype", np.dtype("O")).kind not in "US", "the values are numbers", found,
        slip="split gives text, not numbers; name the dtype: np.array(..., np.uint8)")
    expect.dtype(found, np.uint8, "a gray value fits into one byte",
        slip="eight times too large; np.uint8 is enough")
    expect.not_equal(found, face.T, "the first 48 numbers are the first row",
        slip="they are stored row by row")
    expect.equal(found, face, "it is the face that was stored",
        slip="a number has one to three digits; " "split the text at its spaces, not into single characters")


@exercise(
    "The folder is not enough: test/ holds two splits. Look at the file's name.",
    "path.split('/')[-1] is the name, and name.split('_')[0] its first word.",
    "A dictionary turns the word into a split: {'Training': 'train', 'PublicTest': 'val', ...}",
)
def split_of(answer: Answer, expect: Expectations) -> None:
    """The split that a file's name tells."""
    train = answer("train/happy/Training_10019449.jpg")
    val = answer("test/happy/PublicTest_10049200.jpg")
    test = answer("test/fear/PrivateTest_10013223.jpg")
    expect.that({train, val, test} <= {"train", "val", "test"}, "the answer is 'train', 'val' or 'test'",
        [train, val, test])
    expect.equal(train, "train", "Training is train")
    expect.that(val != "test" or test != "test", "PublicTest and PrivateTest are two splits", [val, test],
        slip="the folder says test for both; the file's name tells them apart")
    expect.equal([val, test], ["val", "test"], "PublicTest is val and PrivateTest is test")
    deep, bare = answer("fer2013/train/sad/Training_1.jpg"), answer("PublicTest_7.jpg")
    expect.equal([deep, bare, answer("a/b/test/sad/PrivateTest_1.jpg")], ["train", "val", "test"],
        "folders make no difference, however many", slip="the name is the last piece: path.split('/')[-1]")


@exercise(
    "hashlib.sha256(content) computes it. How do you get the text?",
    "hashlib.sha256(content).hexdigest() is text in small letters; some people write capital ones.",
    "return hashlib.sha256(content).hexdigest() == sha256.lower()",
)
def arrived_whole(answer: Answer, expect: Expectations) -> None:
    """Whether bytes have a checksum."""
    content = bytes(range(256))
    right = hashlib.sha256(content).hexdigest()
    damaged = bytes([1]) + content[1:]
    found = expect.kind(answer(content, right), (bool, np.bool_), "the answer is True or False")
    expect.that(found, "whole bytes are recognised", found,
        slip="call .hexdigest() for the text; SHA-1 and MD5 are not SHA-256")
    expect.that(not answer(damaged, right), "one flipped bit is noticed", True)
    expect.that(not answer(content, right[:-4] + "0000"), "the whole checksum is compared", True,
        slip="the beginning alone is not enough")
    expect.that(answer(content, right.upper()), "capital letters make no difference", False,
        slip="compare with sha256.lower()")
