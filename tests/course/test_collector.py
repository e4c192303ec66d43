import numpy as np
import pytest

import fer_course as fer
from fer_course.course.collector import DRAWN_PERSON, FaceCollector
from fer_course.inference.webcam import as_jpeg

FRAMES = fer.sample_video(DRAWN_PERSON)
SMILE, FROWN = FRAMES[70], FRAMES[10]


@pytest.fixture
def collector():
    collector = FaceCollector()
    collector.told = []
    collector.send = lambda content, buffers=None: collector.told.append((content, buffers or []))
    return collector


def ask(collector, *pictures, **question):
    collector._receive(None, {"id": 1, **question}, [memoryview(as_jpeg(picture)) for picture in pictures])
    return collector.told[-1]


def test_what_was_collected_is_a_dataset_of_both_sittings(collector, capsys):
    for sitting in (1, 0):
        for emotion, frame in {"happy": SMILE, "angry": FROWN}.items():
            collector.take(frame, emotion, sitting)
    own = collector.dataset()
    assert own.labels.tolist() == [3, 0, 3, 0]
    assert own.attributes["sitting"].tolist() == [0, 0, 1, 1]
    assert own.images.shape == (4, 48, 48) and not np.array_equal(own.images[0], own.images[1])
    printed = capsys.readouterr().out
    assert "Sitting 1: 2 faces; none disgust, fear, sad, surprise, neutral" in printed


@pytest.mark.parametrize("question", [None, [1], "text", 3])
def test_what_is_no_question_gets_no_answer(collector, question):
    collector._receive(None, question, [])
    assert collector.told == []


def test_crops_are_those_that_the_webcam_would_name(collector):
    collector.take(SMILE, "happy", 0)
    collector.take(FROWN, "angry", 0)
    collector.take(SMILE, "happy", 1)
    collector.take(FROWN, "angry", 1)
    own = collector.dataset()
    (face,) = fer.EmotionRecognizer().recognize(SMILE)
    found = fer.Predictor.load().predict_proba(own.images[:1])[0]
    np.testing.assert_allclose(found, face.probabilities, atol=0.02)


def test_where_nobody_was_a_drawn_person_stands_in(collector, capsys):
    own = collector.dataset()
    assert "drawn person" in capsys.readouterr().out
    assert set(own.source) == {"a drawn person"} and len(own) == 280
    assert np.bincount(own.labels).tolist() == [40] * 7


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (np.full((240, 320, 3), 120, np.uint8), "no face is in the picture"),
        (np.zeros((240, 320, 3), np.uint8), "no face is in the picture"),
        (fer.sample_video()[0], "2 faces are in the picture; expected yours alone"),
        (
            np.hstack([fer.sample_video()[0], np.repeat(np.repeat(SMILE, 2, 0), 2, 1)]),
            "3 faces are in the picture; expected yours alone",
        ),
    ],
    ids=["nobody", "a camera that begins in the dark", "two people", "three people"],
)
def test_a_frame_counts_if_one_face_is_in_it(collector, frame, words):
    with pytest.raises(fer.FerCourseError, match=words):
        collector.take(frame, "happy", 0)
    assert len(collector) == 0


@pytest.mark.parametrize(("emotion", "sitting"), [("joy", 0), ("happy", 2)])
def test_an_unknown_emotion_or_sitting(collector, emotion, sitting):
    with pytest.raises(fer.FerCourseError, match="expected one of the seven, and 0 or 1"):
        collector.take(SMILE, emotion, sitting)


def test_one_sitting_alone_is_not_enough(collector):
    collector.take(SMILE, "happy", 0)
    collector.take(FROWN, "angry", 0)
    with pytest.raises(fer.FerCourseError, match=r"sitting 2 has 0 emotions.*collector\.forget\(\)"):
        collector.dataset()


def test_one_emotion_alone_is_not_enough(collector):
    for sitting in (0, 1):
        collector.take(SMILE, "happy", sitting)
    with pytest.raises(fer.FerCourseError, match="sitting 1 has 1 emotions, expected two"):
        collector.dataset()


def test_the_browser_sends_frames_and_gets_crops(collector):
    answer, pictures = ask(collector, SMILE, kind="take", emotion="happy", sitting=1)
    assert answer == {"id": 1, "crops": [{"number": 1, "emotion": "happy", "sitting": 1}]}
    assert len(pictures) == 1
    ask(collector, FROWN, kind="take", emotion="angry", sitting=1)
    answer, pictures = ask(collector, kind="all")
    assert [crop["emotion"] for crop in answer["crops"]] == ["happy", "angry"] and len(pictures) == 2
    ask(collector, kind="remove", number=1)
    assert len(collector) == 1
    ask(collector, kind="forget")
    assert len(collector) == 0 and ({"forgotten": True}, []) in collector.told


def test_the_browser_is_told_why_a_frame_does_not_count(collector):
    answer, _ = ask(collector, np.full((240, 320), 120, np.uint8), kind="take", emotion="happy", sitting=0)
    assert "no face" in answer["error"]
