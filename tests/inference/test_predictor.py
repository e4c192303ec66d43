"""Predictions from everything that people have."""

import shutil

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.data import astronaut

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.faces.detectors import FaceDetector
from fer_course.inference import predictor
from fer_course.inference.inputs import Picture, pictures_of
from fer_course.inference.predictor import predict_from_fer2013_csv
from fer_course.inference.video import Video, write_video
from fer_course.sources.fer2013 import write_fer2013_csv

PHOTOGRAPH = astronaut()
CROPS = fer.sample_faces().val.images[:10]
PREDICTOR = fer.Predictor.load()
predict = PREDICTOR.predict
NOBODY = np.full((300, 400, 3), 128, np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Two crops, one below the other, and the photograph."""
    (tmp_path / "below").mkdir()
    cv2.imwrite(str(tmp_path / "1.png"), CROPS[0])
    cv2.imwrite(str(tmp_path / "below" / "2.PNG"), CROPS[1])
    cv2.imwrite(str(tmp_path / "photo.jpg"), PHOTOGRAPH[..., ::-1])
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.fixture
def clip(tmp_path):
    """Half a second of the photograph, half a second of nobody."""
    path = tmp_path / "clip.mp4"
    with write_video(path, fps=10) as video:
        for number in range(10):
            video.write(PHOTOGRAPH[:300, 50:450] if number < 5 else NOBODY)
    return path


def test_a_photograph_is_searched_and_its_smile_is_found(folder):
    for source in (folder / "photo.jpg", str(folder / "photo.jpg"), PHOTOGRAPH):
        (face,) = predict(source, top=2).to_dict("records")
        assert face["emotion"] == "happy"
        assert face["confidence"] == face["happy"] > face["confidence_2"] == face[face["emotion_2"]]
        assert abs(face["x"] + face["width"] / 2 - 224) < 20
        assert sum(face[emotion] for emotion in fer.EMOTIONS) == pytest.approx(1, abs=1e-4)


def test_a_crop_is_a_face_as_a_whole_unless_one_is_looked_for():
    table = predict(CROPS[0])
    assert table[["x", "y", "width", "height"]].values.tolist() == [[0, 0, 48, 48]]
    assert predict(CROPS[0], detector="yunet")["width"].item() < 48
    assert predict(PHOTOGRAPH, detector=None)["width"].tolist() == [512]


def test_a_stack_of_crops_is_what_the_network_says():
    expected = PREDICTOR.predict_proba(CROPS)
    for source in (CROPS, list(CROPS), [*CROPS], iter(CROPS)):
        table = predict(source)
        assert table["image"].tolist() == list(range(10))
        np.testing.assert_allclose(table[list(fer.EMOTIONS)], expected, atol=1e-6)


@pytest.mark.parametrize(("count", "size"), [(1, 10**9), (4, 10**9), (4, 3 * 2304)])
def test_however_pictures_are_put_together_each_gets_its_own_faces(count, size, monkeypatch):
    monkeypatch.setattr(predictor, "_BATCH", count)
    monkeypatch.setattr(predictor, "_BATCH_BYTES", size)
    pictures = pictures_of([PHOTOGRAPH, *CROPS[:3], NOBODY, CROPS[3]])
    widths = [[face.width for face in faces] for _, faces in predictor.recognize_all(pictures, PREDICTOR)]
    assert [len(found) for found in widths] == [1, 1, 1, 1, 0, 1]
    assert widths[1:4] == [[48]] * 3


@given(st.lists(st.integers(0, 60), max_size=600))
def test_a_batch_holds_as_many_pictures_as_memory_allows(sides):
    pictures = [Picture(number, np.empty((side, side))) for number, side in enumerate(sides)]
    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(predictor, "_BATCH_BYTES", 10**5)
        batches = list(predictor._batches(iter(pictures)))
    assert [picture for batch in batches for picture in batch] == pictures
    for batch in batches:
        assert 0 < len(batch) <= predictor._BATCH
        assert sum(picture.pixels.nbytes for picture in batch[:-1]) < 10**5


def test_a_folder_and_a_mixed_list(folder, clip):
    table = predict(folder)
    assert table["image"].tolist() == [str(folder / name) for name in ("1.png", "below/2.PNG", "photo.jpg")]
    mixed = predict([folder / "photo.jpg", CROPS[0], clip])
    assert mixed["image"].tolist() == [str(folder / "photo.jpg"), 1, *[str(clip)] * 5]
    assert mixed["frame"].iloc[2:].tolist() == [0, 1, 2, 3, 4]


def test_bad_files_are_left_out_and_named(folder):
    (folder / "broken.jpg").write_bytes((folder / "photo.jpg").read_bytes()[:900])
    (folder / "text.png").write_text("no picture")
    with pytest.warns(
        UserWarning, match=r"2 of 5 cannot be read: .*broken\.jpg: .*; .*text\.png: not an image"
    ):
        table = predict(folder)
    assert len(table) == 3
    with pytest.raises(FerCourseError, match=r"2 of 2 cannot be read"):
        predict([folder / "broken.jpg", folder / "nowhere.png"])
    with pytest.raises(FerCourseError, match="cut short"):
        predict(folder / "broken.jpg")


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(FerCourseError, match="no pictures in this folder"):
        predict(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        predict(tmp_path / "nowhere")


def test_nobody_is_a_table_without_rows():
    table = predict(NOBODY, top=2)
    assert table.empty
    assert table.columns[:6].tolist() == ["image", "x", "y", "width", "height", "face_confidence"]
    assert table.columns[6:8].tolist() == ["emotion", "confidence"]
    assert table.columns.tolist() == predict(PHOTOGRAPH, top=2).columns.tolist()


def test_fifty_faces_are_fifty_rows():
    face = PHOTOGRAPH[40:200, 150:310]
    group = np.tile(np.pad(face, [(15, 15), (15, 15), (0, 0)], mode="edge"), (5, 10, 1))
    table = predict(group)
    assert len(table) == 50
    assert (table["emotion"] == "happy").mean() > 0.9


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [0, 1, 3, 4])
def test_gray_transparent_and_deep_pictures_show_the_same_smile(channels, dtype):
    gray = cv2.cvtColor(PHOTOGRAPH, cv2.COLOR_RGB2GRAY)
    opaque = np.dstack([PHOTOGRAPH, np.full((512, 512), 255, np.uint8)])
    picture = {0: gray, 1: gray[..., None], 3: PHOTOGRAPH, 4: opaque}[channels]
    if dtype == np.uint16:
        picture = picture.astype(np.uint16) * 257
    assert predict(picture)["emotion"].tolist() == ["happy"]


def test_biases_count_and_a_bad_one_is_named():
    assert predict(PHOTOGRAPH, biases={"sad": 30.0})["emotion"].tolist() == ["sad"]
    with pytest.raises(FerCourseError, match="hungry"):
        predict(PHOTOGRAPH, biases={"hungry": 1.0})


def test_detectors_by_name_and_by_object(folder):
    assert len(predict(PHOTOGRAPH, detector=FaceDetector(min_face_ratio=0.5))) == 0
    with pytest.raises(FerCourseError, match="no detector 'eyes'"):
        predict(PHOTOGRAPH, detector="eyes")


def test_a_face_can_be_asked_to_be_sure():
    (confidence,) = predict(PHOTOGRAPH)["face_confidence"]
    assert 0.8 < confidence < 1
    assert predict(PHOTOGRAPH, detector=FaceDetector(min_confidence=0.99)).empty


def test_a_class_is_found_in_a_photograph_of_twelve_megapixels():
    photograph = np.full((3000, 4000, 3), 90, np.uint8)
    for place in range(15):
        size = 45 + 12 * place  # pixels of the face
        pupil = cv2.resize(
            PHOTOGRAPH[:256, 100:356], None, fx=size / 90, fy=size / 90, interpolation=cv2.INTER_AREA
        )
        top, left = 100 + 950 * (place // 5), 100 + 760 * (place % 5)
        photograph[top : top + len(pupil), left : left + len(pupil)] = pupil
    table = predict(photograph)
    assert len(table) == 15
    assert table["width"].is_monotonic_increasing
    assert (table["emotion"] == "happy").mean() > 0.9


class TestCsv:
    def test_rows_have_their_labels(self, tmp_path):
        faces = fer.sample_faces(70)
        path = write_fer2013_csv(faces, tmp_path / "faces.csv")
        table = predict_from_fer2013_csv(path, biases={"sad": 1.0}, top=2)
        assert table["image"].iloc[[0, -1]].tolist() == ["row00000", f"row{len(faces) - 1:05d}"]
        assert table["label"].tolist() == [fer.EMOTIONS[label] for label in faces.labels]
        said = PREDICTOR.predict_proba(faces.images)
        from_numbers = np.argmax(np.log(said) + np.eye(7)[4], axis=1)
        assert table["emotion"].tolist() == [fer.EMOTIONS[label] for label in from_numbers]
        assert predict(path, biases={"sad": 1.0}, top=2).equals(table)

    @pytest.mark.parametrize("header", ["pixels", "id, pixels", "Usage,id,Pixels"])
    def test_labels_need_not_be_known(self, header, tmp_path):
        path = tmp_path / "faces.csv"
        ahead = {"p": "", "i": "0,", "U": "Training,0,"}[header[0]]
        lines = [ahead + " ".join(map(str, image.ravel())) for image in CROPS]
        path.write_text("\n".join([header, *lines]))
        table = predict_from_fer2013_csv(path)
        assert "label" not in table
        np.testing.assert_allclose(table[list(fer.EMOTIONS)], PREDICTOR.predict_proba(CROPS), atol=1e-6)
        path.write_text("\n".join([header, *lines[:3], lines[3][:-20]]))
        with pytest.raises(FerCourseError, match=r"faces\.csv, row 5 \(the last.*'pixels': 22\d\d values"):
            predict_from_fer2013_csv(path)

    def test_pixels_without_rows_or_beyond_measure_are_named(self, tmp_path):
        path = tmp_path / "faces.csv"
        for row, words in [("", "a header but no images"), ("7 " * 70_000, "row 2: longer than")]:
            path.write_text(f"pixels\n{row}")
            with pytest.raises(FerCourseError, match=rf"faces\.csv.*{words}"):
                predict_from_fer2013_csv(path)

    def test_a_broken_row_is_named(self, tmp_path):
        path = write_fer2013_csv(fer.sample_faces(70), tmp_path / "faces.csv")
        lines = path.read_text().splitlines()
        lines[17] = lines[17].replace(" ", ",", 1)
        path.write_text("\n".join(lines) + "\n")
        with pytest.raises(FerCourseError, match=r"faces\.csv, row 18"):
            predict_from_fer2013_csv(path)
        with pytest.raises(FileNotFoundError, match="no such file"):
            predict_from_fer2013_csv(tmp_path / "nowhere.csv")


class TestVideo:
    def test_frames_have_their_time(self, clip):
        table = predict(clip)
        assert table["frame"].tolist() == [0, 1, 2, 3, 4]
        assert table["second"].tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=1e-3)
        assert set(table["emotion"]) == {"happy"}

    def test_smoothing_starts_anew_with_each_video(self, clip, tmp_path):
        other = shutil.copy(clip, tmp_path / "other.mp4")
        table = predict([clip, other], smoothing=1.0)
        first, second = (table[table["image"] == str(path)] for path in (clip, other))
        np.testing.assert_array_equal(first["happy"], second["happy"])
        assert first["happy"].std() < predict(clip)["happy"].std()

    def test_bad_ones_are_named(self, tmp_path):
        (tmp_path / "empty.mp4").touch()
        with pytest.raises(FerCourseError, match=r"empty\.mp4: not a video"):
            predict(tmp_path / "empty.mp4")


class TestAnnotated:
    def test_pictures_keep_their_names_and_videos_their_frames(self, folder, clip, tmp_path):
        out = tmp_path / "out"
        predict(
            [folder / "photo.jpg", folder / "1.png", CROPS[0], clip, clip, folder / "1.png"], annotated=out
        )
        assert sorted(path.name for path in out.iterdir()) == [
            "1-2.png", "1.png", "2.png", "clip-2.mp4", "clip.mp4", "photo.jpg",
        ]  # fmt: skip
        drawn = cv2.imread(str(out / "photo.jpg"))[..., ::-1].astype(int)
        difference = np.abs(drawn - PHOTOGRAPH).max(axis=2) > 60
        assert difference[50:180, 170:280].mean() > 0.03
        assert difference[300:].mean() < 0.001
        assert min(cv2.imread(str(out / "1.png")).shape[:2]) >= 384  # enlarged, so that it can be read
        assert [Video(out / name).frames for name in ("clip.mp4", "clip-2.mp4")] == [10, 10]

    def test_no_picture_is_replaced_by_itself_or_its_neighbour(self, folder):
        shutil.copy(folder / "1.png", folder / "photo.png")
        cv2.imwrite(str(folder / "photo.bmp"), PHOTOGRAPH)
        before = (folder / "photo.jpg").read_bytes(), (folder / "photo.png").read_bytes()
        for name in ("photo.jpg", "photo.bmp"):
            with pytest.raises(FerCourseError, match="give another folder"):
                predict(folder / name, annotated=folder)
        assert ((folder / "photo.jpg").read_bytes(), (folder / "photo.png").read_bytes()) == before

    def test_nor_by_a_picture_of_that_name_from_elsewhere(self, folder):
        cv2.imwrite(str(folder / "below" / "1.png"), CROPS[1])
        before = [(folder / name).read_bytes() for name in ("1.png", "below/1.png")]
        sources = [folder / "below", folder], [folder / "below", folder / "1.png"], folder
        for source, out in zip(sources, (folder, folder, folder / "below"), strict=True):
            with pytest.raises(FerCourseError, match="give another folder"):
                predict(source, annotated=out)
        assert [(folder / name).read_bytes() for name in ("1.png", "below/1.png")] == before

    def test_a_new_folder_among_the_pictures_is_no_source_the_next_time(self, folder):
        predict(folder, annotated=folder / "out")
        assert len(list((folder / "out").iterdir())) == 3
        with pytest.raises(FerCourseError, match="give another folder"):
            predict(folder, annotated=folder / "out")

    def test_a_folder_that_is_a_file_is_named(self, folder):
        with pytest.raises(FerCourseError, match=r"1\.png is a file; give a folder"):
            predict(folder / "photo.jpg", annotated=folder / "1.png")

    def test_one_that_fails_midway_leaves_nothing_half_written(self, clip, tmp_path, monkeypatch):
        drawn = iter(range(3))

        def draw(pixels, faces):
            if next(drawn, None) is None:
                raise KeyboardInterrupt
            return pixels

        monkeypatch.setattr("fer_course.inference.annotating.draw_readable", draw)
        with pytest.raises(KeyboardInterrupt):
            predict(clip, annotated=tmp_path / "out")
        assert not list((tmp_path / "out").iterdir())


def test_a_network_without_metadata_is_named(tmp_path):
    import onnx

    from fer_course.inference.network_files import COMPACT_MODEL

    graph = onnx.load(COMPACT_MODEL)
    del graph.metadata_props[:]
    onnx.save(graph, tmp_path / "bare.onnx")
    with pytest.raises(
        FerCourseError, match=r"bare\.onnx: its metadata do not name the emotions.*export_onnx"
    ):
        predict_from_fer2013_csv("any.csv", tmp_path / "bare.onnx")
