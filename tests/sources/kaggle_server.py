"""A server on this machine that answers what Kaggle's client asks for a download, well or badly."""

import json
import threading
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DOWNLOAD = "/v1/datasets.DatasetApiService/DownloadDataset"
INTROSPECT = "/v1/security.OAuthService/IntrospectToken"
STORAGE = "/storage/archive.zip"


@dataclass
class KaggleServer:
    """What to answer, and what was asked.

    Like Kaggle, it redirects a download to an address on another host, which must not see the credentials.
    """

    content: bytes
    status: int = 200
    active: bool = True  # whether tokens are
    redirects: bool = True  # False answers the POST itself
    ranges: bool = True  # whether it can send a part
    no_such_range: bool = False  # whether it answers so to whoever asks for one
    etag: str = '"one"'
    checksum: str | None = None
    cuts: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    headers: dict[str, str] = field(default_factory=dict)
    go_on: threading.Event | None = None  # an answer that was cut waits for it instead of closing
    silences: int = 0  # so many requests get no answer, until the client gives up
    answer: bytes | None = None  # instead of whether the token is active
    storage_headers: dict[str, str] = field(default_factory=dict)  # instead of the right ones
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    def requests_to(self, path):
        return [headers for asked, headers, _ in self.asked if asked.startswith(path)]

    @property
    def ranges_asked(self):
        return [headers["Range"] for _, headers, _ in self.asked if "Range" in headers]


@contextmanager
def serving(content, **settings):
    kaggle = KaggleServer(content, **settings)

    class Handler(_Handler):
        server_state = kaggle

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kaggle.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield kaggle
    finally:
        if kaggle.go_on:
            kaggle.go_on.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_state: KaggleServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        kaggle = self.server_state
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        kaggle.asked.append((self.path, dict(self.headers), body))
        if kaggle.silences:
            kaggle.silences -= 1
            self.rfile.read(1)  # until the client closes
            self.close_connection = True
        elif self.path == INTROSPECT and kaggle.answer is not None:
            self._send_bytes(200, kaggle.answer)
        elif self.path == INTROSPECT:
            self._send_json(200, {"active": kaggle.active, "username": "me" if kaggle.active else ""})
        elif kaggle.status != 200:
            # A careless server repeats what it was sent.
            self._send_json(
                kaggle.status, {"code": kaggle.status, "message": f"no: {dict(self.headers)} {body}"}
            )
        elif not self.headers.get("Authorization"):
            self._send_json(401, {"code": 401, "message": "Unauthenticated"})
        elif kaggle.redirects:
            self.send_response(302)
            address = kaggle.url.replace("127.0.0.1", "localhost")
            self.send_header("Location", f"{address}{STORAGE}?signature={len(kaggle.asked)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send_content()

    def do_GET(self):
        self.server_state.asked.append((self.path, dict(self.headers), ""))
        self._send_content()

    def _send_json(self, status, content):
        self._send_bytes(status, json.dumps(content).encode())

    def _send_bytes(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.server_state.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _send_content(self):
        kaggle = self.server_state
        content, start = kaggle.content, 0
        asked = self.headers.get("Range")
        if asked and kaggle.ranges and self.headers.get("If-Range") == kaggle.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if asked and kaggle.no_such_range:
            self._send_bytes(416, b"")
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/zip")
        headers = {
            "Content-Length": str(len(body)),
            "ETag": kaggle.etag,
            "x-goog-hash": f"md5={kaggle.checksum or b64encode(md5(content).digest()).decode()}",
        } | kaggle.storage_headers
        for name, value in headers.items():
            self.send_header(name, value)
        if kaggle.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        cut = kaggle.cuts.pop(0) if kaggle.cuts else None
        try:
            self.wfile.write(body if cut is None else body[:cut])
            if cut is not None:
                self.wfile.flush()
                if kaggle.go_on:
                    kaggle.go_on.wait(30)
        except OSError:
            pass  # the client has gone
        if cut is not None or kaggle.storage_headers:  # whose end only the end of the connection tells
            self.close_connection = True
