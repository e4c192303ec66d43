"""The folder of a run: who writes to it, what stands in it, and which images it was trained on."""

import ctypes
import dataclasses
import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cli import app
from fer_course.files import lock_folder
from fer_course.jobs.folder import RunFolder
from fer_course.jobs.training_data import describe_data, fingerprint, load_for_training

SETTINGS = {"fer_course": "1.0.0", "job": "train", "recipe": {"seed": 3, "epochs": 2}}


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def without_val(drawn_file, tmp_path):
    """Drawn faces in a file, none of them in val."""
    drawn = fer.read_dataset(drawn_file)
    return drawn.subset(np.asarray(drawn.split) != "val").save(tmp_path / "data" / "faces.npz")


def trained_on(folder, data):
    """A folder whose settings name what was trained on, and that has no network."""
    run = RunFolder(folder)
    run.claim(SETTINGS | describe_data(data), restart=False)
    return run


class TestLock:
    def test_a_second_job_is_told_who_holds_the_folder(self, tmp_path):
        with lock_folder(tmp_path / "out"):
            for command in ("clean", "run", "train", "ensemble", "export"):
                refused = call(command, "--out", tmp_path / "out")
                assert refused.exit_code == 1, command
                assert f"in use: process {os.getpid()} on " in refused.output and "--out" in refused.output
        assert not (tmp_path / "out").exists()

    def test_another_process_is_kept_out_while_it_lives(self, tmp_path):
        code = (
            "import sys; from fer_course.files import lock_folder\n"
            "with lock_folder(sys.argv[1]): print('mine', flush=True); sys.stdin.read()"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "out")]
        other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(
            FerCourseError, match=f"in use: process {other.pid} on .* since {time.strftime('%Y')}"
        ):
            lock_folder(tmp_path / "out").__enter__()
        other.kill()
        other.communicate()
        assert (tmp_path / "out" / ".lock").exists()
        with lock_folder(tmp_path / "out"):
            holder = json.loads((tmp_path / "out" / ".lock").read_text())
            assert holder["process"] == os.getpid()
        assert not (tmp_path / "out").exists()

    def test_without_room_for_the_lock_it_says_so_and_leaves_none(self, tmp_path, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("fer_course.files.json.dumps", full)  # after the file is made
        with pytest.raises(FerCourseError, match=r"no space left on the disk for .*\.lock; free some"):
            lock_folder(tmp_path).__enter__()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("left", ["", "[]", '{"proc', json.dumps({"process": 10**30, "host": "?"})])
    def test_a_lock_that_says_nothing_keeps_nobody_out(self, left, tmp_path, monkeypatch):
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        (tmp_path / ".lock").write_text(left.replace("?", socket.gethostname()))
        with lock_folder(tmp_path):
            pass
        assert not tmp_path.exists()

    @pytest.mark.parametrize(
        ("handle", "error", "code", "ended"),
        [(0, 87, 0, True), (0, 5, 0, False), (7, 0, 259, False), (7, 0, 1, True)],
        ids=["gone", "somebody else's", "alive", "ended"],
    )
    def test_on_windows_a_process_is_asked_for_and_never_signalled(
        self, handle, error, code, ended, tmp_path, monkeypatch
    ):
        kernel = SimpleNamespace(
            OpenProcess=lambda *_: handle,
            GetLastError=lambda: error,
            GetExitCodeProcess=lambda _, found: setattr(found._obj, "value", code),
            CloseHandle=lambda _: None,
        )
        monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("signalled"))
        (tmp_path / ".lock").write_text(json.dumps({"process": 4, "host": socket.gethostname()}))
        refused = nullcontext() if ended else pytest.raises(FerCourseError, match="in use: process 4")
        with refused, lock_folder(tmp_path):
            pass

    def test_of_another_machine_nobody_can_tell(self, tmp_path):
        (tmp_path / ".lock").write_text(json.dumps({"process": 1, "host": "elsewhere", "since": "noon"}))
        with pytest.raises(FerCourseError, match=r"process 1 on elsewhere .* since noon.*delete .*\.lock"):
            lock_folder(tmp_path).__enter__()


class TestSettings:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ('{"recipe": {"seed"', "cut short, or no JSON"),
            ("", "cut short, or no JSON"),
            ("\xff", "cut short, or no JSON"),
            ("[]", "holds a list, not values by name"),
            ('{"editor.fontSize": 12}', "not the settings of a run"),
            ('{"fer_course": "1.0.0", "recipe": []}', "not the settings of a run (recipe is [])"),
            ('{"fer_course": "1.0.0", "fingerprint": "9 bytes"}', "(a fingerprint, but no data)"),
            ('{"recipe": {"label_smoothing": "much"}}', "(recipe.label_smoothing is 'much')"),
        ],
    )
    def test_cut_and_foreign_ones_are_named_by_every_command(self, text, found, trained_run, tmp_path):
        folder = tmp_path / "run"
        folder.mkdir()
        for name in ("model.keras", "model.onnx"):
            (folder / name).write_bytes((trained_run / name).read_bytes())
        (folder / "settings.json").write_bytes(text.encode("latin-1"))
        out = tmp_path / "out"
        for words in (
            ["run", "--out", folder],
            ["train", "--out", folder],
            ["ensemble", "--out", folder],
            ["evaluate", folder],
            ["report", folder],
            ["export", folder, "--out", out],
            ["tune-bias", "--model", folder, "--out", out / "biases.json"],
        ):
            refused = call(*words)
            assert refused.exit_code == 1 and found in refused.output, (words, refused.output)
            assert str(folder / "settings.json") in refused.output
            assert len(refused.stderr.splitlines()) == 1 and not out.exists()

    @pytest.mark.parametrize(
        "recipe", [{"seed": "zero"}, {"seed": -1}, {"seed": True}, {"seed": 1.5}, {"balance": 3}]
    )
    def test_a_recipe_that_no_run_wrote_is_named(self, recipe, tmp_path):
        ((name, value),) = recipe.items()
        (tmp_path / "settings.json").write_text(json.dumps({"recipe": recipe}))
        with pytest.raises(FerCourseError, match=rf"settings\.json: .*\(recipe\.{name} is {value!r}\)"):
            RunFolder(tmp_path).load_data("sample")

    def test_a_whole_number_is_a_number(self, tmp_path):
        settings = {"recipe": {"label_smoothing": 0, "seed": 0, "balance": "none"}, "clahe": False}
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        assert RunFolder(tmp_path).settings == settings

    def test_other_settings_are_named_one_by_one(self, tmp_path):
        run = trained_on(tmp_path, "sample")
        other = SETTINGS | describe_data("sample") | {"job": "run", "recipe": {"seed": 3, "epochs": 5}}
        with pytest.raises(
            FerCourseError, match=r"job was train, is now run; recipe\.epochs was 2, is now 5"
        ):
            run.begin(other, restart=False)
        assert run.begin(other, restart=True)

    @pytest.mark.parametrize("name", ["model.keras", "model.onnx"])
    def test_a_network_that_somebody_put_there_is_not_written_over(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"a network")
        with pytest.raises(FerCourseError, match=rf"{name}: a network of which no settings.*restart=True"):
            RunFolder(tmp_path).begin(SETTINGS, restart=False)
        assert RunFolder(tmp_path).begin(SETTINGS, restart=True)

    def test_a_run_is_finished_when_its_scores_are_written(self, tmp_path, capsys):
        run, settings = trained_on(tmp_path, "sample"), SETTINGS | describe_data("sample")
        assert run.begin(settings, restart=False)
        assert f"Going on with the run in {tmp_path}" in capsys.readouterr().out
        guesses = fer.score([3, 6, 6], np.eye(7)[[3, 6, 3]])
        run.finish([dataclasses.replace(guesses, split="val", views="single view")])
        assert not run.begin(settings, restart=False)
        row = run.metrics().iloc[0]
        assert (row["split"], row["n"], row["low"]) == ("val", 3, guesses.interval[0])
        scores = json.loads((tmp_path / "metrics.json").read_text())["scores"]
        for change in ({"accuracy": "high"}, {"accuracy_interval": [0.1]}, {"macro_f1": None}):
            kept = {name: value for name, value in (scores[0] | change).items() if value is not None}
            (tmp_path / "metrics.json").write_text(json.dumps({"scores": [kept]}))
            with pytest.raises(FerCourseError, match=r"metrics\.json: not the scores of a run"):
                run.metrics()
        (tmp_path / "metrics.json").write_text('{"scores": []}')
        with pytest.raises(FerCourseError, match=r"metrics\.json: not the scores of a run"):
            run.metrics()

    def test_a_restart_removes_what_a_run_left_and_nothing_else(self, tmp_path):
        for name in (
            "settings.json",
            "metrics.json",
            "model.keras",
            "model.onnx",
            "report.html",
            "biases.json",
            "notes.txt",
        ):
            (tmp_path / name).write_text("{}")
        for name in ("members", "checkpoint", "report", "val"):
            (tmp_path / name).mkdir()
        (tmp_path / "report" / "words.md").write_text("mine")
        (tmp_path / "val" / "face.png").write_text("mine")
        RunFolder(tmp_path).claim(SETTINGS, restart=True)
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert left == {"settings.json", "notes.txt", "report/words.md", "val/face.png"}


class TestData:
    def test_moved_files_are_the_same_and_changed_ones_are_not(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert fingerprint(None) == fingerprint("sample") == describe_data("sample")["data"] == "drawn sample"
        csv = tmp_path / "data" / "fer2013" / "fer2013.csv"
        csv.parent.mkdir(parents=True)
        csv.write_text("emotion,pixels\n3,0")
        first = fingerprint(None)
        assert first == fingerprint(csv) and describe_data(csv)["data"] == csv.as_posix()
        os.utime(csv, (0, 0))
        assert fingerprint(csv.rename(tmp_path / "moved.csv")) == first
        (tmp_path / "moved.csv").write_text("emotion,pixels\n4,0")
        assert fingerprint("moved.csv") != first
        with pytest.raises(FileNotFoundError, match=r"nowhere\.csv: no such file"):
            fingerprint("nowhere.csv")

    def test_a_picture_that_moves_to_another_emotion_is_a_change(self, tmp_path):
        for name in ("happy/1.png", "sad/2.png"):
            (tmp_path / name).parent.mkdir()
            (tmp_path / name).write_bytes(b"a picture")
        first = fingerprint(tmp_path)
        (tmp_path / "happy" / ".cache").write_text("hidden")
        assert fingerprint(tmp_path) == first
        (tmp_path / "happy" / "1.png").rename(tmp_path / "sad" / "1.png")
        assert fingerprint(tmp_path) != first

    def test_where_val_is_missing_the_same_part_of_train_takes_its_place(self, without_val, tmp_path, capsys):
        dataset = load_for_training(without_val, None, seed=3)
        assert 0.08 < len(dataset.val) / (len(dataset.train) + len(dataset.val)) < 0.12  # whole people
        assert "no val split" in capsys.readouterr().out
        run = trained_on(tmp_path / "run", without_val)
        assert run.load_data().val.ids.tolist() == dataset.val.ids.tolist()
        moved = without_val.rename(tmp_path / "moved.npz")
        with pytest.raises(
            FerCourseError, match=r"trained on .*faces\.npz, and nothing is there any more.*--data"
        ):
            run.load_data()
        assert run.load_data(moved).val.ids.tolist() == dataset.val.ids.tolist()
        assert not run.note_on(moved)

    @pytest.mark.parametrize("unknown", [0, 9])
    def test_where_people_are_known_none_is_in_train_and_in_val(self, drawn_file, tmp_path, unknown):
        train = fer.read_dataset(drawn_file).train
        person = np.array([f"person {number % 40}" for number in range(len(train))])
        person[:unknown] = ""
        data = dataclasses.replace(train, attributes={"person": person}).save(tmp_path / "faces.npz")
        made = [load_for_training(data, None, seed) for seed in (3, 3, 4)]
        for dataset in made:
            both = {*dataset.train.attributes["person"]} & {*dataset.val.attributes["person"]}
            assert both <= {""}
            assert 0.05 < len(dataset.val) / len(dataset) < 0.15
        assert made[0].val.ids.tolist() == made[1].val.ids.tolist() != made[2].val.ids.tolist()
        alone = dataclasses.replace(train, attributes={"person": np.full(len(train), "anna")})
        assert len(load_for_training(alone.save(tmp_path / "anna.npz"), None, 0).val)

    def test_files_that_changed_are_refused(self, without_val, drawn_file, tmp_path):
        run = trained_on(tmp_path / "run", without_val)
        shutil.copy(drawn_file, without_val)
        for data in (None, without_val):
            with pytest.raises(FerCourseError, match=r"faces\.npz has changed since the network in .*run"):
                run.load_data(data)
        with pytest.raises(FerCourseError, match=r"faces\.npz has changed\)"):
            run.begin(SETTINGS | describe_data(without_val), restart=False)

    def test_other_images_are_scored_with_a_val_of_their_own_alone(self, without_val, drawn_file, tmp_path):
        run = trained_on(tmp_path / "run", "sample")
        assert len(run.scored_part(run.load_data(drawn_file))) == len(fer.read_dataset(drawn_file).val)
        assert run.note_on(drawn_file) == "It was trained on drawn sample."
        with pytest.raises(FerCourseError, match="nobody knows which part of train it has not seen"):
            run.scored_part(run.load_data(without_val))

    @pytest.mark.slow
    def test_no_command_scores_a_val_that_nobody_knows(self, trained_run, without_val, tmp_path):
        model = tmp_path / "run" / "model.keras"
        model.parent.mkdir()
        model.write_bytes((trained_run / "model.keras").read_bytes())
        told = set()
        for words in (
            ["evaluate", model, "--data", without_val],
            ["report", model.parent, "--data", without_val],
            ["export", model, "--data", without_val, "--out", tmp_path / "out"],
            ["export", "--data", without_val, "--out", tmp_path / "out"],
            ["tune-bias", "--model", model, "--data", without_val],
            ["tune-bias", "--data", without_val, "--model", "compact"],
        ):
            refused = call(*words)
            assert refused.exit_code == 1, words
            told.add(refused.stderr.splitlines()[-1])
        assert len(told) == 1 and "no val images to score" in told.pop()

    def test_limit_keeps_order_and_counts_each_split(self, drawn_file):
        dataset = load_for_training(drawn_file, 20, seed=0)
        assert [len(part) for part in (dataset.train, dataset.val, dataset.test)] == [20, 20, 20]
        assert dataset.ids.tolist() != load_for_training(drawn_file, 20, seed=1).ids.tolist()
        everything = fer.read_dataset(drawn_file).ids.tolist()
        positions = [everything.index(name) for name in dataset.ids]
        assert positions == sorted(positions)

    def test_images_without_a_label_are_left_out(self, drawn_file, tmp_path, capsys):
        drawn = fer.read_dataset(drawn_file)
        labels = drawn.labels.copy()
        labels[:5] = -1
        path = dataclasses.replace(drawn, labels=labels).save(tmp_path / "faces.npz")
        assert len(load_for_training(path, None, seed=0)) == len(drawn) - 5
        assert "5 images" in capsys.readouterr().out
