import numpy as np
import pandas as pd
import pytest

from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError
from fer_course.sources.fer2013 import write_fer2013_csv
from fer_course.sources.ferplus import TABLE, VOTE_COLUMNS, load_ferplus, read_ferplus
from fer_course.sources.reading import read_dataset

USAGE = ["Training"] * 3 + ["PublicTest"] * 2 + ["PrivateTest"]
SPLIT = ["train"] * 3 + ["val"] * 2 + ["test"]


@pytest.fixture
def table():
    """Six rows: in row k all ten raters give answer k of the file's own order of columns."""
    votes = 10 * np.eye(10, dtype=int)[:6]
    names = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
    frame = pd.DataFrame(votes, columns=[*names, "unknown", "NF"])
    frame.insert(0, "Usage", USAGE)
    # As in the real table, an image in which no rater saw a face has no name, and the next takes its number
    frame.insert(1, "Image name", ["fer0000000.png", "", *(f"fer{row:07d}.png" for row in range(1, 5))])
    return frame


@pytest.fixture
def images():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 48, 48), np.uint8)
    ids = np.array([f"row{row:05d}" for row in range(6)])
    return FaceDataset(pixels, np.zeros(6, int), np.array(SPLIT), ids)


@pytest.fixture
def path(tmp_path, table):
    table.to_csv(tmp_path / TABLE, index=False)
    return tmp_path / TABLE


def test_columns_are_put_into_the_order_of_the_labels(path, images):
    assert read_ferplus(path, images).majority().tolist() == [6, 3, 5, 4, 0, 1]
    assert read_ferplus(path.parent, images).majority().tolist() == [6, 3, 5, 4, 0, 1]


def test_a_part_of_the_images_in_another_order_finds_its_votes(path, images):
    assert read_ferplus(path, images.subset([4, 0, 5])).majority().tolist() == [0, 6, 1]


@pytest.mark.parametrize(
    "ids",
    [
        ("fer0000001.png", "fer0000003.png"),
        ("FER2013Train/fer0000001.png", "FER2013Valid/fer0000003.png"),
        ("fer2013/row00002", "fer2013/row00004"),
    ],
)
def test_names_of_ferplus_are_looked_up_and_rows_counted(path, images, ids):
    some = FaceDataset(images.images[[2, 4]], [0, 0], np.array(["train", "val"]), np.array(ids))
    assert read_ferplus(path, some).majority().tolist() == [5, 0]


def test_a_name_that_the_table_does_not_hold_is_an_error(tmp_path, path, images, table):
    some = FaceDataset(images.images[:1], [0], np.array(["val"]), np.array(["fer0000005.png"]))
    with pytest.raises(FerCourseError, match=r"'fer0000005\.png' does not say whose votes"):
        read_ferplus(path, some)
    table.drop(columns="Image name").to_csv(tmp_path / TABLE, index=False)
    with pytest.raises(FerCourseError, match="no column 'Image name'"):
        read_ferplus(tmp_path, some)
    table.assign(**{"Image name": "fer0000005.png"}).to_csv(tmp_path / TABLE, index=False)
    with pytest.raises(FerCourseError, match=r"row 3: a second 'fer0000005'"):
        read_ferplus(tmp_path, some)


def test_spaces_a_byte_order_mark_and_unnamed_images_do_not_matter(tmp_path, table, images):
    table.loc[0, "Image name"] = ""
    text = table.to_csv(index=False).replace(",", ", ")
    (tmp_path / TABLE).write_text(text, encoding="utf-8-sig")
    assert read_ferplus(tmp_path, images).majority().tolist() == [6, 3, 5, 4, 0, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="NF"), "row 1: not FER\\+, no column 'NF'"),
        (lambda t: t.iloc[:4], "4 rows of votes, but image row00004 needs row 6"),
        (lambda t: t.assign(fear=[0, 0, 30, 0, 0, 0]), "row 4: 40 votes, expected ten"),
        (lambda t: t.assign(fear=[0, "x", 0, 0, 0, 0]), "row 3, column 'fear': 'x', expected a number"),
        (lambda t: t.assign(fear=[0, 0, -1, 0, 0, 0]), "row 4, column 'fear'"),
        (lambda t: t.assign(fear=[0, 0, 0, np.nan, 0, 0]), "row 5, column 'fear'"),
        (lambda t: t.assign(Usage=USAGE[::-1]), "row 2: Usage is 'PrivateTest', but image row00000"),
        (lambda t: t.assign(Usage="Extra"), "row 2: Usage is 'Extra'"),
    ],
)
def test_a_table_that_does_not_fit_is_explained(tmp_path, table, images, change, message):
    change(table).to_csv(tmp_path / TABLE, index=False)
    with pytest.raises(FerCourseError, match=message):
        read_ferplus(tmp_path, images)


def test_rows_of_nine_votes_are_in_the_published_table_and_pass(tmp_path, table, images):
    table.loc[0, "neutral"] = 9
    table.to_csv(tmp_path / TABLE, index=False)
    assert read_ferplus(tmp_path, images).counts.sum(axis=1).tolist() == [9, 10, 10, 10, 10, 10]


def test_other_files_and_images_are_refused(tmp_path, path, images, faces):
    with pytest.raises(FileNotFoundError, match="microsoft/FERPlus"):
        read_ferplus(tmp_path / "nothing.csv", images)
    with pytest.raises(FerCourseError, match="image '00000' does not say whose votes"):
        read_ferplus(path, faces)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(FerCourseError, match="not a table"):
        read_ferplus(tmp_path / "empty.csv", images)


def test_without_the_real_files_the_sample_is_rated(tmp_path, monkeypatch, capsys, path, images):
    monkeypatch.chdir(tmp_path)
    faces, votes = load_ferplus()
    assert set(faces.source) == {"drawn sample"}
    assert len(votes) == len(faces)
    assert "simulated" in capsys.readouterr().out
    monkeypatch.setenv("FER_COURSE_DATA", str(write_fer2013_csv(images, tmp_path / "own" / "fer2013.csv")))
    assert set(load_ferplus()[0].source) == {"drawn sample"}


@pytest.mark.parametrize("place", ["data/fer2013", "data/fer2013_plus"])
def test_real_files_are_found_where_they_are_put(tmp_path, monkeypatch, capsys, images, table, place):
    monkeypatch.chdir(tmp_path)
    write_fer2013_csv(images, "data/fer2013/fer2013.csv")
    (tmp_path / place).mkdir(exist_ok=True)
    table.to_csv(tmp_path / place / TABLE, index=False)
    faces, votes = load_ferplus()
    assert len(faces) == 6
    assert votes.majority().tolist() == [6, 3, 5, 4, 0, 1]
    assert f"{place}/{TABLE}" in capsys.readouterr().out.replace("\\", "/")


def test_the_real_table_as_it_was_measured(shared, fer2013_writer, tmp_path):
    data = fer2013_writer.load(limit=None)
    fer2013_writer.write_ferplus(data, tmp_path)
    count = len(data["emotion"])
    split = np.where(data["usage"] == "Training", "train", "val")
    ids = np.array([f"row{row:05d}" for row in range(count)])
    votes = read_ferplus(tmp_path, FaceDataset(data["images"], data["emotion"], split, ids))
    most = votes.counts.max(axis=1)
    assert [(most[split == name] <= 5).sum() for name in ("train", "val")] == [6730, 713]
    agreement = votes.agreement(data["emotion"])
    assert agreement.loc["all", "agree"] == pytest.approx(0.614, abs=0.001)
    assert agreement.loc["all", "no_vote"] == pytest.approx(0.163, abs=0.001)
    assert agreement.loc["fear", "agree"] == pytest.approx(0.124, abs=0.001)
    assert votes.summary()["not a face"] == 160


def test_the_small_files_of_the_real_dataset_join_by_row(real, fer2013_writer, tmp_path):
    fer2013_writer.write_ferplus(real, tmp_path)
    order = ("emotion", "pixels", "usage")
    fer2013_writer.write_csv(real, tmp_path, "fer2013.csv", ("emotion", "pixels", "Usage"), order)
    votes = read_ferplus(tmp_path, read_dataset(tmp_path / "fer2013.csv"))
    assert votes.to_frame()["not a face"].tolist() == real["ferplus_votes"][:, 9].tolist()
    assert votes.to_frame()["happy"].tolist() == real["ferplus_votes"][:, 1].tolist()
    assert len(VOTE_COLUMNS) == 10


@pytest.fixture(scope="module")
def first_rows(fer2013_writer):
    """The first 300 real images of Training and PublicTest: their FER+ names are no rows from row 60 on."""
    return fer2013_writer.load(limit=300)


def test_kaggles_folders_get_their_rows_and_votes_back(first_rows, fer2013_writer, tmp_path):
    fer2013_writer.write_ferplus(fer2013_writer.load(limit=None), tmp_path)
    fer2013_writer.write_folders(first_rows, tmp_path / "faces")
    faces = read_dataset(tmp_path / "faces")
    rows = np.char.lstrip(faces.ids.astype(str), "row").astype(int)
    order = np.argsort(rows)
    assert rows[order].tolist() == first_rows["row"].tolist()
    votes = read_ferplus(tmp_path, faces.subset(order))
    assert votes.counts[:, 6].tolist() == first_rows["ferplus_votes"][:, 0].tolist()
    assert votes.counts[:, 9].tolist() == first_rows["ferplus_votes"][:, 9].tolist()


def test_votes_on_rows_that_are_no_longer_fer2013s_are_refused(first_rows, fer2013_writer, tmp_path):
    fer2013_writer.write_ferplus(first_rows, tmp_path)
    split = np.where(first_rows["usage"] == "Training", "train", "val")
    faces = FaceDataset(first_rows["images"], first_rows["emotion"], split)
    kept = np.delete(np.arange(300), [3, 40])  # a cleaned set, written and read again
    path = write_fer2013_csv(faces.subset(kept), tmp_path / "cleaned.csv")
    with pytest.raises(FerCourseError, match="their numbers are no longer FER2013's"):
        read_ferplus(tmp_path, read_dataset(path))


def test_ferplus_own_names_get_their_own_votes(first_rows, fer2013_writer, tmp_path):
    fer2013_writer.write_ferplus(first_rows, tmp_path)
    named = np.flatnonzero(first_rows["ferplus_name"] != "")
    assert not (first_rows["ferplus_name"] == [f"fer{row:07d}.png" for row in first_rows["row"]]).all()
    split = np.where(first_rows["usage"] == "Training", "train", "val")
    faces = FaceDataset(first_rows["images"], first_rows["emotion"], split, first_rows["ferplus_name"])
    votes = read_ferplus(tmp_path, faces.subset(named))
    assert votes.counts[:, 6].tolist() == first_rows["ferplus_votes"][named, 0].tolist()


def test_votes_without_their_images_are_no_sample(tmp_path, monkeypatch, table):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FER_COURSE_DATA", raising=False)
    table.to_csv("votes.csv", index=False)
    with pytest.raises(FerCourseError, match=r"votes on FER2013, which is not here"):
        load_ferplus("votes.csv")
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv: no such file"):
        load_ferplus("nothing.csv")


def test_the_images_beside_the_votes_are_taken_first(tmp_path, monkeypatch, images, table):
    monkeypatch.chdir(tmp_path)
    other = images.subset(np.arange(6)[::-1])
    write_fer2013_csv(other, "data/fer2013/fer2013.csv")
    write_fer2013_csv(images, "data/fer2013_plus/fer2013.csv")
    table.to_csv(f"data/fer2013_plus/{TABLE}", index=False)
    for given in (None, f"data/fer2013_plus/{TABLE}"):
        faces, votes = load_ferplus(given)
        np.testing.assert_array_equal(faces.images, images.images)
        assert votes.majority().tolist() == [6, 3, 5, 4, 0, 1]


def test_the_folders_of_ferplus_have_the_labels_of_their_votes(tmp_path, real, fer2013_writer):
    fer2013_writer.write_ferplus_folders(real, tmp_path / "ferplus")
    fer2013_writer.write_ferplus(real, tmp_path)
    for usage, folder in fer2013_writer.FERPLUS_FOLDERS.items():
        named = (real["usage"] == usage) & (real["ferplus_name"] != "")
        rows = zip(real["ferplus_name"][named], real["ferplus_votes"][named], strict=True)
        text = "".join(f'{name},"(0, 0, 48, 48)",{",".join(map(str, votes))}\n' for name, votes in rows)
        (tmp_path / "ferplus" / folder / "label.csv").write_text(text)
    faces = read_dataset(tmp_path / "ferplus")
    assert set(faces.split) == {"train", "val"} and len(faces) == np.count_nonzero(real["ferplus_name"] != "")
    images = {image.tobytes() for image in real["images"]}
    assert {image.tobytes() for image in faces.images} <= images
    np.testing.assert_array_equal(faces.labels, read_ferplus(tmp_path, faces).majority())
    assert (faces.labels >= 0).mean() > 0.5
