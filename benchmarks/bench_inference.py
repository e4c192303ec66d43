"""How long it takes to name an emotion: a cold start, one face, and a whole frame stage by stage.

``bench_fer.py`` compares with the package ``fer``; ``deepface`` downloads its weights when it first runs.

python benchmarks/bench_inference.py [fer2013.csv]

With FER2013's file, int8 is calibrated on train and each precision is scored on val. The frame is 640x480,
an astronaut, a picture of scikit-image. Every network runs in one thread.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from saved import save_result
from skimage.data import astronaut

import fer_course as fer
from fer_course.faces.alignment import squares_around
from fer_course.images import cut_out, to_gray
from fer_course.inference.annotating import draw_faces
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.jobs.export import measure_exports

PRECISIONS = ("fp32", "fp16", "int8_dynamic", "int8")
COLD = "\n".join(
    [
        "import numpy as np, fer_course as fer",
        "fer.Predictor.load().predict_proba(np.zeros((1, 48, 48), np.uint8))",
    ]
)
COLD_PHOTOGRAPH = "import sys, fer_course as fer; fer.Predictor.load().predict(sys.argv[1])"
RUNS, FRAMES = 3, 100


def cold_start(code: str, *arguments: str) -> float:
    """Return the seconds from starting Python to the first prediction, the best of some."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, *arguments], check=True)
        taken.append(time.perf_counter() - start)
    return round(min(taken), 2)


def cold_photograph(folder: Path) -> float:
    cv2.imwrite(str(folder / "photograph.jpg"), astronaut()[..., ::-1])
    return cold_start(COLD_PHOTOGRAPH, str(folder / "photograph.jpg"))


def precisions(folder: Path, dataset: fer.FaceDataset) -> dict:
    """Export the shipped network in every precision and measure each."""
    model = fer.load_model(COMPACT_MODEL.with_suffix(".keras"))
    paths, difference = [], {}
    for name in PRECISIONS:
        calibration = dataset.train.images if name == "int8" else None
        paths.append(folder / f"{name}.onnx")
        difference[name] = fer.export_onnx(model, paths[-1], name.partition("_")[0], calibration=calibration)
    measured = measure_exports(paths, dataset.val)
    return {
        path.stem: {
            "megabytes": round(row["megabytes"], 3),
            "milliseconds": round(row["milliseconds"], 3),
            "accuracy": round(100 * row["accuracy"], 1),
            "interval": f"{100 * row['low']:.1f} to {100 * row['high']:.1f}",
            "other_answers_percent": round(100 * row["changed"], 1),
            "largest_difference": float(f"{difference[path.stem]:.2g}"),
        }
        for path, (_, row) in zip(paths, measured.iterrows(), strict=True)
    }


def milliseconds(call: Callable[[], object]) -> float:
    """Return the median time of a call."""
    taken = []
    for _ in range(FRAMES):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return round(1000 * float(np.median(taken[FRAMES // 10 :])), 2)


def frame_by_stage(detector: str) -> dict:
    """Time each step from a JPEG of a frame to names, and all of them together."""
    picture = np.ascontiguousarray(cv2.resize(astronaut(), (640, 640))[:480])
    _, jpeg = cv2.imencode(".jpg", picture[..., ::-1])
    finder = fer.FaceDetector(detector)
    predictor = fer.Predictor.load(threads=1)
    recognizer = fer.EmotionRecognizer(predictor, finder)
    (face,) = recognizer.recognize(picture)
    (square,) = squares_around(finder.detect(picture[np.newaxis]), detector)
    return {
        "decode": milliseconds(lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR)),
        "detect": milliseconds(lambda: finder.detect(picture[np.newaxis])),
        "crop_and_predict": milliseconds(
            lambda: predictor.predict_proba([to_gray(cut_out(picture, square))])
        ),
        "draw": milliseconds(lambda: draw_faces(picture, [face])),
        "frame_to_names": milliseconds(lambda: recognizer.recognize(picture)),
        "predict": milliseconds(lambda: predictor.predict(picture, detector)),
    }


def main() -> None:
    dataset = fer.read_dataset(sys.argv[1]) if len(sys.argv) > 1 else fer.sample_faces()
    with tempfile.TemporaryDirectory() as folder:
        values = {
            "cold_start_seconds": cold_start(COLD),
            "cold_photograph_seconds": cold_photograph(Path(folder)),
            "precisions": precisions(Path(folder), dataset),
            "frame_milliseconds": {name: frame_by_stage(name) for name in ("haar", "yunet")},
        }
    values["int8_loss_points"] = round(
        values["precisions"]["fp32"]["accuracy"] - values["precisions"]["int8"]["accuracy"], 1
    )
    name = "FER2013 train and val" if len(sys.argv) > 1 else dataset.source
    save_result("inference", name, values)


if __name__ == "__main__":
    main()
