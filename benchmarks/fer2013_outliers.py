"""Embedding outliers of the real FER2013's train split, judged by ten FER+ raters.

Two kinds of embedding: InsightFace's, made to tell people apart, and gradient histograms, which need no
download. An outlier lies 2.5 standard deviations or more beyond its emotion's mean distance from the centre.

    python benchmarks/fer2013_outliers.py fer2013.csv --ferplus fer2013new.csv --pack buffalo_sc

The pack is the name or folder of an InsightFace model pack.
"""

import argparse
from pathlib import Path

import numpy as np
from cleaning_filters import by_emotion, judge, raters
from saved import save_result
from sklearn.metrics import roc_auc_score

import fer_course as fer


def outliers(embeddings: np.ndarray, faces: fer.FaceDataset, truth: dict[str, np.ndarray]) -> dict:
    """Judge the outliers of one kind of embedding, and the distances that they follow from."""
    distances = fer.embedding_distances(embeddings, faces.labels)
    flagged = fer.flag_outliers(distances, faces.labels)
    return {
        **ranking(distances, truth),
        "not_a_face": judge(flagged, truth["not_a_face"], truth["good"]),
        "good_lost_by_emotion": by_emotion(flagged, truth["good"], faces.labels),
    }


def ranking(scores: np.ndarray, truth: dict[str, np.ndarray]) -> dict:
    """Say how well a score puts what is wrong first: 0.5 is chance, 1 is perfect."""
    return {
        "not_a_face_auc": round(float(roc_auc_score(truth["not_a_face"], scores)), 2),
        "no_vote_auc": round(float(roc_auc_score(truth["label_without_a_vote"], scores)), 2),
        "not_a_face_among_first_100": int(truth["not_a_face"][scores.argsort()[-100:]].sum()),
    }


def on_the_sample(pack: str) -> dict:
    """Count the outliers among the drawn train faces, and how many of the strange ones are found."""
    faces = fer.sample_faces().train
    defect = faces.attributes["defect"]
    strange = np.isin(defect, ["no_face", "two_faces"])
    results: dict = {"strange": int(strange.sum())}
    for name, by in {"gradients": "gradients", "insightface": pack}.items():
        distances = fer.embedding_distances(fer.embed(faces.images, by=by), faces.labels)
        flagged = fer.flag_outliers(distances, faces.labels)
        counts = {"strange_found": flagged & strange, "good_lost": flagged & (defect == "none")}
        results[name] = {key: int(np.count_nonzero(chosen)) for key, chosen in counts.items()}
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--pack", default="buffalo_sc", help="InsightFace's model pack")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    train = (faces.split == "train") & (faces.images.std(axis=(1, 2)) > 0)  # nothing to embed in one gray
    truth = {name: values[train] for name, values in raters(faces, args.ferplus).items()}
    part = faces.subset(train)
    identities = fer.embed(part.images, by=args.pack)
    lengths = np.linalg.norm(identities, axis=1)
    values = {
        "images": len(part),
        "not_a_face": int(truth["not_a_face"].sum()),
        "pack": Path(args.pack).name,
        "insightface": outliers(identities, part, truth),
        "insightface_length": ranking(-lengths, truth),
        "gradients": outliers(fer.embed(part.images), part, truth),
        "sample": on_the_sample(args.pack),
    }
    save_result("fer2013_outliers", "FER2013, Training, without constant images", values)


if __name__ == "__main__":
    main()
