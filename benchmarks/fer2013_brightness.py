"""Lesson 04's figures: what limits on brightness and contrast remove from the real FER2013.

python benchmarks/fer2013_brightness.py fer2013.csv --ferplus fer2013new.csv
"""

import argparse

import numpy as np
import pandas as pd
from saved import save_result

import fer_course as fer
from fer_course.sources.ferplus import read_ferplus

QUANTILES = (1, 5, 25, 50, 75, 95, 99)
DARKEST, BRIGHTEST, FLATTEST = 40, 220, 20  # what cleaning guides give
DARK_LIMITS = (40, 50, 60, 80)
LOWEST = 100  # images in the comparison of contrast with relative contrast


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    votes = read_ferplus(args.ferplus, faces)
    scores = fer.measure(faces.images)
    brightness, contrast = scores["brightness"], scores["contrast"]
    not_a_face = votes.counts[:, -1] >= 5
    guide = {
        "bright": brightness > BRIGHTEST,
        "dark_or_bright": ~brightness.between(DARKEST, BRIGHTEST),
        "flat": contrast < FLATTEST,
    }
    save_result(
        "fer2013_brightness",
        "FER2013: " + ", ".join(f"{(faces.split == part).sum()} {part}" for part in np.unique(faces.split)),
        {
            "quantiles": {
                name: {str(q): round(float(np.percentile(scores[name], q))) for q in QUANTILES}
                for name in ("brightness", "contrast")
            },
            "guide": {name: removal(removed.to_numpy(), not_a_face) for name, removed in guide.items()},
            "below": {
                str(limit): removal((brightness < limit).to_numpy(), not_a_face) for limit in DARK_LIMITS
            },
            "majority_percent": majorities(votes, (brightness < DARKEST).to_numpy() & ~not_a_face),
            f"not_a_face_among_lowest_{LOWEST}": lowest(contrast, contrast / brightness, not_a_face),
        },
    )


def removal(removed: np.ndarray, not_a_face: np.ndarray) -> dict[str, float]:
    """Count what a rule removes, and how much of it at least five of ten raters call "not a face"."""
    return {
        "images": int(removed.sum()),
        "percent": percent(removed),
        "not_a_face": int((removed & not_a_face).sum()),
        "not_a_face_percent": round(100 * float(not_a_face[removed].mean())),
    }


def percent(chosen: np.ndarray) -> float:
    return float(f"{100 * chosen.mean():.2g}")


def majorities(votes: fer.Votes, dark: np.ndarray) -> dict[str, int]:
    """Say how often more than half of the raters agree on one of the seven emotions."""
    agreed = votes.majority() >= 0
    return {"dark_faces": round(100 * float(agreed[dark].mean())), "all": round(100 * float(agreed.mean()))}


def lowest(contrast: pd.Series, relative: pd.Series, not_a_face: np.ndarray) -> dict[str, int]:
    """Count what is no face among the images with least contrast; a black image has none of either kind."""
    return {
        name: int(not_a_face[score.fillna(0).nsmallest(LOWEST).index].sum())
        for name, score in (("contrast", contrast), ("relative_contrast", relative))
    }


if __name__ == "__main__":
    main()
