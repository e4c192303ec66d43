"""Reading built HTML: where it links to, and what it loads."""

import re
import shutil
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = re.findall(r"url\(['\"]?((?:https?:)?//[^)'\"]+)", text)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {given.get("id"), given.get("name")} - {None}
        if tag == "a":
            self.links.append(given.get("href") or "#")
        elif address := given.get("src") or (given.get("href") if tag == "link" else None):
            self.loaded.append(address)


@cache
def _read(path: Path) -> _Reader:
    return _Reader(path.read_text(encoding="utf-8"))


def broken_links(folder: Path) -> Iterator[str]:
    """Yield links and files that lead nowhere inside a folder of HTML; the web is not asked."""
    for page in sorted(folder.rglob("*.html")):
        for address in [*_read(page).links, *_read(page).loaded]:
            target, _, anchor = unquote(address).partition("#")
            if re.match(r"[a-z]+:|//", target):
                continue
            file = (page.parent / target.partition("?")[0]).resolve() if target else page
            if not file.exists() or (anchor and file.suffix == ".html" and anchor not in _read(file).ids):
                yield f"{page.relative_to(folder)}: {address}"


def loaded_from_outside(folder: Path) -> set[str]:
    """Collect the addresses on the web that pages or their styles load."""
    found = {address for page in folder.rglob("*.html") for address in _read(page).loaded}
    return {address for address in found if re.match(r"(https?:)?//", address)}


def opened(pages: list[Path], wide: int, look: str) -> tuple[list, list[str]]:
    """Open pages in Chromium without network.

    Args:
        pages: HTML files.
        wide: Width of the window in pixels.
        look: JavaScript whose value is asked for on each page.

    Returns:
        What the pages answered, and what they asked the network for or complained about.
    """
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on(
            "request", lambda r: None if r.url.startswith(("file:", "data:")) else complaints.append(r.url)
        )
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": wide, "height": 720}, offline=True)
        page = context.new_page()
        watch(page)
        answers = [(page.goto(path.as_uri()), page.evaluate(look))[1] for path in pages]
        browser.close()
    return answers, complaints
