"""What a release says about itself is the same everywhere."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import fer_course

ROOT = Path(__file__).parents[1]
COLAB = next(ROOT.glob("tests/colab/colab-*.txt"))


def test_every_floor_admits_what_colab_ships():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    shipped = dict(re.findall(r"^(\S+)==(\S+)", COLAB.read_text(), flags=re.MULTILINE))
    extras = project["optional-dependencies"]
    wanted = map(
        Requirement, chain(project["dependencies"], *map(extras.get, ("train", "labels", "download")))
    )
    known = [one for one in wanted if one.name in shipped]
    assert {"kaggle", "keras", "numpy", "opencv-python"} <= {one.name for one in known}
    assert [str(one) for one in known if not one.specifier.contains(shipped[one.name])] == []


def test_changelog_and_citation_name_this_version():
    newest = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text()
    assert newest[1] == fer_course.__version__
    assert f"version: {newest[1]}\n" in citation and f"date-released: {newest[2]}\n" in citation


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "docs/teaching.md"])
def test_commands_name_this_version(path):
    tags = re.findall(r"[@ ]v(\d+\.\d+\.\d+)\b", (ROOT / path).read_text(encoding="utf-8"))
    assert set(tags) == {fer_course.__version__}
