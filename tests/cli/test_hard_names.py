"""Names of files, terminals and disks as they should not be, and what the commands print and write then."""

import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from fer_course.cli import app
from fer_course.cli.app import ORDER
from fer_course.dataset import FaceDataset
from fer_course.evaluation.scores import score
from fer_course.inference.video import write_video

pytestmark = pytest.mark.slow

NOISE = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
RUN = "from fer_course.cli import app; app()"


def run(*arguments, code=RUN, cwd=None, **environment):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, capture_output=True, cwd=cwd, env=os.environ | environment, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def named(tmp_path):
    """Write a picture under a name, and return where it is."""

    def write(name):
        path = tmp_path / name
        Image.fromarray(NOISE).save(path, "PNG")
        return path

    return write


def test_a_formula_in_a_table_is_text_and_can_be_had_back(named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["=cmd().png", "+1.png", "-1.png", "@sum.png", "'=1.png", "plain.png", "a=b.png"]
    for name in names:
        named(name)
    done = CliRunner().invoke(app, ["predict", "--csv", "table.csv", "--", *names])
    assert done.exit_code == 0, done.output
    written = pd.read_csv("table.csv")["image"]
    assert not written.str.match(r"[=+\-@]").any()
    assert written.str.removeprefix("'").tolist() == names
    assert written.tolist()[-2:] == names[-2:]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_tables_of_images_and_scores_hold_such_names_as_well(tmp_path):
    rng, names = np.random.default_rng(0), ["=cmd().png", os.fsdecode(b"caf\xe9.png"), "plain.png"]
    for number, folder in enumerate(("train/happy", "train/sad", "val/happy", "val/sad")):
        (tmp_path / "data" / folder).mkdir(parents=True)
        for name in names:
            image = rng.integers(0, 256, (48, 48), dtype=np.uint8) // (9 if name[0] != "p" else 1)
            Image.fromarray(image).save(tmp_path / "data" / folder / f"{name[:-4]}{number}.png")
    done = run("clean", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "cleaned"))
    assert done.returncode == 0, done.stderr
    removed = pd.read_csv(tmp_path / "cleaned" / "removed.csv")["id"]
    assert removed.tolist() == ["'=cmd()0.png", r"caf\udce90.png", "'=cmd()1.png", r"caf\udce91.png"]
    faces = FaceDataset.load(tmp_path / "cleaned" / "cleaned.npz").val
    scores = score(faces.labels, np.eye(7)[faces.labels], faces.ids).save(tmp_path / "scores")
    assert pd.read_csv(scores / "predictions.csv")["id"].tolist()[:2] == ["'=cmd()2.png", r"caf\udce92.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="other systems have no such names")
def test_what_a_terminal_would_obey_is_spelt_out(named, tmp_path):
    named("red\x1b[31m.png")
    named("two\nlines.png")
    named("gpj\u202e.png")
    (tmp_path / "bad\x1b]0;title\x07.png").write_text("no picture")
    done = CliRunner().invoke(app, ["predict", str(tmp_path)])
    assert done.exit_code == 1
    assert not set("\x1b\x07\u202e") & set(done.output)
    shown = {line.split(": ")[0].rpartition("/")[2] for line in done.stdout.splitlines()}
    assert shown == {r"red\x1b[31m.png", r"two\nlines.png", r"gpj\u202e.png"}
    assert r"bad\x1b]0;title\x07.png: " in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="other systems have no such names")
def test_prints_of_the_package_are_made_harmless_too(tmp_path):
    np.savez(tmp_path / "red\x1b[31m.npz", x=NOISE[None], y=[3])
    done = CliRunner().invoke(app, ["convert", str(tmp_path / "red\x1b[31m.npz"), str(tmp_path / "a.csv")])
    assert done.exit_code == 0, done.output
    assert r"red\x1b[31m.npz: " in done.stdout and "images are 'x', labels 'y'" in done.stdout
    assert "\x1b" not in done.output


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_names_need_be_neither_text_nor_short_nor_in_the_letters_of_the_terminal(named, tmp_path, encoding):
    names = [os.fsdecode(b"caf\xe9.png"), "é" * 125 + ".webp", "n" * 251 + ".png", "表.png"]
    paths = [str(named(name)) for name in names]
    out = tmp_path / "out"
    with write_video(tmp_path / os.fsdecode(b"\xff.mp4"), fps=5) as film:
        film.write(np.zeros((48, 64, 3), np.uint8))
    options = ["--csv", str(out / "table.csv"), "--annotated", str(out)]
    code = f"""
import sys
from fer_course.cli import app
for options in ([], ["--json"], {options}):
    try:
        app(["predict", *sys.argv[1:], *options])
    except SystemExit as end:
        if end.code:
            raise
"""
    done = run(*paths, code=code, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} == {
        *names[:1],
        *names[2:],
        "é" * 125 + ".png",
        "table.csv",
    }
    table = pd.read_csv(out / "table.csv")["image"].tolist()
    assert [path.rpartition("/")[2] for path in table] == [r"caf\udce9.png", *names[1:]]
    done = run("predict", str(tmp_path / os.fsdecode(b"\xff.mp4")), paths[0], PYTHONIOENCODING=encoding)
    assert done.returncode == 1 and done.stdout.count(b"\n") == 1
    assert rb"\udcff.mp4: OpenCV takes no path that is not UTF-8" in done.stderr


def test_help_needs_no_letters_that_a_terminal_lacks():
    code = f"""
from fer_course.cli import app
for command in ([], *([name] for name in {ORDER})):
    try:
        app([*command, "--help"])
    except SystemExit as end:
        assert not end.code
"""
    done = run(code=code, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii() and done.stdout.count(b"Usage:") == 1 + len(ORDER)


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
@pytest.mark.slow
def test_commands_need_no_letters_that_a_terminal_lacks(environment, tmp_path):
    code = """
from fer_course.cli import app
for command in ("datasets", "convert sample out.npz", "doctor"):
    try:
        app(command.split())
    except SystemExit as end:
        print("ended with", end.code)
"""
    done = run(code=code, cwd=tmp_path, **environment)
    assert b"Traceback" not in done.stderr and done.returncode == 0, done.stderr
    *told, rest = re.split(rb"ended with \w+\s+", done.stdout)
    assert len(told) == 3 and all(told) and not rest


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_what_does_not_fit_on_the_disk_is_said_in_a_line_and_nothing_is_left(tmp_path):
    out = tmp_path / "out"
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    Image.fromarray(noise).save(tmp_path / "photo.jpg")
    with write_video(tmp_path / "clip.mp4", fps=10) as film:
        for shift in range(20):
            film.write(np.roll(noise, shift * 7, axis=1))
    names = ("clip.mp4", "photo.png", "photo.jpg")
    code = """
import resource, sys
from pathlib import Path
from fer_course.cli import app
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
*files, out = sys.argv[1:]
for file in files:
    try:
        app(["predict", file, "--annotated", out])
    except SystemExit as end:
        print("ended with", end.code, "and left", list(Path(out).iterdir()), file=sys.stderr)
"""
    done = run(*(str(tmp_path / name) for name in names), str(out), code=code)
    *told, rest = done.stderr.decode().split("ended with 1 and left []\n")
    assert rest == "" and "Traceback" not in done.stderr.decode()
    for name, said in zip(names, told, strict=True):
        assert said.splitlines()[-1].startswith(f"fer-course: {out / name}: ")
