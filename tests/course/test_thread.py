"""The student's own thread: decisions that hold for one kind of data, and what is shown of them."""

import errno
import inspect
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest

import fer_course as fer
from fer_course.course import thread as module
from fer_course.course.thread import Thread, home, load_photographs
from fer_course.training.about import About


@pytest.fixture
def photographs():
    return fer.FaceDataset(np.zeros((4, 48, 48), np.uint8), np.zeros(4, int), split="train", source="fer2013")


@pytest.fixture
def drawn():
    return fer.sample_faces()


class TestHome:
    def test_the_variable_names_it(self, monkeypatch, tmp_path):
        monkeypatch.setenv("FER_COURSE_HOME", str(tmp_path / "here"))
        assert home() == tmp_path / "here"
        assert fer.mine().folder == tmp_path / "here" / "runs" / "mine"

    def test_it_is_the_course_from_a_notebooks_folder_as_from_its_root(self, monkeypatch, tmp_path):
        monkeypatch.delenv("FER_COURSE_HOME")
        monkeypatch.setattr(module, "__file__", str(tmp_path / "site-packages/fer_course/course/thread.py"))
        course = tmp_path / "course"
        (course / "lessons").mkdir(parents=True)
        (course / "lessons" / "00_welcome.ipynb").touch()
        for folder in (course, course / "lessons"):
            monkeypatch.chdir(folder)
            assert home() == course
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "user"))
        monkeypatch.setenv("USERPROFILE", str(tmp_path / "user"))
        assert home() == tmp_path / "user" / "fer-course"

    def test_for_0_it_is_empty_and_gone_with_the_process(self):
        code = "from fer_course.course.thread import home as at; print(at(), at() == at(), [*at().iterdir()])"
        environment = os.environ | {"FER_COURSE_HOME": "0"}
        command = [sys.executable, "-c", code]
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        folder, *rest = told.split()
        assert rest == ["True", "[]"]
        assert not Path(folder).exists()

    def test_outside_colab_there_is_no_drive(self):
        with pytest.raises(fer.FerCourseError, match="drive=True is for Colab"):
            fer.mine(drive=True)

    def test_in_colab_data_runs_and_progress_lie_on_the_drive(self, tmp_path):
        """In a process of its own, with Colab's module as it behaves there: it mounts, and no more."""
        (tmp_path / "google" / "colab").mkdir(parents=True)
        (tmp_path / "google" / "colab" / "__init__.py").touch()
        (tmp_path / "google" / "colab" / "drive.py").write_text(
            "import os\ndef mount(path): os.makedirs(os.path.join(path, 'MyDrive'))\n"
        )
        code = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
from pathlib import Path
import fer_course as fer
from fer_course.course import notebook, progress
from fer_course.sources.catalogue import data_folder
notebook._DRIVE = Path({str(tmp_path / "drive")!r})
print(fer.mine(drive=True).folder, data_folder().resolve(), progress.progress_file().resolve(), sep="\\n")
"""
        environment = {"PATH": "", "PYTHONPATH": ":".join(filter(None, sys.path))}
        told = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        folder = (tmp_path / "drive" / "MyDrive" / "fer-course").resolve()
        expected = [folder / "runs/mine", folder / "data", folder / "data/progress.jsonl"]
        assert told.stdout.splitlines() == [str(path) for path in expected]

    def test_in_colab_what_is_missing_may_lie_on_the_drive(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("FER_COURSE_DATA", "sample")
        monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
        advice = "(in Colab, fer.mine(drive=True) brings what other notebooks left)"

        def said():
            load_photographs(most=10)
            Thread(tmp_path).load_network()
            print(Thread(tmp_path))
            return capsys.readouterr().out.count(advice)

        assert said() == 0  # the home is named, as after mine(drive=True)
        monkeypatch.delenv("FER_COURSE_HOME")
        assert said() == 3
        monkeypatch.delitem(sys.modules, "google.colab")
        assert said() == 0


class TestDecisions:
    def test_a_decision_is_found_by_the_next_notebook_for_the_same_kind_of_data(
        self, tmp_path, photographs, drawn, capsys
    ):
        Thread(tmp_path).decide("blur", np.float64(120.5), photographs)
        assert capsys.readouterr().out == "Kept for photographs: blur 120.5\n"
        Thread(tmp_path).decide("blur", 80, drawn)
        Thread(tmp_path).decide("brightness", (40, 220), photographs.train)
        Thread(tmp_path).decide("occlusion", None, photographs)
        later = Thread(tmp_path)
        assert later.decisions(photographs) == {"blur": 120.5, "brightness": [40, 220], "occlusion": None}
        assert later.decisions(drawn) == {"blur": 80}
        later.decide("contrast", (np.int64(3), 4), drawn)
        assert later.decisions(drawn)["contrast"] == [3, 4]
        later.decide("blur", np.arange(2), photographs)
        assert later.decisions(photographs)["blur"] == [0, 1]

    def test_an_unknown_name_is_refused_with_the_near_one(self, tmp_path, drawn):
        with pytest.raises(fer.FerCourseError, match="did you mean 'brightness'"):
            Thread(tmp_path).decide("brighness", 3, drawn)

    def test_what_cannot_be_kept_is_refused_and_the_earlier_decision_stays(self, tmp_path, drawn):
        Thread(tmp_path).decide("clahe", True, drawn)
        with pytest.raises(fer.FerCourseError, match="clahe is <object"):
            Thread(tmp_path).decide("clahe", object(), drawn)
        with pytest.raises(fer.FerCourseError, match="blur is nan"):
            Thread(tmp_path).decide("blur", np.nan, drawn)
        assert Thread(tmp_path).decisions(drawn) == {"clahe": True}

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])  # a disk, and a share of a Drive
    def test_without_room_it_says_so_and_the_earlier_decision_stays(self, tmp_path, drawn, monkeypatch, code):
        thread = Thread(tmp_path / "mine")
        thread.decide("blur", 120.0, drawn)

        def full(*_, **__):
            raise OSError(code, "full")

        monkeypatch.setattr(Path, "write_text", full)
        with pytest.raises(fer.FerCourseError, match=r"no space left on the disk for .*decisions\.json"):
            thread.decide("contrast", 12.0, drawn)
        monkeypatch.undo()
        assert thread.decisions(drawn) == {"blur": 120.0}
        assert [path.name for path in thread.folder.iterdir()] == ["decisions.json"]

    @pytest.mark.parametrize(
        "content",
        [
            '{"photographs": {"blur": 120}}',
            '{"photographs": {"blur": {"value": 1}}}',
            '{"photographs": [1]}',
            '{"others": {}}',
            '{"photographs"',
            "[]",
        ],
    )
    def test_decisions_of_another_version_are_named(self, tmp_path, photographs, content):
        (tmp_path / "decisions.json").write_text(content)
        for use in (
            lambda: Thread(tmp_path).decisions(photographs),
            lambda: repr(Thread(tmp_path)),
            lambda: Thread(tmp_path).decide("blur", 1, photographs),
        ):
            with pytest.raises(fer.FerCourseError, match=r"decisions\.json: .*; move the file away"):
                use()
        assert (tmp_path / "decisions.json").read_text() == content


class TestWhatIsShown:
    def test_an_empty_thread_says_where_it_begins(self, tmp_path):
        assert "nothing yet: lesson 03" in repr(Thread(tmp_path / "none"))
        assert not (tmp_path / "none").exists()

    def test_decisions_network_and_scores_are_named(self, tmp_path, photographs, drawn):
        thread = Thread(tmp_path)
        thread.decide("blur", 120, photographs)
        thread.decide("clahe", True, drawn)
        about = About("CompactCNN", "fer2013", 501, "course, 4 epochs").to_metadata()
        (tmp_path / "model.onnx").write_text(about["about"])
        with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
            file.writestr("about.json", json.dumps(about))
        score = {"split": "val", "views": "single view", "n": 99, "accuracy": 0.5}
        score |= {"accuracy_interval": [0.4, 0.6], "macro_f1": 0.4, "balanced_accuracy": 0.4}
        (tmp_path / "metrics.json").write_text(json.dumps({"scores": [score]}))
        (tmp_path / "settings.json").write_text(json.dumps({"data": "<b>fer2013</b>", "recipe": {}}))
        shown = repr(thread)
        for words in (
            "blur (lesson 03): 120, decided on photographs: fer2013",
            "clahe (lesson 08): True, decided on drawn faces",
            "network: model.onnx, CompactCNN, recipe course, 4 epochs, trained on 501 images of fer2013",
            "its data: <b>fer2013</b>",
            "val, single view: 50.0% (40.0% to 60.0%)",
        ):
            assert words in shown
        assert "&lt;b&gt;fer2013" in thread._repr_html_()
        (tmp_path / "model.keras").unlink()
        assert "network: model.onnx\n" in repr(thread)

    def test_the_own_network_is_its_folder_once_it_is_there(self, tmp_path):
        assert Thread(tmp_path).network is None
        (tmp_path / "model.keras").write_bytes(b"")
        assert Thread(tmp_path).network == tmp_path


class TestThresholds:
    def test_decided_limits_count_and_the_packages_stand_in(self, tmp_path, photographs, drawn, capsys):
        thread = Thread(tmp_path)
        thread.decide("blur", 120, photographs)
        thread.decide("brightness", None, photographs)
        capsys.readouterr()
        limits, default = thread.thresholds(photographs), fer.Thresholds()
        assert (limits.blur, tuple(limits.brightness)) == (120, (0, 255))
        assert limits.contrast == default.contrast
        said = capsys.readouterr().out.splitlines()
        assert said[0] == "blur: 120, yours"
        assert said[2].endswith("the package's, since nothing was decided on such data")
        assert thread.thresholds(drawn) == default

    @pytest.mark.parametrize(
        ("name", "value", "wanted"),
        [("blur", "high", "one number"), ("contrast", True, "one number"), ("brightness", 40, "two numbers")],
    )
    def test_what_is_no_limit_is_refused(self, tmp_path, photographs, name, value, wanted):
        thread = Thread(tmp_path)
        thread.decide(name, value, photographs)
        with pytest.raises(
            fer.FerCourseError, match=f"{name} was decided to be {value!r}; expected {wanted}"
        ):
            thread.thresholds(photographs)


def test_the_recipe_holds_what_was_decided_and_the_cleaned_set_of_the_same_kind(tmp_path, photographs, drawn):
    thread = Thread(tmp_path)
    assert thread.recipe(photographs) == {}
    for name, value in {"balance": "none", "augmentation": 0, "clahe": None, "blur": 100}.items():
        thread.decide(name, value, photographs)
    photographs.save(tmp_path / "cleaned.npz")
    recipe = thread.recipe(photographs)
    assert recipe == {"balance": "none", "augment": 0, "data": str(tmp_path / "cleaned.npz")}
    assert set(recipe) <= set(inspect.signature(fer.train).parameters) | set(vars(fer.Recipe()))
    assert thread.recipe(drawn) == {}
    (tmp_path / "cleaned.npz").write_bytes(b"PK\3\4 cut short")
    with pytest.raises(fer.FerCourseError, match=r"cleaned\.npz: not a readable .*write it anew"):
        thread.recipe(photographs)


class TestPhotographs:
    @pytest.fixture
    def files(self, fer2013_writer, real, tmp_path, monkeypatch):
        columns = ("emotion", "pixels", "usage")
        fer2013_writer.write_csv(real, tmp_path, "fer2013.csv", ("emotion", "pixels", "Usage"), columns)
        fer2013_writer.write_ferplus(real, tmp_path)
        monkeypatch.setenv("FER_COURSE_DATA", str(tmp_path))
        return tmp_path

    def test_without_files_they_are_drawn_and_it_says_so(self, monkeypatch, capsys):
        monkeypatch.setenv("FER_COURSE_DATA", "sample")
        faces, votes = load_photographs(most=100)
        assert set(faces.source) == {"drawn sample"}
        assert set(faces.split) == {"train"}
        assert len(faces) == len(votes) == 100
        assert "No photographs were found, so these are drawn faces: 100 of 1,488" in capsys.readouterr().out
        again, _ = load_photographs(most=100)
        other, _ = load_photographs(most=100, seed=1)
        assert again.ids.tolist() == faces.ids.tolist() != other.ids.tolist()

    def test_a_part_keeps_its_own_votes(self, files, real, capsys):
        faces, votes = load_photographs(most=15)
        everything, all_votes = load_photographs(splits=("train", "val"))
        assert (len(faces), len(everything)) == (15, 80)
        places = [everything.ids.tolist().index(name) for name in faces.ids]
        assert np.array_equal(votes.counts, all_votes.counts[places])
        assert np.array_equal(all_votes.counts[:, -1], real["ferplus_votes"][:, -1])  # "not a face"
        assert "Photographs: 15 of 40, taken at random, with the votes of FER+." in capsys.readouterr().out

    def test_without_the_table_nobody_votes(self, files, capsys):
        (files / "fer2013new.csv").unlink()
        _, votes = load_photographs()
        assert not votes.counts.any()
        assert (votes.majority() < 0).all()
        assert "without votes, since there is no fer2013new.csv" in capsys.readouterr().out

    def test_a_table_of_other_images_is_left_aside_with_its_reason(self, files, capsys):
        table = files / "fer2013new.csv"
        table.write_text("".join(table.read_text().splitlines(keepends=True)[:12]))
        _, votes = load_photographs()
        assert not votes.counts.any()
        assert "the table is cut short" in capsys.readouterr().out

    def test_an_emotion_without_a_photograph_is_named(self, files, real, fer2013_writer, capsys):
        load_photographs(splits=("train", "val"))
        assert "None of them" not in capsys.readouterr().out
        others = {name: column[~np.isin(real["emotion"], (1, 2))] for name, column in real.items()}
        columns = ("emotion", "pixels", "usage")
        fer2013_writer.write_csv(others, files, "fer2013.csv", ("emotion", "pixels", "Usage"), columns)
        faces, _ = load_photographs()
        assert set(faces.labels) == {0, 3, 4, 5, 6}
        assert "None of them is labelled disgust or fear; the lesson goes on" in capsys.readouterr().out

    def test_a_file_that_was_cut_short_midway_is_named_and_the_thread_stays(self, files):
        thread, table = fer.mine(), files / "fer2013.csv"
        faces, _ = load_photographs()
        thread.decide("blur", 120.0, faces)
        table.write_bytes(table.read_bytes()[:-4000])
        with pytest.raises(fer.FerCourseError, match=r"fer2013\.csv, row 81 .*cut short"):
            load_photographs()
        assert thread.decisions(faces) == {"blur": 120.0}

    def test_a_file_that_was_cut_short_before_val_is_named_where_val_is_needed(self, files, real):
        table = files / "fer2013.csv"
        train = int((real["usage"] == "Training").sum())
        table.write_text("".join(table.read_text().splitlines(keepends=True)[: train + 1]))
        assert len(load_photographs(splits=("train", "val"))[0]) == train
        with pytest.raises(fer.FerCourseError, match="only images of train, none of val; is the file cut"):
            load_photographs(splits=("val",))

    def test_votes_that_were_cut_short_within_a_row_leave_it_to_the_eyes(self, files, capsys):
        table = files / "fer2013new.csv"
        table.write_bytes(table.read_bytes().rstrip()[:-4])
        _, votes = load_photographs()
        assert not votes.counts.any()
        assert "is the file cut short? Download it again" in capsys.readouterr().out


class TestNetwork:
    def test_before_the_own_one_that_of_the_course_stands_in_and_it_says_so(self, tmp_path, capsys):
        assert Thread(tmp_path).load_network().path == fer.Predictor.load().path
        said = capsys.readouterr().out
        assert said.startswith("The network of the course, since lesson 12 has not trained one of yours:\n")
        assert "trained on 28,709 images of FER2013" in said

    @pytest.mark.slow
    def test_the_own_one_says_what_it_learned_from(self, tmp_path, trained_run, capsys):
        shutil.copytree(trained_run, tmp_path / "mine")
        assert Thread(tmp_path / "mine").load_network().path.parent == tmp_path / "mine"
        said = capsys.readouterr().out
        assert said.startswith("Your network:\nEmotionCNN, recipe course, 1 epoch, trained on ")
        assert "drawn sample" in said

    def test_a_damaged_one_is_refused_and_never_replaced_by_another(self, tmp_path):
        (tmp_path / "model.onnx").write_bytes(b"no network")
        with pytest.raises(fer.FerCourseError, match=r"model\.onnx"):
            Thread(tmp_path).load_network()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("classes", r"mine.*other emotions.*cat"),
            ("input", r"mine.*takes images of shape \(48, 48, 2\); expected"),
        ],
    )
    def test_one_of_other_classes_or_input_is_refused(self, tmp_path, change, words):
        network = onnx.load(fer.Predictor.load().path)
        if change == "classes":
            onnx.helper.set_model_props(network, {"emotions": json.dumps(["cat", "dog"])})
        else:
            network.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 2
        folder = tmp_path / "mine"
        folder.mkdir()
        onnx.save(network, folder / "model.onnx")
        with pytest.raises(fer.FerCourseError, match=rf"(?s){words}.*Move this file out of .*mine"):
            Thread(folder).load_network()

    @pytest.mark.slow
    def test_to_train_on_it_needs_the_keras_file_and_what_is_made_lies_beside_it(self, tmp_path, capsys):
        course, thread = fer.Predictor.load().path, Thread(tmp_path / "mine")
        assert thread.place_for(thread.load_network(keras=True), "members") == tmp_path / "members"
        thread.folder.mkdir()
        shutil.copy(course, thread.folder / "model.onnx")
        capsys.readouterr()
        own = thread.load_network()
        assert thread.place_for(own, "members") == thread.folder / "members"
        assert capsys.readouterr().out.startswith("Your network:\n")
        other = thread.load_network(keras=True)
        assert other.path == course
        assert thread.place_for(other, "members") == tmp_path / "members"
        why = "since yours is model.onnx alone, and this needs model.keras as well"
        assert capsys.readouterr().out.startswith(f"The network of the course, {why}:\n")
        shutil.copy(course.with_suffix(".keras"), thread.folder / "model.keras")
        assert fer.load_model(thread.load_network(keras=True).path.with_suffix(".keras")).output_shape[1] == 7
        assert capsys.readouterr().out.startswith("Your network:\n")

    def test_biases_belong_to_the_own_network(self, tmp_path, photographs, capsys):
        thread, tuned = Thread(tmp_path), tuned_biases(0.3)
        thread.keep_biases(tuned, photographs)
        assert "Not kept: biases belong to a network" in capsys.readouterr().out
        assert (thread.biases(photographs), list(tmp_path.iterdir())) == (None, [])
        (tmp_path / "model.keras").write_bytes(b"")
        thread.keep_biases(tuned, photographs)
        assert capsys.readouterr().out.startswith("Kept for photographs: biases [")
        assert thread.biases(photographs).biases.equals(tuned.biases.round(6))
        assert "biases: biases.json" in repr(thread)
        (tmp_path / "model.keras").write_bytes(b"trained anew")
        with pytest.warns(UserWarning, match="biases were tuned for another network"):
            assert thread.biases(photographs) is not None
        (tmp_path / "model.keras").unlink()
        assert thread.biases(photographs) is None, "there is no network any more that they could be for"
        (tmp_path / "model.keras").write_bytes(b"")
        thread.keep_biases(None, photographs)
        assert thread.biases(photographs) is None
        assert not (tmp_path / "biases.json").exists()

    def test_biases_for_drawn_faces_are_not_used_on_photographs(self, tmp_path, photographs, drawn):
        thread = Thread(tmp_path)
        (tmp_path / "model.keras").write_bytes(b"")
        thread.keep_biases(tuned_biases(0.3), photographs)
        thread.keep_biases(None, drawn)
        assert thread.biases(photographs), "doing without on the others takes nothing away"
        assert thread.biases(drawn) is None
        thread.keep_biases(tuned_biases(0.5), drawn)
        assert thread.biases(drawn)
        assert thread.biases(photographs) is None


def tuned_biases(share):
    labels = np.repeat(np.arange(7), [70 - int(60 * share), *[10] * 6])
    probabilities = np.eye(7)[labels] * 0.3 + 0.1
    return fer.tune_bias(probabilities, labels, method="prior", folds=0)
