"""Slides from a lesson's structure, so that nothing is tagged by hand.

A heading begins a section. A text cell becomes a slide that shows how it begins, the sentences with words in
bold, its lists and its tables; the whole text stands in the speaker's notes (press S). The first picture that
follows shares the slide, further ones get their own, as do the positions of a slider, and what a few lines of
code print. An exercise shows its task and its stub, and on the next slide its solution.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from PIL import Image

from fer_course.course.notebook import FRAMES

from .book import description, descriptions, kept_cells, relink
from .project import Project
from .source import Cell, Lesson

_LONGEST_CODE = 8  # lines that are shown with what they print
_LONGEST_BEGINNING, _LONGEST_TEXT = 200, 400  # characters of sentences
MOST_WORDS = 90
"""Words on a slide; whoever has more to read does not listen."""

_REFERS = re.compile(r"\W*(?:That|This|These|Those|It|They)\b")
_MOST_ROWS, _WIDTH = 18, 80  # of text and code that stand on one slide, and characters in a row


@dataclass
class Slide:
    """One slide.

    Attributes:
        title: The section's title.
        text: What is read, as Markdown.
        figure: What is looked at: a picture, or code with what it prints.
        notes: What the speaker sees.
    """

    title: str
    text: str = ""
    figure: str = ""
    notes: str = ""


def slide_pages(lessons: Sequence[Lesson], project: Project) -> dict[str, str | bytes]:
    """Write one deck a lesson, and a first page that leads to each.

    Args:
        lessons: The lessons to make decks of.
        project: The checkout.

    Returns:
        Decks as text and pictures as bytes, by their path.

    Raises:
        SourceError: A lesson has no solved notebook, or one that is stale.
    """
    links = "\n".join(f"- [{one.number} {one.title}]({one.slug}.md)" for one in lessons)
    slugs = "\n".join(one.slug for one in lessons)
    pages: dict[str, str | bytes] = {
        "index.md": f"# fer-course\n\n{links}\n\n```{{toctree}}\n:hidden:\n\n{slugs}\n```\n"
    }
    places = {f"lessons/{one.slug}.ipynb": f"{one.slug}.md" for one in lessons}
    for lesson in lessons:
        slides, pictures = lesson_slides(lesson, project)
        linked = partial(relink, path=f"lessons/{lesson.slug}.ipynb", places=places, project=project)
        pages |= {f"{lesson.slug}.md": _markdown(slides, linked), **pictures}
    return pages


def lesson_slides(lesson: Lesson, project: Project) -> tuple[list[Slide], dict[str, bytes]]:
    """Choose what of a lesson is shown.

    Args:
        lesson: The lesson.
        project: The checkout, for the outputs that the lesson's solution keeps.

    Returns:
        The slides in order, and their pictures by file name.
    """
    learn = "\n".join(f"- {line}" for line in lesson.learn)
    slides = [Slide(f"{lesson.number} · {lesson.title}", learn)]
    pictures: dict[str, bytes] = {}
    kept = iter(kept_cells(lesson, project)[1:])
    described = descriptions(lesson, project)
    above = ""  # a continued slide has no notes, so the text above a picture is remembered
    for cell in lesson.for_solutions:
        if cell.kind == "markdown":
            above = cell.solved
            slides += _text_slides(cell, slides[-1].title)
            continue
        outputs = next(kept)["outputs"]
        if cell.is_exercise:
            if not slides[-1].figure and words(slides[-1].notes) <= MOST_WORDS:
                slides[-1].text = slides[-1].notes  # the task, every word of it
            figures = [_code(cell.stubbed), _code(cell.solved)]
        else:
            figures = _printed(cell, outputs)
        for data in _pictures(outputs):
            name = f"{lesson.slug}-{len(pictures) + 1}.png"
            pictures[name] = data
            shown = description(above, described)
            figures.append(f"```{{image}} {name}\n:class: r-stretch\n:alt: {shown}\n```")
        for figure in figures:
            text = slides[-1].text
            is_tall = len(text) > _LONGEST_TEXT or _rows(f"{text}\n{figure}") > _MOST_ROWS
            if slides[-1].figure or (text and is_tall):
                slides.append(Slide(slides[-1].title))
            slides[-1].figure = figure
    return slides, pictures


def key_sentences(text: str) -> list[str]:
    """Keep of a text what can be read at a glance.

    Args:
        text: A text cell without its heading.

    Returns:
        How it begins, the sentences with words in bold, and every list, table and listing: one text a slide,
        with one table and 90 words at most.
    """
    kept: list[str] = [""]
    for paragraph in re.split(r"\n{2,}", text):
        whole = paragraph.startswith(("- ", "1. ", "|", "```", "> "))
        chosen = paragraph if whole else _chosen(paragraph, len(kept[-1]))
        parts = [chosen]
        if chosen.startswith(("- ", "1. ")):
            parts = re.split(r"\n(?=- |\d+\. )", chosen)
        elif chosen.startswith("> "):
            sentences = re.split(r"(?<=[.?!])\s+", chosen[2:].replace("\n> ", " "))
            parts = [f"> {sentence}" for sentence in sentences]
        for number, part in enumerate(filter(None, parts)):
            if words(kept[-1]) and words(kept[-1]) + words(part) > MOST_WORDS:
                kept.append("")
            kept[-1] += f"\n{part}" if number and kept[-1] else f"\n\n{part}"
        if paragraph.startswith("|"):
            kept.append("")
    return [one.strip() for one in kept if one] or [""]


def words(text: str) -> int:
    """Count the words that are read aloud: not those of tables and listings."""
    aloud = re.sub(r"```.*?```|^\|[^\n]*|\]\([^)]*\)", "", text, flags=re.DOTALL | re.MULTILINE)
    return len(re.findall(r"[^\W\d][\w'-]*", aloud))


def _chosen(paragraph: str, length: int) -> str:
    """Choose sentences of a paragraph that stands under ``length`` characters on its slide."""
    chosen: list[str] = []
    is_beginning = not length
    sentences = re.split(r"(?<=[.?!])\s+", paragraph)
    for before, sentence in zip(["", *sentences], sentences, strict=False):
        is_beginning = is_beginning and (not chosen or length + len(sentence) <= _LONGEST_BEGINNING)
        if not (is_beginning or "**" in sentence):
            continue
        # "It keeps the face" says nothing without the sentence that names it
        needed = [before] if _REFERS.match(sentence) and before and before not in chosen else []
        more = sum(map(len, [*needed, sentence]))
        if is_beginning or length + more <= _LONGEST_TEXT:
            chosen += [*needed, sentence]
            length += more
    return " ".join(chosen)


def _text_slides(cell: Cell, title: str) -> list[Slide]:
    """Begin a slide with each heading of a text cell, and one with the text before the first."""
    before, *sections = re.split(r"^## ", cell.solved, flags=re.MULTILINE)
    parts = [(title, before)] if before.strip() else []
    parts += [section.partition("\n")[::2] for section in sections]
    return [
        Slide(heading, shown, notes=text.strip())
        for heading, text in parts
        for shown in key_sentences(text.strip())
    ]


def _printed(cell: Cell, outputs: Sequence[Mapping]) -> list[str]:
    """Show a few lines of code with the text or the table that they give; a picture speaks for itself."""
    if _pictures(outputs) or len(cell.solved.splitlines()) > _LONGEST_CODE:
        return []
    shown = []
    for output in outputs:
        data = output.get("data", {})
        if "<table" in (html := data.get("text/html", "")):
            if html.count("<tr") > _MOST_ROWS or html.count("<table") > 1:
                return []
            shown.append(f"```{{raw}} html\n{html}\n```")
        elif "text/html" not in data:  # with it, this is a verdict
            shown.append(f"```text\n{(output.get('text') or data.get('text/plain', '')).rstrip()}\n```")
    return ["\n\n".join([_code(cell.solved), *shown])] if shown else []


def _pictures(outputs: Sequence[Mapping]) -> list[bytes]:
    """Give the pictures among outputs; of a slider, each of its positions that are shown."""
    pictures = []
    for output in outputs:
        if "image/png" in output.get("data", {}):
            picture = base64.b64decode(output["data"]["image/png"])
            frames = output["metadata"].get("image/png", {}).get(FRAMES)
            pictures += _cut(picture, frames) if frames else [picture]
    return pictures


def _cut(picture: bytes, frames: Sequence[Sequence[int]]) -> list[bytes]:
    whole, parts = Image.open(BytesIO(picture), formats=["PNG"]), []
    for frame in frames:
        whole.crop(tuple(frame)).save(part := BytesIO(), "PNG")
        parts.append(part.getvalue())
    return parts


def _rows(text: str) -> int:
    """Count the rows of text, and of tables, whose HTML has many lines for each."""
    plain = re.sub(r"<table.*?</table>", lambda table: "\n" * table[0].count("<tr"), text, flags=re.DOTALL)
    return sum(1 + len(line) // _WIDTH for line in plain.splitlines())


def _code(text: str) -> str:
    return f"```python\n{text.strip()}\n```"


def _markdown(slides: Sequence[Slide], linked: Callable[[str], str]) -> str:
    """Write a deck; slides of one section follow each other downwards."""
    parts, title = [], None
    for slide in slides:
        if title is None:
            parts.append(f"# {slide.title}")
        else:
            parts.append("```{revealjs-break}\n```" if slide.title == title else f"## {slide.title}")
        title = slide.title
        notes = f"````{{revealjs-notes}}\n{linked(slide.notes)}\n````" if slide.notes else ""
        parts += filter(None, [linked(slide.text), slide.figure, notes])
    return "\n\n".join(parts) + "\n"
