import base64
from unittest.mock import ANY

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import fer_course as fer
from fer_course import FerCourseError
from fer_course.drawing.film import sample_frame
from fer_course.inference import webcam
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.inference.webcam import WebcamWidget

FRAME = sample_frame(12)  # the person on the left smiles


def encoded(picture, kind=".jpg"):
    return cv2.imencode(kind, picture)[1].tobytes()


@pytest.fixture(scope="module")
def recognizer():
    return fer.EmotionRecognizer()


@pytest.fixture
def widget(recognizer):
    """A widget that keeps what it would tell the browser."""
    widget = WebcamWidget(recognizer)
    widget.told = []
    widget.send = lambda content, buffers=None: widget.told.append((content, buffers))
    return widget


def ask(widget, content, *buffers):
    """Hand over a message as the browser's would come, and return the answer."""
    widget._handle_custom_msg(content, [memoryview(buffer) for buffer in buffers])
    (answer,) = widget.told
    widget.told.clear()
    return answer


def test_the_answer_to_a_frame_has_every_face_in_shares_of_the_frame(widget, recognizer):
    faces = widget.answer(encoded(FRAME, ".png"))["faces"]
    expected = recognizer.recognize(cv2.cvtColor(FRAME, cv2.COLOR_GRAY2RGB))
    assert len(faces) == len(expected) == 2
    for told, face in zip(faces, expected, strict=True):
        np.testing.assert_allclose(
            np.array(told["box"]) * [480, 240, 480, 240], [face.x, face.y, face.width, face.height]
        )
        assert told["emotion"] == face.emotion
        np.testing.assert_array_equal(np.float32(told["probabilities"]), face.probabilities)
    assert min(faces, key=lambda face: face["box"][0])["emotion"] == "happy"


@pytest.mark.parametrize(
    "picture",
    [
        encoded(FRAME),
        encoded(FRAME.astype(np.uint16) * 257, ".png"),
        encoded(cv2.cvtColor(FRAME, cv2.COLOR_GRAY2BGRA), ".png"),
        FRAME,
        np.repeat(FRAME[..., None], 3, axis=2),
    ],
    ids=["JPEG", "16 bits", "RGBA", "gray array", "RGB array"],
)
def test_it_takes_files_bytes_and_arrays(widget, picture):
    emotions = {face["emotion"] for face in widget.answer(picture)["faces"]}
    assert "happy" in emotions and len(emotions) == 2


def test_it_says_which_network_answers_and_whether_it_was_adapted(widget, recognizer):
    assert widget.network == str(recognizer.predictor.about)
    assert "CompactCNN, recipe compact" in widget.network and "val accuracy" in widget.network
    assert widget.get_state()["network"] == widget.network
    layer = LogisticRegression().fit(recognizer.predictor.features(np.zeros((2, 48, 48), np.uint8)), [3, 4])
    adapted = WebcamWidget(recognizer.predictor.adapted(layer)).network
    assert "adapted to one face" in adapted and "val accuracy" not in adapted


def test_colours_reach_the_recognizer_as_red_green_blue(widget):
    seen = []
    widget._live.recognizer = type(
        "Recorder", (), {"recognize": lambda self, picture: seen.append(picture) or [], "detector": None}
    )()
    blue = np.zeros((60, 80, 3), np.uint8)
    blue[..., 0] = 255
    widget.answer(encoded(blue, ".png"))
    assert seen[0][0, 0].tolist() == [0, 0, 255]


def test_frames_are_smoothed_over_time_and_pictures_are_not(recognizer):
    def happiness(widget, frame, time):
        faces = widget.answer(frame, time)["faces"]
        return min(faces, key=lambda face: face["box"][0])["probabilities"][fer.EMOTIONS.index("happy")]

    smooth, raw = WebcamWidget(recognizer, smoothing=1.0), WebcamWidget(recognizer, smoothing=0)
    surprised = sample_frame(22)
    assert happiness(smooth, FRAME, 10.0) == happiness(raw, FRAME, 10.0)
    between = happiness(smooth, surprised, 10.1)
    assert happiness(raw, FRAME, None) > between > happiness(raw, surprised, 10.1)
    assert happiness(smooth, surprised, None) == happiness(raw, surprised, None)


def test_the_answer_says_how_sure_the_detector_is_and_from_which_size_on_it_looked(widget):
    answer = widget.answer(FRAME)
    assert all(0.6 <= face["face_confidence"] <= 1 for face in answer["faces"])
    assert widget.answer(np.zeros((3000, 4000), np.uint8))["smallest"] == 25 / 4000


def test_without_a_detector_the_whole_frame_is_the_face():
    widget = WebcamWidget(fer.EmotionRecognizer(detector=None))
    (face,) = widget.answer(FRAME, 0.0)["faces"]
    assert face["box"] == [0, 0, 1, 1]


def test_a_message_of_the_browser_is_answered_by_its_id(widget):
    answer, _ = ask(widget, {"kind": "frame", "id": 0.5, "time": 1.0}, encoded(FRAME))
    assert answer["id"] == 0.5
    assert len(answer["faces"]) == 2
    assert 0 < answer["milliseconds"] < 60_000


@pytest.mark.parametrize(
    "frame", [b"", b"no picture", encoded(FRAME)[:200]], ids=["empty", "text", "cut off"]
)
def test_a_frame_that_is_no_picture_is_told_and_the_next_one_is_answered(widget, frame):
    with pytest.raises(FerCourseError, match="the frame: "):
        widget.answer(frame)
    answer, _ = ask(widget, {"kind": "frame", "id": 1, "time": None}, frame)
    assert answer["id"] == 1 and "the frame: " in answer["error"]
    answer, _ = ask(widget, {"kind": "frame", "id": 2, "time": None}, encoded(FRAME))
    assert answer["id"] == 2 and "error" not in answer


@pytest.mark.parametrize("trouble", [RuntimeError("boom"), KeyboardInterrupt("boom")], ids=repr)
def test_whatever_a_recognizer_raises_is_told_so_that_the_browser_does_not_wait(widget, trouble):
    def recognize(self, picture):
        raise trouble

    widget._live.recognizer = type("Broken", (), {"recognize": recognize})()
    answer, _ = ask(widget, {"kind": "frame", "id": 1, "time": None}, encoded(FRAME))
    assert answer == {"id": 1, "error": f"{type(trouble).__name__}: boom"}
    assert "error" in ask(widget, {"kind": "frame", "id": 2, "time": None})[0], "a frame without a picture"
    assert "error" in ask(widget, {})[0]


def test_the_sample_video_is_sent_as_pictures(widget):
    answer, pictures = ask(widget, {"kind": "sample", "id": 1})
    assert answer == {"id": 1, "frames_per_second": 10}
    assert len(pictures) == len(fer.sample_video()) == 40
    shown = cv2.imdecode(np.frombuffer(pictures[12], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.abs(shown.astype(int) - FRAME).mean() < 3


def test_two_widgets_do_not_share_what_they_remember(recognizer):
    one, other = WebcamWidget(recognizer), WebcamWidget(recognizer)
    one.answer(FRAME, 0.0)
    surprised = sample_frame(22)
    alone = WebcamWidget(recognizer).answer(surprised, 0.1)["faces"]
    assert other.answer(surprised, 0.1)["faces"] == alone != one.answer(surprised, 0.1)["faces"]


def test_a_picture_stands_in_where_no_widget_is_shown(widget, monkeypatch):
    still = widget._repr_mimebundle_()
    monkeypatch.setattr(webcam, "has_widgets", lambda: True)
    shown, _ = widget._repr_mimebundle_()
    assert shown == {"application/vnd.jupyter.widget-view+json": ANY, **still}
    assert set(still) == {"text/plain", "image/jpeg"}
    assert "JupyterLab" in still["text/plain"]
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(still["image/jpeg"]), np.uint8), cv2.IMREAD_COLOR)
    orange = np.abs(picture.astype(int) - [0, 159, 230]).max(axis=2) < 40
    assert orange.sum() > 200, "the box of the smiling face"


def test_nothing_of_a_frame_is_kept_in_what_a_notebook_saves(widget):
    before = widget.get_state()
    widget.answer(encoded(FRAME), 0.0)
    assert widget.get_state() == before
    assert {name for name in before if not name.startswith("_")} <= {
        "colors",
        "layout",
        "mirror",
        "network",
        "tabbable",
        "tooltip",
    }


def test_a_network_without_metadata_is_refused_before_there_is_a_widget(tmp_path):
    import onnx

    model = onnx.load(COMPACT_MODEL)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    with pytest.raises(FerCourseError, match=r"Export the network with fer\.export_onnx"):
        WebcamWidget(fer.EmotionRecognizer(fer.Predictor.load(tmp_path / "bare.onnx")))
    with pytest.raises(FerCourseError, match="smoothing is -1"):
        WebcamWidget(smoothing=-1)
    with pytest.raises(FerCourseError, match="a folder without a network"):
        WebcamWidget(tmp_path)


def test_the_sample_video_goes_round_without_a_jump():
    video = fer.sample_video().astype(int)
    steps = np.abs(video - np.roll(video, 1, axis=0)).mean(axis=(1, 2))
    assert steps[0] <= 1.01 * steps[1:].max()
    assert (steps > 0).sum() == 20, "it moves half of the time"
