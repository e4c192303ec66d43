"""The stand-alone web page in real Chromium, before a camera that shows a photograph and two drawn faces."""

import functools
import http.server
import re
import threading
from contextlib import contextmanager

import cv2
import lab
import numpy as np
import onnx
import pytest
from playwright.sync_api import expect
from skimage.data import astronaut

import fer_course as fer
from fer_course.drawing.film import sample_frame
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.inference.web import export_web

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]
DESKTOP = {"width": 1280, "height": 900}
BOX = ("x", "y", "width", "height")
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    export_web(folder)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    """The page as ``python -m http.server`` serves it."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser whose camera shows the photograph."""
    film = tmp_path_factory.mktemp("camera") / "astronaut.mjpeg"
    lab.write_film(film, [lab.astronaut()[:, ::-1]] * 2)  # mirrored, so that the page shows it as it was
    camera = [argument for argument in lab.camera(film) if "fake-ui" not in argument]  # which allows all
    with lab.browser_page(*camera, "--host-resolver-rules=MAP classroom.test 127.0.0.1") as page:
        yield page.context.browser


@contextmanager
def opened(browser, where):
    """Open the page anew, which takes seconds, as it compiles ten megabytes."""
    context = browser.new_context(permissions=["camera"])
    page = context.new_page()
    page.asked, page.troubles = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda line: page.troubles.append(line.text))
    page.goto(where)
    expect_words(page, "Ready.")
    yield page
    context.close()


@pytest.fixture(scope="module")
def page(browser, address):
    """One page for most tests, in which the camera is allowed."""
    with opened(browser, address) as page:
        yield page


EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # show it turned right


def turned_jpeg(picture):
    """A JPEG that lies on its side and says so."""
    lying = cv2.imencode(".jpg", np.rot90(picture)[..., ::-1])[1].tobytes()
    return lying[:2] + b"\xff\xe1" + (len(EXIF) + 2).to_bytes(2, "big") + EXIF + lying[2:]


def choose(page, picture, name="picture.png"):
    """Choose a picture, RGB or gray, or the bytes of any file."""
    if isinstance(picture, np.ndarray):
        in_bgr = picture[..., [2, 1, 0, 3][: picture.shape[2]]] if picture.ndim == 3 else picture
        picture = cv2.imencode(".png", in_bgr)[1].tobytes()
    file = {"name": name, "mimeType": "image/png", "buffer": picture}
    page.locator("#file").set_input_files(file)


def expect_words(page, words):
    expect(page.get_by_role("status")).to_contain_text(words, timeout=60_000)


def faces_of(page):
    """What the page tells of each face: emotion, box and probabilities."""
    return page.evaluate("""() => [...document.querySelectorAll(".face")].map((face) => ({
        emotion: face.dataset.emotion,
        box: face.dataset.box.split(",").map(Number),
        probabilities: [...face.querySelectorAll(".percent")].map((one) => Number(one.dataset.probability)),
    }))""")


def expect_what_python_says(page, picture):
    """Compare each face with what the predictor says of the same picture."""
    found, expected = faces_of(page), fer.Predictor.load().predict(picture, detector="yunet")
    np.testing.assert_allclose([face["box"] for face in found], expected[[*BOX]], atol=2)
    probabilities = [face["probabilities"] for face in found]
    np.testing.assert_allclose(probabilities, expected[[*fer.EMOTIONS]], atol=0.02)
    assert [face["emotion"] for face in found] == expected.emotion.tolist()
    return expected.emotion.tolist()


def start_camera(page):
    page.get_by_role("button", name="Start the camera").click()


def test_a_photograph_is_named_as_python_names_it(page, address):
    choose(page, astronaut())
    expect_words(page, "One face.")
    assert expect_what_python_says(page, astronaut()) == ["happy"]
    expect(page.locator(".sure")).to_have_text(
        re.compile(r"^The detector is 9\d % sure that this is a face\.$")
    )
    expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(r"happy \d\d %"))
    lab.ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=lab.ARTEFACTS / "web-desktop.png", full_page=True)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=lab.ARTEFACTS / "web-phone.png", full_page=True)
    page.set_viewport_size(DESKTOP)
    assert [url for url in page.asked if not url.startswith((address, f"blob:{address}", "data:"))] == []
    assert page.troubles == []


def test_faces_are_followed_where_they_move_and_lost_where_they_are_gone(page):
    choose(page, astronaut())
    expect_words(page, "One face.")
    followed, gone = page.evaluate("""async () => {
        const faces = await detector.findFaces(pixels.getImageData(0, 0, 512, 512));
        const moved = pixels.getImageData(14, 9, 498, 503);
        const black = new ImageData(512, 512);
        return [await detector.followFaces(moved, faces), await detector.followFaces(black, faces)];
    }""")
    python = fer.FaceDetector()
    expected = python.follow(astronaut()[9:, 14:], python.detect(astronaut()[None]))
    np.testing.assert_allclose([[face[name] for name in BOX] for face in followed], expected[[*BOX]], atol=2)
    assert gone == []


def test_drawn_faces_are_numbered_from_the_left(page):
    drawn = sample_frame(0)
    choose(page, drawn)
    expect_words(page, "2 faces.")
    emotions = expect_what_python_says(page, drawn)
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert [words.rsplit(" ", 2)[0] for words in headings] == [f"1: {emotions[0]}", f"2: {emotions[1]}"]


def test_a_page_opened_as_a_file_works_and_a_small_picture_is_one_face(browser, folder):
    with opened(browser, (folder / "index.html").as_uri()) as page:
        choose(page, fer.sample_faces().images[0])
        expect_words(page, "One face: a picture of at most 128 pixels is taken for one as a whole.")
        expect(page.locator(".sure")).to_have_text("The whole picture is taken for a face.")
        assert page.evaluate("view.width") >= 640, "its name can be read"
        (face,) = faces_of(page)
        start_camera(page)
        expect_words(page, "The camera is on.")
    expected = fer.Predictor.load().predict_proba(fer.sample_faces().images[:1])[0]
    np.testing.assert_allclose(face["probabilities"], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (astronaut()[..., 1].astype(np.uint16) * 257, "One face."),
        (cv2.cvtColor(astronaut(), cv2.COLOR_RGB2RGBA), "One face."),
        (turned_jpeg(astronaut()), "One face."),
    ],
    ids=["gray with 16 bits", "with transparency", "turned"],
)
def test_pictures_of_other_kinds(page, picture, words):
    choose(page, picture)
    expect_words(page, words)
    assert max(faces_of(page), key=lambda face: face["box"][2])["emotion"] == "happy"


@pytest.mark.parametrize(
    "side, method", [(131, cv2.INTER_AREA), (30, cv2.INTER_LINEAR), (48, cv2.INTER_AREA)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_faces_are_scaled_as_opencv_does_it(page, side, method, channels):
    face = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    rgba = cv2.cvtColor(face, cv2.COLOR_RGB2RGBA).ravel().tolist()
    code = """([rgba, side, channels]) =>
        [...prepared(new ImageData(Uint8ClampedArray.from(rgba), side), 48, 48, channels)]"""
    found = np.reshape(page.evaluate(code, [rgba, side, channels]), (48, 48, channels))
    seen = face if channels == 3 else cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    expected = cv2.resize(seen, (48, 48), interpolation=method).reshape(48, 48, channels)
    np.testing.assert_allclose(found, expected, atol=1)
    assert (found != expected).mean() <= (0.2 if method == cv2.INTER_LINEAR else 0.001)  # OpenCV's is rougher


def test_the_camera_is_started_mirrored_stopped_and_nothing_can_be_sent(page):
    page.locator("#start").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".face")).to_have_count(1, timeout=60_000)
    expect(page.locator("#speed")).to_contain_text("frames/s")
    expect_words(page, "The camera is on.")
    (face,) = faces_of(page)
    assert face["emotion"] == "happy" and face["probabilities"][3] > 0.7
    assert sum(face["probabilities"]) == pytest.approx(1, abs=1e-4)
    boxes = fer.FaceDetector().detect(lab.astronaut()[np.newaxis])  # as the mirror shows it
    expect(page.locator(".sure")).to_have_text(re.compile(r"^The detector is 9\d % sure"))
    np.testing.assert_allclose(face["box"], boxes.loc[0, [*BOX]].to_numpy(float), atol=15)
    page.screenshot(path=lab.ARTEFACTS / "web-camera.png")
    for where in ("'https://example.org'", "'index.html'"):
        assert page.evaluate(f"fetch({where}).then(() => 'sent', () => 'refused')") == "refused"
    page.get_by_role("button", name="Stop the camera").click()
    expect_words(page, "The camera is off.")
    assert page.evaluate("stream") is None and page.evaluate("video.srcObject") is None


def test_a_camera_that_is_unplugged(page):
    start_camera(page)
    expect(page.locator("#speed")).to_contain_text("frames/s", timeout=60_000)
    page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect_words(page, "unplugged")
    expect(page.get_by_role("button", name="Start the camera")).to_be_enabled()


@pytest.mark.parametrize(
    "trouble, words",
    [
        ("NotFoundError", "There is no camera."),
        ("NotReadableError", "another program"),
        ("Odd", "cannot be started"),
    ],
)
def test_cameras_that_do_not_work(page, trouble, words):
    error = f"new DOMException('no', '{trouble}')"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = () => Promise.reject({error}); }}")
    start_camera(page)
    expect_words(page, words)
    expect_words(page, "A picture works too.")
    page.evaluate("() => { delete navigator.mediaDevices.getUserMedia; }")


NOISE = np.random.default_rng(0).integers(0, 256, (2000, 3000), dtype=np.uint8)


@pytest.mark.parametrize(
    ("picture", "advice"),
    [
        (NOISE, "not found; smaller ones can be, in a part that is cut out of it."),
        (NOISE[:600, :600], "Faces that are covered or seen from behind are not found."),
        (NOISE[:200, :300], "If it is one face as a whole, make it at most 128 pixels large"),
        (NOISE[:600, :900] // 40, "It is almost black: more light helps."),
        (
            255 - NOISE[:600, :900] // 5,
            "less light, or a shorter exposure, helps if a face looks white in it.",
        ),
        (100 + NOISE[:600, :900] // 40, "It has hardly any contrast."),
    ],
    ids=["large", "middling", "small", "dark", "bright", "flat"],
)
def test_where_no_face_is_found_the_tip_fits_the_case(page, picture, advice):
    choose(page, picture)
    height, width = picture.shape
    smallest = fer.FaceDetector().smallest(height, width)
    expect_words(
        page, f"from {smallest} pixels wide on were looked for, in a picture of {width} x {height} pixels."
    )
    expect_words(page, advice)


def test_the_page_follows_a_dark_scheme(browser, address):
    with opened(browser, address) as page:
        page.emulate_media(color_scheme="dark")
        choose(page, astronaut())
        expect_words(page, "One face.")
        code = """where => {
            const { color, backgroundColor } = getComputedStyle(document.querySelector(where));
            return [color, backgroundColor].map((one) => one.match(/\\d+/g).slice(0, 3).map(Number));
        }"""
        for where in ("body", "#start", ".button"):
            ink, paper = (luminance(color) for color in page.evaluate(code, where))
            assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) > 4.5  # WCAG 2.2, level AA
            if where == "body":
                assert paper < 0.05
        page.screenshot(path=lab.ARTEFACTS / "web-dark.png", full_page=True)


def luminance(color):
    shares = np.array(color) / 255
    return ((shares + 0.055) / 1.055) ** 2.4 @ (0.2126, 0.7152, 0.0722)


def test_files_that_are_no_pictures(page):
    choose(page, b"no picture", "broken.png")
    expect_words(page, "broken.png is no picture")


def test_a_camera_that_is_not_allowed(page):
    page.context.clear_permissions()
    start_camera(page)
    expect_words(page, "The camera is not allowed.")


def test_a_network_whose_contrast_the_page_cannot_even_out_is_named_as_one(page, browser, tmp_path):
    expect(page.locator("#about")).not_to_contain_text("CLAHE")
    graph = onnx.load(COMPACT_MODEL)
    known = {entry.key: entry.value for entry in graph.metadata_props}
    onnx.helper.set_model_props(graph, known | {"clahe": "true"})
    onnx.save(graph, tmp_path / "evened.onnx")
    with pytest.warns(UserWarning, match="evened-out contrast"):
        index = export_web(tmp_path / "web", tmp_path / "evened.onnx")
    with opened(browser, index.as_uri()) as evened:
        expect(evened.locator("#about")).to_contain_text(
            "evened-out contrast (CLAHE), which this page cannot do"
        )


def test_plain_http_in_a_classroom_still_takes_pictures(browser, address):
    with opened(browser, address.replace("127.0.0.1", "classroom.test")) as page:
        start_camera(page)
        expect_words(page, "secure pages alone")
        choose(page, astronaut())
        expect_words(page, "One face.")
