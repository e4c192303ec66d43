"""How fast ``fer.fit`` trains against Keras' plain ``fit``, with and without augmentation.

Both compile and train the same network on the same images, in turn. Processor time counts beside the clock,
because other work on the machine disturbs it less.
"""

import time
from collections.abc import Callable

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.training.backend import keras

IMAGES, EPOCHS, BATCH_SIZE, TURNS, SEED = 1024, 3, 64, 2, 0


def plain_fit(faces: fer.FaceDataset) -> None:
    model = fer.EmotionCNN()
    model.compile("adamw", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.fit(
        faces.train.images,
        faces.train.labels,
        validation_data=(faces.val.images, faces.val.labels),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        verbose=0,
    )


def our_fit(faces: fer.FaceDataset, augment: int) -> None:
    fer.fit(fer.EmotionCNN(), faces, fer.Recipe(epochs=EPOCHS, batch_size=BATCH_SIZE, augment=augment))


def measure(train: Callable[[], None]) -> tuple[float, float]:
    """Return seconds by the clock and seconds of all cores."""
    keras.utils.set_random_seed(SEED)
    clock, processor = time.perf_counter(), time.process_time()
    train()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    rng = np.random.default_rng(SEED)
    images = rng.integers(0, 256, (IMAGES + 128, 48, 48), dtype=np.uint8)
    split = np.repeat(["train", "val"], [IMAGES, 128])
    faces = fer.FaceDataset(images, rng.integers(0, 7, len(images)), split, source="noise")
    trainings = {
        "plain": lambda: plain_fit(faces),
        "ours": lambda: our_fit(faces, augment=0),
        "augmented": lambda: our_fit(faces, augment=1),
    }
    turns = [{name: measure(train) for name, train in trainings.items()} for _ in range(TURNS)]
    best = {name: np.min([turn[name] for turn in turns], axis=0) for name in trainings}
    values = {
        f"{other}_against_plain_{unit}_ratio": round(float(best[other][i] / best["plain"][i]), 3)
        for other in ("ours", "augmented")
        for i, unit in enumerate(("clock", "processor"))
    }
    values["augmented_images_per_second"] = round(IMAGES * EPOCHS / float(best["augmented"][0]))
    save_result("training", f"{IMAGES} images of noise, EmotionCNN()", values, SEED)


if __name__ == "__main__":
    main()
