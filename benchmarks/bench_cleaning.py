"""What measuring and finding copies cost, against the plain way and CleanVision, and what they find.

python benchmarks/bench_cleaning.py [fer2013.csv]

Without a file: the real FER2013 when it is installed, else the drawn sample. Both ways are timed in turn in
one run, and the best of three counts, so a busy machine spoils neither alone. CleanVision is installed for
this run alone, into a temporary environment.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.cleaning.duplicates import NEAR, near_pairs
from fer_course.cleaning.quality import edge_agreement
from fer_course.cleaning.thresholds import flag

DIRECT = 8000  # images in the comparison with the full correlation matrix
CLEANVISION = "cleanvision==0.3.7"
CLEANVISION_IMAGES = 3000
CLEANVISION_RUN = """
import sys, time
from cleanvision import Imagelab
if __name__ == "__main__":
    start = time.perf_counter()
    Imagelab(data_path=sys.argv[1]).find_issues(n_jobs=2, verbose=False)
    print("seconds", time.perf_counter() - start)
"""


def image_by_image(images: np.ndarray) -> np.ndarray:
    """Score as the usual notebook does: one image after another, the means by NumPy."""
    return np.array([scores_of(image) for image in images])


def scores_of(image: np.ndarray) -> tuple[float, ...]:
    share = np.bincount(image.ravel(), minlength=256) / image.size
    share = share[share > 0]
    blur = cv2.Laplacian(image, cv2.CV_64F).var()
    edges = (cv2.Canny(image, 50, 150) > 0).mean()
    return blur, image.mean(), image.std(), edges, -(share * np.log2(share)).sum()


def correlation_matrix(images: np.ndarray) -> np.ndarray:
    """Find near copies by the product of all pixels of all pairs, in blocks."""
    vectors = images.reshape(len(images), -1).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    found = []
    for start in range(0, len(vectors), 1024):
        close = vectors[start : start + 1024] @ vectors[start:].T > NEAR
        found.append(np.argwhere(np.triu(close, 1)) + start)
    return np.concatenate(found)


def best_times(images: np.ndarray, *functions: Callable[[np.ndarray], object]) -> list[float]:
    times = [[] for _ in functions]
    for _ in range(3):
        for function, kept in zip(functions, times, strict=True):
            start = time.perf_counter()
            function(images)
            kept.append(time.perf_counter() - start)
    return [min(kept) for kept in times]


def cleanvision_seconds(images: np.ndarray) -> float:
    """Time CleanVision's own checks on the images as PNG files, in two processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "images").mkdir()
        for number, image in enumerate(images):
            cv2.imwrite(str(folder / "images" / f"{number:05d}.png"), image)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", python, CLEANVISION], check=True)
        (folder / "run.py").write_text(CLEANVISION_RUN)
        command = [python, folder / "run.py", folder / "images"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.rpartition("seconds")[2])


def megabytes_above(images: np.ndarray) -> float:
    """Return by how much the process grows at most while it measures; Linux alone tells."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _kilobytes("VmRSS")
    fer.measure(images)
    return (_kilobytes("VmHWM") - before) / 1024


def _kilobytes(entry: str) -> int:
    return int(re.search(rf"{entry}:\s+(\d+)", Path("/proc/self/status").read_text()).group(1))


def processor_seconds(function: Callable[[np.ndarray], object], images: np.ndarray) -> float:
    start = time.process_time()
    function(images)
    return time.process_time() - start


def clahe_image_by_image(images: np.ndarray) -> np.ndarray:
    enhancer = cv2.createCLAHE(2.0, (8, 8))
    return np.stack([enhancer.apply(image) for image in images])


def occlusion() -> dict[str, object]:
    """Compare scores by the chance that a covered face of the drawn sample scores lower than a good one."""
    sample = fer.sample_faces()
    defect = sample.attributes["defect"]
    scores = fer.measure(sample.images).filter(like="edge_density")
    scores["edge_agreement"] = edge_agreement(sample.images)
    covered, good = scores[defect == "occluded"], scores[defect == "none"]
    return {
        name: {
            "covered_below_good": round(
                float((covered[name].to_numpy()[:, None] < good[name].to_numpy()).mean()), 2
            ),
            "caught_percent_for_5_percent_lost": round(
                100 * float((covered[name] < good[name].quantile(0.05)).mean())
            ),
        }
        for name in scores
    }


def defaults(faces: fer.FaceDataset) -> dict[str, object]:
    """Count what the default thresholds flag, and on the drawn sample's train part, what they should."""
    flags = flag(fer.measure(faces.train.images))
    sample = fer.sample_faces().train
    caught = flag(fer.measure(sample.images)).any(axis=1).to_numpy()
    defect = sample.attributes["defect"]
    return {
        "flagged_percent_of_train": {
            **{name: round(100 * float(share), 2) for name, share in flags.mean().items()},
            "any": round(100 * float(flags.any(axis=1).mean()), 2),
        },
        "caught_in_the_sample": {
            name: f"{caught[defect == name].sum()} of {(defect == name).sum()}"
            for name in ("blur", "dark", "bright", "flat", "no_face", "none")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="?", help="FER2013 in any format that fer.read_dataset reads")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data) if args.data else fer.load_fer2013()
    images = faces.images
    part = images[:DIRECT]
    part = part[part.reshape(len(part), -1).std(axis=1) > 0]
    memory = megabytes_above(images)
    plain, packaged = best_times(images, image_by_image, fer.measure)
    processor = processor_seconds(image_by_image, images) / processor_seconds(fer.measure, images)
    difference = np.abs(fer.measure(part).iloc[:, :5].to_numpy() - image_by_image(part)).max()
    cleanvision = CLEANVISION_IMAGES / cleanvision_seconds(images[:CLEANVISION_IMAGES])
    one_by_one, enhanced = best_times(images, clahe_image_by_image, fer.clahe)
    direct, bounded = best_times(part, correlation_matrix, near_pairs)
    near, exact = best_times(images, lambda stack: fer.find_duplicates(stack, near=True), fer.find_duplicates)
    same = {tuple(pair) for pair in correlation_matrix(part)} == {tuple(pair) for pair in near_pairs(part)}
    save_result(
        "bench_cleaning",
        f"{', '.join(sorted(set(faces.source)))}: {len(images)} images",
        {
            "measure": {
                "images_per_second": round(len(images) / packaged),
                "times_as_fast_as_image_by_image": round(plain / packaged, 1),
                "times_less_processor_time": round(processor, 1),
                "times_as_fast_as_cleanvision": round(len(images) / packaged / cleanvision),
                "cleanvision_images_per_second": round(cleanvision),
                "megabytes_above_the_images": round(memory),
                "largest_difference_from_opencv": float(f"{difference:.1g}"),
            },
            "clahe": {
                "images_per_second": round(len(images) / enhanced),
                "times_as_fast_as_image_by_image": round(one_by_one / enhanced, 1),
            },
            "occlusion_on_the_sample": occlusion(),
            "near_copies": {
                "images_compared": len(part),
                "times_as_fast_as_the_full_matrix": round(direct / bounded, 1),
                "same_pairs": same,
            },
            "find_duplicates_seconds": {"exact": round(exact, 2), "near": round(near, 2)},
            "default_thresholds": defaults(faces),
        },
    )


if __name__ == "__main__":
    main()
