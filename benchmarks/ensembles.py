"""Do three mediocre networks beat one good one? Random networks on the real FER2013, alone and together.

Members are drawn from the search space of the package and trained on all train images but 1,500, which choose
the epoch of each, so that val only scores. Weights are fitted and judged by cross-validation inside val. The
good one is the network that ships with the package; val chose its epoch, so a little luck is in its figure.

    python benchmarks/ensembles.py data/fer2013 runs/ensembles --members 6

What the members say about val is kept in the second folder: a stopped run goes on, and what is there already
can be scored with a smaller --members.
"""

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
from saved import percent, save_result
from scipy.stats import spearmanr

import fer_course as fer
from fer_course.evaluation.ensembles import FITS
from fer_course.evaluation.members import accuracy_by_size, diversity
from fer_course.evaluation.scores import Evaluation
from fer_course.training.zoo import random_choices, train_members

EPOCHS, BATCH_SIZE = 6, 128
CHOOSING_IMAGES = 1500
GOOD = "compact"


def split_for_members(faces: fer.FaceDataset) -> fer.FaceDataset:
    """Return the train images, some of them as val to choose the epoch on."""
    train = faces.train
    split = np.full(len(train), "train", dtype="<U5")
    split[np.random.default_rng(0).permutation(len(train))[:CHOOSING_IMAGES]] = "val"
    return fer.FaceDataset(train.images, train.labels, split)


def member_of(seed: int, faces: fer.FaceDataset, folder: Path) -> np.ndarray:
    """Train one member, if it is not there yet, and return what it says about val."""
    path = folder / f"val_{seed}.npz"
    if not path.exists():
        recipe = fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, balance="none", seed=seed)
        (file,) = train_members(split_for_members(faces), folder, 1, recipe, seed)
        model = fer.load_model(file)
        np.savez(path, probabilities=fer.predict(model, faces.val.images), parameters=model.count_params())
    with np.load(path) as kept:
        print(f"{random_choices(seed)}, {int(kept['parameters']):,} parameters", flush=True)
        return kept["probabilities"]


def accuracy(evaluation: Evaluation) -> dict:
    low, high = evaluation.interval
    return {
        "accuracy_percent": percent(evaluation.accuracy),
        "interval_percent": f"{percent(low)} to {percent(high)}",
        "macro_f1": round(evaluation.macro_f1, 3),
    }


def against(first: Evaluation, second: Evaluation) -> dict:
    """What the second gains over the first on the same images."""
    comparison = fer.compare(first, second)
    low, high = comparison.interval
    return {
        "gain_points": f"{100 * comparison.difference:+.1f}",
        "gain_interval_points": f"{100 * low:+.1f} to {100 * high:+.1f}",
        "mcnemar_p": float(f"{comparison.p_value:.2g}"),
    }


def combined(members: dict[str, Evaluation], good: Evaluation) -> dict:
    """Score every way to combine, cross-validated, against the best member and against the good network."""
    table = {}
    for method in FITS:
        ensemble = fer.combine(members, method=method)
        together = ensemble.cross_validated
        on_itself = fer.score(good.labels, ensemble.apply(members), good.ids)
        table[method] = {
            **accuracy(together),
            **against(ensemble.best_member, together),
            "over_good": against(good, together),
            "chosen_and_scored_on_val_percent": percent(on_itself.accuracy),
            "optimism_points": f"{100 * (on_itself.accuracy - together.accuracy):+.1f}",
        }
        if method != "stacking":
            table[method]["weights_percent"] = {
                name: percent(weight) for name, weight in zip(members, ensemble.weights, strict=True)
            }
    return table


def groups(members: dict[str, Evaluation], good: Evaluation, size: int) -> dict:
    """Vote in every group of a size: what does it gain, and does that follow from how different they are?"""
    gains, agreements, over_good = [], [], []
    for names in combinations(members, size):
        group = [members[name] for name in names]
        vote = np.mean([one.probabilities for one in group], axis=0)
        together = fer.score(good.labels, vote, good.ids)
        gains.append(together.accuracy - max(one.accuracy for one in group))
        over_good.append(fer.compare(good, together))
        alike = diversity({name: members[name] for name in names})
        agreements.append(alike["agreement"].mean())
    significant = [one for one in over_good if one.p_value < 0.05]
    rank = spearmanr(agreements, gains)
    return {
        "groups": len(gains),
        "gain_mean_points": f"{100 * np.mean(gains):+.1f}",
        "gain_lowest_points": f"{100 * min(gains):+.1f}",
        "gain_highest_points": f"{100 * max(gains):+.1f}",
        "groups_that_gain": int(np.sum(np.array(gains) > 0)),
        "agreement_mean_percent": percent(np.mean(agreements)),
        "agreement_gain_rank_correlation": round(float(rank.statistic), 2),
        "above_good": sum(one.difference > 0 for one in over_good),
        "significantly_above_good": sum(one.difference > 0 for one in significant),
        "significantly_below_good": sum(one.difference < 0 for one in significant),
    }


def three_copies(members: dict[str, Evaluation]) -> dict:
    """The same network three times, and the best three with a weak one that votes along."""
    ranked = sorted(members.values(), key=lambda one: one.accuracy, reverse=True)
    best, last = ranked[:3], ranked[-1]
    vote, with_weak = (
        fer.score(last.labels, np.mean([one.probabilities for one in group], axis=0), last.ids)
        for group in (best, [*best, last])
    )
    copies = fer.score(last.labels, np.mean([best[0].probabilities] * 3, axis=0), last.ids)
    return {
        "three_copies_gain_points": f"{100 * (copies.accuracy - best[0].accuracy):+.1f}",
        "best_three": {**accuracy(vote), **against(best[0], vote)},
        "best_three_and_the_weakest": {**accuracy(with_weak), **against(vote, with_weak)},
    }


def scores(members: dict[str, Evaluation], good: Evaluation, seeds: dict[str, dict]) -> dict:
    sizes = accuracy_by_size(members)
    pairs = diversity(members)
    with_good = members | {GOOD: good}
    result = {
        "members": {name: accuracy(one) | seeds[name] for name, one in members.items()},
        "good": accuracy(good),
        "member_mean_percent": percent(np.mean([one.accuracy for one in members.values()])),
        "by_number_percent": {f"of_{row.members}": percent(row.mean) for row in sizes.itertuples()},
        "agreement_percent": percent(pairs["agreement"].mean()),
        "q_statistic": round(float(pairs["q_statistic"].mean()), 2),
        "both_wrong_percent": percent(pairs["both_wrong"].mean()),
        "agreement_with_good_percent": percent(
            diversity(with_good).query(f"second == '{GOOD}'")["agreement"].mean()
        ),
        "combined": combined(members, good),
        "combined_with_good": combined(with_good, good),
        "pairs": groups(members, good, 2),
    }
    if len(members) >= 3:
        result |= {"triples": groups(members, good, 3), **three_copies(members)}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    parser.add_argument("folder", type=Path, help="where finished members are kept")
    parser.add_argument("--members", type=int, default=6)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)

    faces = fer.read_dataset(args.data)
    val = faces.val
    members, about = {}, {}
    for seed in range(args.members):
        name = f"random_{seed}"
        members[name] = fer.score(val.labels, member_of(seed, faces, args.folder), val.ids)
        about[name] = {"choices": random_choices(seed)}
        print(f"{name}: {members[name].accuracy:.1%}", flush=True)
    good = fer.score(val.labels, fer.Predictor.load().predict_proba(val.images), val.ids)
    settings = {
        "train_images": len(faces.train) - CHOOSING_IMAGES,
        "choosing_images": CHOOSING_IMAGES,
        "val_images": len(val),
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "count": len(members),
    }
    result = settings | scores(members, good, about)
    save_result("ensembles", "FER2013, PublicTest as val", result, seed=0)


if __name__ == "__main__":
    main()
