"""How fast ``fer.fit`` trains against Keras' plain ``fit``, and where Keras' time goes against PyTorch.

``fer.fit`` and the plain ``fit`` compile and train the same network on the same images, as many as the drawn
sample has, in turn; what counts is the mean, since the plain one waits now and then
(``fer_course/training/backend.py``). Processor time counts beside the clock, because other work on the
machine disturbs it less. The variants of the network train without these waits, after an epoch to warm up,
and their best turn counts. PyTorch, which the course does without, takes part where it is installed.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.training.backend import batched, keras

IMAGES, EPOCHS, BATCH_SIZE, TURNS, SEED = 1488, 3, 64, 2, 0
VARIANT_IMAGES = 1024


def compiled(model: keras.Model) -> keras.Model:
    model.compile("adamw", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def plain_fit(faces: fer.FaceDataset) -> None:
    compiled(fer.EmotionCNN()).fit(
        faces.train.images,
        faces.train.labels,
        validation_data=(faces.val.images, faces.val.labels),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        verbose=0,
    )


def our_fit(faces: fer.FaceDataset, augment: int) -> None:
    fer.fit(fer.EmotionCNN(), faces, fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, augment=augment))


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """TensorFlow's own batch normalisation: one operation where Keras has several."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: D102
        if not training:
            return super().call(inputs, training, mask)
        import tensorflow as tf

        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=self.moving_mean,
            variance=self.moving_variance,
            epsilon=self.epsilon,
            exponential_avg_factor=1 - self.momentum,
        )
        self.moving_mean.assign(mean)
        self.moving_variance.assign(variance)
        return outputs


class NoNormalization(keras.layers.Layer):
    """Hands on what it gets."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: D102
        return inputs


def with_batch_norm(model: keras.Model, fused: bool) -> keras.Model:
    """Copy a network with fused batch normalisation, or with none."""

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        if not isinstance(layer, keras.layers.BatchNormalization):
            return layer.from_config(layer.get_config())
        if fused:
            return FusedBatchNormalization.from_config(layer.get_config())
        return NoNormalization(name=layer.name)

    return keras.models.clone_model(model, clone_function=copied)


def mixed_bfloat16() -> keras.Model:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return fer.EmotionCNN()
    finally:
        keras.config.set_dtype_policy("float32")


def epoch_of_keras(model: keras.Model, train: fer.FaceDataset) -> Callable[[], None]:
    compiled(model)
    return lambda: model.fit(**batched(BATCH_SIZE, train.images, train.labels), shuffle=False, verbose=0)


def epoch_of_pytorch(train: fer.FaceDataset, bfloat16: bool) -> Callable[[], None]:
    """Train the same network in PyTorch, with channels last."""
    import torch  # type: ignore[import-not-found]
    from pytorch_network import EmotionCNN

    model = EmotionCNN().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    images = torch.from_numpy(train.images)[:, None]
    labels = torch.from_numpy(train.labels.astype(np.int64))

    def epoch() -> None:
        for some in torch.randperm(len(images)).split(BATCH_SIZE):
            inputs = images[some].float().contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                loss = torch.nn.functional.cross_entropy(model(inputs), labels[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def variants(train: fer.FaceDataset) -> dict[str, Callable[[], None]]:
    """Return, for every variant, what trains it for one epoch."""
    models = {
        "keras": fer.EmotionCNN(),
        "keras_without_batch_norm": with_batch_norm(fer.EmotionCNN(), fused=False),
        "keras_fused_batch_norm": with_batch_norm(fer.EmotionCNN(), fused=True),
        "keras_mixed_bfloat16": mixed_bfloat16(),
        "compact": fer.CompactCNN(),
        "compact_fused_batch_norm": with_batch_norm(fer.CompactCNN(), fused=True),
    }
    epochs = {name: epoch_of_keras(model, train) for name, model in models.items()}
    if find_spec("torch"):
        epochs["pytorch"] = epoch_of_pytorch(train, bfloat16=False)
        epochs["pytorch_bfloat16"] = epoch_of_pytorch(train, bfloat16=True)
    else:
        print("PyTorch is not installed: the comparison goes on without it")
    return epochs


def measure(train: Callable[[], None]) -> tuple[float, float]:
    """Return seconds by the clock and seconds of all cores."""
    keras.utils.set_random_seed(SEED)
    clock, processor = time.perf_counter(), time.process_time()
    train()
    return time.perf_counter() - clock, time.process_time() - processor


def in_turn(trainings: dict[str, Callable[[], None]]) -> dict[str, np.ndarray]:
    """Return ``(turns, 2)`` times of each: all take their turns after one another."""
    turns = [{name: measure(train) for name, train in trainings.items()} for _ in range(TURNS)]
    return {name: np.array([turn[name] for turn in turns]) for name in trainings}


def main() -> None:
    rng = np.random.default_rng(SEED)
    images = rng.integers(0, 256, (IMAGES + 128, 48, 48), dtype=np.uint8)
    split = np.repeat(["train", "val"], [IMAGES, 128])
    faces = fer.FaceDataset(images, rng.integers(0, 7, len(images)), split, source="noise")
    times = in_turn(
        {
            "plain": lambda: plain_fit(faces),
            "ours": lambda: our_fit(faces, augment=0),
            "augmented": lambda: our_fit(faces, augment=1),
        }
    )
    values = {
        f"{way}_against_{other}_{unit}_ratio": round(
            float(times[way][:, i].mean() / times[other][:, i].mean()), 2
        )
        for way, other in (("ours", "plain"), ("augmented", "ours"))
        for i, unit in enumerate(("clock", "processor"))
    }
    values["augmented_images_per_second"] = round(IMAGES * EPOCHS / float(times["augmented"][:, 0].mean()))
    epochs = variants(faces.train.subset(np.arange(IMAGES) < VARIANT_IMAGES))
    for warm_up in epochs.values():
        warm_up()
    best = {name: turns.min(axis=0) for name, turns in in_turn(epochs).items()}
    for name, (clock, processor) in best.items():
        keras_clock, keras_processor = best["compact" if name.startswith("compact") else "keras"]
        values |= {
            f"{name}_images_per_second": round(VARIANT_IMAGES / float(clock)),
            f"{name}_speed_clock_ratio": round(float(keras_clock / clock), 2),
            f"{name}_speed_processor_ratio": round(float(keras_processor / processor), 2),
        }
    save_result("training", f"{IMAGES} images of noise, EmotionCNN()", values, SEED)


if __name__ == "__main__":
    main()
