"""Where the figures that a lesson or the README quotes are kept: benchmarks/results/<name>.json."""

import json
import os
import platform
import re
from pathlib import Path

import numpy as np

from fer_course.files import write_beside

RESULTS = Path(__file__).parent / "results"
VECTORS = {"avx512_bf16": "AVX-512 and bfloat16", "avx512f": "AVX-512", "avx2": "AVX2"}


def save_result(name: str, dataset: str, values: dict, seed: int | None = None) -> None:
    """Print a result and write it with what is needed to judge it: dataset, seed and machine."""
    record = {"dataset": dataset, "seed": seed, "machine": machine(), **values}
    text = json.dumps(record, indent=2)
    print(text)
    with write_beside(RESULTS / f"{name}.json") as temporary:
        temporary.write_text(text + "\n")


def percent(share: float | np.floating) -> float:
    """Turn a share into per cent with one decimal."""
    return round(100 * float(share), 1)


def machine() -> str:
    """Name the processor, its widest vectors, which decide how fast a network is, and the number of cores."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        about = dict(re.findall(r"^(.+?)\s*: (.+)$", info.read_text(), re.MULTILINE))
        flags = about.get("flags", "").split()
        widest = [name for flag, name in VECTORS.items() if flag in flags][:1]
        cpu = " with ".join([about.get("model name", cpu), *widest])
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"
