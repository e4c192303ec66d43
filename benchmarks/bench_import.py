"""How long ``import fer_course`` takes, beside the libraries that it leaves for later."""

import subprocess
import sys
import time

from saved import save_result

STATEMENTS = {
    "nothing": "pass",
    "fer_course": "import fer_course",
    "fer_course_reading": "import fer_course as fer; fer.read_dataset",
    "keras": "import keras",
}
RUNS = 3


def seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    best = {name: min(seconds(code) for _ in range(RUNS)) for name, code in STATEMENTS.items()}
    start_up = best.pop("nothing")
    values = {f"{name}_seconds": round(value - start_up, 2) for name, value in best.items()}
    save_result("import", "none", {"python_start_seconds": round(start_up, 2), **values})


if __name__ == "__main__":
    main()
