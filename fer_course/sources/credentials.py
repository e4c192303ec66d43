"""Kaggle credentials: finding them in every place where people keep them, and saving them safely.

No function here returns, prints or raises the secret itself; only a request to Kaggle carries it.
"""

import contextlib
import getpass
import json
import os
import stat
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import DownloadError
from ..files import write_beside
from ..frontend import in_kernel

TOKEN_PAGE = "https://www.kaggle.com/settings"
ADVICE = (
    f"make a token at {TOKEN_PAGE} (API, Generate New Token), then call fer.kaggle_login() in a notebook, "
    "run `fer-course login`, or set KAGGLE_API_TOKEN; in Colab, a secret of that name works too"
)


@dataclass(frozen=True)
class Credentials:
    """How to sign in to Kaggle; its text shows where it was found, never what it is."""

    source: str  # where it was found, for messages
    token: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)  # the older form, with its key
    key: str | None = field(default=None, repr=False)
    oauth: bool = False  # `kaggle auth login` saved it, and the client reads it itself
    file: Path | None = None  # None for the environment and Colab

    @property
    def exposed(self) -> bool:
        """Whether other users of this machine can read the file."""
        others = stat.S_IRWXG | stat.S_IRWXO
        return self.file is not None and os.name != "nt" and bool(self.file.stat().st_mode & others)


def find_credentials() -> Credentials | None:
    """Return the first Kaggle credentials, in the order of Kaggle's client and then Colab's secrets, or None.

    The places: ``KAGGLE_API_TOKEN`` (a token, or the path of a file with one), ``~/.kaggle/access_token``,
    ``KAGGLE_USERNAME`` with ``KAGGLE_KEY``, ``kaggle.json`` in ``KAGGLE_CONFIG_DIR``, ``~/.kaggle`` or
    ``~/.config/kaggle``, what ``kaggle auth login`` saved, and the Colab secrets of the same names.

    Example:
        >>> find_credentials()  # doctest: +SKIP
        Credentials(source='KAGGLE_API_TOKEN', oauth=False, file=None)
    """
    return (
        _from_variables("KAGGLE_API_TOKEN")
        or _token_in(_home() / "access_token")
        or _token_in(_home() / "access_token.txt")
        or _from_variables("KAGGLE_USERNAME", "KAGGLE_KEY")
        or _from_kaggle_json()
        or _from_oauth()
        or _from_colab()
    )


def save_credentials(content: str | bytes) -> Path:
    """Save a token, or what is in ``kaggle.json``, where Kaggle's client finds it, readable by you alone.

    What is neither is refused by a ``DownloadError``, which does not repeat it.
    """
    text = content.decode("utf-8-sig", "replace") if isinstance(content, bytes) else content
    text = _pasted(text.strip())
    if _names_and_key(text):
        return _write_privately(_home() / "kaggle.json", text)
    if text.isascii() and text.isprintable() and len(text) >= 16 and not set(text) & set(" {}\"'"):
        return _write_privately(_home() / "access_token", text)
    raise DownloadError(
        f"this is neither a kaggle.json with username and key nor a token; get one at {TOKEN_PAGE}"
    )


def _pasted(text: str) -> str:
    """Take the token out of a line as it stands in a shell or a settings file."""
    name, _, value = text.removeprefix("export ").partition("=")
    return value.strip().strip("\"'") if name.strip() == "KAGGLE_API_TOKEN" else text


def kaggle_login() -> None:
    """Ask for Kaggle credentials and save them: with a small form in a notebook, else at the prompt.

    What is typed or uploaded is not shown, and the form disappears when it is saved, so no notebook keeps it.

    Example:
        >>> kaggle_login()  # doctest: +SKIP
        Kaggle token (nothing is shown while you type or paste):
        Saved. Kaggle credentials: ~/.kaggle/access_token
    """
    if in_kernel():
        from IPython.display import display

        display(login_form())
    elif sys.stdin.isatty():
        typed = getpass.getpass("Kaggle token (nothing is shown while you type or paste): ")
        print(_saved(save_credentials(typed)))
    else:  # as in `fer-course login < token.txt`, or `< kaggle.json`
        print(_saved(save_credentials(sys.stdin.read())))


def login_form() -> Any:
    """Build the notebook's form: a hidden field for a token, and an upload of ``kaggle.json``."""
    import ipywidgets as widgets

    width = widgets.Layout(width="300px")
    hint = "paste a Kaggle token, press Enter"
    token = widgets.Password(placeholder=hint, continuous_update=False, layout=width)
    upload = widgets.FileUpload(accept=".json", description="or upload kaggle.json", layout=width)
    message = widgets.HTML(f'Get a token at <a href="{TOKEN_PAGE}" target="_blank">{TOKEN_PAGE}</a>')
    form = widgets.VBox([token, upload, message])

    def save(change: dict[str, Any]) -> None:
        for content in _contents(change["new"]):
            try:
                message.value = _saved(save_credentials(content))
            except (DownloadError, OSError) as error:
                message.value = str(error)
                token.value = ""  # or a saved notebook would keep it, as it would the upload
                upload.value = type(upload.value)()
            else:
                form.children = (message,)
                token.close()  # with its content, which a saved notebook would keep
                upload.close()

    token.observe(save, names="value")
    upload.observe(save, names="value")
    return form


def _contents(value: Any) -> list[str | bytes]:
    """Return what a field holds: a text, or the uploaded files of ipywidgets 7 (a dict) or 8 (a tuple)."""
    if isinstance(value, str):
        return [value] if value else []
    files = value.values() if isinstance(value, dict) else value
    return [bytes(file["content"]) for file in files]


def _saved(file: Path) -> str:
    found = find_credentials()
    if found is None or found.file == file:
        return f"Saved. Kaggle credentials: {_shown(file)}"
    return f"Saved in {_shown(file)}, but {found.source} comes first: remove that to use the new one"


def _home() -> Path:
    return Path.home() / ".kaggle"


def _write_privately(file: Path, text: str) -> Path:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with write_beside(file, private=True) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return file


def _from_variables(*names: str, get: Any = os.environ.get, source: str = "") -> Credentials | None:
    values = [_pasted((get(name) or "").strip()) for name in names]
    if not all(values):
        return None
    source = source or " and ".join(names)
    if len(names) == 2:
        return Credentials(source, username=values[0], key=values[1])
    with contextlib.suppress(OSError):  # a token is no path, and may be too long for one
        if Path(values[0]).is_file():
            return _token_in(Path(values[0]), f"the file that {source} names")
    return Credentials(source, token=values[0])


def _token_in(file: Path, source: str = "") -> Credentials | None:
    token = _text_of(file)
    return Credentials(source or _shown(file), token=token, file=file) if token else None


def misnamed_files() -> list[str]:
    """List files like ``kaggle.json`` under a name that Kaggle's client does not look for.

    Such as "~/.kaggle/kaggle.json.txt", as Windows hides endings, or "~/.kaggle/kaggle (1).json".
    """
    return [
        _shown(file)
        for folder in (_home(), Path.home() / "Downloads")
        for file in sorted(folder.glob("kaggle*.json*"))
        if file != _home() / "kaggle.json" and _names_and_key(_text_of(file))
    ]


def _from_kaggle_json() -> Credentials | None:
    folders = [_home(), Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "kaggle"]
    if os.environ.get("KAGGLE_CONFIG_DIR"):
        folders.insert(0, Path(os.environ["KAGGLE_CONFIG_DIR"]))
    for file in (folder / "kaggle.json" for folder in folders):
        text = _text_of(file)
        if text and (found := _names_and_key(text)):
            return replace(found, source=_shown(file), file=file)
        if text:
            raise DownloadError(
                f"{_shown(file)} is not the JSON with username and key that Kaggle gives out; {ADVICE}"
            )
    return None


def _names_and_key(text: str) -> Credentials | None:
    try:
        content = json.loads(text)
        values = content["username"], content["key"]
    except (ValueError, KeyError, TypeError):
        return None
    if not all(isinstance(value, str) and value for value in values):
        return None
    return Credentials("kaggle.json", username=values[0], key=values[1])


def _from_oauth() -> Credentials | None:
    file = _home() / "credentials.json"
    return Credentials("kaggle auth login", oauth=True, file=file) if _text_of(file) else None


def _from_colab() -> Credentials | None:
    """Ask Colab's secrets, in a notebook there; the first time, Colab asks whether the notebook may."""
    if "google.colab" not in sys.modules:
        return None
    try:
        from google.colab import userdata
    except ImportError:
        return None

    def secret(name: str) -> str | None:
        try:
            return userdata.get(name)
        except Exception:  # no such secret, not for this notebook, no answer: Colab has an exception for each
            return None

    return _from_variables("KAGGLE_API_TOKEN", get=secret, source="Colab's secrets") or _from_variables(
        "KAGGLE_USERNAME", "KAGGLE_KEY", get=secret, source="Colab's secrets"
    )


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace").strip()
    except OSError:  # not there, or not ours to read
        return ""


def _shown(file: Path) -> str:
    """Write a path as people do, without the name of the home folder."""
    home = Path.home()
    return f"~/{file.relative_to(home).as_posix()}" if file.is_relative_to(home) else file.as_posix()
