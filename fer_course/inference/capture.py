"""Frames of a camera or a video as they come; whoever takes one gets the newest, so that nothing queues."""

import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from ..errors import FerCourseError
from .video import Video

RETRY = 1.0
"""Seconds after which a camera that gives no frames is opened anew; it may have been unplugged."""

Frames = Generator[np.ndarray, None, None]


def camera_frames(number: int) -> Frames:
    """Open a camera.

    Args:
        number: 0 is the first of the machine, 1 the second.

    Returns:
        Its frames, ``(height, width, 3)`` RGB ``uint8``, without end. Unplugged and plugged in again, it
        goes on.

    Raises:
        FerCourseError: It cannot be opened.
    """
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        raise FerCourseError(
            f"camera {number} cannot be opened: is it plugged in, is another program using it, and may this "
            "one use it (in the system's privacy settings)? A video file will do as well"
        )
    return _frames_of_camera(capture, number)


def _frames_of_camera(capture: cv2.VideoCapture, number: int) -> Frames:
    try:
        while True:
            more, frame = capture.read()
            if more:
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            else:
                time.sleep(RETRY)
                capture.open(number)
    finally:
        capture.release()


def video_frames(path: Path) -> Frames:
    """Open a video, to be played as quickly as it was taken.

    Args:
        path: The file.

    Returns:
        Its frames, ``(height, width, 3)`` RGB ``uint8``, each when its time has come.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: It is no video that OpenCV reads.
    """
    return _frames_of_video(Video(path))


def _frames_of_video(video: Video) -> Frames:
    start = time.monotonic()
    for second, frame in video:
        time.sleep(max(start + second - time.monotonic(), 0))
        yield frame


class NewestFrame:
    """Reads frames in a thread of its own and keeps the newest; a context that ends the thread.

    Args:
        frames: Where they come from; it may block for as long as it likes.

    Example:
        >>> with NewestFrame(frame for frame in np.zeros((3, 48, 64, 3), np.uint8)) as newest:
        ...     newest.take(timeout=5).shape
        (48, 64, 3)
    """

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._changed = threading.Condition()
        self._newest: np.ndarray | None = None
        self._error: Exception | None = None
        self._came = time.monotonic()
        self._stopped = False
        self._thread = threading.Thread(target=self._read, daemon=True)  # a camera may block for ever

    def __enter__(self) -> "NewestFrame":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self._thread.join(timeout=RETRY)

    @property
    def silence(self) -> float:
        """Seconds since the last frame came."""
        return time.monotonic() - self._came

    @property
    def ended(self) -> bool:
        """Whether all have been taken and there will be no more."""
        return self._newest is None and self._error is None and not self._thread.is_alive()

    def take(self, timeout: float) -> np.ndarray | None:
        """Return the newest frame, once; None if none comes in time.

        Args:
            timeout: How long to wait for one, in seconds.

        Returns:
            ``(height, width, 3)`` RGB, ``uint8``.

        Raises:
            Exception: What reading the frames has raised.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._error, timeout)
            if self._error is not None:
                raise self._error
            frame, self._newest = self._newest, None
        return frame

    def _read(self) -> None:
        try:
            for frame in self._frames:
                with self._changed:
                    self._newest, self._came = frame, time.monotonic()
                    self._changed.notify()
                if self._stopped:
                    break
        except Exception as error:  # it belongs to whoever waits for a frame
            with self._changed:
                self._error = error
                self._changed.notify()
        finally:
            self._frames.close()
