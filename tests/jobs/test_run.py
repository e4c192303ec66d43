import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app
from fer_course.errors import FerCourseError
from fer_course.evaluation.bias.result import BiasResult
from fer_course.jobs import run as pipeline
from fer_course.jobs.folder import RunFolder
from fer_course.training import checkpoints

pytestmark = pytest.mark.slow


@pytest.fixture
def small(drawn_file):
    """The arguments of the shared run."""
    return {"data": drawn_file, "epochs": 1, "width_mult": 0.25}


def test_everything_is_written(trained_run, drawn_file):
    assert {path.name for path in trained_run.iterdir()} == {
        "checkpoint", "cleaned.npz", "cleaning.html", "cleaning.json", "history.csv", "metrics.json",
        "model.keras", "model.onnx", "removed.csv", "report.html", "settings.json", "val",
    }  # fmt: skip
    assert len(pd.read_csv(trained_run / "history.csv")) == 1
    settings = json.loads((trained_run / "settings.json").read_text())
    assert (settings["job"], settings["clahe"], settings["data"]) == ("run", False, str(drawn_file))
    assert settings["recipe"]["epochs"] == 1
    cleaning = json.loads((trained_run / "cleaning.json").read_text())
    assert cleaning["splits"]["test"]["removed"] == 0
    kept = fer.read_dataset(trained_run / "cleaned.npz").train
    assert len(kept) == cleaning["splits"]["train"]["kept"] < cleaning["splits"]["train"]["before"]
    assert re.search(
        r"fer-course \S+, Python \S+, NumPy \S+, Keras 3", (trained_run / "report.html").read_text()
    )


def test_scores_are_those_of_the_saved_network_and_its_export(trained_run, drawn_file):
    faces = fer.read_dataset(drawn_file)
    rows = RunFolder(trained_run).metrics().set_index(["split", "views"])
    for name in ("model.keras", "model.onnx"):
        network = fer.Predictor.load(trained_run / name)
        row = rows.loc[("test", "flip TTA")]
        assert row["accuracy"] == pytest.approx(fer.evaluate(network, faces.test, "flip").accuracy, abs=0.03)
        assert row["n"] == len(faces.test) and row["low"] < row["accuracy"] < row["high"]
        about, val = network.about, rows.loc[("val", "single view")]
        assert (about.recipe, about.data, about.clahe) == ("course, 1 epoch", "the drawn sample", False)
        assert about.val_accuracy == val["accuracy"] and about.val_interval == (val["low"], val["high"])


def test_other_commands_work_on_the_folder_without_further_flags(trained_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(trained_run, folder)
    out = tmp_path / "out"
    val = RunFolder(trained_run).metrics().iloc[0]
    for words in (
        ["evaluate", folder],
        ["report", folder],
        ["export", folder, "--out", out, "--precision", "fp32"],
        ["tune-bias", "--model", folder, "--method", "prior", "--out", out / "biases.json"],
        ["train", "--out", folder],
    ):
        done = CliRunner().invoke(app, [str(word) for word in words])
        if words[0] == "train":
            assert done.exit_code == 1 and "job was run, is now train" in done.output
            continue
        assert done.exit_code == 0, done.output
        if words[0] == "evaluate":
            assert f"Evaluation of {val['n']} val images" in done.output
            assert f"accuracy {val['accuracy']:.1%}" in done.output
    assert (folder / "report" / "report.html").exists() and (out / "model-fp32.onnx").exists()
    assert BiasResult.load(out / "biases.json").images == val["n"]
    assert "trained on" in str(fer.Predictor.load(folder).about)


def test_the_summary_is_aligned_and_names_the_report(trained_run, small):
    lines = repr(fer.run(out=trained_run, **small)).splitlines()
    assert len({len(line) for line in lines[:-1]}) == 1
    assert lines[-1].endswith("report.html")
    assert any("flip TTA" in line and "%" in line for line in lines)


def test_a_finished_run_is_not_repeated_wherever_its_data_lie_now(
    trained_run, small, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(pipeline, "load_for_training", lambda *_: pytest.fail("loaded again"))
    moved = shutil.copy(small["data"], tmp_path / "moved.npz")
    fer.run(out=trained_run, **small | {"data": moved})
    assert "finished" in capsys.readouterr().out
    with pytest.raises(FerCourseError, match=r"data was .*faces\.npz, is now drawn sample"):
        fer.run(out=trained_run, **small | {"data": "sample"})


def test_other_settings_are_refused_by_name(trained_run, small):
    with pytest.raises(FerCourseError, match=r"recipe\.epochs was 1, is now 3.*--out.*--restart"):
        fer.run(out=trained_run, **small | {"epochs": 3})


def test_an_interrupted_run_goes_on_and_ends_alike(trained_run, small, tmp_path, monkeypatch, capsys):
    keep = checkpoints.Checkpoints.keep

    def keep_and_stop(self, row, scored):
        keep(self, row, scored)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoints, "keep", keep_and_stop)
    with pytest.raises(KeyboardInterrupt):
        fer.run(out=tmp_path, **small)
    assert {path.name for path in tmp_path.iterdir()} == {
        "checkpoint", "cleaned.npz", "cleaning.html", "cleaning.json", "removed.csv", "settings.json",
    }  # fmt: skip
    resumed = fer.run(out=tmp_path, **small)
    assert f"Going on with the run in {tmp_path}" in capsys.readouterr().out
    first = RunFolder(trained_run).metrics()["accuracy"]
    np.testing.assert_allclose(resumed.metrics["accuracy"], first, atol=0.05)


@pytest.mark.parametrize("wrong", [{"data": "nowhere.csv"}, {"width_mult": 0}, {"limit": 0}])
def test_a_mistyped_argument_neither_claims_nor_empties_the_folder(wrong, small, tmp_path):
    with pytest.raises((FerCourseError, FileNotFoundError)):
        fer.run(out=tmp_path / "new", **small | wrong)
    assert not (tmp_path / "new").exists()
    (tmp_path / "model.keras").write_text("an hour's work")
    with pytest.raises((FerCourseError, FileNotFoundError)):
        fer.run(out=tmp_path, restart=True, **small | wrong)
    assert (tmp_path / "model.keras").read_text() == "an hour's work"
