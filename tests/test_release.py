"""What a release says about itself is the same everywhere."""

import re
from pathlib import Path

import fer_course

ROOT = Path(__file__).parents[1]


def test_changelog_and_citation_name_this_version():
    newest = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text()
    assert newest[1] == fer_course.__version__
    assert f"version: {newest[1]}\n" in citation and f"date-released: {newest[2]}\n" in citation
