import json

import numpy as np
import pandas as pd
import pytest

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.jobs import run as pipeline
from fer_course.jobs.training_data import load_for_training
from fer_course.training import checkpoints

SMALL = {"data": "sample", "limit": 60, "epochs": 1, "width_mult": 0.25}


@pytest.fixture
def finished(trained_run):
    return fer.run(out=trained_run, **SMALL)


def test_everything_is_written(trained_run):
    assert {path.name for path in trained_run.iterdir()} == {
        "checkpoint", "cleaned.npz", "cleaning.html", "cleaning.json", "history.csv", "metrics.json",
        "model.keras", "model.onnx", "removed.csv", "report.html", "settings.json", "val",
    }  # fmt: skip
    assert len(pd.read_csv(trained_run / "history.csv")) == 1
    settings = json.loads((trained_run / "settings.json").read_text())
    assert (settings["job"], settings["clahe"], settings["data"]) == ("run", False, "drawn sample")
    assert settings["recipe"]["epochs"] == 1
    cleaning = json.loads((trained_run / "cleaning.json").read_text())
    assert cleaning["splits"]["test"]["removed"] == 0
    assert (
        len(fer.read_dataset(trained_run / "cleaned.npz").train) == cleaning["splits"]["train"]["kept"] < 60
    )


def test_scores_are_those_of_the_saved_network_and_its_export(finished):
    test = load_for_training("sample", SMALL["limit"], seed=0).test
    rows = finished.metrics.set_index(["split", "views"])
    row = rows.loc[("test", "flip TTA")]
    model = fer.load_model(finished.out / "model.keras")
    assert row["accuracy"] == pytest.approx(fer.evaluate(model, test, tta="flip").accuracy)
    assert row["n"] == 60 and row["low"] < row["accuracy"] < row["high"]
    exported = fer.score(
        test.labels, fer.Predictor.load(finished.out / "model.onnx").predict_proba(test.images)
    )
    assert rows.loc[("test", "single view")]["accuracy"] == pytest.approx(exported.accuracy, abs=0.02)


def test_the_summary_is_aligned_and_names_the_report(finished):
    lines = repr(finished).splitlines()
    assert len({len(line) for line in lines[:-1]}) == 1
    assert lines[-1].endswith("report.html")
    assert any("flip TTA" in line and "%" in line for line in lines)


def test_a_finished_run_is_not_repeated(finished, monkeypatch, capsys):
    monkeypatch.setattr(pipeline, "load_for_training", lambda *_: pytest.fail("loaded again"))
    again = fer.run(out=finished.out, **SMALL)
    pd.testing.assert_frame_equal(again.metrics, finished.metrics)
    assert "finished" in capsys.readouterr().out


def test_other_settings_are_refused_by_name(finished):
    words = r"recipe.epochs was 1, is now 3.*--out.*--restart"
    with pytest.raises(FerCourseError, match=words):
        fer.run(out=finished.out, **SMALL | {"epochs": 3})


@pytest.mark.slow
def test_an_interrupted_run_goes_on_and_ends_alike(finished, tmp_path, monkeypatch, capsys):
    keep = checkpoints.Checkpoints.keep

    def keep_and_stop(self, row, scored):
        keep(self, row, scored)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoints, "keep", keep_and_stop)
    with pytest.raises(KeyboardInterrupt):
        fer.run(out=tmp_path, **SMALL)
    assert {path.name for path in tmp_path.iterdir()} == {
        "checkpoint", "cleaned.npz", "cleaning.html", "cleaning.json", "removed.csv", "settings.json",
    }  # fmt: skip
    resumed = fer.run(out=tmp_path, **SMALL)
    assert f"Going on with the run in {tmp_path}" in capsys.readouterr().out
    np.testing.assert_allclose(resumed.metrics["accuracy"], finished.metrics["accuracy"], atol=0.01)


@pytest.mark.parametrize("wrong", [{"data": "nowhere.csv"}, {"width_mult": 0}, {"limit": 0}])
def test_a_mistyped_argument_neither_claims_nor_empties_the_folder(wrong, tmp_path):
    with pytest.raises((FerCourseError, FileNotFoundError)):
        fer.run(out=tmp_path / "new", **SMALL | wrong)
    assert not (tmp_path / "new").exists()
    (tmp_path / "model.keras").write_text("an hour's work")
    with pytest.raises((FerCourseError, FileNotFoundError)):
        fer.run(out=tmp_path, restart=True, **SMALL | wrong)
    assert (tmp_path / "model.keras").read_text() == "an hour's work"
