"""Arrays in batches."""

import numpy as np

from fer_course.training.backend import batched, keras

IMAGES, TARGETS = np.arange(10, dtype=np.uint8)[:, None], np.eye(10, dtype=np.float32)


def test_batches_keep_the_order_and_leave_nothing_out():
    batches = list(batched(4, IMAGES, TARGETS)["x"].as_numpy_iterator())
    assert [len(images) for images, _ in batches] == [4, 4, 2]
    for part, whole in zip(zip(*batches, strict=True), (IMAGES, TARGETS), strict=True):
        np.testing.assert_array_equal(np.concatenate(part), whole)
        assert part[0].dtype == whole.dtype


def test_the_pipeline_has_no_tuning_that_an_epoch_would_wait_for():
    assert batched(4, IMAGES)["x"].options().autotune.enabled is False


def test_other_backends_get_the_arrays(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    given = batched(4, IMAGES, TARGETS)
    assert given["batch_size"] == 4 and given["x"] is IMAGES and given["y"] is TARGETS
    assert set(batched(4, IMAGES)) == {"batch_size", "x"}
