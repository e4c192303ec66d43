"""Does augmentation help? One small network on few images of FER2013, changed in six ways, scored on val.

Every way trains with the same images, seeds and number of steps. MixUp and CutMix come on top of level 1, as
they are used. The epoch is chosen on other train images, so that val only scores.

    python benchmarks/augmentation.py data/fer2013 runs/augmentation

What the trained networks say is kept in the second folder, so a stopped run goes on.
"""

from pathlib import Path

import numpy as np
from saved import save_result
from trainings import arguments, few_images, with_interval

import fer_course as fer
from fer_course.training.backend import keras

WAYS = {
    "level_0": {"augment": 0},
    "level_1": {"augment": 1},
    "level_2": {"augment": 2},
    "level_3": {"augment": 3},
    "mixup": {"augment": 1, "mixup": 0.2},
    "cutmix": {"augment": 1, "cutmix": 1.0},
}
SEEDS = (0, 1, 2)
TRAIN_IMAGES, CHOOSING_IMAGES = 2000, 400
WIDTH, EPOCHS, BATCH_SIZE = 0.5, 12, 32
SHIFT = 2  # pixels


def shifted(images: np.ndarray) -> np.ndarray:
    """Move images to the right; what moves in repeats the border."""
    return np.pad(images, ((0, 0), (0, 0), (SHIFT, 0)), mode="edge")[:, :, :-SHIFT]


def answers_of(way: str, few: fer.FaceDataset, val: np.ndarray, seed: int, path: Path) -> dict:
    """Train one network and return the labels it gives to val, to shifted val and to train."""
    if not path.exists():
        keras.utils.set_random_seed(seed)
        model = fer.EmotionCNN(width_mult=WIDTH)
        recipe = fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, balance="none", seed=seed, **WAYS[way])
        history = fer.fit(model, few, recipe)
        images = {"val": val, "shifted": shifted(val), "train": few.train.images}
        answers = {name: fer.predict(model, some).argmax(axis=1) for name, some in images.items()}
        np.savez(path, **answers, best_epoch=history.best_epoch, seconds=history.frame["seconds"].sum())
    with np.load(path) as kept:
        return dict(kept)


def summary(way: str, runs: dict, few: fer.FaceDataset, labels: np.ndarray) -> dict:
    """Accuracy of one way, and what it gains over levels 0 and 1."""
    hits = {name: np.array([run["val"] == labels for run in runs[name]]) for name in WAYS}
    by_seed = hits[way].mean(axis=1)
    train = np.mean([(run["train"] == few.train.labels).mean() for run in runs[way]])
    moved = np.mean([(run["shifted"] != run["val"]).mean() for run in runs[way]])
    return {
        "val_accuracy_percent": round(100 * by_seed.mean(), 1),
        "by_seed_percent": ", ".join(f"{100 * value:.1f}" for value in by_seed),
        "spread_points": round(100 * np.ptp(by_seed), 1),
        "train_accuracy_percent": round(100 * train, 1),
        "answers_changed_by_shift_percent": round(100 * moved, 1),
        "best_epochs": ", ".join(str(run["best_epoch"]) for run in runs[way]),
        "seconds": round(float(np.mean([run["seconds"] for run in runs[way]]))),
        **with_interval("gain", hits[way], hits["level_0"]),
        **with_interval("gain_over_level_1", hits[way], hits["level_1"]),
    }


def main() -> None:
    faces, folder = arguments(__doc__)
    few, val = few_images(faces, TRAIN_IMAGES, CHOOSING_IMAGES), faces.val
    runs: dict[str, list] = {way: [] for way in WAYS}
    for seed in SEEDS:  # seeds outside, so that a stopped run can compare what it has
        for way in WAYS:
            answers = answers_of(way, few, val.images, seed, folder / f"{way}-{seed}.npz")
            runs[way].append(answers)
            accuracy = (answers["val"] == val.labels).mean()
            print(f"{way}, seed {seed}: {accuracy:.1%}, {answers['seconds']:.0f} s", flush=True)
    settings = {
        "train_images": TRAIN_IMAGES, "choosing_images": CHOOSING_IMAGES, "val_images": len(val),
        "width_mult": WIDTH, "epochs": EPOCHS, "batch_size": BATCH_SIZE, "seeds": list(SEEDS), "shift": SHIFT,
    }  # fmt: skip
    table = {way: summary(way, runs, few, val.labels) for way in WAYS}
    save_result("augmentation", "FER2013, PublicTest as val", {"settings": settings, **table})


if __name__ == "__main__":
    main()
