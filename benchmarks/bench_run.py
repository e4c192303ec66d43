"""How long the main job takes on the drawn sample, and how well the network reads people new to it."""

import tempfile
import time
from pathlib import Path

from saved import save_result

import fer_course as fer

SEEDS = (0, 1)


def main() -> None:
    runs = {}
    for seed in SEEDS:
        start = time.perf_counter(), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            result = fer.run("sample", out=Path(folder) / "run", seed=seed)
        clock, processor = time.perf_counter() - start[0], time.process_time() - start[1]
        runs[f"seed_{seed}"] = {
            "seconds": round(clock),
            "processor_seconds": round(processor),
            "percent": {
                f"{row.split} {row.views}".replace(" ", "_"): (
                    f"{100 * row.accuracy:.1f} ({100 * row.low:.1f} to {100 * row.high:.1f})"
                )
                for row in result.metrics.itertuples()
            },
        }
    save_result("run", "the drawn sample, 2,100 faces", runs)


if __name__ == "__main__":
    main()
