import dataclasses
import threading
import time

import keras
import numpy as np
import pandas as pd
import pytest

from fer_course import EMOTIONS, FaceDataset, FerCourseError, Recipe, fit
from fer_course.training import checkpoints, fitting
from fer_course.training.balancing import class_weights
from fer_course.training.checkpoints import History
from fer_course.training.networks import _residual_network
from fer_course.training.optimizer import plateau_rate

RECIPE = Recipe(epochs=4, batch_size=32, warmup_epochs=1, learning_rate=1e-2)


def striped(count=160, seed=0, **changes):
    """Noisy images whose class is the direction of their stripes: quickly learnt."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(count) < 0.7, 3, 6)
    stripes = np.where(np.arange(48) % 8 < 4, 60, 190)
    images = np.where(labels[:, None, None] == 3, stripes[None, None, :], stripes[None, :, None])
    images = (images + rng.normal(0, 20, (count, 48, 48))).clip(0, 255).astype(np.uint8)
    split = np.array(["train"] * (count - 60) + ["val"] * 40 + ["test"] * 20)
    return FaceDataset(**{"images": images, "labels": labels, "split": split} | changes)


def small_network(seed=0, in_chans=1, width=8):
    """EmotionCNN's stem and the first of its blocks: TensorFlow traces a deeper network for seconds."""
    keras.utils.set_random_seed(seed)
    return _residual_network("small", in_chans, width, [(2 * width, 2)])


def interrupt_after(epochs, monkeypatch):
    """Press Ctrl-C in the epoch after so many."""
    keep = checkpoints.Checkpoints.keep

    def keep_and_stop(self, row, scored):
        keep(self, row, scored)
        if self.epoch == epochs:
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoints, "keep", keep_and_stop)


@pytest.fixture(scope="module")
def trained():
    model = small_network()
    return model, fit(model, striped(), RECIPE)


@pytest.mark.slow
def test_it_learns(trained):
    _, history = trained
    assert history.frame.columns.tolist() == [
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy",
        *(f"val_recall_{emotion}" for emotion in EMOTIONS), "learning_rate", "seconds",
    ]  # fmt: skip
    assert history.frame["epoch"].tolist() == [1, 2, 3, 4]
    assert history.best_val_accuracy > 0.9
    rates = history.frame["learning_rate"]
    assert rates[0] == pytest.approx(RECIPE.learning_rate)
    assert rates.is_monotonic_decreasing
    assert rates.iloc[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_the_model_holds_the_best_epoch(trained):
    model, history = trained
    val = striped().val
    accuracy = (model.predict(val.images[..., None], verbose=0).argmax(axis=1) == val.labels).mean()
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

    def note_and_worsen(self, row, scored):
        keep(self, row | {"val_accuracy": -row["epoch"]}, scored)  # so the first epoch is the best
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
        (small_network(width=16), striped(), recipe, "network is small with .*here small with"),
        (small_network(), striped(), dataclasses.replace(recipe, epochs=2), "epochs is 1, here 2"),
        (small_network(), striped(seed=1), recipe, "images is 100 . 40"),
    ]:
        with pytest.raises(FerCourseError, match=words):
            fit(model, dataset, other, tmp_path)


def test_a_damaged_checkpoint_is_named(tmp_path):
    (tmp_path / checkpoints.FILE_NAME).write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(FerCourseError, match=r"not a readable checkpoint.*delete it"):
        fit(small_network(), striped(), RECIPE, tmp_path)


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_with_the_likely_cause():
    # A huge rate alone is tamed by Adam and batch normalisation
    recipe = dataclasses.replace(RECIPE, learning_rate=1e30, warmup_epochs=0)
    with pytest.raises(FerCourseError, match=r"no longer a number in epoch \d.*learning rate"):
        fit(small_network(), striped(), recipe)


@pytest.mark.slow
def test_weights_that_the_last_step_breaks_are_not_kept(tmp_path):
    recipe = Recipe(epochs=1, batch_size=100, learning_rate=1e30, warmup_epochs=0, schedule="plateau")
    with pytest.raises(FerCourseError, match="no longer a number in epoch 1"):
        fit(small_network(), striped(), recipe, tmp_path)
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize("rare_first", [0, 2])
def test_the_cosine_ends_at_nothing_however_many_images_an_epoch_shows(rare_first):
    history, _ = losses_and_weights(Recipe(epochs=3, batch_size=16, rare_first=rare_first, augment=0))
    assert history.frame["learning_rate"].iloc[-1] == pytest.approx(0, abs=1e-9)


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


def one_layer():
    keras.utils.set_random_seed(0)
    pixels = keras.Input((48, 48, 1))
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pixels))
    return keras.Model(pixels, keras.layers.Dense(7, activation="softmax")(flat), name="one_layer")


def fit_calls(recipe, monkeypatch):
    """Train, and return what Keras was given in every epoch: labels and weights."""
    model, calls = one_layer(), []
    original = model.fit

    def record(x, **arguments):
        _, targets, *weights = (np.concatenate(part) for part in zip(*x.as_numpy_iterator(), strict=True))
        calls.append((targets.argmax(axis=1), *(weights or [None])))
        return original(x, **arguments)

    monkeypatch.setattr(model, "fit", record)
    fit(model, striped(), recipe)
    return calls


@pytest.mark.parametrize(("balance", "beta"), [("none", 0), ("weights", None), ("effective", 0.999)])
def test_weights_reach_keras_and_every_image_is_shown(balance, beta, monkeypatch):
    labels = striped().train.labels
    for shown, weights in fit_calls(Recipe(epochs=2, balance=balance), monkeypatch):
        assert np.array_equal(np.sort(shown), np.sort(labels))
        if balance == "none":
            assert weights is None
        else:
            expected = class_weights(labels, beta)
            np.testing.assert_allclose(weights, [expected[label] for label in shown], rtol=1e-6)


def test_sampling_shows_every_emotion_equally_often_and_anew_in_every_epoch(monkeypatch):
    (first, weights), (second, _) = fit_calls(Recipe(epochs=2, balance="sampling"), monkeypatch)
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


def losses_and_weights(recipe, dataset=None, **arguments):
    model = one_layer()
    history = fit(model, dataset or striped(), recipe, **arguments)
    return history, model


def test_the_average_of_the_weights_is_what_is_scored_and_kept(monkeypatch):
    """One step of plain descent from w0 to w1: Keras' average starts at w1 and ends between the steps."""
    recipe = Recipe(
        epochs=1, batch_size=50, optimizer="sgd", learning_rate=0.1, weight_decay=0.0, warmup_epochs=0,
        average=0.5, schedule="plateau", augment=0,
    )  # fmt: skip
    steps = []
    model = one_layer()
    original = model.fit

    def record(*arguments, **named):
        class Steps(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                steps.append(self.model.get_weights()[0])

        named["callbacks"].append(Steps())
        return original(*arguments, **named)

    monkeypatch.setattr(model, "fit", record)
    fit(model, striped(), recipe)
    assert len(steps) == 2
    np.testing.assert_allclose(model.get_weights()[0], (steps[0] + steps[1]) / 2, rtol=1e-4, atol=1e-6)


def test_training_goes_on_with_its_own_weights_and_not_with_their_average():
    recipe = Recipe(epochs=3, batch_size=50, augment=0, warmup_epochs=0)
    plain, _ = losses_and_weights(recipe)
    averaged, _ = losses_and_weights(dataclasses.replace(recipe, average=0.9))
    np.testing.assert_allclose(averaged.frame["loss"], plain.frame["loss"], rtol=1e-4)
    assert not np.allclose(averaged.frame["val_loss"], plain.frame["val_loss"], rtol=1e-3)


@pytest.mark.slow
def test_a_resumed_training_with_averaged_weights_equals_an_uninterrupted_one(tmp_path, monkeypatch):
    recipe = Recipe(epochs=3, batch_size=50, average=0.9, augment=2)
    history, whole = losses_and_weights(recipe)
    interrupt_after(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fit(one_layer(), striped(), recipe, tmp_path)
    again, resumed = losses_and_weights(recipe, checkpoint_dir=tmp_path)
    np.testing.assert_allclose(again.frame["val_loss"], history.frame["val_loss"], rtol=1e-4)
    np.testing.assert_allclose(resumed.get_weights()[0], whole.get_weights()[0], rtol=1e-3, atol=1e-5)


def test_restarts_rise_again_twice():
    history, _ = losses_and_weights(Recipe(epochs=14, schedule="restarts", learning_rate=0.1, augment=0))
    rises = np.flatnonzero(np.diff(history.frame["learning_rate"]) > 0)
    assert rises.tolist() == [0, 4, 12]  # cycles of 2, 4 and 8 epochs; a rate is that of the next step


def test_a_plateau_halves_the_learning_rate():
    history, _ = losses_and_weights(Recipe(epochs=5, schedule="plateau", learning_rate=0.0, weight_decay=0.0))
    assert history.frame["learning_rate"].tolist() == [0] * 5
    losses = [1.0, 0.9, 0.95, 0.95, 0.95, 0.8, 0.8, 0.8, 0.8]
    rates = [plateau_rate(Recipe(learning_rate=0.4), losses[:n]) for n in range(len(losses) + 1)]
    assert rates == [0.4] * 5 + [0.2] * 4 + [0.1]


def test_a_plateau_reaches_the_optimiser(monkeypatch):
    monkeypatch.setattr(fitting, "plateau_rate", lambda recipe, losses: 0.5 ** len(losses))
    history, _ = losses_and_weights(Recipe(epochs=3, schedule="plateau"))
    assert history.frame["learning_rate"].tolist() == [1, 0.5, 0.25]


def test_early_stopping_waits_for_a_better_epoch():
    # Nothing is learnt, so the first epoch stays the best one
    history, _ = losses_and_weights(Recipe(epochs=9, early_stopping=2, learning_rate=0.0, weight_decay=0.0))
    assert len(history.frame) == 3


def test_a_clipped_gradient_moves_the_weights_no_further_than_its_length():
    recipe = Recipe(
        epochs=1, batch_size=100, optimizer="sgd", learning_rate=1.0, schedule="plateau", weight_decay=0.0,
        clip_norm=1e-3,
    )  # fmt: skip
    before = one_layer().get_weights()
    _, model = losses_and_weights(recipe)
    moved = np.concatenate([(a - b).ravel() for a, b in zip(model.get_weights(), before, strict=True)])
    # Nesterov's momentum looks ahead by 0.9 of the step
    assert np.linalg.norm(moved) == pytest.approx(1.9e-3, rel=1e-3)


@pytest.mark.slow
def test_layers_near_the_image_move_less():
    recipe = Recipe(
        epochs=1, batch_size=100, optimizer="sgd", learning_rate=1.0, schedule="plateau", weight_decay=0.0
    )

    def moved(layer_decay):
        before = small_network().get_weights()
        model = small_network()
        fit(model, striped(), dataclasses.replace(recipe, layer_decay=layer_decay))
        return [np.abs(a - b).max() for a, b in zip(model.get_weights(), before, strict=True)]

    alike, decayed = moved(1.0), moved(0.5)
    assert decayed[-1] == pytest.approx(alike[-1], rel=1e-3)
    assert decayed[0] < alike[0] / 100


def test_rare_emotions_come_first(monkeypatch):
    calls = fit_calls(Recipe(epochs=2, rare_first=1), monkeypatch)
    assert [set(shown.tolist()) for shown, _ in calls] == [{6}, {3, 6}]


def test_the_recall_of_every_emotion_is_kept():
    history, model = losses_and_weights(RECIPE)
    val = striped().val
    predicted = model.predict(val.images[..., None], verbose=0).argmax(axis=1)
    best = history.frame.iloc[history.best_epoch - 1]
    assert best["val_recall_happy"] == pytest.approx((predicted[val.labels == 3] == 3).mean())
    assert np.isnan(best["val_recall_fear"])


def test_rare_emotions_can_be_augmented_more(monkeypatch):
    asked = []

    def record(train, *how):
        images, targets, levels = train
        asked.append({int(label): set(levels[targets[:, label] == 1].tolist()) for label in (3, 6)})
        return images, targets

    monkeypatch.setattr(fitting, "epoch_of", record)
    for recipe in (Recipe(epochs=1, augment=1, rare_augment=3), Recipe(epochs=1, augment=1)):
        fit(one_layer(), striped(), recipe)
    assert asked == [{3: {1}, 6: {3}}, {3: {1}, 6: {1}}]


def test_where_all_emotions_are_equally_frequent_none_is_rare(monkeypatch):
    asked = []

    def record(train, *how):
        images, targets, levels = train
        asked.append((len(images), set(levels.tolist())))
        return images, targets

    monkeypatch.setattr(fitting, "epoch_of", record)
    even = striped(labels=np.arange(160) % 2 * 3 + 3)
    fit(one_layer(), even, Recipe(epochs=2, augment=1, rare_augment=3, rare_first=1))
    assert asked == [(100, {1}), (100, {1})]


@pytest.mark.slow
def test_settling_gives_every_image_the_same_weight():
    model, faces = small_network(), striped(count=fitting.VALIDATION_BATCH + 10 + 60)
    fit(model, faces, Recipe(epochs=1, batch_size=32, average=0.9))
    norm = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    maps = keras.Model(model.input, norm.input).predict(faces.train.images[..., None], verbose=0)
    np.testing.assert_allclose(norm.moving_mean, maps.mean(axis=(0, 1, 2)), rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_a_checkpoint_in_which_other_layers_learn_is_refused(tmp_path):
    fit(small_network(), striped(), Recipe(epochs=1), tmp_path)
    frozen = small_network()
    frozen.layers[-2].trainable = frozen.layers[2].trainable = False
    with pytest.raises(FerCourseError, match="belongs to another training"):
        fit(frozen, striped(), Recipe(epochs=1), tmp_path)


@pytest.mark.slow
def test_batch_normalisation_inside_another_model_settles_as_well():
    inside = small_network()
    model = keras.Sequential([keras.Input((48, 48, 1)), keras.layers.RandomFlip(), inside])
    history = fit(model, striped(), Recipe(epochs=3, batch_size=32, average=0.9, learning_rate=1e-2))
    assert history.best_val_accuracy > 0.9


def took(seconds, monkeypatch):
    """Let every epoch take so many seconds, one after another, whatever it takes here."""
    keep = fitting._Progress.keep
    times = iter(seconds)

    def keep_late(self, row, scored):
        self.started = time.perf_counter() - next(times)
        keep(self, row, scored)

    monkeypatch.setattr(fitting._Progress, "keep", keep_late)


def test_epochs_without_time_are_left_out_and_the_rate_still_ends_at_nothing(monkeypatch, capsys):
    took([50, 10, 40, 40, 40], monkeypatch)
    history, _ = losses_and_weights(Recipe(epochs=10, augment=0), seconds=180)
    assert history.frame["epoch"].tolist() == [1, 2, 3, 4, 10]  # 40 seconds are left for six epochs of 40
    assert history.frame["learning_rate"].iloc[-1] == pytest.approx(0, abs=1e-9)
    assert "epochs 5 to 9 are left out" in capsys.readouterr().out


def test_a_training_that_is_in_time_is_whole(monkeypatch):
    took([10] * 4, monkeypatch)
    assert losses_and_weights(RECIPE, seconds=41)[0].frame["epoch"].tolist() == [1, 2, 3, 4]


def test_a_resumed_training_has_what_is_left_of_the_time(tmp_path, monkeypatch):
    recipe = Recipe(epochs=8, batch_size=50, augment=0)
    with monkeypatch.context() as meanwhile:
        took([20, 20], meanwhile)
        interrupt_after(2, meanwhile)
        with pytest.raises(KeyboardInterrupt):
            fit(one_layer(), striped(), recipe, tmp_path, seconds=80)
    took([20] * 6, monkeypatch)
    history, _ = losses_and_weights(recipe, checkpoint_dir=tmp_path, seconds=80)
    assert history.frame["epoch"].tolist() == [1, 2, 5, 8]


def test_an_epoch_that_goes_far_beyond_the_time_is_cut_short(capsys):
    history, _ = losses_and_weights(Recipe(epochs=3, batch_size=10, augment=0), seconds=1e-6)
    assert "the time is over: epoch 1 is cut short" in capsys.readouterr().out.lower()
    assert len(history.frame) <= 2 and np.isfinite(history.frame["val_loss"]).all()


def full_memory(largest, monkeypatch):
    """Let batches of more images than ``largest`` fail, as on a GPU; return the sizes that were tried."""
    tried = []
    original = keras.Model.fit

    def fit_if_it_fits(self, x, **arguments):
        tried.append(next(iter(x))[0].shape[0])
        if tried[-1] > largest:
            self.trainable_variables[0].assign(0 * self.trainable_variables[0])  # half a step is lost
            raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 16 bytes")
        return original(self, x, **arguments)

    monkeypatch.setattr(keras.Model, "fit", fit_if_it_fits)
    return tried


def test_a_batch_for_which_the_memory_is_too_small_is_halved_and_said(monkeypatch, capsys):
    recipe = Recipe(epochs=2, batch_size=100, augment=0, warmup_epochs=0)
    half, _ = losses_and_weights(dataclasses.replace(recipe, batch_size=50))
    tried = full_memory(50, monkeypatch)
    history, _ = losses_and_weights(recipe)
    assert tried == [100, 50, 50]
    assert "too small for batches of 100 images; going on with 50" in capsys.readouterr().out
    columns = ["loss", "val_loss", "learning_rate"]
    np.testing.assert_allclose(history.frame[columns], half.frame[columns], rtol=1e-4, atol=1e-9)


def test_other_errors_and_a_memory_too_small_for_one_image_are_raised(monkeypatch):
    full_memory(0, monkeypatch)
    with pytest.raises(RuntimeError, match="RESOURCE_EXHAUSTED"):
        losses_and_weights(Recipe(epochs=1, batch_size=4))
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        losses_and_weights(Recipe(epochs=1))


def test_the_next_epoch_is_prepared_while_the_network_learns(monkeypatch):
    begun = [threading.Event() for _ in range(3)]
    original, epoch_of = keras.Model.fit, fitting.epoch_of

    def record(train, epoch, *how):
        begun[epoch].set()
        return epoch_of(train, epoch, *how)

    def fit_late(self, *arguments, **named):
        following = min(named["epochs"], 2)
        assert begun[following].wait(30)  # which would last if it were prepared afterwards
        return original(self, *arguments, **named)

    monkeypatch.setattr(fitting, "epoch_of", record)
    monkeypatch.setattr(keras.Model, "fit", fit_late)
    assert len(losses_and_weights(Recipe(epochs=3))[0].frame) == 3


@pytest.mark.slow
def test_float16_trains_with_a_scaled_loss_and_goes_on_after_an_interruption(tmp_path, monkeypatch):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        recipe = Recipe(epochs=3, batch_size=5, average=0.9)
        interrupt_after(2, monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            fit(one_layer(), striped(), recipe, tmp_path)
        history, model = losses_and_weights(recipe, checkpoint_dir=tmp_path)
    finally:
        keras.config.set_dtype_policy("float32")
    assert type(model.optimizer).__name__ == "LossScaleOptimizer"
    rates = history.frame["learning_rate"]
    assert rates.iloc[-1] < rates.iloc[0] / 10 and np.isfinite(history.frame["val_loss"]).all()
