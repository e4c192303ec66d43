"""Ensembles from files to files."""

import json

import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cli import app
from fer_course.jobs.ensemble import ensemble
from fer_course.jobs.folder import RunFolder
from fer_course.training.zoo import SEARCH_SPACE

pytestmark = pytest.mark.slow


def test_the_command_trains_combines_and_scores_test_only_when_asked(drawn_file, tmp_path, monkeypatch):
    # smaller networks than the zoo has, which TensorFlow traces in less time
    monkeypatch.setitem(SEARCH_SPACE, "width", (4,))
    monkeypatch.setitem(SEARCH_SPACE, "stages", (1,))

    def call(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    out = tmp_path / "run"
    words = ["ensemble", "--data", drawn_file, "--epochs", "1", "--members", "2", "--out", out]
    result = call(*words, "--method", "weights")
    assert result.exit_code == 0, result.output
    val, test = fer.read_dataset(drawn_file).val, fer.read_dataset(drawn_file).test
    assert f"cross-validated on {len(val)} images" in result.output
    assert f"{len(val)} val images" in result.output
    assert {path.name for path in out.iterdir()} == {
        "members", "metrics.json", "settings.json", "weights.json", "val",
    }  # fmt: skip
    assert {"members.csv", "diversity.csv", "diversity.png", "size.png", "metrics.json"} <= {
        path.name for path in (out / "val").iterdir()
    }
    (row,) = json.loads((out / "metrics.json").read_text())["scores"]
    scored = call("evaluate", out)
    assert scored.exit_code == 0 and f"accuracy {row['accuracy']:.1%}" in scored.output
    tested = call(*words, "--split", "test")
    assert tested.exit_code == 0 and "epoch 1" not in tested.output
    assert f"{len(test)} test images" in tested.output
    assert RunFolder(out).metrics()["split"].tolist() == ["val", "test"]
    refused = call(*words, "--seed", "3")
    assert refused.exit_code == 1 and "recipe.seed was 0, is now 3" in refused.output
    assert "'magic' is not one of" in call(*words, "--method", "magic").output
    refused = call("export", out, "--out", tmp_path / "onnx")
    assert refused.exit_code == 1 and "an ensemble, which is no one file" in refused.output


def test_one_member_is_no_ensemble(tmp_path):
    with pytest.raises(FerCourseError, match="give two or more"):
        ensemble("sample", tmp_path / "alone", members=1)
    assert not (tmp_path / "alone").exists()
