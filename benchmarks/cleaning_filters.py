"""What every cleaning filter catches, and what it throws away by mistake.

Judged by the truth of the sample and, on the real FER2013, by ten FER+ raters. "good" there are the images
whose label is what most raters saw.

python benchmarks/cleaning_filters.py fer2013.csv --ferplus fer2013new.csv --detectors haar mtcnn
"""

import argparse

import numpy as np
import pandas as pd
from saved import save_result
from scipy.stats import binomtest

import fer_course as fer
from fer_course.cleaning.duplicates import flag_copies
from fer_course.cleaning.thresholds import calibrate, flag
from fer_course.sources.ferplus import read_ferplus
from fer_course.sources.votes import ANSWERS

GUIDE = fer.Thresholds(blur=80, brightness=(40, 220), contrast=20, edge_density=0, entropy=0)
MAX_LOST = 0.01
SUSPECTS = 0.02
SCORES = ("blurred", "dark", "bright", "flat", "empty")
PLANTED = {
    "blurred": ["blur"],
    "dark": ["dark"],
    "bright": ["bright"],
    "flat": ["flat"],
    "empty": ["no_face"],
    "copy": ["exact_duplicate"],
    "twin": ["twin"],
    "near": ["exact_duplicate", "near_duplicate", "twin"],
    "mislabelled": ["wrong_label"],
    "faceless": ["no_face"],
    "crowded": ["two_faces"],
}
"""The planted defects that each filter is made for."""


def share(part: int, whole: int) -> dict:
    """Return a share in percent with its Wilson interval."""
    if not whole:
        return {"percent": None, "interval": None, "of": 0}
    low, high = binomtest(int(part), int(whole)).proportion_ci(method="wilson")
    return {
        "percent": round(100 * part / whole, 1),
        "interval": f"{100 * low:.1f} to {100 * high:.1f}",
        "of": int(whole),
    }


def judge(flagged: np.ndarray, bad: np.ndarray, good: np.ndarray) -> dict:
    """Precision and recall for the bad images, and the share of the good ones that is lost."""
    return {
        "flagged": int(flagged.sum()),
        "precision": share((flagged & bad).sum(), flagged.sum()),
        "recall": share((flagged & bad).sum(), bad.sum()),
        "good_lost": share((flagged & good).sum(), good.sum()),
    }


def by_emotion(flagged: np.ndarray, good: np.ndarray, labels: np.ndarray) -> dict:
    """Share of each emotion's good images that is lost."""
    return {
        emotion: share((flagged & good & (labels == label)).sum(), (good & (labels == label)).sum())
        for label, emotion in enumerate(fer.EMOTIONS)
    }


def suspects(faces: fer.FaceDataset) -> np.ndarray:
    """Return the positions of the suspected labels of the train split, the most suspicious first."""
    train = np.flatnonzero(faces.split == "train")
    part = faces.subset(train)
    return train[fer.find_label_errors(part.labels, fer.out_of_fold_probabilities(part))["index"]]


def all_flags(faces: fer.FaceDataset, ranked: np.ndarray) -> dict[str, np.ndarray]:
    flags = flag(fer.measure(faces.images)).join(flag_copies(faces))
    flags["near"] = flag_copies(faces, near=True).any(axis=1)
    flags["mislabelled"] = np.isin(np.arange(len(faces)), ranked)
    few = ranked[: int(SUSPECTS * np.count_nonzero(faces.split == "train"))]
    flags["mislabelled_first"] = np.isin(np.arange(len(faces)), few)
    return {str(name): column.to_numpy() for name, column in flags.items()}


def in_same_group(values: np.ndarray, copies: pd.DataFrame) -> np.ndarray:
    """Pass a property of an image on to its copies: which one of a pair is flagged is a matter of order."""
    shared = pd.Series(values[copies["index"]]).groupby(copies["group"].to_numpy()).transform("any")
    result = values.copy()
    result[copies["index"]] = shared
    return result


def faces_flags(images: np.ndarray, detector: str) -> dict[str, np.ndarray]:
    counts = np.asarray(fer.FaceDetector(detector).count(images))
    return {f"faceless_{detector}": counts == 0, f"crowded_{detector}": counts > 1}


def on_the_sample(detectors: tuple[str, ...]) -> dict:
    faces = fer.sample_faces()
    defect = faces.attributes["defect"]
    good, spoiled = defect == "none", np.isin(defect, ["blur", "dark", "bright", "flat"])
    flags = all_flags(faces, suspects(faces))
    flags["copy"] = flags["copy"] | flags.pop("conflict")
    for detector in detectors:
        flags |= faces_flags(faces.images, detector)
    copies = fer.find_duplicates(faces.images, near=True)
    results = {}
    for name, flagged in flags.items():
        bad = np.isin(defect, PLANTED[name.partition("_")[0]])
        if name in ("copy", "near"):
            flagged, bad = in_same_group(flagged, copies), in_same_group(bad, copies)
        if name.startswith("mislabelled"):
            bad &= faces.split == "train"
        results[name] = judge(flagged, bad, good)
    results["all_scores"] = judge(np.any([flags[name] for name in SCORES], axis=0), spoiled, good)
    guide = flag(fer.measure(faces.images), GUIDE).any(axis=1).to_numpy()
    return results | {"guide": judge(guide, spoiled, good)}


def raters(faces: fer.FaceDataset, ferplus: str) -> dict[str, np.ndarray]:
    """Turn FER+'s votes into truth: no face, an unclear face, a wrong label, a right one."""
    votes = read_ferplus(ferplus, faces)
    counts = votes.counts
    return {
        "not_a_face": counts[:, ANSWERS.index("not a face")] >= 5,
        "unknown": counts[:, ANSWERS.index("unknown")] >= 5,
        "label_without_a_vote": counts[np.arange(len(faces)), faces.labels] == 0,
        "good": votes.plurality() == faces.labels,
    }


def against_raters(flagged: np.ndarray, truth: dict[str, np.ndarray], labels: np.ndarray) -> dict:
    return {
        "flagged": share(flagged.sum(), len(flagged)),
        **{
            name: {
                "precision": share((flagged & truth[name]).sum(), flagged.sum()),
                "recall": share((flagged & truth[name]).sum(), truth[name].sum()),
            }
            for name in ("not_a_face", "unknown", "label_without_a_vote")
        },
        "good_lost": share((flagged & truth["good"]).sum(), truth["good"].sum()),
        "good_lost_by_emotion": by_emotion(flagged, truth["good"], labels),
    }


def on_fer2013(faces: fer.FaceDataset, ferplus: str) -> dict:
    truth, train = raters(faces, ferplus), faces.split == "train"
    scores, ranked = fer.measure(faces.images), suspects(faces)
    flags = all_flags(faces, ranked)
    flags["guide"] = flag(scores, GUIDE).any(axis=1).to_numpy()
    flags["all_scores"] = np.any([flags[name] for name in SCORES], axis=0)
    in_train = {name: values[train] for name, values in truth.items()}
    results = {
        name: against_raters(flagged[train], in_train, faces.labels[train]) for name, flagged in flags.items()
    }
    return {"train": results, "calibrated": calibrated(scores, truth["not_a_face"], train)}


def calibrated(scores: pd.DataFrame, not_a_face: np.ndarray, train: np.ndarray) -> dict:
    """Fit thresholds to "not a face" on train, and score them on val."""
    found = calibrate(scores[train], not_a_face[train], MAX_LOST)
    flagged = flag(scores[~train], found.thresholds).any(axis=1).to_numpy()
    return {
        "max_lost_percent": 100 * MAX_LOST,
        "thresholds": {
            f"{row.score} {row.side}": round(row.threshold, 3) for row in found.table.itertuples()
        },
        "train_lost_by_all_percent": round(100 * found.lost, 1),
        "val": judge(flagged, not_a_face[~train], ~not_a_face[~train]),
    }


def detectors_by_emotion(faces: fer.FaceDataset, ferplus: str, each: int, detectors: tuple[str, ...]) -> dict:
    """Whom the detectors throw away: so many random train images of each emotion."""
    rng = np.random.default_rng(0)
    train = [np.flatnonzero((faces.split == "train") & (faces.labels == label)) for label in range(7)]
    chosen = np.sort(np.concatenate([rng.permutation(members)[:each] for members in train]))
    part = faces.subset(chosen)
    truth = {name: values[chosen] for name, values in raters(faces, ferplus).items()}
    results = {}
    for detector in detectors:
        flagged = np.any(list(faces_flags(part.images, detector).values()), axis=0)
        results[detector] = against_raters(flagged, truth, part.labels)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--each", type=int, default=200, help="images an emotion for the face detectors")
    parser.add_argument("--detectors", nargs="*", default=["haar"], help="what fer.FaceDetector knows")
    args = parser.parse_args()

    faces, detectors = fer.read_dataset(args.data), tuple(args.detectors)
    result = {"sample": on_the_sample(detectors), "fer2013": on_fer2013(faces, args.ferplus)}
    result["detectors"] = detectors_by_emotion(faces, args.ferplus, args.each, detectors)
    parts = ", ".join(f"{(faces.split == part).sum()} {part}" for part in np.unique(faces.split))
    save_result("cleaning_filters", f"the drawn sample; FER2013: {parts}", result, seed=0)


if __name__ == "__main__":
    main()
