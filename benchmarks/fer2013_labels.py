"""Lesson 02's figures: counts, twins across splits, and what ten FER+ raters say about the labels.

python benchmarks/fer2013_labels.py fer2013.csv --ferplus fer2013new.csv
"""

import argparse

import numpy as np
import pandas as pd
from saved import save_result

import fer_course as fer

RATED = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
}


def agreement(faces: fer.FaceDataset, votes: pd.DataFrame) -> dict:
    """Compare every label with the ten votes on the same image."""
    names = np.array(fer.EMOTIONS)[faces.labels]
    own_votes = votes.to_numpy()[np.arange(len(votes)), votes.columns.get_indexer(names)]
    ranked = np.sort(votes.to_numpy(), axis=1)
    clear = ranked[:, -1] > ranked[:, -2]  # without a single most-voted class nobody can agree with it
    agrees = clear & (votes.columns.to_numpy()[votes.to_numpy().argmax(axis=1)] == names)
    return {
        "agree_percent": round(100 * agrees.mean(), 1),
        "no_vote_percent": round(100 * (own_votes == 0).mean(), 1),
        "agree_percent_by_emotion": {
            emotion: round(100 * agrees[names == emotion].mean(), 1) for emotion in fer.EMOTIONS
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv, same row order")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    votes = pd.read_csv(args.ferplus).rename(columns=RATED)[[*RATED.values(), "contempt", "unknown", "NF"]]
    copies = fer.find_duplicates(faces.images)
    labels_in_group = copies.assign(label=faces.labels[copies["index"]]).groupby("group")["label"].nunique()
    twins = fer.find_twins(faces).query("split == 'train'")
    save_result(
        "fer2013_labels",
        "FER2013: " + ", ".join(f"{(faces.split == part).sum()} {part}" for part in np.unique(faces.split)),
        {
            "train_counts": faces.train.class_counts().to_dict(),
            "surplus_copies": len(copies) - int(copies["group"].nunique()),
            "groups": int(copies["group"].nunique()),
            "groups_with_conflicting_labels": int((labels_in_group > 1).sum()),
            "twins_in_train": twins.groupby("twin_split")["twin"].nunique().to_dict(),
            **agreement(faces, votes),
        },
    )


if __name__ == "__main__":
    main()
