"""A lesson is opened in JupyterLab in a real browser, run, and its slider moved."""

import shutil
from pathlib import Path

import lab
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

    assert all(path.stat().st_size > 10_000 for path in lab.keep_pictures(page, name))
