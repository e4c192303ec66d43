import dataclasses
import json
import os

import keras
import numpy as np
import pandas as pd
import pytest

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.jobs import folder as runs
from fer_course.jobs import run as pipeline
from fer_course.training import checkpoints

SMALL = {"data": "sample", "limit": 150, "epochs": 2, "width_mult": 0.25}
FILES = ["cleaning.json", "history.csv", "metrics.json", "model.keras", "report.html", "settings.json"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return fer.run(out=tmp_path_factory.mktemp("run"), **SMALL)


@pytest.mark.slow
def test_everything_is_written(finished):
    names = {path.name for path in finished.out.iterdir()}
    assert names == {*FILES, "checkpoint"}
    assert len(pd.read_csv(finished.out / "history.csv")) == 2
    settings = json.loads((finished.out / "settings.json").read_text())
    assert settings["clahe"] is True
    assert settings["recipe"]["epochs"] == 2
    cleaning = json.loads((finished.out / "cleaning.json").read_text())
    assert cleaning["splits"]["test"]["removed"] == 0


@pytest.mark.slow
def test_scores_are_those_of_the_saved_model(finished):
    model = keras.saving.load_model(finished.out / "model.keras")
    test = runs.load_for_training(None, SMALL["limit"], seed=0).test
    images = dataclasses.replace(test, images=fer.clahe(test.images))
    row = finished.metrics.set_index(["split", "views"]).loc[("test", "flip TTA")]
    assert row["accuracy"] == pytest.approx(fer.evaluate(model, images, tta="flip").accuracy)
    assert row["n"] == 150
    assert row["low"] < row["accuracy"] < row["high"]


@pytest.mark.slow
def test_the_summary_is_aligned_and_names_the_report(finished):
    lines = repr(finished).splitlines()
    assert len({len(line) for line in lines[:-1]}) == 1
    assert lines[-1].endswith("report.html")
    assert any("flip TTA" in line and "%" in line for line in lines)


@pytest.mark.slow
def test_a_finished_run_is_not_repeated(finished, monkeypatch, capsys):
    monkeypatch.setattr(pipeline, "load_for_training", lambda *_: pytest.fail("loaded again"))
    again = fer.run(out=finished.out, **SMALL)
    pd.testing.assert_frame_equal(again.metrics, finished.metrics)
    assert "finished" in capsys.readouterr().out


@pytest.mark.slow
def test_other_settings_are_refused_by_name(finished):
    words = r"recipe.epochs was 2, is now 3.*--out.*--restart"
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
    assert not (tmp_path / "report.html").exists()
    resumed = fer.run(out=tmp_path, **SMALL)
    assert f"Going on with the run in {tmp_path}" in capsys.readouterr().out
    np.testing.assert_allclose(resumed.metrics["accuracy"], finished.metrics["accuracy"], atol=0.01)


def test_restart_removes_what_a_run_left_and_nothing_else(tmp_path):
    for name in FILES:
        (tmp_path / name).write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    runs.clear(tmp_path, *pipeline._RESULTS)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("wrong", [{"data": "nowhere.csv"}, {"width_mult": 0}, {"limit": 0}])
def test_a_mistyped_argument_neither_claims_nor_empties_the_folder(wrong, tmp_path):
    with pytest.raises((FerCourseError, FileNotFoundError)):
        fer.run(out=tmp_path, **SMALL | wrong)
    assert not (tmp_path / "settings.json").exists()
    (tmp_path / "model.keras").write_text("an hour's work")
    with pytest.raises((FerCourseError, FileNotFoundError)):
        fer.run(out=tmp_path, restart=True, **SMALL | wrong)
    assert (tmp_path / "model.keras").read_text() == "an hour's work"


def test_data_put_in_place_or_replaced_is_other_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert runs.name_data(None) == runs.name_data("sample") == "drawn sample"
    file = tmp_path / "data" / "fer2013" / "fer2013.csv"
    file.parent.mkdir(parents=True)
    file.write_text("")
    os.utime(file, (0, 0))
    found = runs.name_data(file)
    os.utime(file, (86_400, 86_400))
    assert runs.name_data(None) != "drawn sample" and found != runs.name_data(file)


def test_val_is_taken_from_train_where_it_is_missing(tmp_path, capsys):
    sample = fer.sample_faces()
    path = sample.subset(np.asarray(sample.split) != "val").save(tmp_path / "faces.npz")
    dataset = runs.load_for_training(path, None, seed=0)
    assert len(dataset.val) == round(0.1 * len(sample.train))
    assert len(dataset.test) == len(sample.test)
    assert "no val split" in capsys.readouterr().out


def test_limit_keeps_order_and_counts_each_split():
    dataset = runs.load_for_training(None, 20, seed=0)
    assert [len(part) for part in (dataset.train, dataset.val, dataset.test)] == [20, 20, 20]
    assert dataset.ids.tolist() != runs.load_for_training(None, 20, seed=1).ids.tolist()
    everything = fer.sample_faces().ids.tolist()
    positions = [everything.index(name) for name in dataset.ids]
    assert positions == sorted(positions)


def test_images_without_a_label_are_left_out(tmp_path, capsys):
    sample = fer.sample_faces()
    labels = sample.labels.copy()
    labels[:5] = -1
    path = dataclasses.replace(sample, labels=labels).save(tmp_path / "faces.npz")
    assert len(runs.load_for_training(path, None, seed=0)) == len(sample) - 5
    assert "5 images" in capsys.readouterr().out
