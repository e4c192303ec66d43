"""Open a notebook in a real JupyterLab in a real browser, run it, and keep pictures of it.

Also a script to look at lessons: ``python tests/browser/lab.py lessons/03_blur.ipynb`` writes
``artefacts/03_blur-1.png`` and so on.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import nbformat
import numpy as np
from playwright.sync_api import Page, sync_playwright

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTH, PICTURE_HEIGHT, TALLEST = 1280, 2400, 30_000
_HERE = ("http://127.0.0.1", "file:")
_NEITHER = ("@jupyterlab/apputils-extension:announcements", "@jupyter/nbgrader")  # the latter is for teachers
_AS_STUDENTS_HAVE_IT = {"disabledExtensions": dict.fromkeys(_NEITHER, True)}
_ALL_CELLS_DRAWN = {"windowingMode": "none"}


@contextmanager
def lab_server(folder: Path) -> Iterator[str]:
    """Serve a folder by JupyterLab; gives the address with a place for the notebook's name."""
    with tempfile.TemporaryDirectory() as settings:
        _write(Path(settings, "config/labconfig/page_config.json"), _AS_STUDENTS_HAVE_IT)
        tracker = "user/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
        _write(Path(settings, tracker), _ALL_CELLS_DRAWN)
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.port_retries=50",
        ]
        command += [f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"]
        env = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": f"{settings}/config",
            "JUPYTER_RUNTIME_DIR": f"{settings}/runtime",
            "JUPYTERLAB_SETTINGS_DIR": f"{settings}/user",
            "JUPYTERLAB_WORKSPACES_DIR": f"{settings}/workspaces",
        }
        with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as server:
            found = (re.search(r"(http://127\.0\.0\.1:\d+/lab)\?token=(\w+)", line) for line in server.stderr)
            address = next(match for match in found if match)
            reader = threading.Thread(target=collections.deque, args=(server.stderr, 0))
            reader.start()  # a log that nobody reads would stop the server
            try:
                yield f"{address[1]}/tree/{{notebook}}?token={address[2]}&reset"
            finally:
                server.terminate()
                reader.join()


@contextmanager
def browser_page(*arguments: str, **options: Any) -> Iterator[Page]:
    """Open an empty page in headless Chromium, without network.

    Args:
        *arguments: Those of Chromium's command line.
        **options: Those of Playwright's ``new_page``, such as ``viewport``.

    Yields:
        The page.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *arguments])
        page = browser.new_page(**{"viewport": {"width": WIDTH, "height": 1000}, **options})
        page.route(lambda url: not url.startswith(_HERE), lambda route: route.abort())
        yield page
        browser.close()


def camera(film: Path) -> list[str]:
    """Arguments of a browser that has a camera, which shows a film, and that allows every page to use it."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]


def write_film(path: Path, frames: Iterable[np.ndarray]) -> None:
    """Write RGB frames as what Chromium takes for a camera: JPEGs one after another."""
    path.write_bytes(b"".join(cv2.imencode(".jpg", frame[..., ::-1])[1].tobytes() for frame in frames))


def astronaut() -> np.ndarray:
    """The upper part of NASA's photograph of Eileen Collins; public domain, scikit-image carries it."""
    from skimage import data

    return cv2.resize(data.astronaut()[:384], (640, 480), interpolation=cv2.INTER_AREA)


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook with these code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def open_notebook(page: Page, address: str, notebook: str) -> None:
    """Open a notebook and wait until its kernel is there; arguments are those of ``run_all``."""
    page.goto(address.format(notebook=notebook))
    is_open = "path => window.jupyterapp?.shell.currentWidget?.context?.path === path"
    page.wait_for_function(is_open, arg=notebook)
    page.evaluate("""async () => {
        const app = window.jupyterapp;
        const panel = app.shell.currentWidget;
        await Promise.all([app.restored, panel.context.ready, panel.sessionContext.ready, panel.revealed]);
    }""")


def run_all(page: Page, address: str, notebook: str, timeout_s: float = 300) -> list[dict]:
    """Open a notebook, run all its cells and wait for the last one.

    Args:
        page: A page of the browser.
        address: What ``lab_server`` gave.
        notebook: Path below the served folder.
        timeout_s: Seconds that the run may take.

    Returns:
        The cells with their outputs.
    """
    page.set_default_timeout(timeout_s * 1000)
    open_notebook(page, address, notebook)
    page.evaluate("""async () => {
        const { commands } = window.jupyterapp;
        await commands.execute('application:toggle-left-area');
        await commands.execute('notebook:run-all-cells');
    }""")
    return page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells")


def keep_pictures(page: Page, name: str) -> list[Path]:
    """Write the whole notebook as pictures of a screen's width into artefacts/."""
    ARTEFACTS.mkdir(exist_ok=True)
    for old in ARTEFACTS.glob(f"{name}-*.png"):
        old.unlink()
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")
    content = panel.evaluate("panel => panel.scrollHeight + window.innerHeight - panel.clientHeight")
    height = min(content, TALLEST)
    page.set_viewport_size({"width": WIDTH, "height": height})
    panel.evaluate("panel => panel.scrollTo(0, 0)")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    pictures = []
    for number, top in enumerate(range(0, height, PICTURE_HEIGHT), start=1):
        pictures.append(ARTEFACTS / f"{name}-{number}.png")
        clip = {"x": 0, "y": top, "width": WIDTH, "height": min(PICTURE_HEIGHT, height - top)}
        page.screenshot(path=pictures[-1], clip=clip)
    page.set_viewport_size({"width": WIDTH, "height": 1000})
    return pictures


def _write(path: Path, settings: dict) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(settings))


def errors_in(cells: list[dict]) -> list[str]:
    """List the errors among the outputs."""
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return [f"{out['ename']}: {out['evalue']}" for out in outputs if out["output_type"] == "error"]


def main(paths: list[str]) -> None:
    """Run the notebooks that the command line names and keep their pictures."""
    with tempfile.TemporaryDirectory() as folder, lab_server(Path(folder)) as address, browser_page() as page:
        for path in map(Path, paths):
            shutil.copy(path, folder)
            print(path.name, errors_in(run_all(page, address, path.name)) or "no errors")
            print(*keep_pictures(page, path.stem), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
