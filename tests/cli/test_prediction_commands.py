"""The commands that name emotions: ``predict`` and ``webcam``."""

import dataclasses
import gzip
import json
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app
from fer_course.evaluation.bias.result import BiasResult, by_emotion
from fer_course.inference.network_files import COMPACT_MODEL, identity
from fer_course.inference.video import write_video
from fer_course.sources.fer2013 import write_fer2013_csv
from fer_course.training.zoo import random_network

PHOTOGRAPH = astronaut()


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    """Three drawn faces, cut out a little larger than FER2013's."""
    folder = tmp_path_factory.mktemp("crops")
    for number, image in enumerate(fer.sample_faces().val.images[:3]):
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(image, (80, 96)))
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    path = tmp_path_factory.mktemp("photograph") / "astronaut.jpg"
    cv2.imwrite(str(path), PHOTOGRAPH[..., ::-1])
    return path


@pytest.fixture(scope="module")
def nobody(tmp_path_factory):
    path = tmp_path_factory.mktemp("nobody") / "wall.png"
    cv2.imwrite(str(path), np.full((300, 400), 128, np.uint8))
    return path


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    with write_video(path, fps=10) as video:
        for shift in range(0, 30, 5):
            video.write(PHOTOGRAPH[:300, shift : 400 + shift])
    return path


def test_crops_are_taken_whole_and_a_bias_turns_them(crops):
    plain = call("predict", *crops, "--top", 2)
    assert plain.exit_code == 0, plain.output
    lines = plain.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(path) for path in crops]
    assert all(line.count("%") == 2 for line in lines)
    assert plain.stderr.startswith("taken for one face as a whole: 3 crops of at most 128 pixels (--detector")
    angry = json.loads(call("predict", *crops, "--angry-bias", "30", "--json").stdout)
    assert [answer["emotion"] for answer in angry] == ["angry"] * 3
    assert sum(angry[0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_a_photograph_is_searched_for_faces(photograph, nobody):
    result = call("predict", photograph, nobody, "--top", 1)
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()
    assert first.startswith(f"{photograph}: happy 9")
    assert second == f"{nobody}: no face found; those from 10 pixels wide on were looked for"
    assert result.stderr == "looked for faces with yunet: 1 in 1 of 2 pictures or frames\n"
    whole = call("predict", photograph, "--detector", "none", "--json")
    assert json.loads(whole.stdout)[0]["width"] == 512
    assert whole.stderr == ""
    assert json.loads(call("predict", nobody, "--json").stdout) == []


def test_several_faces_are_numbered(tmp_path):
    cv2.imwrite(str(tmp_path / "twice.png"), np.hstack([PHOTOGRAPH, PHOTOGRAPH])[..., ::-1])
    lines = call("predict", tmp_path / "twice.png").stdout.splitlines()
    assert [line.split(": ")[0].split(", ")[1].split(" at ")[0] for line in lines] == [
        "face 1 of 2",
        "face 2 of 2",
    ]


def test_a_flag_takes_the_place_of_the_files_bias(crops, tmp_path):
    out = tmp_path / "biases.json"
    out.write_text('{"angry_bias": 30, "neutral_bias": 1.0}')
    assert ": angry 100" in call("predict", crops[0], "--biases", out).stdout
    assert ": disgust 100" in call("predict", crops[0], "--biases", out, "--disgust-bias", 60).stdout
    undone = call("predict", crops[0], "--biases", out, "--angry-bias", 0, "--neutral-bias", 0).stdout
    assert undone == call("predict", crops[0]).stdout


def test_biases_of_another_network_are_told_from_those_of_this_one(crops, tmp_path):
    face, out = crops[0], tmp_path / "biases.json"
    tuned = BiasResult(by_emotion(np.zeros(7)), by_emotion(np.zeros(7)), "prior", None, 9, np.nan, np.nan)
    this = identity(COMPACT_MODEL)
    for network, words in (
        (this, None),
        (this | {"name": "renamed.onnx"}, None),
        (
            this | {"name": "model.onnx", "sha256": "0" * 64},
            "another network (model.onnx, checksum 00000000)",
        ),
        (None, "does not say which network its biases were tuned for"),
    ):
        dataclasses.replace(tuned, network=network).save(out)
        result = call("predict", face, "--biases", out)
        assert result.exit_code == 0, result.output
        assert result.stdout == call("predict", face).stdout
        told = [line for line in result.stderr.splitlines() if "biases" in line]
        assert len(told) == (words is not None) and all(words in line for line in told)
    out.write_text('{"biases": {"angry": 1}, "network": "compact"}')
    assert (
        "network is 'compact'; expected its name and its sha256"
        in call("predict", face, "--biases", out).output
    )


def test_arrays_and_tables_of_faces_are_predicted_like_the_csv(faces, tmp_path):
    csv = write_fer2013_csv(faces, tmp_path / "faces.csv")
    packed = tmp_path / "faces.csv.gz"
    packed.write_bytes(gzip.compress(csv.read_bytes()))
    said = call("predict", csv).stdout
    assert call("predict", packed).stdout == said
    emotions = [line.split(": ")[1] for line in said.splitlines()]
    shown = call("predict", faces.save(tmp_path / "faces.npz")).stdout
    assert [line.split(": ")[1] for line in shown.splitlines() if not line.startswith("Data")] == emotions


def test_a_bad_file_is_named_and_the_others_go_on(crops, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_text("no picture")
    (folder / "b.png").write_bytes(crops[0].read_bytes())
    result = call("predict", folder, "nowhere.png")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{folder / 'b.png'}: ")
    assert "a.png: not an image" in result.stderr
    assert "fer-course: nowhere.png: no such file\n" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["empty"], "empty: no pictures in this folder"),
        (["cut.mp4"], "cut.mp4: not a video"),
        (["faces.csv"], "faces.csv, row 1: not FER2013, no column 'pixels'"),
        (["faces.zip"], "faces.zip: an archive; unpack it into a folder, and give its path"),
        (["faces.npy"], "faces.npy: an array alone; save it as an .npz"),
        (["wall.png", "--model", "nowhere.onnx"], "nowhere.onnx: no such file"),
        (["wall.png", "--biases", "nowhere.json"], "--biases nowhere.json: no such file or folder"),
        (["wall.png", "--annotated", "."], "give another folder"),
        (["wall.png", "--csv", "empty"], "empty"),
    ],
)
def test_what_the_user_can_mend_is_said(arguments, words, nobody, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.mp4").write_bytes(b"\0\0\0 ftypisom")
    (tmp_path / "faces.csv").write_text("emotion,picture\n")
    (tmp_path / "faces.zip").write_bytes(b"PK\3\4")
    np.save(tmp_path / "faces.npy", np.zeros((2, 48, 48), np.uint8))
    (tmp_path / "wall.png").write_bytes(nobody.read_bytes())
    result = call("predict", *arguments)
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert call("predict").exit_code == 2


def test_a_csv_goes_into_a_table_and_its_labels_are_counted(tmp_path):
    faces = fer.sample_faces(70)
    path = write_fer2013_csv(faces, tmp_path / "faces.csv")
    result = call("predict", path, "--csv", tmp_path / "out" / "table.csv")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    table = pd.read_csv(tmp_path / "out" / "table.csv")
    assert table["image"].tolist() == [f"row{number:05d}" for number in range(len(faces))]
    right = (table["label"] == table["emotion"]).mean()
    assert f"as labelled: {right:.1%} of {len(faces)} rows" in result.stderr


def test_a_video_has_lines_with_times_and_is_annotated(clip, tmp_path):
    result = call("predict", clip, "--annotated", tmp_path / "out", "--smoothing", "0.2", "--top", "1")
    assert result.exit_code == 0, result.output
    times = [line.split(": ")[0].removeprefix(f"{clip} at ") for line in result.stdout.splitlines()]
    assert times == ["0.00 s", "0.10 s", "0.20 s", "0.30 s", "0.40 s", "0.50 s"]
    assert cv2.VideoCapture(str(tmp_path / "out" / "clip.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 6


def test_a_video_that_is_cut_short_is_said_to_in_a_line(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "cut.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (400, 300))
    for _ in range(10):
        writer.write(PHOTOGRAPH[:300, :400, ::-1])
    writer.release()
    content = (tmp_path / "cut.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(content[: len(content) // 2])
    result = call("predict", tmp_path / "cut.avi", "--json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)) >= 3
    assert any("cut.avi: ends after" in line for line in result.stderr.splitlines())


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_half_written(clip, tmp_path):
    endless = tmp_path / "long.mp4"
    with write_video(endless, fps=10) as video:
        for _ in range(600):
            video.write(PHOTOGRAPH[:300, :400])
    out = tmp_path / "out"
    code = (
        "import signal; from fer_course.cli import app\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler); app()"  # a background job ignores it
    )
    command = [sys.executable, "-c", code, "predict", str(endless)]
    command += ["--annotated", str(out), "--csv", str(out / "table.csv")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (out.exists() and list(out.iterdir())) and time.monotonic() < deadline:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted; no file is left half-written." in errors
    assert not list(out.iterdir())


@pytest.mark.slow
def test_a_keras_file_is_asked_as_well(crops, tmp_path):
    network = fer.EmotionCNN(width_mult=0.25)
    path = fer.save_model(network, tmp_path / "network.keras")
    answer = json.loads(call("predict", crops[0], "--model", path, "--json").stdout)[0]
    square = cv2.imread(str(crops[0]), 0)[8:88].astype(np.float32)
    face = cv2.resize(square, (48, 48), interpolation=cv2.INTER_AREA)
    expected = fer.predict(network, face[np.newaxis])[0]
    assert list(answer["probabilities"].values()) == pytest.approx(expected.tolist(), abs=1e-4)


class TestWebcam:
    def test_what_the_user_can_mend_is_said(self, clip, monkeypatch, tmp_path):
        monkeypatch.delenv("DISPLAY", raising=False)
        (tmp_path / "file").touch()
        for arguments, words in (
            (["99"], "camera 99 cannot be opened"),
            (["nowhere.mp4"], "nowhere.mp4: no such file"),
            ([clip, "--model", "nowhere.onnx"], "nowhere.onnx: no such file"),
            ([clip, "--out", tmp_path / "file"], "give a folder"),
        ):
            result = call("webcam", *arguments)
            assert result.exit_code == 1, result.output
            assert words in result.stderr

    def test_what_is_asked_for_gets_to_the_demo(self, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "fer_course.inference.realtime.run_realtime_demo", lambda *given: asked.extend(given)
        )
        result = call(
            *("webcam", "1", "--model", "compact", "--angry-bias", 2),
            *("--no-mirror", "--smoothing", 0, "--detector", "mtcnn"),
        )
        assert result.exit_code == 0, result.output
        source, model, detector, biases, mirror, smooth, out = asked
        assert (source, detector, mirror, smooth, str(out)) == (1, "mtcnn", False, 0, ".")
        assert biases["angry"] == 2 and biases["happy"] == 0
        assert str(model) == "compact"


@pytest.mark.slow
def test_an_ensemble_names_the_emotions_of_a_picture(tmp_path):
    folder = tmp_path / "jury"
    networks = {name: random_network(seed) for seed, name in enumerate(("random_0", "random_1"))}
    for name, network in networks.items():
        fer.save_model(network, folder / "members" / name / "model.keras")
    faces = fer.sample_faces().val
    members = {name: fer.predict(network, faces.images) for name, network in networks.items()}
    ensemble = fer.combine(members, faces.labels, "weights")
    (folder / "weights.json").write_text(json.dumps(ensemble.to_dict()))
    picture = tmp_path / "face.png"
    cv2.imwrite(str(picture), faces.images[0])
    done = CliRunner().invoke(app, ["predict", str(picture), "--model", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    (said,) = json.loads(done.stdout)
    np.testing.assert_allclose(list(said["probabilities"].values()), ensemble.apply(members)[0], atol=1e-4)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"members": ["a"], "weights": [1, 2], "offsets": [0], "method": "vote"}']
)
def test_a_folder_that_holds_no_ensemble_is_named(tmp_path, content):
    (tmp_path / "weights.json").write_text(content)
    done = CliRunner().invoke(app, ["predict", "face.png", "--model", str(tmp_path)])
    assert done.exit_code == 1 and "weights.json" in done.output
