"""The browser's half of the webcam widget, in real Chromium with a stand-in for Python."""

import base64
import json

import cv2
import lab
import numpy as np
import pytest
from playwright.sync_api import expect

import fer_course as fer

PAGE = """<!doctype html><div id="widget"></div><script type="module">
import widget from "./webcam.js";
window.model = {
  traits: { colors: %s, mirror: true, network: "CompactCNN, trained on <b>" }, handlers: {}, sent: [],
  get(name) { return this.traits[name]; },
  set(name, value) { this.traits[name] = value; },
  save_changes() {},
  on(name, handler) { this.handlers[name] = handler; },
  send(question, callbacks, buffers) { this.sent.push({ question, buffers }); },
  answered: 0,
  answer(answer) {
    const { question } = this.sent[this.answered++];
    this.handlers["msg:custom"]({ id: question.id, ...answer }, []);
  },
};
const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (open) navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await open(wanted));
window.closeWidget = widget.render({ model, el: document.getElementById("widget") });
</script>""" % json.dumps(fer.EMOTION_COLORS)  # noqa: UP031
HAPPY = {
    "box": [0.1, 0.2, 0.3, 0.4],
    "emotion": "happy",
    "probabilities": [0, 0, 0, 0.9, 0, 0, 0.1],
    "face_confidence": 0.934,
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    """A browser with two cameras that show a test picture."""
    with lab.browser_page("--use-fake-device-for-media-stream=device-count=2") as page:
        yield page.context.browser


@pytest.fixture
def without_camera(browser):
    other = browser.browser_type.launch(executable_path=lab.CHROMIUM, args=["--no-sandbox"])
    yield other
    other.close()


@pytest.fixture
def open_page(browser):
    """Open the widget at an address; the second argument tells whether the user allows the camera."""
    contexts = []

    def open_page(address="http://localhost", allowed=True, headers=None, browser=browser):
        context = browser.new_context(permissions=["camera"] if allowed else [])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        script = fer.WebcamWidget._esm
        page.route("**/webcam.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
        page.route(
            f"{address}/", lambda route: route.fulfill(body=PAGE, content_type="text/html", headers=headers)
        )
        page.goto(f"{address}/")
        page.wait_for_function("() => Boolean(window.closeWidget)")
        return page

    yield open_page
    for context in contexts:
        context.close()


def press(page, name):
    page.get_by_role("button", name=name).click()


def expect_words(page, words):
    expect(page.get_by_role("status")).to_contain_text(words)
    expect(page.get_by_role("button", name="Start camera")).to_be_enabled()
    expect(page.get_by_role("button", name="Sample video")).to_be_enabled()


def wait_for_frames(page, count):
    page.wait_for_function("count => model.sent.length >= count", arg=count)


def answer(page, *faces):
    page.evaluate("faces => model.answer({ faces, smallest: 10 / 480, milliseconds: 5 })", faces)


def last_picture(page):
    """The last frame that was sent, as pixels."""
    code = """async () => {
        const blob = new Blob(model.sent.at(-1).buffers);
        const url = await new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result);
            reader.readAsDataURL(blob);
        });
        return url.split(",")[1];
    }"""
    return cv2.imdecode(np.frombuffer(base64.b64decode(page.evaluate(code)), np.uint8), cv2.IMREAD_COLOR)


def test_permission_denied(open_page):
    page = open_page(allowed=False)
    press(page, "Start camera")
    expect_words(page, "Allow it with the camera sign in the address bar")


def test_plain_http_in_a_classroom(open_page):
    page = open_page("http://classroom.test")
    press(page, "Start camera")
    expect_words(page, "plain http")


def test_a_program_that_gives_notebooks_no_camera(open_page):
    page = open_page(headers={"Permissions-Policy": "camera=()"})
    press(page, "Start camera")
    expect_words(page, "VS Code")


def test_no_camera(open_page, without_camera):
    page = open_page(browser=without_camera)
    press(page, "Start camera")
    expect_words(page, "No camera was found")


def test_a_camera_that_is_unplugged(open_page):
    page = open_page()
    press(page, "Start camera")
    wait_for_frames(page, 1)
    page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect_words(page, "unplugged")
    expect(page.locator("canvas")).to_be_hidden()


def test_frames_never_queue_up(open_page):
    page = open_page()
    many_drawings = """() => new Promise((done) => {
        let left = 30;
        const one = () => (--left ? requestAnimationFrame(one) : done());
        one();
    })"""

    def expect_sent(count):
        wait_for_frames(page, count)
        page.evaluate(many_drawings)
        assert page.evaluate("model.sent.length") == count

    press(page, "Start camera")
    expect_sent(1)
    answer(page, HAPPY)
    expect_sent(3)  # Python is quick, so a second frame may travel while it works on the first
    page.evaluate("model.answer({ faces: [], milliseconds: 300 })")
    expect_sent(3)
    page.evaluate("model.answer({ faces: [], milliseconds: 300 })")
    expect_sent(4)


def test_a_camera_that_changes_its_size(open_page):
    page = open_page()
    page.evaluate("""() => {
        const encode = HTMLCanvasElement.prototype.toDataURL;
        HTMLCanvasElement.prototype.toDataURL = function (...kind) {
            window.size = `${this.width} x ${this.height}`;
            return encode.apply(this, kind);
        };
    }""")
    press(page, "Start camera")
    page.wait_for_function("window.size === '480 x 360'")
    page.evaluate("stream.getTracks()[0].applyConstraints({ width: 240, height: 320 })")
    page.wait_for_function("""() => {
        if (model.answered < model.sent.length) model.answer({ faces: [], smallest: 0, milliseconds: 5 });
        return window.size === "240 x 320";
    }""")


def test_python_that_does_not_answer_and_an_error_that_it_tells(open_page):
    page = open_page()
    page.clock.install()
    press(page, "Sample video")
    wait_for_frames(page, 1)
    page.clock.fast_forward(11_000)
    expect_words(page, "Python does not answer")
    page.evaluate("model.answered = model.sent.length")
    press(page, "Sample video")
    wait_for_frames(page, 2)
    page.evaluate("model.answer({ error: 'ValueError: no such thing' })")
    expect_words(page, "ValueError: no such thing")


def test_a_kernel_that_is_gone(open_page):
    page = open_page()
    page.evaluate("() => { model.send = () => { throw new Error('Cannot send'); }; }")
    press(page, "Start camera")
    expect_words(page, "If the kernel was restarted, run the cells again")


def test_faces_are_listed_row_by_row_as_they_are_seen(open_page):
    page = open_page()
    press(page, "Start camera")
    places = {"angry": (0.1, 0.1), "sad": (0.7, 0.15), "fear": (0.4, 0.6), "happy": (0.8, 0.55)}
    faces = [{**HAPPY, "emotion": name, "box": [*place, 0.2, 0.2]} for name, place in places.items()]
    headings = page.get_by_role("heading")
    wait_for_frames(page, 1)
    answer(page, *faces)
    expect(headings).to_have_text(["1: sad 90 %", "2: angry 90 %", "3: happy 90 %", "4: fear 90 %"])
    page.get_by_label("Mirror").uncheck()
    wait_for_frames(page, 2)
    answer(page, *faces)
    expect(headings).to_have_text(["1: angry 90 %", "2: sad 90 %", "3: fear 90 %", "4: happy 90 %"])


@pytest.mark.parametrize(
    ("face", "words"),
    [
        ({}, "The detector is 93 % sure that this is a face."),
        ({"face_confidence": 12}, "12 boxes of the detector agree that this is a face."),
        ({"face_confidence": 1, "box": [0, 0, 1, 1]}, "The whole picture is taken for a face."),
    ],
    ids=["YuNet", "Haar", "no detector"],
)
def test_the_list_says_how_sure_it_is_that_this_is_a_face(open_page, face, words):
    page = open_page()
    press(page, "Start camera")
    wait_for_frames(page, 1)
    answer(page, {**HAPPY, **face})
    expect(page.get_by_role("listitem")).to_contain_text(words)


def test_where_no_face_is_found_it_says_from_which_size_on_it_looked(open_page):
    page = open_page()
    press(page, "Start camera")
    wait_for_frames(page, 1)
    answer(page)
    expect(
        page.get_by_text("Faces from 13 pixels wide on were looked for, in a picture of 640 x 480")
    ).to_be_visible()
    wait_for_frames(page, 2)
    answer(page, HAPPY)
    expect(page.get_by_text("No face is found")).to_be_hidden()


def test_it_says_which_network_answers(open_page):
    page = open_page()
    expect(page.locator(".network")).to_have_text("Network: CompactCNN, trained on <b>")


def test_a_snapshot_says_where_it_goes(open_page):
    page = open_page()
    press(page, "Start camera")
    wait_for_frames(page, 1)
    with page.expect_download() as download:
        press(page, "Save snapshot")
    expect_words(
        page, f"Your browser saves {download.value.suggested_filename} where it keeps what it downloads."
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_buttons_can_be_read_on_any_page(open_page, scheme):
    page = open_page()
    ink, paper = {"light": ("#222", "#fff"), "dark": ("#ddd", "#111")}[scheme]
    page.add_style_tag(content=f"body {{ color: {ink}; background: {paper}; }}")
    page.add_style_tag(content=str(fer.WebcamWidget._css))
    colors = page.get_by_role("button").evaluate_all("all => all.map((one) => getComputedStyle(one).color)")
    expected = page.evaluate("getComputedStyle(document.body).color")
    assert set(colors) == {expected}


def test_faces_are_listed_from_left_to_right_as_they_are_seen(open_page):
    page = open_page()
    press(page, "Start camera")
    sad = {**HAPPY, "box": [0.6, 0.2, 0.3, 0.4], "emotion": "sad"}
    wait_for_frames(page, 1)
    answer(page, HAPPY, sad)
    expect(page.get_by_role("heading")).to_have_text(["1: sad 90 %", "2: happy 90 %"])
    boxes = page.get_by_role("listitem").evaluate_all("items => items.map((item) => item.dataset.box)")
    assert boxes == ["0.100 0.200 0.300 0.400", "0.600 0.200 0.300 0.400"]
    page.get_by_label("Mirror").uncheck()
    assert page.evaluate("model.get('mirror')") is False
    wait_for_frames(page, 2)
    answer(page, HAPPY, sad)
    expect(page.get_by_role("heading")).to_have_text(["1: happy 90 %", "2: sad 90 %"])


def test_fifty_faces_and_none(open_page):
    page = open_page()
    press(page, "Start camera")
    wait_for_frames(page, 1)
    answer(page, *[HAPPY] * 50)
    expect(page.get_by_role("listitem")).to_have_count(50)
    wait_for_frames(page, 2)
    answer(page)
    expect(page.get_by_role("listitem")).to_have_count(0)


def test_the_second_camera_can_be_chosen(open_page):
    page = open_page()
    choice = page.get_by_role("combobox", name="Camera")
    expect(choice).to_be_hidden()
    press(page, "Start camera")
    expect(choice).to_be_visible()
    names = choice.locator("option").all_inner_texts()
    first = page.evaluate("stream.getTracks()[0].label")
    (second,) = set(names) - {first}
    choice.select_option(second)
    page.wait_for_function("second => stream.getTracks()[0].label === second", arg=second)
    expect(choice.locator("option:checked")).to_have_text(second)


def test_a_large_picture_is_turned_upright_made_smaller_and_sent_once(open_page):
    page = open_page()
    picture = np.zeros((5000, 7500, 3), np.uint8)
    picture[:, 5000:] = 255  # the right third is white: the lower one when turned by 90 degrees
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    turned = b"\x45\x78\x69\x66\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"\xff\xe1" + (len(turned) + 2).to_bytes(2, "big") + turned
    page.locator("input[type=file]").set_input_files(
        {"name": "phone.jpg", "mimeType": "image/jpeg", "buffer": jpeg[:2] + exif + jpeg[2:]}
    )
    wait_for_frames(page, 1)
    sent = last_picture(page)
    assert sent.shape == (6000, 4000, 3)
    assert sent[:3960].max() < 20 and sent[4040:].min() > 235
    assert page.evaluate("model.sent[0].question.time") is None
    answer(page, HAPPY)
    expect(page.get_by_role("heading")).to_have_text(["happy 90 %"])
    assert page.evaluate("model.sent.length") == 1


def test_a_file_that_is_no_picture(open_page):
    page = open_page()
    page.locator("input[type=file]").set_input_files(
        {"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect_words(page, "no picture that the browser can read")


def test_closing_switches_the_camera_off(open_page):
    page = open_page()
    press(page, "Start camera")
    wait_for_frames(page, 1)
    page.evaluate("closeWidget()")
    assert page.evaluate("stream.getTracks().map((track) => track.readyState)") == ["ended"]
