"""The webcam widget in JupyterLab in a real browser, whose camera shows a photograph or drawn faces."""

import re

import cv2
import lab
import numpy as np
import pytest
from playwright.sync_api import expect

import fer_course as fer

ASTRONAUTS_FACE = (0.35, 0.155, 0.18, 0.3)  # left, top, width, height, by hand, as shares of the picture
CELLS = ["import fer_course as fer\nfer.WebcamWidget()", "fer.WebcamWidget(smoothing=0)"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]
before_astronaut = pytest.mark.parametrize("page", ["astronaut"], indirect=True)
expect.set_options(timeout=60_000)  # both cores may be busy with other tests


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("webcam")
    for name in ("astronaut", "drawn"):
        lab.write_notebook(folder / f"{name}.ipynb", *CELLS)
    lab.write_film(folder / "astronaut.mjpeg", [lab.astronaut()] * 2)
    slow = fer.sample_video().repeat(3, axis=0)  # 10 frames a second, which the camera shows as 30
    lab.write_film(folder / "drawn.mjpeg", np.repeat(slow[..., None], 3, axis=3))
    return folder


@pytest.fixture(scope="module")
def address(folder):
    with lab.lab_server(folder) as address:
        yield address


@pytest.fixture(scope="module")
def page(request, folder, address):
    """The notebook after "Run all", before a camera that shows the film of the same name."""
    with lab.browser_page(*lab.camera(folder / f"{request.param}.mjpeg")) as page:
        cells = lab.run_all(page, address, f"{request.param}.ipynb")
        assert lab.errors_in(cells) == []
        assert all("image/jpeg" in cell["outputs"][0]["data"] for cell in cells), "GitHub shows a picture"
        page.set_default_timeout(60_000)
        page.film = request.param
        yield page


@pytest.fixture
def widgets(page):
    widgets = page.locator(".fer-webcam")
    expect(widgets).to_have_count(2)
    yield [widgets.nth(0), widgets.nth(1)]
    for widget in widgets.all():
        if widget.get_by_role("button", name="Stop").is_enabled():
            press(widget, "Stop")


def press(widget, name):
    widget.get_by_role("button", name=name).click()


def box_of(face):
    return np.array([float(side) for side in face.get_attribute("data-box").split()])


@pytest.mark.parametrize("page", ["astronaut", "drawn"], indirect=True)
def test_it_finds_the_faces_before_the_camera(page, widgets):
    widget = widgets[0]
    widget.get_by_role("button", name="Start camera").focus()
    page.keyboard.press("Enter")  # which JupyterLab does not take for itself
    faces = widget.get_by_role("listitem")
    expect(widget.locator(".numbers")).to_have_text(re.compile(r"^\d+ frames/s, \d+ ms \(Python \d+ ms\)$"))
    if page.film == "astronaut":
        expect(faces).to_have_count(1)
        expect(faces.get_by_role("heading")).to_have_text(re.compile(r"^happy \d\d %$"))
        left, top, width, height = ASTRONAUTS_FACE
        mirrored = [1 - left - width, top, width, height]
        np.testing.assert_allclose(box_of(faces.first), mirrored, atol=0.06)
        expect(faces.locator(".bar b")).to_have_count(7)
    else:
        expect(faces).to_have_count(2)
        centres = [box_of(face) @ [1, 0, 0.5, 0] for face in faces.all()]
        assert 0.15 < centres[0] < 0.35 < 0.65 < centres[1] < 0.85
        expect(faces.get_by_role("heading").first).to_have_text(re.compile("^1: (happy|surprise|sad) "))
    expect(widget.get_by_role("status")).to_be_empty()
    lab.ARTEFACTS.mkdir(exist_ok=True)
    widget.screenshot(path=lab.ARTEFACTS / f"webcam-{page.film}.png")


@before_astronaut
def test_a_snapshot_is_saved_by_the_browser_and_nothing_by_the_kernel(page, widgets, folder, tmp_path):
    before = sorted(folder.rglob("*"))
    press(widgets[0], "Start camera")
    expect(widgets[0].get_by_role("listitem").first).to_be_visible()
    with page.expect_download() as download:
        press(widgets[0], "Save snapshot")
    assert re.fullmatch(r"webcam-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d.png", download.value.suggested_filename)
    download.value.save_as(tmp_path / "snapshot.png")
    snapshot = cv2.imread(str(tmp_path / "snapshot.png"))
    assert snapshot.shape[1] >= 400
    colors = {tuple(int(code[i : i + 2], 16) for i in (5, 3, 1)) for code in fer.EMOTION_COLORS.values()}
    assert any((snapshot == color).all(axis=2).sum() > 200 for color in colors), "a box is drawn in it"
    expect(widgets[0].get_by_role("status")).to_contain_text(f"saves {download.value.suggested_filename}")
    assert sorted(folder.rglob("*")) == before


@before_astronaut
def test_two_widgets_run_at_once_and_stop_alone(widgets):
    for widget in widgets:
        press(widget, "Start camera")
    for widget in widgets:
        expect(widget.get_by_role("listitem").first).to_be_visible()
    press(widgets[0], "Stop")
    expect(widgets[0].locator("canvas")).to_be_hidden()
    expect(widgets[0].get_by_role("listitem")).to_have_count(0)
    numbers = widgets[1].locator(".numbers")
    expect(numbers).not_to_have_text(numbers.inner_text())  # it goes on
    press(widgets[0], "Start camera")
    expect(widgets[0].get_by_role("listitem").first).to_be_visible()


@before_astronaut
def test_the_sample_video_and_a_picture_need_no_camera(page, widgets):
    faces = widgets[1].get_by_role("listitem")
    press(widgets[1], "Sample video")
    expect(faces).to_have_count(2)
    picture = cv2.imencode(".png", lab.astronaut()[..., ::-1])[1].tobytes()
    with page.expect_file_chooser() as chooser:
        press(widgets[1], "Open a picture")
    chooser.value.set_files({"name": "astronaut.png", "mimeType": "image/png", "buffer": picture})
    expect(faces).to_have_count(1)
    np.testing.assert_allclose(box_of(faces), ASTRONAUTS_FACE, atol=0.06)
    expect(faces.get_by_role("heading")).to_have_text(re.compile("^happy "))
    bars = "bars => bars.map((bar) => Number(bar.style.getPropertyValue('--share')))"
    expected = fer.Predictor.load().predict(lab.astronaut())[[*fer.EMOTIONS]].to_numpy()[0]
    np.testing.assert_allclose(faces.locator(".bar i").evaluate_all(bars), expected, atol=0.02)


@before_astronaut
def test_a_restarted_kernel_is_told_and_ends_the_camera(page, widgets):
    press(widgets[0], "Start camera")
    expect(widgets[0].get_by_role("listitem").first).to_be_visible()
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(widgets[0].get_by_role("status")).to_contain_text("restarted")
    expect(widgets[0].locator("canvas")).to_be_hidden()
