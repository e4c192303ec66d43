import numpy as np
import pytest

from fer_course import EmotionCNN, FaceDataset, FerCourseError, evaluate
from fer_course.evaluation.tta import predict

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 48, 48), dtype=np.uint8)


@pytest.fixture(scope="module")
def model():
    return EmotionCNN(width_mult=0.25)


def test_flip_is_the_mean_of_both_views(model):
    views = [predict(model, IMAGES), predict(model, IMAGES[:, :, ::-1])]
    flipped = predict(model, IMAGES, tta="flip")
    assert flipped.dtype == np.float32
    np.testing.assert_allclose(flipped, np.mean(views, axis=0), atol=1e-6)
    assert not np.allclose(flipped, views[0], atol=1e-6)


def test_a_mirrored_image_gets_the_same_flip_prediction(model):
    mirrored = predict(model, IMAGES[:, :, ::-1], tta="flip")
    np.testing.assert_allclose(predict(model, IMAGES, tta="flip"), mirrored, atol=1e-6)


def test_evaluate_scores_what_predict_says(model):
    dataset = FaceDataset(IMAGES, np.arange(9) % 7, split="val")
    evaluation = evaluate(model, dataset, tta="flip")
    assert np.array_equal(evaluation.probabilities, predict(model, IMAGES, tta="flip"))
    assert evaluation.ids.tolist() == dataset.ids.tolist()


@pytest.mark.parametrize(
    ("images", "tta", "words"),
    [
        (IMAGES, "ten_crop", "tta is 'ten_crop'"),
        (IMAGES[:0], None, "no images"),
        (np.zeros((2, 48, 48, 3), np.uint8), None, "3 channels"),
    ],
)
def test_bad_input_is_named(model, images, tta, words):
    with pytest.raises(FerCourseError, match=words):
        predict(model, images, tta)
