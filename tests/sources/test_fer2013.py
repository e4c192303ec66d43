import io
import os
import re
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError
from fer_course.frontend import progress_bar
from fer_course.images import crop_square, resize_face
from fer_course.sources import fer2013, tables
from fer_course.sources.fer2013 import (
    append_images_to_fer2013_csv,
    image_to_fer2013_row,
    write_fer2013_csv,
)
from fer_course.sources.reading import read_dataset
from fer_course.sources.tables import read_table

PIXELS = " ".join(["7"] * 2304)
HEADER = "emotion,pixels,Usage\n"
ROW = f"3,{PIXELS},Training\n"


def read(text):
    content = text if isinstance(text, bytes) else text.encode()
    return read_table(io.BytesIO(content), "fer2013.csv", len(content))


def test_the_real_csv(fer2013_writer, real, tmp_path):
    fer2013_writer.write_csv(
        real, tmp_path, "fer2013.csv", ("emotion", "pixels", "Usage"), ("emotion", "pixels", "usage")
    )
    faces = read_dataset(tmp_path / "fer2013.csv")
    np.testing.assert_array_equal(faces.images, real["images"])
    np.testing.assert_array_equal(faces.labels, real["emotion"])
    assert faces.split.tolist() == ["train"] * 40 + ["val"] * 40
    assert faces.ids[[0, 17]].tolist() == ["row00000", "row00017"]


def test_the_real_csv_with_spaces_in_its_header(fer2013_writer, real, tmp_path):
    fer2013_writer.write_csv(
        real, tmp_path, "icml_face_data.csv", ("emotion", " Usage", " pixels"), ("emotion", "usage", "pixels")
    )
    faces = read_dataset(tmp_path / "icml_face_data.csv")
    np.testing.assert_array_equal(faces.images, real["images"])
    np.testing.assert_array_equal(faces.labels, real["emotion"])
    assert set(faces.source) == {"icml_face_data"}


FULL = r"""
import re, sys
from pathlib import Path
import numpy as np
import fer_course as fer
faces = fer.read_dataset(sys.argv[1])
peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]
real = np.load(sys.argv[2])
print(np.array_equal(faces.images, real["images"]), np.array_equal(faces.labels, real["emotion"]))
print(faces.ids[-1], peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of memory")
def test_all_of_fer2013_fits_in_a_gigabyte(shared, tmp_path):
    source = shared / "data" / "fer2013_trainval.npz"
    with np.load(source) as real:
        split = np.where(real["usage"] == "Training", "train", "val")
        path = write_fer2013_csv(FaceDataset(real["images"], real["emotion"], split), tmp_path / "all.csv")
    output = subprocess.check_output([sys.executable, "-c", FULL, str(path), str(source)], text=True)
    same_images, same_labels, last, peak = output.split()
    assert (same_images, same_labels, last) == ("True", "True", "row32297")
    assert int(peak) < 1e6  # kB


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ROW,
        "Usage,emotion,pixels\n" + f"Training,3,{PIXELS}\n",
        "emotion, Usage, pixels\n" + f"3,Training,{PIXELS}\n",
        ",emotion,pixels,Usage\n" + f"0,3,{PIXELS},Training\n",
        '"emotion","pixels","Usage"\n' + f'"3","{PIXELS}","Training"\n',
        (HEADER + ROW).replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + (HEADER + ROW).encode(),
        HEADER + ROW + "\n\r\n",
        (HEADER + ROW).rstrip("\n"),
        HEADER + ROW.replace("7 7", "007  7", 1),
        HEADER + ROW.replace(",7", ", 7").replace(",Tr", " , Tr"),
    ],
    ids=[
        "plain",
        "other order",
        "spaces in the header",
        "an index",
        "quotes",
        "CRLF",
        "byte-order mark",
        "blank last lines",
        "no last line end",
        "odd but right numbers",
        "spaces around fields",
    ],
)
def test_ways_to_write_the_same_row(text):
    faces = read(text)
    np.testing.assert_array_equal(faces.images, np.full((1, 48, 48), 7))
    assert (faces.labels.tolist(), faces.split.tolist()) == ([3], ["train"])


CUT = " (the last, without a line end: the file may be cut short, download it again)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": the file is empty; download it again"),
        (HEADER, ": a header but no images; download or write the file again"),
        (
            "emotion,Usage\n",
            ", row 1: not FER2013, no column 'pixels'; expected emotion, pixels, Usage, found emotion, Usage",
        ),
        (
            "sepal_length,species\n1,2\n",
            ", row 1: not FER2013, no column 'emotion'; expected emotion, pixels, Usage, "
            "found sepal_length, species",
        ),
        (HEADER + ROW + f"3,{PIXELS} 7,Training\n", ", row 3, column 'pixels': 2305 values, expected 2304"),
        (
            HEADER + ROW + f"3,{PIXELS[:-2]},Training\n",
            ", row 3, column 'pixels': 2303 values, expected 2304",
        ),
        (HEADER + ROW + "3,,Training\n", ", row 3, column 'pixels': 0 values, expected 2304"),
        (
            HEADER + ROW.replace("7 7", "7 256", 1),
            ", row 2, column 'pixels': value 2 is '256', expected a whole",
        ),
        (
            HEADER + ROW.replace("7 7", "7 -1", 1),
            ", row 2, column 'pixels': value 2 is '-1', expected a whole",
        ),
        (
            HEADER + ROW.replace("7 7", "7 x7", 1),
            ", row 2, column 'pixels': value 2 is 'x7', expected a whole",
        ),
        (
            HEADER + "\n" + ROW + "7" + ROW[1:],
            ", row 4, column 'emotion': '7', expected one of 0, 1, 2, 3, 4, 5, 6",
        ),
        (HEADER + "hapy" + ROW[1:], ", row 2, column 'emotion': unknown emotion 'hapy'; perhaps 'happy'"),
        (
            HEADER + ROW.replace("Training", "Trial"),
            ", row 2, column 'Usage': 'Trial', expected one of Training, Pub",
        ),
        (HEADER + "3," + ROW, ", row 2: 4 columns, expected 3 as in the header"),
        (HEADER + ROW + ROW[:500], f", row 3{CUT}: 2 columns, expected 3"),
        (HEADER + ROW + ROW[:-6], f", row 3{CUT}, column 'Usage': 'Tra', expected one of"),
        (
            "emotion,Usage,pixels\n" + f"3,Training,{PIXELS}\n3,Training,{PIXELS[:99]}",
            f", row 3{CUT}, column 'pixels': 50 values, expected 2304",
        ),
    ],
)
def test_a_bad_file_is_refused_with_row_and_column(text, message):
    with pytest.raises(FerCourseError, match="^fer2013.csv" + re.escape(message)):
        read(text)


def test_a_bad_row_far_down_is_named():
    rows = [ROW] * 200
    rows[150] = ROW.replace("7 7", "7 300", 1)
    with pytest.raises(FerCourseError, match="row 152, column 'pixels': value 2 is '300'"):
        read(HEADER + "".join(rows))


@pytest.mark.filterwarnings("ignore:.*no val images")
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_writing_and_reading_gives_identical_arrays(tmp_path_factory, data):
    count = data.draw(st.integers(1, 5))
    faces = FaceDataset(
        data.draw(arrays.arrays(np.uint8, (count, 48, 48)).filter(lambda images: images.max() != 1)),
        data.draw(arrays.arrays(np.int64, count, elements=st.integers(0, 6))),
        data.draw(arrays.arrays("U5", count, elements=st.sampled_from(["train", "val", "test"]))),
    )
    again = read_dataset(write_fer2013_csv(faces, tmp_path_factory.mktemp("csv") / "faces.csv"))
    np.testing.assert_array_equal(again.images, faces.images)
    np.testing.assert_array_equal(again.labels, faces.labels)
    np.testing.assert_array_equal(again.split, faces.split)


@pytest.mark.parametrize(
    ("images", "label", "message"),
    [
        (np.zeros((1, 64, 48), np.uint8), 0, "images are 64 x 48, but"),
        (np.zeros((1, 48, 48, 3), np.uint8), 0, "images are 48 x 48 x 3, but"),
        (np.zeros((1, 48, 48), np.uint8), -1, "image 00000 has none of the seven labels"),
    ],
)
def test_what_the_csv_cannot_hold_is_not_written(tmp_path, images, label, message):
    with pytest.raises(FerCourseError, match=message):
        write_fer2013_csv(FaceDataset(images, np.array([label])), tmp_path / "faces.csv")
    assert not list(tmp_path.iterdir())


def pixels_of(row):
    return np.array(row[1].split(), np.uint8).reshape(48, 48)


def test_an_array_becomes_a_row():
    image = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    row = image_to_fer2013_row(image, 3)
    np.testing.assert_array_equal(pixels_of(row), image)
    assert (row[0], row[2]) == (3, "Training")
    assert image_to_fer2013_row(image, "Happiness", usage="PrivateTest") == (3, row[1], "PrivateTest")
    assert image_to_fer2013_row(image, np.int64(3)) == row


@pytest.mark.parametrize("shape", [(480, 360), (20, 30), (48, 48, 3), (100, 90, 4), (48, 48, 1)])
def test_an_array_of_any_size_becomes_a_row(shape):
    assert set(pixels_of(image_to_fer2013_row(np.full(shape, 99, np.uint8), 0)).ravel()) == {99}


def test_colours_are_weighted_as_rgb():
    red = np.zeros((48, 48, 3), np.uint8)
    red[..., 0] = 255
    assert pixels_of(image_to_fer2013_row(red, 0))[0, 0] == 76  # 0.299 * 255


def test_shrinking_takes_the_mean_of_an_area():
    stripes = np.tile(np.array([0, 100], np.uint8), (96, 48))
    assert set(pixels_of(image_to_fer2013_row(stripes, 0)).ravel()) == {50}


@pytest.mark.parametrize("name", ["face.png", "gesicht-ä.png"])
def test_an_image_file_becomes_a_row(tmp_path, name):
    image = np.random.default_rng(0).integers(0, 256, (60, 70), dtype=np.uint8)
    (tmp_path / name).write_bytes(cv2.imencode(".png", image)[1].tobytes())
    square = resize_face(crop_square(image))
    for path in (tmp_path / name, str(tmp_path / name)):
        np.testing.assert_array_equal(pixels_of(image_to_fer2013_row(path, 0)), square)


@pytest.mark.parametrize(
    ("image", "emotion", "usage", "error", "message"),
    [
        (np.zeros((48, 48), np.uint8), 7, "Training", FerCourseError, "unknown emotion 7, expected 0..6"),
        (np.zeros((48, 48), np.uint8), 1.5, "Training", FerCourseError, "unknown emotion 1.5"),
        (np.zeros((48, 48), np.uint8), "smug", "Training", FerCourseError, "unknown emotion 'smug'"),
        (
            np.zeros((48, 48), np.uint8),
            0,
            "train",
            FerCourseError,
            "unknown usage 'train', expected one of Tr",
        ),
        (np.zeros((48, 48)), 0, "Training", FerCourseError, "float64, expected uint8"),
        (np.zeros((0, 48), np.uint8), 0, "Training", FerCourseError, "shape .0, 48."),
        (np.zeros(2304, np.uint8), 0, "Training", FerCourseError, "shape .2304,."),
        (__file__, 0, "Training", FerCourseError, "test_fer2013.py: not an image that can be read"),
        ("nowhere.png", 0, "Training", FileNotFoundError, "nowhere.png: no such file"),
    ],
)
def test_what_cannot_become_a_row_is_refused(image, emotion, usage, error, message):
    with pytest.raises(error, match=message):
        image_to_fer2013_row(image, emotion, usage)


def test_appending_starts_a_new_file(tmp_path):
    path = append_images_to_fer2013_csv(
        np.zeros((2, 60, 60), np.uint8), ["happy", 4], tmp_path / "my" / "new.csv"
    )
    faces = read_dataset(path)
    assert (faces.labels.tolist(), faces.split.tolist()) == ([3, 4], ["train", "train"])


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (HEADER + ROW, f"4,{PIXELS},PublicTest\n"),
        (HEADER + ROW[:-1], f"\n4,{PIXELS},PublicTest\n"),
        (HEADER, f"4,{PIXELS},PublicTest\n"),
        (HEADER[:-1], f"\n4,{PIXELS},PublicTest\n"),
        ("emotion, Usage, pixels\n" + f"3,Training,{PIXELS}\n", f"4,PublicTest,{PIXELS}\n"),
        (",emotion,pixels,Usage\n" + f"0,3,{PIXELS},Training\n", f",4,{PIXELS},PublicTest\n"),
        ("label,pixels,split\n" + ROW, f"4,{PIXELS},PublicTest\n"),
        ((HEADER + ROW).replace("\n", "\r\n"), f"4,{PIXELS},PublicTest\r\n"),
        ("\ufeff" + HEADER + ROW + "\n", f"4,{PIXELS},PublicTest\n"),
    ],
)
def test_appending_keeps_the_file_as_it_is(tmp_path, before, added):
    path = tmp_path / "fer2013.csv"
    path.write_bytes(before.encode())
    append_images_to_fer2013_csv([np.full((48, 48), 7, np.uint8)], [4], path, usage="PublicTest")
    assert path.read_bytes().decode() == before + added
    assert read_dataset(path).labels[-1] == 4


@pytest.mark.parametrize(
    ("content", "images", "message"),
    [
        (HEADER + ROW + ROW[:3000], 1, "fer2013.csv, last row .*cut short.*: 2 columns, expected 3"),
        (HEADER + ROW + ROW.replace(" 7,", ","), 1, "fer2013.csv, last row, column 'pixels': 2303 values"),
        ("a,b\n1,2\n", 1, "fer2013.csv, row 1: not FER2013, no column 'emotion'.*found a, b"),
        ("", 1, "fer2013.csv: the file is empty"),
        (HEADER + ROW, 2, "2 images, but 1 emotions; give one for each"),
    ],
)
def test_appending_refuses_what_it_would_spoil(tmp_path, content, images, message):
    path = tmp_path / "fer2013.csv"
    path.write_text(content)
    with pytest.raises(FerCourseError, match=message):
        append_images_to_fer2013_csv(np.zeros((images, 48, 48), np.uint8), [4], path)
    assert path.read_text() == content


def test_the_bar_is_full_at_the_end_and_not_where_reading_failed(monkeypatch):
    """A notebook's bar that is not full when it closes turns red and stays."""
    bars = []

    def kept(*how, **more):
        bars.append(progress_bar(*how, **more))
        return bars[-1]

    monkeypatch.setattr(tables, "progress_bar", kept)
    read(HEADER + 3 * ROW)
    assert bars[0].n == bars[0].total == len(HEADER + 3 * ROW)
    with pytest.raises(FerCourseError):
        read(HEADER + ROW + ROW[:3000])
    assert bars[1].n < bars[1].total


def test_one_bad_image_among_many_appends_none(tmp_path):
    path = tmp_path / "fer2013.csv"
    path.write_text(HEADER + ROW)
    with pytest.raises(FileNotFoundError):
        append_images_to_fer2013_csv([np.zeros((48, 48), np.uint8), "nowhere.png"], [4, 4], path)
    assert path.read_text() == HEADER + ROW


KILLED = """
import os, shutil, signal, sys
import numpy as np
from fer_course.sources import fer2013
copy = shutil.copyfile
def copy_half_and_die(source, target):
    copy(source, target)
    with open(target, "ab") as file:
        file.write(b"4,7 7 7")
    os.kill(os.getpid(), signal.SIGKILL)
shutil.copyfile = copy_half_and_die
fer2013.append_images_to_fer2013_csv([np.zeros((48, 48), np.uint8)], [4], sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_kill_while_appending_leaves_the_file_whole(tmp_path):
    path = tmp_path / "fer2013.csv"
    path.write_text(HEADER + ROW)
    process = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert process.returncode == -signal.SIGKILL
    assert path.read_text() == HEADER + ROW
    assert len(list(tmp_path.iterdir())) == 2  # the half copy beside it ...
    assert len(read_dataset(tmp_path)) == 1  # ... which nobody takes for data


def test_a_full_disk_while_appending_leaves_the_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "fer2013.csv"
    path.write_text(HEADER + ROW)

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fer2013.shutil, "copyfile", full)
    with pytest.raises(FerCourseError, match="no space left on the disk"):
        append_images_to_fer2013_csv([np.zeros((48, 48), np.uint8)], [4], path)
    assert path.read_text() == HEADER + ROW


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
def test_rows_are_added_to_no_pipe(tmp_path):
    os.mkfifo(tmp_path / "mine.csv")
    with pytest.raises(FerCourseError, match="a pipe or a device"):
        append_images_to_fer2013_csv([np.zeros((48, 48), np.uint8)], ["happy"], tmp_path / "mine.csv")


def test_where_two_columns_could_be_labels_it_is_said_which_is_read(tmp_path, capsys):
    path = tmp_path / "fer2013.csv"
    path.write_text(f"emotion,pixels,Usage,label\n3,{PIXELS},Training,4\n")
    assert read_dataset(path).labels.tolist() == [3]
    assert "of the columns emotion and label, emotion is read" in capsys.readouterr().out
