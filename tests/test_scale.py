import sys

import numpy as np
import pytest

from fer_course.cleaning.duplicates import find_duplicates
from fer_course.cleaning.quality import measure
from fer_course.errors import FerCourseError
from fer_course.images import is_lazy

da = pytest.importorskip("dask.array")


@pytest.fixture(scope="module")
def images():
    drawn = np.random.default_rng(0).integers(0, 256, (900, 48, 48), dtype=np.uint8)
    drawn[700] = drawn[3]
    return drawn


@pytest.fixture(scope="module")
def cluster():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as workers,
        Client(workers) as client,
    ):
        yield client


def test_two_workers_measure_what_one_machine_does(images, cluster):
    assert len(cluster.scheduler_info()["workers"]) == 2
    lazy = da.from_array(images, chunks=(250, 20, 48))
    assert measure(lazy).equals(measure(images))
    assert measure(lazy, cluster).equals(measure(images))


def test_images_in_memory_are_sent_to_a_client(images, cluster):
    assert measure(images, client=cluster).equals(measure(images))


def test_without_a_cluster_dask_measures_here(images):
    assert measure(da.from_array(images, chunks=400)).equals(measure(images))


def test_selected_images_whose_number_dask_does_not_know(images):
    lazy = da.from_array(images, chunks=400)
    bright = lazy.mean(axis=(1, 2)) > 127.5
    assert measure(lazy[bright]).equals(measure(images[bright.compute()]))


def test_copies_in_different_blocks_are_found(images):
    assert find_duplicates(da.from_array(images, chunks=400))["index"].tolist() == [3, 700]


def test_what_a_dask_array_cannot_do_is_said(images):
    lazy = da.from_array(images, chunks=400)
    with pytest.raises(FerCourseError, match=r"compute\(\)"):
        find_duplicates(lazy, near=True)
    with pytest.raises(FerCourseError, match="float64"):
        measure(lazy / 255)


def test_a_missing_dask_is_explained(images, monkeypatch):
    lazy = da.from_array(images, chunks=400)
    monkeypatch.setitem(sys.modules, "dask", None)
    assert is_lazy(lazy)
    with pytest.raises(FerCourseError, match=r'pip install "fer-course\[scale\] @ git\+https://'):
        measure(lazy)
