"""Frames of videos and cameras, one by one or the newest alone; and videos written whole or not at all."""

import os
import threading
import time
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from ..errors import FerCourseError
from ..files import require_file, write_beside

VIDEO_ENDINGS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".mjpg", ".mjpeg")

RETRY = 1.0  # seconds after which a silent camera, perhaps unplugged, is opened anew
Frames = Generator[np.ndarray, None, None]

_WHOLE = 0.95  # the number of frames in a header is an estimate in some formats


def _for_opencv(path: Path) -> str:
    """Return a path as text; over one that is none, OpenCV ends the process."""
    try:
        return str(path).encode().decode()
    except UnicodeEncodeError as error:
        raise FerCourseError(f"{path}: OpenCV takes no path that is not UTF-8; rename it") from error


class Video:
    """A video in a file, opened; refused with an error if there is none, or none that OpenCV reads."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = require_file(path)
        with self.path.open("rb") as file:
            start = file.read(4096)
        if start and start.isascii() and b"\0" not in start:  # FFmpeg obeys playlists
            raise FerCourseError(f"{self.path}: text, such as a list of films, and no video")
        self.capture = cv2.VideoCapture(_for_opencv(self.path))
        if not self.capture.isOpened():
            reason = "perhaps cut short" if self.path.stat().st_size else "empty"
            raise FerCourseError(f"{self.path}: not a video that can be read, {reason}; replace the file")
        self.fps = self.capture.get(cv2.CAP_PROP_FPS) or 25.0
        self.frames = max(int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        """How many frames its header promises; 0 where it does not say."""

    def __iter__(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield the time of each frame in seconds, and the frame, ``(height, width, 3)`` RGB ``uint8``."""
        count = 0
        try:
            while True:
                more, frame = self.capture.read()
                if not more:
                    break
                count += 1
                yield self.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        finally:
            self.capture.release()
        if not count:
            raise FerCourseError(f"{self.path}: a video without a frame that can be read; replace the file")
        if count < _WHOLE * self.frames:
            warnings.warn(
                f"{self.path}: ends after {count:,} of {self.frames:,} frames; perhaps it is cut short",
                stacklevel=2,
            )


class VideoWriter:
    """Writes frames into an MP4 (MPEG-4); made by :func:`write_video`."""

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps, self.frames = path, fps, 0
        self._writer = cv2.VideoWriter()
        self._size: tuple[int, ...] = ()

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, ``(height, width, 3)`` RGB ``uint8``; the first decides the size of all."""
        if not self.frames:
            codec, self._size = cv2.VideoWriter.fourcc(*"mp4v"), frame.shape[1::-1]
            if not self._writer.open(_for_opencv(self.path), codec, self.fps, self._size):
                raise FerCourseError(f"{self.path.parent}: this OpenCV cannot write an MP4 there")
        self._writer.write(cv2.cvtColor(_fitted(frame, self._size), cv2.COLOR_RGB2BGR))
        self.frames += 1

    def close(self) -> None:
        """Finish the file."""
        self._writer.release()


def _fitted(frame: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Give a frame the size of the video, black beside it; OpenCV leaves out those of another size."""
    if frame.shape[1::-1] == size:
        return frame
    scale = min(np.divide(size, frame.shape[1::-1]))
    width, height = np.maximum(np.multiply(scale, frame.shape[1::-1]).astype(int), 1)
    fitted = np.zeros((*size[::-1], 3), np.uint8)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    fitted[top : top + height, left : left + width] = cv2.resize(frame, (int(width), int(height)))
    return fitted


@contextmanager
def write_video(path: str | os.PathLike[str], fps: float) -> Iterator[VideoWriter]:
    """Write a video as ``.mp4``, whole when all is well, and not at all when the block fails.

    One without a frame is an error, and one of which not all frames can be read again, as on a full disk, of
    which OpenCV says nothing.
    """
    with write_beside(path) as temporary:
        writer = VideoWriter(temporary, fps)
        try:
            yield writer
        finally:
            writer.close()
        if not writer.frames:
            raise FerCourseError(f"{Path(path)}: a video needs at least one frame")
        if (whole := _readable_frames(temporary)) < writer.frames:
            raise FerCourseError(
                f"{Path(path)}: not written, for only {whole:,} of its {writer.frames:,} frames could be "
                "read again; is the disk full, or the size of files limited?"
            )


def _readable_frames(path: Path) -> int:
    capture, count = cv2.VideoCapture(_for_opencv(path)), 0
    while capture.grab():
        count += 1
    capture.release()
    return count


def camera_frames(number: int) -> Frames:
    """Open a camera, 0 the first: its ``(height, width, 3)`` RGB frames, whenever it is plugged in."""
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


def video_frames(video: Video) -> Frames:
    """Yield the ``(height, width, 3)`` RGB frames of a video, each when its time has come."""
    start = time.monotonic()
    for second, frame in video:
        time.sleep(max(start + second - time.monotonic(), 0))
        yield frame


class NewestFrame:
    """Reads frames, however long they block, in a thread of its own, which ends with the context."""

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

    def __exit__(self, *error: object) -> None:
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
        """Return the newest frame, once, or None after so many seconds; raise what reading has raised."""
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
