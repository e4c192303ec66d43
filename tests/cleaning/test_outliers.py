import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_course import FerCourseError, embedding_distances, flag_outliers


def around(centre, count, rng, spread=0.1):
    return np.asarray(centre) + rng.normal(0, spread, (count, len(centre)))


@pytest.fixture
def two_classes():
    """Two classes in opposite directions; the last of each lies with the other class."""
    rng = np.random.default_rng(0)
    right, left = around([1, 0, 0], 40, rng), around([-1, 0, 0], 40, rng)
    right[-1], left[-1] = left[0], right[0]
    return np.concatenate([right, left]), np.repeat([3, 5], 40)


def test_what_lies_with_another_class_is_flagged(two_classes):
    embeddings, labels = two_classes
    flags = flag_outliers(embedding_distances(embeddings, labels), labels)
    assert np.flatnonzero(flags).tolist() == [39, 79]


@given(st.floats(0.01, 100))
def test_length_does_not_matter(scale):
    rng = np.random.default_rng(1)
    embeddings, labels = rng.normal(size=(30, 4)), np.arange(30) % 3
    lengths = np.where(np.arange(30) % 2, scale, 1.0)[:, None]
    expected = embedding_distances(embeddings, labels)
    np.testing.assert_allclose(embedding_distances(embeddings * lengths, labels), expected, atol=1e-9)
    assert ((expected >= 0) & (expected <= 2)).all()


def test_each_class_has_its_own_limit():
    rng = np.random.default_rng(2)
    near, far = rng.normal(0.1, 0.01, 500), rng.normal(0.8, 0.05, 500)
    near[0] = 0.3  # far for its class, near for the other
    flags = flag_outliers(np.concatenate([near, far]), np.repeat([0, 1], 500), 4)
    assert np.flatnonzero(flags).tolist() == [0]


@pytest.mark.parametrize(
    ("embeddings", "labels", "words"),
    [
        ([[1.0, 0.0]], [0, 1], r"shape \(1, 2\) and labels \(2,\)"),
        ([1.0, 2.0], [0, 1], r"expected \(n, d\)"),
        ([[1.0, 0.0], [np.nan, 0.0]], [0, 0], "embedding 1 has length nan"),
    ],
)
def test_bad_embeddings_are_named(embeddings, labels, words):
    with pytest.raises(FerCourseError, match=words):
        embedding_distances(embeddings, labels)


def test_bad_limits_are_named():
    with pytest.raises(FerCourseError, match="above 0"):
        flag_outliers([0.1], [0], 0)
    with pytest.raises(FerCourseError, match=r"labels \(2,\)"):
        flag_outliers([0.1], [0, 1])


def test_an_embedding_without_a_direction_lies_at_a_right_angle():
    np.testing.assert_allclose(
        embedding_distances([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]], [2, 2, 2]), [0, 0, 1]
    )
