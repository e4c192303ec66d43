"""Lesson 02's figures: counts, twins across splits, and what ten FER+ raters say about the labels.

python benchmarks/fer2013_labels.py fer2013.csv --ferplus fer2013new.csv
"""

import argparse

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.sources.ferplus import read_ferplus


def agreement(faces: fer.FaceDataset, votes: fer.Votes) -> dict:
    """Compare every label with the ten votes on the same image."""
    percent = (100 * votes.agreement(faces.labels)[["agree", "no_vote"]]).round(1)
    return {
        "agree_percent": float(percent.loc["all", "agree"]),
        "no_vote_percent": float(percent.loc["all", "no_vote"]),
        "agree_percent_by_emotion": percent["agree"].drop("all").to_dict(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    votes = read_ferplus(args.ferplus, faces)
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
            "no_majority_percent": round(100 * float((votes.majority() < 0).mean()), 1),
            "rated_not_a_face": votes.summary()["not a face"],
        },
    )


if __name__ == "__main__":
    main()
