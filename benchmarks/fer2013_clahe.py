"""Lesson 08's figures: what CLAHE does to contrast, noise and scores of the real FER2013.

python benchmarks/fer2013_clahe.py fer2013.csv
"""

import argparse

import numpy as np
from saved import save_result

import fer_course as fer

SETTINGS = {"tiles_8_limit_2": (2, 8), "tiles_4_limit_4": (4, 4), "tiles_2_limit_2": (2, 2)}
LIMITS = range(1, 41)
NOISE = 4.0  # deviation in gray values: about what a cheap camera adds in dim light
SAMPLED, SEED = 4000, 0
BLURRED_PERCENT = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    rng = np.random.default_rng(SEED)
    images = faces.images[rng.permutation(len(faces))[:SAMPLED]]
    images = images[images.std(axis=(1, 2)) > 1]  # a blank has no contrast to gain
    noisy = np.clip(np.rint(images + rng.normal(0, NOISE, images.shape)), 0, 255).astype(np.uint8)
    save_result(
        "fer2013_clahe",
        "FER2013: " + ", ".join(f"{(faces.split == part).sum()} {part}" for part in np.unique(faces.split)),
        {
            "gains": {
                "images": len(images),
                "noise": NOISE,
                **{name: gains(images, noisy, *setting) for name, setting in SETTINGS.items()},
            },
            "highest_limit_equal_to_1_at_8_tiles": highest_limit_without_effect(images),
            "scores_at_8_tiles": scores_before_and_after(faces.images),
        },
        seed=SEED,
    )


def gains(images: np.ndarray, noisy: np.ndarray, clip_limit: float, tiles: int) -> dict[str, float]:
    """Return by how much contrast and noise grow, as the mean over the images."""
    enhanced = fer.clahe(images, clip_limit, (tiles, tiles))
    contrast = deviation(enhanced) / deviation(images)
    noise = difference(fer.clahe(noisy, clip_limit, (tiles, tiles)), enhanced) / difference(noisy, images)
    return {"contrast": round(float(contrast.mean()), 2), "noise": round(float(noise.mean()), 1)}


def deviation(images: np.ndarray) -> np.ndarray:
    return images.std(axis=(1, 2))


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return deviation(one.astype(np.float32) - other)


def highest_limit_without_effect(images: np.ndarray) -> int:
    """Return the highest clip limit whose result is, pixel for pixel, that of 1."""
    reference = fer.clahe(images, 1, (8, 8))
    return max(limit for limit in LIMITS if np.array_equal(fer.clahe(images, limit, (8, 8)), reference))


def scores_before_and_after(images: np.ndarray) -> dict[str, object]:
    """Measure the same images twice: what would the limits of lessons 03 and 04 still catch?"""
    stacks = {"before": images, "after": fer.clahe(images, 2, (8, 8))}
    scores = {when: fer.measure(stack) for when, stack in stacks.items()}
    limit = np.percentile(scores["before"]["blur"], BLURRED_PERCENT)
    return {
        "blur_limit": round(float(limit)),
        **{
            when: {
                "below_blur_limit": int((table["blur"] < limit).sum()),
                "median_blur": round(float(table["blur"].median())),
                "darker_than_40": int((table["brightness"] < 40).sum()),
                "median_contrast": round(float(table["contrast"].median())),
            }
            for when, table in scores.items()
        },
    }


if __name__ == "__main__":
    main()
