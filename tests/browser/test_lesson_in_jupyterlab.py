"""A lesson is opened in JupyterLab in a real browser, run, and its slider moved."""

import base64
import shutil
from pathlib import Path

import cv2
import lab
import numpy as np
import pytest
from authoring.notebooks import lesson_notebook
from authoring.project import Project
from authoring.source import read_lessons

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "tests" / "tools" / "demo"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the demonstration lesson and lesson 03, as a student has them."""
    folder = tmp_path_factory.mktemp("course")
    lessons = read_lessons(DEMO / "source")
    text = lesson_notebook(lessons[0], lessons, Project.at(ROOT))
    (folder / "10_demo.ipynb").write_text(text)
    shutil.copy(DEMO / "demo_exercises.py", folder)
    shutil.copy(ROOT / "lessons" / "03_blur.ipynb", folder)
    return folder


@pytest.fixture(scope="module")
def page(folder):
    with lab.lab_server(folder) as address, lab.browser_page() as page:
        page.address = address
        yield page


def test_figures_follow_the_theme(page, folder):
    cells = [
        "import fer_course as fer\nfer.notebook.setup('03_blur')",
        "fer.plots.accuracies({'one': (7, 10)})",
    ]
    lab.write_notebook(folder / "theme.ipynb", *cells)
    papers = {}
    lab.open_notebook(page, page.address, "theme.ipynb")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        code = """async theme => {
            const app = window.jupyterapp;
            await app.commands.execute('apputils:change-theme', { theme });
            await app.serviceManager.settings.fetch('@jupyterlab/apputils-extension:themes');
        }"""
        page.evaluate(code, theme)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        picture = lab.run_all(page, page.address, "theme.ipynb")[1]["outputs"][0]["data"]["image/png"]
        papers[theme] = cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), cv2.IMREAD_COLOR)[
            0, 0
        ]
    assert papers["JupyterLab Dark"].max() < 30
    assert papers["JupyterLab Light"].min() == 255


@pytest.mark.parametrize("name", ["10_demo", "03_blur"])
def test_run_all_shows_no_error_and_a_slider_moves_the_picture(page, name):
    cells = lab.run_all(page, page.address, f"{name}.ipynb")
    assert lab.errors_in(cells) == []
    code_cells = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["source"] for cell in code_cells if cell["execution_count"] is None] == []

    picture = page.locator("img.widget-image").first
    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    page.locator(".widget-slider .noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('img.widget-image').src !== before", arg=before)
    assert lab.errors_in(cells) == []

    assert lab.keep_pictures(page, name)[0].stat().st_size > 10_000
