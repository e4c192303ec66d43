"""Lesson 05's figures: what edge density and edge agreement put last in the real FER2013, by ten FER+ raters.

Nobody wrote down which faces of FER2013 are covered, so only this can be counted: how much of what a score
puts last is no face, and how often most raters agree on the emotion of what is one. And, on the drawn sample,
how often a score puts a covered face below a good one.

    python benchmarks/fer2013_occlusion.py fer2013.csv --ferplus fer2013new.csv
"""

import argparse

import numpy as np
from cleaning_filters import share
from saved import save_result
from sklearn.metrics import roc_auc_score

import fer_course as fer
from fer_course.cleaning.quality import edge_agreement
from fer_course.sources.ferplus import read_ferplus

LAST = 300
DARK = 80  # the strict limit on brightness of lesson 04
SCORES = (
    "edge_density",
    "edge_density_upper",
    "edge_density_lower",
    "edge_density_left",
    "edge_density_right",
)


def scores_of(images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the scores that should be low for a covered face."""
    measured = fer.measure(images)
    sides = measured["edge_density_left"] - measured["edge_density_right"]
    scores = {name: measured[name].to_numpy() for name in SCORES}
    return scores | {"equal_halves": -np.abs(sides.to_numpy()), "edge_agreement": edge_agreement(images)}


def on_the_sample() -> dict:
    faces = fer.sample_faces().train
    defect = faces.attributes["defect"]
    compared = np.isin(defect, ["none", "occluded"])
    covered = defect[compared] == "occluded"
    areas = {
        name: round(float(roc_auc_score(covered, -values[compared])), 2)
        for name, values in scores_of(faces.images).items()
    }
    return {"covered": int(covered.sum()), "good": int((~covered).sum()), "ranked_right": areas}


def judged(chosen: np.ndarray, not_a_face: np.ndarray, agreed: np.ndarray, dark: np.ndarray) -> dict:
    """Judge chosen images; dark ones are counted among the faces, not among blank pictures."""
    faces = chosen[~not_a_face[chosen]]
    return {
        "not_a_face": f"{LAST * not_a_face[chosen].mean():.2g}",  # of as many as the last ones
        "dark_percent": round(100 * float(dark[faces].mean())),
        "majority": share(agreed[faces].sum(), len(faces)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    votes = read_ferplus(args.ferplus, faces)
    seen = (faces.split == "train") & (faces.images.std(axis=(1, 2)) > 0)
    not_a_face, agreed = (votes.counts[:, -1] >= 5)[seen], (votes.majority() >= 0)[seen]
    dark = faces.images[seen].mean(axis=(1, 2)) < DARK
    scores = scores_of(faces.images[seen])
    chosen = {name: scores[name].argsort()[:LAST] for name in ("edge_density", "edge_agreement")}
    chosen["by_chance"] = np.arange(seen.sum())  # what a random choice has on average
    values = {
        "images": int(seen.sum()),
        "last": LAST,
        **{name: judged(ones, not_a_face, agreed, dark) for name, ones in chosen.items()},
        "sample": on_the_sample(),
    }
    save_result("fer2013_occlusion", "FER2013, Training, without constant images; the drawn sample", values)


if __name__ == "__main__":
    main()
