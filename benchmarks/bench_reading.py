"""How fast and how lean FER2013 is read, beside the usual ``pandas.read_csv`` and a loop over the rows.

python benchmarks/bench_reading.py [fer2013.csv]    # any format that fer.read_dataset reads

Without a file, the drawn sample is repeated to as many rows as Training and PublicTest have together. Every
reader runs in a process of its own, three times in turn, and its best run counts.
"""

import argparse
import multiprocessing
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from saved import save_result

import fer_course as fer
from fer_course.sources.fer2013 import write_fer2013_csv

ROWS = 32_298
RUNS = 3


def pandas_and_split(path: Path) -> np.ndarray:
    table = pd.read_csv(path)
    return np.stack([np.array(row.split(), np.uint8).reshape(48, 48) for row in table["pixels"]])


def pandas_and_fromstring(path: Path) -> np.ndarray:
    table = pd.read_csv(path)
    return np.stack([np.fromstring(row, np.uint8, sep=" ").reshape(48, 48) for row in table["pixels"]])


def ours(path: Path) -> np.ndarray:
    return fer.read_dataset(path).images


def measured(reader: Callable[[Path], np.ndarray], path: Path) -> tuple[float, float, int]:
    """Return the seconds, the peak memory in MB and a checksum of one reading."""
    np.zeros(1), fer.read_dataset  # imported before the clock starts
    start = time.perf_counter()
    images = reader(path)
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return seconds, int(peak[1]) / 1000 if peak else float("nan"), int(images.sum())


def compare(readers: dict[str, tuple[Callable, Path]]) -> dict[str, dict[str, float]]:
    results: dict[str, list] = {name: [] for name in readers}
    context = multiprocessing.get_context("spawn")
    for _ in range(RUNS):
        for name, (reader, path) in readers.items():
            with context.Pool(1) as pool:
                results[name].append(pool.apply(measured, (reader, path)))
    assert len({runs[0][2] for name, runs in results.items() if name.startswith("csv")}) == 1
    return {
        name: {"seconds": round(min(runs)[0], 2), "peak_memory_mb": round(min(run[1] for run in runs))}
        for name, runs in results.items()
    }


def repeated_sample() -> fer.FaceDataset:
    sample = fer.sample_faces()
    chosen = sample.subset(np.arange(ROWS) % len(sample))
    return fer.FaceDataset(chosen.images, chosen.labels, chosen.split, source="drawn sample")


def write_jpegs(faces: fer.FaceDataset, folder: Path) -> None:
    """Write a folder tree and its zip as Kaggle has them."""
    with zipfile.ZipFile(folder / "tree.zip", "w") as archive:
        for position, (image, label, split) in enumerate(
            zip(faces.images, faces.labels, faces.split, strict=True)
        ):
            name = f"tree/{split}/{fer.EMOTIONS[label]}/{position}.jpg"
            content = cv2.imencode(".jpg", image)[1].tobytes()
            archive.writestr(name, content)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "data", nargs="?", help="real FER2013; without it the drawn sample, and another result"
    )
    data = parser.parse_args().data
    faces = fer.read_dataset(data) if data else repeated_sample()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        csv = write_fer2013_csv(faces, folder / "fer2013.csv")
        write_jpegs(faces, folder)
        readers = {
            "csv": (ours, csv),
            "csv_pandas_split": (pandas_and_split, csv),
            "csv_pandas_fromstring": (pandas_and_fromstring, csv),
            "folders": (ours, folder / "tree"),
            "zip": (ours, folder / "tree.zip"),
            "npz": (ours, faces.save(folder / "faces.npz")),
        }
        values = {"rows": len(faces), "csv_mb": round(csv.stat().st_size / 1e6), **compare(readers)}
    for other in ("csv_pandas_split", "csv_pandas_fromstring"):
        values[f"{other}_times_slower"] = round(values[other]["seconds"] / values["csv"]["seconds"], 1)
    name, dataset = ("reading", "FER2013") if data else ("reading_sample", "drawn sample, repeated")
    save_result(name, dataset, values)


if __name__ == "__main__":
    main()
