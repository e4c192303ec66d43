"""The collector of faces in JupyterLab in a real browser, whose camera shows a drawn person, or nobody."""

import cv2
import lab
import numpy as np
import pytest
from playwright.sync_api import expect

import fer_course as fer

CELL = """from fer_course.course.collector import FaceCollector
collector = FaceCollector()
collector.crops = 3
collector"""

BUSY = """import fer_course as fer
from fer_course.course.collector import FaceCollector

class Busy(FaceCollector):
    asked = 0

    def _receive(self, *message):
        self.asked += 1
        if self.asked > 1:  # the first question comes while another cell runs
            super()._receive(*message)

collector = Busy()
collector.take(fer.sample_video(7)[60], "happy", 0)
collector"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collector")
    lab.write_notebook(folder / "collect.ipynb", CELL, "collector.forget()")
    lab.write_notebook(folder / "busy.ipynb", BUSY)
    with lab.lab_server(folder) as address:
        yield address


@pytest.fixture
def widget(request, address, tmp_path):
    """The widget after "Run all", before a camera that shows these gray frames."""
    frames = [cv2.copyMakeBorder(frame, 60, 60, 100, 100, cv2.BORDER_REPLICATE) for frame in request.param]
    lab.write_film(tmp_path / "film.mjpeg", np.repeat(np.stack(frames)[..., None], 3, axis=3))
    with lab.browser_page(*lab.camera(tmp_path / "film.mjpeg")) as page:
        assert lab.errors_in(lab.run_all(page, address, "collect.ipynb")) == []
        page.set_default_timeout(60_000)
        yield page.locator(".fer-webcam")


def press(widget, name):
    widget.get_by_role("button", name=name, exact=True).click()


def collect(widget, emotion):
    press(widget, "Start camera")
    button = widget.get_by_role("button", name=emotion)
    expect(button).to_be_enabled(timeout=60_000)
    button.click()


@pytest.mark.parametrize("widget", [fer.sample_video(7)[60:80].repeat(3, axis=0)], indirect=True)
def test_faces_are_taken_thrown_away_and_forgotten(widget):
    collect(widget, "happy 0")
    status, crops = widget.get_by_role("status"), widget.locator(".crop")
    expect(status).to_contain_text("happy: in ")
    expect(status).to_contain_text("happy: done. For the second sitting stand up", timeout=60_000)
    expect(crops).to_have_count(3)
    sides = crops.locator("img").evaluate_all("all => all.map((image) => image.naturalWidth)")
    assert sides == [48, 48, 48]
    lab.ARTEFACTS.mkdir(exist_ok=True)
    widget.screenshot(path=lab.ARTEFACTS / "collector.png")
    crops.first.click()
    expect(widget.get_by_role("button", name="happy 2")).to_be_enabled()
    widget.get_by_role("combobox", name="Sitting").select_option("second")
    expect(widget.get_by_role("button", name="happy 0")).to_be_enabled()
    expect(crops).to_have_count(0)
    widget.get_by_role("combobox", name="Sitting").select_option("first")
    expect(crops).to_have_count(2)
    press(widget, "Forget all")
    expect(status).to_have_text("All faces are forgotten.")
    expect(crops).to_have_count(0)
    expect(widget.locator("canvas")).to_be_hidden()


@pytest.mark.parametrize("widget", [np.full((4, 120, 120), 120, np.uint8)], indirect=True)
def test_a_camera_that_sees_nobody(widget):
    collect(widget, "sad 0")
    words = "sad: 0 of 3, then it took too long. no face is in the picture"
    expect(widget.get_by_role("status")).to_contain_text(words, timeout=60_000)
    expect(widget.get_by_role("button", name="All seven")).to_be_enabled()
    press(widget, "Stop")
    expect(widget.get_by_role("button", name="All seven")).to_be_disabled()


def test_what_was_taken_is_shown_when_python_has_time_again(address):
    with lab.browser_page() as page:
        assert lab.errors_in(lab.run_all(page, address, "busy.ipynb")) == []
        widget = page.locator(".fer-webcam")
        expect(widget.locator(".crop")).to_have_count(1, timeout=60_000)
        expect(widget.get_by_role("status")).to_have_text("")
