"""The demo on the desktop: emotions of all faces before a camera, in a window."""

import os
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from ..errors import FerCourseError
from ..faces.detectors import FaceDetector
from ..files import check_folder, write_beside
from .annotating import draw_faces
from .network import Network
from .recognition import EmotionRecognizer, LiveRecognizer
from .video import NewestFrame, Video, VideoWriter, camera_frames, video_frames, write_video

SILENCE = 2.0  # seconds without a frame, after which it is said
RECORDED_FPS = 20
KEYS = "s: snapshot · r: record · q: quit"

_SHARE = 0.85  # the largest share of the screen that the window takes
_ELSEWHERE = (
    "; on a machine without a screen, fer-course predict VIDEO --annotated FOLDER writes a video, and in a "
    "notebook there is fer.WebcamWidget()"
)
_WAIT = 0.02  # seconds between two looks at the keys while no frame comes
_RED = (220, 30, 30)


class RealtimeDemo:
    """What stands between a camera and a window: recognises, smooths, draws, counts, records.

    The arguments after the recognizer are as of :func:`run_realtime_demo`.

    Example:
        >>> demo = RealtimeDemo(EmotionRecognizer())
        >>> demo.show(np.zeros((480, 640, 3), np.uint8), time=0.0).shape
        (480, 640, 3)
        >>> print(demo.status)  # doctest: +ELLIPSIS
        no face · 0 frames/s · s: snapshot · r: record · q: quit
        CompactCNN, recipe compact, ...
    """

    def __init__(
        self,
        recognizer: EmotionRecognizer,
        smoothing: float = 0.5,
        mirror: bool = False,
        folder: str | os.PathLike[str] = ".",
    ) -> None:
        check_folder(folder)
        self.mirror, self.folder = mirror, Path(folder)
        self.note = str(recognizer.predictor.about)
        self._live = LiveRecognizer(recognizer, smoothing)
        self._times: deque[float] = deque(maxlen=30)
        self._faces = 0
        self._shown: np.ndarray | None = None
        self._recording = ExitStack()
        self._video: VideoWriter | None = None
        self._began, self._recorded = 0.0, self.folder

    def show(self, frame: np.ndarray, time: float) -> np.ndarray:
        """Recognise the faces of an RGB frame that was taken at a time, in seconds, and draw them.

        The picture has a red mark while it is recorded.
        """
        seen = np.ascontiguousarray(frame[:, ::-1]) if self.mirror else frame
        faces = self._live.recognize(seen, time)
        self._times.append(time)
        self._faces = len(faces)
        self._shown = draw_faces(seen, faces)
        if self._video is None:
            return self._shown
        while self._video.frames <= (time - self._began) * RECORDED_FPS:
            self._video.write(self._shown)
        return _with_red_mark(self._shown)

    @property
    def fps(self) -> float:
        """Frames a second, over the last thirty."""
        passed = self._times[-1] - self._times[0] if self._times else 0.0
        return (len(self._times) - 1) / passed if passed else 0.0

    @property
    def status(self) -> str:
        """What stands below the picture: what is seen, then whose answers these are or what was saved."""
        faces = {0: "no face", 1: "1 face"}.get(self._faces, f"{self._faces} faces")
        return f"{faces} · {self.fps:.0f} frames/s · {KEYS}\n{self.note}"

    def press(self, key: str) -> None:
        """Do what a key is for: s saves a snapshot, r begins or ends a recording; others do nothing."""
        if key == "s":
            self.save_snapshot()
        elif key == "r":
            self.toggle_recording()

    def save_snapshot(self) -> Path | None:
        """Write the picture that is shown as a PNG; return its path, None if nothing was shown yet."""
        if self._shown is None:
            return None
        path = self._new_name("png")
        with write_beside(path) as temporary:
            Image.fromarray(self._shown).save(temporary)
        self.note = f"saved {path}"
        return path

    def toggle_recording(self) -> None:
        """Begin to record what is shown, or end it; a recording is a file only when it has ended."""
        if self._shown is None:
            return
        if self._video is None:
            self._recorded = self._new_name("mp4")
            self._video = self._recording.enter_context(write_video(self._recorded, RECORDED_FPS))
            self._video.write(self._shown)
            self._began = self._times[-1]
            self.note = f"recording {self._recorded}; r ends it"
        else:
            self._video = None
            self._recording.close()
            self.note = f"saved {self._recorded}"

    def close(self) -> None:
        """End a recording, if there is one."""
        if self._video is not None:
            self.toggle_recording()

    def _new_name(self, suffix: str) -> Path:
        return self.folder / f"fer-course-{datetime.now():%Y%m%d-%H%M%S-%f}.{suffix}"


def _with_red_mark(picture: np.ndarray) -> np.ndarray:
    """Show that a picture is recorded, in the corner."""
    marked = picture.copy()
    radius = max(picture.shape[0] // 40, 4)
    cv2.circle(marked, (picture.shape[1] - 2 * radius, 2 * radius), radius, _RED, cv2.FILLED, cv2.LINE_AA)
    size, thickness = radius / 15, max(round(2 * radius / 15), 1)
    corner = picture.shape[1] - 3 * radius - round(72 * size), 3 * radius - round(radius / 3)
    cv2.putText(marked, "REC", corner, cv2.FONT_HERSHEY_SIMPLEX, size, _RED, thickness, cv2.LINE_AA)
    return marked


def play(demo: RealtimeDemo, newest: NewestFrame, screen: "Window") -> None:
    """Show frame after frame until there are no more, or until q or Escape is pressed."""
    while not newest.ended:
        frame = newest.take(timeout=_WAIT)
        if frame is not None:
            screen.show(demo.show(frame, time.monotonic()))
        waiting = f"no frame for {newest.silence:.0f} s: is the camera still there?\n{KEYS}"
        screen.say(waiting if newest.silence > SILENCE else demo.status)
        for key in screen.pressed():
            if key in ("q", "Escape"):
                return
            demo.press(key)


class Window:
    """A window with a picture and a line of text below it; refused without Tk or a display."""

    def __init__(self, title: str) -> None:
        try:
            import tkinter

            from PIL import ImageTk
        except ImportError as error:
            raise FerCourseError(
                f"a window needs Tk, which this Python lacks ({error}): install python3-tk (Debian, Ubuntu) "
                f"or python-tk (Homebrew), or take Python from python.org or conda{_ELSEWHERE}"
            ) from error
        try:
            self.root = tkinter.Tk()
        except tkinter.TclError as error:
            raise FerCourseError(f"no window can be opened: {error}{_ELSEWHERE}") from error
        self._image_type = ImageTk.PhotoImage
        self._image: ImageTk.PhotoImage | None = None
        self._keys: list[str] = []
        self.root.title(title)
        self.root.configure(background="black")
        self.root.protocol("WM_DELETE_WINDOW", lambda: self._keys.append("q"))
        self.root.bind("<Key>", lambda event: self._keys.append(event.keysym))
        self._picture = tkinter.Label(self.root, background="black")
        self._picture.pack()
        self._text = tkinter.Label(self.root, background="black", foreground="white", pady=6)
        self._text.pack(fill="x")

    def show(self, picture: np.ndarray) -> None:
        """Show an RGB picture, scaled down if it is larger than the screen."""
        image = Image.fromarray(picture)
        most = int(_SHARE * self.root.winfo_screenwidth()), int(_SHARE * self.root.winfo_screenheight())
        image.thumbnail(most)
        if self._image is None or image.size != (self._image.width(), self._image.height()):
            self._image = self._image_type(image, master=self.root)
            self._picture.configure(image=self._image)
            self._text.configure(wraplength=image.width)
        else:
            self._image.paste(image)

    def say(self, text: str) -> None:
        """Write below the picture."""
        self._text.configure(text=text)

    def pressed(self) -> list[str]:
        """Let the window work, and name the keys pressed since the last time; closing the window is q."""
        self.root.update()
        keys, self._keys = self._keys, []
        return keys

    def close(self) -> None:
        """Close the window."""
        self.root.destroy()


def run_realtime_demo(
    source: int | str | os.PathLike[str] = 0,
    model: Network | str | os.PathLike[str] | None = None,
    detector: str | FaceDetector = "yunet",
    biases: ArrayLike | Mapping[str, float] | None = None,
    mirror: bool | None = None,
    smoothing: float = 0.5,
    folder: str | os.PathLike[str] = ".",
) -> None:
    """Open a window that shows the emotions of all faces before a camera.

    Nothing is stored but what is asked for: s saves a snapshot, r begins and ends a recording, which a red
    mark shows; q, Escape and closing the window end the demo.

    Args:
        source: Number of a camera, or the path of a video.
        model: A :class:`Predictor`, or what it loads; when left out, the network that ships with the package.
        detector: "yunet", "haar", "mtcnn" or "insightface", or a :class:`FaceDetector`.
        biases: What to add to log-probabilities, seven numbers or some by the name of the emotion.
        mirror: Swap left and right; when left out, of a camera's picture and not of a video's.
        smoothing: Seconds over which faces are averaged; 0 shows every frame as it is.
        folder: Where snapshots and recordings go.

    Raises:
        FileNotFoundError: There is no such video.
        FerCourseError: The camera or video cannot be opened, or no window: no display, or no Tk.

    Example:
        >>> run_realtime_demo("nowhere.mp4")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.mp4: no such file
    """
    camera = isinstance(source, int)
    frames = camera_frames(source) if isinstance(source, int) else video_frames(Video(source))
    recognizer = EmotionRecognizer(model, detector, biases)
    demo = RealtimeDemo(recognizer, smoothing, camera if mirror is None else mirror, folder)
    with closing(Window("fer-course")) as window, closing(demo), NewestFrame(frames) as newest:
        play(demo, newest, window)
