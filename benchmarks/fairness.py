"""For whom does the network that ships with the package work less well, on FER2013's val and on drawn faces?

FER2013 does not say who is in its pictures, so real faces can only be grouped by what can be measured. The
drawn faces say it, and the network has seen none of them: there the audit is made, and there it is seen what
a proxy would have hidden.

    python benchmarks/fairness.py data/fer2013
"""

import argparse

import numpy as np
import pandas as pd
from saved import percent, save_result

import fer_course as fer
from fer_course.evaluation.corruptions import CORRUPTIONS

ATTRIBUTES = ("skin_tone", "glasses", "beard", "age")
THRESHOLDS = (0.0, 0.3, 0.5, 0.7, 0.9)
BUCKETS, THIRDS = 5, ["dark", "middle", "bright"]


def interval(row: pd.Series) -> str:
    return f"{percent(row['low'])} to {percent(row['high'])}"


def groups_of(table: pd.DataFrame) -> dict:
    """Counts and accuracies with intervals, by group."""
    return {
        str(name).lower(): {
            "n": int(row["n"]),
            "accuracy_percent": percent(row["accuracy"]),
            "interval_percent": interval(row),
            "balanced_accuracy_percent": percent(row["balanced_accuracy"]),
            "macro_f1": round(row["macro_f1"], 3),
            "macro_f1_interval": f"{row['macro_f1_low']:.3f} to {row['macro_f1_high']:.3f}",
        }
        for name, row in table.iterrows()
    }


def gaps_of(table: pd.DataFrame) -> dict:
    return {
        name: {
            "worst": str(row["worst"]),
            "best": str(row["best"]),
            "gap_points": percent(row["gap"]),
            "gap_by_luck_points": percent(row["gap_by_luck"]),
            "p_value": round(row["p_value"], 4),
            "p_holm": round(row["p_holm"], 4),
        }
        for name, row in table.iterrows()
    }


def silences(table: pd.DataFrame) -> dict:
    """Coverage and accuracy at a few thresholds."""
    return {
        f"{100 * row['threshold']:.0f}": {
            "coverage_percent": percent(row["coverage"]),
            "accuracy_percent": percent(row["accuracy"]),
            "interval_percent": interval(row),
        }
        for _, row in table.iterrows()
    }


def thirds(images: np.ndarray) -> pd.Categorical:
    """Group images by their brightness, a third each."""
    return pd.qcut(fer.measure(images)["brightness"].to_numpy(), 3, labels=THIRDS)


def real(val: fer.FaceDataset, probabilities: np.ndarray) -> dict:
    """What can be said without knowing who is in the pictures."""
    confidence = probabilities.max(axis=1)
    fifth = pd.qcut(confidence, BUCKETS, labels=[f"fifth_{place + 1}" for place in range(BUCKETS)])
    ends = np.quantile(confidence, np.linspace(0, 1, BUCKETS + 1))
    buckets = fer.group_metrics(val.labels, probabilities, fifth)
    brightness = thirds(val.images)
    emotion = np.array(fer.EMOTIONS)[val.labels]
    by_emotion = fer.abstention(val.labels, probabilities, [0.5], emotion).set_index("group")
    return {
        "images": len(val),
        "accuracy_percent": percent(fer.score(val.labels, probabilities).accuracy),
        "confidence_ends_percent": [percent(end) for end in ends],
        "confidence_buckets": groups_of(buckets),
        "abstention": silences(fer.abstention(val.labels, probabilities, THRESHOLDS)),
        "answered_at_50_percent": {name: percent(by_emotion["coverage"][name]) for name in fer.EMOTIONS},
        "brightness": groups_of(fer.group_metrics(val.labels, probabilities, brightness)),
        "brightness_gap": gaps_of(fer.group_gaps(val.labels, probabilities, {"brightness": brightness})),
    }


def drawn(faces: fer.FaceDataset, predictor: fer.Predictor) -> dict:
    """The audit on faces whose groups are known, and what a proxy would have shown."""
    probabilities = predictor.predict_proba(faces.images)
    groups = {name: faces.attributes[name] for name in ATTRIBUTES}
    persons = faces.attributes["person"]
    brightness = thirds(faces.images)
    dark = np.array([np.mean(groups["skin_tone"][brightness == third] == "dark") for third in THIRDS])
    compared = {
        metric: gaps_of(fer.group_gaps(faces.labels, probabilities, groups, metric, persons))
        for metric in ("accuracy", "balanced_accuracy")
    }
    return {
        "images": len(faces),
        "persons": len(np.unique(persons)),
        "accuracy_percent": percent(fer.score(faces.labels, probabilities).accuracy),
        "groups": {
            name: groups_of(fer.group_metrics(faces.labels, probabilities, groups[name]))
            for name in ATTRIBUTES
        },
        "gaps": compared,
        "recall_percent": {name: recalls(faces.labels, probabilities, groups[name]) for name in ATTRIBUTES},
        "abstention_by_beard_at_50_percent": {
            str(row["group"]).lower(): {
                "coverage_percent": percent(row["coverage"]),
                "accuracy_percent": percent(row["accuracy"]),
                "interval_percent": interval(row),
            }
            for _, row in fer.abstention(faces.labels, probabilities, [0.5], groups["beard"]).iterrows()
        },
        "brightness": groups_of(fer.group_metrics(faces.labels, probabilities, brightness)),
        "brightness_gap": gaps_of(
            fer.group_gaps(faces.labels, probabilities, {"brightness": brightness}, persons=None)
        ),
        "dark_skin_by_brightness_percent": dict(zip(THIRDS, map(percent, dark), strict=True)),
        "darker_by_skin_tone": darker(faces, predictor, groups["skin_tone"]),
    }


def recalls(labels: np.ndarray, probabilities: np.ndarray, groups: np.ndarray) -> dict:
    """Share of each emotion that is recognised, by group."""
    return {
        str(name).lower(): {
            emotion: percent(value)
            for emotion, value in zip(
                fer.EMOTIONS, fer.score(labels, probabilities).subset(groups == name).recall, strict=True
            )
        }
        for name in np.unique(groups)
    }


def darker(faces: fer.FaceDataset, predictor: fer.Predictor, skin_tone: np.ndarray) -> dict:
    """Accuracy by skin tone when all pictures get darker."""
    result = {}
    for severity in (3, 5):
        probabilities = predictor.predict_proba(CORRUPTIONS["darker"](faces.images, severity))
        result[f"severity_{severity}"] = groups_of(fer.group_metrics(faces.labels, probabilities, skin_tone))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    args = parser.parse_args()

    predictor = fer.Predictor.load()
    val, sample = fer.read_dataset(args.data).val, fer.sample_faces()
    undamaged = sample.subset(sample.attributes["defect"] == "none")
    result = {
        "real": real(val, predictor.predict_proba(val.images)),
        "drawn": drawn(undamaged, predictor),
    }
    save_result(
        "fairness", "FER2013, PublicTest as val; and the undamaged images of the drawn sample", result, 0
    )


if __name__ == "__main__":
    main()
