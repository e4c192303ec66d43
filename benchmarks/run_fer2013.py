"""Lesson 12's figures: one training on the real FER2013, read from the folder of a finished run.

The saved figures are of version 0.1.0, whose recipe let rare emotions count more.

fer-course run --data fer2013.csv --epochs 12 --out runs/fer2013
python benchmarks/run_fer2013.py runs/fer2013
"""

import argparse
import json
from pathlib import Path

import pandas as pd
from saved import save_result

import fer_course as fer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what `fer-course run --out` wrote")
    folder = parser.parse_args().folder

    settings = json.loads((folder / "settings.json").read_text())
    cleaning = json.loads((folder / "cleaning.json").read_text())
    metrics = json.loads((folder / "metrics.json").read_text())
    scores = {(score["split"], score["views"]): score for score in metrics["scores"]}
    history = pd.read_csv(folder / "history.csv")
    single, flip = scores["val", "single view"], scores["val", "flip TTA"]
    low, high = single["accuracy_interval"]
    save_result(
        "run_fer2013",
        "FER2013, PublicTest as val",
        {
            "epochs": len(history),
            "best_epoch": int(history["val_accuracy"].idxmax()) + 1,
            "minutes": round(history["seconds"].sum() / 60),
            "parameters": fer.load_model(folder / "model.keras").count_params(),
            "train_images": cleaning["splits"]["train"]["kept"],
            "val_images": single["n"],
            "val_accuracy_percent": round(100 * single["accuracy"], 1),
            "val_interval_percent": f"{100 * low:.1f} to {100 * high:.1f}",
            "val_flip_accuracy_percent": round(100 * flip["accuracy"], 1),
            "recall_percent": {name: round(100 * value) for name, value in single["recall"].items()},
            "settings": {key: value for key, value in settings.items() if key not in ("data", "fingerprint")},
        },
        seed=settings["recipe"]["seed"],
    )


if __name__ == "__main__":
    main()
