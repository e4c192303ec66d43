"""What buys accuracy? Val accuracy against images, epochs and network, from trainings on few to all images.

    python benchmarks/scaling.py data/fer2013 --minutes 30

The grid goes from cheap to expensive. Every training is kept in ``benchmarks/results/scaling.json`` at once,
so a stopped grid goes on, and no training is begun after the minutes are over.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from saved import RESULTS, machine, percent

import fer_course as fer
from fer_course.files import write_json
from fer_course.jobs.train import build_network

FILE = RESULTS / "scaling.json"
NETWORKS = {"EmotionCNN": 0.5, "CompactCNN": 1.0, "ResNet18": 0.5}
COST = {"EmotionCNN": 0.6, "CompactCNN": 1.0, "ResNet18": 8.0}
GRID = {
    "FER2013": ((2000, 8000, 28709), (1, 2, 4, 8, 16, 32, 64)),
    "the drawn sample": ((500, 1488), (2, 4, 8, 16, 32, 64)),
}


def recipe(epochs: int, seed: int) -> fer.Recipe:
    return fer.Recipe(
        epochs=epochs, batch_size=64, warmup_epochs=min(1, epochs / 8), balance="none",
        augment=1 if epochs < 16 else 2, seed=seed,
    )  # fmt: skip


def cells():
    for data, (images, epochs) in GRID.items():
        for network, width in NETWORKS.items():
            for n in images:
                for e in epochs:
                    cost = (n + (1000 if data == "FER2013" else 100)) * e * COST[network]
                    yield cost, dict(data=data, network=network, width=width, images=n, epochs=e, seed=0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--minutes", type=float, default=30)
    args = parser.parse_args()
    end = time.time() + 60 * args.minutes
    faces = {"FER2013": fer.read_dataset(args.data), "the drawn sample": fer.sample_faces()}
    kept = json.loads(FILE.read_text())["trainings"] if FILE.exists() else []
    done = [{k: v for k, v in one.items() if k in ("data", "network", "width", "images", "epochs", "seed")} for one in kept]
    for cost, cell in sorted(cells(), key=lambda c: c[0]):
        if cell in done:
            continue
        if time.time() > end:
            break
        data = faces[cell["data"]]
        rng = np.random.default_rng(cell["seed"])
        train = rng.permutation(np.flatnonzero(data.split == "train"))[: cell["images"]]
        part = data.subset(np.concatenate([train, np.flatnonzero(data.split == "val")]))
        model = build_network(cell["network"], 1, cell["width"], cell["seed"], "mixed_bfloat16")
        started = time.time()
        history = fer.fit(model, part, recipe(cell["epochs"], cell["seed"]))
        row = history.frame
        cell |= {
            "val_accuracy_percent": percent(history.best_val_accuracy),
            "last_val_accuracy_percent": percent(row["val_accuracy"].iloc[-1]),
            "train_accuracy_percent": percent(row["accuracy"].iloc[-1]),
            "seconds": round(time.time() - started, 1),
            "fastest_epoch_seconds": round(row["seconds"].min(), 2),
        }
        print(cell, flush=True)
        kept.append(cell)
        write_json(FILE, {"machine": machine(), "trainings": kept})


if __name__ == "__main__":
    main()
