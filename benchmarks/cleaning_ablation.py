"""Does cleaning help? One small network trained on differently cleaned FER2013, scored on untouched val.

Every way to clean is trained with the same seeds, the same recipe and the same number of steps: a cleaned
train split is filled up with repeats of its own images, drawn by chance, until it is as large as before.
Each ``as_many_at_random`` drops as many images as the way before it, by chance: what cleaning has to beat.
Val is never cleaned; with CLAHE it is enhanced as train is. Dropping copies closes a leak from train into
val, so gains are also given on the val images without a twin.

    python benchmarks/cleaning_ablation.py data/fer2013 runs/ablation

The trained networks' probabilities are kept in the second folder, so a stopped run goes on.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.cleaning.duplicates import flag_copies
from fer_course.cleaning.thresholds import flag
from fer_course.training.backend import keras

SEEDS = (0, 1, 2)
WIDTH, EPOCHS, BATCH_SIZE = 0.5, 5, 128
GUIDE = fer.Thresholds(blur=80, brightness=(40, 220), contrast=20, edge_density=0, entropy=0)
RESAMPLES = 2000
CONTROL = "_as_many_at_random"


def by_thresholds(faces: fer.FaceDataset, thresholds: fer.Thresholds) -> np.ndarray:
    return ~flag(fer.measure(faces.images), thresholds).any(axis=1).to_numpy()


def without_copies(faces: fer.FaceDataset) -> np.ndarray:
    return ~flag_copies(faces).any(axis=1).to_numpy()


def exactly_one_face(faces: fer.FaceDataset, folder: Path) -> np.ndarray:
    return kept(folder / "haar.npy", lambda: fer.FaceDetector("haar").count(faces.images)) == 1


def as_many_at_random(keep: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Drop as many train images as another way does, chosen by chance."""
    dropped = np.random.default_rng(0).choice(
        np.flatnonzero(train), np.count_nonzero(train & ~keep), replace=False
    )
    chosen = np.ones(len(train), bool)
    chosen[dropped] = False
    return chosen


def ways_to_clean(faces: fer.FaceDataset, folder: Path) -> dict[str, np.ndarray]:
    """Return which images each way keeps; val is kept in full."""
    train = faces.split == "train"
    raw = np.ones(len(faces), bool)
    cleaned = {
        "scores_and_copies": by_thresholds(faces, fer.Thresholds()) & without_copies(faces),
        "one_face_haar": exactly_one_face(faces, folder),
    }
    ways = {"raw": raw, "clahe": raw, "guide": by_thresholds(faces, GUIDE)}
    for name, keep in cleaned.items():
        ways |= {name: keep, name + CONTROL: as_many_at_random(keep, train)}
    return {name: keep | ~train for name, keep in ways.items()}


def filled_up(faces: fer.FaceDataset, size: int) -> fer.FaceDataset:
    """Repeat train images, drawn by chance, until there are ``size`` of them."""
    train = np.flatnonzero(faces.split == "train")
    repeated = np.resize(np.random.default_rng(0).permutation(train), size - len(train))
    return faces.subset(np.concatenate([np.arange(len(faces)), repeated]))


def probabilities_of(faces: fer.FaceDataset, seed: int) -> np.ndarray:
    """Train one network and return what it says about val."""
    keras.utils.set_random_seed(seed)
    model = fer.EmotionCNN(width_mult=WIDTH)
    fer.fit(model, faces, fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed))
    return fer.predict(model, faces.val.images)


def kept(path: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    if not path.exists():
        np.save(path, make())
    return np.load(path)


def summary(hits: np.ndarray, raw: np.ndarray, twin: np.ndarray) -> dict:
    """Accuracy of one way, and its difference to raw: ``(seeds, val images)`` of right and wrong."""
    gain = hits.mean(axis=0) - raw.mean(axis=0)  # paired: the same images, the same seeds
    return {
        "val_accuracy_percent": round(100 * hits.mean(), 1),
        "by_seed_percent": ", ".join(f"{100 * value:.1f}" for value in hits.mean(axis=1)),
        **with_interval("gain", gain),
        **with_interval("gain_without_twins", gain[~twin]),
    }


def with_interval(name: str, gain: np.ndarray) -> dict:
    """Mean of a gain in points, with a bootstrap interval over val images for these seeds."""
    draws = np.random.default_rng(0).integers(0, len(gain), (RESAMPLES, len(gain)))
    low, high = np.percentile(gain[draws].mean(axis=1), [2.5, 97.5])
    return {
        f"{name}_points": round(100 * gain.mean(), 1),
        f"{name}_interval_points": f"{100 * low:+.1f} to {100 * high:+.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("folder", type=Path, help="where finished trainings are kept")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)

    faces = fer.read_dataset(args.data)
    train, val = faces.split == "train", faces.split == "val"
    ways = ways_to_clean(faces, args.folder)
    enhanced = fer.FaceDataset(fer.clahe(faces.images), faces.labels, faces.split)
    predicted: dict[str, list[np.ndarray]] = {name: [] for name in ways}
    for seed in SEEDS:  # seeds outside, so that a stopped run can compare what it has
        for name, keep in ways.items():
            part = (enhanced if name == "clahe" else faces).subset(keep)
            values = kept(
                args.folder / f"{name}-{seed}.npy",
                lambda part=part, seed=seed: probabilities_of(filled_up(part, train.sum()), seed),
            )
            predicted[name].append(values)
            accuracy = (values.argmax(axis=1) == faces.labels[val]).mean()
            print(f"{name}, seed {seed}: {accuracy:.1%}", flush=True)
    correct = {
        name: np.array([values.argmax(axis=1) == faces.labels[val] for values in runs])
        for name, runs in predicted.items()
    }
    settings = {"width_mult": WIDTH, "epochs": EPOCHS, "batch_size": BATCH_SIZE, "seeds": list(SEEDS)}
    twins = fer.find_twins(faces)
    twin = np.isin(np.flatnonzero(val), twins.loc[twins["split"] == "train", "twin"])
    table = {
        name: {
            "train_images": int(np.count_nonzero(ways[name] & train)),
            **summary(hits, correct["raw"], twin),
        }
        for name, hits in correct.items()
    }
    for name in correct:
        if name + CONTROL in correct:  # what is left when the effect of having fewer images is taken out
            over_chance = (correct[name] - correct[name + CONTROL].astype(int)).mean(axis=0)
            table[name] |= with_interval("gain_over_random", over_chance)
    values = {"settings": settings, "val_images_with_twin": int(twin.sum()), **table}
    save_result("cleaning_ablation", "FER2013, PublicTest as val", values)


if __name__ == "__main__":
    main()
