import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fer_course.training import backend


@pytest.mark.parametrize(
    ("generation", "policy"),
    [(9, "mixed_bfloat16"), (8, "mixed_bfloat16"), (7, "mixed_float16"), (6, "float32"), (0, "float32")],
)
def test_a_gpu_computes_in_what_its_generation_is_quick_in(generation, policy, monkeypatch):
    import tensorflow as tf

    details = {"compute_capability": (generation, 5)} if generation else {}
    monkeypatch.setattr(backend, "has_gpu", lambda: True)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda card: details)
    assert backend.precision_here()[0] == policy


@pytest.mark.parametrize(
    ("flags", "policy"), [("avx2 avx512_bf16", "mixed_bfloat16"), ("avx2 avx512f", "float32")]
)
def test_a_processor_computes_in_bfloat16_where_it_can(flags, policy, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda self: True)
    monkeypatch.setattr(Path, "read_text", lambda self: f"flags : fpu {flags}")
    assert backend.precision_here()[0] == policy


def test_jax_says_what_its_gpu_is(monkeypatch):
    card = SimpleNamespace(compute_capability="7.5")
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(devices=lambda kind: [card]))
    monkeypatch.setattr(backend, "has_gpu", lambda: True)
    monkeypatch.setattr(backend.keras.backend, "backend", lambda: "jax")
    assert backend.precision_here() == ("mixed_float16", "this GPU computes in float16, but not in bfloat16")
