"""The pages of the book: README, solved lessons with questions, guides and the package's reference."""

import ast
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_markdown_cell

import fer_course

from .notebooks import colab_badge, overview, solution_notebook
from .project import Project
from .questions import read_questions
from .quiz import outcomes, self_test
from .readme import LESSONS
from .source import Lesson, SourceError

_UNDOCUMENTED = ("exercises", "cli")  # the checks of lessons, and what --help says
_IMAGES = (".png", ".svg", ".jpg", ".gif", ".webp")
_GUIDES = {
    "docs/glossary.md": "glossary.md",
    "docs/teaching.md": "teaching.md",
    "docs/accessibility.md": "accessibility.md",
    "data/README.md": "data.md",
    "fer_course/models/README.md": "model-card.md",
    "CHANGELOG.md": "changelog.md",
}


def book_pages(lessons: Sequence[Lesson], project: Project) -> dict[str, str | bytes]:
    """Write every page of the book.

    Args:
        lessons: The lessons that the book holds, in order.
        project: The checkout.

    Returns:
        Pages as text and their pictures as bytes, by their path in the book.

    Raises:
        SourceError: A lesson has no solved notebook, or one that is stale, or a question breaks a rule.
    """
    places = {"README.md": "index.md", **_GUIDES}
    for lesson in lessons:
        for folder in ("lessons", "solutions"):
            places[f"{folder}/{lesson.slug}.ipynb"] = f"lessons/{lesson.slug}.ipynb"
    readme = _text(project.readme).partition(LESSONS[1])[0]
    names = [f"lessons/{lesson.slug}" for lesson in lessons]
    reference = reference_pages(project)
    contents = {
        "Lessons": names,
        "Guides": [page.removesuffix(".md") for page in [*_GUIDES.values(), "outcomes.md"]],
        "Reference": [name.removesuffix(".md") for name in reference],
    }
    pages: dict[str, str | bytes] = {**reference}
    for path, text in {"README.md": readme, **{path: _text(project.root / path) for path in _GUIDES}}.items():
        pages[places[path]] = relink(text, path, places, project)
        for picture in re.findall(r"!\[[^]]*\]\((?!https?:)([^)\s]+)\)", text):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(path), picture))
            pages[name] = (project.root / name).read_bytes()
    pages["index.md"] += _toctrees(contents)
    pages["outcomes.md"] = outcomes([(lesson, read_questions(lesson, project.sources)) for lesson in lessons])
    for lesson in lessons:
        pages[f"lessons/{lesson.slug}.ipynb"] = lesson_page(lesson, lessons, places, project)
    return pages


def lesson_page(
    lesson: Lesson, lessons: Sequence[Lesson], places: Mapping[str, str], project: Project
) -> str:
    """Turn a solved notebook into a page to read.

    The book has its own way to the neighbours, nothing to install, and no hints to switch on; answers are
    folded, so that a reader can think first. The questions about the lesson end it.

    Args:
        lesson: The lesson.
        lessons: All lessons of the book.
        places: Path in the book by path in the repository.
        project: The checkout.

    Returns:
        The text of the page, a notebook.
    """
    path = f"solutions/{lesson.slug}.ipynb"
    notebook = nbformat.reads(solution_notebook(lesson, lessons, project, kept_cells(lesson, project)), 4)
    badge = colab_badge(f"lessons/{lesson.slug}.ipynb", project)
    title = f"# {lesson.number} · {lesson.title}"
    cells, text = [new_markdown_cell(f"{title}\n\n{overview(lesson)}\n\n{badge}", id="head")], ""
    described = descriptions(lesson, project)
    for cell, source in zip(notebook.cells[2:-1], lesson.for_solutions, strict=True):
        if cell.cell_type == "markdown":
            text = cell.source
        elif all(line.startswith("#") for line in cell.source.splitlines()):
            continue
        else:
            cell.metadata["mystnb"] = {"image": {"alt": description(text, described), **_width(cell.outputs)}}
            cell.metadata["tags"] = ["hide-input"] if source.is_exercise else []
        cells.append(cell)
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = relink(cell.source, path, places, project)
    if questions := read_questions(lesson, project.sources):
        cells.append(new_markdown_cell(self_test(questions), id="self-test"))
    notebook.cells = cells
    return nbformat.writes(notebook)


def _width(outputs: Sequence[Mapping]) -> dict[str, str]:
    """Give the width at which a cell's picture is shown: it is drawn at twice as many pixels."""
    kept = (output.get("metadata", {}).get("image/png", {}).get("width") for output in outputs)
    return next(({"width": f"{width}px"} for width in kept if width), {})


def kept_cells(lesson: Lesson, project: Project) -> list[nbformat.NotebookNode]:
    """Read the code cells of the committed solution, with their outputs.

    Raises:
        SourceError: The code is no longer that of the source.
    """
    path = project.solutions / f"{lesson.slug}.ipynb"
    cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
    kept = [cell for cell in cells if cell.cell_type == "code"]
    code = [cell.solved.strip("\n") for cell in lesson.for_solutions if cell.kind == "code"]
    if [cell.source for cell in kept[1:]] != code:
        raise SourceError(f"solutions/{path.name} is stale: run make lessons")
    return kept


def descriptions(lesson: Lesson, project: Project) -> dict[str, str]:
    """Read what ``source/pictures.yaml`` says of a lesson's pictures, by words of the text above each."""
    path = project.sources / "pictures.yaml"
    return yaml.safe_load(_text(path)).get(lesson.slug, {}) if path.is_file() else {}


def description(text: str, described: Mapping[str, str]) -> str:
    """Say what a picture shows, for those who cannot see it.

    Args:
        text: The text above the picture.
        described: Descriptions, by words of the paragraph above.

    Returns:
        The picture's own description, or else the paragraph above it.
    """
    paragraph = plain(text)
    return next((shown for above, shown in described.items() if above in paragraph), paragraph)


def plain(text: str) -> str:
    """Give the last paragraph of a text without marks."""
    paragraph = text.strip().rpartition("\n\n")[2]
    paragraph = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", paragraph)
    return " ".join(re.sub(r"[*`#|]", "", paragraph).split())


def relink(text: str, path: str, places: Mapping[str, str], project: Project) -> str:
    """Make a page's links hold inside the book, and nothing on it load from elsewhere.

    Args:
        text: The page.
        path: Where the page stands in the repository.
        places: Path in the book by path in the repository.
        project: The checkout, for the address of what the book does not hold.

    Returns:
        The page. Pictures from the web, such as badges, become their alternative text.
    """
    folder = posixpath.dirname(places[path])

    def new_target(match: re.Match) -> str:
        target, _, anchor = match[1].partition("#")
        if "://" in target or not target:
            return match[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if target in places:
            found = posixpath.relpath(places[target], folder or ".")
        elif target.endswith(_IMAGES):
            found = posixpath.relpath(target, folder or ".")
        else:
            found = f"{project.repository}/blob/{project.tag}/{target}"
        return f"]({found}{'#' if anchor else ''}{anchor})"

    text = re.sub(r"!\[([^]]*)\]\(https?://[^)]+\)", r"\1", text)
    return re.sub(r"\]\(([^)\s]+)\)", new_target, text)


def reference_pages(project: Project) -> dict[str, str]:
    """Write the reference: a page a room, first its names in ``fer``, then all others, with their docstrings.

    Args:
        project: The checkout, for the list of rooms.

    Returns:
        Pages by their path in the book.
    """
    pages: dict[str, str] = {}
    short = {(module, name): f"fer_course.{name}" for name, module in fer_course._MODULE_OF.items()}
    for room, use in project.rooms().items():
        if room in _UNDOCUMENTED:
            continue
        files = (
            [project.package / room]
            if room.endswith(".py")
            else sorted((project.package / room).rglob("*.py"))
        )
        found = [
            (module, name, directive)
            for file in files
            for module in [".".join(file.relative_to(project.package).with_suffix("").parts)]
            for name, directive in _documented(file, module)
        ]
        found.sort(key=lambda entry: ((entry[0], entry[1]) not in short, entry[1].lower()))
        entries = "\n".join(
            f".. {directive}:: {short.get((module, name), f'fer_course.{module}.{name}')}"
            if directive != "autodata"
            else f".. autodata:: fer_course.{module}.{name}\n   :no-value:"
            for module, name, directive in found
        )
        title = "foundations" if room.endswith(".py") else room
        page = f"reference/{title}.md"
        head = pages.get(page, f"# {title.capitalize()}\n")
        pages[page] = f"{head}\n{room}: {use}.\n\n```{{eval-rst}}\n{entries}\n```\n"
    return pages


def _documented(file: Path, module: str) -> list[tuple[str, str]]:
    """List the public functions and classes of a module, and those constants that ``fer`` has."""
    names: list[tuple[str, str]] = []
    for node in ast.parse(_text(file)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            names.append((node.name, "autoclass" if isinstance(node, ast.ClassDef) else "autofunction"))
    constants = [n for n, where in fer_course._MODULE_OF.items() if where == module and n not in dict(names)]
    return names + [(name, "autodata") for name in constants]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _toctrees(contents: Mapping[str, Sequence[str]]) -> str:
    return "".join(
        f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"
        for caption, pages in contents.items()
    )
