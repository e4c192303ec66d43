import errno
import os
import signal
import stat
import subprocess
import sys

import pytest

from fer_course.errors import FerCourseError
from fer_course.files import write_beside


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_its_folders(tmp_path):
    with write_beside(tmp_path / "a" / "b" / "notes.txt") as temporary:
        assert temporary.suffix == ".txt"
        temporary.write_text("done")
    assert (tmp_path / "a" / "b" / "notes.txt").read_text() == "done"
    assert names(tmp_path / "a" / "b") == ["notes.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_others_may_read_what_the_umask_lets_them(tmp_path):
    before = os.umask(0o027)
    try:
        with write_beside(tmp_path / "notes.txt") as temporary:
            temporary.write_text("done")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "notes.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [ValueError("bad row"), KeyboardInterrupt(), OSError(errno.EIO, "broken")])
def test_whatever_stops_the_writing_the_old_file_stays(tmp_path, error):
    target = tmp_path / "notes.txt"
    target.write_text("old")
    with pytest.raises(type(error)), write_beside(target) as temporary:
        temporary.write_text("ne")
        raise error
    assert target.read_text() == "old"
    assert names(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_so(tmp_path, code):
    target = tmp_path / "notes.txt"
    with (
        pytest.raises(FerCourseError, match=r"no space left on the disk for .*notes\.txt"),
        write_beside(target),
    ):
        raise OSError(code, "full")
    assert names(tmp_path) == []


def run(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True)


LIMITED = """
import resource, sys
import numpy as np
from fer_course.dataset import FaceDataset
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, (50, 48, 48), dtype=np.uint8)
FaceDataset(noise, np.zeros(50, int)).save(sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
def test_a_file_that_does_not_fit_leaves_the_old_one(faces, tmp_path):
    path = faces.save(tmp_path / "faces.npz")
    old = path.read_bytes()
    process = run(LIMITED, path)
    assert "File too large" in process.stderr
    assert path.read_bytes() == old
    assert names(tmp_path) == ["faces.npz"]


KILLED = """
import os, signal, sys
from fer_course.files import write_beside
with write_beside(sys.argv[1]) as temporary:
    temporary.write_text("half a r")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_write_leaves_no_half_file_under_the_name(tmp_path):
    target = tmp_path / "fer2013.csv"
    assert run(KILLED, target).returncode == -signal.SIGKILL
    assert not target.exists()
    (left,) = names(tmp_path)
    assert left.startswith(".fer2013-")  # hidden, so no reader takes it for data
