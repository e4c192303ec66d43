"""Where the figures that a lesson or the README quotes are kept: benchmarks/results/<name>.json."""

import json
import os
import platform
from pathlib import Path

import numpy as np

from fer_course.files import write_beside

RESULTS = Path(__file__).parent / "results"


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
    """Name the processor and the number of cores."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"
