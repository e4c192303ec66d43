import ast
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app
from fer_course.cli.app import ORDER
from fer_course.cli.options import RECIPE
from fer_course.errors import FerCourseError
from fer_course.evaluation.bias.search import OBJECTIVES
from fer_course.evaluation.ensembles import FITS
from fer_course.evaluation.tta import VIEWS
from fer_course.faces.detectors import DETECTORS
from fer_course.inference.onnx_export import TOLERANCE
from fer_course.jobs.study import WRITERS
from fer_course.jobs.train import NETWORKS, PRECISIONS, RECIPES
from fer_course.sources.fer2013 import SPLIT_OF_USAGE
from fer_course.training.balancing import BALANCES


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_version():
    result = call("--version")
    assert (result.exit_code, result.output) == (0, f"fer-course {fer.__version__}\n")


def test_help_lists_the_commands_without_importing_tensorflow():
    code = (
        "import sys; from fer_course.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print('tensorflow' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "run" in output
    assert "doctor" in output
    assert output.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "nowhere.csv"], "nowhere.csv"),
        (["--epochs", "1", "--channels", "2"], "in_chans is 2"),
        (["--epochs", "1", "--width", "0"], "width_mult is 0"),
    ],
)
def test_what_the_user_can_mend_is_said_in_a_line(arguments, words, tmp_path):
    result = call("run", "--out", tmp_path / "run", *arguments)
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.splitlines()) <= 2


def test_train_has_an_option_for_every_value_of_a_recipe():
    assert list(RECIPE) == [field.name for field in dataclasses.fields(fer.Recipe)]


def test_a_number_out_of_range_is_a_usage_error():
    assert call("run", "--limit", "0").exit_code == 2


def test_clean_writes_images_counts_and_report(drawn_file, tmp_path):
    result = call(
        "clean",
        "--data",
        drawn_file,
        "--out",
        tmp_path,
        "--blur",
        "300",
        "--brightness",
        "50",
        "200",
        "--near",
    )
    assert result.exit_code == 0, result.output
    assert re.search(r"kept \d+ of \d+ images of train", result.output)
    assert f"report: {tmp_path / 'cleaning.html'}" in result.output
    counted = json.loads((tmp_path / "cleaning.json").read_text())
    assert counted["thresholds"]["blur"] == 300
    assert counted["thresholds"]["brightness"] == [50, 200]
    assert counted["thresholds"]["contrast"] == fer.Thresholds().contrast
    assert len(fer.read_dataset(tmp_path / "cleaned.npz")) == counted["images"]["kept"]


def test_clean_can_leave_the_files_alone(drawn_file, tmp_path):
    result = call("clean", "--data", drawn_file, "--out", tmp_path / "out", "--no-save", "--no-clean")
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "out").exists()
    assert "(100.0 %)" in result.output


def test_clean_full_means_every_step(tmp_path, monkeypatch):
    asked = {}

    def remember(data, out, download, drop, clahe, *others):
        asked.update(out=out, download=download, drop=drop, clahe=clahe)
        raise fer.FerCourseError("far enough")

    monkeypatch.setattr("fer_course.jobs.clean.clean", remember)
    steps = ["--download", "--clean", "--enhance", "--save"]
    for arguments in (["--full"], ["--full", "--no-save", "--no-clean"], steps, [*steps, "--full"]):
        assert call("clean", "--out", tmp_path, *arguments).exit_code == 1
        assert (asked["download"], asked["drop"], asked["clahe"], asked["out"]) == (
            True,
            True,
            True,
            tmp_path,
        )


def test_crossed_limits_are_refused_before_anything_is_read(tmp_path):
    result = call("clean", "--brightness", "220", "40", "--out", tmp_path)
    assert result.exit_code == 1 and "--brightness 220 40: the least comes first" in result.output


def test_results_cannot_go_into_a_file(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for command in ("clean", "run"):
        result = call(command, "--out", tmp_path / "notes.txt" / "results")
        assert result.exit_code == 1 and "notes.txt is a file; give a folder" in result.output


def test_doctor_ends_well_here():
    result = call("doctor")
    assert result.exit_code == 0, result.output
    assert re.search(r"ok +Python", result.output)


@pytest.mark.slow
def test_ctrl_c_keeps_the_epochs_and_the_same_command_goes_on(drawn_file, tmp_path):
    arguments = [
        "run",
        "--data",
        str(drawn_file),
        "--out",
        str(tmp_path),
        "--limit",
        "100",
        "--width",
        "0.25",
        "--epochs",
    ]
    code = (
        "import signal; from fer_course.cli import app\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler); app()"  # a background job ignores it
    )
    command = [sys.executable, "-c", code, *arguments, "400"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    history = tmp_path / "checkpoint" / "history.csv"
    for _ in range(1200):
        if history.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Run the same command again" in errors
    assert "Traceback" not in errors
    assert re.search(r"first \d+ of 400 epochs are kept", output)
    assert (tmp_path / "checkpoint" / "checkpoint.npz").exists()
    assert not list(tmp_path.rglob(".*"))  # nothing half-written stays


def test_options_that_messages_name_exist():
    commands = get_command(app).commands.values()
    known = {name for command in commands for option in command.params for name in option.opts}
    known |= {name for command in commands for option in command.params for name in option.secondary_opts}
    texts = {
        node.value
        for path in Path(fer.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {name for text in texts for name in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)}
    assert len(named) > 20
    assert named - known - {"--version", "--help"} == set()


def command_line(name):
    """The shortest call of a command that its options let through."""
    needed = {"convert": ["a.npz", "b.npz"], "predict": ["a"], "evaluate": ["a"], "report": ["a"]}
    return [name, *needed.get(name, [])]


@pytest.mark.parametrize("name", ORDER)
def test_every_command_speaks_in_sentences(name, monkeypatch):
    """Whatever is warned of or refused in any of them is said in one line."""
    entered = []

    @contextmanager
    def plain_words(interrupted):
        entered.append(interrupted)
        raise FerCourseError("stop")
        yield

    for module in ("data_commands", "network_commands", "prediction_commands"):
        monkeypatch.setattr(f"fer_course.cli.{module}.plain_words", plain_words)
    assert isinstance(call(*command_line(name)).exception, FerCourseError)
    assert len(entered) == 1


def test_a_warning_is_one_line_without_the_name_of_a_file(tmp_path, faces):
    faces.subset(faces.split != "val").save(tmp_path / "faces.npz")
    result = call("clean", "--data", tmp_path / "faces.npz", "--no-save", "--no-clean")
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stderr.splitlines() if "no val images" in line]
    assert line.startswith("fer-course: ")
    assert ".py" not in result.stderr and "UserWarning" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("clean", "--blur", "nan"),
        ("clean", "--contrast", "nan"),
        ("clean", "--brightness", "nan", "220"),
        ("predict", "face.png", "--happy-bias", "nan"),
        ("predict", "face.png", "--happy-bias", "inf"),
    ],
)
def test_a_limit_or_bias_that_is_no_number_is_not_passed_over(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.arange(48 * 48, dtype=np.uint8).reshape(48, 48)).save("face.png")
    result = call(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert "Data:" not in result.output


@pytest.mark.parametrize(
    "arguments", [["evaluate", "--data", ""], ["train", "--out="], ["predict", ""], ["convert", "", "x.csv"]]
)
def test_an_empty_name_is_not_the_folder_one_is_in(arguments):
    result = call(*arguments)
    assert result.exit_code == 2
    assert "an empty argument" in result.stderr


SEE = {"evaluate": ["compact"], "report": ["compact"], "predict": ["face.png"], "convert": ["a", "b.csv"]}


@pytest.mark.parametrize(
    "arguments",
    [
        *([name, "--data", "nowhere.csv"] for name in ("clean", "run", "train", "evaluate", "ensemble")),
        *([name, "--data", "nowhere.csv"] for name in ("tune-bias", "export", "report")),
        ["train", "--ferplus", "nowhere.csv"],
        ["tune-bias", "--image-dir", "nowhere.csv"],
        ["tune-bias", "--test", "nowhere.csv"],
        ["predict", "--biases", "nowhere.csv"],
    ],
)
def test_a_path_at_which_nothing_is_is_told_before_the_jobs_are_imported(arguments, monkeypatch):
    for module in ("jobs.train", "jobs.run", "jobs.clean", "jobs.evaluate", "jobs.ensemble", "jobs.tune"):
        monkeypatch.setitem(sys.modules, f"fer_course.{module}", None)
    for module in ("jobs.export", "jobs.study", "inference.predictor"):
        monkeypatch.setitem(sys.modules, f"fer_course.{module}", None)
    name, *options = arguments
    result = call(name, *SEE.get(name, []), *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"fer-course: {options[0]} nowhere.csv: no such file or folder\n"


@pytest.mark.parametrize("command", ["train", "run", "clean", "ensemble"])
def test_a_variable_that_leads_nowhere_is_told_before_the_jobs_are_imported(command, monkeypatch):
    monkeypatch.setenv("FER_COURSE_DATA", "nowhere.csv")
    monkeypatch.setitem(sys.modules, f"fer_course.jobs.{command}", None)
    result = call(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "FER_COURSE_DATA names nowhere.csv, but nothing is there" in result.stderr


CHOICES = {
    ("evaluate", "--tta"): [*filter(None, VIEWS)],
    ("evaluate", "--split"): ["train", "val", "test", "all"],
    ("ensemble", "--split"): ["val", "test"],
    ("ensemble", "--method"): [*FITS],
    ("train", "--recipe"): [*RECIPES],
    ("train", "--network"): [*NETWORKS],
    ("train", "--precision"): [*PRECISIONS, "auto"],
    ("train", "--optimizer"): ["adamw", "sgd"],
    ("train", "--schedule"): ["cosine", "restarts", "plateau"],
    ("train", "--balance"): [*BALANCES],
    ("ensemble", "--balance"): [*BALANCES],
    ("tune-bias", "--method"): ["optuna", "grid_search", "evolutionary", "cma-es", "prior"],
    ("tune-bias", "--objective"): [*OBJECTIVES],
    ("export", "--precision"): [*TOLERANCE],
    ("report", "--format"): [*WRITERS],
    ("convert", "--usage"): [*SPLIT_OF_USAGE],
    ("clean", "--detector"): [*DETECTORS],
    ("webcam", "--detector"): [*DETECTORS],
    ("predict", "--detector"): ["auto", "none", *DETECTORS],
}


@pytest.mark.parametrize(("command", "option"), CHOICES)
def test_a_choice_that_does_not_exist_is_answered_by_those_that_do(command, option):
    result = call(command, *SEE.get(command, []), option, "flop")
    assert (result.exit_code, result.stdout) == (2, "")
    assert option in result.stderr
    said = re.sub(r"[\s│]+", " ", result.stderr)  # without the frame around it
    names = re.search(r"'flop' is not one of (.*)\.", said)[1]
    assert sorted(re.findall(r"'([^']+)'", names)) == sorted(CHOICES[command, option])
