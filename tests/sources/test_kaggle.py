"""The real client of Kaggle against a server on this machine."""

import errno
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import traceback
import zipfile
from base64 import b64encode
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from kaggle_server import DOWNLOAD, INTROSPECT, STORAGE, serving
from kagglesdk import kaggle_env
from typer.testing import CliRunner

import fer_course as fer
from fer_course.cli import app
from fer_course.emotions import EMOTIONS
from fer_course.errors import DownloadError, FerCourseError
from fer_course.sources import archives, kaggle_client
from fer_course.sources.catalogue import CATALOGUE

TOKEN = "KGAT_thisIsTheSecretThatNobodySees"
KEY = "0123456789abcdefTheOldSecret"
BASIC = b64encode(f"student:{KEY}".encode()).decode()
SECRETS = (TOKEN, KEY, BASIC)


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def a_face(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (48, 48), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


FILES = {
    f"{folder}/{emotion}/{name}_{label}.png": a_face(label)
    for folder, name in (("train", "Training"), ("test", "PublicTest"), ("test", "PrivateTest"))
    for label, emotion in enumerate(EMOTIONS)
}
ZIP = zipped({**FILES, "readme.txt": bytes(400_000)})
CUT = 150_000  # bytes


@pytest.fixture(autouse=True)
def at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(kaggle_client, "WAITS", (0.0, 0.0))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def kaggle(monkeypatch):
    """The server, in the place of Kaggle's; a student with a token."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    with serving(ZIP) as server:
        monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, server.url)
        yield server


@pytest.fixture(autouse=True)
def nothing_leaks(capsys, caplog):
    caplog.set_level("DEBUG")
    yield
    said = "".join(capsys.readouterr()) + caplog.text
    assert not [secret for secret in SECRETS if secret in said]


def refused(*names, **settings):
    """The message of a download that fails, after a look for secrets in all that the exception holds."""
    with pytest.raises(DownloadError) as caught:
        fer.download(*(names or ("fer2013",)), **settings)
    error = caught.value
    held = []
    while error is not None:
        held += [repr(error), str(error), repr(vars(error))]
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "fer_course" in frame.f_code.co_filename:
                held += [repr(value) for value in frame.f_locals.values()]
        error = error.__cause__ or error.__context__
    assert not [secret for secret in SECRETS if secret in "".join(held)]
    assert str(caught.value).count("\n") <= 1
    assert not Path("data/fer2013").exists()
    return str(caught.value)


def left_over():
    return [path.name for path in Path("data").iterdir() if path.name.startswith(".")]


def test_a_download_is_read_by_the_course(kaggle, capsys):
    assert fer.download("fer2013") == Path("data/fer2013")
    printed, drawn = capsys.readouterr()
    assert "Licence: not stated by the makers" in printed
    assert "Terms: research and teaching" in printed
    assert "22 files in data/fer2013" in printed
    assert "fer2013" in drawn  # the progress bar
    written = {path.relative_to("data/fer2013").as_posix() for path in Path("data/fer2013").rglob("*.png")}
    assert written == set(FILES)
    assert not left_over()
    faces = fer.load_fer2013()
    assert (len(faces.train), len(faces.val), len(faces.test)) == (7, 7, 7)


def test_what_the_client_asks(kaggle):
    fer.download("fer2013")
    assert [path.split("?")[0] for path, _, _ in kaggle.asked] == [INTROSPECT, DOWNLOAD, STORAGE]
    body = json.loads(kaggle.asked[1][2])
    assert (body["ownerSlug"], body["datasetSlug"]) == ("msambare", "fer2013")
    assert kaggle.requests_to(DOWNLOAD)[0]["Authorization"] == f"Bearer {TOKEN}"
    assert "Authorization" not in kaggle.requests_to(STORAGE)[0]


def test_username_and_key_sign_in_too(kaggle, home, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    (home / ".kaggle").mkdir()
    (home / ".kaggle" / "kaggle.json").write_text(json.dumps({"username": "student", "key": KEY}))
    fer.download("fer2013")
    assert kaggle.requests_to(DOWNLOAD)[0]["Authorization"] == f"Basic {BASIC}"


def test_what_kaggle_auth_login_saved_signs_in_too(kaggle, home, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    saved = {
        "refresh_token": KEY,
        "access_token": TOKEN,
        "access_token_expiration": "2999-01-01T00:00:00+00:00",
    }
    (home / ".kaggle").mkdir()
    (home / ".kaggle" / "credentials.json").write_text(json.dumps(saved))
    fer.download("fer2013")
    assert kaggle.requests_to(DOWNLOAD)[0]["Authorization"] == f"Bearer {TOKEN}"


def test_the_client_can_be_made_to_talk_but_not_about_the_token(kaggle, monkeypatch):
    monkeypatch.setenv("VERBOSE", "true")  # the variable that lets the kaggle command print its requests
    fer.download("fer2013")


def test_a_second_call_asks_nothing(kaggle, capsys):
    fer.download("fer2013")
    kaggle.asked.clear()
    assert fer.download("fer2013") == Path("data/fer2013")
    assert not kaggle.asked
    assert "22 files in data/fer2013, sizes as downloaded" in capsys.readouterr().out


def test_sizes_are_compared_each_time_and_checksums_on_demand(kaggle, capsys):
    fer.download("fer2013")
    face = Path("data/fer2013/train/happy/Training_3.png")
    altered = bytearray(face.read_bytes())
    altered[-1] ^= 1
    face.write_bytes(altered)
    kaggle.asked.clear()
    fer.download("fer2013")
    assert not kaggle.asked
    fer.download("fer2013", verify=True)
    assert "1 of 22 files are missing or changed" in capsys.readouterr().out
    assert face.read_bytes() == FILES["train/happy/Training_3.png"]
    face.unlink()
    votes = Path("data/fer2013/fer2013new.csv")
    votes.write_text("what somebody added")
    fer.download("fer2013")
    assert face.exists() and votes.exists()
    assert not left_over()


@pytest.mark.parametrize("killed", [True, False])
def test_the_earlier_folder_comes_back_when_the_new_one_does_not_arrive(kaggle, killed, monkeypatch):
    fer.download("fer2013")
    folder, earlier = Path("data/fer2013"), Path("data/.fer2013-old")
    (folder / "notes.txt").write_text("what somebody added")
    (folder / "train/happy/Training_3.png").unlink()
    if killed:  # between the two renames
        folder.rename(earlier)
    else:
        rename = Path.rename

        def refuse(self, target):
            if self.name == ".fer2013-unpacking":
                raise PermissionError(13, "in use", str(self))
            return rename(self, target)

        with monkeypatch.context() as patch, pytest.raises(OSError, match="in use"):
            patch.setattr(Path, "rename", refuse)
            fer.download("fer2013")
        assert (folder / "notes.txt").read_text() == "what somebody added"
    fer.download("fer2013")
    assert (folder / "train/happy/Training_3.png").exists()
    assert (folder / "notes.txt").read_text() == "what somebody added"
    assert not left_over()


def test_votes_that_are_there_already_are_no_dataset(kaggle):
    Path("data/fer2013").mkdir(parents=True)
    Path("data/fer2013/fer2013new.csv").write_text("votes")
    fer.download("fer2013")
    assert Path("data/fer2013/train").is_dir() and Path("data/fer2013/fer2013new.csv").read_text() == "votes"


def test_what_somebody_put_there_stays(kaggle, capsys):
    Path("data/fer2013").mkdir(parents=True)
    Path("data/fer2013/fer2013.csv").write_text("mine")
    fer.download("fer2013")
    assert not kaggle.asked
    assert "stay as they are" in capsys.readouterr().out


def test_a_damaged_manifest_says_what_to_do(kaggle):
    fer.download("fer2013")
    Path("data/fer2013/.manifest.json").write_text('{"files": 3}')
    with pytest.raises(DownloadError, match=r"\.manifest\.json is damaged: delete the folder data/fer2013"):
        fer.download("fer2013")


@pytest.mark.parametrize("redirects", [True, False])
def test_a_cut_connection_goes_on_where_it_was(kaggle, redirects):
    kaggle.redirects = redirects
    kaggle.cuts = [CUT]
    fer.download("fer2013")
    assert kaggle.ranges_asked == [f"bytes={CUT}-"]
    assert {path.name for path in Path("data/fer2013").rglob("*.png")} == {Path(name).name for name in FILES}


def test_a_connection_that_breaks_for_good_keeps_what_came(kaggle):
    kaggle.cuts = [CUT, 0, CUT, 0, 1000]
    assert "goes on where it stopped" in refused()
    assert len(left_over()) == 1
    fer.download("fer2013")
    assert kaggle.ranges_asked == [f"bytes={CUT}-", f"bytes={2 * CUT}-", f"bytes={2 * CUT + 1000}-"]
    assert not left_over()


@pytest.mark.parametrize("silences", [1, 2])
def test_a_server_that_accepts_and_is_silent_is_asked_again(kaggle, monkeypatch, silences):
    monkeypatch.setattr(kaggle_client, "TIMEOUT", 0.3)
    kaggle.silences = silences
    fer.download("fer2013")
    assert not left_over()


def test_a_server_that_stays_silent_is_given_up(kaggle, monkeypatch):
    monkeypatch.setattr(kaggle_client, "TIMEOUT", 0.1)
    kaggle.silences = 10
    assert "cannot reach Kaggle" in refused()


@pytest.mark.parametrize("answer", [b"null", b"{", b"<html>"])
def test_an_answer_that_is_none_is_not_called_refused_credentials(kaggle, answer):
    kaggle.answer = answer
    assert "refuses the credentials" not in refused()


@pytest.mark.parametrize("headers", [{"Content-Length": "many"}, {"x-goog-hash": "md5=no hash at all"}])
def test_odd_headers_do_not_matter(kaggle, headers):
    kaggle.storage_headers = headers
    fer.download("fer2013")
    assert not left_over()


def test_a_part_of_nobody_knows_what_is_not_kept(kaggle):
    kaggle.storage_headers = {"ETag": "", "Content-Length": "many"}
    kaggle.checksum = "odd"
    kaggle.cuts = [CUT, CUT, CUT, CUT]
    refused()
    assert not left_over()


@pytest.mark.parametrize("change", [{"etag": '"two"'}, {"ranges": False}])
def test_a_part_is_not_continued_with_something_else(kaggle, change):
    kaggle.cuts = [CUT, 0, 0, 0, 0]
    refused()
    kaggle.content = zipped({**FILES, "train/happy/new.png": a_face(99), "readme.txt": bytes(400_000)})
    for name, value in change.items():
        setattr(kaggle, name, value)
    if "ranges" in change:
        kaggle.content = ZIP
    kaggle.cuts = []
    fer.download("fer2013")
    assert Path("data/fer2013/train/happy/new.png").exists() == ("etag" in change)
    assert not left_over()


def start(server, *arguments):
    """Run the command in a process of its own, with the server in the place of Kaggle's."""
    code = (
        "import signal, sys; from kagglesdk import kaggle_env; from fer_course.cli import app\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores it
        "kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = sys.argv.pop(1); app()"
    )
    command = [sys.executable, "-c", code, server.url, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def kill_halfway(server, stop):
    """Start a download that stands still after some bytes, and end its process."""
    server.go_on = threading.Event()
    server.cuts = [CUT]
    process = start(server, "download", "fer2013")
    for _ in range(3000):
        parts = list(Path("data").glob(".fer2013-*.part")) if Path("data").exists() else []
        if process.poll() is not None or (parts and parts[0].stat().st_size == CUT):
            break
        time.sleep(0.01)
    process.send_signal(stop)
    output, errors = process.communicate(timeout=20)
    server.go_on.set()
    server.go_on = None
    assert not [secret for secret in SECRETS if secret in output + errors]
    return process.returncode, errors


def test_two_downloads_at_once_do_not_take_from_each_other(kaggle):
    kaggle.go_on = threading.Event()
    kaggle.cuts = [CUT]
    first = start(kaggle, "download", "fer2013")
    while not (Path("data").exists() and list(Path("data").glob(".fer2013-*.part"))):
        assert first.poll() is None
    with pytest.raises(FerCourseError, match=r"in use: process \d+ .*\(folder=, --folder\)"):
        fer.download("fer2013")
    kaggle.go_on.set()
    output, errors = first.communicate(timeout=60)
    assert first.returncode == 0, errors
    assert "22 files in data/fer2013" in output
    assert fer.download("fer2013") == Path("data/fer2013")


def test_ctrl_c_leaves_what_came_and_the_next_call_goes_on(kaggle):
    status, errors = kill_halfway(kaggle, signal.SIGINT)
    assert status == 130, errors
    assert "Run the same command again" in errors
    assert "Traceback" not in errors
    assert not Path("data/fer2013").exists()
    fer.download("fer2013")
    assert kaggle.ranges_asked == [f"bytes={CUT}-"]
    assert len(fer.load_fer2013()) == 21


def test_a_process_killed_while_unpacking_leaves_no_half_set(kaggle):
    half = Path("data/.fer2013-unpacking/train/happy")
    half.mkdir(parents=True)
    (half / "Training_3.png").write_bytes(b"half")
    assert set(fer.load_fer2013().source) == {"drawn sample"}
    fer.download("fer2013")
    assert not left_over()
    assert len(fer.load_fer2013()) == 21


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Kaggle refuses the credentials from KAGGLE_API_TOKEN"),
        (403, r"\(403\): open https://www.kaggle.com/datasets/msambare/fer2013 signed in, accept its rules"),
        (404, "Kaggle has no fer2013 at .* put the files into data/fer2013"),
        (418, "Kaggle answered 418"),
        (429, "wait a few minutes"),
        (500, r"problem of its own \(500\)"),
        (503, r"problem of its own \(503\)"),
    ],
)
def test_each_refusal_says_what_to_do(kaggle, status, words):
    kaggle.status = status
    assert re.search(words, refused())


def test_a_rate_limit_says_how_long(kaggle):
    kaggle.status, kaggle.headers = 429, {"Retry-After": "90"}
    assert "wait 90 seconds" in refused()


def test_an_expired_token_is_recognised_before_the_download(kaggle):
    kaggle.active = False
    assert "wrong, expired or revoked" in refused()
    assert not kaggle.requests_to(DOWNLOAD)


@pytest.mark.parametrize("slip", ["\u2026", "\u00e9\n.", "\n"])
def test_a_token_with_a_letter_that_cannot_be_sent(kaggle, monkeypatch, slip):
    monkeypatch.setenv("KAGGLE_API_TOKEN", f"{TOKEN}{slip}{TOKEN}")
    assert re.search("wrong, expired or revoked", refused())
    assert not kaggle.asked


def test_a_wrong_key(kaggle, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    monkeypatch.setenv("KAGGLE_USERNAME", "student")
    monkeypatch.setenv("KAGGLE_KEY", KEY)
    kaggle.status = 401
    assert "refuses the credentials from KAGGLE_USERNAME and KAGGLE_KEY" in refused()


def test_no_credentials(kaggle, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    message = refused()
    assert "no Kaggle credentials found" in message
    assert "https://www.kaggle.com/settings" in message
    assert not kaggle.asked


def test_no_network(monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    with serving(ZIP) as server:
        closed = server.url
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, closed)
    assert "cannot reach Kaggle" in refused()


def test_a_client_that_is_not_installed(kaggle, monkeypatch):
    monkeypatch.delitem(sys.modules, "fer_course.sources.kaggle_client")
    monkeypatch.setitem(sys.modules, "kagglesdk", None)
    assert 'pip install "fer-course[download] @ git+https://' in refused()


def test_a_zip_cut_short_before_it_was_uploaded(kaggle):
    kaggle.content = ZIP[:-500]
    assert "damaged" in refused()
    assert not left_over()
    kaggle.content, kaggle.etag = ZIP, '"mended"'
    fer.download("fer2013")


def test_a_zip_with_a_wrong_byte(kaggle):
    altered = bytearray(ZIP)
    altered[1000] ^= 1
    kaggle.content = bytes(altered)
    assert "damaged" in refused()
    assert not left_over()


def test_bytes_that_changed_on_the_way(kaggle):
    kaggle.checksum = b64encode(b"0123456789abcdef").decode()
    assert "checksum differs" in refused()
    assert not left_over()


def test_a_web_page_instead_of_the_zip(kaggle):
    for content, words in (
        (b"<html>Sign in</html>", "is an HTML page, perhaps of a login or an error, and not the file itself"),
        (b"", "is no zip, 0 bytes"),
    ):
        kaggle.content = content
        assert words in refused()
        assert not left_over()


def test_a_part_that_the_server_cannot_complete_is_begun_anew(kaggle):
    kaggle.cuts = [CUT]
    kaggle.no_such_range = True
    fer.download("fer2013")
    assert kaggle.ranges_asked == [f"bytes={CUT}-"]
    assert not left_over()


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"../outside.png": b""}, "would land outside"),
        ({"/outside.png": b""}, "would land outside"),
        ({"C:\\outside.png": b""}, "would land outside"),
        ({link("outside.png"): b"/etc/passwd"}, "is a link"),
    ],
)
def test_a_zip_that_reaches_out_is_refused(kaggle, files, words, tmp_path):
    kaggle.content = zipped({"train/happy/1.png": a_face(0), **files})
    assert words in refused()
    assert not left_over()
    assert not list(tmp_path.rglob("outside.png"))


def test_a_zip_bomb_is_refused(kaggle):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", bytes(20_000_000))
    kaggle.content = stream.getvalue()
    assert "more than 100 times as much" in refused()
    assert not left_over()


def test_a_disk_without_room_is_noticed_before_the_download(kaggle, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    assert "no room for 0 MB in data: 1 MB are free" in refused()
    assert not left_over()


def test_a_disk_without_room_for_the_content_keeps_the_zip(kaggle, monkeypatch):
    free = iter([10**9, 10**6])
    with monkeypatch.context() as patched:
        patched.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=next(free)))
        assert "no room" in refused()
    kaggle.asked.clear()
    fer.download("fer2013")
    assert not kaggle.ranges_asked  # all of it was there
    assert not left_over()


@pytest.mark.parametrize(
    ("module", "step", "kept"), [(kaggle_client, "_write", False), (archives, "_unpack_entry", True)]
)
def test_a_disk_that_fills_up_meanwhile(kaggle, monkeypatch, module, step, kept):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module, step, full)
        assert "no space left on the disk of data" in refused()
    kaggle.asked.clear()
    fer.download("fer2013")
    assert not (kept and kaggle.ranges_asked)  # what was there is not asked for again


def test_names_that_are_one_where_capitals_do_not_count(kaggle, monkeypatch):
    def small(opened, entry, folder):
        with (folder / entry.filename.replace("/", "").lower()).open("xb"):
            return archives.FileRecord(0, "")

    monkeypatch.setattr(archives, "_unpack_entry", small)
    kaggle.content = zipped({"train/Happy/1.png": b"1", "train/happy/1.png": b"2"})
    assert "two of its files have one name here" in refused()
    assert not left_over()


@pytest.mark.parametrize(
    "name", ["train/CON/1.png", "train/nul.png", "happy/1.png.", "happy /1.png", "a/b:c.png"]
)
def test_names_that_windows_does_not_take(kaggle, monkeypatch, name):
    kaggle.content = zipped({"train/happy/1.png": a_face(0), name: a_face(1)})
    with monkeypatch.context() as patched:
        patched.setattr(archives, "_ON_WINDOWS", True)
        assert "is no name of a file on Windows" in refused()
        assert not left_over()
    fer.download("fer2013")


def test_several_at_once_and_one_that_cannot_be_had(kaggle):
    assert fer.download("fer2013", "ck_plus", folder="elsewhere") == [
        Path("elsewhere/fer2013"),
        Path("elsewhere/ck_plus"),
    ]
    with pytest.raises(DownloadError, match=r"kdef is not on Kaggle: .*https://kdef\.se.*elsewhere/kdef"):
        fer.download("kdef", "raf_db", folder="elsewhere")
    assert Path("elsewhere/raf_db").is_dir()


def test_names_are_those_of_the_catalogue():
    with pytest.raises(FerCourseError, match="no dataset 'fer2031' in the catalogue; it has fer2013, "):
        fer.download("fer2031")
    with pytest.raises(FerCourseError, match="say which"):
        fer.download()


def test_whoever_asks_for_the_sample_downloads_nothing(kaggle, monkeypatch):
    monkeypatch.setenv("FER_COURSE_DATA", "sample")
    assert set(fer.load_fer2013(download=True).source) == {"drawn sample"}
    assert not kaggle.asked


def test_real_data_is_downloaded_only_when_asked_for(kaggle, capsys):
    assert set(fer.load_fer2013().source) == {"drawn sample"}
    assert "fer-course download fer2013" in capsys.readouterr().out
    assert not kaggle.asked
    assert len(fer.load_fer2013(download=True)) == 21
    assert capsys.readouterr().out.endswith("Data: data/fer2013 (found in data/fer2013), 21 images.\n")
    kaggle.asked.clear()
    assert len(fer.load_fer2013(download=True)) == 21
    assert not kaggle.asked


def test_a_lesson_finds_the_data_one_folder_up(kaggle, monkeypatch, tmp_path):
    for folder in ("data", "lessons"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "lessons")
    assert fer.download("fer2013") == Path("../data/fer2013")


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command(kaggle):
    result = call("download", "fer2013", "ck_plus")
    assert result.exit_code == 0, result.output
    assert "22 files in data/ck_plus" in result.output
    kaggle.asked.clear()
    assert call("download", "--verify", "fer2013").exit_code == 0
    assert not kaggle.asked


def test_the_command_for_all_that_kaggle_has(kaggle):
    kaggle.content = zipped({"train/happy/1.png": a_face(0)})
    result = call("download", "--all", "--folder", "here")
    assert result.exit_code == 0, result.output
    on_kaggle = {name for name, entry in CATALOGUE.items() if entry.kaggle}
    assert {path.name for path in Path("here").iterdir()} == on_kaggle
    assert fer.datasets("here")["on_disk"].sum() == len(on_kaggle) == 8


def test_the_command_says_it_in_a_line(kaggle):
    kaggle.status = 403
    result = call("download", "fer2013")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "accept its rules" in result.stderr


def test_a_notebook_shows_no_traceback(kaggle):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    kaggle.status = 403
    shell = InteractiveShell()
    with capture_output() as captured:
        shell.run_cell("import fer_course as fer; fer.download('fer2013')")
    assert "accept its rules" in captured.stdout
    assert "Traceback" not in captured.stdout
    assert "kaggle_client" not in captured.stdout


@pytest.mark.slow
def test_the_real_zip_arrives_through_a_kill_and_a_cut(kaggle, fer2013_writer):
    rows = fer2013_writer.load(limit=60)
    # The shared data have no PrivateTest, so every second image of PublicTest plays it.
    val = np.flatnonzero(rows["usage"] == "PublicTest")[::2]
    rows["name"][val] = [name.replace("PublicTest", "PrivateTest") for name in rows["name"][val]]
    kaggle.content = zipped(dict(fer2013_writer.jpegs(rows)))
    status, _ = kill_halfway(kaggle, signal.SIGKILL)
    assert status == -signal.SIGKILL
    kaggle.cuts = [0, 40_000]  # the whole, which is not read, then the rest, cut
    result = call("download", "fer2013")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("120 files in data/fer2013\n")
    assert len(kaggle.ranges_asked) == 2
    assert "checksums as downloaded" in call("download", "fer2013", "--verify").stdout
    faces = fer.load_fer2013()
    assert (len(faces.train), len(faces.val), len(faces.test)) == (60, 30, 30)

    result = call("run", "--out", "run", "--limit", 20, "--epochs", 1, "--width", 0.25)
    assert result.exit_code == 0, result.output
    assert Path("run/report.html").stat().st_size > 50_000
