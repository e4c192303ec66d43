import numpy as np
import pytest

from fer_course import EmotionCNN, FaceDataset, FerCourseError, evaluate, predict

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 48, 48), dtype=np.uint8)
MANY_VIEWS = ["flip", "shifts", "ten-crop"]


class Recorder:
    """Answers with the emotion whose column is brightest, and keeps what it was shown."""

    def __init__(self):
        self.shown = []

    def predict(self, images, batch_size, verbose):
        self.shown.append(images[..., 0])
        columns = images[..., :7, 0].astype(np.float32).mean(axis=1) + 1
        return columns / columns.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def model():
    return EmotionCNN(width_mult=0.25)


def test_flip_is_the_mean_of_both_views(model):
    views = [predict(model, IMAGES), predict(model, IMAGES[:, :, ::-1])]
    flipped = predict(model, IMAGES, tta="flip")
    assert flipped.dtype == np.float32
    np.testing.assert_allclose(flipped, np.mean(views, axis=0), atol=1e-6)
    assert not np.allclose(flipped, views[0], atol=1e-6)


@pytest.mark.parametrize("tta", MANY_VIEWS)
def test_a_mirrored_image_gets_the_same_prediction(tta):
    mirrored = predict(Recorder(), IMAGES[:, :, ::-1], tta=tta)
    np.testing.assert_allclose(predict(Recorder(), IMAGES, tta=tta), mirrored, atol=1e-6)


@pytest.mark.parametrize("tta", [None, *MANY_VIEWS, {None: 1, "shifts": 3}])
def test_probabilities_add_up_to_1(tta):
    np.testing.assert_allclose(predict(Recorder(), IMAGES, tta=tta).sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("tta", "passes"),
    [(None, 1), ("flip", 2), ("shifts", 10), ("ten-crop", 10), ({None: 1, "ten-crop": 2}, 11)],
)
def test_forward_passes_are_as_documented_and_all_different(tta, passes):
    model = Recorder()
    predict(model, IMAGES, tta=tta)
    assert len(model.shown) == passes
    assert len({view.tobytes() for view in model.shown}) == passes


def test_shifts_move_by_two_pixels_and_repeat_the_border():
    model = Recorder()
    predict(model, IMAGES, tta="shifts")
    moved = [view for view in model.shown if np.array_equal(view[:, :, :-2], IMAGES[:, :, 2:])]
    assert len(moved) == 1
    assert np.array_equal(moved[0][:, :, -1], IMAGES[:, :, -1])


def test_crops_enlarge_the_corners_and_the_centre():
    """Along a ramp, a crop's ends say which pixels it shows."""
    ramp = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (1, 48, 1))
    model = Recorder()
    predict(model, ramp, tta="ten-crop")
    ends = sorted({(int(view[0, 0, 0]) // 5, int(view[0, 0, -1]) // 5) for view in model.shown})
    assert ends == [(0, 43), (2, 45), (4, 47), (43, 0), (45, 2), (47, 4)]


def test_weights_are_shares_of_the_ways():
    single, flip = predict(Recorder(), IMAGES), predict(Recorder(), IMAGES, tta="flip")
    weighted = predict(Recorder(), IMAGES, tta={None: 1, "flip": 3})
    np.testing.assert_allclose(weighted, 0.25 * single + 0.75 * flip, atol=1e-6)


def test_colour_images_are_moved_too():
    colour = np.stack([IMAGES, IMAGES[::-1], 255 - IMAGES], axis=-1)
    model = Recorder()
    predict(model, colour, tta="ten-crop")
    gray = Recorder()
    predict(gray, IMAGES, tta="ten-crop")
    assert np.array_equal(model.shown, gray.shown)


def test_evaluate_scores_what_predict_says_and_says_how(model):
    dataset = FaceDataset(IMAGES, np.arange(9) % 7, split="val")
    evaluation = evaluate(model, dataset, tta="flip")
    assert np.array_equal(evaluation.probabilities, predict(model, IMAGES, tta="flip"))
    assert evaluation.ids.tolist() == dataset.ids.tolist()
    assert "9 val images, flip TTA: accuracy" in repr(evaluation)
    assert evaluate(Recorder(), dataset, {None: 1, "flip": 2}).views == "1 single view + 2 flip TTA"


@pytest.mark.parametrize(
    ("images", "tta", "words"),
    [
        (IMAGES, "ten_crop", "tta is 'ten_crop'; expected None .* \"ten-crop\""),
        (IMAGES, ["flip"], r"tta is \['flip'\]"),
        (IMAGES, {"flop": 1}, "tta is 'flop'"),
        (IMAGES, {"flip": -1}, "weight of flip TTA is -1"),
        (IMAGES, {None: 0}, "a weight above 0"),
        (IMAGES, {}, "a weight above 0"),
        (IMAGES[:0], None, "no images"),
        (np.zeros((2, 48, 48, 3), np.uint8), None, r"\(48, 48, 3\)"),
    ],
)
def test_bad_input_is_named(model, images, tta, words):
    with pytest.raises(FerCourseError, match=words):
        predict(model, images, tta)
