"""Lesson 03 in JupyterLab in a window as wide as a phone, finished with the keyboard alone."""

import shutil
from pathlib import Path

import lab
import pytest

ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 844}
ANSWERS = {  # the last line of each stub, by the exercise's name
    "blur_score": "return cv2.Laplacian(image, cv2.CV_64F).var()",
    "my_threshold": "my_threshold = np.quantile(blur[is_blurred], 0.91)",
    "removed_share": "return [removed[labels == label].mean() for label in range(7)]",
}
CELL = "() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.source"
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
INDEX = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
IDLE = """() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code: "None" }).done"""
PRESSES = 25  # to come from a cell to its slider

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The lesson as it opens, with its first cell in focus; Ctrl+B puts the list of files away."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "lessons" / "03_blur.ipynb", folder)
    with lab.lab_server(folder) as address, lab.browser_page(viewport=PHONE) as page:
        lab.open_notebook(page, address, "03_blur.ipynb")
        page.wait_for_function("() => document.activeElement.classList.contains('jp-Cell')")
        page.keyboard.press("Control+b")
        yield page


def test_all_exercises_are_answered_and_judged_correct(page):
    for _ in page.evaluate(CELLS)[1:]:
        stub, place = page.evaluate(CELL), page.evaluate(INDEX)
        if "# your turn" in stub:
            (name,) = [name for name in ANSWERS if name in stub]
            for key in ("Enter", "Control+End", "Shift+Home"):
                page.keyboard.press(key)
            page.keyboard.type(ANSWERS[name])
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(f"before => ({INDEX})() > before", arg=place)
    page.evaluate(IDLE)
    cells = page.evaluate(CELLS)
    assert lab.errors_in(cells) == []
    assert page.evaluate(CELL) == cells[-1]["source"], "the end is reached, and no cell was added"
    verdicts = [str(cell["outputs"]) for cell in cells if ".check(" in cell["source"]]
    assert all(f"Correct: {name}" in verdict for name, verdict in zip(ANSWERS, verdicts, strict=True))


def test_nothing_but_code_and_tables_is_wider_than_the_screen(page):
    wide = """() => [...document.querySelectorAll(".jp-OutputArea-output, .jp-MarkdownOutput")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && !one.querySelector("table"))
        .map((one) => one.innerText.slice(0, 80))"""
    assert page.evaluate(wide) == []


def test_the_slider_is_reached_and_moved(page):
    while "fer.notebook.slide(blurred_expression" not in page.evaluate(CELL):
        page.keyboard.press("ArrowUp")
    picture = page.locator("img.widget-image").first
    before = picture.get_attribute("src")
    handle = "() => document.activeElement.classList.contains('noUi-handle')"
    pressed = [page.keyboard.press("Tab") for _ in range(PRESSES) if not page.evaluate(handle)]
    assert len(pressed) < PRESSES
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('img.widget-image').src !== before", arg=before)
    lab.ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=lab.ARTEFACTS / "phone-slider.png")
