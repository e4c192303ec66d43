"""What buys accuracy? Val accuracy against images, epochs and network, from trainings on few to all images.

    python benchmarks/scaling.py data/fer2013 --minutes 30

The grid goes from cheap to expensive. Every training is kept in ``results/scaling.json`` at once, so a
stopped grid goes on, and no training is begun once the minutes are over. In the end, the law of
``fer_course/training/budget.py`` is fitted to all, and they go into the package, which plans by them.
"""

import argparse
import itertools
import json
import time

import numpy as np
from saved import RESULTS, percent, save_result

import fer_course as fer
from fer_course.files import write_json
from fer_course.jobs.train import build_network
from fer_course.jobs.training_data import limited
from fer_course.training.backend import precision_here
from fer_course.training.budget import MEASURED, STUDY, law_of, measure_speed, quick_recipe

FILE = RESULTS / "scaling.json"
NETWORKS = {"CompactCNN": 1.0, "EmotionCNN": 0.5, "ResNet18": 0.5}
COSTS = {"CompactCNN": 1, "EmotionCNN": 2, "ResNet18": 8}  # what comes first, not what it takes
GRID = {
    "FER2013": list(itertools.product((2000, 8000, 28709), (1, 2, 4, 8, 16, 32))),
    "the drawn sample": list(itertools.product((500, 1488), (4, 8, 16, 32, 64))),
}
CEILINGS = {
    "FER2013": 72.7,
    "the drawn sample": 90.0,
}  # per cent; published for networks from scratch; a guess
SHOWN = [(2000, 8), (8000, 8), (28709, 8), (28709, 32), (28709, 100)]
SEED = 0

Training = dict[str, str | float]


def grid() -> list[Training]:
    """List what is to be trained, the cheapest first."""
    asked = [
        {"data": data, "network": name, "width_mult": width, "images": images, "epochs": epochs}
        for data, sizes in GRID.items()
        for (name, width), (images, epochs) in itertools.product(NETWORKS.items(), sizes)
    ]
    return sorted(asked, key=lambda one: one["images"] * one["epochs"] * COSTS[one["network"]])


def trained(cell: Training, faces: fer.FaceDataset, policy: str) -> Training:
    """Train one network, and return what it reached with what it was."""
    few = limited(faces, {"train": cell["images"]}, SEED)
    model = build_network(cell["network"], 1, cell["width_mult"], SEED, policy)
    history = fer.fit(model, few, fer.Recipe(**quick_recipe(cell["epochs"]), seed=SEED))
    return cell | {
        "val_accuracy_percent": percent(history.best_val_accuracy),
        "train_accuracy_percent": percent(history.frame["accuracy"].iloc[-1]),
        "seconds": round(history.frame["seconds"].sum()),
    }


def speeds(networks: set[tuple[str, float]], faces: fer.FaceDataset, policy: str) -> dict[str, int]:
    """Measure how many images a second each network trains with."""
    recipe = fer.Recipe()
    return {
        name: round(measure_speed(build_network(name, 1, width, SEED, policy), faces, recipe, 4.0)[0])
        for name, width in sorted(networks)
    }


def long_training() -> Training:
    """Return the training of the network that ships: of another recipe, but much longer than the grid's."""
    compact = json.loads((RESULTS / "compact.json").read_text())
    return {
        "data": "FER2013", "network": "CompactCNN", "width_mult": 1.0, "images": 28709,
        "epochs": compact["training"]["epochs"], "val_accuracy_percent": compact["val_accuracy_percent"],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--minutes", type=float, default=30, help="after which no training is begun")
    args = parser.parse_args()
    end = time.time() + 60 * args.minutes
    faces = {"FER2013": fer.read_dataset(args.data), "the drawn sample": fer.sample_faces()}
    kept = json.loads(FILE.read_text()) if FILE.exists() else {"trainings": []}
    policy, _ = precision_here()
    for cell in grid():
        if time.time() > end:
            break
        if not any(cell.items() <= one.items() for one in kept["trainings"]):
            kept["trainings"].append(trained(cell, faces[cell["data"]], policy))
            print(kept["trainings"][-1], flush=True)
            write_json(FILE, kept)
    study: dict = {"limits": {}, "trainings": [*kept["trainings"], long_training()]}
    for name, one in faces.items():
        most_frequent = np.bincount(one.val.labels).max() / len(one.val)
        study["limits"][name] = {"guessing": percent(most_frequent), "ceiling": CEILINGS[name]}
    networks = {(one["network"], one["width_mult"]) for one in study["trainings"]}
    study["speeds"] = speeds(networks, faces["the drawn sample"], policy)
    write_json(STUDY, study)
    law, _ = law_of("FER2013")
    promises = {
        f"images_{images}_epochs_{epochs}": {
            "val_accuracy_percent": round(law((MEASURED, 1.0), images, epochs), 1),
            "interval_percent": "{:.1f} to {:.1f}".format(*law.interval((MEASURED, 1.0), images, epochs)),
        }
        for images, epochs in SHOWN
    }
    found = {"precision": policy, "images_per_second": study["speeds"], "law_of_compact": promises}
    found["power_of_images"], found["power_of_shown"] = (round(float(p), 2) for p in law.parameters[1:3])
    found["off_the_law_points"] = round(float(np.sqrt(np.mean(law.off**2))), 1)
    dataset = "FER2013, PublicTest as val, and the drawn sample"
    save_result("scaling", dataset, found | {"trainings": kept["trainings"]}, SEED)


if __name__ == "__main__":
    main()
