"""The figures of lesson 13 and of the model card: a training, scored on the val split of the real FER2013.

Val chose its epoch, so a little luck is in the figures; they compare ways to look at an image and show what
the course teaches about confidence. Test is not looked at.

    fer-course train --recipe compact --data data/fer2013 --ferplus fer2013new.csv --out runs/compact
    python benchmarks/compact.py runs/compact data/fer2013 --ferplus fer2013new.csv
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from saved import percent, save_result

import fer_course as fer
from fer_course.evaluation.scores import Evaluation
from fer_course.sources.ferplus import read_ferplus

WAYS = ("flip", "shifts", "ten-crop")
HALVES, HONEST, SUREST = 20, 200, 100


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what `fer-course train` wrote")
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("--ferplus", help="FER+'s fer2013new.csv, to judge the most confident mistakes")
    args = parser.parse_args()

    model = fer.load_model(args.folder / "model.keras")
    faces = fer.read_dataset(args.data)
    val = faces.val
    single = fer.evaluate(model, val)
    seen = ~np.isin(val.ids, fer.without_twins(faces).val.ids)
    result = {
        "network": model.name,
        "training": training(args.folder),
        "parameters": model.count_params(),
        "images": single.n,
        **scores(single),
        "images_without_twins": int((~seen).sum()),
        "without_twins_accuracy_percent": percent(single.subset(~seen).accuracy),
        "without_twins_interval_percent": interval(single.subset(~seen)),
        "recall_percent": {
            name: round(100 * value) for name, value in zip(fer.EMOTIONS, single.recall, strict=True)
        },
        **confidence(single),
    }
    for way in WAYS:
        several = fer.evaluate(model, val, way)
        comparison = fer.compare(single, several)
        name = way.replace("-", "_")
        result |= {
            f"{name}_accuracy_percent": percent(several.accuracy),
            f"{name}_interval_percent": interval(several),
            f"{name}_gain_points": f"{100 * comparison.difference:+.1f}",
            f"{name}_ece_percent": percent(several.calibration_error),
            f"{name}_alone_right": comparison.only_second,
            f"{name}_alone_wrong": comparison.only_first,
            f"mcnemar_{name}_p": float(f"{comparison.p_value:.2g}"),
        }
    if args.ferplus:
        result |= mistakes(single, val, args.ferplus)
    save_result("compact", "FER2013, PublicTest as val", result, seed=fer.COMPACT.seed)


def training(folder: Path) -> dict:
    """Say how the network was trained."""
    history = pd.read_csv(folder / "history.csv")
    return {
        "epochs": len(history),
        "best_epoch": int(history["val_accuracy"].idxmax()) + 1,
        "minutes": round(history["seconds"].sum() / 60),
    }


def interval(scored: Evaluation) -> str:
    low, high = scored.interval
    return f"{percent(low)} to {percent(high)}"


def scores(single: Evaluation) -> dict:
    low, high = single.interval
    f1_low, f1_high = single.macro_f1_interval()
    return {
        "val_accuracy_percent": percent(single.accuracy),
        "val_low_percent": percent(low),
        "val_high_percent": percent(high),
        "macro_f1": round(single.macro_f1, 3),
        "macro_f1_interval": f"{f1_low:.3f} to {f1_high:.3f}",
        "balanced_accuracy_percent": percent(single.balanced_accuracy),
    }


def confidence(single: Evaluation) -> dict:
    """Calibration before and after a temperature, and what silence on the least sure half brings."""
    rng = np.random.default_rng(0)
    honest = [as_sure_as_right(single, rng).calibration_error for _ in range(HONEST)]
    # The temperature is chosen on one half and judged on the other, or it would flatter itself
    temperatures, before, after = [], [], []
    for _ in range(HALVES):
        order = rng.permutation(single.n)
        mine, others = single.subset(order[::2]), single.subset(order[1::2])
        temperatures.append(best_temperature(mine))
        before.append(others.calibration_error)
        after.append(at_temperature(others, temperatures[-1]).calibration_error)
    surest = np.argsort(-single.confidence, kind="stable")[: single.n // 2]
    return {
        "mean_confidence_percent": percent(single.confidence.mean()),
        "ece_percent": percent(single.calibration_error),
        "ece_of_an_honest_network_percent": percent(np.mean(honest)),
        "temperature": round(float(np.mean(temperatures)), 2),
        "ece_of_halves_percent": percent(np.mean(before)),
        "ece_of_halves_at_temperature_percent": percent(np.mean(after)),
        "surest_half_accuracy_percent": percent(single.correct[surest].mean()),
    }


def as_sure_as_right(evaluation: Evaluation, rng: np.random.Generator) -> Evaluation:
    """Draw labels for which every confidence is the chance to be right."""
    right = rng.random(evaluation.n) < evaluation.confidence
    return replace(
        evaluation, labels=np.where(right, evaluation.predictions, (evaluation.predictions + 1) % 7)
    )


def at_temperature(evaluation: Evaluation, temperature: float) -> Evaluation:
    powers = evaluation.probabilities ** (1 / temperature)
    return fer.score(evaluation.labels, powers / powers.sum(axis=1, keepdims=True), evaluation.ids)


def best_temperature(evaluation: Evaluation) -> float:
    """Return the temperature of the lowest loss."""

    def loss(temperature: float) -> float:
        sharpened = at_temperature(evaluation, temperature)
        return -np.log(sharpened.probabilities[np.arange(evaluation.n), evaluation.labels]).mean()

    return min(np.arange(0.4, 2, 0.02), key=loss)


def mistakes(single: Evaluation, val: fer.FaceDataset, ferplus: str) -> dict:
    """Ask the raters of FER+ about the mistakes that the network was surest of."""
    positions = single.most_confident_mistakes(SUREST)
    answers = read_ferplus(ferplus, val).plurality()
    every = np.flatnonzero(~single.correct)
    return {
        "surest_mistakes": len(positions),
        "surest_mistakes_raters_side_with_network_percent": percent(
            (answers[positions] == single.predictions[positions]).mean()
        ),
        "surest_mistakes_raters_side_with_label_percent": percent(
            (answers[positions] == single.labels[positions]).mean()
        ),
        "all_mistakes_raters_side_with_network_percent": percent(
            (answers[every] == single.predictions[every]).mean()
        ),
    }


if __name__ == "__main__":
    main()
