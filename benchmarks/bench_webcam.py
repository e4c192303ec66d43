"""Frames a second of the webcam widget in JupyterLab in headless Chromium, before a camera with one face.

python benchmarks/bench_webcam.py  # benchmarks/results/webcam.json, a minute; both cores should be idle
"""

import os
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
from saved import save_result

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import lab

SECONDS = 15
CELL = "import fer_course as fer\nfer.WebcamWidget()"


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab.write_notebook(folder / "webcam.ipynb", CELL)
        lab.write_film(folder / "astronaut.mjpeg", [lab.astronaut()] * 2)
        camera = lab.camera(folder / "astronaut.mjpeg")
        with lab.lab_server(folder) as address, lab.browser_page(*camera) as page:
            lab.run_all(page, address, "webcam.ipynb")
            shown = watch(page)
    rates, took, python = np.array(shown, float).T
    values = {
        "frame": "640 x 480, sent as 480 x 360, one face, YuNet",
        "load_before": round(load, 1),  # other work on the cores makes it slower
        "frames_per_second": round(float(np.median(rates))),
        "frames_per_second_lowest_highest": [int(rates.min()), int(rates.max())],
        "milliseconds_from_frame_to_answer": round(float(np.median(took))),
        "milliseconds_in_python": round(float(np.median(python))),
    }
    save_result("webcam", "photograph of an astronaut (scikit-image)", values)


def watch(page: lab.Page) -> list[tuple[str, ...]]:
    """Start the camera and read the widget's own numbers twice a second: frames/s, ms, ms in Python."""
    page.get_by_role("button", name="Start camera").click()
    page.get_by_role("listitem").first.wait_for()
    page.wait_for_timeout(3000)  # the numbers are means of two seconds
    shown = []
    for _ in range(2 * SECONDS):
        page.wait_for_timeout(500)
        numbers = page.locator(".numbers").inner_text()
        shown.append(re.fullmatch(r"(\d+) frames/s, (\d+) ms \(Python (\d+) ms\)", numbers).groups())
    return shown


if __name__ == "__main__":
    main()
