"""Videos in files, whole and cut short."""

import re
import subprocess
import sys

import cv2
import numpy as np
import pytest

from fer_course.errors import FerCourseError
from fer_course.inference.video import Video, VideoWriter, write_video


@pytest.fixture
def clip(tmp_path):
    """A video that fades from black to white in two seconds."""
    path = tmp_path / "clip.mp4"
    with write_video(path, fps=10) as video:
        for shade in range(0, 240, 12):
            video.write(np.full((96, 128, 3), (shade, 0, 240 - shade), np.uint8))
    return path


def test_what_is_written_is_read(clip):
    video = Video(clip)
    assert (video.fps, video.frames) == (10, 20)
    seconds, frames = zip(*video, strict=True)
    np.testing.assert_allclose(seconds, np.arange(20) / 10, atol=1e-3)
    assert frames[0].shape == (96, 128, 3)
    assert frames[0][50, 50, 2] > 200 > 60 > frames[0][50, 50, 0]
    assert frames[-1][50, 50, 0] > 200 > 60 > frames[-1][50, 50, 2]


def test_a_video_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), write_video(tmp_path / "clip.mp4", fps=10) as video:
        video.write(np.zeros((96, 128, 3), np.uint8))
        raise KeyboardInterrupt
    no_frame = pytest.raises(FerCourseError, match=r"clip\.mp4: a video needs at least one frame")
    with no_frame, write_video(tmp_path / "clip.mp4", fps=10):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(48, 128), (192, 128)])
def test_frames_of_another_size_are_fitted_into_the_first(tmp_path, size):
    with write_video(tmp_path / "clip.mp4", fps=10) as video:
        for shape in ((96, 128), size, size):
            video.write(np.full((*shape, 3), 200, np.uint8))
    frames = [frame for _, frame in Video(tmp_path / "clip.mp4")]
    assert [frame.shape for frame in frames] == [(96, 128, 3)] * 3
    assert frames[0].min() > 150
    shown = frames[2][..., 0] > 100
    assert shown[48, 64] and not shown[0, 0] and shown.mean() == pytest.approx(0.5, abs=0.1)


def test_one_that_ends_early_gives_what_it_has_and_says_so(tmp_path):
    whole, cut = tmp_path / "whole.avi", tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"MJPG"), 10, (128, 96))
    noise = np.random.default_rng(0).integers(0, 256, (20, 96, 128, 3), dtype=np.uint8)
    for frame in noise:
        writer.write(frame)
    writer.release()
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.warns(UserWarning, match=r"cut\.avi: ends after \d+ of 20 frames"):
        frames = list(Video(cut))
    assert 5 <= len(frames) < 15


@pytest.mark.parametrize("share", [0, 0.5])
def test_empty_and_truncated_ones_are_named(clip, share):
    clip.write_bytes(clip.read_bytes()[: int(share * clip.stat().st_size)])
    with pytest.raises(
        FerCourseError, match=r"clip\.mp4: not a video.*" + ("cut short" if share else "empty")
    ):
        Video(clip)


def test_one_without_a_frame_is_named(tmp_path):
    path = tmp_path / "none.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (128, 96))
    writer.release()
    with pytest.raises(FerCourseError, match=r"none\.avi: .*(without a frame|not a video)"):
        list(Video(path))


LIMITED = """
import resource, sys
import numpy as np
from fer_course import FerCourseError
from fer_course.inference.video import write_video
noise = np.random.default_rng(0).integers(0, 256, (40, 240, 320, 3), dtype=np.uint8)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    with write_video(sys.argv[1], fps=10) as video:
        for frame in noise:
            video.write(frame)
except FerCourseError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_a_video_that_does_not_fit_leaves_the_old_one_and_is_explained(clip):
    old = clip.read_bytes()
    process = subprocess.run([sys.executable, "-c", LIMITED, clip], capture_output=True, text=True)
    assert re.match(
        r".*clip\.mp4: not written, for only \d+ of its 40 frames could be read again; is the disk full",
        process.stdout,
    ), process.stderr
    assert clip.read_bytes() == old
    assert list(clip.parent.iterdir()) == [clip]


def test_frames_that_are_lost_in_the_middle_are_missed(tmp_path, monkeypatch):
    """As on a disk that is full for a moment: the file has its end, and can be opened."""

    def close(writer):
        writer._writer.release()
        content = bytearray(writer.path.read_bytes())
        content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
        writer.path.write_bytes(content)

    monkeypatch.setattr(VideoWriter, "close", close)
    noise = np.random.default_rng(0).integers(0, 256, (40, 96, 128, 3), dtype=np.uint8)
    with pytest.raises(FerCourseError, match="of its 40 frames"), write_video(tmp_path / "a.mp4", 10) as film:
        for frame in noise:
            film.write(frame)
    assert not list(tmp_path.iterdir())
