import re
import tempfile
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from file_trees import encoded, write_as, write_tree, write_zip
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sets import (
    LAYOUTS,
    RAF_LABELS,
    ck_plus,
    expw,
    face,
    ferplus,
    jaffe,
    kdef,
    npy,
    raf_db_compound,
    raf_db_flat,
    raf_db_folders,
    raf_db_of_the_makers,
)

from fer_course.dataset import SPLITS
from fer_course.errors import FerCourseError
from fer_course.sources.reading import read_dataset

both_kinds = pytest.mark.parametrize("kind", ["folder", "zip"])
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
FACE = encoded(face(0))


@pytest.fixture(scope="module", params=LAYOUTS, ids=lambda layout: layout.__name__)
def stored(request):
    return request.param()


@both_kinds
def test_labels_names_and_splits(stored, tmp_path, kind):
    faces = read_dataset(write_as(kind, tmp_path, stored.files))
    assert dict(zip(faces.ids.tolist(), faces.labels.tolist(), strict=True)) == stored.labels
    assert faces.images.shape[1:] == (48, 48)
    assert set(faces.source) == {stored.source}
    assert set(faces.attributes["original_label"][faces.labels < 0]) >= stored.names
    if stored.splits is not None:
        assert dict(zip(faces.ids.tolist(), faces.split.tolist(), strict=True)) == stored.splits
    elif stored.person:
        frame = faces.to_frame()
        assert stored.person in set(frame["person"])
        assert set(frame.groupby("person")["split"].nunique()) == {1}
        assert set(frame["split"]) == set(SPLITS)
    else:
        assert set(faces.split) == {"train"}


@both_kinds
def test_a_set_that_was_unpacked_into_itself_is_read_once(stored, tmp_path, kind, capsys):
    again = {f"again/{path}": data for path, data in stored.files.items()}
    try:
        faces = read_dataset(write_as(kind, tmp_path, stored.files | again))
    except FerCourseError as error:
        assert "label files of the same name" in str(error)
        return
    assert sorted(faces.labels) == sorted(stored.labels.values())
    assert "read once" in capsys.readouterr().out or stored.source == "expw"


def test_a_folder_and_its_zip_are_the_same(stored, tmp_path):
    folder = read_dataset(write_tree(tmp_path / "faces", stored.files))
    archive = read_dataset(write_zip(tmp_path / "faces.zip", stored.files))
    np.testing.assert_array_equal(folder.images, archive.images)
    assert folder.to_frame().equals(archive.to_frame())


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_part_of_ck_plus_is_the_same_from_its_zip(data):
    files = ck_plus().files
    part = data.draw(st.sets(st.sampled_from([path for path in files if path.endswith(".png")]), min_size=1))
    with tempfile.TemporaryDirectory() as name:
        folder = read_dataset(write_tree(Path(name) / "faces", {path: files[path] for path in part}))
        archive = read_dataset(write_zip(Path(name) / "faces.zip", {path: files[path] for path in part}))
    assert len(folder) == len(part)
    np.testing.assert_array_equal(folder.images, archive.images)
    assert folder.to_frame().equals(archive.to_frame())


def test_unmapped_labels_are_counted_and_left_out_when_asked(stored, tmp_path, capsys):
    path = write_as("zip", tmp_path, stored.files)
    unmapped = [name for name, label in stored.labels.items() if label < 0]
    everything = read_dataset(path)
    said = capsys.readouterr().out
    assert f"{len(stored.labels)} faces" in said
    assert ("none of the seven emotions (label -1): " in said) == bool(unmapped)
    for name in stored.names:
        assert f"{np.count_nonzero(everything.attributes['original_label'] == name)} {name}" in said

    kept = read_dataset(path, keep_unmapped=False)
    assert set(kept.ids) == set(stored.labels) - set(unmapped)
    splits = dict(zip(everything.ids, everything.split, strict=True))
    assert all(splits[name] == split for name, split in zip(kept.ids, kept.split, strict=True))
    if unmapped:
        assert f"left out {len(unmapped)} images of none of the seven emotions" in capsys.readouterr().out


def test_the_line_that_says_what_was_found(tmp_path, capsys):
    read_dataset(write_tree(tmp_path, kdef().files))
    said = capsys.readouterr().out
    assert re.fullmatch(
        r"Data: KDEF in .*: 36 faces; none of the seven emotions \(label -1\): 1 unknown; 4 people, each in "
        r"one split \(15 train, 14 val, 7 test\); 5 afraid \(fear\), .*; cut square and resized to 48 x 48 "
        r"\(by area; bilinear where enlarged\)\.\n",
        said,
    ), said
    read_dataset(write_tree(tmp_path / "ck", ck_plus().files))
    assert "resized" not in capsys.readouterr().out
    read_dataset(write_tree(tmp_path / "expw", expw().files))
    assert "1 other files left out" in capsys.readouterr().out


def test_pictures_keep_their_proportions_and_their_places(tmp_path):
    files = {"KDEF/AF01ANS.JPG": encoded(face(0, 1, 762, 562), ".png")}
    (image,) = read_dataset(write_tree(tmp_path, files)).images
    middle = face(0, 1, 762, 562)[100:662]
    np.testing.assert_array_equal(image, cv2.resize(middle, (48, 48), interpolation=cv2.INTER_AREA))


def test_expw_cuts_out_the_face_in_the_box(tmp_path):
    faces = read_dataset(write_tree(tmp_path, expw().files))
    for number in range(4):
        for position in range(3):
            (found,) = faces.images[faces.ids == f"awe_{number}.jpg#{position}"]
            drawn = face(number + position, number)
            np.testing.assert_array_equal(found, cv2.resize(drawn, (48, 48), interpolation=cv2.INTER_AREA))


def test_both_sessions_of_kdef_show_the_same_people(tmp_path):
    frame = read_dataset(write_tree(tmp_path, kdef().files)).to_frame()
    sessions = frame["id"].str[:1].groupby(frame["person"]).agg(set)
    assert sessions["F01"] == {"A", "B"}
    assert set(frame.loc[frame["id"].str.contains("AF01ANFL"), "angle"]) == {"full left"}


def test_sequences_of_ck_plus(tmp_path):
    frame = read_dataset(write_tree(tmp_path, ck_plus().files)).to_frame()
    assert frame.loc[frame["id"] == "S052_003_00000017.png", "sequence"].item() == "S052_003"


def test_splits_of_an_upload_count_before_people(tmp_path):
    files = {
        path.replace("CK+48", "train" if "S999" in path else "test"): data
        for path, data in ck_plus().files.items()
    }
    frame = read_dataset(write_tree(tmp_path, files)).to_frame()
    assert set(frame.loc[frame["person"] == "S999", "split"]) == {"train"}
    assert set(frame.loc[frame["person"] != "S999", "split"]) == {"test"}


def test_neither_splits_nor_people(tmp_path):
    with pytest.warns(UserWarning, match="neither splits nor people are known .* all are train") as caught:
        read_dataset(write_tree(tmp_path, expw().files))
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_dataset(write_tree(tmp_path / "with people", jaffe().files))


def test_raf_db_has_no_val(tmp_path):
    with pytest.warns(UserWarning, match="train and test, but no val"):
        read_dataset(write_tree(tmp_path, raf_db_folders().files))


def test_raf_db_under_other_names(tmp_path):
    files = {f"train/{number}/face{number}.png": encoded(face(label)) for number, label in RAF_LABELS.items()}
    faces = read_dataset(write_tree(tmp_path, files))
    assert faces.labels.tolist() == list(RAF_LABELS.values())
    assert faces.attributes["original_label"][0] == "surprise"


def test_raf_db_in_folders_named_after_emotions(tmp_path):
    files = {"raf-db/train/happy/train_00001_aligned.jpg": encoded(face(3, 0, 100, 100), ".jpg")}
    faces = read_dataset(write_tree(tmp_path, files))
    assert (faces.labels.tolist(), set(faces.source)) == ([3], {"raf_db"})


@both_kinds
def test_contempt_beside_the_seven(tmp_path, kind):
    files = {f"{name}/1.png": encoded(face(0, 0, 70, 70)) for name in ("happy", "contempt")}
    faces = read_dataset(
        write_as(kind, tmp_path / "mine", files)
        if kind == "folder"
        else write_zip(tmp_path / "mine.zip", files)
    )
    assert faces.labels.tolist() == [-1, 3]
    assert faces.attributes["original_label"].tolist() == ["contempt", "happy"]
    assert set(faces.source) == {"mine"}


SMALL = encoded(face(3))


WRONG = {
    "a folder that RAF-DB does not have": (
        {f"train/{number}/train_0000{number}_aligned.jpg": SMALL for number in range(1, 9)},
        r"train/8/train_00008_aligned\.jpg: label 8, but RAF-DB has 1 surprise, .*7 neutral",
    ),
    "RAF-DB counted from 0": (
        {f"train/{number}/train_0000{number}_aligned.jpg": SMALL for number in range(7)},
        r"train/0/train_00000_aligned\.jpg: label 0, but RAF-DB has 1 surprise.*counted from 0, rename",
    ),
    "numbers that say nothing": (
        {f"train/{number}/{number}.jpg": SMALL for number in range(7)},
        r"images in folders 0, 1, 2, 3, 4, 5, 6, and a number alone does not say which emotion. Whose",
    ),
    "a folder that AffectNet does not have": (
        {f"AffectNet/train/{number}/{number}.jpg": SMALL for number in range(12)},
        r"train/11/11\.jpg: label 11, but AffectNet has 0 neutral, .*10 no face",
    ),
    "an annotation that is no number": (
        {"images/1.jpg": SMALL, "annotations/1_exp.npy": b"no array"},
        r"annotations/1_exp\.npy: not the number of an expression",
    ),
    "a label file that lacks an image": (
        raf_db_flat().files | {"DATASET/train/train_00099_aligned.jpg": SMALL},
        r"1 images are in no label file, such as train_00099; complete .*train_labels\.csv",
    ),
    "a label file of images that are not there": (
        raf_db_flat().files
        | {"train_labels.csv": raf_db_flat().files["train_labels.csv"] + b"\ntrain_00099.jpg,3"},
        r"train_labels\.csv: it names 1 images that are not there, such as train_00099",
    ),
    "a label file that contradicts the folders": (
        raf_db_folders().files
        | {"train_labels.csv": raf_db_folders().files["train_labels.csv"].replace(b"jpg,4", b"jpg,5")},
        r"train/4/train_00004_aligned\.jpg: its folder says 4, but the label file 5",
    ),
    "a label file that is none": (
        raf_db_folders().files | {"train_labels.csv": b"<html>\n<body>\n</html>"},
        r"train_labels\.csv: expected lines of an image name and a number",
    ),
    "basic and compound emotions of RAF-DB": (
        raf_db_of_the_makers().files | raf_db_compound().files,
        r"label files of the same name \(basic/EmoLabel/list_patition_label\.txt, compound/EmoLabel/",
    ),
    "no label file": (
        {"train/train_00001_aligned.jpg": SMALL},
        r"train_00001_aligned\.jpg: named as in RAF-DB, but without a label; expected a folder 1\.\.7",
    ),
    "an image of ExpW that is not there": (
        {"a.jpg": SMALL, "label.lst": b"a.jpg 0 0 0 60 60 42.5 3\nb.jpg 0 0 0 60 60 42.5 3"},
        r"label\.lst: it names 1 images that are not there, such as b\.jpg; download or unpack",
    ),
    "a line that is not ExpW's": (
        {"a.jpg": SMALL, "label.lst": b"a.jpg 0 0 0 60 60 42.5 3\na.jpg 1 happy"},
        r"label\.lst, line 2: 'a\.jpg 1 happy' is no line of ExpW; expected image name, number",
    ),
    "a label that ExpW does not have": (
        {"a.jpg": SMALL, "label.lst": b"a.jpg 0 0 0 60 60 42.5 7"},
        r"label\.lst, line 1: .* label 0\.\.6",
    ),
    "a box outside its image": (
        {"a.jpg": SMALL, "label.lst": b"a.jpg 0 0 60 90 60 42.5 3"},
        r"a\.jpg: Box\(left=60, top=0, right=90, bottom=60\) of a face covers nothing of .* 60 x 60",
    ),
    "the sequences of CK+": (
        {"cohn-kanade-images/S005/001/S005_001_00000001.png": SMALL},
        r"S005_001_00000001\.png: unknown emotion '001'.*CK\+ has contempt; expected CK\+48/<emotion>/S005",
    ),
    "a file that is no image": (
        jaffe().files | {"jaffe/KA.AN2.40.tiff": b"<html>404</html>"},
        r"jaffe/KA\.AN2\.40\.tiff: an HTML page, perhaps of a login",
    ),
    "two datasets": (
        jaffe().files | ck_plus().files,
        r"it holds CK\+ \(28 images\) and JAFFE \(28 images\); give the path of one of them",
    ),
    "a dataset beside FER2013": (
        jaffe().files | {"fer2013/train/happy/Training_1.jpg": SMALL},
        r"it holds JAFFE \(28 images\) and folders of other images, such as fer2013/train/happy/Tr",
    ),
    "an image of FER+ without votes": (
        ferplus().files | {"FER2013Test/fer0000010.png": SMALL},
        r"1 images named as FER\+'s are in no label\.csv beside them, such as FER2013Test/fer0000010",
    ),
    "votes on an image of FER+ that is not there": (
        {path: data for path, data in ferplus().files.items() if "0009" not in path},
        r"FER2013Test/label\.csv: it names 1 images that are not there, such as FER2013Test/fer0000009",
    ),
    "a row that is not FER+'s": (
        ferplus().files | {"FER2013Test/label.csv": b"fer0000008.png,happy"},
        r"FER2013Test/label\.csv, row 1: expected an image's name, its box, and votes for neutral, happiness",
    ),
    "an empty tree": (
        {"README.txt": b"x"},
        r"no images in folders named after emotions .*JAFFE, ExpW or KDEF",
    ),
    "a label file without images": (
        {"label/label.lst": b"a.jpg 0 0 0 60 60 42.5 3"},
        r"none of the layouts of CK\+, FER\+, RAF-DB, AffectNet, JAFFE, ExpW or KDEF; found label",
    ),
}


@both_kinds
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_named(tmp_path, kind, wrong):
    files, message = WRONG[wrong]
    with pytest.raises(FerCourseError, match=message):
        read_dataset(write_as(kind, tmp_path, files))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {f"affectnet/{split}/3/1.png": FACE for split in ("train", "eval", "test")},
            "eval, test: is that for evaluation val or test",
        ),
        ({"d/train/1/test_00001_aligned.png": FACE}, "name of a test image in a folder of train"),
        ({f"affectnet/train/{n}/1.png": FACE for n in range(1, 8)}, "folders up to 7, but no 0"),
        (
            {
                "t/train_00001_aligned.png": FACE,
                "train_labels.csv": b"image,label\n"
                + b"train_00001_aligned.png,1\ntrain_00001_aligned.png,2\n",
            },
            "two labels for train_00001",
        ),
        ({"images/1.png": FACE, "annotations/1_exp.npy": npy(np.array(3.7))}, "label -1"),
        ({"images/1.png": FACE, "annotations/1_exp.npy": npy(np.array(np.inf))}, "label -1"),
        (
            {"images/1.png": FACE, "annotations/1_exp.npy": b"\x93NUMPY\x01\x00\x08\x00(((((((\n"},
            "not the number of an expression",
        ),
    ],
)
def test_numbers_that_cannot_be_right_are_refused(tmp_path, files, message):
    with pytest.raises(FerCourseError, match=message):
        read_dataset(write_tree(tmp_path, files))
