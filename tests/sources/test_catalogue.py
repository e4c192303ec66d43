import re
from dataclasses import fields

import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app
from fer_course.emotions import EMOTIONS
from fer_course.sources.catalogue import CATALOGUE

UNMAPPED = {"contempt", "unknown", "not a face"}


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_entry_is_complete(entry):
    for field in fields(entry):
        if field.name not in ("kaggle", "images", "megabytes"):
            assert getattr(entry, field.name), field.name
    assert re.fullmatch(r"[a-z0-9_]+", entry.name)
    assert entry.kaggle is None or re.fullmatch(r"[a-z0-9]+/[a-z0-9-]+", entry.kaggle)
    assert entry.page.startswith("http") and entry.address.startswith("http")
    assert set(entry.classes) <= {*EMOTIONS, *UNMAPPED}
    assert re.search(r"\b(19|20)\d\d\b", entry.citation), "a citation has a year"


def test_the_table_shows_what_is_on_the_disk(tmp_path):
    (tmp_path / "jaffe").mkdir()
    (tmp_path / "raf_db").mkdir()
    (tmp_path / "raf_db" / "labels.csv").touch()
    table = fer.datasets(tmp_path)
    assert list(table.index) == list(CATALOGUE)
    assert list(table.index[table["on_disk"]]) == ["raf_db"]
    assert table.loc["fer2013", "images"] == 35887
    assert table["images"].isna().any()  # where uploads differ, no number is made up


@pytest.mark.parametrize("command", [["datasets"], ["download", "--list"]])
def test_the_command_names_licence_and_terms_of_all(command, tmp_path):
    result = CliRunner().invoke(app, [*command, "--folder", str(tmp_path)])
    assert result.exit_code == 0
    for entry in CATALOGUE.values():
        for word in (entry.title, entry.licence, entry.terms, entry.citation, entry.page):
            assert word in result.output
