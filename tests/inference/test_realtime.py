"""The demo on the desktop: without a window, and in one on a virtual display."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
from PIL import Image, ImageGrab
from skimage.data import astronaut

import fer_course as fer
from fer_course.errors import FerCourseError
from fer_course.inference import realtime, video
from fer_course.inference.realtime import RealtimeDemo, Window, play, run_realtime_demo
from fer_course.inference.recognition import EmotionRecognizer
from fer_course.inference.video import NewestFrame, Video, camera_frames, video_frames, write_video

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
PHOTOGRAPH = astronaut()
DRAWN = cv2.cvtColor(fer.draw_face({6: 1, 12: 1}, size=200), cv2.COLOR_GRAY2RGB)
GREEN = np.full((120, 160, 3), (20, 200, 60), np.uint8)


def two_faces():
    """The photograph, and right of it a drawn face."""
    frame = np.full((384, 640, 3), 120, np.uint8)
    frame[:, :400] = PHOTOGRAPH[:384, 50:450]
    frame[60:260, 420:620] = DRAWN
    return frame


@pytest.fixture(scope="module")
def recognizer():
    return EmotionRecognizer()


@pytest.fixture
def demo(recognizer, tmp_path):
    return RealtimeDemo(recognizer, folder=tmp_path)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Half a minute of two faces."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with write_video(path, fps=10) as video:
        for _ in range(300):
            video.write(two_faces())
    return path


class TestRealtimeDemo:
    def test_every_face_gets_a_box(self, demo):
        shown = demo.show(two_faces(), time=0.0)
        assert demo.status.startswith("2 faces · 0 frames/s · s: snapshot")
        assert "CompactCNN, recipe compact" in demo.status  # whose answers these are
        changed = np.abs(shown.astype(int) - two_faces()).max(axis=2) > 60
        assert changed[40:180, 110:240].any()
        assert changed[60:260, 420:620].any()
        assert not changed[300:, :].any()

    def test_a_photograph_is_answered_in_the_window_as_by_predict(self, demo, monkeypatch):
        expected = fer.Predictor.load().predict(two_faces())[["x", "y", *fer.EMOTIONS]].to_numpy()
        drawn = []
        monkeypatch.setattr(realtime, "draw_faces", lambda frame, faces: drawn.append(faces) or frame)
        for time in (0.0, 0.1, 0.2):
            demo.show(two_faces(), time)
            shown = np.array([[face.x, face.y, *face.probabilities] for face in drawn[-1]])
            np.testing.assert_allclose(shown[:, :2], expected[:, :2], atol=4)
            np.testing.assert_allclose(shown[:, 2:], expected[:, 2:], atol=0.02)

    def test_a_mirror_swaps_left_and_right_but_not_the_words(self, recognizer, tmp_path):
        plain = RealtimeDemo(recognizer, folder=tmp_path).show(two_faces()[:, ::-1], time=0.0)
        mirrored = RealtimeDemo(recognizer, mirror=True, folder=tmp_path).show(two_faces(), time=0.0)
        np.testing.assert_array_equal(mirrored, plain)

    def test_frames_are_counted_by_their_times(self, demo):
        for number in range(50):
            demo.show(GREEN, time=number / 12.5)
        assert demo.fps == pytest.approx(12.5)
        assert demo.status.startswith("no face · 12 frames/s")

    def test_nothing_is_stored_unless_asked_for(self, demo, tmp_path):
        demo.press("s")
        demo.press("r")
        demo.show(GREEN, time=0.0)
        demo.press("x")
        demo.close()
        assert not list(tmp_path.iterdir())

    def test_a_snapshot_is_what_is_shown(self, demo, tmp_path):
        shown = demo.show(two_faces(), time=0.0)
        demo.press("s")
        demo.press("s")
        first, _ = sorted(tmp_path.iterdir())
        np.testing.assert_array_equal(cv2.imread(str(first))[..., ::-1], shown)
        assert "saved" in demo.status

    def test_a_recording_lasts_as_long_as_what_was_shown_and_is_marked(self, demo, tmp_path):
        demo.show(GREEN, time=0.0)
        demo.press("r")
        marked = [demo.show(GREEN, time=number / 8) for number in range(1, 17)][-1]
        reds = (marked[..., 0] > 180) & (marked[..., 1] < 80)
        assert reds[:30, 80:].sum() > 50
        assert "recording" in demo.status
        assert not list(tmp_path.glob("[!.]*"))
        demo.press("s")
        demo.press("r")
        path = next(tmp_path.glob("*.mp4"))
        assert demo.note == f"saved {path}"
        video = Video(path)
        frames = [frame for _, frame in video]
        assert len(frames) / video.fps == pytest.approx(2.0, abs=0.11)
        assert np.abs(frames[-1].astype(int) - GREEN).max() < 30  # without the mark
        np.testing.assert_array_equal(demo.show(GREEN, time=3.0), GREEN)

    def test_a_recording_that_is_not_ended_is_kept_as_a_whole(self, demo, tmp_path):
        demo.show(GREEN, time=0.0)
        demo.press("r")
        demo.close()
        assert len(list(Video(next(tmp_path.glob("*.mp4"))))) == 1

    def test_a_folder_that_is_a_file_is_named(self, recognizer, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(FerCourseError, match="give a folder"):
            RealtimeDemo(recognizer, folder=tmp_path / "file")


class TestNewestFrame:
    def test_frames_that_nobody_took_in_time_are_gone(self):
        all_read = threading.Event()

        def frames():
            yield from (np.full((2, 2, 3), number, np.uint8) for number in range(5))
            all_read.set()

        with NewestFrame(frames()) as newest:
            assert all_read.wait(5)
            assert newest.take(timeout=5)[0, 0, 0] == 4
            assert newest.take(timeout=0) is None
        assert newest.ended

    def test_what_goes_wrong_is_said_to_whoever_takes(self):
        def frames():
            raise FerCourseError("the cable is loose")
            yield

        with NewestFrame(frames()) as newest, pytest.raises(FerCourseError, match="cable"):
            newest.take(timeout=5)

    def test_a_video_is_played_as_quickly_as_it_was_taken(self, clip, monkeypatch):
        slept, now = [], [100.0]
        monkeypatch.setattr(video.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(video.time, "sleep", slept.append)
        frames = video_frames(Video(clip))
        for _ in range(4):
            next(frames)
        now[0] += 60  # whoever takes the frames is slow
        next(frames)
        assert slept == pytest.approx([0, 0.1, 0.2, 0.3, 0], abs=1e-3)


class Camera:
    """In the place of OpenCV's: it gives two frames each time that it is opened."""

    def __init__(self, number):
        self.opened = []
        self.open(number)

    def open(self, number):
        self.opened.append(number)
        self.left = 2

    def isOpened(self):
        return self.opened[-1] == 0

    def read(self):
        self.left -= 1
        return self.left >= 0, GREEN

    def release(self):
        self.opened.append(None)


class TestCamera:
    @pytest.fixture(autouse=True)
    def opencv(self, monkeypatch):
        monkeypatch.setattr(video.cv2, "VideoCapture", Camera)
        monkeypatch.setattr(video, "RETRY", 0)

    def test_one_that_is_plugged_in_again_goes_on(self):
        frames = camera_frames(0)
        seen = [next(frames) for _ in range(5)]
        np.testing.assert_array_equal(seen[4], GREEN[..., ::-1])
        camera = frames.gi_frame.f_locals["capture"]
        frames.close()
        assert camera.opened == [0, 0, 0, None]

    def test_one_that_cannot_be_opened_is_named(self):
        with pytest.raises(FerCourseError, match=r"camera 7 cannot be opened.*plugged in.*privacy"):
            run_realtime_demo(7)


class Fingers:
    """A screen without a window: remembers what it is given, and presses keys by a plan."""

    def __init__(self, plan):
        self.plan, self.pictures, self.texts = plan, [], []

    def show(self, picture):
        self.pictures.append(picture)

    def say(self, text):
        self.texts.append(text)

    def pressed(self):
        return self.plan(self)


class TestPlay:
    def test_it_ends_with_the_video(self, demo):
        screen = Fingers(lambda screen: [])
        with NewestFrame(frame for frame in [GREEN]) as newest:
            play(demo, newest, screen)
        assert len(screen.pictures) == 1

    @pytest.mark.parametrize("key", ["q", "Escape"])
    def test_it_ends_when_told_so_and_other_keys_count_before(self, demo, key, tmp_path):
        endless = (GREEN for _ in iter(int, 1))
        screen = Fingers(lambda screen: ["s", "F5", key] if screen.pictures else [])
        with NewestFrame(endless) as newest:
            play(demo, newest, screen)
        assert len(list(tmp_path.glob("*.png"))) == 1

    def test_what_goes_wrong_with_the_frames_ends_it(self, demo):
        def frames():
            yield GREEN
            raise FerCourseError("the cable is loose")

        with NewestFrame(frames()) as newest, pytest.raises(FerCourseError, match="cable"):
            play(demo, newest, Fingers(lambda screen: []))

    def test_a_camera_that_stalls_is_said_to(self, demo, monkeypatch):
        monkeypatch.setattr(realtime, "SILENCE", 0.05)
        goes_on = threading.Event()

        def stalls():
            yield GREEN
            goes_on.wait(10)
            yield GREEN

        def plan(screen):
            silent = screen.texts[-1].startswith("no frame for 0 s: is the camera still there?")
            if silent:
                goes_on.set()
            return []

        screen = Fingers(plan)
        with NewestFrame(stalls()) as newest:
            play(demo, newest, screen)
        assert goes_on.is_set()
        assert len(screen.pictures) == 2


@pytest.fixture(scope="module")
def on_display():
    """Calls a function in a process of its own with a virtual display: Tk never lets go of one."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("no virtual display: install Xvfb (Debian: xvfb)")
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", "1000x700x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe, pytest.MonkeyPatch().context() as patch:
        patch.setenv("DISPLAY", f":{pipe.readline().strip()}")
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            yield lambda function, *arguments: pool.submit(function, *arguments).result(timeout=60)
    server.terminate()
    server.wait()


class WatchedWindow(Window):
    """Looks at the screen after the fourth picture, and presses a key after some others."""

    KEYS: ClassVar = {2: "s", 3: "r", 5: "r", 6: "Escape"}
    shown = 0
    screen = None
    texts: ClassVar = []

    def show(self, picture):
        super().show(picture)
        type(self).shown += 1

    def say(self, text):
        super().say(text)
        self.texts.append(text)

    def pressed(self):
        if self.shown == 4 and self.screen is None:
            self.root.update()
            type(self).screen = np.asarray(ImageGrab.grab(xdisplay=os.environ["DISPLAY"]))
        elif key := self.KEYS.pop(self.shown, None):
            self.root.focus_force()
            self.root.update()
            self.root.event_generate(f"<KeyPress-{key}>")
        return super().pressed()


def demo_in_a_window(clip, folder):
    realtime.Window = WatchedWindow
    run_realtime_demo(clip, folder=folder)
    return WatchedWindow.screen, WatchedWindow.texts


def width_of_a_window_with_a_large_picture():
    window = Window("test")
    window.show(np.zeros((2000, 3000, 3), np.uint8))
    window.pressed()
    return window.root.winfo_width()


def keys_when_a_window_is_closed():
    window = Window("test")
    window.pressed()
    window.root.tk.call(window.root.protocol("WM_DELETE_WINDOW"))
    return window.pressed()


class TestWindow:
    @pytest.mark.slow
    def test_it_shows_a_video_with_its_faces_and_obeys_keys(self, on_display, clip, tmp_path):
        screen, texts = on_display(demo_in_a_window, clip, tmp_path)
        screen = screen.astype(int)
        ARTEFACTS.mkdir(exist_ok=True)
        Image.fromarray(screen.astype(np.uint8)).save(ARTEFACTS / "webcam-window.png")
        assert np.abs(screen[300:380, :640] - two_faces()[300:380]).mean() < 12
        changed = np.abs(screen[:384, :640] - two_faces()).max(axis=2) > 60
        assert changed[40:180, 110:240].any()
        assert changed[60:260, 420:620].any()
        reds = (screen[..., 0] > 180) & (screen[..., 1] < 80) & (screen[..., 2] < 80)
        assert reds[:40, 540:640].sum() > 150
        assert any(text.startswith("2 faces") for text in texts)
        assert [len(list(tmp_path.glob(f"*.{kind}"))) for kind in ("png", "mp4")] == [1, 1]

    def test_a_picture_larger_than_the_screen_is_scaled_down(self, on_display):
        assert 800 < on_display(width_of_a_window_with_a_large_picture) <= 1000

    def test_closing_it_is_q(self, on_display):
        assert on_display(keys_when_a_window_is_closed) == ["q"]

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
    def test_no_display_is_named(self, monkeypatch, clip):
        monkeypatch.delenv("DISPLAY", raising=False)
        with pytest.raises(FerCourseError, match=r"no window can be opened: .*--annotated FOLDER"):
            run_realtime_demo(clip)

    def test_a_python_without_tk_is_named(self, monkeypatch, clip):
        monkeypatch.setitem(sys.modules, "tkinter", None)
        with pytest.raises(FerCourseError, match=r"a window needs Tk.*python3-tk"):
            run_realtime_demo(clip)
