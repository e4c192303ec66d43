import errno
import os
import re
import signal
import stat
import subprocess
import sys

import pytest

from fer_course import files
from fer_course.errors import FerCourseError
from fer_course.files import fitting_name, read_json, write_beside


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
from fer_course import FaceDataset, FerCourseError
from fer_course.files import write_beside
from fer_course.inference.annotating import write_annotated
from fer_course.inference.inputs import Picture
from fer_course.parallel import in_batches
from fer_course.sources.fer2013 import write_fer2013_csv
from matplotlib.figure import Figure
from PIL import Image
noise = np.random.default_rng(0).integers(0, 256, (50, 48, 48), dtype=np.uint8)
faces = FaceDataset(noise, np.zeros(50, int), "train", source="noise")
figure = Figure()
figure.subplots().imshow(noise[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
path = sys.argv[1]
try:
    if path.endswith(".csv"):
        write_fer2013_csv(faces, path)
    elif path.endswith(".npz"):
        faces.save(path)
    elif path.endswith(".npy"):
        in_batches(lambda batch: batch, noise, path)
    elif path.endswith(".pdf"):
        with write_beside(path) as temporary:
            figure.savefig(temporary, format="pdf")
    elif path.endswith(".jpg"):
        list(write_annotated([(Picture("nowhere/faces.jpg", noise.reshape(400, -1)), [])], path[:-9]))
    else:
        with write_beside(path) as temporary:
            Image.fromarray(noise.reshape(300, -1)).save(temporary)
except FerCourseError as error:
    print(error)
"""


def test_where_nothing_may_be_written_the_file_is_named_that_was_asked_for(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path / ".faces-0-1-x.csv"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with (
        pytest.raises(FerCourseError, match=r"faces\.csv: you may not write there"),
        write_beside(tmp_path / "faces.csv"),
    ):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
@pytest.mark.parametrize("ending", ["csv", "npz", "npy", "pdf", "png", "jpg", "tiff"])
def test_a_file_that_does_not_fit_leaves_the_old_one_and_is_explained(tmp_path, ending):
    path = tmp_path / f"faces.{ending}"
    if ending == "npy":
        path.mkdir()
    else:
        path.write_text("old")
    process = run(LIMITED, path)
    assert re.fullmatch(
        rf"{path}.*: (larger than files may be there|not written whole) .*\n", process.stdout
    ), process.stderr
    assert names(tmp_path) == [path.name]
    assert not names(path) if ending == "npy" else path.read_text() == "old"


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
    with write_beside(target) as temporary:
        temporary.write_text("whole")
    assert names(tmp_path) == ["fer2013.csv"]


def test_only_what_nobody_writes_any_more_is_removed(tmp_path):
    with write_beside(tmp_path / "notes.txt") as own:
        of_parent = own.name.replace(f"-{os.getpid()}-", f"-{os.getppid()}-")
        of_nobody = own.name.replace(f"-{os.getpid()}-", "-99999999-")
        host = own.name.split("-")[1]
        elsewhere, long_ago = own.name.replace(host, "0" * 8), own.name.replace(host, "1" * 8)
        others = [".notes-draft.txt", ".notes-0-0-draft.txt", "notes-00000000-1-abcdefgh.txt"]
        for name in (of_parent, of_nobody, elsewhere, long_ago, *others):
            (tmp_path / name).write_text("half")
        os.utime(tmp_path / long_ago, (0, 0))
        os.utime(tmp_path / of_parent, (0, 0))  # a film that is being recorded, and paused
        files._swept.clear()
        with write_beside(tmp_path / "more.txt") as more:
            assert names(tmp_path) == sorted([own.name, more.name, of_parent, elsewhere, *others])


@pytest.mark.parametrize("name", ["n" * 251 + ".txt", "é" * 127, "." + "s" * 254, "a." + "s" * 253])
def test_names_may_be_as_long_as_the_file_system_lets_them(tmp_path, name):
    with write_beside(tmp_path / name) as temporary:
        temporary.write_text("done")
    assert names(tmp_path) == [name]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_need_not_be_text(tmp_path):
    name = os.fsdecode(b"caf\xe9.txt")
    with write_beside(tmp_path / name) as temporary:
        temporary.write_text("done")
    assert names(tmp_path) == [name]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="the administrator may list all folders")
def test_a_folder_need_not_be_listed_to_be_written_to(tmp_path):
    tmp_path.chmod(0o300)
    with write_beside(tmp_path / "notes.txt") as temporary:
        temporary.write_text("done")
    tmp_path.chmod(0o700)
    assert names(tmp_path) == ["notes.txt"]


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FerCourseError, match="a folder; give the name of a file"), write_beside(tmp_path):
        pass


@pytest.mark.parametrize("stem", ["n" * 300, "é" * 200, "短" * 100])
def test_long_names_are_cut_where_nothing_is_lost_by_it(stem):
    name = fitting_name(stem, "-2.png")
    assert 252 < len(os.fsencode(name)) <= 255 and name.endswith("-2.png") and stem.startswith(name[:-6])


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
def test_values_by_name_are_read_from_files_alone_and_with_a_byte_order_mark(tmp_path):
    (tmp_path / "marked.json").write_bytes(b'\xef\xbb\xbf{"seed": 3}')
    assert read_json(tmp_path / "marked.json", "write it again") == {"seed": 3}
    os.mkfifo(tmp_path / "pipe.json")  # which would never end, as nobody writes to it
    with pytest.raises(FerCourseError, match="a pipe or a device"):
        read_json(tmp_path / "pipe.json", "write it again")
    with pytest.raises(FerCourseError, match="a folder, not a file"):
        read_json(tmp_path, "write it again")


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes and links")
def test_a_pipe_or_a_device_is_never_replaced_by_a_file_and_a_link_stays_one(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "pipe.csv")
    for name in ("pipe.csv", "link.csv"):
        with (
            pytest.raises(FerCourseError, match=f"{name}: a pipe or a device; give"),
            write_beside(tmp_path / name),
        ):
            pass
    assert stat.S_ISFIFO((tmp_path / "pipe.csv").stat().st_mode) and (tmp_path / "link.csv").is_symlink()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine.txt").symlink_to(tmp_path / "elsewhere" / "mine.txt")
    for text in ("one", "two"):
        files.write_text(tmp_path / "mine.txt", text)
        assert (tmp_path / "elsewhere" / "mine.txt").read_text() == text
    assert (tmp_path / "mine.txt").is_symlink()
    with pytest.raises(FerCourseError, match=r"pipe.csv is a file; give a folder"):
        files.check_folder(tmp_path / "pipe.csv")


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
def test_a_pipe_or_a_folder_in_the_place_of_a_lock_is_named(tmp_path):
    for name, make, words in (("one", os.mkfifo, "a pipe or a device"), ("two", os.mkdir, "a folder")):
        (tmp_path / name).mkdir()
        make(tmp_path / name / ".lock")
        with pytest.raises(FerCourseError, match=rf"\.lock: {words}"), files.lock_folder(tmp_path / name):
            pass
