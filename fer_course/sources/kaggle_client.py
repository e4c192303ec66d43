"""One file from Kaggle: the request through Kaggle's own client, its answer to disk, its errors in words.

The client's ``download_file`` is not used for the second step: it takes an error page for the rest of a file,
waits a minute on a full disk, and sends the body's length without the body when it resumes a POST.
"""

import base64
import hashlib
import re
import time
from functools import partial
from pathlib import Path

import requests
import urllib3
from kagglesdk import KaggleClient, KaggleCredentials
from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest
from kagglesdk.security.types.oauth_service import IntrospectTokenRequest

from ..errors import DownloadError
from ..frontend import progress_bar
from .archives import require_space
from .catalogue import CatalogueEntry
from .credentials import TOKEN_PAGE, Credentials

WAITS = (1.0, 4.0, 15.0)  # seconds before each new attempt when the connection is cut
TIMEOUT = 60.0  # seconds without a byte after which a request has failed
_CHUNK = 1 << 16
_MD5 = re.compile(r"md5=([A-Za-z0-9+/]{22}==)")
_CUT = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.Timeout,
)


class UnavailableError(DownloadError):
    """This dataset cannot be had; others may."""


def fetch(entry: CatalogueEntry, credentials: Credentials, folder: Path) -> Path:
    """Download a dataset's zip under a hidden name, going on where an earlier call was interrupted.

    Its size, and its MD5 where the server names one, are as announced. Whatever goes wrong is a
    ``DownloadError`` that says what to do.
    """
    try:
        return _fetch(entry, credentials, folder)
    except DownloadError as error:
        problem = error.with_traceback(None)
    except requests.exceptions.RequestException as error:
        problem = _in_words(error, entry, credentials)
    except (ValueError, TypeError, AttributeError, KeyError) as error:  # of the client, about the answer
        problem = DownloadError(
            f"Kaggle, or a proxy on the way, answered what its client does not understand "
            f"({type(error).__name__}): run the same again later, or open {entry.address} in a browser"
        )
    # Raised here and not above: the request's exception and the frames below hold the token.
    raise problem


def _fetch(entry: CatalogueEntry, credentials: Credentials, folder: Path) -> Path:
    for wait in (*WAITS, None):
        try:
            # Asked anew each time, because the signed address that Kaggle redirects to expires.
            with _client(credentials) as client:
                return _receive(_ask(client, entry), entry.name, folder)
        except _CUT as error:
            silent = isinstance(error, requests.exceptions.Timeout)
            if wait is None or not (silent or _parts(entry.name, folder)):
                raise
        time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _with_time_out(client: KaggleClient) -> KaggleClient:
    """Let a request end whose server is silent; Kaggle's client itself would wait for ever."""
    session = client.http_client().__enter__()._session
    session.send = partial(session.send, timeout=TIMEOUT)
    return client


def _client(credentials: Credentials) -> KaggleClient:
    if credentials.oauth:
        saved = KaggleCredentials.load(_with_time_out(KaggleClient()))
        token = saved.get_access_token() if saved else None
    else:
        token = credentials.token
    secrets = filter(None, (token, credentials.username, credentials.key))
    if not all(secret.isascii() and secret.isprintable() for secret in secrets):  # no header can carry it
        raise _refused(credentials)
    client = _with_time_out(
        KaggleClient(username=credentials.username, password=credentials.key, api_token=token)
    )
    if token:
        request = IntrospectTokenRequest()
        request.token = token
        if not client.security.oauth_client.introspect_token(request).active:
            raise _refused(credentials)
    return client


def _ask(client: KaggleClient, entry: CatalogueEntry) -> requests.Response:
    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = (entry.kaggle or "").split("/")
    return client.datasets.dataset_api_client.download_dataset(request)


def _receive(response: requests.Response, name: str, folder: Path) -> Path:
    """Write an answer to disk, after what an earlier answer with the same content has left there."""
    announced = response.headers.get("Content-Length", "")
    size = int(announced) if announced.isdecimal() else 0
    identity = response.headers.get("ETag") or response.headers.get("Last-Modified")
    digest = hashlib.sha256(f"{identity} {size}".encode()).hexdigest()[:12]
    part = folder / f".{name}-{digest}.part"
    resumable = bool(identity and size)
    for other in _parts(name, folder):
        if other != part or not resumable:  # of another version, or nobody knows of which
            other.unlink()
    have = part.stat().st_size if part.exists() else 0
    if have < size or not size:
        require_space(size - have, folder)
        if have:
            response = _rest(response, have, identity or "")
        try:
            _write(response, part, name, size, have if response.status_code == 206 else 0)
        except BaseException:
            if not resumable:
                part.unlink(missing_ok=True)
            raise
    response.close()
    _verify(part, name, size, response.headers.get("x-goog-hash", ""))
    return part


def _rest(response: requests.Response, have: int, identity: str) -> requests.Response:
    """Repeat a request for the bytes that are missing; the whole comes if the server does not do parts.

    So it does where the server has no such bytes, and what has come can never be completed.
    """
    request = response.request.copy()
    response.close()
    request.headers["Range"] = f"bytes={have}-"
    request.headers["If-Range"] = identity
    session = requests.Session()
    settings = session.merge_environment_settings(request.url or "", {}, True, None, None)
    rest = session.send(request, timeout=TIMEOUT, **settings)
    if rest.status_code == requests.codes.requested_range_not_satisfiable:
        del request.headers["Range"]
        rest = session.send(request, timeout=TIMEOUT, **settings)
    rest.raise_for_status()
    return rest


def _write(response: requests.Response, part: Path, name: str, size: int, have: int) -> None:
    with (
        part.open("ab" if have else "wb", buffering=0) as file,
        progress_bar(
            (), name, size or None, initial=have, unit="B", unit_scale=True, delay=0, leave=True
        ) as bar,
    ):
        try:
            # As it comes, so that none is lost
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                file.write(chunk)
                bar.update(len(chunk))
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from None


def _verify(part: Path, name: str, size: int, hashes: str) -> None:
    """Compare size and checksum with what the server announced, and delete what differs."""
    problem = ""
    if size and part.stat().st_size != size:
        problem = f"{part.stat().st_size:,} bytes instead of {size:,}"
    announced = _MD5.search(hashes)
    if announced and not problem:
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "md5").digest()
        if found != base64.b64decode(announced[1]):
            problem = "its checksum differs from what the server announced"
    if problem:
        part.unlink()
        raise DownloadError(f"{name} arrived damaged ({problem}) and was deleted; run the same again")


def _parts(name: str, folder: Path) -> list[Path]:
    return sorted(folder.glob(f".{name}-*.part"))


def _refused(credentials: Credentials) -> DownloadError:
    return DownloadError(
        f"Kaggle refuses the credentials from {credentials.source}: wrong, expired or revoked. "
        f"Make new ones at {TOKEN_PAGE} and put them in their place."
    )


def _in_words(
    error: requests.exceptions.RequestException, entry: CatalogueEntry, credentials: Credentials
) -> DownloadError:
    """Say what went wrong and what to do, without a word of the server's, which might repeat the token."""
    if error.response is None:
        if isinstance(error, _CUT):
            return DownloadError(
                "cannot reach Kaggle, or the connection breaks again and again: check the network, "
                "then run the same again; it goes on where it stopped"
            )
        return DownloadError(f"the request to Kaggle failed ({type(error).__name__}); run the same again")
    status, name, where = error.response.status_code, entry.name, entry.address
    if status == 401 or ("IntrospectToken" in error.response.url and status in (400, 403, 404)):
        return _refused(credentials)
    wait = error.response.headers.get("Retry-After", "")
    pause = f"{wait} seconds" if wait.isdigit() else "a few minutes"
    problems = {
        403: f"Kaggle does not give you {name} (403): open {where} signed in, accept its rules if it asks, "
        "then run the same again",
        404: f"Kaggle has no {name} at {where} (404), it was moved or deleted; see {entry.page}, and put the "
        f"files into data/{name} by hand",
        429: f"too many requests to Kaggle (429): wait {pause}, then run the same again",
    }
    other = f"Kaggle answered {status} to the request for {name}; try {where} in a browser"
    if status >= 500:
        other = f"Kaggle has a problem of its own ({status}): run the same again in a few minutes"
    kind = UnavailableError if status in (403, 404) else DownloadError
    return kind(problems.get(status, other))
