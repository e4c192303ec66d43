"""This package beside the package ``fer``: a cold start, and a frame with one face from pixels to an emotion.

pip install fer "setuptools<81" scikit-image fer-course   # in an environment of its own
python benchmarks/bench_fer.py

They run in the same process, in turn, so that a busy moment hits all alike. ``fer`` looks for faces with Haar
from 50 pixels on, in steps of 1.1; so does this package once, and once with YuNet, its default.
"""

import subprocess
import sys
import time
from importlib.metadata import version

import cv2
import numpy as np
from fer.fer import FER
from saved import save_result
from skimage.data import astronaut

import fer_course

COLD = {
    "fer_course": "import fer_course; fer_course.EmotionRecognizer().recognize(frame)",
    "fer": "from fer.fer import FER; FER(mtcnn=False).detect_emotions(frame)",
}
FRAME = "import numpy as np; frame = np.zeros((480, 640, 3), np.uint8); "
FRAMES = 60
SMALLEST = 50  # pixels


def seconds(statement: str) -> float:
    """Return the seconds from starting Python to the first answer."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", FRAME + statement], check=True, capture_output=True)
    return round(time.perf_counter() - start, 2)


def main() -> None:
    cold = {f"{name}_cold_start_seconds": seconds(code) for name, code in COLD.items()}
    picture = np.ascontiguousarray(cv2.resize(astronaut(), (640, 640))[:480])
    in_bgr = picture[..., ::-1].copy()
    theirs = FER(mtcnn=False, min_face_size=SMALLEST, scale_factor=1.1)
    haar = fer_course.EmotionRecognizer(detector=fer_course.FaceDetector("haar", SMALLEST / 640))
    yunet = fer_course.EmotionRecognizer()
    taken: dict[str, list[float]] = {"haar": [], "yunet": [], "fer": []}
    for _ in range(FRAMES):
        for name, call in [
            ("haar", lambda: haar.recognize(picture)),
            ("yunet", lambda: yunet.recognize(picture)),
            ("fer", lambda: theirs.detect_emotions(in_bgr)),
        ]:
            start = time.perf_counter()
            found = call()
            taken[name].append(time.perf_counter() - start)
            assert len(found) == 1, name
    median = {name: float(np.median(times[5:])) for name, times in taken.items()}
    values = {f"{name}_milliseconds": round(1000 * value, 1) for name, value in median.items()}
    ratio = {
        f"fer_times_as_long_as_{name}": round(median["fer"] / median[name], 1) for name in ("haar", "yunet")
    }
    about = {"fer_version": version("fer"), "smallest_face_pixels": SMALLEST, "haar_step": 1.1}
    save_result("fer_package", "an astronaut (scikit-image), 640x480", about | cold | values | ratio)


if __name__ == "__main__":
    main()
