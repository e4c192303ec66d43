import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cli import app
from fer_course.jobs.evaluate import evaluate
from fer_course.sources.fer2013 import write_fer2013_csv
from fer_course.sources.ferplus import VOTE_COLUMNS, read_ferplus
from fer_course.sources.votes import simulate_votes
from fer_course.training.fitting import fit

FAR_TOO_SLOW = 10.0, 1.0  # images a second, seconds to start: no machine is so slow

pytestmark = pytest.mark.slow


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def small(drawn_file):
    """Options of a training that takes seconds."""
    return ["--data", drawn_file, "--limit", "40", "--epochs", "1", "--width", "0.25"]


@pytest.fixture(scope="module")
def trained(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    result = call("train", *small, "--out", folder, "--mixup", 0.2, "--average", 0.9, "--clahe")
    assert result.exit_code == 0, result.output
    return folder, result.output


def test_train_leaves_everything_to_judge_and_use_the_network(trained):
    folder, told = trained
    assert {path.name for path in folder.iterdir()} == {
        "checkpoint", "history.csv", "metrics.json", "model.keras", "model.onnx", "settings.json", "val",
    }  # fmt: skip
    assert "40 val images" in told and str(folder) in told
    recipe = json.loads((folder / "settings.json").read_text())["recipe"]
    assert (recipe["mixup"], recipe["average"], recipe["epochs"]) == (0.2, 0.9, 1)
    assert len(pd.read_csv(folder / "history.csv")) == 1
    (row,) = json.loads((folder / "metrics.json").read_text())["scores"]
    assert row == json.loads((folder / "val" / "metrics.json").read_text()) and row["split"] == "val"
    for name in ("model.keras", "model.onnx"):
        about = fer.Predictor.load(folder / name).about
        assert (about.network, about.recipe, about.data, about.images) == (
            "EmotionCNN", "course, 1 epoch", "the drawn sample", 40,
        )  # fmt: skip
        assert about.val_accuracy == row["accuracy"]


def test_keras_and_onnx_file_agree_with_the_scores(trained, drawn_file):
    folder, _ = trained
    again = evaluate(folder / "model.keras")
    faces = fer.read_dataset(drawn_file).val
    np.testing.assert_allclose(
        fer.Predictor.load(folder / "model.onnx").predict_proba(faces.images), again.probabilities, atol=1e-4
    )
    kept = pd.read_csv(folder / "val" / "predictions.csv", dtype={"id": str}).set_index("id")
    places = {name: i for i, name in enumerate(again.ids)}
    expected = again.probabilities[[places[name] for name in kept.index]]
    np.testing.assert_allclose(kept[list(fer.EMOTIONS)], expected, atol=1e-4)


def test_evaluate_writes_scores_and_pictures_of_the_split_that_was_asked_for(trained, drawn_file, tmp_path):
    out = tmp_path / "test"
    result = call("evaluate", trained[0], "--split", "test", "--tta", "flip", "--no-twins", "--out", out)
    assert result.exit_code == 0, result.output
    count = len(fer.without_twins(fer.read_dataset(drawn_file)).test)
    assert f"{count} test images, flip TTA" in result.output and "macro avg" in result.output
    assert json.loads((out / "metrics.json").read_text())["n"] == count
    assert (out / "confusion.png").stat().st_size > 1000


def test_a_finished_training_is_not_repeated_and_another_is_refused(trained, small, monkeypatch):
    folder, told = trained
    monkeypatch.delattr("fer_course.training.fitting.Checkpoints")  # without it nothing trains
    again = call("train", *small, "--out", folder, "--mixup", 0.2, "--average", 0.9, "--clahe")
    assert again.exit_code == 0 and "finished" in again.output
    assert told.splitlines()[-3:] == again.output.splitlines()[-3:]  # the same scores
    other = call("train", *small, "--out", folder, "--clahe")
    assert other.exit_code == 1 and "recipe.mixup was 0.2, is now 0.0" in other.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--recipe", "compact", "--width", "2"], "CompactCNN has one width"),
        (["--epochs", "0"], "epochs=0"),
        (["--data", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_trained_is_named(words, told, drawn_file, tmp_path):
    result = call("train", "--data", drawn_file, "--out", tmp_path / "out", *words)
    assert result.exit_code == 1 and told in result.output
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_scored_is_named():
    result = call("evaluate", "nothing.keras")
    assert result.exit_code == 1 and "no such file" in result.output


def test_where_val_is_missing_the_same_part_of_train_is_scored_as_in_the_training(drawn_file, tmp_path):
    everyone = fer.read_dataset(drawn_file)
    drawn = everyone.subset(everyone.split == "train")
    drawn.save(tmp_path / "train.npz")
    small = {"limit": 20, "epochs": 1, "width_mult": 0.25, "seed": 3}
    trained = fer.train(tmp_path / "train.npz", tmp_path / "out", precision="mixed_bfloat16", **small)
    again = evaluate(tmp_path / "out")
    assert again.n == pytest.approx(0.1 * len(drawn), rel=0.2)  # whole people
    assert set(trained.ids) <= set(again.ids)
    model = fer.load_model(tmp_path / "out" / "model.keras")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}  # whatever it was trained in
    (tmp_path / "out" / "settings.json").unlink()
    with pytest.raises(FerCourseError, match=r"no val images to score.*no settings\.json beside the network"):
        evaluate(tmp_path / "out" / "model.keras", tmp_path / "train.npz")


def test_contrast_is_evened_out_where_the_training_did(trained):
    model = trained[0] / "model.keras"
    found = evaluate(model).probabilities
    np.testing.assert_array_equal(found, evaluate(model, clahe=True).probabilities)
    assert not np.array_equal(found, evaluate(model, clahe=False).probabilities)


def interrupted(*arguments):
    raise KeyboardInterrupt


def test_after_an_interrupted_restart_the_earlier_network_is_not_taken_for_the_new_one(
    trained, drawn_file, tmp_path, monkeypatch
):
    folder = shutil.copytree(trained[0], tmp_path / "copy")
    changed = {"limit": 40, "epochs": 2, "width_mult": 0.25}
    with pytest.raises(FerCourseError, match="other settings"):
        fer.train(drawn_file, folder, **changed)
    with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
        meanwhile.setattr("fer_course.jobs.train.fit", interrupted)
        fer.train(drawn_file, folder, **changed, restart=True)
    assert {path.name for path in folder.iterdir()} == {"settings.json", "val"}
    fer.train(drawn_file, folder, **changed)
    assert len(pd.read_csv(folder / "history.csv")) == 2


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """A folder with fer2013.csv and fer2013new.csv: drawn faces, and the votes of simulated raters."""
    folder = tmp_path_factory.mktemp("rated")
    everyone = fer.sample_faces()
    some = everyone.subset(
        np.concatenate([np.flatnonzero(everyone.split == part)[:150] for part in ("train", "val")])
    )
    write_fer2013_csv(some, folder / "fer2013.csv")
    table = pd.DataFrame(simulate_votes(some).counts, columns=list(VOTE_COLUMNS))
    table.insert(0, "Usage", np.where(some.split == "train", "Training", "PublicTest"))
    table.to_csv(folder / "fer2013new.csv", index=False)
    return folder


def train_on_votes(rated, out, *words):
    return call(
        "train", "--data", rated / "fer2013.csv", "--epochs", "1", "--width", "0.25", "--out", out, *words
    )


def test_targets_are_half_labels_and_half_what_the_votes_make_likely(rated, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr("fer_course.jobs.train.fit", lambda *args: (given.append(args[4]), fit(*args))[1])
    result = train_on_votes(rated, tmp_path, "--ferplus", rated)
    assert result.exit_code == 0, result.output
    train = fer.read_dataset(rated / "fer2013.csv").train
    likely = read_ferplus(rated, train).label_probabilities(train.labels)
    np.testing.assert_allclose(given[0], (np.eye(7)[train.labels] + likely) / 2, atol=1e-6)
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["recipe"]["label_smoothing"] == 0 and "checksum" in settings["ferplus"]
    assert fer.Predictor.load(tmp_path).about.data.endswith("and the votes of FER+")
    other = train_on_votes(rated, tmp_path, "--ferplus", rated, "--label-smoothing", "0.05")
    assert other.exit_code == 1 and "recipe.label_smoothing was 0.0, is now 0.05" in other.output


def test_votes_that_are_not_there_are_named_before_anything_is_written(rated, tmp_path):
    result = train_on_votes(rated, tmp_path / "out", "--ferplus", tmp_path / "nowhere.csv")
    assert result.exit_code == 1 and "nowhere.csv: no such file" in result.output
    assert not (tmp_path / "out").exists()


@pytest.fixture
def quick_machine(monkeypatch):
    """A machine whose speed need not be measured; what is measured is counted."""
    measured = []

    def measure(model, dataset, recipe, seconds):
        measured.append(model.name)
        return FAR_TOO_SLOW

    monkeypatch.setattr("fer_course.jobs.train.measure_speed", measure)
    return measured


@pytest.fixture(scope="module")
def planned(drawn_file, tmp_path_factory):
    """A training of two minutes in float32, as on a processor that is slow in bfloat16."""
    folder = tmp_path_factory.mktemp("planned")
    with pytest.MonkeyPatch.context() as machine:
        machine.setattr("fer_course.jobs.train.measure_speed", lambda *arguments: FAR_TOO_SLOW)
        machine.setattr("fer_course.jobs.train.precision_here", lambda: ("float32", "this machine"))
        result = call("train", "--data", drawn_file, "--out", folder, "--minutes", 2, "--seed", 2)
    assert result.exit_code == 0, result.output
    return folder, result.output


def test_minutes_choose_what_is_trained_and_say_what_to_expect(planned):
    folder, said = planned
    settings = json.loads((folder / "settings.json").read_text())
    plan = settings["plan"]
    assert (plan["minutes"], settings["recipe"]["seed"]) == (2, 2)
    assert settings["network"]["name"] == plan["network"]
    assert settings["recipe"]["epochs"] == plan["epochs"] == len(pd.read_csv(folder / "history.csv"))
    expected, low, high = plan["expected"]
    assert low < expected < high
    assert f"this reaches about {expected:.0f} % on val ({low:.0f} to {high:.0f}); done at" in said
    assert "Precision: " in said
    about = fer.Predictor.load(folder).about
    assert (about.recipe, about.images) == (f"2 minutes, {plan['epochs']} epochs", plan["images"])


def test_minutes_go_on_with_their_precision_on_another_machine(planned, drawn_file, monkeypatch, capsys):
    monkeypatch.setattr("fer_course.jobs.train.precision_here", lambda: ("mixed_bfloat16", "this machine"))
    folder, _ = planned
    fer.train(drawn_file, folder, minutes=2, seed=2)
    assert json.loads((folder / "settings.json").read_text())["precision"] == "float32"
    assert "holds this training already, finished" in capsys.readouterr().out
    with pytest.raises(FerCourseError, match="precision was float32, is now mixed_bfloat16"):
        fer.train(drawn_file, folder, minutes=2, seed=2, precision="mixed_bfloat16")


def test_an_interrupted_training_goes_on_with_its_plan(drawn_file, tmp_path, quick_machine, monkeypatch):
    times = []

    def interrupted(*arguments):
        times.append(arguments[-1])
        raise KeyboardInterrupt

    monkeypatch.setattr("fer_course.jobs.train.fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fer.train(drawn_file, tmp_path, minutes=2)
    plan = json.loads((tmp_path / "settings.json").read_text())["plan"]
    with pytest.raises(FerCourseError, match=r"plan\.minutes was 2\.0, is now 3"):
        fer.train(drawn_file, tmp_path, minutes=3)
    with pytest.raises(KeyboardInterrupt):
        fer.train(drawn_file, tmp_path, minutes=2)
    assert json.loads((tmp_path / "settings.json").read_text())["plan"] == plan
    assert times[1] == plan["seconds"] and quick_machine == ["CompactCNN"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"minutes": 0}, "minutes is 0"),
        ({"minutes": 0.1}, "0.1 minutes are too few"),
        ({"minutes": 5, "epochs": 3}, "minutes decides on epochs"),
        ({"minutes": 5, "recipe": "compact"}, "minutes decides on recipe"),
        ({"minutes": 5, "limit": 100}, "minutes decides on limit"),
        ({"precision": "double"}, "precision is 'double'; expected auto or one of float32"),
    ],
)
def test_minutes_that_cannot_be_are_refused(drawn_file, tmp_path, quick_machine, changes, told):
    with pytest.raises(FerCourseError, match=told):
        fer.train(drawn_file, tmp_path / "out", **changes)
    assert not (tmp_path / "out" / "settings.json").exists()
