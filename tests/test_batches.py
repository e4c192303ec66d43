import numpy as np
import pytest

from fer_course.parallel import in_batches


def mean(batch):
    return batch.mean(axis=(1, 2))


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (25, 8, 8), dtype=np.uint8)


@pytest.mark.parametrize("batch_size", [1, 7, 25, 100])
def test_batches_make_no_difference(images, batch_size, tmp_path):
    np.testing.assert_array_equal(in_batches(mean, images, batch_size=batch_size), mean(images))
    np.testing.assert_array_equal(in_batches(mean, images, tmp_path, batch_size), mean(images))


def test_a_stopped_job_goes_on_where_it_was(images, tmp_path):
    done = []

    def stop_at_the_third(batch):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(batch))
        return mean(batch)

    with pytest.raises(KeyboardInterrupt):
        in_batches(stop_at_the_third, images, tmp_path, batch_size=10)
    done.clear()
    np.testing.assert_array_equal(in_batches(stop_at_the_third, images, tmp_path, 10), mean(images))
    assert done == [5]
    assert not list(tmp_path.glob(".*"))


def test_changed_images_are_measured_anew(images, tmp_path):
    in_batches(mean, images, tmp_path, batch_size=10)
    images[12] = 0
    assert in_batches(mean, images, tmp_path, batch_size=10)[12] == 0


def test_a_memory_map_is_read_a_batch_at_a_time(images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    np.testing.assert_array_equal(in_batches(mean, mapped, tmp_path / "kept", 10), mean(images))


def test_no_images_are_no_problem():
    assert in_batches(mean, np.zeros((0, 8, 8), np.uint8)).shape == (0,)
