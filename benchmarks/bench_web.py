"""Speed of the stand-alone web page in headless Chromium, before a camera with one face.

python benchmarks/bench_web.py  # benchmarks/results/web.json, half a minute; both cores should be idle
"""

import os
import sys
import tempfile
from pathlib import Path

from saved import save_result

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import lab

from fer_course.inference.web import export_web

MEASURE = """async () => {
    await new Promise((done) => setTimeout(done, 5000));
    const rate = parseFloat(document.getElementById("speed").textContent);
    stopCamera("Measuring");
    const median = async (work) => {
        const times = [];
        for (let round = 0; round < 20; round++) {
            const began = performance.now();
            await work();
            times.push(performance.now() - began);
        }
        return Math.round(10 * times.sort((one, other) => one - other)[10]) / 10;
    };
    const image = pixels.getImageData(0, 0, picture.width, picture.height);
    const faces = await detector.findFaces(image);
    const crops = faces.map((face) => cutOut(image, face, FER_FACES.side));
    return {
        frames_per_second: rate,
        faces: faces.length,
        milliseconds_to_find: await median(() => detector.findFaces(image)),
        milliseconds_to_follow: await median(() => detector.followFaces(image, faces)),
        milliseconds_to_prepare: await median(() => prepared(crops[0], 48, 48, 1)),
        milliseconds_to_name: await median(() => predict(crops)),
    };
}"""


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        film = Path(name, "astronaut.mjpeg")
        lab.write_film(film, [lab.astronaut()] * 2)
        page_file = export_web(Path(name, "web"))
        size = sum(path.stat().st_size for path in page_file.parent.iterdir())
        with lab.browser_page(*lab.camera(film)) as page:
            page.unroute_all()  # the page is a file, and can reach no address anyway
            page.goto(page_file.as_uri())
            page.get_by_role("button", name="Start the camera").click()
            page.get_by_role("listitem").first.wait_for()
            measured = page.evaluate(MEASURE)
    values = {
        "frame": "640 x 480, one face; the median of 20",
        "load_before": round(load, 1),  # other work on the cores makes it slower
        **measured,
        "folder_megabytes": round(size / 1e6, 1),
    }
    save_result("web", "photograph of an astronaut (scikit-image)", values)


if __name__ == "__main__":
    main()
