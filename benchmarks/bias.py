"""What biases gain: every method and objective, cross-validated on the val split of the real FER2013.

The network is the one that ships with the package; val chose its epoch. Three questions: what a search finds
beyond the closed form; what happens when only the shares of the emotions change (val, drawn anew); and what
when the faces themselves are others (drawn faces: tuned on their val, scored once on their test).

    python benchmarks/bias.py data/fer2013
"""

import argparse
import importlib.util
import warnings

import numpy as np
from saved import percent, save_result

import fer_course as fer
from fer_course.evaluation.bias.tuning import FER2013_TRAIN_COUNTS, estimate_shares
from fer_course.evaluation.comparison import Comparison, compare_predictions
from fer_course.evaluation.scores import SCORES

METHODS = ["prior", "grid", "evolution", "optuna"]
if importlib.util.find_spec("cmaes"):
    METHODS.append("cma-es")
CLINIC = (200, 10, 200, 50, 400, 50, 90)  # images of each emotion, much sorrow and little joy
SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    args = parser.parse_args()

    network = fer.Predictor.load()
    val = fer.read_dataset(args.data).val
    drawn = fer.sample_faces()
    probabilities = network.predict_proba(val.images)
    result = {
        "images": len(val),
        "real": {objective: cross_validated(probabilities, val.labels, objective) for objective in SCORES},
        "price_of_balance": price_of_balance(probabilities, val.labels),
        "other_shares": other_shares(probabilities, val.labels),
        "equal_shares_predicted": bent(probabilities, val.labels),
        "drawn_val_images": len(drawn.val),
        "drawn_test_images": len(drawn.test),
        "drawn": drawn_faces(network, drawn),
    }
    save_result("bias", "FER2013, PublicTest as val; and the drawn sample", result, SEED)


def cross_validated(probabilities: np.ndarray, labels: np.ndarray, objective: str) -> dict:
    """Tune on four fifths, predict the rest, five times, with every method."""
    table: dict[str, object] = {}
    for method in METHODS:
        tuned = fer.tune_bias(probabilities, labels, method=method, objective=objective, seed=SEED)
        assert tuned.gain is not None and tuned.gain_over_closed_form is not None
        table["before_percent"] = percent(tuned.before)
        table[method.replace("-", "_")] = {
            "gain_where_tuned_points": points(tuned.after - tuned.before),
            **of_gain("gain", tuned.gain),
            **of_gain("over_closed_form", tuned.gain_over_closed_form),
        }
        print(objective, tuned, flush=True)
    return table


def price_of_balance(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """Tell what the closed form for balanced accuracy does to accuracy; it looks at no labels."""
    fair = fer.tune_bias(probabilities, labels, method="prior", objective="balanced_accuracy", folds=0)
    after = fair.apply(probabilities).argmax(axis=1)
    return of_gain("accuracy", compare_predictions("accuracy", labels, probabilities.argmax(axis=1), after))


def other_shares(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """Draw val anew with other shares: the closed form knows them, or estimates them without labels."""
    rng = np.random.default_rng(SEED)
    chosen = [
        rng.choice(np.flatnonzero(labels == label), n, replace=n > (labels == label).sum())
        for label, n in enumerate(CLINIC)
    ]
    rows = np.concatenate(chosen)
    part, true = probabilities[rows], labels[rows]
    shares = np.array(CLINIC) / sum(CLINIC)
    known = fer.tune_bias(part, true, method="prior", folds=0)
    smoothing = fer.COMPACT.label_smoothing
    estimated = fer.tune_bias(part, method="prior", label_smoothing=smoothing)
    plain = part.argmax(axis=1)
    table = {"images": len(rows), "before_percent": percent((plain == true).mean())}
    for name, tuned in {"known": known, "estimated": estimated}.items():
        after = tuned.apply(part).argmax(axis=1)
        table[f"{name}_percent"] = percent((after == true).mean())
        table |= of_gain(f"{name}_gain", compare_predictions("accuracy", true, plain, after))
    table["shares_percent"] = by_emotion(100 * shares)
    counts = np.array(FER2013_TRAIN_COUNTS)
    table["estimated_shares_percent"] = by_emotion(
        100 * estimate_shares(part, counts / counts.sum(), smoothing)
    )
    return table


def bent(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """Make a network predict all emotions equally often, and see what that does to its accuracy."""
    tuned = fer.tune_bias(
        probabilities,
        target_distribution=np.full(7, 1 / 7),
        method="evolution",
        trials=5000,
        folds=0,
        seed=SEED,
    )
    plain, after = probabilities.argmax(axis=1), tuned.apply(probabilities).argmax(axis=1)
    return {
        "met_before_percent": percent(tuned.before),
        "met_after_percent": percent(tuned.after),
        "accuracy_before_percent": percent((plain == labels).mean()),
        "accuracy_after_percent": percent((after == labels).mean()),
        **of_gain("accuracy", compare_predictions("accuracy", labels, plain, after)),
    }


def drawn_faces(network: fer.Predictor, faces: fer.FaceDataset) -> dict:
    """Tune on drawn val and score once on drawn test; the closed form also without any labels."""
    val, test = faces.val, faces.test
    probabilities, unseen = network.predict_proba(val.images), network.predict_proba(test.images)
    plain = unseen.argmax(axis=1)
    table: dict[str, object] = {}
    for objective in SCORES:
        rows: dict[str, object] = {}
        for method in METHODS:
            tuned = fer.tune_bias(probabilities, val.labels, method=method, objective=objective, seed=SEED)
            assert tuned.gain is not None
            after = tuned.apply(unseen).argmax(axis=1)
            rows[method.replace("-", "_")] = {
                "gain_where_tuned_points": points(tuned.after - tuned.before),
                **of_gain("gain", tuned.gain),
                **of_gain("test_gain", compare_predictions(objective, test.labels, plain, after)),
            }
        table[objective] = rows
    estimated = fer.tune_bias(probabilities, method="prior", label_smoothing=fer.COMPACT.label_smoothing)
    after = estimated.apply(unseen).argmax(axis=1)
    table["test_before_percent"] = percent((plain == test.labels).mean())
    table["estimated"] = of_gain("test_gain", compare_predictions("accuracy", test.labels, plain, after))
    return table


def of_gain(name: str, gain: Comparison) -> dict:
    return {
        f"{name}_points": points(gain.difference),
        f"{name}_interval": f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}",
        f"{name}_verdict": "noise" if not gain.significant else "a gain" if gain.difference > 0 else "a loss",
    }


def points(difference: float) -> str:
    return f"{100 * difference:+.1f}"


def by_emotion(values: np.ndarray) -> dict:
    return {name: round(float(value), 1) for name, value in zip(fer.EMOTIONS, values, strict=True)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Optuna's, that CMA-ES is experimental here
    main()
