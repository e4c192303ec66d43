"""Where FER2013's crops lie around a face, as each detector sees it: what ``faces/alignment.py`` cuts out.

python benchmarks/face_crops.py data/fer2013 --pack buffalo_sc  # benchmarks/results/face_crops.json
"""

import argparse

import cv2
import numpy as np
from saved import percent, save_result

import fer_course as fer
from fer_course.faces.detectors import LANDMARKS, LEAST_CONFIDENCE
from fer_course.faces.yunet import YuNet
from fer_course.images import SIZE

SEED, IMAGES, TURNED = 0, 4000, 200
ANGLE = 25  # degrees


def crops(detector: fer.FaceDetector, images: np.ndarray) -> dict:
    """Describe the crop by the one face in it: its side, its middle, and where the landmarks are."""
    faces = detector.detect(images).drop_duplicates("image", keep=False)
    box = np.sqrt(faces.width * faces.height)
    eyes = np.hypot(faces.left_eye_x - faces.right_eye_x, faces.left_eye_y - faces.right_eye_y)
    tilt = np.degrees(np.arctan2(faces.left_eye_y - faces.right_eye_y, faces.left_eye_x - faces.right_eye_x))
    values: dict = {
        "one_face_percent": percent(len(faces) / len(images)),
        "side_in_boxes": spread(SIZE / box),
        "middle_right_of_box_percent": spread(100 * (SIZE / 2 - faces.x - faces.width / 2) / SIZE),
        "middle_below_box_percent": spread(100 * (SIZE / 2 - faces.y - faces.height / 2) / SIZE),
    }
    if eyes.notna().any():
        values |= {
            "side_in_eye_distances": spread(SIZE / eyes),
            "eye_distance_pixels": spread(eyes),
            "tilt_degrees": spread(tilt),
            "landmarks_pixels": {
                mark: [round(float(faces[f"{mark}_{axis}"].median()), 1) for axis in "xy"]
                for mark in LANDMARKS
            },
        }
    return values


def tilt_seen(images: np.ndarray, side: int, angle: int) -> float:
    """How many degrees of a turn YuNet sees in faces of a size: the median against the upright ones."""
    seen = []
    network = YuNet()
    for turned in (0, angle):
        turn = cv2.getRotationMatrix2D((23.5, 23.5), -turned, side / SIZE)
        turn[:, 2] += side - SIZE / 2
        flags = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REFLECT_101}
        tilts = []
        for image in images:
            picture = cv2.warpAffine(image, turn, (2 * side, 2 * side), **flags)
            faces = network.detect(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), LEAST_CONFIDENCE)
            across, down = faces[0, 6:8] - faces[0, 4:6] if len(faces) else (np.nan, np.nan)
            tilts.append(np.degrees(np.arctan2(down, across)))
        seen.append(tilts)
    return round(float(np.nanmedian(np.subtract(*seen[::-1]))), 1)


def spread(values: np.ndarray) -> dict[str, float]:
    median = float(np.nanmedian(values))
    return {"median": round(median, 3), "standard_deviation": round(float(np.nanstd(values)), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--pack", default="buffalo_sc", help="name or folder of an InsightFace pack")
    args = parser.parse_args()
    train = fer.read_dataset(args.data).train.images
    chosen = train[np.random.default_rng(SEED).choice(len(train), IMAGES, replace=False)]
    values: dict = {"images": len(chosen)}
    for name, model in {"yunet": None, "haar": None, "insightface": args.pack, "mtcnn": None}.items():
        values[name] = crops(fer.FaceDetector(name, model=model), chosen)
    values["degrees_seen_by_side"] = {
        str(side): tilt_seen(chosen[:TURNED], side, ANGLE) for side in (60, 120, 192, 240)
    }
    save_result("face_crops", "FER2013, Training", values, SEED)


if __name__ == "__main__":
    main()
