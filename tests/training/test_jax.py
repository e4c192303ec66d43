"""Training on JAX instead of TensorFlow, on one device and on two simulated ones."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed; pip install jax"),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jax")
    settings = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        # compiling takes far longer than what is compiled, so nothing is optimised
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0 "
        "--xla_llvm_disable_expensive_passes=true",
        # the networks of one kind are compiled once
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    script = Path(__file__).with_name("jax_training.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], env=os.environ | settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results.json").read_text())


def test_a_resumed_training_equals_an_uninterrupted_one(trained):
    resumed = trained["resumed"]
    assert resumed["backend"] == "jax"
    assert len(resumed["losses"]) == 2
    assert resumed["losses"] == pytest.approx(resumed["expected_losses"], rel=1e-4)
    assert resumed["weights_apart"] < 1e-4


def test_it_predicts_and_survives_saving(trained):
    assert trained["resumed"]["sums"] == pytest.approx([1] * 40, abs=1e-5)
    assert trained["resumed"]["saved_apart"] < 1e-6


def test_two_devices_reach_what_one_reaches(trained):
    shared = trained["shared"]
    assert shared["devices"] == 2
    for found, expected in zip(shared["losses"], shared["expected_losses"], strict=True):
        assert found == pytest.approx(expected, rel=1e-4)
    assert shared["weights_apart"] < 1e-3  # half of one of Adam's steps: sums are in another order


def test_images_that_two_devices_cannot_share_evenly(trained):
    shared = trained["shared"]
    assert shared["odd_epochs"] == 2 and shared["predicted"] == 41
    assert "2 devices cannot share a batch of 33" in shared["refused"]
