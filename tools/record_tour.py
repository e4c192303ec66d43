"""Record the README's tour, docs/tour/, from the running product: lesson, report, widget and web page.

python tools/record_tour.py  # two minutes more where runs/sample, which make run makes, is not there yet
"""

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from fer_course.drawing.film import sample_frame
from fer_course.inference.web import export_web
from fer_course.jobs.run import run

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))
import lab  # noqa: E402

OUT = ROOT / "docs" / "tour"
VIEW, DENSITY, QUALITY = {"width": 960, "height": 740}, 1.5, 80
WIDGET = "import fer_course as fer\nfer.WebcamWidget()"


def keep(page: Page, name: str) -> None:
    """Write what the page shows into docs/tour/."""
    with Image.open(BytesIO(page.screenshot()), formats=["PNG"]) as shown:
        shown.convert("RGB").save(OUT / f"{name}.webp", quality=QUALITY, method=6)


def drawn() -> FilePayload:
    """Give a picture of two drawn people as a file to choose."""
    picture = cv2.imencode(".png", sample_frame(15))[1].tobytes()
    return {"name": "two.png", "mimeType": "image/png", "buffer": picture}


def lesson(page: Page, address: str) -> None:
    """Run lesson 03 in JupyterLab and move its slider."""
    lab.run_all(page, address, "03_blur.ipynb")
    page.locator(".widget-slider .noUi-handle").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.get_by_role("paragraph").filter(has_text="Now blur somebody").evaluate(
        "words => words.scrollIntoView()"
    )
    keep(page, "lesson")


def widget(page: Page, address: str) -> None:
    """Let the webcam widget name the faces of a drawn picture, so that nobody's photograph is passed on."""
    lab.run_all(page, address, "webcam.ipynb")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a picture").click()
    chooser.value.set_files(drawn())
    expect(page.get_by_role("listitem")).to_have_count(2)
    keep(page, "widget")


def report(page: Page) -> None:
    """Open the report of ``make run``."""
    page.goto(run("sample", ROOT / "runs" / "sample").report.as_uri())
    keep(page, "report")


def web_page(page: Page, folder: Path) -> None:
    """Show the exported page a drawn picture."""
    page.goto(export_web(folder).as_uri())
    expect(page.get_by_role("status")).to_contain_text("Ready.")
    page.locator("#file").set_input_files(drawn())
    expect(page.get_by_role("status")).to_contain_text("2 faces.")
    keep(page, "page")


def main() -> None:
    """Record all four."""
    OUT.mkdir(exist_ok=True)
    expect.set_options(timeout=60_000)
    with (
        tempfile.TemporaryDirectory() as name,
        lab.lab_server(Path(name)) as address,
        lab.browser_page(viewport=VIEW, device_scale_factor=DENSITY) as page,
    ):
        shutil.copy(ROOT / "lessons" / "03_blur.ipynb", name)
        lab.write_notebook(Path(name, "webcam.ipynb"), WIDGET)
        lesson(page, address)
        widget(page, address)
        report(page)
        web_page(page, Path(name, "page"))


if __name__ == "__main__":
    main()
