"""Which parts of a recipe help? One small network on a part of FER2013, one thing changed at a time.

Every way trains with the same images, seeds and number of steps; the epoch is chosen on other train images,
so that val only scores. Test-time augmentation looks again with the plain way's networks.

    python benchmarks/recipe_ablation.py data/fer2013 runs/recipes

What the trained networks say is kept in the second folder, so a stopped run goes on.
"""

from pathlib import Path

import numpy as np
from saved import save_result
from trainings import arguments, few_images, with_interval

import fer_course as fer
from fer_course.training.backend import keras

PLAIN: dict = {"augment": 1, "balance": "none", "label_smoothing": 0.0}
WAYS: dict[str, dict] = {
    "plain": {},
    "label_smoothing": {"label_smoothing": 0.1},
    "mixup": {"mixup": 0.2},
    "average": {"average": 0.99},  # about an epoch: few steps leave no time for the 0.998 of COMPACT
    "effective": {"balance": "effective"},
}
VIEWS = ("flip", "shifts")
SEEDS = (0, 1, 2)
TRAIN_IMAGES, CHOOSING_IMAGES = 8000, 1000
WIDTH, EPOCHS, BATCH_SIZE = 0.5, 8, 64


def answers_of(way: str, part: fer.FaceDataset, val: np.ndarray, seed: int, path: Path) -> dict:
    """Train one network and return the probabilities it gives to val; the plain way also looks again."""
    if not path.exists():
        keras.utils.set_random_seed(seed)
        model = fer.EmotionCNN(width_mult=WIDTH)
        recipe = fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed, **PLAIN | WAYS[way])
        history = fer.fit(model, part, recipe)
        views = VIEWS if way == "plain" else ()
        answers = {way: fer.predict(model, val)} | {view: fer.predict(model, val, view) for view in views}
        np.savez(path, **answers, best_epoch=history.best_epoch, seconds=history.frame["seconds"].sum())
    with np.load(path) as kept:
        return dict(kept)


def summary(probabilities: np.ndarray, plain: np.ndarray, labels: np.ndarray) -> dict:
    """Scores of one way, and what it gains over the plain one: ``(seeds, val images, 7)``."""
    runs = [fer.score(labels, run) for run in probabilities]
    hits, others = probabilities.argmax(axis=2) == labels, plain.argmax(axis=2) == labels
    equal = 1 / np.bincount(labels)[labels]  # every emotion counts the same
    loss = -np.log(probabilities[:, np.arange(len(labels)), labels])
    return {
        "val_accuracy_percent": round(100 * hits.mean(), 1),
        "by_seed_percent": ", ".join(f"{100 * value:.1f}" for value in hits.mean(axis=1)),
        "balanced_accuracy_percent": round(100 * np.mean([run.balanced_accuracy for run in runs]), 1),
        "macro_f1": round(float(np.mean([run.macro_f1 for run in runs])), 3),
        "loss": round(float(loss.mean()), 3),
        "calibration_error_percent": round(100 * np.mean([run.calibration_error for run in runs]), 1),
        **with_interval("gain", hits, others, np.ones(len(labels))),
        **with_interval("balanced_gain", hits, others, equal),
    }


def main() -> None:
    faces, folder = arguments(__doc__)
    part, val = few_images(faces, TRAIN_IMAGES, CHOOSING_IMAGES), faces.val
    runs: dict[str, list] = {way: [] for way in WAYS}
    for seed in SEEDS:  # seeds outside, so that a stopped run can compare what it has
        for way in WAYS:
            answers = answers_of(way, part, val.images, seed, folder / f"{way}-{seed}.npz")
            runs[way].append(answers)
            accuracy = (answers[way].argmax(axis=1) == val.labels).mean()
            print(f"{way}, seed {seed}: {accuracy:.1%}, {answers['seconds']:.0f} s", flush=True)
    probabilities = {way: np.array([run[way] for run in runs[way]]) for way in WAYS}
    probabilities |= {view: np.array([run[view] for run in runs["plain"]]) for view in VIEWS}
    settings = {
        "train_images": TRAIN_IMAGES, "choosing_images": CHOOSING_IMAGES, "val_images": len(val),
        "width_mult": WIDTH, "epochs": EPOCHS, "batch_size": BATCH_SIZE, "seeds": list(SEEDS),
        "plain": PLAIN, "ways": WAYS,
    }  # fmt: skip
    table = {
        way: summary(values, probabilities["plain"], val.labels) for way, values in probabilities.items()
    }
    for way in WAYS:
        table[way]["best_epochs"] = ", ".join(str(run["best_epoch"]) for run in runs[way])
    save_result("recipe_ablation", "FER2013, PublicTest as val", {"settings": settings, **table})


if __name__ == "__main__":
    main()
