import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_course.errors import FerCourseError
from fer_course.training.balancing import class_weights


@given(st.lists(st.integers(0, 6), min_size=1, max_size=200))
def test_every_class_adds_the_same_and_the_mean_is_one(labels):
    weights = class_weights(np.array(labels))
    total = {label: weights[label] * labels.count(label) for label in set(labels)}
    assert set(weights) == set(labels)
    assert np.allclose(list(total.values()), len(labels) / len(total))
    assert np.isclose(np.mean([weights[label] for label in labels]), 1)


def test_it_is_the_balanced_weight_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.random.default_rng(0).integers(0, 7, 300) ** 2 % 7
    classes = np.unique(labels)
    expected = compute_class_weight("balanced", classes=classes, y=labels)
    assert class_weights(labels) == pytest.approx(dict(zip(classes.tolist(), expected, strict=True)))


@pytest.mark.parametrize(("labels", "words"), [([], "no labels"), ([3, -1], "-1 to 3"), ([7], "7 to 7")])
def test_labels_that_cannot_be_weighed(labels, words):
    with pytest.raises(FerCourseError, match=words):
        class_weights(np.array(labels, dtype=np.int64))
