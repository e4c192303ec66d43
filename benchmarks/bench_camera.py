"""Through the camera: val photographs set into larger pictures, from pixels to emotion.

python benchmarks/bench_camera.py data/fer2013 --pack buffalo_sc  # benchmarks/results/camera.json, 45 minutes

Each photograph lies somewhere in a frame of 640x480, larger or smaller, turned, over a texture or noise, kept
as a JPEG. What is found is compared with the same photographs as they are, given to the network directly. The
scale curve needs no detector: all val photographs, cut 15 % too tight to 30 % too loose. The side
curve cuts them as a face before a camera is cut, by as much more or less. ``camera_before.json`` is what
``found_in_frames`` gives with the package of commit 46cfee3, whose faces were not yet turned upright.
"""

import argparse
import itertools
import time

import cv2
import numpy as np
from saved import percent, save_result
from skimage import data

import fer_course as fer
from fer_course.evaluation.scores import wilson
from fer_course.faces.alignment import squares_around
from fer_course.images import cut_out, resize_face

SEED = 0
SIDES, ANGLES = (40, 60, 70, 120, 220, 400), (0, 10, 20, 25)
FEWER_SIDES, FEWER_ANGLES = (60, 120, 220), (0, 20)  # for the detectors that are ten times as slow
SCALES = (0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3)
FRAME = (480, 640)


def backgrounds(rng: np.random.Generator) -> list[np.ndarray]:
    """Three textures and noise whose strength falls with its frequency, as it does in photographs."""
    textures = [cv2.resize(picture, FRAME[::-1]) for picture in (data.brick(), data.grass(), data.gravel())]
    frequency = np.hypot(np.fft.fftfreq(FRAME[0])[:, None], np.fft.rfftfreq(FRAME[1])[None])
    frequency[0, 0] = 1
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal(FRAME)) / frequency, s=FRAME)
    return [*textures, np.clip(120 + 45 * (noise - noise.mean()) / noise.std(), 0, 255).astype(np.uint8)]


BACKGROUNDS = backgrounds(np.random.default_rng(SEED))


def framed(
    face: np.ndarray, side: int, angle: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Set a photograph into a frame; returns RGB and where its middle is."""
    frame = BACKGROUNDS[rng.integers(len(BACKGROUNDS))].copy()
    room = np.array(FRAME[::-1]) - side
    middle = side / 2 + room * rng.uniform(0.1, 0.9, 2)
    turn = cv2.getRotationMatrix2D((23.5, 23.5), -angle * rng.choice([-1, 1]), side / 48)
    turn[:, 2] += middle - 24
    size, cubic = FRAME[::-1], cv2.INTER_CUBIC
    covered = cv2.warpAffine(np.full((48, 48), 255, np.uint8), turn, size) > 127
    frame[covered] = cv2.warpAffine(face, turn, size, flags=cubic, borderMode=cv2.BORDER_REPLICATE)[covered]
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))]
    jpeg = cv2.imencode(".jpg", frame, quality)[1]
    return np.repeat(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)[..., None], 3, axis=2), middle


def found_in_frames(
    recognizer: fer.EmotionRecognizer, faces: fer.FaceDataset, direct: np.ndarray, side: int, angle: float
) -> dict:
    """Look for every photograph, and name what is found."""
    named = np.full(len(faces), -1)
    others, seconds = 0, 0.0
    for place, face in enumerate(faces.images):
        frame, middle = framed(face, side, angle, np.random.default_rng([SEED, place, side, angle]))
        start = time.process_time()
        answers = recognizer.recognize(frame)
        seconds += time.process_time() - start
        away = [
            np.hypot(*(middle - [answer.x + answer.width / 2, answer.y + answer.height / 2]))
            for answer in answers
        ]
        others += int(np.greater(away, side / 3).sum())
        if away and min(away) <= side / 3:
            named[place] = answers[int(np.argmin(away))].probabilities.argmax()
    found = named >= 0
    right, right_direct = (answers[found] == faces.labels[found] for answers in (named, direct))
    low, high = wilson(right.sum(), len(right))
    return {
        "found_percent": percent(found.mean()),
        "accuracy_of_found_percent": percent(right.sum() / max(len(right), 1)),
        "interval_percent": f"{100 * low:.1f} to {100 * high:.1f}",
        "direct_percent": percent(right_direct.sum() / max(len(right), 1)),
        "boxes_elsewhere": others,
        "processor_ms_a_frame": round(1000 * seconds / len(faces), 1),
    }


def frames(
    predictor: fer.Predictor, faces: fer.FaceDataset, direct: np.ndarray, detectors: dict[str, str | None]
) -> dict[str, dict]:
    """Look for the photographs by each detector, with its model's name or folder where it needs one."""
    values = {}
    for name, model in detectors.items():
        recognizer = fer.EmotionRecognizer(predictor, fer.FaceDetector(name, model=model))
        cases = (SIDES, ANGLES) if name == "yunet" else (FEWER_SIDES, FEWER_ANGLES)
        values[name] = {
            f"{side}_px_{angle}_degrees": found_in_frames(recognizer, faces, direct, side, angle)
            for side, angle in itertools.product(*cases)
        }
    return values


def scale_curve(predictor: fer.Predictor, faces: fer.FaceDataset) -> dict[str, float]:
    """Cut the photographs tighter and looser around their middles, the border repeated."""
    curve = {}
    for scale in SCALES:
        turn = np.array([[scale, 0, 23.5 * (1 - scale)], [0, scale, 23.5 * (1 - scale)]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = [
            cv2.warpAffine(face, turn, (48, 48), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            for face in faces.images
        ]
        curve[str(scale)] = percent((predictor.predict_proba(cut).argmax(axis=1) == faces.labels).mean())
    return curve


def side_curve(predictor: fer.Predictor, faces: fer.FaceDataset) -> dict[str, float]:
    """Cut the faces that YuNet finds in photographs, upright, by more and less than the package does."""
    found = fer.FaceDetector().detect(faces.images).drop_duplicates("image")
    squares, curve = squares_around(found, "yunet"), {}
    for share in SCALES:
        cut = [
            resize_face(cut_out(faces.images[image], square._replace(side=share * square.side)), (48, 48))
            for image, square in zip(found.image, squares, strict=True)
        ]
        right = predictor.predict_proba(cut).argmax(axis=1) == faces.labels[found.image]
        curve[str(share)] = percent(right.mean())
    return curve


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--images", type=int, default=300, help="val photographs, the same in every case")
    parser.add_argument("--model", help="a network that Predictor.load takes; the compact one when left out")
    parser.add_argument("--pack", default="buffalo_sc", help="name or folder of an InsightFace pack")
    parser.add_argument("--name", default="camera", help="of the result")
    args = parser.parse_args()

    val = fer.read_dataset(args.data).val
    chosen = np.random.default_rng(SEED).choice(len(val), args.images, replace=False)
    mask = np.isin(np.arange(len(val)), chosen)
    faces, predictor = val.subset(mask), fer.Predictor.load(args.model)
    direct = predictor.predict_proba(faces.images).argmax(axis=1)
    values: dict = {
        "images": args.images,
        "direct_percent": percent((direct == faces.labels).mean()),
        "scale_curve_percent": scale_curve(predictor, val),
        "side_curve_percent": side_curve(predictor, val),
    }
    values |= frames(
        predictor, faces, direct, {"yunet": None, "haar": None, "mtcnn": None, "insightface": args.pack}
    )
    save_result(args.name, "FER2013, val (PublicTest), set into frames of 640x480", values, SEED)


if __name__ == "__main__":
    main()
