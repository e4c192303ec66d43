import dataclasses

import keras
import numpy as np
import pandas as pd
import pytest

from fer_course import EmotionCNN, FaceDataset, FerCourseError, Recipe, fit
from fer_course.training import checkpoints
from fer_course.training.balancing import class_weights
from fer_course.training.history import History

RECIPE = Recipe(epochs=4, batch_size=32, warmup_epochs=1)


def striped(count=160, seed=0, **changes):
    """Noisy images whose class is the direction of their stripes: quickly learnt."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(count) < 0.7, 3, 6)
    stripes = np.where(np.arange(48) % 8 < 4, 60, 190)
    images = np.where(labels[:, None, None] == 3, stripes[None, None, :], stripes[None, :, None])
    images = (images + rng.normal(0, 20, (count, 48, 48))).clip(0, 255).astype(np.uint8)
    split = np.array(["train"] * (count - 60) + ["val"] * 40 + ["test"] * 20)
    return FaceDataset(**{"images": images, "labels": labels, "split": split} | changes)


def small_network(seed=0, **arguments):
    keras.utils.set_random_seed(seed)
    return EmotionCNN(**{"width_mult": 0.25} | arguments)


def interrupt_after(epochs, monkeypatch):
    """Press Ctrl-C in the epoch after so many."""
    keep = checkpoints.Checkpoints.keep

    def keep_and_stop(self, row):
        keep(self, row)
        if self.epoch == epochs:
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoints, "keep", keep_and_stop)


@pytest.fixture(scope="module")
def trained():
    model = small_network()
    return model, fit(model, striped(), RECIPE)


def test_it_learns(trained):
    _, history = trained
    assert history.frame.columns.tolist() == [
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
    ]  # fmt: skip
    assert history.frame["epoch"].tolist() == [1, 2, 3, 4]
    assert history.best_val_accuracy > 0.9
    rates = history.frame["learning_rate"]
    assert rates[0] == pytest.approx(RECIPE.learning_rate)
    assert rates.is_monotonic_decreasing
    assert rates.iloc[-1] == pytest.approx(0, abs=1e-9)


def test_the_model_holds_the_best_epoch(trained):
    model, history = trained
    val = striped().val
    accuracy = (model.predict(val.images, verbose=0).argmax(axis=1) == val.labels).mean()
    assert accuracy == pytest.approx(history.best_val_accuracy)


def test_the_best_epoch_is_chosen_on_val():
    frame = pd.DataFrame({"epoch": [1, 2, 3], "val_accuracy": [0.5, 0.7, 0.7], "val_loss": [1.0, 0.9, 0.8]})
    assert History(frame).best_epoch == 3


@pytest.mark.slow
def test_test_images_play_no_part(trained):
    dataset = striped()
    images = dataset.images.copy()
    images[dataset.split == "test"] = 0
    again = fit(small_network(), striped(images=images), RECIPE)
    pd.testing.assert_frame_equal(
        again.frame.drop(columns="seconds"), trained[1].frame.drop(columns="seconds")
    )


@pytest.mark.slow
def test_a_resumed_training_equals_an_uninterrupted_one(trained, tmp_path, monkeypatch, capsys):
    whole, history = trained
    interrupt_after(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fit(small_network(), striped(), RECIPE, tmp_path)
    told = capsys.readouterr().out
    assert "epoch 1 of 4: val accuracy" in told  # nobody watches a bar here
    assert "first 2 of 4 epochs are kept" in told
    assert len(pd.read_csv(tmp_path / "history.csv")) == 2

    resumed = small_network(seed=99)
    again = fit(resumed, striped(), RECIPE, tmp_path)
    columns = ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"]
    np.testing.assert_allclose(again.frame[columns], history.frame[columns], rtol=1e-4, atol=1e-6)
    for value, expected in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_a_finished_training_is_not_repeated(tmp_path, monkeypatch):
    recipe = dataclasses.replace(RECIPE, epochs=1)
    first = small_network()
    history = fit(first, striped(), recipe, tmp_path)
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("trained again"))
    second = small_network(seed=5)
    assert fit(second, striped(), recipe, tmp_path).frame.equals(history.frame)
    assert np.array_equal(first.get_weights()[0], second.get_weights()[0])


@pytest.mark.slow
def test_an_interrupted_model_holds_its_best_epoch(monkeypatch, capsys):
    model = small_network()
    after_epoch = []
    keep = checkpoints.Checkpoints.keep

    def note_and_worsen(self, row):
        keep(self, row | {"val_accuracy": -row["epoch"]})  # so the first epoch is the best
        after_epoch.append(model.get_weights())
        if self.epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoints, "keep", note_and_worsen)
    with pytest.raises(KeyboardInterrupt):
        fit(model, striped(), RECIPE)
    assert "checkpoint_dir" in capsys.readouterr().out
    kept = model.get_weights()
    assert all(map(np.array_equal, kept, after_epoch[0]))
    assert not all(map(np.array_equal, kept, after_epoch[1]))


@pytest.mark.slow
def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    recipe = dataclasses.replace(RECIPE, epochs=1)
    fit(small_network(), striped(), recipe, tmp_path)
    for model, dataset, other, words in [
        (small_network(width_mult=0.5), striped(), recipe, "network is EmotionCNN with 2.*here EmotionCNN"),
        (small_network(), striped(), dataclasses.replace(recipe, epochs=2), "epochs is 1, here 2"),
        (small_network(), striped(seed=1), recipe, "images is 100 . 40"),
    ]:
        with pytest.raises(FerCourseError, match=words):
            fit(model, dataset, other, tmp_path)


def test_a_damaged_checkpoint_is_named(tmp_path):
    (tmp_path / checkpoints.FILE_NAME).write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(FerCourseError, match=r"not a readable checkpoint.*delete it"):
        fit(small_network(), striped(), RECIPE, tmp_path)


def test_a_loss_that_is_no_number_stops_with_the_likely_cause():
    # A huge rate alone is tamed by Adam and batch normalisation
    recipe = dataclasses.replace(RECIPE, learning_rate=1e30, warmup_epochs=0)
    with pytest.raises(FerCourseError, match=r"no longer a number in epoch \d.*learning rate"):
        fit(small_network(), striped(), recipe)


@pytest.mark.parametrize("missing", ["train", "val"])
def test_a_missing_split_is_named(missing):
    dataset = striped()
    with pytest.raises(FerCourseError, match=f"no {missing} images"):
        fit(small_network(), dataset.subset(dataset.split != missing), RECIPE)


def test_missing_labels_are_named():
    dataset = striped()
    labels = dataset.labels.copy()
    labels[:3] = -1
    with pytest.raises(FerCourseError, match="3 of 100 train images have no label"):
        fit(small_network(), striped(labels=labels), RECIPE)


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": 32.5},
        {"seed": -1},
        {"label_smoothing": 1.5},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"focal": -1.0},
        {"balance": "oversampling"},
    ],
)
def test_values_out_of_range_are_named(changes):
    with pytest.raises(FerCourseError, match=next(iter(changes))):
        Recipe(**changes)


def one_layer():
    keras.utils.set_random_seed(0)
    pixels = keras.Input((48, 48, 1))
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pixels))
    return keras.Model(pixels, keras.layers.Dense(7, activation="softmax")(flat))


def fit_calls(balance, monkeypatch):
    """Train with a balance, and return what Keras was given in every epoch."""
    model, calls = one_layer(), []
    original = model.fit

    def record(images, targets, **arguments):
        calls.append((targets.argmax(axis=1), arguments["class_weight"]))
        return original(images, targets, **arguments)

    monkeypatch.setattr(model, "fit", record)
    fit(model, striped(), Recipe(epochs=2, balance=balance))
    return calls


@pytest.mark.parametrize(("balance", "beta"), [("none", 0), ("weights", None), ("effective", 0.999)])
def test_weights_reach_keras_and_every_image_is_shown(balance, beta, monkeypatch):
    labels = striped().train.labels
    for shown, weights in fit_calls(balance, monkeypatch):
        assert np.array_equal(np.sort(shown), np.sort(labels))
        assert weights == (None if balance == "none" else class_weights(labels, beta))


def test_sampling_shows_every_emotion_equally_often_and_anew_in_every_epoch(monkeypatch):
    (first, weights), (second, _) = fit_calls("sampling", monkeypatch)
    assert weights is None and len(first) == 100
    assert 30 < np.count_nonzero(first == 6) < 70
    assert not np.array_equal(np.sort(first), np.sort(second))


def test_the_focal_loss_counts_less_what_is_known_already():
    dataset, model = striped(), one_layer()
    probabilities = model.predict(dataset.val.images[..., None], verbose=0)
    certainty = probabilities[np.arange(40), dataset.val.labels]
    recipe = Recipe(epochs=1, learning_rate=0.0, weight_decay=0.0, label_smoothing=0.0, focal=2.0)
    history = fit(model, dataset, recipe)
    expected = np.mean((1 - certainty) ** 2 * -np.log(certainty))
    assert history.frame["val_loss"].iloc[0] == pytest.approx(expected, rel=1e-4)
