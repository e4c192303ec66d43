"""Build the book or the slides: HTML that needs no network, from what make lessons built."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from authoring.book import book_pages
from authoring.project import Project
from authoring.slides import slide_pages
from authoring.source import SourceError, read_lessons

KINDS = {"book": ("html", book_pages), "slides": ("revealjs", slide_pages)}


def build(kind: str, project: Project, out: Path, only: Sequence[str] = ()) -> int:
    """Gather the pages beside the output and let Sphinx build them; a warning is an error.

    Args:
        kind: "book" or "slides".
        project: The checkout.
        out: Folder for the HTML.
        only: Slugs of the lessons to take; none takes all.

    Returns:
        Sphinx's exit status.

    Raises:
        SourceError: A solution is stale.
    """
    builder, pages_of = KINDS[kind]
    lessons = [lesson for lesson in read_lessons(project.sources) if not only or lesson.slug in only]
    pages = pages_of(lessons, project)
    gathered = out.with_name(f"{out.name}-pages")
    for folder in (gathered, out):
        shutil.rmtree(folder, ignore_errors=True)
    for name, page in pages.items():
        path = gathered / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page if isinstance(page, bytes) else page.encode())
    conf = project.root / "docs" / kind
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", builder]
    return subprocess.run([*command, "-c", conf, gathered, out], check=False).returncode


def main() -> int:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--only", metavar="SLUG", action="append", default=[], help="take this lesson alone")
    options = parser.parse_args()
    project = Project.at(Path(__file__).resolve().parents[1])
    out = project.root / "build" / options.kind
    try:
        status = build(options.kind, project, out, options.only)
    except SourceError as error:
        print(error)
        return 1
    if status == 0:
        print(f"open {(out / 'index.html').relative_to(project.root).as_posix()}")
    return status


if __name__ == "__main__":
    sys.exit(main())
