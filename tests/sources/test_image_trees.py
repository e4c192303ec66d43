"""What a folder or a zip holds, links and pictures of more than 8 bits included."""

import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from file_trees import encoded, write_tree
from PIL import Image

from fer_course.errors import FerCourseError
from fer_course.images import read_picture
from fer_course.sources.image_trees import folder_files, split_in_words, split_of_name
from fer_course.sources.reading import read_dataset

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)
PNG = [encoded(image) for image in IMAGES]
pytestmark = pytest.mark.filterwarnings("ignore:.*(no val images|neither splits)")


@pytest.fixture
def tree(tmp_path):
    return write_tree(tmp_path / "faces", {"train/happy/1.png": PNG[0], "train/sad/2.png": PNG[1]})


def test_links_to_folders_are_followed_once(tree, tmp_path, capsys):
    elsewhere = write_tree(tmp_path / "elsewhere", {"happy/3.png": PNG[2]})
    (tree / "test").symlink_to(elsewhere)
    for link in (elsewhere / "happy" / "up", elsewhere / "happy" / "above", elsewhere / "self"):
        link.symlink_to({"up": tree, "above": tmp_path, "self": elsewhere}[link.name])
    faces = read_dataset(tree)
    assert sorted(zip(faces.split.tolist(), faces.labels.tolist(), strict=True)) == [
        ("test", 3),
        ("train", 3),
        ("train", 4),
    ]
    assert "a link to a folder that is read already, not followed (3 such)" in capsys.readouterr().out


def test_links_of_links_without_number_end(tmp_path):
    for one in range(12):
        folder = write_tree(tmp_path, {f"faces/{one}/happy/{one}.png": PNG[0]}) / "faces" / str(one)
        for other in range(12):
            (folder / f"to{other}").symlink_to(tmp_path / "faces" / str(other))
    assert len(folder_files(tmp_path / "faces").paths) == 12


def test_a_link_to_nothing_and_a_pipe_are_named(tree):
    (tree / "train" / "sad" / "gone.png").symlink_to(tree / "nowhere.png")
    os.mkfifo(tree / "train" / "sad" / "pipe.png")
    with pytest.raises(FerCourseError, match=r"2 of 4 files: .*gone\.png: no such file.*pipe\.png: a pipe"):
        read_dataset(tree)


def test_two_entries_of_a_zip_with_one_name_are_refused(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("happy/1.png", PNG[0])
        archive.writestr("happy/1.png", PNG[1])
    with pytest.raises(FerCourseError, match=r"two entries are called 'happy/1\.png'"):
        read_dataset(tmp_path / "faces.zip")


def test_pictures_of_sixteen_bits_have_one_scale_in_a_tree(tmp_path):
    deep = IMAGES[0].astype(np.uint16) * 16
    shares = {"happy/1.png": deep // 8, "happy/2.png": deep, "sad/3.png": deep // 64, "sad/4.png": deep * 0}
    tree = write_tree(tmp_path / "faces", {path: encoded(image) for path, image in shares.items()})
    with pytest.warns(UserWarning, match=r"which need 8, 10, 12; all of them are read as 12 bits") as warned:
        faces = read_dataset(tree)
    assert len([one for one in warned if "bits" in str(one.message)]) == 1
    for image, share in zip(faces.images, shares.values(), strict=True):
        np.testing.assert_array_equal(image, share >> 4)


PEAK = """
import re, sys, pathlib
import fer_course as fer
from fer_course.images import read_picture
import fer_course.sources.reading, fer_course.sources.sets.trees
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])
before = peak()
faces = fer.read_dataset(sys.argv[1], resize=True)
print(len(faces), peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of memory")
def test_large_photographs_are_decoded_one_at_a_time(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    for number in range(4):
        path = tmp_path / "faces" / "happy" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9000, 7000), (200, number, 0)).save(path, exif=exif)
    said = subprocess.check_output([sys.executable, "-c", PEAK, tmp_path / "faces"], text=True)
    count, more = said.splitlines()[-1].split()
    assert (count, int(more) < 1e6) == ("4", True)  # kB


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "RGBA", "P", "CMYK", "LA", "F", "I;16"])
def test_pictures_of_more_rows_than_are_taken_at_once_stay_whole(tmp_path, mode):
    values = np.add.outer(np.arange(1100), np.arange(30)).astype(np.uint8)
    picture = Image.fromarray(values)
    picture = Image.fromarray(values * np.uint16(257)) if mode == "I;16" else picture.convert(mode)
    picture.save(tmp_path / "photo.tiff")
    with Image.open(tmp_path / "photo.tiff") as again:
        plain = values if mode in ("F", "I;16") else np.asarray(again.convert("L" if mode in "L1" else "RGB"))
    np.testing.assert_array_equal(read_picture(tmp_path / "photo.tiff"), plain)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *(("test-20240101T120000Z-001", "test"), ("test_48x48", "test"), ("test - Copy", "test")),
        *(("Val (1)", "val"), ("FER2013Plus_Valid", "val"), ("train_v2", "train"), ("my.test", "test")),
        *(("latest", ""), ("contest", ""), ("train_test", ""), ("1" * 200, ""), ("dataset" * 30 + "q", "")),
    ],
)
def test_a_split_has_copies_dates_and_sizes_beside_it_and_long_names_end(name, split):
    split_of_name.cache_clear()
    start = time.perf_counter()
    assert split_of_name(name) == split
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *(("Testdaten", "test"), ("Trainingsdaten", "train"), ("Validação", "val"), ("prueba", "test")),
        *(("entrai\u0302nement", "train"), ("ENTRENAMIENTO", "train"), ("données_test", "test")),
        *(
            ("тестовая", "test"),
            ("обучающая", "train"),
            ("测试集", "test"),
            ("训练", "train"),
            ("テスト", "test"),
        ),
    ],
)
def test_a_split_in_another_language_is_understood(name, split):
    assert split_of_name(name) == split


@pytest.mark.parametrize(
    "path",
    [
        *("train_and_test/happy", "traintest/happy", "train+test/happy", "faces/TrainVal/happy"),
        *("faces/train_and_test/happy", "faces/my test run/happy", "train/validating/happy"),
    ],
)
def test_a_folder_that_speaks_of_splits_in_words_not_understood_never_becomes_train(tmp_path, path):
    (tmp_path / path).mkdir(parents=True)
    Image.fromarray(np.full((48, 48), 90, np.uint8)).save(tmp_path / path / "1.png")
    with pytest.raises(FerCourseError, match=r"is [\w +]+ a folder of train, of val or of test\?"):
        read_dataset(tmp_path / path.split("/")[0])


def test_a_tree_named_after_one_split_among_other_words_is_as_before(tmp_path):
    folder = tmp_path / "my test run" / "happy"
    folder.mkdir(parents=True)
    Image.fromarray(np.full((48, 48), 90, np.uint8)).save(folder / "1.png")
    assert set(read_dataset(folder.parent).split) == {"train"}


def test_the_public_test_in_the_name_of_a_file_is_val():
    assert split_in_words("public_test.csv") == split_in_words("Public Test v2.csv.gz") == "val"
    assert split_in_words("private-test.npz") == "test"
