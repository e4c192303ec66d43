"""Labels, or what ten raters said? A small network on a part of FER2013 learns from both, in several ways.

Every way trains with the same images, seeds and number of steps. Votes are translated with the labels of
these images alone, and the epoch is chosen on other train images, so that val only scores.

    python benchmarks/rater_targets.py data/fer2013 runs/rater_targets --ferplus fer2013new.csv

What the trained networks say is kept in the second folder, so a stopped run goes on; what is there is saved
after every seed.
"""

from pathlib import Path

import numpy as np
from recipe_ablation import summary
from saved import percent, save_result
from trainings import few_images, parser

import fer_course as fer
from fer_course.sources.ferplus import read_ferplus
from fer_course.training.backend import keras

SEEDS = (0, 1)
TRAIN_IMAGES, CHOOSING_IMAGES = 8000, 1000
WIDTH, EPOCHS, BATCH_SIZE = 0.5, 14, 64


def targets_of(train: fer.FaceDataset, votes: fer.Votes) -> dict[str, np.ndarray | None]:
    """Say what each way learns in place of the labels."""
    shares = votes.soft_labels()
    unclear = ~shares.any(axis=1)
    shares[unclear] = np.eye(len(fer.EMOTIONS))[train.labels[unclear]]
    likely = votes.label_probabilities(train.labels)
    return {
        "labels": None,
        "half_votes": fer.soft_targets(train.labels, shares, temperature=1),
        "translated": likely,
        "half_translated": fer.soft_targets(train.labels, likely, temperature=1),
    }


def answers_of(
    part: fer.FaceDataset, targets: np.ndarray | None, val: np.ndarray, seed: int, path: Path
) -> np.ndarray:
    """Train one network and return the probabilities that it gives to val."""
    if not path.exists():
        keras.utils.set_random_seed(seed)
        model = fer.EmotionCNN(width_mult=WIDTH)
        recipe = fer.Recipe(
            epochs=EPOCHS, batch_size=BATCH_SIZE, balance="none", label_smoothing=0.0, seed=seed
        )
        fer.fit(model, part, recipe, targets=targets)
        np.savez(path, probabilities=fer.predict(model, val))
    with np.load(path) as kept:
        return kept["probabilities"]


def labels_of(faces: fer.FaceDataset, votes: fer.Votes, emotion: str) -> dict:
    """Share of each label among the train images whose most frequent answer is one emotion."""
    called = votes.plurality()[faces.split == "train"] == fer.EMOTIONS.index(emotion)
    shares = np.bincount(faces.train.labels[called], minlength=len(fer.EMOTIONS)) / called.sum()
    return {name: percent(share) for name, share in zip(fer.EMOTIONS, shares, strict=True)}


def save(runs: list[dict], val: fer.FaceDataset, said_by_raters: np.ndarray, neutral: dict) -> None:
    probabilities = {way: np.array([run[way] for run in runs]) for way in runs[0]}
    clear = said_by_raters >= 0
    table = {
        way: summary(values, probabilities["labels"], val.labels)
        | {"raters_agree_percent": percent((values.argmax(axis=2)[:, clear] == said_by_raters[clear]).mean())}
        for way, values in probabilities.items()
    }
    settings = {
        "train_images": TRAIN_IMAGES, "choosing_images": CHOOSING_IMAGES, "val_images": len(val),
        "val_images_with_clear_votes": int(clear.sum()), "width_mult": WIDTH, "epochs": EPOCHS,
        "batch_size": BATCH_SIZE, "seeds": list(SEEDS[: len(runs)]),
    }  # fmt: skip
    result = {"settings": settings, "labels_where_raters_say_neutral_percent": neutral, **table}
    save_result("rater_targets", "FER2013 and FER+, PublicTest as val", result)


def main() -> None:
    asked = parser(__doc__)
    asked.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    args = asked.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    faces = fer.read_dataset(args.data)
    val, votes = faces.val, read_ferplus(args.ferplus, faces)
    part = few_images(faces, TRAIN_IMAGES, CHOOSING_IMAGES)
    position = {name: i for i, name in enumerate(faces.ids)}
    drawn = [position[name] for name in part.train.ids]
    ways = targets_of(part.train, fer.Votes(votes.counts[drawn]))
    said_by_raters = votes.plurality()[faces.split == "val"]
    runs = []
    for seed in SEEDS:
        runs.append(
            {
                way: answers_of(part, targets, val.images, seed, args.folder / f"{way}-{seed}.npz")
                for way, targets in ways.items()
            }
        )
        save(runs, val, said_by_raters, labels_of(faces, votes, "neutral"))


if __name__ == "__main__":
    main()
