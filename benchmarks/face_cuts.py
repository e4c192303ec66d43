"""How a face before a camera is cut out: what the network that ships reads best.

python benchmarks/face_cuts.py data/fer2013  # benchmarks/results/face_cuts.json, 3 minutes

The frames are those of ``bench_camera.py``; every way cuts the same faces, which YuNet has found. Eyes or all
five points are laid where they lie in FER2013's own crops (``face_crops.json``).
"""

import argparse
import json

import numpy as np
import pandas as pd
from bench_camera import SEED, framed
from saved import RESULTS, percent, save_result

import fer_course as fer
from fer_course.evaluation.scores import wilson
from fer_course.faces.alignment import squares_around
from fer_course.images import Square, cut_out, resize_face

POINTS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
CASES = ((70, 0), (120, 0), (120, 20), (220, 0), (220, 20))  # side of the face in pixels, turned by degrees
MIDDLE = 24 + 24j


def laid(points: np.ndarray, there: np.ndarray) -> Square:
    """Find the square whose crop has points where others are, by least squares; all are complex, x + iy."""
    off, off_there = points - points.mean(), there - there.mean()
    turn = (off_there.conj() @ off) / (off_there.conj() @ off_there)
    middle = points.mean() + turn * (MIDDLE - there.mean())
    return Square(middle.real, middle.imag, 48 * abs(turn), np.angle(turn))


def ways_to_cut(found: pd.DataFrame) -> dict[str, Square]:
    """Give the square around the one face of a table, by each way."""
    usual = json.loads((RESULTS / "face_crops.json").read_text())["yunet"]["landmarks_pixels"]
    there = np.array([complex(*usual[name]) for name in POINTS])
    points = np.array([complex(*found[[f"{name}_x", f"{name}_y"]].iloc[0]) for name in POINTS])
    return {
        "the box, not turned": squares_around(found, "yunet", align=False)[0],
        "turned by the eyes, as large as the box": squares_around(found, "yunet")[0],
        "by the eyes alone": laid(points[:2], there[:2]),
        "by all five points": laid(points, there),
    }


def read_from(
    predictor: fer.Predictor, detector: fer.FaceDetector, faces: fer.FaceDataset, side: int, angle: int
) -> dict:
    """Find every photograph in its frame, cut it out in each way, and count what is named rightly."""
    crops: dict[str, list[np.ndarray]] = {}
    labels = []
    for place, face in enumerate(faces.images):
        frame, middle = framed(face, side, angle, np.random.default_rng([SEED, place, side, angle]))
        found = detector.detect(frame[np.newaxis])
        away = np.hypot(found.x + found.width / 2 - middle[0], found.y + found.height / 2 - middle[1])
        found = found[away <= side / 3].iloc[:1]
        if len(found):
            labels.append(faces.labels[place])
            for way, square in ways_to_cut(found).items():
                crops.setdefault(way, []).append(resize_face(cut_out(frame[..., 0], square), (48, 48)))
    values: dict = {"found": len(labels)}
    for way, cut in crops.items():
        right = predictor.predict_proba(cut).argmax(axis=1) == labels
        low, high = wilson(right.sum(), len(right))
        values[way] = {
            "accuracy_percent": percent(right.mean()),
            "interval_percent": f"{100 * low:.1f} to {100 * high:.1f}",
        }
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--images", type=int, default=600, help="val photographs, the same in every case")
    args = parser.parse_args()
    val = fer.read_dataset(args.data).val
    chosen = np.random.default_rng(SEED).choice(len(val), args.images, replace=False)
    faces = val.subset(np.isin(np.arange(len(val)), chosen))
    predictor, detector = fer.Predictor.load(), fer.FaceDetector()
    direct = predictor.predict_proba(faces.images).argmax(axis=1) == faces.labels
    values = {"images": args.images, "direct_percent": percent(direct.mean())}
    values |= {
        f"{side}_px_{angle}_degrees": read_from(predictor, detector, faces, side, angle)
        for side, angle in CASES
    }
    save_result("face_cuts", "FER2013, val (PublicTest), set into frames of 640x480", values, SEED)


if __name__ == "__main__":
    main()
