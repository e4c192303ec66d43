"""What test_jax.py runs: trainings on JAX with two simulated devices, and what came of them as JSON."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from test_fitting import interrupt_after, striped

import fer_course as fer

RECIPE = fer.Recipe(epochs=2, batch_size=50, average=0.9)


def emotion_network(seed=0):
    keras.utils.set_random_seed(seed)
    return fer.EmotionCNN(width_mult=0.1)


def one_convolution():
    keras.utils.set_random_seed(0)
    pixels = keras.Input((48, 48, 1))
    x = keras.layers.Conv2D(8, 4, strides=4)(keras.layers.Rescaling(1 / 255)(pixels))
    x = keras.layers.Flatten()(keras.layers.BatchNormalization(momentum=0.9)(x))
    return keras.Model(pixels, keras.layers.Dense(7, activation="softmax")(x))


def far_apart(one, other):
    """Return the largest difference between two lists of arrays."""
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def stopped_and_continued(folder):
    faces, images = striped(), striped().val.images
    whole = emotion_network()
    expected = fer.fit(whole, faces, RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(1, patch)
        with pytest.raises(KeyboardInterrupt):
            fer.fit(emotion_network(), faces, RECIPE, folder)
    model = emotion_network(seed=9)
    history = fer.fit(model, faces, RECIPE, folder)
    model.save(folder / "model.keras")
    again = keras.saving.load_model(folder / "model.keras")
    probabilities = fer.predict(model, images)
    return {
        "backend": keras.backend.backend(),
        "losses": history.frame["loss"].tolist(),
        "expected_losses": expected.frame["loss"].tolist(),
        "weights_apart": far_apart(model.get_weights(), whole.get_weights()),
        "sums": probabilities.sum(axis=1).tolist(),
        "saved_apart": far_apart([fer.predict(again, images)], [probabilities]),
    }


def shared_by_two_devices():
    alone = one_convolution()
    expected = fer.fit(alone, striped(), RECIPE)
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    together = one_convolution()
    history = fer.fit(together, striped(), RECIPE)
    found = {
        "devices": len(together.trainable_variables[0].value.devices()),
        "losses": history.frame[["loss", "val_loss"]].to_numpy().tolist(),
        "expected_losses": expected.frame[["loss", "val_loss"]].to_numpy().tolist(),
        "weights_apart": far_apart(together.get_weights(), alone.get_weights()),
    }
    odd = striped(161).subset(np.arange(160))  # 101 train, 40 val
    odd = fer.FaceDataset(odd.images, odd.labels, ["train"] * 101 + ["val"] * 41 + ["test"] * 18)
    model = one_convolution()
    found["odd_epochs"] = len(fer.fit(model, odd, RECIPE).frame)
    with pytest.raises(fer.FerCourseError) as refused:
        fer.fit(model, odd, fer.Recipe(batch_size=33))
    found["refused"] = str(refused.value)
    keras.distribution.set_distribution(None)
    found["predicted"] = len(fer.predict(model, odd.val.images))
    return found


if __name__ == "__main__":
    results = {"resumed": stopped_and_continued(Path(sys.argv[1])), "shared": shared_by_two_devices()}
    (Path(sys.argv[1]) / "results.json").write_text(json.dumps(results))
