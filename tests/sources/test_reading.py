import re
import zipfile

import cv2
import numpy as np
import pytest
from file_trees import encoded, write_as, write_tree, write_zip

from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError
from fer_course.sources.fer2013 import write_fer2013_csv
from fer_course.sources.reading import read_dataset

GRAY = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)


PNG = encoded(GRAY)

both_kinds = pytest.mark.parametrize("kind", ["folder", "zip"])


@pytest.fixture(scope="module")
def real_trees(fer2013_writer, real, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    fer2013_writer.write_folders(real, folder / "fer2013")
    fer2013_writer.write_zip(real, folder)
    return {"folder": folder / "fer2013", "zip": folder / "fer2013.zip"}


@both_kinds
def test_the_real_tree(fer2013_writer, real, real_trees, kind):
    faces = read_dataset(real_trees[kind])
    position = {f"row{row:05d}": position for position, row in enumerate(real["row"])}
    rows = [position[name] for name in faces.ids]
    assert sorted(rows) == list(range(80))
    np.testing.assert_array_equal(faces.labels, real["emotion"][rows])
    splits = {"Training": "train", "PublicTest": "val"}
    assert faces.split.tolist() == [splits[usage] for usage in real["usage"][rows]]
    assert set(faces.source) == {"fer2013"}
    # JPEG of quality 95 changes a pixel by a few gray values
    assert np.abs(faces.images.astype(int) - real["images"][rows]).mean() < 3


def test_a_tree_and_its_zip_are_the_same(real_trees):
    folder, archive = read_dataset(real_trees["folder"]), read_dataset(real_trees["zip"])
    np.testing.assert_array_equal(folder.images, archive.images)
    assert folder.to_frame().equals(archive.to_frame())


@both_kinds
def test_kaggles_names_keep_val_and_test_apart(tmp_path, kind):
    files = {
        "train/happy/Training_1.jpg": PNG,
        "test/happy/PublicTest_1.jpg": PNG,
        "test/sad/PrivateTest_1.jpg": PNG,
    }
    faces = read_dataset(write_as(kind, tmp_path, files))
    assert dict(zip(faces.ids, faces.split, strict=True)) == {
        "Training_1.jpg": "train",
        "PublicTest_1.jpg": "val",
        "PrivateTest_1.jpg": "test",
    }


@both_kinds
def test_a_plain_tree_has_no_val_and_says_so(tmp_path, kind):
    path = write_as(kind, tmp_path, {"train/happy/1.png": PNG, "test/anger/2.png": PNG})
    with pytest.warns(UserWarning, match="no val images to choose epochs and thresholds on") as caught:
        faces = read_dataset(path)
    assert caught[0].filename == __file__
    assert faces.split.tolist() == ["test", "train"]
    assert faces.labels.tolist() == [0, 3]


@both_kinds
def test_names_of_folders(tmp_path, kind):
    files = {
        "archive/Training/Happiness/a.PNG": PNG,
        "archive/validation/fearful/b.png": PNG,
        "archive/Test/sadness/c.bmp": encoded(GRAY, ending=".bmp"),
    }
    faces = read_dataset(write_as(kind, tmp_path, files))
    assert dict(zip(faces.ids, faces.split, strict=True)) == {
        "a.PNG": "train",
        "b.png": "val",
        "c.bmp": "test",
    }
    assert sorted(faces.labels) == [2, 3, 4]
    np.testing.assert_array_equal(faces.images, [GRAY] * 3)


@both_kinds
def test_emotions_without_a_split_above_are_train(tmp_path, kind):
    assert read_dataset(write_as(kind, tmp_path, {"happy/1.png": PNG})).split.tolist() == ["train"]


def test_the_test_folder_alone_is_test(tmp_path):
    write_tree(tmp_path, {"test/happy/PrivateTest_1.png": PNG, "test/sad/PublicTest_2.png": PNG})
    assert read_dataset(tmp_path / "test").split.tolist() == ["test", "val"]


def test_a_folder_read_from_inside_has_a_name(tmp_path, monkeypatch):
    write_tree(tmp_path, {"mine/happy/1.png": PNG})
    monkeypatch.chdir(tmp_path / "mine")
    assert set(read_dataset(".").source) == {"mine"}


@both_kinds
def test_equal_file_names_are_told_apart_by_their_folders(tmp_path, kind):
    path = write_as(kind, tmp_path, {"train/happy/1.png": PNG, "train/sad/1.png": PNG})
    assert read_dataset(path).ids.tolist() == ["train/happy/1.png", "train/sad/1.png"]


@both_kinds
def test_what_systems_leave_in_folders_is_passed_over(tmp_path, kind):
    files = {
        "happy/1.png": PNG,
        "happy/Thumbs.db": b"x",
        "README.txt": b"x",
        "cover.png": PNG,
        "happy/._1.png": b"x",
        "__MACOSX/happy/1.png": b"x",
        ".cache/happy/1.png": b"x",
    }
    assert len(read_dataset(write_as(kind, tmp_path, files))) == 1


@both_kinds
def test_a_gray_jpeg_in_three_channels_stays_as_it_is(tmp_path, kind):
    gray = cv2.GaussianBlur(GRAY, (0, 0), 3)
    jpeg = encoded(cv2.merge([gray] * 3), ".jpg")
    faces = read_dataset(write_as(kind, tmp_path, {"happy/1.jpg": jpeg}))
    np.testing.assert_array_equal(faces.images[0], cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1)[..., 0])


@both_kinds
def test_a_colour_image_becomes_its_luma(tmp_path, kind):
    red = np.zeros((48, 48, 3), np.uint8)
    red[..., 2] = 255  # OpenCV writes BGR
    faces = read_dataset(write_as(kind, tmp_path, {"happy/1.png": encoded(red)}))
    assert set(faces.images.ravel()) == {76}


@both_kinds
def test_another_size_is_resized_only_when_asked(tmp_path, kind):
    path = write_as(kind, tmp_path, {"happy/1.png": encoded(np.full((64, 80), 9, np.uint8))})
    with pytest.raises(FerCourseError, match=r"happy/1\.png: 80 x 64 pixels, expected 48 x 48; resize=True"):
        read_dataset(path)
    np.testing.assert_array_equal(read_dataset(path, resize=True).images, np.full((1, 48, 48), 9))


JPEG = encoded(GRAY, ending=".jpg")


@both_kinds
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html>404</html>", "an HTML page, perhaps of a login or an error, and not the file itself"),
        (b"nothing", "not an image that can be read"),
        (JPEG[: len(JPEG) // 2], "cut short"),
    ],
)
def test_what_is_not_an_image_is_named(tmp_path, kind, content, reason):
    path = write_as(kind, tmp_path, {"happy/1.jpg": JPEG, "happy/2.jpg": content})
    with pytest.raises(FerCourseError, match=rf"happy/2\.jpg: {reason}; replace the file or take it away"):
        read_dataset(path)


@both_kinds
def test_an_unknown_emotion_is_named(tmp_path, kind):
    path = write_as(kind, tmp_path, {"train/happy/1.png": PNG, "train/boredom/1.png": PNG})
    with pytest.raises(FerCourseError, match=r"train/boredom/ \(unknown emotion 'boredom'; the seven are"):
        read_dataset(path)


@both_kinds
@pytest.mark.parametrize("files", [{"notes/readme.txt": b"x"}, {"1.png": PNG, "notes/readme.txt": b"x"}])
def test_no_emotion_folders(tmp_path, kind, files):
    path = write_as(kind, tmp_path, files)
    with pytest.raises(FerCourseError, match=r"no images in folders named after emotions .*found .*notes"):
        read_dataset(path)


def test_an_empty_folder(tmp_path):
    with pytest.raises(FerCourseError, match=r"no images in folders .*found nothing"):
        read_dataset(tmp_path)


def test_a_zip_that_holds_the_csv(faces, tmp_path):
    content = write_fer2013_csv(faces, tmp_path / "faces.csv").read_bytes()
    for name in ("fer2013.csv", "challenge/icml_face_data.csv", "my_own.csv"):
        path = write_zip(tmp_path / "faces.zip", {name: content, "__MACOSX/._fer2013.csv": b"x"})
        np.testing.assert_array_equal(read_dataset(path).images, faces.images)


def test_a_bad_row_in_a_zip_is_named(tmp_path):
    path = write_zip(tmp_path / "faces.zip", {"fer2013.csv": b"emotion,pixels,Usage\n3,1 2,Training\n"})
    with pytest.raises(FerCourseError, match=r"faces\.zip/fer2013\.csv, row 2, column 'pixels': 2 values"):
        read_dataset(path)


@pytest.mark.parametrize(
    "name",
    [
        "../happy/1.png",
        "train/../../happy/1.png",
        "/happy/1.png",
        "\\happy\\1.png",
        "..\\happy\\1.png",
        "C:/happy/1.png",
        "C:happy/1.png",
    ],
)
def test_a_zip_that_climbs_out_is_refused(tmp_path, name):
    path = write_zip(tmp_path / "faces.zip", {"happy/1.png": PNG, name: PNG})
    message = rf"faces\.zip, entry {re.escape(repr(name))}: it points outside its folder"
    with pytest.raises(FerCourseError, match=message):
        read_dataset(path)


def test_a_zip_that_is_cut_short(tmp_path):
    path = write_zip(tmp_path / "faces.zip", {"happy/1.png": PNG})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FerCourseError, match=r"faces\.zip: damaged or cut short"):
        read_dataset(path)


@pytest.mark.parametrize("name", ["happy/1.png", "fer2013.csv"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_with_damaged_bytes(tmp_path, name, compression):
    path = tmp_path / "faces.zip"
    row = b"3," + b" ".join([b"7"] * 2304) + b",Training\n"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(name, PNG if name.endswith("png") else b"emotion,pixels,Usage\n" + row)
    content = bytearray(path.read_bytes())
    for position in range(60, 80):
        content[position] ^= 0x55
    path.write_bytes(content)
    with pytest.raises(FerCourseError, match=r"faces\.zip"):
        read_dataset(path)


def test_npz(faces, tmp_path):
    again = read_dataset(faces.save(tmp_path / "faces.npz"))
    np.testing.assert_array_equal(again.images, faces.images)
    assert again.to_frame().equals(faces.to_frame())


def test_npz_by_another_name(faces, tmp_path):
    path = faces.save(tmp_path / "faces.npz").rename(tmp_path / "faces.dat")
    assert len(read_dataset(path)) == 21


def test_npz_of_another_size_or_in_colour(tmp_path):
    large = FaceDataset(np.full((2, 96, 80, 3), 9, np.uint8), np.array([1, 2])).save(tmp_path / "large.npz")
    with pytest.raises(FerCourseError, match=r"large\.npz: images of 80 x 96 pixels, expected 48 x 48"):
        read_dataset(large)
    np.testing.assert_array_equal(read_dataset(large, resize=True).images, np.full((2, 48, 48), 9))
    color = FaceDataset(np.full((2, 48, 48, 3), 9, np.uint8), np.array([1, 2])).save(tmp_path / "color.npz")
    np.testing.assert_array_equal(read_dataset(color).images, np.full((2, 48, 48), 9))


def test_a_folder_that_holds_several_kinds(faces, tmp_path):
    write_zip(tmp_path / "fer2013.zip", {"happy/1.png": PNG})
    assert len(read_dataset(tmp_path)) == 1
    (tmp_path / "fer2013new.csv").write_text("Usage,Image name\n")  # the votes of FER+, which are no faces
    assert len(read_dataset(tmp_path)) == 1
    faces.subset([0, 1]).save(tmp_path / "faces.npz")
    with pytest.raises(FerCourseError, match=r"holds faces\.npz, fer2013\.zip; give the path of the one"):
        read_dataset(tmp_path)
    write_tree(tmp_path, {"train/happy/1.png": PNG, "train/happy/2.png": PNG, "train/happy/3.png": PNG})
    assert len(read_dataset(tmp_path)) == 3
    (tmp_path / "fer2013new.csv").write_text("the votes of FER+ lie beside the images")
    write_fer2013_csv(faces, tmp_path / "fer2013" / "below" / "icml_face_data.csv")
    assert len(read_dataset(tmp_path)) == 21


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere: no such file; expected fer2013\.csv"):
        read_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PNG, "a PNG image"),
        (b"\x07" + np.random.default_rng(0).bytes(5000) + b"\0", "neither a zip nor text, perhaps damaged"),
        ("emotion,pixels".encode("utf-16"), "text in UTF-16: save it as UTF-8"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive: unpack it"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"PAR1\x15\0", "a Parquet table"),
        (b"\x80\x04\x95", "a pickle, which could run any program"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "a Git LFS pointer"),
    ],
)
def test_another_file_named_csv_is_told_what_it_is(tmp_path, content, found):
    (tmp_path / "fer2013.csv").write_bytes(content)
    with pytest.raises(FerCourseError, match=rf"fer2013\.csv: {found}.*; expected fer2013"):
        read_dataset(tmp_path / "fer2013.csv")


def test_a_csv_of_another_dataset(tmp_path):
    (tmp_path / "fer2013.csv").write_text("sepal_length,species\n5.1,setosa\n")
    message = r"fer2013\.csv, row 1: not FER2013, .*found sepal_length, species"
    with pytest.raises(FerCourseError, match=message):
        read_dataset(tmp_path / "fer2013.csv")


@pytest.mark.parametrize(
    ("column", "cells", "row"),
    [
        ("partition", ["train", "train", "test"], 2),
        ("Usege", ["", "", "PrivateTest"], 4),
        ("is_test", "001", 2),
    ],
)
def test_a_column_of_splits_of_another_name_is_not_passed_over(tmp_path, column, cells, row):
    pixels = " ".join(["7"] * 2304)
    rows = "".join(f"3,{pixels},{cell}\n" for cell in cells)
    (tmp_path / "mine.csv").write_text(f"emotion,pixels,{column}\n{rows}")
    with pytest.raises(FerCourseError, match=f"row {row}, column '{column.lower()}'.*call it Usage"):
        read_dataset(tmp_path / "mine.csv")


def test_a_column_of_anything_else_is_passed_over(tmp_path):
    pixels = " ".join(["7"] * 2304)
    (tmp_path / "mine.csv").write_text(f"emotion,pixels,person\n3,{pixels},Tom\n4,{pixels},latest\n")
    assert set(read_dataset(tmp_path / "mine.csv").split) == {"train"}


def test_two_entries_that_differ_in_their_slashes_are_one_name(tmp_path):
    image = encoded(np.full((48, 48), 9, np.uint8), ".png")
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        archive.writestr("train/happy/1.png", image)
        archive.writestr("train\\happy\\1.png", encoded(np.full((48, 48), 99, np.uint8), ".png"))
    with pytest.raises(FerCourseError, match=r"two entries are called 'train/happy/1\.png'"):
        read_dataset(tmp_path / "faces.zip")


def test_a_zip_in_a_zip_is_to_be_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("faces/archive.zip", b"PK")
    with pytest.raises(FerCourseError, match=r"a zip inside it, faces/archive\.zip; unpack the outer one"):
        read_dataset(tmp_path / "outer.zip")
