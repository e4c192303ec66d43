import pytest

from fer_course.sources.fer2013 import load_fer2013, write_fer2013_csv


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty place to work in, with no data in it or above it."""
    folder = tmp_path / "course" / "lessons"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_the_sample_when_there_is_nothing_else(here, capsys):
    faces = load_fer2013()
    assert set(faces.source) == {"drawn sample"}
    said = capsys.readouterr().out
    assert said.startswith("Data: the drawn sample of the package, 2,100 faces. ")
    assert "data/fer2013/" in said and "FER_COURSE_DATA" in said
    assert said.count("\n") == 1


def test_the_places_in_their_order(here, faces, monkeypatch, capsys):
    parts = [faces.subset(range(count)) for count in (1, 2, 3, 4)]
    above = write_fer2013_csv(parts[0], here.parent / "data" / "fer2013" / "fer2013.csv")
    assert len(load_fer2013()) == 1
    assert capsys.readouterr().out == "Data: ../data/fer2013 (found in data/fer2013), 1 images.\n"

    parts[1].save(here / "data" / "fer2013" / "faces.npz")
    assert len(load_fer2013()) == 2
    assert capsys.readouterr().out == "Data: data/fer2013 (found in data/fer2013), 2 images.\n"

    monkeypatch.setenv("FER_COURSE_DATA", str(write_fer2013_csv(parts[2], here / "named.csv")))
    assert len(load_fer2013()) == 3
    assert capsys.readouterr().out.endswith("named.csv (named by FER_COURSE_DATA), 3 images.\n")

    assert len(load_fer2013(write_fer2013_csv(parts[3], here / "given.csv"))) == 4
    assert capsys.readouterr().out.endswith("given.csv (the path given), 4 images.\n")
    assert above.exists()


def test_an_empty_folder_is_no_data(here):
    (here / "data" / "fer2013").mkdir(parents=True)
    (here / "data" / "fer2013" / ".gitkeep").touch()
    assert set(load_fer2013().source) == {"drawn sample"}


def test_a_path_that_is_wrong_does_not_fall_back_to_the_sample(here, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv: no such file"):
        load_fer2013("nowhere.csv")
    monkeypatch.setenv("FER_COURSE_DATA", "sample")
    assert set(load_fer2013().source) == {"drawn sample"}
    monkeypatch.setenv("FER_COURSE_DATA", "nowhere.csv")
    with pytest.raises(FileNotFoundError, match=r"FER_COURSE_DATA names nowhere\.csv, but nothing is there"):
        load_fer2013()
