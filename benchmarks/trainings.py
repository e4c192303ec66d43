"""What the benchmarks that train small networks share: their arguments, images and intervals."""

import argparse
from pathlib import Path

import numpy as np

import fer_course as fer

RESAMPLES = 2000


def parser(about: str) -> argparse.ArgumentParser:
    """Ask for the data and for a folder."""
    asked = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    asked.add_argument("folder", type=Path, help="where finished trainings are kept")
    return asked


def arguments(about: str) -> tuple[fer.FaceDataset, Path]:
    """Read the data and make the folder that the command line names."""
    args = parser(about).parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    return fer.read_dataset(args.data), args.folder


def few_images(faces: fer.FaceDataset, train_images: int, choosing_images: int) -> fer.FaceDataset:
    """Draw train images to learn from, and others as val to choose the epoch on."""
    drawn = np.random.default_rng(0).permutation(np.flatnonzero(faces.split == "train"))
    drawn = drawn[: train_images + choosing_images]
    split = np.repeat(["train", "val"], [train_images, choosing_images])
    return fer.FaceDataset(faces.images[drawn], faces.labels[drawn], split, faces.ids[drawn])


def with_interval(name: str, hits: np.ndarray, others: np.ndarray, weights: np.ndarray | None = None) -> dict:
    """Mean gain in points, with a bootstrap interval over seeds and val images, paired in both."""
    rng = np.random.default_rng(0)
    gain = hits.astype(float) - others
    weights = np.ones(gain.shape[1]) if weights is None else weights
    drawn = []
    for _ in range(RESAMPLES):
        seeds = rng.integers(0, len(gain), len(gain))
        images = rng.integers(0, gain.shape[1], gain.shape[1])
        drawn.append(np.average(gain[seeds].mean(axis=0)[images], weights=weights[images]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {
        f"{name}_points": round(100 * np.average(gain.mean(axis=0), weights=weights), 1),
        f"{name}_interval_points": f"{100 * low:+.1f} to {100 * high:+.1f}",
    }
