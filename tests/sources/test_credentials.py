import io
import json
import stat
import sys
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

from fer_course.cli import app
from fer_course.errors import DownloadError
from fer_course.jobs.doctor import _kaggle
from fer_course.sources.credentials import (
    find_credentials,
    kaggle_login,
    login_form,
    misnamed_files,
    save_credentials,
)

TOKEN = "KGAT_thisIsTheSecretThatNobodySees"
KEY = "0123456789abcdefTheOldSecret"
JSON = json.dumps({"username": "student", "key": KEY})


@pytest.fixture(autouse=True)
def nothing_leaks(capsys):
    yield
    assert not [secret for secret in (TOKEN, KEY) if secret in "".join(capsys.readouterr())]


def write(path, text, mode=0o600):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_nothing_is_found_where_nothing_is():
    assert find_credentials() is None


@pytest.mark.parametrize(
    ("place", "source"),
    [
        (".kaggle/access_token", "~/.kaggle/access_token"),
        (".kaggle/access_token.txt", "~/.kaggle/access_token.txt"),
    ],
)
def test_a_token_in_a_file(home, place, source):
    write(home / place, f"{TOKEN}\n")
    found = find_credentials()
    assert (found.token, found.source, found.exposed) == (TOKEN, source, False)


@pytest.mark.parametrize("place", [".kaggle/kaggle.json", ".config/kaggle/kaggle.json"])
def test_kaggle_json(home, place):
    write(home / place, JSON)
    found = find_credentials()
    assert (found.username, found.key, found.source) == ("student", KEY, f"~/{place}")


def test_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    write(tmp_path / "kaggle.json", JSON)
    assert find_credentials().key == KEY
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    assert find_credentials().username == "student"  # a name without a key is nothing
    monkeypatch.setenv("KAGGLE_KEY", "another key")
    assert find_credentials().username == "somebody"
    monkeypatch.setenv("KAGGLE_API_TOKEN", str(write(tmp_path / "token", TOKEN)))
    assert find_credentials().token == TOKEN
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    assert find_credentials().source == "KAGGLE_API_TOKEN"


def test_the_order_is_that_of_kaggles_own_client(home, monkeypatch):
    from kagglesdk import get_access_token_from_env

    for token, place in (("one", "access_token.txt"), ("two", "access_token")):
        write(home / ".kaggle" / place, token)
        assert find_credentials().token == get_access_token_from_env()[0] == token
    monkeypatch.setenv("KAGGLE_API_TOKEN", "three")
    assert find_credentials().token == get_access_token_from_env()[0] == "three"
    write(home / ".kaggle" / "kaggle.json", JSON)
    assert find_credentials().token == "three"


def test_what_kaggle_auth_login_saved(home):
    write(home / ".kaggle" / "credentials.json", json.dumps({"refresh_token": TOKEN}))
    found = find_credentials()
    assert found.oauth and found.source == "kaggle auth login"


def test_credentials_do_not_show_themselves(home, monkeypatch):
    write(home / ".kaggle" / "kaggle.json", JSON)
    assert KEY not in repr(find_credentials())
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    assert TOKEN not in f"{find_credentials()!r} {find_credentials()}"


@pytest.mark.parametrize("text", ["{", "[]", '{"username": "student"}', '{"username": "student", "key": 5}'])
def test_a_kaggle_json_that_is_none(home, text):
    write(home / ".kaggle" / "kaggle.json", text)
    with pytest.raises(DownloadError, match=r"~/\.kaggle/kaggle\.json is not the JSON"):
        find_credentials()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize(("mode", "exposed"), [(0o644, True), (0o640, True), (0o600, False)])
def test_a_file_that_others_can_read_is_noticed(home, mode, exposed):
    write(home / ".kaggle" / "kaggle.json", JSON, mode)
    assert find_credentials().exposed is exposed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize(("answer", "mode"), [("y\n", 0o600), ("n\n", 0o644)])
def test_the_command_mends_it_when_one_agrees(home, monkeypatch, answer, mode):
    file = write(home / ".kaggle" / "kaggle.json", JSON, 0o644)
    monkeypatch.setattr("fer_course.cli.data_commands._asks", lambda: True)
    result = CliRunner().invoke(app, ["download", "kdef"], input=answer)
    assert "Other users can read ~/.kaggle/kaggle.json" in result.output
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize(("content", "name"), [(TOKEN, "access_token"), (JSON.encode(), "kaggle.json")])
def test_saving(home, content, name):
    file = save_credentials(content)
    assert file == home / ".kaggle" / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == [name]
    found = find_credentials()
    assert (found.token or found.key) in (TOKEN, KEY)


@pytest.mark.parametrize(
    "line", ["KAGGLE_API_TOKEN={}", "export KAGGLE_API_TOKEN='{}'", 'KAGGLE_API_TOKEN = "{}"']
)
def test_a_line_pasted_whole(home, monkeypatch, line):
    assert save_credentials(line.format(TOKEN)).read_text() == TOKEN
    monkeypatch.setenv("KAGGLE_API_TOKEN", line.format(TOKEN))
    assert find_credentials().token == TOKEN


def test_a_kaggle_json_comes_from_standard_input(home, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(json.loads(JSON), indent=2)))
    kaggle_login()
    assert (home / ".kaggle" / "kaggle.json").exists()
    assert "Saved" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["kaggle.json.txt", "kaggle (1).json"])
def test_files_under_other_names_are_seen_and_named(home, name):
    (home / ".kaggle").mkdir(exist_ok=True)
    (home / ".kaggle" / name).write_text(JSON)
    (home / ".kaggle" / "kaggle-notes.json").write_text("{}")
    assert misnamed_files() == [f"~/.kaggle/{name}"]


@pytest.mark.parametrize("content", ["", "short", f"token: {TOKEN}", json.dumps({"key": KEY}), b"\xff" * 40])
def test_what_is_no_credential_is_not_saved_and_not_repeated(home, content):
    with pytest.raises(DownloadError, match=r"neither a kaggle\.json") as caught:
        save_credentials(content)
    assert KEY not in repr(caught.value) and TOKEN not in repr(caught.value)
    assert not (home / ".kaggle").exists()


def everything_shown(form):
    states = [widget.get_state() for widget in form.children]
    return repr(states)


def test_the_form_saves_a_token_and_forgets_it(home):
    form = login_form()
    field, upload, _ = form.children
    field.value = TOKEN
    assert (home / ".kaggle" / "access_token").read_text() == TOKEN
    assert "Saved. Kaggle credentials: ~/.kaggle/access_token" in everything_shown(form)
    assert TOKEN not in everything_shown(form)
    assert field.comm is None and upload.comm is None  # closed: no notebook keeps their content


def test_the_form_saves_an_uploaded_file(home):
    form = login_form()
    content = memoryview(JSON.encode())
    now = datetime.now(UTC)
    form.children[1].value = (
        {"name": "kaggle.json", "type": "", "size": len(content), "content": content, "last_modified": now},
    )
    assert json.loads((home / ".kaggle" / "kaggle.json").read_text())["key"] == KEY
    assert KEY not in everything_shown(form)


def test_the_upload_of_ipywidgets_7():
    from fer_course.sources.credentials import _contents

    value = {"kaggle.json": {"metadata": {"name": "kaggle.json"}, "content": JSON.encode()}}
    assert _contents(value) == [JSON.encode()]


def test_the_form_says_what_is_wrong(home):
    form = login_form()
    form.children[0].value = "secret with spaces"
    assert "neither a kaggle.json" in form.children[2].value
    assert "secret" not in everything_shown(form)
    assert not (home / ".kaggle").exists()


def test_a_refused_upload_is_not_kept(home):
    form = login_form()
    content = memoryview(f'{{"private_key": "{KEY}"}}'.encode())
    now = datetime.now(UTC)
    form.children[1].value = (
        {"name": "service.json", "type": "", "size": len(content), "content": content, "last_modified": now},
    )
    assert "neither a kaggle.json" in form.children[2].value
    assert KEY not in everything_shown(form)


def test_a_byte_order_mark_is_no_part_of_it(home):
    assert save_credentials(b"\xef\xbb\xbf" + JSON.encode()).name == "kaggle.json"
    assert find_credentials().key == KEY


def test_a_notebook_gets_the_form(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr("IPython.display.display", shown.append)
    kaggle_login()
    assert len(shown[0].children) == 3


def test_the_prompt(home, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("getpass.getpass", lambda _: TOKEN)
    kaggle_login()
    assert capsys.readouterr().out == "Saved. Kaggle credentials: ~/.kaggle/access_token\n"


def test_a_token_can_come_from_a_file(home):
    result = CliRunner().invoke(app, ["login"], input=f"{TOKEN}\n")
    assert result.output == "Saved. Kaggle credentials: ~/.kaggle/access_token\n"
    assert (home / ".kaggle" / "access_token").read_text() == TOKEN


def test_nothing_to_read_is_no_credential(home):
    result = CliRunner().invoke(app, ["login"], input="")
    assert result.exit_code == 1 and "neither a kaggle.json" in result.output


def test_new_credentials_that_older_ones_hide_are_said(home):
    save_credentials(TOKEN)
    result = CliRunner().invoke(app, ["login"], input=JSON)
    assert "Saved in ~/.kaggle/kaggle.json, but ~/.kaggle/access_token comes first" in result.output


class SecretNotFoundError(Exception):
    pass


def colab_with(secrets, monkeypatch):
    def get(name):
        if name not in secrets:
            raise SecretNotFoundError(name)
        return secrets[name]

    userdata = ModuleType("google.colab.userdata")
    userdata.get = get
    colab = ModuleType("google.colab")
    colab.userdata = userdata
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setitem(sys.modules, "google.colab.userdata", userdata)


@pytest.mark.parametrize(
    ("secrets", "secret"),
    [
        ({"KAGGLE_API_TOKEN": TOKEN}, TOKEN),
        ({"KAGGLE_USERNAME": "student", "KAGGLE_KEY": KEY}, KEY),
    ],
)
def test_colab_secrets(secrets, secret, monkeypatch):
    colab_with(secrets, monkeypatch)
    found = find_credentials()
    assert (found.token or found.key, found.source) == (secret, "Colab's secrets")


def test_a_colab_without_secrets(monkeypatch):
    colab_with({}, monkeypatch)
    assert find_credentials() is None
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.delitem(sys.modules, "google.colab.userdata")
    assert find_credentials() is None


def test_the_doctor_says_where_and_never_what(home, monkeypatch):
    assert _kaggle().state == "gap"
    assert "https://www.kaggle.com/settings" in _kaggle().advice
    write(home / ".kaggle" / "kaggle.json", JSON, 0o644)
    assert "can be read by other users" in _kaggle().found
    write(home / ".kaggle" / "kaggle.json", "{")
    assert _kaggle().found == "credentials that cannot be read"
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    assert _kaggle() == ("Kaggle", "ok", "credentials from KAGGLE_API_TOKEN", "")
