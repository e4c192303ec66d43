"""What do wrong labels cost? A small network on 4,000 images of FER2013, with more and more labels flipped.

Labels of the train images, and of other train images that choose the epoch, are flipped: evenly, or as the
raters of FER+ confuse emotions. Every network starts alike and sees the same images; val, which keeps its
labels, only scores. FER2013's own labels are not clean, so the first row is not free of noise either.

    python benchmarks/label_noise.py data/fer2013 runs/label_noise

What the trained networks say is kept in the second folder, so a stopped run goes on; what is there is saved
after every training.
"""

from pathlib import Path

import numpy as np
from saved import percent, save_result
from trainings import arguments, few_images

import fer_course as fer
from fer_course.evaluation.corruptions import flip_labels
from fer_course.training.backend import keras

SHARES = (0.1, 0.2, 0.3, 0.4)
RUNS = [("none", 0.0), *((by, share) for share in reversed(SHARES) for by in ("symmetric", "confusion"))]
SEEDS = (0, 1)
TRAIN_IMAGES, CHOOSING_IMAGES = 4000, 600
WIDTH, EPOCHS, BATCH_SIZE, AUGMENT = 0.5, 10, 64, 1
RESAMPLES = 2000


def answers_of(few: fer.FaceDataset, val: np.ndarray, run: tuple[str, float], seed: int, path: Path) -> dict:
    """Train one network on flipped labels and return what it says of val and of its train images."""
    by, share = run
    if not path.exists():
        given = few.labels if by == "none" else flip_labels(few.labels, share, by, seed)
        keras.utils.set_random_seed(seed)
        model = fer.EmotionCNN(width_mult=WIDTH)
        recipe = fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, augment=AUGMENT, balance="none", seed=seed)
        history = fer.fit(model, fer.FaceDataset(few.images, given, few.split), recipe)
        np.savez(
            path,
            val=fer.predict(model, val).argmax(axis=1),
            train=fer.predict(model, few.train.images).argmax(axis=1),
            given=given[few.split == "train"],
            best_epoch=history.best_epoch,
            seconds=history.frame["seconds"].sum(),
        )
    with np.load(path) as kept:
        return dict(kept)


def summary(runs: list[dict], clean: list[dict], few: fer.FaceDataset, labels: np.ndarray) -> dict:
    """Accuracy on val, what it lost, and what became of the images with a flipped label."""
    hits, others = (np.array([run["val"] == labels for run in some]) for some in (runs, clean))
    by_seed = hits.mean(axis=1)
    flipped = [run["given"] != few.train.labels for run in runs]
    change, low, high = gain(hits, others[: len(hits)])
    result = {
        "val_accuracy_percent": percent(by_seed.mean()),
        "by_seed_percent": ", ".join(f"{100 * value:.1f}" for value in by_seed),
        "change_points": f"{100 * change:+.1f}",
        "change_interval_points": f"{100 * low:+.1f} to {100 * high:+.1f}",
        "seeds": len(runs),
        "best_epochs": ", ".join(str(run["best_epoch"]) for run in runs),
        "seconds": round(float(np.mean([run["seconds"] for run in runs]))),
    }
    if flipped[0].any():
        pairs = list(zip(runs, flipped, strict=True))
        result["flipped_images_says_old_label_percent"] = percent(
            np.mean([(run["train"] == few.train.labels)[hit].mean() for run, hit in pairs])
        )
        result["flipped_images_says_new_label_percent"] = percent(
            np.mean([(run["train"] == run["given"])[hit].mean() for run, hit in pairs])
        )
    return result


def gain(hits: np.ndarray, others: np.ndarray) -> tuple[float, float, float]:
    """Mean gain with a bootstrap interval over seeds and val images, paired in both."""
    rng = np.random.default_rng(0)
    difference = hits.astype(float) - others
    drawn = []
    for _ in range(RESAMPLES):
        seeds = rng.integers(0, len(difference), len(difference))
        images = rng.integers(0, difference.shape[1], difference.shape[1])
        drawn.append(difference[seeds].mean(axis=0)[images].mean())
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(difference.mean()), float(low), float(high)


def save(runs: dict[tuple[str, float], list[dict]], few: fer.FaceDataset, val: fer.FaceDataset) -> None:
    """Save a row for everything that has been trained so far."""
    settings = {
        "train_images": TRAIN_IMAGES, "choosing_images": CHOOSING_IMAGES, "val_images": len(val),
        "width_mult": WIDTH, "epochs": EPOCHS, "batch_size": BATCH_SIZE, "augment": AUGMENT,
    }  # fmt: skip
    table = {
        f"{by}_{100 * share:.0f}" if share else by: summary(done, runs["none", 0.0], few, val.labels)
        for (by, share), done in sorted(runs.items())
        if done
    }
    save_result("label_noise", "FER2013, PublicTest as val", {"settings": settings, **table})


def main() -> None:
    faces, folder = arguments(__doc__)
    few, val = few_images(faces, TRAIN_IMAGES, CHOOSING_IMAGES), faces.val
    runs: dict[tuple[str, float], list[dict]] = {run: [] for run in RUNS}
    for seed in SEEDS:  # seeds outside, so that a stopped run can compare what it has
        for run in RUNS:
            path = folder / f"{run[0]}-{100 * run[1]:.0f}-{seed}.npz"
            answers = answers_of(few, val.images, run, seed, path)
            runs[run].append(answers)
            accuracy = (answers["val"] == val.labels).mean()
            print(f"{run}, seed {seed}: {accuracy:.1%}, {answers['seconds']:.0f} s", flush=True)
            save(runs, few, val)


if __name__ == "__main__":
    main()
