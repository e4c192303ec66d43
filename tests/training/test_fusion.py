import numpy as np
import pytest
from test_fitting import small_network, striped

import fer_course as fer
from fer_course import FerCourseError, soft_targets
from fer_course.training.backend import keras
from fer_course.training.fusion import attention_fusion
from fer_course.training.optimizer import _rate_factors

pytestmark = pytest.mark.slow

RECIPE = fer.Recipe(epochs=1, batch_size=32, learning_rate=1e-2, warmup_epochs=0)


def backbones():
    return [small_network(seed) for seed in (0, 1)]


def attention_weights(model):
    return keras.Model(model.input, model.get_layer("attention").output)


def weights_of(model, place):
    return model.get_layer(f"backbone_{place}").get_weights()


def same(first, second):
    return all(map(np.array_equal, first, second))


def test_frozen_backbones_stay_as_they_are_and_the_fusion_learns():
    mine = backbones()
    fused = attention_fusion(mine)
    before, last = weights_of(fused, 0), fused.layers[-1].get_weights()
    assert same(before, mine[0].get_weights()[:-2])
    fer.fit(fused, striped(), RECIPE)
    assert same(before, weights_of(fused, 0))
    assert not same(last, fused.layers[-1].get_weights())


def test_fine_tuning_changes_copies_and_the_file_holds_all(tmp_path):
    mine = backbones()
    kept = mine[0].get_weights()
    fused = attention_fusion(mine, frozen=False)
    before = weights_of(fused, 0)
    fer.fit(fused, striped(), RECIPE)
    assert not same(before, weights_of(fused, 0)) and same(kept, mine[0].get_weights())
    images = striped().val.images
    again = fer.load_model(fer.save_model(fused, tmp_path / "fused.keras"))
    np.testing.assert_allclose(fer.predict(again, images), fer.predict(fused, images), atol=1e-5)
    weights = attention_weights(again).predict(images[..., None], verbose=0)
    assert weights.shape == (40, 2)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_the_answer_depends_on_each_backbone_through_its_weight():
    fused, images = attention_fusion(backbones()), striped().val.images[..., None]
    said, weights = fused.predict(images, verbose=0), attention_weights(fused).predict(images, verbose=0)
    assert np.ptp(weights[:, 0]) > 0  # image by image
    other = fused.get_layer("backbone_1")
    other.set_weights([np.zeros_like(one) for one in other.get_weights()])
    assert not np.allclose(said, fused.predict(images, verbose=0), atol=1e-3)


def test_backbones_side_by_side_learn_at_the_same_rates_slower_than_what_is_new():
    fused = attention_fusion(backbones(), frozen=False)
    factors = _rate_factors(fused, 0.9)
    variables = fused.trainable_variables
    assert len(factors) == len(variables)
    count = len(fused.get_layer("backbone_0").trainable_variables)
    first, second, new = factors[:count], factors[count : 2 * count], factors[2 * count :]
    assert first == second == sorted(first) and first[-1] < min(new) and new[-1] == 1


def test_gray_images_reach_an_rgb_backbone():
    fused = attention_fusion([small_network(0), small_network(0, in_chans=3)])
    assert fused.input_shape == (None, 48, 48, 1)
    assert attention_fusion([small_network(0, in_chans=3)] * 2).input_shape == (None, 48, 48, 3)


def test_what_cannot_be_fused_is_named():
    with pytest.raises(FerCourseError, match="1 backbones"):
        attention_fusion([small_network()])
    headless = small_network()
    headless = type(headless)(headless.input, headless.layers[-1].input, name="headless")
    with pytest.raises(FerCourseError, match=r"backbone 1 \(headless\)"):
        attention_fusion([small_network(), headless])


def test_a_student_learns_what_the_teacher_says_and_not_the_labels(tmp_path):
    faces = striped()
    contrary = np.eye(7)[np.where(faces.train.labels == 3, 6, 3)]
    student = small_network()
    recipe = fer.Recipe(epochs=4, batch_size=32, learning_rate=1e-2, label_smoothing=0, balance="none")
    fer.fit(student, faces, recipe, tmp_path, targets=soft_targets(faces.train.labels, contrary, share=1))
    # val has the labels, so the best epoch is the least taught one: look at the last
    history = fer.fit(student, faces, recipe, tmp_path, targets=soft_targets(faces.train.labels, contrary, 1))
    assert history.frame["val_accuracy"].iloc[-1] < 0.2
    with pytest.raises(FerCourseError, match="there targets is"):
        fer.fit(student, faces, recipe, tmp_path, targets=contrary * 0.9 + 0.1 / 7)
    with pytest.raises(FerCourseError, match="there targets is"):
        fer.fit(student, faces, recipe, tmp_path)


def test_soft_targets_mix_sharpen_and_soften():
    labels, said = np.array([3, 6]), np.array([[0, 0, 0, 0.8, 0, 0, 0.2], [0.5, 0, 0, 0, 0, 0, 0.5]])
    np.testing.assert_allclose(soft_targets(labels, said, 0), np.eye(7)[labels])
    np.testing.assert_allclose(soft_targets(labels, said, 1, temperature=1), said, atol=1e-6)
    soft = soft_targets(labels, said, 1, temperature=2)
    assert 0.6 < soft[0, 3] < 0.8 and soft[1, 0] == pytest.approx(0.5)
    assert soft_targets(labels, said, 1, temperature=0.5)[0, 3] > 0.9
    np.testing.assert_allclose(soft_targets(labels, said).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("labels", "said", "arguments", "told"),
    [
        ([3], np.full((1, 7), 1 / 7), {"share": 1.5}, "share is 1.5"),
        ([3], np.full((1, 7), 1 / 7), {"temperature": 0}, "temperature 0"),
        ([3, 4], np.full((1, 7), 1 / 7), {}, "targets of 1 images, but train has 2"),
        ([3], np.full((1, 7), np.nan), {}, "row 0"),
        ([-1], np.full((1, 7), 1 / 7), {}, "no label"),
    ],
)
def test_bad_teachers_are_named(labels, said, arguments, told):
    with pytest.raises(FerCourseError, match=told):
        soft_targets(np.array(labels), said, **arguments)


def test_targets_of_another_set_are_refused():
    with pytest.raises(FerCourseError, match="targets of 3 images, but train has 100"):
        fer.fit(small_network(), striped(), RECIPE, targets=np.eye(7)[:3])
