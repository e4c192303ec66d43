"""Files as unlucky users have them and attackers make them, and what they should get."""

import gzip
import importlib.util
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from file_trees import encoded, write_tree
from PIL import Image

from fer_course.dataset import FaceDataset
from fer_course.emotions import EMOTIONS
from fer_course.errors import FerCourseError
from fer_course.images import as_picture, read_picture
from fer_course.inference.inputs import pictures_of
from fer_course.inference.predictor import Predictor, predict_from_fer2013_csv
from fer_course.sources.fer2013 import load_fer2013
from fer_course.sources.reading import read_dataset

TWO = np.zeros((2, 48, 48), np.uint8)
ALPHABETICAL = np.array(sorted(EMOTIONS))
WITH_CONTEMPT = ["angry", "contempt", "disgust", "fear", "happy", "neutral", "sad"]
PNG = encoded(np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8))
pytestmark = pytest.mark.filterwarnings("ignore:.*(no val images|neither splits)")


@pytest.fixture(scope="module")
def hard(shared, tmp_path_factory):
    """The folder that the tool writes."""
    spec = importlib.util.spec_from_file_location("hard_inputs", shared / "tools" / "hard_inputs.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    out = tmp_path_factory.mktemp("hard")
    np.savez(
        out / "truth.npz",
        images=tool.IMAGES,
        labels=tool.LABELS,
        split=np.array(["train", "val", "test"] * 7),
    )
    tool.tables(out)
    tool.trees(out)
    (out / "thirty_thousand.png").write_bytes(tool.png(30_000, 30_000))
    (out / "twelve_bits.png").write_bytes(encoded(tool.IMAGES[0].astype(np.uint16) * 16))
    program = f"({out / 'ran_postscript.txt'}) (w) file dup (ran) writestring closefile showpage"
    start = ("%!PS-Adobe-3.0 EPSF-3.0", "%%BoundingBox: 0 0 60 60", "%%EndComments")
    (out / "postscript_named.png").write_text("\n".join((*start, program, "%%EOF\n")))
    return out


def is_truth(faces, truth):
    """Tell whether the faces are the 21 of truth.npz, in any order, with their labels and splits."""
    known = {image.tobytes(): (label, split) for image, label, split in _rows(truth)}
    return len(faces) == 21 and all(
        known.get(image.tobytes()) == (label, split) for image, label, split in _rows(faces)
    )


def _rows(faces):
    return zip(faces.images, faces.labels.tolist(), faces.split.tolist(), strict=True)


@pytest.mark.parametrize(
    "name",
    [
        *("semicolon.csv", "tab.tsv", "blank_first_line.csv", "commas_between_pixels.csv"),
        *("labels_as_names.csv", "labels_as_floats.csv", "usage_in_small_words.csv", "fer2013.csv.gz"),
        *("splits_ferplus", "splits_dev_eval", "splits_with_data", "nested_twice"),
    ],
)
def test_what_is_certain_is_read_as_the_truth(hard, name):
    assert is_truth(read_dataset(hard / name), read_dataset(hard / "truth.npz"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("utf16.csv", "text in UTF-16: save it as UTF-8"),
        ("junk_after_last_row.csv", "row 24: 5 columns, expected 3"),
        ("fer2013.tar.gz", "a tar archive: unpack it"),
        ("tar_named.csv", "a tar archive: unpack it"),
        ("numbers_from_1", "a number alone does not say which emotion"),
        ("labels_misspelt", "'suprise'; perhaps 'surprise'"),
        ("one_class_heic", r"disgust/: no image in it that can be read, only files such as \d+\.heic"),
    ],
)
def test_what_is_not_is_refused_in_a_sentence(hard, name, message):
    with pytest.raises(FerCourseError, match=message):
        read_dataset(hard / name)


def test_tables_without_columns_say_what_was_understood(hard, capsys):
    assert set(read_dataset(hard / "train_without_usage.csv").split) == {"train"}
    assert "no column Usage, so all are train" in capsys.readouterr().out
    assert set(read_dataset(hard / "test_pixels_only.csv").labels) == {-1}
    assert "no column emotion, so none has a label" in capsys.readouterr().out


def test_every_ending_is_read(hard):
    faces, truth = read_dataset(hard / "endings_mixed"), read_dataset(hard / "truth.npz")
    assert sorted(faces.labels) == sorted(truth.labels)
    order = [np.abs(truth.images.astype(int) - image).mean(axis=(1, 2)).argmin() for image in faces.images]
    assert sorted(order) == list(range(21))
    np.testing.assert_array_equal(faces.split, truth.split[order])


def test_twelve_bits_are_as_bright_as_eight(hard):
    with pytest.warns(UserWarning, match="no value above 2864, read as 12 bits"):
        picture = read_picture(hard / "twelve_bits.png")
    np.testing.assert_array_equal(picture, read_dataset(hard / "truth.npz").images[0])


@pytest.mark.parametrize("door", [read_picture, lambda path: next(pictures_of(path))])
def test_a_picture_never_runs(hard, door):
    with pytest.raises(FerCourseError, match="a PostScript program"):
        door(hard / "postscript_named.png")
    assert not (hard / "ran_postscript.txt").exists()


def test_postscript_in_a_tree_never_runs(hard, tmp_path):
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "1.png").write_bytes((hard / "postscript_named.png").read_bytes())
    with pytest.raises(FerCourseError, match="a PostScript program"):
        read_dataset(tmp_path)
    assert not (hard / "ran_postscript.txt").exists()


PEAK = """
import re, sys, pathlib
import fer_course as fer
from fer_course.images import as_picture, read_picture
before = int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])
try:
    (read_picture if sys.argv[1].endswith(".png") else fer.read_dataset)(sys.argv[1])
except fer.FerCourseError:
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of memory")
def test_a_picture_too_large_takes_no_memory(hard):
    more = subprocess.check_output([sys.executable, "-c", PEAK, str(hard / "thirty_thousand.png")], text=True)
    assert int(more) < 1e6  # kB


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    """A table with one endless row in a zip, and black images without number."""
    out = tmp_path_factory.mktemp("bombs")
    with zipfile.ZipFile(out / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("fer2013.csv", b"emotion,pixels,Usage\n" + b"1 " * 200_000_000)
    np.savez_compressed(out / "bomb.npz", images=np.zeros((200_000, 48, 48), np.uint8), labels=np.zeros(9))
    with gzip.open(out / "bomb.csv.gz", "wb") as file:
        file.write(b"emotion,pixels,Usage\n" + b"\n" * 20_000_000)
    return out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of memory")
@pytest.mark.parametrize("name", ["bomb.zip", "bomb.npz", "bomb.csv.gz"])
def test_a_refused_file_takes_no_memory(bombs, name):
    more = subprocess.check_output([sys.executable, "-c", PEAK, str(bombs / name)], text=True)
    assert int(more) < 1e6  # kB


# Neighbours of these


def test_the_splits_of_other_people(tmp_path):
    names = {"train": "Training Data", "val": "public test", "test": "private-test_images"}
    files = {f"{name}/happy/{number}.png": PNG for number, name in enumerate(names.values())}
    faces = read_dataset(write_tree(tmp_path / "faces", files))
    assert sorted(faces.split) == ["test", "train", "val"]
    with pytest.raises(FerCourseError, match=r"mine, theirs hold emotions, and are neither train"):
        read_dataset(write_tree(tmp_path / "two", {"mine/happy/1.png": PNG, "theirs/happy/2.png": PNG}))
    with pytest.raises(FerCourseError, match="is that for evaluation val or test"):
        read_dataset(
            write_tree(tmp_path / "three", {f"{name}/happy/1.png": PNG for name in ("train", "eval", "test")})
        )


def test_numbers_are_read_as_their_owner_says(tmp_path):
    path = write_tree(tmp_path / "faces", {f"{number}/{number}.png": PNG for number in range(1, 8)})
    assert read_dataset(path, labels="raf_db").labels.tolist() == [5, 2, 1, 3, 4, 0, 6]
    own = {str(number): name for number, name in enumerate(("angry", "happy", *["sad"] * 5), start=1)}
    assert read_dataset(path, labels=own).labels.tolist() == [0, 3, 4, 4, 4, 4, 4]
    with pytest.raises(FerCourseError, match="images in folders 7, and a number"):
        read_dataset(path, labels="1=angry,2=sad,3=sad,4=sad,5=sad,6=sad")
    with pytest.raises(FerCourseError, match="expected one of fer2013, ferplus"):
        read_dataset(path, labels="mine")


def test_names_of_emotions_that_are_certain_and_those_that_are_near(tmp_path):
    faces = read_dataset(
        write_tree(tmp_path / "a", {"0_angry/1.png": PNG, "scared/2.png": PNG, "Neutrality/3.png": PNG})
    )
    assert sorted(faces.labels) == [0, 2, 6]
    with pytest.raises(FerCourseError, match="'natural'; perhaps 'neutral'"):
        read_dataset(write_tree(tmp_path / "b", {"natural/1.png": PNG}))
    assert read_dataset(tmp_path / "b", labels={"natural": "neutral"}).labels.tolist() == [6]


def test_every_bad_file_is_named_and_others_are_counted(tmp_path, capsys):
    files = {f"happy/{number}.png": PNG for number in range(3)} | {"notes.txt": b"x", "happy/4.heic": b"x"}
    read_dataset(write_tree(tmp_path / "good", files))
    assert "1 other files left out (1 .heic)" in capsys.readouterr().out
    bad = {"happy/a.png": PNG[:40], "happy/b.jpg": b"", "happy/c.png": b"<html>"}
    with pytest.raises(FerCourseError, match=r"3 of 6 files: .*a\.png.*b\.jpg: empty.*c\.png: an HTML page"):
        read_dataset(write_tree(tmp_path / "bad", files | bad))


@pytest.mark.parametrize(
    ("arrays", "labels"),
    [
        ({"x": "images", "y": np.eye(7)}, list(range(7))),
        ({"images": "images", "labels": np.array(["anger", "sad", *["happy"] * 5])}, [0, 4, 3, 3, 3, 3, 3]),
        ({"data": "flat", "target": np.arange(7.0)}, list(range(7))),
        ({"images": "last axis", "labels": np.arange(7)[:, None]}, list(range(7))),
        ({"images": "int64", "labels": np.arange(7, dtype=np.uint8)}, list(range(7))),
        ({"images": "float32", "labels": np.arange(7)}, list(range(7))),
    ],
)
def test_arrays_under_other_names_and_of_other_types(tmp_path, arrays, labels):
    images = np.random.default_rng(0).integers(0, 256, (7, 48, 48), dtype=np.uint8)
    kinds = {
        "images": images,
        "flat": images.reshape(7, -1),
        "last axis": images[..., None],
        "int64": images.astype(np.int64),
        "float32": images.astype(np.float32),
    }
    arrays = {key: kinds[value] if isinstance(value, str) else value for key, value in arrays.items()}
    np.savez(tmp_path / "faces.npz", **arrays)
    faces = read_dataset(tmp_path / "faces.npz")
    np.testing.assert_array_equal(faces.images, images)
    assert faces.labels.tolist() == labels


def test_arrays_by_split_are_put_together(tmp_path):
    images = np.zeros((2, 48, 48), np.uint8)
    np.savez(tmp_path / "f.npz", x_train=images, y_train=[3, 4], x_test=images[:1], y_test=[6])
    faces = read_dataset(tmp_path / "f.npz")
    assert (faces.labels.tolist(), faces.split.tolist()) == ([3, 4, 6], ["train", "train", "test"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": np.full((2, 48, 48), 0.5), "labels": [0, 1]}, r"in 0\.\.1, expected 0\.\.255; save"),
        ({"images": np.full((2, 48, 48), -1.0), "labels": [0, 1]}, r"from -1 to -1; expected 0\.\.255"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "labels": np.full((2, 7), 0.2)}, "not one-hot"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "labels": [7, 8]}, "label 7 at position 0"),
        ({"a": np.zeros((2, 48, 48), np.uint8)}, r"no array 'images' in it \(found: a \(2, 48, 48\)\)"),
        (
            {"x": TWO, "y": [4, 5], "class_names": ALPHABETICAL},
            "the classes in another order .*labels as names",
        ),
        ({"x": TWO, "y": [4, 5], "classes": ALPHABETICAL.astype("S")}, "the classes in another order"),
        ({"x": TWO, "y": [4, 5], "names": np.array(WITH_CONTEMPT)}, "the classes in another order"),
        ({"x": TWO, "y": [4, 5], "names": ALPHABETICAL[1:]}, "the classes in another order"),
        ({"x": TWO, "y": [4, 5], "is_train": [True, False]}, "does 'is_train' say the split"),
        ({"x": TWO, "y": [4, 5], "test_idx": [1]}, "does 'test_idx' say the split"),
        ({"x": TWO + np.float32(2.5), "y": [4, 5]}, r"from 2\.5 to 2\.5 and no whole numbers"),
        ({"x": TWO, "y": np.array([b"\xff", b"\xff"])}, "can't decode byte 0xff"),
        ({"x": TWO, "y": [4, 5], "split": np.array([b"\xff", b"\xff"])}, "can't decode byte 0xff"),
        ({"x": TWO, "y": [4, 5], "split": np.array(["test", "eval"])}, "unknown split 'eval'"),
        ({"x": np.zeros((2, 0, 48), np.uint8), "y": [4, 5]}, r"images have shape \(2, 0, 48\)"),
    ],
)
def test_arrays_that_are_not_certain_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "faces.npz", **arrays)
    with pytest.raises(FerCourseError, match=message):
        read_dataset(tmp_path / "faces.npz")


def test_line_ends_of_old_macs_and_a_csv_without_its_ending(hard, tmp_path):
    text = (hard / "semicolon.csv").read_bytes().replace(b"\n", b"\r")
    (tmp_path / "mac.csv").write_bytes(text)
    truth = read_dataset(hard / "truth.npz")
    assert is_truth(read_dataset(tmp_path / "mac.csv"), truth)
    (tmp_path / "folder").mkdir()
    (tmp_path / "mac.csv").rename(tmp_path / "folder" / "fer2013")
    assert is_truth(read_dataset(tmp_path / "folder"), truth)


def test_pixels_in_brackets(hard, tmp_path):
    head, *rows = (hard / "commas_between_pixels.csv").read_text().splitlines()
    rows = [row.replace('"', '"[', 1).replace('",', ']",') for row in rows]
    (tmp_path / "f.csv").write_text("\n".join([head, *rows]) + "\n")
    assert is_truth(read_dataset(tmp_path / "f.csv"), read_dataset(hard / "truth.npz"))


def test_a_gzip_that_is_cut_is_said(hard, tmp_path):
    packed = (hard / "fer2013.csv.gz").read_bytes()
    (tmp_path / "f.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(FerCourseError, match="damaged or cut short"):
        read_dataset(tmp_path / "f.csv.gz")
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("fer2013.csv"))
    (tmp_path / "g.gz").write_bytes(gzip.compress(body.getvalue()))
    with pytest.raises(FerCourseError, match="a tar archive: unpack it"):
        read_dataset(tmp_path / "g.gz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
@pytest.mark.parametrize("door", [read_dataset, read_picture, lambda path: next(pictures_of(path))])
def test_a_pipe_is_refused_and_nothing_hangs(tmp_path, door):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FerCourseError, match="a pipe or a device"):
        door(tmp_path / "pipe")


def test_our_own_npz_stays_as_it_was(tmp_path, faces):
    again = read_dataset(faces.save(tmp_path / "own.npz"))
    assert isinstance(again, FaceDataset)
    assert again.to_frame().equals(faces.to_frame())


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": 3, "y_train": 2, "x_test": 2, "y_test": 3}, "train has 3 images, but labels of shape"),
        (
            {"X_val": 2, "y_val": 2, "X_dev": 2, "y_dev": 2},
            "two arrays, 'X_val' and 'X_dev', for the images",
        ),
        (
            {"x_train": 2, "y_train": 2, "x_test": 2},
            "'x_test' is of test, whose images",
        ),
    ],
)
def test_arrays_by_split_that_do_not_pair_are_refused(tmp_path, arrays, message):
    content = {
        key: np.zeros((count, 48, 48), np.uint8) if key.lower().startswith("x") else np.zeros(count, int)
        for key, count in arrays.items()
    }
    np.savez(tmp_path / "faces.npz", **content)
    with pytest.raises(FerCourseError, match=message):
        read_dataset(tmp_path / "faces.npz")


def test_the_split_of_arrays_is_read_or_said(tmp_path, capsys):
    images = np.zeros((2, 48, 48), np.uint8)
    np.savez(tmp_path / "a.npz", pixels=images, emotion=[3, 4], Usage=["Training", "PrivateTest"])
    assert read_dataset(tmp_path / "a.npz").split.tolist() == ["train", "test"]
    np.savez(tmp_path / "my_test.npz", images=images, labels=[3, 4], extra=[1, 2])
    assert set(read_dataset(tmp_path / "my_test.npz").split) == {"test"}
    assert "no split in it, so all are test; left out: extra" in capsys.readouterr().out


def test_the_split_in_the_name_of_a_table(hard, tmp_path):
    text = (hard / "train_without_usage.csv").read_bytes()
    for name in ("my.test.csv", "test_faces_v2.csv", "test.csv.gz"):
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
        assert set(read_dataset(tmp_path / name).split) == {"test"}
    (tmp_path / "f.csv").write_bytes(
        (hard / "usage_in_small_words.csv").read_bytes().replace(b"Usage", b"split")
    )
    assert is_truth(read_dataset(tmp_path / "f.csv"), read_dataset(hard / "truth.npz"))


def test_names_of_kaggles_files_decide_where_folders_do_not(tmp_path):
    names = ("Training_1", "PublicTest_2", "PrivateTest_3")
    faces = read_dataset(write_tree(tmp_path / "flat", {f"happy/{name}.png": PNG for name in names}))
    assert sorted(faces.split) == ["test", "train", "val"]
    with pytest.raises(FerCourseError, match="name of a test image in a folder of train"):
        read_dataset(write_tree(tmp_path / "moved", {"train/happy/PrivateTest_3.png": PNG}))


def test_two_tables_are_not_chosen_between(hard, tmp_path):
    text = (hard / "train_without_usage.csv").read_bytes()
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fer2013.csv").write_bytes(text)
    with pytest.raises(FerCourseError, match="give the path of the one to read"):
        read_dataset(tmp_path)
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("train.csv", text)
        archive.writestr("test.csv", text)
    with pytest.raises(FerCourseError, match=r"it holds train\.csv, test\.csv; unpack it"):
        read_dataset(tmp_path / "f.zip")


def test_high_bytes_first_and_pillows_images_are_the_same_pictures(tmp_path):
    deep = (np.arange(48 * 48, dtype=np.uint16) * 28).reshape(48, 48)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    with Image.open(tmp_path / "deep.png") as opened:
        (picture,) = pictures_of(opened)
    np.testing.assert_array_equal(picture.pixels, read_picture(tmp_path / "deep.png"))
    np.testing.assert_array_equal(as_picture(deep.astype(">u2")), as_picture(deep))


@pytest.mark.parametrize("door", [read_dataset, load_fer2013, Predictor.load, predict_from_fer2013_csv])
@pytest.mark.parametrize(
    "path", [3, b"faces.csv", ["faces.csv"], np.zeros(3), "", "a" * 5000, "3," + "9" * 300]
)
def test_what_is_no_path_is_said(door, path):
    with pytest.raises(FerCourseError, match="path of a file or folder"):
        door(path)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has such a file")
def test_a_file_that_the_system_does_not_give_is_said():
    with pytest.raises(FerCourseError, match=r"/proc/self/mem: cannot be read \("):
        read_dataset("/proc/self/mem")


def test_faces_cut_to_zero_and_one_and_faces_without_number_are_refused(tmp_path):
    cut = np.random.default_rng(0).integers(0, 2, (3, 48, 48), dtype=np.uint8)
    FaceDataset(cut, [0, 1, 2]).save(tmp_path / "cut.npz")
    rows = (f"3,{' '.join(map(str, image.ravel()))},Training\n" for image in cut)
    (tmp_path / "cut.csv").write_text("emotion,pixels,Usage\n" + "".join(rows))
    for name in ("cut.npz", "cut.csv"):
        with pytest.raises(FerCourseError, match="holds only 0 and 1"):
            read_dataset(tmp_path / name)
    FaceDataset(cut[:0], []).save(tmp_path / "none.npz")
    with pytest.raises(FerCourseError, match="no images in it"):
        read_dataset(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(300), "old Excel or Word"),
        (b"\x28\xb5\x2f\xfd" + bytes(300), "Zstandard"),
        (b"MATLAB 5.0 MAT-file" + bytes(300), "a MATLAB file"),
    ],
)
def test_more_kinds_of_files_have_a_name(tmp_path, content, message):
    (tmp_path / "faces.csv").write_bytes(content)
    with pytest.raises(FerCourseError, match=message):
        read_dataset(tmp_path / "faces.csv")


def test_zips_of_excel_of_windows_and_behind_a_password(tmp_path):
    def zipped(name, files):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        return tmp_path / name

    with pytest.raises(FerCourseError, match="an Excel workbook: save the sheet as CSV"):
        read_dataset(zipped("faces.xlsx", {"xl/workbook.xml": b"<x/>"}))
    with pytest.raises(FerCourseError, match=r"empty\.zip: no images .*found nothing"):
        read_dataset(zipped("empty.zip", {}))
    assert read_dataset(zipped("backslashes.zip", {"test\\happy\\1.png": PNG})).split.tolist() == ["test"]
    locked = bytearray(zipped("locked.zip", {"happy/1.png": PNG}).read_bytes())
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(FerCourseError, match=r"happy/1\.png: encrypted; unpack the zip with its password"):
        read_dataset(tmp_path / "locked.zip")


def test_labels_that_change_nothing_are_refused(hard, tmp_path):
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as archive:
        archive.write(hard / "semicolon.csv", "fer2013.csv")
    for file in (hard / "semicolon.csv", tmp_path / "table.zip", hard / "truth.npz"):
        with pytest.raises(FerCourseError, match="is for the folders of a tree; leave it out"):
            read_dataset(file, labels="raf_db")
    tree = write_tree(tmp_path / "faces", {"happy/1.png": PNG})
    with pytest.raises(FerCourseError, match="labels name folders that are not there: hapy"):
        read_dataset(tree, labels={"hapy": "happy"})
    with pytest.raises(FerCourseError, match="unknown emotion '7'"):
        read_dataset(tree, labels={"happy": 7})


def test_a_single_number_is_no_stack_of_images(tmp_path):
    np.savez(tmp_path / "f.npz", images=3, labels=4)
    with pytest.raises(FerCourseError, match=r"images have shape \(\), expected"):
        read_dataset(tmp_path / "f.npz")


def test_a_table_divided_by_bars_and_a_transparent_palette(hard, tmp_path, recwarn):
    (tmp_path / "f.csv").write_text((hard / "semicolon.csv").read_text().replace(";", "|"))
    assert is_truth(read_dataset(tmp_path / "f.csv"), read_dataset(hard / "truth.npz"))
    with Image.open(io.BytesIO(PNG)) as picture:
        picture.convert("P").save(tmp_path / "p.png", transparency=bytes(range(256)))
        np.testing.assert_array_equal(read_picture(tmp_path / "p.png")[..., 0], np.asarray(picture))
    assert not [one for one in recwarn if "Palette" in str(one.message)]


def test_pictures_in_memory_are_pictures_and_others_are_named():
    for content in (PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG)):
        (picture,) = pictures_of(content)
        assert picture.pixels.shape == (48, 48)
    cut = Image.open(io.BytesIO(PNG[: len(PNG) // 2]))
    for source, message in (
        (cut, "an image of Pillow that cannot be read"),
        (3, "3 is no picture: give a path"),
        (np.zeros((48, 48, 2), np.uint8), r"shape \(48, 48, 2\)"),
    ):
        with pytest.raises(FerCourseError, match=message):
            next(pictures_of(source))


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n", "ffconcat version 1.0\nfile a.mp4"]
)
def test_a_film_is_no_list_of_files_or_addresses(tmp_path, text):
    (tmp_path / "film.mp4").write_text(text)
    with pytest.raises(FerCourseError, match="text, such as a list of films"):
        next(pictures_of(tmp_path / "film.mp4"))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"top": 0}, "top is 0"), ({"top": "3"}, "top is '3'"), ({"detector": 3}, "detector is 3")],
)
def test_options_of_predict_that_mean_nothing(options, message):
    with pytest.raises(FerCourseError, match=message):
        Predictor.load().predict(np.zeros((48, 48), np.uint8), **options)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|u1', 'shape': ((((",
        "{'descr': '|u1', 'shape': (1, '''",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 48)}",
        None,
    ],
)
@pytest.mark.parametrize("door", [read_dataset, FaceDataset.load])
def test_an_npz_whose_header_lies_is_refused(tmp_path, header, door):
    text = "" if header is None else f"{header}\n"
    content = (
        b"no array"
        if header is None
        else b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    )
    with zipfile.ZipFile(tmp_path / "f.npz", "w") as archive:
        archive.writestr("images.npy", content)
        archive.writestr("labels.npy", content)
    with pytest.raises(FerCourseError, match=r"f\.npz: (not a readable|images )"):
        door(tmp_path / "f.npz")


def test_numbers_of_nobody_are_said_to_be_read_as_fer2013s(hard, tmp_path, capsys):
    np.savez(tmp_path / "f.npz", x=TWO, y=[4, 5])
    read_dataset(tmp_path / "f.npz")
    np.savez(tmp_path / "g.npz", x_train=TWO, y_train=[4, 5], extra=[1])
    read_dataset(tmp_path / "g.npz")
    (tmp_path / "f.csv").write_text((hard / "tab.tsv").read_text().replace("emotion", "label"))
    read_dataset(tmp_path / "f.csv")
    said = capsys.readouterr().out
    assert said.count("read as FER2013's (0 angry, ") == 3
    assert "1 more arrays left out" in said


def test_columns_without_names_do_not_matter_and_two_of_one_name_are_refused(hard, tmp_path):
    rows = (hard / "tab.tsv").read_text().replace("\t", ",").splitlines()
    (tmp_path / "f.csv").write_text("".join(f",,{row},,\n" for row in rows))
    assert is_truth(read_dataset(tmp_path / "f.csv"), read_dataset(hard / "truth.npz"))
    (tmp_path / "f.csv").write_text("\n".join([rows[0].replace("Usage", "Emotion"), *rows[1:]]) + "\n")
    with pytest.raises(FerCourseError, match="row 1: two columns are called 'emotion'"):
        read_dataset(tmp_path / "f.csv")
    (tmp_path / "f.csv").write_text("\n".join(rows).replace("PublicTest", "eval") + "\n")
    with pytest.raises(FerCourseError, match="row 3, column 'Usage': 'eval'"):
        read_dataset(tmp_path / "f.csv")


@pytest.mark.parametrize("name", ["my.test", "test-20240101T120000Z-001", "FER2013.Test"])
def test_the_name_of_the_tree_itself_says_a_split(tmp_path, name):
    files = {"happy/1.png": PNG}
    assert read_dataset(write_tree(tmp_path / name, files)).split.tolist() == ["test"]
    with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
        archive.writestr("happy/1.png", PNG)
    assert read_dataset(tmp_path / f"{name}.zip").split.tolist() == ["test"]


def test_a_folder_of_train_in_one_of_test_is_refused(tmp_path):
    with pytest.raises(FerCourseError, match="a folder of train inside one of test"):
        read_dataset(write_tree(tmp_path / "f", {"test/train/happy/1.png": PNG}))
    tree = write_tree(tmp_path / "g", {"train/test/happy/1.png": PNG, "train/train/happy/2.png": PNG})
    assert read_dataset(tree).split.tolist() == ["test", "train"]
    with pytest.raises(FerCourseError, match="its top hold emotions"):
        read_dataset(write_tree(tmp_path / "h", {"happy/1.png": PNG, "test/happy/2.png": PNG}))


def test_views_and_copies_of_fer2013s_test_images_are_no_train_images(tmp_path):
    with pytest.raises(FerCourseError, match="name of a test image in a folder of train"):
        read_dataset(write_tree(tmp_path / "f", {"train/happy/PrivateTest_3_flip.png": PNG}))
    tree = write_tree(
        tmp_path / "g", {"happy/Copy of PublicTest_3 (1).png": PNG, "happy/Training_1.png": PNG}
    )
    assert read_dataset(tree).split.tolist() == ["val", "train"]


@pytest.mark.parametrize("missing", [1, 2])
def test_a_table_that_may_end_within_its_last_number_is_refused(tmp_path, missing):
    row = "3," + " ".join(["7"] * 2303 + ["109"])
    (tmp_path / "train.csv").write_text(f"emotion,pixels\n{row}\n{row}"[:-missing])
    with pytest.raises(FerCourseError, match=r"row 3 .*its last number may be cut"):
        read_dataset(tmp_path / "train.csv")
    (tmp_path / "train.csv").write_text(f"emotion,pixels\n{row}\n{row}")
    assert read_dataset(tmp_path / "train.csv").images[:, -1, -1].tolist() == [109, 109]


def test_a_folder_that_may_not_be_listed_is_no_empty_one(tmp_path, monkeypatch):
    tree = write_tree(tmp_path / "f", {f"train/{name}/1.png": PNG for name in ("happy", "sad", ".cache")})
    scan = os.scandir

    def closed(path):
        if Path(path).name in shut:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    shut = [".cache"]
    assert len(read_dataset(tree)) == 2
    shut = ["sad"]
    with pytest.raises(FerCourseError, match="sad: a folder that cannot be listed"):
        read_dataset(tree)
    with pytest.raises(FerCourseError, match="sad: a folder that cannot be listed"):
        list(pictures_of(tree))


def test_pictures_beside_a_table_that_is_read_are_counted(tmp_path, capsys):
    tree = write_tree(tmp_path / "f", {f"train/happy/{n}.png": PNG for n in range(3)})
    (tree / "fer2013.csv").write_text("emotion,pixels\n3," + " ".join(["7"] * 2304) + "\n")
    assert len(read_dataset(tree)) == 1
    assert "fer2013.csv is read, and not the 3 pictures in" in capsys.readouterr().out


def test_files_of_an_emotion_that_are_no_pictures_are_counted(tmp_path, capsys):
    names = ("1.png", "2.png.crdownload", "3", "Thumbs.db")
    read_dataset(write_tree(tmp_path / "f", {f"happy/{name}": PNG for name in names}))
    assert "2 other files left out (1 .crdownload, 1 without ending)" in capsys.readouterr().out
