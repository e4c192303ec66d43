"""Faces in a picture, followed over time and drawn."""

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.ImageColor import getrgb
from skimage.data import astronaut

import fer_course as fer
from fer_course.emotions import EMOTION_COLORS, EMOTIONS
from fer_course.errors import FerCourseError
from fer_course.inference.annotating import draw_faces
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.inference.recognition import EmotionRecognizer, Face, FaceTracker, LiveRecognizer

HAPPY, SAD = np.eye(7, dtype=np.float32)[[3, 4]]


@pytest.fixture(scope="module")
def recognizer():
    return EmotionRecognizer()


@pytest.fixture(scope="module")
def photograph():
    """A woman who smiles; her face is about 90 pixels wide, around (224, 115)."""
    return astronaut()


class TestEmotionRecognizer:
    def test_it_finds_the_smile(self, recognizer, photograph):
        (face,) = recognizer.recognize(photograph)
        assert face.emotion == "happy"
        assert face.confidence > 0.7
        assert abs(face.x + face.width / 2 - 224) < 20
        assert abs(face.y + face.height / 2 - 115) < 20
        assert face.probabilities.sum() == pytest.approx(1, abs=1e-5)

    def test_gray_and_transparent_pictures_are_the_same_picture(self, recognizer, photograph):
        (expected,) = recognizer.recognize(photograph)
        opaque = np.dstack([photograph, np.full(photograph.shape[:2], 255, np.uint8)])
        for picture in (photograph.mean(axis=2).astype(np.uint8), opaque):
            (face,) = recognizer.recognize(picture)
            assert face.emotion == expected.emotion
            assert abs(face.x - expected.x) <= 3

    def test_faces_come_in_reading_order(self, recognizer, photograph):
        face = photograph[20:220, 124:324]
        group = np.full((640, 900, 3), 110, np.uint8)
        corners = [(20, 30), (60, 320), (10, 640), (380, 40), (340, 500)]
        for top, left in corners:
            group[top : top + 200, left : left + 200] = face
        found = recognizer.recognize(group)
        assert [(face.x // 100, face.y // 300) for face in found] == [(0, 0), (3, 0), (6, 0), (0, 1), (5, 1)]

    def test_a_turned_face_is_named_as_the_upright_one(self, recognizer, photograph):
        (upright,) = recognizer.recognize(photograph)
        turn = cv2.getRotationMatrix2D((224, 115), 25, 1)
        (turned,) = recognizer.recognize(cv2.warpAffine(photograph, turn, (512, 512)))
        assert turned.angle == pytest.approx(upright.angle - 25, abs=8)
        np.testing.assert_allclose(turned.probabilities, upright.probabilities, atol=0.1)
        assert EmotionRecognizer(align=False).recognize(photograph)[0].angle == 0

    def test_half_a_face_at_the_border_is_named(self, recognizer, photograph):
        (face,) = recognizer.recognize(photograph[:, 224:])
        assert face.x < 0 and face.emotion == "happy"

    def test_a_face_upside_down_gets_no_sure_name(self, recognizer, photograph):
        found = recognizer.recognize(photograph[::-1, ::-1])
        assert all(face.confidence < 0.6 for face in found)

    def test_a_photograph_in_a_photograph_is_a_second_face(self, recognizer, photograph):
        scene = cv2.resize(photograph, (1024, 1024))
        scene[600:856, 700:956] = cv2.resize(photograph, (256, 256), interpolation=cv2.INTER_AREA)
        large, small = recognizer.recognize(scene)
        assert large.width > 3 * small.width
        assert large.emotion == small.emotion == "happy"

    def test_frames_may_change_their_size(self, recognizer, photograph):
        for size in (512, 300, 512):
            (face,) = recognizer.recognize(cv2.resize(photograph, (size, size)))
            assert face.emotion == "happy"
            assert face.width == pytest.approx(90 * size / 512, abs=6)

    def test_nobody_is_nobody(self, recognizer):
        assert recognizer.recognize(np.zeros((480, 640), np.uint8)) == []

    def test_a_frame_in_the_dark_is_nobody(self, recognizer):
        assert recognizer.recognize(np.ones((480, 640, 3), np.uint8)) == []

    def test_without_a_detector_the_picture_is_the_face(self, photograph):
        crop = photograph[70:165, 175:270]
        (face,) = EmotionRecognizer(detector=None).recognize(crop)
        assert (face.x, face.y, face.width, face.height) == (0, 0, 95, 95)
        assert face.emotion == "happy"

    def test_haar_agrees(self, photograph, cascades):
        (face,) = EmotionRecognizer(detector="haar").recognize(photograph)
        assert face.emotion == "happy" and face.angle == 0 and face.face_confidence > 6

    @pytest.mark.parametrize("biases", [{"angry": 1, "anger": 2}, [1e308] * 7])
    def test_biases_that_are_not_certain_or_drown_the_answer_are_refused(self, biases):
        with pytest.raises(FerCourseError, match=r"two biases for one emotion|biases are \[1e\+308"):
            EmotionRecognizer(biases=biases)

    def test_biases_change_the_answer(self, photograph):
        for biases in ({"sadness": 20}, pd.Series({"sad": 20.0}), [0, 0, 0, 0, 20, 0, 0]):
            (face,) = EmotionRecognizer(biases=biases).recognize(photograph)
            assert face.emotion == "sad"

    @pytest.mark.parametrize(
        ("biases", "says"),
        [
            ("x", "7 numbers"),
            ([1, [2]], "7 numbers"),
            ([1, 2], "7 numbers"),
            ({"bored": 1}, "bored"),
            ([np.nan] * 7, "7 numbers"),
        ],
    )
    def test_wrong_biases_are_named(self, biases, says):
        with pytest.raises(FerCourseError, match=says):
            EmotionRecognizer(biases=biases)

    @pytest.mark.parametrize(
        "picture", [np.zeros((5, 5), np.int8), np.zeros((0, 5), np.uint8), np.zeros((5, 5, 2), np.uint8)]
    )
    def test_what_is_no_picture_is_refused(self, recognizer, picture):
        with pytest.raises(FerCourseError, match=r"expected (uint8|\(height, width\) gray)"):
            recognizer.recognize(picture)

    def test_whatever_a_predictor_loads_does_as_well(self):
        for network in (COMPACT_MODEL, "compact", fer.Predictor.load(), None):
            assert EmotionRecognizer(network, detector=None).predictor.path == COMPACT_MODEL


class TestFace:
    def test_top_is_sorted(self):
        face = Face(0, 0, 9, 9, np.array([0.1, 0, 0, 0.2, 0.6, 0.1, 0], np.float32))
        assert [name for name, _ in face.top(2)] == ["sad", "happy"]
        assert len(face.top(7)) == 7


class TestFaceTracker:
    def test_a_flicker_does_not_change_the_name_and_a_change_does(self):
        tracker = FaceTracker(smoothing=0.5)
        names = []
        for frame in range(40):
            seen = SAD if frame == 5 or frame >= 20 else HAPPY
            names.append(tracker.update([Face(0, 0, 50, 50, seen)], frame / 20)[0].emotion)
        assert set(names[:20]) == {"happy"}
        assert names[-1] == "sad"

    def test_smoothing_does_not_depend_on_the_frame_rate(self):
        ends = []
        for rate in (5, 50):
            tracker = FaceTracker(smoothing=1.0)
            tracker.update([Face(0, 0, 50, 50, HAPPY)], 0.0)
            for frame in range(1, rate + 1):
                (shown,) = tracker.update([Face(0, 0, 50, 50, SAD)], frame / rate)
            ends.append(shown.probabilities[4])
        assert ends[0] == pytest.approx(ends[1], abs=1e-4)
        assert ends[0] == pytest.approx(1 - np.exp(-1), abs=1e-3)

    def test_two_faces_that_swap_their_order_keep_their_names(self):
        tracker = FaceTracker(smoothing=10)
        left, right = Face(0, 0, 50, 50, HAPPY), Face(100, 0, 50, 50, SAD)
        tracker.update([left, right], 0.0)
        assert [face.emotion for face in tracker.update([right, left], 0.1)] == ["sad", "happy"]

    def test_a_new_face_starts_as_it_is(self):
        tracker = FaceTracker(smoothing=10)
        tracker.update([Face(0, 0, 50, 50, HAPPY)], 0.0)
        assert tracker.update([Face(200, 200, 50, 50, SAD)], 0.1)[0].emotion == "sad"
        assert tracker.update([], 0.2) == []

    def test_time_that_goes_back_starts_anew(self):
        tracker = FaceTracker(smoothing=10)
        tracker.update([Face(0, 0, 50, 50, HAPPY)], 5.0)
        assert tracker.update([Face(0, 0, 50, 50, SAD)], 1.0)[0].emotion == "sad"

    def test_boxes_without_an_area_are_no_one_in_particular(self):
        tracker = FaceTracker(smoothing=10)
        tracker.update([Face(5, 5, 0, 0, HAPPY)], 0.0)
        assert tracker.update([Face(5, 5, 0, 0, SAD)], 0.1)[0].emotion == "sad"

    def test_negative_seconds_are_refused(self):
        for smoothing in (-1, float("nan"), "half a second"):
            with pytest.raises(FerCourseError, match=f"smoothing is {smoothing!r}"):
                FaceTracker(smoothing)

    @given(
        st.lists(st.tuples(st.integers(-50, 600), st.integers(1, 300), st.integers(0, 6)), max_size=6),
        st.lists(st.floats(0, 100), min_size=1, max_size=5),
    )
    def test_probabilities_stay_probabilities(self, boxes, times):
        tracker = FaceTracker(smoothing=0.3)
        for time in times:
            faces = [Face(x, x, side, side, np.eye(7, dtype=np.float32)[label]) for x, side, label in boxes]
            for face in tracker.update(faces, time):
                assert face.probabilities.sum() == pytest.approx(1, abs=1e-5)
                assert face.width >= 1


class TestLiveRecognizer:
    @pytest.fixture
    def searches(self, recognizer, monkeypatch):
        """The frames that are searched as a whole."""
        searched, detect = [], recognizer.detector.detect
        monkeypatch.setattr(
            recognizer.detector, "detect", lambda images: searched.append(images) or detect(images)
        )
        return searched

    def test_a_face_is_followed_between_searches(self, recognizer, photograph, searches):
        live = LiveRecognizer(recognizer, smoothing=0)
        for time in range(8):
            moved = np.roll(photograph, 5 * time, axis=1)
            (face,) = live.recognize(moved, time / 10)
            assert face.x + face.width / 2 == pytest.approx(224 + 5 * time, abs=12)
            assert face.emotion == "happy"
        assert len(searches) == 2

    def test_a_frame_that_stands_still_is_answered_as_a_picture_is(self, recognizer, photograph):
        live = LiveRecognizer(recognizer, smoothing=0)
        (expected,) = recognizer.recognize(photograph)
        for time in (0.0, 0.1, 0.2, 0.3):
            (face,) = live.recognize(photograph, time)
            np.testing.assert_allclose(face.probabilities, expected.probabilities, atol=0.02)

    def test_a_face_that_comes_is_found_soon_and_one_that_goes_is_gone_at_once(self, recognizer, photograph):
        live, empty = LiveRecognizer(recognizer), np.full_like(photograph, 90)
        assert [len(live.recognize(empty, time)) for time in (0.0, 0.1)] == [0, 0]
        assert len(live.recognize(photograph, 0.2)) == 1
        pair = np.hstack([photograph, photograph[:, ::-1]])
        assert [len(live.recognize(pair, time)) for time in (0.3, 0.4, 0.7, 0.8)] == [2] * 4
        alone = np.hstack([photograph, empty])
        assert [len(live.recognize(alone, time)) for time in (0.9, 1.0)] == [1, 1]
        assert live.recognize(np.hstack([empty, empty]), 1.1) == []
        assert live.recognize(np.zeros_like(pair), 1.2) == []

    def test_frames_that_change_their_size_and_time_that_goes_back_start_anew(
        self, recognizer, photograph, searches
    ):
        live = LiveRecognizer(recognizer)
        live.recognize(photograph, 5.0)
        for frame, time in ((photograph[:300], 5.1), (photograph[:300], 1.0)):
            (face,) = live.recognize(frame, time)
            assert abs(face.x + face.width / 2 - 224) < 20
        assert len(searches) == 3

    def test_boxes_are_not_smoothed_from_one_size_to_another(self, recognizer, photograph):
        live, smaller = LiveRecognizer(recognizer, smoothing=10), cv2.resize(photograph, (440, 440))
        live.recognize(photograph, 0.0)
        (shown,), (seen,) = live.recognize(smaller, 0.1), recognizer.recognize(smaller)
        assert (shown.x, shown.y, shown.width) == (seen.x, seen.y, seen.width)

    def test_without_a_detector_the_whole_frame_is_the_face(self, photograph):
        (face,) = LiveRecognizer(EmotionRecognizer(detector=None)).recognize(photograph, 0.0)
        assert (face.x, face.y, face.width, face.height) == (0, 0, 512, 512)


class TestDrawFaces:
    def test_the_box_has_the_colour_of_its_emotion(self):
        picture = np.zeros((200, 300), np.uint8)
        drawn = draw_faces(picture, [Face(50, 60, 100, 100, SAD)])
        assert drawn.shape == (200, 300, 3)
        assert not picture.any()
        color = EMOTION_COLORS["sad"]
        assert drawn[110, 50].tolist() == [int(color[start : start + 2], 16) for start in (1, 3, 5)]

    @pytest.mark.parametrize("emotion", range(7))
    def test_the_outline_stands_out_from_a_picture_of_the_same_colour(self, emotion):
        color = getrgb(EMOTION_COLORS[EMOTIONS[emotion]])
        face = Face(150, 150, 200, 200, np.eye(7, dtype=np.float32)[emotion])
        line = draw_faces(np.full((500, 500, 3), color, np.uint8), [face])[250, 140:160]
        assert (line == color).all(axis=1).any()
        assert (line == line[0]).all(axis=1).argmin() < 10 > (line[::-1] == color).all(axis=1).argmin()

    def test_every_bar_has_its_name_and_is_as_long_as_it_is_probable(self):
        shares = np.array([0.1, 0, 0, 0.6, 0.3, 0, 0], np.float32)
        drawn = draw_faces(np.zeros((500, 500, 3), np.uint8), [Face(100, 100, 240, 240, shares)])[350:]
        assert (drawn[:, 105:160] == 255).all(axis=2).sum() > 60, "names"
        rows = {
            name: (drawn == getrgb(EMOTION_COLORS[name])).all(axis=2)
            for name in ("happy", "sad", "angry", "fear")
        }
        lengths = {name: bar.any(axis=0).sum() for name, bar in rows.items()}
        assert lengths["happy"] == pytest.approx(2 * lengths["sad"], abs=4)
        assert lengths["sad"] == pytest.approx(3 * lengths["angry"], abs=4)
        assert lengths["fear"] == 0
        tops = [rows[name].any(axis=1).argmax() for name in ("happy", "sad", "angry")]
        assert tops == sorted(set(tops))

    def test_a_face_that_is_small_in_its_picture_has_a_name_and_no_bars(self):
        drawn = draw_faces(np.zeros((480, 640), np.uint8), [Face(300, 200, 40, 50, SAD)])
        assert not drawn[256:].any()
        assert (drawn[178:196, 300:380] == 255).any(), "the name can be read"

    def test_names_are_as_large_as_the_picture_needs(self):
        def height(side):
            drawn = draw_faces(np.zeros((side, side), np.uint8), [Face(side // 2, side // 2, 30, 30, SAD)])
            return drawn[: side // 2 - 4].any(axis=(1, 2)).sum()

        assert 10 < height(400) < 30
        assert height(4000) > 2 * height(400)

    def test_several_faces_are_numbered(self):
        picture, face = np.zeros((480, 640), np.uint8), Face(200, 200, 150, 150, SAD)
        alone, first = (
            draw_faces(picture, faces) for faces in ([face], [face, Face(500, 300, 30, 30, HAPPY)])
        )
        assert (alone[170:196, 200:400] != first[170:196, 200:400]).any()
        np.testing.assert_array_equal(alone[220:460, :400], first[220:460, :400])

    @pytest.mark.parametrize("emotion", range(7))
    def test_names_stand_out_from_their_colour(self, emotion):
        color = [int(EMOTION_COLORS[EMOTIONS[emotion]][start : start + 2], 16) for start in (1, 3, 5)]
        picture = np.full((300, 400, 3), color, np.uint8)
        strip = draw_faces(picture, [Face(50, 60, 220, 220, np.eye(7, dtype=np.float32)[emotion])])[:58] / 255
        luminance = ((strip + 0.055) / 1.055) ** 2.4 @ (0.2126, 0.7152, 0.0722) + 0.05
        paper = luminance[0, 0]
        assert max(luminance.max() / paper, paper / luminance.min()) > 4.5  # WCAG 2.2, level AA

    @pytest.mark.parametrize("channels", [1, 3, 4])
    def test_whatever_can_be_recognised_can_be_drawn_into(self, channels):
        picture = np.zeros((200, 300, channels), np.uint8)
        assert draw_faces(picture, [Face(50, 60, 100, 100, SAD)]).shape == (200, 300, 3)

    @pytest.mark.parametrize("corner", [(-30, -30), (250, 170), (0, 0)])
    def test_boxes_at_the_edge_do_no_harm(self, corner):
        for emotion in range(len(EMOTIONS)):
            face = Face(*corner, 80, 80, np.eye(7, dtype=np.float32)[emotion])
            assert draw_faces(np.zeros((200, 300, 3), np.uint8), [face]).any()
