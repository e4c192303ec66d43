"""Seven ways to balance, on real FER2013: a one-layer network on gradient histograms, scored on val.

The network is lesson 10's: small enough to train each way with three seeds, and weak (a convolutional one
reaches far more), so the differences between the ways are what to look at. "prior" trains without balance and
divides the probabilities by the shares of the emotions in train.

    python benchmarks/balancing.py data/fer2013
"""

import argparse

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.training.backend import keras
from fer_course.training.balancing import balance_to_mean, balanced_sample

WAYS = ("none", "weights", "effective", "sampling", "oversampling", "mean", "focal", "prior")
SEEDS = (0, 1, 2)
EPOCHS, BATCH_SIZE = 15, 128
BETA, GAMMA = 0.999, 2.0
RESAMPLES = 1000


def one_layer(images: np.ndarray) -> keras.Model:
    """Build a network from gradient histograms to probabilities; the inputs are standardised."""
    standardise = keras.layers.Normalization()
    standardise.adapt(images)
    layers = [standardise, keras.layers.Dropout(0.5), keras.layers.Dense(7, activation="softmax")]
    return keras.Sequential(layers)


def probabilities_of(way: str, train: fer.FaceDataset, features: np.ndarray, seed: int) -> np.ndarray:
    """Train one network in one way and return what it says about the features."""
    keras.utils.set_random_seed(seed)
    part = {"oversampling": fer.oversample, "mean": balance_to_mean}.get(way, lambda faces, seed: faces)(
        train, seed=seed
    )
    if way == "sampling":
        part = part.subset(balanced_sample(part.labels, seed))
    weights = {"weights": fer.class_weights(part.labels), "effective": fer.class_weights(part.labels, BETA)}
    inputs, targets = fer.embed(part.images), np.eye(7, dtype=np.float32)[part.labels]
    model = one_layer(inputs)
    loss = (
        keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=GAMMA)
        if way == "focal"
        else keras.losses.CategoricalCrossentropy()
    )
    model.compile(keras.optimizers.AdamW(2e-3, weight_decay=0.02), loss, jit_compile=False)
    model.fit(
        inputs, targets, BATCH_SIZE, EPOCHS, class_weight=weights.get(way), verbose=0,
    )  # fmt: skip
    probabilities = np.asarray(model.predict(features, verbose=0))
    if way == "prior":
        probabilities = probabilities / train.class_counts().to_numpy()
    return probabilities


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    train, val = faces.train, faces.val
    features = fer.embed(val.images)
    right = {}
    for way in WAYS:
        answers = [probabilities_of(way, train, features, seed).argmax(axis=1) for seed in SEEDS]
        right[way] = np.mean([answer == val.labels for answer in answers], axis=0)
        print(way, f"{right[way].mean():.1%}", flush=True)
    settings = {
        "epochs": EPOCHS, "batch_size": BATCH_SIZE, "beta": BETA, "gamma": GAMMA, "seeds": list(SEEDS),
    }  # fmt: skip
    table = {way: summary(hits, right["none"], val.labels) for way, hits in right.items()}
    save_result("balancing", "FER2013, PublicTest as val", {"settings": settings, **table})


def summary(hits: np.ndarray, plain: np.ndarray, labels: np.ndarray) -> dict:
    """Accuracy, recalls and their mean, and by how much accuracy and mean recall differ from no balance."""
    recalls = recalls_of(hits, labels)
    rng = np.random.default_rng(0)
    differences = []
    for _ in range(RESAMPLES):  # the same images for both, so that what they share cancels
        drawn = rng.integers(0, len(labels), len(labels))
        change = recalls_of(hits[drawn], labels[drawn]) - recalls_of(plain[drawn], labels[drawn])
        differences.append([hits[drawn].mean() - plain[drawn].mean(), change.mean()])
    low, high = 100 * np.percentile(differences, [2.5, 97.5], axis=0)
    return {
        "accuracy_percent": round(100 * hits.mean(), 1),
        "balanced_accuracy_percent": round(100 * recalls.mean(), 1),
        "recall_percent": dict(zip(fer.EMOTIONS, (100 * recalls).round().astype(int).tolist(), strict=True)),
        "accuracy_gain_interval_points": f"{low[0]:+.1f} to {high[0]:+.1f}",
        "balanced_accuracy_gain_interval_points": f"{low[1]:+.1f} to {high[1]:+.1f}",
    }


def recalls_of(hits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.array([hits[labels == label].mean() for label in range(7)])


if __name__ == "__main__":
    main()
