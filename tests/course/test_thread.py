"""The student's own thread: decisions that hold for one kind of data, and what is shown of them."""

import json
import subprocess
import sys

import numpy as np
import pytest

import fer_course as fer
from fer_course.course import thread as module
from fer_course.course.thread import Thread, home


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
from fer_course.course import progress, thread
from fer_course.sources.catalogue import data_folder
thread._DRIVE = Path({str(tmp_path / "drive")!r})
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


class TestDecisions:
    def test_a_decision_is_found_by_the_next_notebook_for_the_same_kind_of_data(
        self, tmp_path, photographs, drawn
    ):
        Thread(tmp_path).decide("blur", np.float64(120.5), photographs)
        Thread(tmp_path).decide("blur", 80, drawn)
        Thread(tmp_path).decide("brightness", (40, 220), photographs.train)
        Thread(tmp_path).decide("occlusion", None, photographs)
        later = Thread(tmp_path)
        assert later.decisions(photographs) == {"blur": 120.5, "brightness": [40, 220], "occlusion": None}
        assert later.decisions(drawn) == {"blur": 80}
        later.decide("blur", np.arange(2), photographs)
        assert later.decisions(photographs)["blur"] == [0, 1]

    def test_an_unknown_name_is_refused_with_the_near_one(self, tmp_path, drawn):
        with pytest.raises(fer.FerCourseError, match="did you mean 'brightness'"):
            Thread(tmp_path).decide("brighness", 3, drawn)

    def test_what_cannot_be_kept_is_refused_and_the_earlier_decision_stays(self, tmp_path, drawn):
        Thread(tmp_path).decide("clahe", True, drawn)
        with pytest.raises(fer.FerCourseError, match="clahe is <object"):
            Thread(tmp_path).decide("clahe", object(), drawn)
        assert Thread(tmp_path).decisions(drawn) == {"clahe": True}

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
        (tmp_path / "model.onnx").write_bytes(b"")
        score = {"split": "val", "views": "single view", "accuracy": 0.5, "accuracy_interval": [0.4, 0.6]}
        (tmp_path / "metrics.json").write_text(json.dumps({"scores": [score]}))
        (tmp_path / "settings.json").write_text(json.dumps({"data": "<b>fer2013</b>", "recipe": {}}))
        shown = repr(thread)
        for words in (
            "blur (lesson 03): 120, decided on photographs: fer2013",
            "clahe (lesson 08): True, decided on drawn faces",
            "network: model.onnx",
            "trained on: <b>fer2013</b>",
            "val, single view: 50.0% (40.0% to 60.0%)",
        ):
            assert words in shown
        assert "&lt;b&gt;fer2013" in thread._repr_html_()
