"""Lesson 03's figures: what a blur threshold removes from the real FER2013, and why 80 is the wrong number.

python benchmarks/fer2013_blur.py fer2013.csv --ferplus fer2013new.csv
"""

import argparse

import cv2
import numpy as np
import pandas as pd
from matplotlib.cbook import get_sample_data
from saved import save_result

import fer_course as fer

QUANTILES = (1, 5, 25, 50, 75, 95, 99)
THRESHOLDS = (80, 200, 400, 800, 1500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="real FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv, same row order")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    scores = fer.measure(faces.images)
    blur = scores["blur"].to_numpy()
    removed = blur[:, None] < np.array(THRESHOLDS)
    guide = (
        (blur < 80) | ~scores["brightness"].between(40, 220).to_numpy() | (scores["contrast"] < 20).to_numpy()
    )
    not_a_face = pd.read_csv(args.ferplus)["NF"].to_numpy() >= 5
    save_result(
        "fer2013_blur",
        "FER2013: " + ", ".join(f"{(faces.split == part).sum()} {part}" for part in np.unique(faces.split)),
        {
            "quantiles": {str(q): round(float(np.percentile(blur, q))) for q in QUANTILES},
            "removed_percent": {
                str(t): float(f"{100 * share:.2g}")
                for t, share in zip(THRESHOLDS, removed.mean(axis=0), strict=True)
            },
            "removed_percent_by_emotion_at_800": {
                emotion: round(100 * float(removed[faces.labels == label, 3].mean()), 1)
                for label, emotion in enumerate(fer.EMOTIONS)
            },
            "guide_thresholds_remove_percent": round(100 * float(guide.mean()), 2),
            "not_a_face": int(not_a_face.sum()),
            "not_a_face_caught_by_guide_percent": round(100 * float(guide[not_a_face].mean())),
            "one_photograph_shrunk": shrunk_variance(),
        },
    )


def shrunk_variance() -> dict[str, int]:
    """Score one face, of the public-domain portrait that Matplotlib carries, at three sizes."""
    photograph = cv2.imread(str(get_sample_data("grace_hopper.jpg", asfileobj=False)), cv2.IMREAD_GRAYSCALE)
    face = photograph[104:328, 155:379]
    sizes = {size: cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA) for size in (224, 112, 48)}
    return {str(size): round(cv2.Laplacian(image, cv2.CV_64F).var()) for size, image in sizes.items()}


if __name__ == "__main__":
    main()
