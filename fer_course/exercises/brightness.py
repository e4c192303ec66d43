"""Checks of lesson 04: mean and deviation of gray values, contrast relative to them, standardising."""

import numpy as np

from .engine import Answer, Expectations, exercise


def _picture() -> np.ndarray:
    return np.random.default_rng(4).integers(10, 120, (12, 8)).astype(np.uint8) * 2


@exercise(
    "The mean is the sum of all gray values, divided by how many there are: image.size.",
    "For the contrast: differences = image - brightness. Square them, average them, take np.sqrt.",
    "contrast = np.sqrt((differences**2).sum() / image.size), and both leave with "
    "return brightness, contrast",
    placeholder=(0.0, 0.0),
)
def brightness_and_contrast(answer: Answer, expect: Expectations) -> None:
    """Mean and standard deviation of a picture."""
    picture = _picture()
    mean, deviation = picture.mean(), picture.std()
    found = answer(picture)
    expect.shape(found, (2,), "the result is two numbers", slip="return brightness, contrast")
    brightness, contrast = found
    expect.not_equal(found, (deviation, mean), "the mean comes first",
        slip="both are right, but not in this order")
    expect.not_equal(brightness, mean / 255, "gray values go from 0 to 255",
        slip="gray values go from 0 to 255: do not rescale")
    expect.not_equal(brightness, picture.sum() / 48**2, "a picture may have any size",
        slip="this one is not 48x48: divide by image.size")
    expect.equal(brightness, mean, "the first is the mean",
        slip={picture.sum() / len(picture): "len(image) counts rows, image.size pixels",
              picture.sum(): "that is the sum: divide it by image.size",
              np.median(picture): "that is the median, not the mean",
              None: "the mean is the sum divided by the size"})
    wraps = "uint8 holds no number above 255, so image**2 goes wrong; subtract the mean first"
    expect.that(not np.isnan(contrast), "the second is a number", contrast, slip=wraps)
    differences = picture - mean
    expect.not_equal(contrast, deviation**2, "the contrast is in gray values",
        slip="the square root is missing")
    expect.that(abs(contrast) > 1e-9, "differences do not cancel", contrast,
        slip="plus and minus add up to 0; square the differences first")
    expect.not_equal(contrast, np.abs(differences).mean(), "large differences count more",
        slip="this is the mean difference without the square")
    expect.not_equal(contrast, picture.std(ddof=1), "the average is over all pixels",
        slip="divide by the number of pixels, not by one less")
    expect.equal(contrast, deviation, "the second is the standard deviation", slip=wraps)
    expect.equal(answer(np.full((5, 5), 90, np.uint8)), (90, 0), "one single gray: brightness 90, contrast 0")


@exercise(
    "You know both numbers already. Which one is divided by which?",
    "image.std() / image.mean(), but a black picture has a mean of 0.",
    "return image.std() / image.mean() if image.any() else 0.0",
    placeholder=0.0,
)
def relative_contrast(answer: Answer, expect: Expectations) -> None:
    """Standard deviation divided by mean."""
    picture = _picture()
    ratio = picture.std() / picture.mean()
    found = expect.number(answer(picture))
    expect.not_equal(found, 1 / ratio, "more contrast gives more",
        slip="the other way round: deviation divided by mean")
    expect.equal(answer(picture // 2), found, "half the light makes no difference", slip="divide by the mean")
    expect.not_equal(found, ratio**2, "it is a ratio of gray values", slip="the deviation, not the variance")
    expect.equal(found, ratio, "it is the deviation divided by the mean")
    black = answer(np.zeros((6, 6), np.uint8))
    expect.equal(black, 0.0, "a black picture has none", slip="0 cannot be divided by 0; return 0.0 first")
    expect.equal(answer(np.full((6, 6), 90, np.uint8)), 0.0, "neither has one single gray")


@exercise(
    "Two steps: first image - image.mean(), then divide.",
    "Divide by image.std(). For a picture of one gray this is 0: use max(image.std(), 1e-6).",
    "return (image - image.mean()) / max(image.std(), 1e-6)",
    placeholder=lambda image: image.astype(float),
)
def standardised(answer: Answer, expect: Expectations) -> None:
    """A picture with mean 0 and standard deviation 1."""
    picture = _picture()
    wanted = (picture - picture.mean()) / picture.std()
    found = expect.shape(answer(picture), picture.shape, "the picture keeps its shape")
    expect.that(np.asarray(found).dtype.kind == "f", "the result has fractions", found,
        slip="the result has negative numbers and fractions, which uint8 cannot hold")
    expect.equal(float(np.mean(found)), 0.0, "its mean is 0",
        slip="subtract the picture's own mean before you divide")
    expect.not_equal(found, wanted / picture.std(), "its deviation is not the mean of squares",
        slip="divide by the deviation, not the variance")
    expect.equal(float(np.std(found)), 1.0, "its standard deviation is 1",
        slip="the deviation is 1 when you divide by the picture's own")
    expect.equal(answer(picture // 2), found, "half the light gives the same picture")
    expect.equal(found, wanted, "bright stays bright and dark stays dark")
    flat = answer(np.full((6, 6), 90, np.uint8))
    expect.equal(flat, np.zeros((6, 6)), "one single gray becomes all 0",
        slip="there is nothing to divide by: the deviation is 0; use max(image.std(), 1e-6)")
