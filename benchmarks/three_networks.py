"""What are three trainings of one network good for? The same epochs spent in several ways, on FER2013.

Three networks that learn apart and vote, three snapshots of one training, or one network that learns three
times as long; then the three apart as teachers of one (distillation), and joined to one by attention fusion.
The epoch is chosen on other train images, so that val only scores.

    python benchmarks/three_networks.py data/fer2013 runs/three_networks

Finished networks are kept in the second folder, so a stopped run goes on; what is there is saved after every
seed.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from saved import percent, save_result
from trainings import arguments, few_images, with_interval

import fer_course as fer
from fer_course.training.backend import keras
from fer_course.training.fusion import attention_fusion

SEEDS = (0, 1)
TRAIN_IMAGES, CHOOSING_IMAGES = 8000, 1000
WIDTH, EPOCHS, BATCH_SIZE = 0.5, 8, 64
NETWORKS, FUSION_EPOCHS = 3, 4


def usual(seed: int, epochs: int = EPOCHS) -> fer.Recipe:
    return fer.Recipe(epochs=epochs, batch_size=BATCH_SIZE, balance="none", seed=seed)


def fresh(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return fer.EmotionCNN(width_mult=WIDTH)


def trained(
    model: keras.Model,
    part: fer.FaceDataset,
    recipe: fer.Recipe,
    folder: Path,
    targets: np.ndarray | None = None,
) -> keras.Model:
    fer.fit(model, part, recipe, checkpoint_dir=folder, targets=targets)
    return model


def answers_of(part: fer.FaceDataset, val: np.ndarray, seed: int, folder: Path) -> dict[str, np.ndarray]:
    """Train everything that starts from one seed; return the probabilities that each way gives to val."""
    files = fer.train_snapshots(fresh(10 * seed), part, folder / "snapshots", NETWORKS, usual(10 * seed))
    snapshots = [fer.load_model(file) for file in files]
    apart = snapshots[:1] + [  # the first snapshot is a network like any other
        trained(fresh(other), part, usual(other), folder / f"apart_{other}")
        for other in range(10 * seed + 1, 10 * seed + NETWORKS)
    ]
    teachers = np.mean([fer.predict(model, part.train.images) for model in apart], axis=0)
    soft = fer.soft_targets(part.train.labels, teachers)
    student = replace(usual(10 * seed), label_smoothing=0.0)
    distilled = trained(fresh(10 * seed), part, student, folder / "distilled", soft)
    long = trained(fresh(10 * seed), part, usual(10 * seed, NETWORKS * EPOCHS), folder / "long")
    keras.utils.set_random_seed(10 * seed)
    short = usual(10 * seed, FUSION_EPOCHS)
    frozen = trained(attention_fusion(apart), part, short, folder / "fusion_frozen")
    keras.utils.set_random_seed(10 * seed)
    slowly = replace(short, layer_decay=0.8)
    tuned = trained(attention_fusion(apart, frozen=False), part, slowly, folder / "fusion_tuned")
    said_apart = [fer.predict(model, val) for model in apart]
    said_snapshots = [fer.predict(model, val) for model in snapshots]
    return {
        "one": said_apart[0],
        "vote_apart": np.mean(said_apart, axis=0),
        "vote_snapshots": np.mean(said_snapshots, axis=0),
        "last_snapshot": said_snapshots[-1],
        "one_long": fer.predict(long, val),
        "distilled": fer.predict(distilled, val),
        "fusion_frozen": fer.predict(frozen, val),
        "fusion_tuned": fer.predict(tuned, val),
        "members_apart": np.array(said_apart),
        "members_snapshots": np.array(said_snapshots),
    }


def summary(probabilities: np.ndarray, one: np.ndarray, vote: np.ndarray, labels: np.ndarray) -> dict:
    """Accuracy of one way ``(seeds, images, 7)``, and what it gains over one network and over the vote."""
    hits, others, voted = (some.argmax(axis=2) == labels for some in (probabilities, one, vote))
    return {
        "val_accuracy_percent": percent(hits.mean()),
        "by_seed_percent": ", ".join(f"{100 * value:.1f}" for value in hits.mean(axis=1)),
        "macro_f1": round(float(np.mean([fer.score(labels, run).macro_f1 for run in probabilities])), 3),
        **with_interval("gain", hits, others),
        **with_interval("over_vote", hits, voted),
    }


def agreement(members: np.ndarray) -> float:
    """Percent of images on which two members ``(seeds, members, images, 7)`` say the same, on average."""
    answers = members.argmax(axis=3)
    pairs = [(a, b) for a in range(answers.shape[1]) for b in range(a)]
    return percent(np.mean([(answers[:, a] == answers[:, b]).mean() for a, b in pairs]))


def save(runs: list[dict], val: fer.FaceDataset) -> None:
    probabilities = {way: np.array([run[way] for run in runs]) for way in runs[0]}
    settings = {
        "train_images": TRAIN_IMAGES, "choosing_images": CHOOSING_IMAGES, "val_images": len(val),
        "width_mult": WIDTH, "epochs": EPOCHS, "long_epochs": NETWORKS * EPOCHS,
        "fusion_epochs": FUSION_EPOCHS, "batch_size": BATCH_SIZE, "seeds": list(SEEDS[: len(runs)]),
    }  # fmt: skip
    agreements = {
        name.replace("members", "agreement") + "_percent": agreement(probabilities.pop(name))
        for name in ("members_apart", "members_snapshots")
    }
    table = {
        way: summary(values, probabilities["one"], probabilities["vote_apart"], val.labels)
        for way, values in probabilities.items()
    }
    save_result("three_networks", "FER2013, PublicTest as val", {"settings": settings, **agreements, **table})


def main() -> None:
    faces, folder = arguments(__doc__)
    part, val = few_images(faces, TRAIN_IMAGES, CHOOSING_IMAGES), faces.val
    runs = []
    for seed in SEEDS:
        runs.append(answers_of(part, val.images, seed, folder / f"seed_{seed}"))
        save(runs, val)


if __name__ == "__main__":
    main()
