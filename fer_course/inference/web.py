"""A stand-alone web page that runs a network in the browser, without a server and without a network."""

import base64
import gzip
import json
import lzma
import math
import os
import warnings
from importlib.resources import files
from pathlib import Path

from ..emotions import EMOTION_COLORS, EMOTIONS
from ..errors import FerCourseError
from ..faces.alignment import SIDES
from ..faces.detectors import FINE, FINEST, LEAST_CONFIDENCE, LONGEST, SMALLEST
from ..faces.yunet import CANDIDATE, LOOKS, SAME, TURN, YUNET
from ..files import check_folder, write_beside
from .network import Network
from .recognition import ROW, SEARCH_EVERY

_PAGE = files(__package__) / "web_page"
_MADE = ("ort.wasm.min.js", "ort.LICENSE", "runtime.js", "model.js", "detector.js", "yunet.LICENSE")
_COPIED = ("faces.js", "network.js", "app.js", "style.css")
_INDEX = "index.html"
_RUNTIME = _PAGE / "runtime"
_MARK = '<meta name="generator" content="fer-course">'


def export_web(folder: str | os.PathLike[str], model: str | os.PathLike[str] | None = None) -> Path:
    """Write a web page that names the emotions of faces before a camera, or in a picture; return its file.

    The page holds all that it needs, and its security policy forbids the browser to send anything anywhere.
    Open its ``index.html`` as a file, or serve the folder with ``python -m http.server``. Browsers give the
    camera to pages at ``localhost``, at an ``https`` address, and (most of them) to files.

    Faces are found by YuNet, cut out and prepared as :class:`Predictor` does it. The model is an ONNX file
    that :func:`export_onnx` wrote, or the folder of a run that holds one; when left out, the compact network
    that ships with the package. A page that this function wrote before is replaced; a folder that holds
    another, or is a file, is refused.

    Source:
        ONNX Runtime Web; Wu, Peng and Yu, 2023, for the faces.

    Example:
        >>> export_web("runs/web").name
        'index.html'
    """
    predictor = Network.load(model)
    if predictor.path.suffix != ".onnx":
        raise FerCourseError(
            f"{predictor.path}: a page runs an ONNX file; fer.export (fer-course export) makes one of it"
        )
    if predictor.clahe:
        warnings.warn(
            f"{predictor.path}: trained on faces with evened-out contrast (CLAHE), which the page cannot do: "
            "its answers will be worse than the predictor's",
            stacklevel=2,
        )
    page = check_page(folder)
    contents = {
        _INDEX: (_PAGE / _INDEX).read_bytes(),  # first: by its mark an interrupted export can be repeated
        "ort.wasm.min.js": (_RUNTIME / "ort.wasm.min.js").read_bytes(),
        "ort.LICENSE": (_RUNTIME / "LICENSE").read_bytes(),
        "runtime.js": _script("FER_RUNTIME", _base64(_runtime())),
        "model.js": _script("FER_MODEL", _described(predictor)),
        "detector.js": _script("FER_FACES", _faces()),
        "yunet.LICENSE": YUNET.with_suffix(".LICENSE").read_bytes(),
        **{name: (_PAGE / name).read_bytes() for name in _COPIED},
    }
    for name, content in contents.items():
        with write_beside(page.with_name(name)) as temporary:
            temporary.write_bytes(content)
    return page


def check_page(folder: str | os.PathLike[str]) -> Path:
    """Return the page's file in a folder, which is refused if it is a file or holds a page of another's."""
    check_folder(folder)
    page = Path(folder) / _INDEX
    if not (page.exists() and _MARK in page.read_text(encoding="utf-8", errors="replace")):
        for name in (_INDEX, *_MADE, *_COPIED):
            if (other := page.with_name(name)).exists():
                raise FerCourseError(f"{other} is of another page; give a folder of its own")
    return page


def _runtime() -> bytes:
    """Return ONNX Runtime's WebAssembly, packed anew in the way that browsers can unpack."""
    return gzip.compress(lzma.decompress((_RUNTIME / "ort-wasm-simd.wasm.xz").read_bytes()), 6, mtime=0)


def _described(predictor: Network) -> dict[str, object]:
    """Return the network and what the page has to know of it."""
    height, width = predictor.size
    return {
        "name": predictor.path.name,
        "about": str(predictor.about).replace("\n", "; "),
        "clahe": predictor.clahe,
        "emotions": EMOTIONS,
        "colors": EMOTION_COLORS,
        "height": height,
        "width": width,
        "channels": predictor.in_chans,
        "network": _base64(predictor.path.read_bytes()),
    }


def _faces() -> dict[str, object]:
    """Return the detector and what the page has to know to find faces and cut them out as Python does."""
    return {
        "network": _base64(YUNET.read_bytes()),
        "least": LEAST_CONFIDENCE,
        "longest": LONGEST,
        "fine": FINE,
        "finest": FINEST,
        "candidate": CANDIDATE,
        "looks": LOOKS,
        "turn": math.radians(TURN),
        "smallest": SMALLEST,
        "same": SAME,
        "row": ROW,
        "searchEvery": SEARCH_EVERY,
        "side": SIDES["yunet"],
    }


def _script(name: str, value: object) -> bytes:
    """Return a script that defines a constant: a page that is opened as a file can read no other files."""
    return f"const {name} = {json.dumps(value, separators=(',', ':'))};\n".encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
