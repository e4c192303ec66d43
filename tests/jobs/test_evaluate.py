import dataclasses

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cli import app
from fer_course.drawing.action_units import EXPRESSIONS
from fer_course.drawing.face import draw_face
from fer_course.emotions import EMOTIONS, JAFFE_CODES, emotion_label
from fer_course.evaluation.scores import score, wilson
from fer_course.jobs.evaluate import evaluate
from fer_course.training.about import About

pytestmark = pytest.mark.slow

CK_PLUS = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A network that knows what it was trained on, in a file."""
    about = About("EmotionCNN", "FER2013", 100, val_accuracy=0.5, val_interval=(0.4, 0.6))
    path = tmp_path_factory.mktemp("network") / "model.keras"
    return fer.save_model(fer.EmotionCNN(width_mult=0.25), path, about)


def drawn(emotion, seed):
    """A drawn face of 48 pixels."""
    units = {} if emotion == "contempt" else EXPRESSIONS[EMOTIONS[emotion_label(emotion)]][0]
    return draw_face(units, seed=seed)


@pytest.fixture(scope="module")
def ck_plus(tmp_path_factory):
    """Six people in CK+'s layout: no neutral, and contempt."""
    folder = tmp_path_factory.mktemp("ck") / "CK+48"
    for person in range(6):
        for place, emotion in enumerate(CK_PLUS):
            target = folder / emotion / f"S{person:03d}_{place:03d}_00000017.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(target), drawn(emotion, person))
    return folder


@pytest.fixture(scope="module")
def jaffe(tmp_path_factory):
    """Three women in JAFFE's layout: all seven emotions."""
    folder = tmp_path_factory.mktemp("jaffe")
    for person in ("KA", "KL", "YM"):
        for place, (code, emotion) in enumerate(JAFFE_CODES.items()):
            assert cv2.imwrite(str(folder / f"{person}.{code}1.{place}.tiff"), drawn(emotion, ord(person[0])))
    return folder


def test_only_emotions_of_both_count_and_what_is_left_out_is_said(network, ck_plus, tmp_path):
    words = ["evaluate", network, "--data", ck_plus, "--out", tmp_path]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert "6 images of none of the seven emotions are left out" in result.output
    assert "without neutral: the network answers with the other emotions alone" in result.output
    assert "36 images" in result.output and "over 6 people" in result.output
    assert "on val of FER2013 it had 50.0%" in result.output
    scored = evaluate(network, ck_plus)
    assert f"{scored.accuracy / 0.5:.0%} of which are left here" in result.output
    assert 6 not in scored.predictions and scored.n == 36
    answers = fer.Predictor.load(network).predict_proba(fer.read_dataset(ck_plus).images)
    assert (answers.argmax(axis=1) == 6).any() or scored.probabilities[:, 6].max() == 0
    assert (tmp_path / "metrics.json").exists()


def test_where_all_emotions_occur_nothing_is_taken_from_the_network(network, jaffe, capsys):
    scored = evaluate(network, jaffe)
    faces = fer.read_dataset(jaffe)
    assert "without" not in capsys.readouterr().out and scored.n == 21
    np.testing.assert_allclose(
        scored.probabilities, fer.Predictor.load(network).predict_proba(faces.images), atol=1e-5
    )


def test_all_of_what_may_be_known_from_training_is_refused(network, jaffe, drawn_file, tmp_path):
    nothing_known = fer.save_model(fer.load_model(network), tmp_path / "model.keras")
    same = fer.save_model(
        fer.load_model(network), tmp_path / "same" / "model.keras", About(data="the drawn sample")
    )
    for model, data in ((nothing_known, jaffe), (same, drawn_file)):
        with pytest.raises(FerCourseError, match="certainly not trained on"):
            evaluate(model, data, split="all")
    assert evaluate(nothing_known, jaffe).split == "val"
    assert evaluate(network, drawn_file).split == "val"  # the dataset's own


def test_the_interval_of_people_who_are_alike_in_all_images_is_that_of_people():
    right = np.repeat([1, 0, 1, 1, 0, 1, 0, 1], 25)
    alike = score(np.full(200, 3), np.eye(7)[np.where(right, 3, 6)])
    people = dataclasses.replace(alike, persons=np.repeat(np.arange(8), 25))
    (low, high), few = people.interval, wilson(5, 8)
    assert high - low == pytest.approx(few[1] - few[0], abs=0.1)
    assert high - low > 2 * (alike.interval[1] - alike.interval[0])
    assert people.subset(np.arange(100)).persons.max() == 3 and "over 8 people" in repr(people)
