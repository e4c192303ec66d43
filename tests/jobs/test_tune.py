import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app
from fer_course.evaluation.bias.result import BiasResult, read_biases
from fer_course.evaluation.bias.tuning import FER2013_TRAIN_COUNTS
from fer_course.inference.network_files import COMPACT_MODEL, identity
from fer_course.inference.recognition import Face
from fer_course.jobs import tune as tuning
from fer_course.jobs.tune import trained_with, tune
from fer_course.training.balancing import EFFECTIVE_BETA


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Sixty drawn faces in folders named after their emotions."""
    folder = tmp_path_factory.mktemp("pictures")
    val = fer.sample_faces().val
    for number, (image, label) in enumerate(zip(val.images[:60], val.labels[:60], strict=True)):
        path = folder / fer.EMOTIONS[label] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), cv2.resize(image, (80, 96)))
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "biases.json"


@pytest.mark.parametrize("method", ["grid_search", "optuna", "evolutionary", "prior"])
def test_every_method_writes_biases_that_predict_takes(method, pictures, out):
    picture = next(pictures.glob("happy/*.png"))
    tuned = call(
        "tune-bias", "--image-dir", pictures, "--use-ground-truth", "--method", method, "--trials", 30,
        "--jobs", 2, "--out", out, "--test", picture,
    )  # fmt: skip
    assert tuned.exit_code == 0, tuned.output
    assert "cross-validated gain" in tuned.output
    assert BiasResult.load(out).network == identity(COMPACT_MODEL)
    with_biases = tuned.output.splitlines()[-1]
    assert with_biases.startswith(f"{picture}, with biases: ")
    predicted = call("predict", picture, "--biases", out)
    assert predicted.stdout.split(": ")[1].strip() == with_biases.split(": ")[1]


def test_what_is_made_of_a_run_lies_in_its_folder(trained_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = (Path(shutil.copytree(trained_run, tmp_path / name)) for name in ("first", "second"))
    for folder in (first, second):
        assert call("tune-bias", "--model", folder, "--method", "prior").exit_code == 0
        assert call("export", folder, "--precision", "fp16").exit_code == 0
        assert (folder / "biases.json").exists() and (folder / "export" / "model-fp16.onnx").exists()
    assert call("tune-bias", "--model", first / "model.onnx", "--method", "prior").exit_code == 0
    assert [path.as_posix() for path in Path("runs").iterdir()] == ["runs/biases.json"]


@pytest.mark.filterwarnings("ignore:no image is")  # the forty pictures show five emotions
def test_ground_truth_is_created_and_used(pictures, out, tmp_path):
    truth = tmp_path / "truth.json"
    arguments = ("tune-bias", "--image-dir", pictures, "--method", "prior", "--out", out)
    made = call(*arguments, "--create-ground-truth", "--ground-truth-file", truth)
    assert made.exit_code == 0, made.output
    assert "the emotions of 60 pictures" in made.output
    assert set(json.loads(truth.read_text()).values()) <= set(fer.EMOTIONS)
    some = dict(list(json.loads(truth.read_text()).items())[:40])
    truth.write_text(json.dumps(some))
    used = call(*arguments, "--use-ground-truth", "--ground-truth-file", truth)
    assert "left out 20 of 60 pictures" in used.output
    assert BiasResult.load(out).images == 40
    kept = call(*arguments, "--create-ground-truth", "--ground-truth-file", truth)
    assert "is kept" in kept.output and json.loads(truth.read_text()) == some


def test_shares_of_training_count(pictures, out):
    arguments = (
        "tune-bias",
        "--image-dir",
        pictures,
        "--method",
        "prior",
        "--target",
        "uniform",
        "--folds",
        0,
    )
    assert call(*arguments, "--out", out, "--train-shares", "uniform").exit_code == 0
    assert read_biases(out).abs().max() == pytest.approx(0, abs=1e-6)
    assert call(*arguments, "--out", out).exit_code == 0
    assert read_biases(out).idxmax() == "disgust"


def test_an_estimate_without_labels_has_no_search_to_draw(pictures, out, tmp_path):
    words = ("--image-dir", pictures, "--method", "prior", "--plots", tmp_path / "plots", "--out", out)
    result = call("tune-bias", *words)
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["shares.png"]


def test_without_ground_truth_the_target_is_said(pictures, out):
    arguments = ("tune-bias", "--image-dir", pictures, "--method", "evolutionary", "--out", out, "--folds", 0)
    plain = call(*arguments)
    assert plain.exit_code == 0, plain.output
    assert "tuned for equal shares" in plain.output
    assert BiasResult.load(out).objective == "distribution"
    (out.parent / "target.json").write_text('{"happy": 0.5, "sad": 0.5}')
    given = call(*arguments, "--target", out.parent / "target.json")
    assert "equal shares" not in given.output
    assert read_biases(out)["happy"] > read_biases(out)["neutral"]


def test_a_dataset_is_tuned_on_val_and_scored_once_on_test(drawn_file, out, tmp_path):
    result = call(
        "tune-bias", "--data", drawn_file, "--method", "grid_search", "--emotions", "sad,neutral",
        "--trials", 400, "--objective", "macro_f1", "--score-test", "--out", out,
        "--plots", tmp_path / "plots",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (
        f"on test, with biases: Evaluation of {len(fer.read_dataset(drawn_file).test)} images"
        in result.output
    )
    assert "McNemar" in result.output and "macro_f1, tuned minus plain" in result.output
    names = ["convergence.png", "map.png", "shares.png"]
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == names


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "faces.npz", "--trials", "0"], "trials is 0"),
        (["--data", "faces.npz", "--target", "0.5,0.5"], "expected 7 shares"),
        (["--data", "faces.npz", "--target", "1,1,0,0,0,0,0"], "sums to 2"),
        (["--data", "faces.npz", "--target", "much,more"], 'expected "uniform"'),
        (["--data", "faces.npz", "--target", "nowhere.json"], "nowhere.json"),
        (["--data", "faces.npz", "--emotions", "hungry"], "unknown emotion 'hungry'"),
        (["--data", "faces.npz", "--model", "nowhere.onnx"], "nowhere.onnx: no such file"),
        (["--image-dir", "nowhere"], "--image-dir nowhere: no such file or folder"),
        (["--image-dir", "empty"], "no pictures"),
        (["--image-dir", "plain", "--use-ground-truth"], "no ground truth"),
        (["--image-dir", "plain", "--create-ground-truth"], "no ground truth can be read off"),
        (
            ["--image-dir", "plain", "--use-ground-truth", "--ground-truth-file", "no.json"],
            "no.json: no such file",
        ),
        (
            ["--image-dir", "plain", "--test", "nowhere.png", "--method=prior", "--folds=0"],
            "nowhere.png: no such file",
        ),
        (["--image-dir", "plain", "--score-test"], "--image-dir has no splits"),
        (["--image-dir", "plain", "--data", "sample"], "--image-dir has no splits"),
        (["--data", "faces.npz", "--out", "plain/1.png/biases.json"], "1.png is a file"),
        (["--data", "faces.npz", "--use-ground-truth"], "name their folder in --image-dir"),
    ],
)
def test_what_the_user_can_mend_is_said_in_a_line(arguments, words, drawn_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(drawn_file, tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "plain").mkdir()
    cv2.imwrite(str(tmp_path / "plain" / "1.png"), np.zeros((60, 60), np.uint8))
    result = call("tune-bias", *arguments)
    assert result.exit_code == 1, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_how_it_was_trained_is_found_beside_the_network(trained_run, tmp_path):
    settings = {"recipe": {"label_smoothing": 0.05, "balance": "weights"}}
    for name in ("run", "elsewhere"):
        (tmp_path / name).mkdir()
        shutil.copy(trained_run / "model.onnx", tmp_path / name)
    (tmp_path / "run" / "settings.json").write_text(json.dumps(settings))
    for model in (tmp_path / "run" / "model.onnx", tmp_path / "run"):
        shares, smoothing = trained_with(model)
        assert shares == pytest.approx(1 / 7) and smoothing == 0.05
    for model, expected in {
        tmp_path / "elsewhere" / "model.onnx": fer.Recipe().label_smoothing,
        None: fer.COMPACT.label_smoothing,
        "compact": fer.COMPACT.label_smoothing,
    }.items():
        shares, smoothing = trained_with(model)
        assert smoothing == expected and fer.EMOTIONS[shares.argmin()] == "disgust"
    (tmp_path / "run" / "settings.json").write_text(json.dumps({"recipe": {"balance": "effective"}}))
    counts = np.array(FER2013_TRAIN_COUNTS)
    weights = fer.class_weights(np.repeat(np.arange(7), counts), beta=EFFECTIVE_BETA)
    added = counts * np.array([weights[label] for label in range(7)])
    np.testing.assert_allclose(trained_with(tmp_path / "run")[0], added / added.sum())
    (tmp_path / "run" / "settings.json").write_text(json.dumps({"recipe": {"balance": "flop"}}))
    with pytest.raises(fer.FerCourseError, match="unknown balance in the settings of the run, 'flop'"):
        trained_with(tmp_path / "run")


@pytest.mark.slow
def test_python_does_what_the_command_does(trained_run, out):
    result = tune(trained_run, out=out, method="grid", trials=49, emotions=["happy", "sad"], folds=0)
    assert read_biases(out).equals(result.biases) and set(result.biases[result.biases != 0].index) <= {
        "happy",
        "sad",
    }


@pytest.mark.slow
def test_a_keras_file_is_asked_as_well(pictures, out):
    network = fer.EmotionCNN(width_mult=0.25)
    path = fer.save_model(network, out.parent / "network.keras")
    tuned = call("tune-bias", "--image-dir", pictures, "--model", path, "--method", "prior", "--out", out)
    assert tuned.exit_code == 0, tuned.output


def test_photographs_are_read_as_predict_reads_them(tmp_path, out, monkeypatch):
    seen = {"happy/1.png": 1, "sad/2.png": 1, "sad/two.png": 2, "sad/none.png": 0}

    def recognized(pictures, predictor, **options):
        for picture in pictures:
            count = next((seen[name] for name in seen if picture.image.endswith(name)), 0)
            yield picture, [Face(0, 0, 9, 9, np.eye(7, dtype=np.float32)[3])] * (count * (not picture.error))

    monkeypatch.setattr(tuning, "recognize_all", recognized)
    for name in seen:
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "photos" / name), np.full((300, 400, 3), 90, np.uint8))
    (tmp_path / "photos" / "sad" / "bad.jpg").write_bytes(b"no picture")
    words = ("--image-dir", tmp_path / "photos", "--use-ground-truth", "--method", "prior", "--folds", 0)
    result = call("tune-bias", *words, "--out", out)
    assert result.exit_code == 0, result.output
    assert BiasResult.load(out).images == 2
    for why in ("with several faces, such as sad/two", "without a face that is found, such as sad/none"):
        assert f"left out 1 pictures {why}" in result.output
    assert "left out 1 pictures that cannot be read, such as" in result.output


def test_a_photograph_without_a_face_is_not_tuned_on(tmp_path, out):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((300, 400, 3), 90, np.uint8))
    result = call("tune-bias", "--image-dir", tmp_path, "--method", "prior", "--out", out)
    assert result.exit_code == 1 and "no picture of one face to tune on" in result.output
    assert call("tune-bias", "--image-dir", tmp_path / "nowhere").exit_code == 1
