"""The jury of lesson 14 on the real FER2013: members that see a part of the face, and one that sees all.

Each is one layer on the gradients of 6,000 train images, which takes seconds. Nothing is chosen on val but
the weights, and these are cross-validated inside val. Beside them votes the network that ships with the
package; val chose its epoch.

    python benchmarks/half_blind.py data/fer2013
"""

import argparse

import numpy as np
from ensembles import accuracy, against, combined
from saved import percent, save_result
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fer_course as fer
from fer_course.evaluation.members import diversity
from fer_course.evaluation.scores import Evaluation

TRAIN_IMAGES = 6000
PARTS = {
    "eyes": np.s_[:, :24, :],
    "mouth": np.s_[:, 28:, :],
    "left_half": np.s_[:, :, :20],
    "whole_face": np.s_[:, :, :],
}
THREE = ("eyes", "mouth", "left_half")


def seen(images: np.ndarray, part: tuple) -> np.ndarray:
    shown = np.full_like(images, 128)
    shown[part] = images[part]
    return shown


def member(train: fer.FaceDataset, val: fer.FaceDataset, part: tuple, drawn: np.ndarray) -> Evaluation:
    """Let one layer learn from a part of the drawn train images, and score it on val."""
    layer = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=100, tol=1e-3))
    layer.fit(fer.embed(seen(train.images[drawn], part)), train.labels[drawn])
    probabilities = layer.predict_proba(fer.embed(seen(val.images, part)))
    return fer.score(val.labels, probabilities, val.ids)


def fool(train: fer.FaceDataset, val: fer.FaceDataset, drawn: np.ndarray) -> Evaluation:
    """Let one layer learn every sixteenth pixel by heart."""
    coarse = [
        images[:, 2::4, 2::4].reshape(len(images), -1) / 127.5 - 1
        for images in (train.images[drawn], val.images)
    ]
    layer = LogisticRegression(C=1, max_iter=100).fit(coarse[0], train.labels[drawn])
    return fer.score(val.labels, layer.predict_proba(coarse[1]), val.ids)


def vote(members: list[Evaluation]) -> Evaluation:
    mean = np.mean([one.probabilities for one in members], axis=0)
    return fer.score(members[0].labels, mean, members[0].ids)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    args = parser.parse_args()
    faces = fer.read_dataset(args.data)
    train, val = faces.train, faces.val
    rng = np.random.default_rng(0)
    drawn = rng.permutation(len(train))[:TRAIN_IMAGES]

    members = {name: member(train, val, part, drawn) for name, part in PARTS.items()}
    whole = members.pop("whole_face")
    again = member(train, val, PARTS["mouth"], rng.choice(drawn, len(drawn)))
    loud = fool(train, val, drawn)
    compact = fer.score(val.labels, fer.Predictor.load().predict_proba(val.images), val.ids)
    named = list(members.values())
    three, best = vote(named), max(named, key=lambda one: one.accuracy)
    jury = members | {"whole_face": whole, "fool": loud}
    result = {
        "train_images": TRAIN_IMAGES,
        "val_images": len(val),
        "members": {name: accuracy(one) for name, one in jury.items()},
        "compact": accuracy(compact),
        "three": gained(best, three),
        "three_over_whole_face": against(whole, three),
        "three_and_whole_face": gained(whole, vote([whole, *named])),
        "mouth_twice": gained(members["mouth"], vote([members["mouth"], again])),
        "three_and_fool": gained(three, vote([*named, loud])),
        "compact_and_whole_face": gained(compact, vote([compact, whole])),
        "compact_and_all": gained(compact, vote([compact, whole, *named])),
        "pairs": pairs(jury | {"mouth_again": again, "compact": compact}),
        "jury": combined(jury, compact),
        "jury_with_compact": combined(jury | {"compact": compact}, compact),
    }
    save_result("half_blind", "FER2013, PublicTest as val", result, seed=0)


def gained(first: Evaluation, second: Evaluation) -> dict:
    """Scores of the second, and what it gains over the first."""
    return {**accuracy(second), **against(first, second)}


def pairs(members: dict[str, Evaluation]) -> dict:
    """How alike each pair is, and what its vote gains."""
    return {
        f"{row['first']}_and_{row['second']}": {
            "agreement_percent": percent(row["agreement"]),
            "q_statistic": round(float(row["q_statistic"]), 2),
            "gain_points": f"{100 * row['gain']:+.1f}",
        }
        for _, row in diversity(members).iterrows()
    }


if __name__ == "__main__":
    main()
