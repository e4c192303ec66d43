"""How fast biases are tuned: points of a grid, and trials of Optuna, on as many predictions as val has.

The predictions are drawn: their content hardly matters for the time. Processor time counts beside the clock,
because other work on the machine disturbs it less.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from saved import save_result

import fer_course as fer

IMAGES, POINTS, TRIALS, THREADS, TURNS, SEED = 3589, 7**6, 200, 2, 3, 0


def measure(tune: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock and seconds of all cores, the best of some turns."""
    turns = []
    for _ in range(TURNS):
        clock, processor = time.perf_counter(), time.process_time()
        tune()
        turns.append((time.perf_counter() - clock, time.process_time() - processor))
    clock, processor = np.min(turns, axis=0)
    return round(float(clock), 2), round(float(processor), 2)


def main() -> None:
    rng = np.random.default_rng(SEED)
    labels = rng.integers(0, 7, IMAGES)
    logits = rng.normal(size=(IMAGES, 7)) + 2 * np.eye(7)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    runs = {
        "grid": {"method": "grid", "trials": POINTS, "jobs": THREADS, "folds": 0},
        "grid_cross_validated": {"method": "grid", "trials": POINTS, "jobs": THREADS},
        "optuna": {"method": "optuna", "trials": TRIALS, "folds": 0},
        "optuna_cross_validated": {"method": "optuna", "trials": TRIALS},
    }
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import optuna"], check=True)
    values: dict[str, object] = {
        "images": IMAGES,
        "grid_points": POINTS,
        "grid_threads": THREADS,
        "optuna_trials": TRIALS,
        "importing_optuna_seconds": round(time.perf_counter() - start, 2),
    }
    for name, arguments in runs.items():
        clock, processor = measure(
            lambda arguments=arguments: fer.tune_bias(probabilities, labels, **arguments)
        )
        values |= {f"{name}_seconds": clock, f"{name}_processor_seconds": processor}
    save_result("bench_bias", f"{IMAGES} drawn predictions", values, SEED)


if __name__ == "__main__":
    main()
