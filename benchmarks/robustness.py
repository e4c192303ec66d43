"""How far does the network that ships with the package fall when FER2013's val images get worse?

    python benchmarks/robustness.py data/fer2013 runs/robustness --ferplus fer2013new.csv

Every finished corruption is kept in the second folder, so a stopped run goes on.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from saved import percent, save_result

import fer_course as fer
from fer_course.evaluation.corruptions import CORRUPTIONS
from fer_course.sources.ferplus import read_ferplus


def table_of(predictor: fer.Predictor, val: fer.FaceDataset, name: str, path: Path) -> pd.DataFrame:
    """Score one corruption at all severities."""
    if not path.exists():
        fer.robustness(predictor, val, [name]).to_csv(path, index=False)
    return pd.read_csv(path)


def summary(rows: pd.DataFrame) -> dict:
    """Accuracy by severity, with intervals, and the mean fall."""
    result = {"parameter": CORRUPTIONS[rows["corruption"].iloc[0]].parameter}
    for row in rows[rows["severity"] > 0].itertuples():
        result[f"severity_{row.severity}"] = {
            "value": row.value,
            "accuracy_percent": percent(row.accuracy),
            "interval_percent": f"{percent(row.low)} to {percent(row.high)}",
            "change_points": f"{100 * row.change:+.1f}",
            "change_interval_points": f"{100 * row.change_low:+.1f} to {100 * row.change_high:+.1f}",
        }
    worse = rows[rows["severity"] > 0]
    return result | {"mean_accuracy_percent": percent(worse["accuracy"].mean())}


def top_k(labels: np.ndarray, probabilities: np.ndarray, prefix: str = "") -> dict:
    return {
        f"{prefix}top_{k}_percent": percent(fer.topk_accuracy(labels, probabilities, k)) for k in (1, 2, 3)
    }


def raters(val: fer.FaceDataset, probabilities: np.ndarray, ferplus: str) -> dict:
    """Score against the most frequent answer of FER+'s raters; does confidence follow their agreement?"""
    from scipy.stats import spearmanr

    votes = read_ferplus(ferplus, val)
    answers = votes.plurality()
    clear = answers >= 0
    agreed = votes.counts.max(axis=1) / votes.counts.sum(axis=1)
    confidence = probabilities.max(axis=1)
    rng = np.random.default_rng(0)
    drawn = [
        spearmanr(confidence[some], agreed[some]).statistic
        for some in rng.integers(0, len(val), (1000, len(val)))
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    unanimous, split = agreed == 1, agreed <= 0.5
    return {
        "ferplus_images": int(clear.sum()),
        **top_k(answers[clear], probabilities[clear], "ferplus_"),
        "confidence_agreement_spearman": round(float(spearmanr(confidence, agreed).statistic), 2),
        "confidence_agreement_interval": f"{low:.2f} to {high:.2f}",
        "unanimous_images": int(unanimous.sum()),
        "unanimous_confidence_percent": percent(confidence[unanimous].mean()),
        "split_images": int(split.sum()),
        "split_confidence_percent": percent(confidence[split].mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("folder", type=Path, help="where finished corruptions are kept")
    parser.add_argument("--ferplus", help="FER+'s fer2013new.csv, to ask the raters")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)

    val, predictor = fer.read_dataset(args.data).val, fer.Predictor.load()
    probabilities = predictor.predict_proba(val.images)
    clean = fer.score(val.labels, probabilities)
    result = {
        "images": clean.n,
        "accuracy_percent": percent(clean.accuracy),
        "low_percent": percent(clean.interval[0]),
        "high_percent": percent(clean.interval[1]),
        **top_k(val.labels, probabilities),
    }
    if args.ferplus:
        result |= raters(val, probabilities, args.ferplus)
    for name in CORRUPTIONS:
        key = name.lower().replace(" ", "_")
        result[key] = summary(table_of(predictor, val, name, args.folder / f"{key}.csv"))
        print(name, result[key]["mean_accuracy_percent"], flush=True)
    save_result("robustness", "FER2013, PublicTest as val", result, seed=0)


if __name__ == "__main__":
    main()
