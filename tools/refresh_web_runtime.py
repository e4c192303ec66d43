"""Fetch ONNX Runtime Web by npm, and keep the two files of it that the web page needs."""

import argparse
import lzma
import shutil
import subprocess
import tarfile
import tempfile
from importlib.metadata import files
from pathlib import Path

PACKAGE = "onnxruntime-web"
# The last version that runs without threads, and so without a server that sends special headers
VERSION = "1.18.0"
RUNTIME = Path(__file__).parents[1] / "fer_course" / "inference" / "web_page" / "runtime"


def fetch(version: str, folder: Path) -> None:
    """Write the script, the compressed WebAssembly, the licence and the version into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        command = ["npm", "pack", "--silent", f"{PACKAGE}@{version}"]
        subprocess.run(command, cwd=temporary, check=True)
        with tarfile.open(next(Path(temporary).glob("*.tgz"))) as package:
            script, wasm = (
                package.extractfile(f"package/dist/{name}").read()
                for name in ("ort.wasm.min.js", "ort-wasm-simd.wasm")
            )
    (folder / "ort.wasm.min.js").write_bytes(script)
    (folder / "ort-wasm-simd.wasm.xz").write_bytes(lzma.compress(wasm, preset=9 | lzma.PRESET_EXTREME))
    (folder / "VERSION").write_text(f"{PACKAGE} {version}\n")
    # npm's package names its licence but does not carry it; the Python package of the same project does
    licence = next(path for path in files("onnxruntime") if path.name == "LICENSE")
    shutil.copy(licence.locate(), folder / "LICENSE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default=VERSION)
    fetch(parser.parse_args().version, RUNTIME)
