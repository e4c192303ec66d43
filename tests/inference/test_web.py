import base64
import gzip
import json
import re
import sys
from contextlib import contextmanager

import onnx
import pytest
from refresh_web_runtime import PACKAGE, RUNTIME, VERSION

import fer_course as fer
from fer_course import FerCourseError
from fer_course.faces.alignment import SIDES
from fer_course.faces.detectors import LEAST_CONFIDENCE
from fer_course.faces.yunet import YUNET
from fer_course.files import write_beside
from fer_course.inference import web
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.inference.web import export_web

pytestmark = pytest.mark.slow

OURS = ("index.html", "style.css", "app.js", "faces.js", "network.js", "model.js", "detector.js")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "web"
    assert export_web(folder) == folder / "index.html"
    return folder


def constant(folder, name):
    """The value that a script defines."""
    text = (folder / name).read_text(encoding="utf-8")
    return json.loads(re.search(r"^const \w+ = (.*);$", text, re.MULTILINE)[1])


def test_the_page_finds_all_its_files_and_nothing_else_is_there(folder):
    page = (folder / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:src|href)="([\w.]+)"', page))
    assert {path.name for path in folder.iterdir()} == named | {"index.html", "ort.LICENSE", "yunet.LICENSE"}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 7_000_000


def test_the_page_can_reach_no_address_and_names_none(folder):
    page = (folder / "index.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    rules = {name: sources for name, *sources in (rule.split() for rule in policy.split("; "))}
    assert rules["default-src"] == ["'none'"] and rules["connect-src"] == ["blob:"]
    assert {source for sources in rules.values() for source in sources} <= {
        "'none'",
        "'self'",
        "'wasm-unsafe-eval'",
        "blob:",
        "data:",
    }
    assert page.index("Content-Security-Policy") < page.index("<script")
    for name in OURS:
        assert "://" not in (folder / name).read_text(encoding="utf-8"), name


def test_the_network_stands_in_the_page_with_what_it_takes(folder):
    model = constant(folder, "model.js")
    assert base64.b64decode(model["network"]) == COMPACT_MODEL.read_bytes()
    assert tuple(model["emotions"]) == fer.EMOTIONS and model["colors"] == fer.EMOTION_COLORS
    assert (model["height"], model["width"], model["channels"]) == (48, 48, 1)
    assert "FER2013" in model["about"]


def test_a_network_trained_on_evened_out_contrast_is_said_to_be_one(folder, tmp_path):
    assert constant(folder, "model.js")["clahe"] is False
    graph = onnx.load(COMPACT_MODEL)
    known = {entry.key: entry.value for entry in graph.metadata_props}
    onnx.helper.set_model_props(graph, known | {"clahe": "true"})
    onnx.save(graph, tmp_path / "evened.onnx")
    with pytest.warns(UserWarning, match="evened-out contrast"):
        export_web(tmp_path / "web", tmp_path / "evened.onnx")
    assert constant(tmp_path / "web", "model.js")["clahe"] is True


def test_the_detector_is_the_one_that_ships_with_its_licence(folder):
    detector = constant(folder, "detector.js")
    assert base64.b64decode(detector["network"]) == YUNET.read_bytes()
    assert detector["side"] == SIDES["yunet"] and detector["least"] == LEAST_CONFIDENCE
    assert "MIT License" in (folder / "yunet.LICENSE").read_text(encoding="utf-8")


def test_the_runtime_is_small_and_its_version_and_licence_are_kept(folder):
    wasm = gzip.decompress(base64.b64decode(constant(folder, "runtime.js")))
    assert wasm.startswith(b"\0asm")
    assert f"v{VERSION}".encode() in (folder / "ort.wasm.min.js").read_bytes()[:200]
    assert (RUNTIME / "VERSION").read_text() == f"{PACKAGE} {VERSION}\n"
    assert "Microsoft" in (folder / "ort.LICENSE").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in RUNTIME.iterdir()) < 2_000_000


def test_a_page_is_replaced_and_other_files_stay(tmp_path):
    export_web(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "model.js").write_text("old")
    own = tmp_path / "own.onnx"
    own.write_bytes(COMPACT_MODEL.read_bytes())
    export_web(tmp_path, own)
    assert constant(tmp_path, "model.js")["name"] == "own.onnx"
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_what_is_no_network_or_no_folder_of_its_own_is_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(FerCourseError, match="not a readable ONNX network"):
        export_web(tmp_path / "web", tmp_path / "text.onnx")
    with pytest.raises(FileNotFoundError, match="no such file"):
        export_web(tmp_path / "web", tmp_path / "none.onnx")
    with pytest.raises(FerCourseError, match="is a file"):
        export_web(tmp_path / "text.onnx")
    for name in ("index.html", "app.js"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(FerCourseError, match=rf"{name} is of another page"):
            export_web(tmp_path)
        (tmp_path / name).unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["text.onnx"]


@pytest.mark.parametrize("written", range(4))
def test_an_interrupted_export_can_be_repeated(folder, tmp_path, monkeypatch, written):
    names = iter(range(written))

    @contextmanager
    def write(path):
        if next(names, None) is None:
            raise KeyboardInterrupt
        with write_beside(path) as temporary:
            yield temporary

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(web, "write_beside", write)
        export_web(tmp_path / "web")
    export_web(tmp_path / "web")
    assert {path.name: path.read_bytes() for path in (tmp_path / "web").iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_export_looks_at_the_pages_folder_before_it_works(tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("mine")
    monkeypatch.setitem(sys.modules, "fer_course.training.saved", None)  # with which the work begins
    with pytest.raises(FerCourseError, match=r"index.html is of another page"):
        fer.export(out=tmp_path / "files", precisions=["fp32"], data="sample", web=tmp_path)
    assert not (tmp_path / "files").exists()
