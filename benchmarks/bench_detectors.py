"""How often, and how fast, each detector finds exactly one face in FER2013's crops, by emotion.

python benchmarks/bench_detectors.py data/fer2013 --pack buffalo_sc
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from saved import save_result
from scipy.stats import binomtest

import fer_course as fer
from fer_course.faces import detectors

SEED, IMAGES_A_CLASS, ONE_BY_ONE = 0, 200, 100


def summary(counts: np.ndarray, labels: np.ndarray, seconds: float) -> dict:
    single = counts == 1
    interval = binomtest(int(single.sum()), len(single)).proportion_ci(method="wilson")
    return {
        "one_percent": round(100 * single.mean(), 1),
        "one_interval_percent": f"{100 * interval.low:.1f} to {100 * interval.high:.1f}",
        "none_percent": round(100 * np.mean(counts == 0), 1),
        "one_percent_by_emotion": {
            emotion: round(100 * single[labels == label].mean()) for label, emotion in enumerate(fer.EMOTIONS)
        },
        "images_per_second": round(len(counts) / seconds),
    }


def seconds_for(detector: fer.FaceDetector, images: np.ndarray) -> tuple[np.ndarray, float]:
    detector.count(images[:2])  # what is built at the first call
    start = time.perf_counter()
    return detector.count(images), time.perf_counter() - start


def mtcnn_batch_gain(images: np.ndarray) -> float:
    """How many times as fast MTCNN is with batches as one by one."""
    detector = fer.FaceDetector("mtcnn")
    batched = seconds_for(detector, images)[1]
    detectors._BATCH = 1
    return round(seconds_for(detector, images)[1] / batched, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--pack", default="buffalo_sc", help="name or folder of an InsightFace pack")
    args = parser.parse_args()

    train = fer.read_dataset(args.data).train
    rng = np.random.default_rng(SEED)
    members = [np.flatnonzero(train.labels == label) for label in range(7)]
    chosen = np.concatenate([rng.choice(part, IMAGES_A_CLASS, replace=False) for part in members])
    images, labels = train.images[chosen], train.labels[chosen]
    values: dict = {"images": len(images), "images_a_class": IMAGES_A_CLASS, "pack": Path(args.pack).name}
    for name, model in {"haar": None, "yunet": None, "insightface": args.pack, "mtcnn": None}.items():
        counts, seconds = seconds_for(fer.FaceDetector(name, model=model), images)
        values[name] = summary(counts, labels, seconds)
    tight = [cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC) for image in images]
    values["haar_without_space_percent"] = round(100 * np.mean(fer.FaceDetector("haar").count(tight) == 1), 1)
    values["mtcnn_batches_times_as_fast"] = mtcnn_batch_gain(images[:ONE_BY_ONE])
    save_result("detectors", "FER2013, Training, the same number of each emotion", values, SEED)


if __name__ == "__main__":
    main()
