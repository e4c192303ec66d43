"""The student's report: three studies with words, as one HTML page or for LaTeX."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

import pandas as pd
from matplotlib.figure import Figure

from ..errors import FerCourseError
from ..files import write_beside, write_text
from .page import picture, table, write_page

CONCLUSION = "Conclusion"
TITLE, AUTHOR = "Title", "Author"
UNTITLED = "Three questions to a network"

_HEADING = re.compile(r"^##(?!#)[ \t]*", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ITEM = re.compile(r"\n(?=\s*(?:[-*+•–]|\d+[.)])\s)")

_TEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "−": r"$-$",
    "–": "--",
    "“": "``",
    "”": "''",
    "’": "'",
    "…": r"\dots{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "«": r"$\ll$",
    "»": r"$\gg$",
    **dict.fromkeys("ÐðÞþ", "?"),
} | {letter: f"\\{letter}" for letter in "&%$#_{}"}

_TEX = Template(r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=25mm]{geometry}
\usepackage{graphicx}
\title{$title}
\author{$author}
\begin{document}
\maketitle
$body
\end{document}
""")


@dataclass(frozen=True, eq=False)
class Study:
    """One question, with what was measured to answer it."""

    title: str
    question: str  # what the student is asked
    table: pd.DataFrame  # texts and whole numbers, ready to print; the index is the first column
    figure: Figure  # what was measured
    caption: str  # what the figure shows

    @property
    def slug(self) -> str:
        """Its name as part of a file's."""
        return self.title.lower().replace(" ", "_")


def write_words(path: Path, studies: Sequence[Study], words: Mapping[str, str]) -> None:
    """Write the file that holds the student's words, with the questions as comments.

    What stands there already, comments included, is kept as it is, except under the headings that have a text
    in ``words``; empty lines divide paragraphs. A text with a heading of its own is refused.
    """
    kept = _sections(path, studies) if path.exists() else {}
    for name, text in words.items():
        if _HEADING.search(text):
            raise FerCourseError(
                f"the text for {name!r} has a line that begins with ##, which would be a heading of "
                f"{path.name}; give each heading a text of its own"
            )
    asked = {TITLE: "What is it about?", AUTHOR: "Your name."}
    asked |= {study.title: study.question for study in studies}
    asked[CONCLUSION] = "In three sentences: what would you tell somebody who wants to use it?"
    parts = []
    for name, question in asked.items():
        new = words.get(name, "").strip()
        body = f"<!-- {question} -->\n{new}" if new or name not in kept else kept[name]
        parts.append(f"## {name}\n\n{body}\n")
    write_text(path, "\n".join(parts))


def read_words(path: Path, studies: Sequence[Study]) -> dict[str, str]:
    """Read the student's words by heading, without comments; a text that has no place is refused."""
    return {name: _COMMENT.sub("", body).strip() for name, body in _sections(path, studies).items()}


def headings(studies: Sequence[Study]) -> list[str]:
    """Return the headings that the student's words stand under."""
    return [TITLE, AUTHOR, *(study.title for study in studies), CONCLUSION]


def _sections(path: Path, studies: Sequence[Study]) -> dict[str, str]:
    """Return all that stands under each heading, comments included."""
    known = headings(studies)
    top, *parts = _HEADING.split(path.read_text(encoding="utf-8-sig"))  # Notepad writes a signature
    named = [(name.strip(), body.strip()) for name, _, body in (part.partition("\n") for part in parts)]
    names = [name for name, _ in named]
    found = [f"## {name}" for name in names if name not in known]
    found += [f"## {name}, {names.count(name)} times" for name in known if names.count(name) > 1]
    if top.strip():
        found.insert(0, f"above the first heading {top.strip().splitlines()[0][:60]!r}")
    if found:
        raise FerCourseError(
            f"{path}: {'; '.join(found)}: the report has no place for this text. Move it under one of the "
            f"headings {', '.join(f'## {name}' for name in known)}, each of which stands there once. "
            "(For a smaller heading, write ###.)"
        )
    return dict(named)


def _paragraphs(text: str) -> list[list[str]]:
    """Divide text at empty lines, and each paragraph into lines that begin like an item of a list."""
    parts = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    return [[" ".join(line.split()) for line in _ITEM.split(part)] for part in parts]


def _in_one_line(words: Mapping[str, str], name: str) -> str:
    return " ".join(words.get(name, "").split())


def _html_paragraphs(text: str) -> list[str]:
    return [f"<p>{'<br>'.join(map(escape, lines))}</p>" for lines in _paragraphs(text)]


def _tex_section(title: str, text: str) -> list[str]:
    # Not two backslashes, which would take the asterisk of an item for their own
    paragraphs = ["\\newline\n".join(map(in_tex, lines)) for lines in _paragraphs(text)]
    return [rf"\section*{{{in_tex(title)}}}", *paragraphs]


def html_sections(about: str, studies: Sequence[Study], words: Mapping[str, str]) -> list[str]:
    """Return the report, as :func:`write_html` writes it, as parts of an HTML page."""
    sections = [f'<p class="lead">{escape(about)}</p>']
    for study in studies:
        sections.append(f"<h2>{escape(study.title)}</h2>")
        sections += _html_paragraphs(words.get(study.title, ""))
        sections.append(table(study.table))
        sections.append(picture(study.figure, study.caption, tuple(study.figure.get_size_inches())))
        sections.append(f"<p>{escape(study.caption)}</p>")
    return sections


def write_html(folder: Path, about: str, studies: Sequence[Study], words: Mapping[str, str]) -> Path:
    """Write the report, with the student's words by heading, as one HTML file."""
    title = _in_one_line(words, TITLE) or UNTITLED
    sections = [f"<h1>{escape(title)}</h1>", f"<p>{escape(_in_one_line(words, AUTHOR))}</p>"]
    sections += [*html_sections(about, studies, words), f"<h2>{CONCLUSION}</h2>"]
    sections += _html_paragraphs(words.get(CONCLUSION, ""))
    return write_page(folder / "report.html", title, sections)


def write_tex(folder: Path, about: str, studies: Sequence[Study], words: Mapping[str, str]) -> Path:
    """Write the report as :func:`write_html` does, for ``pdflatex``, with its figures as PDF files."""
    body = [in_tex(about)]
    for study in studies:
        with write_beside(folder / f"{study.slug}.pdf") as temporary:
            study.figure.savefig(temporary, format="pdf")
        body += _tex_section(study.title, words.get(study.title, ""))
        body.append(_tex_table(study.table))
        body.append(
            rf"\begin{{center}}\includegraphics[width=\textwidth]{{{study.slug}.pdf}}\\"
            rf"\small {in_tex(study.caption)}\end{{center}}"
        )
    body += _tex_section(CONCLUSION, words.get(CONCLUSION, ""))
    title, author = in_tex(_in_one_line(words, TITLE) or UNTITLED), in_tex(_in_one_line(words, AUTHOR))
    page = _TEX.substitute(title=title, author=author, body="\n\n".join(body))
    return write_text(folder / "report.tex", page)


def in_tex(text: str) -> str:
    """Write plain text so that LaTeX prints it; letters that its Latin fonts lack become question marks."""
    escaped = "".join(_TEX_SPECIAL.get(letter, letter) for letter in text)
    return escaped.encode("latin-1", "replace").decode("latin-1")


def _tex_table(table: pd.DataFrame) -> str:
    rows = [[str(table.index.name or ""), *map(str, table.columns)]]
    rows += [[str(name), *map(str, cells)] for name, *cells in table.itertuples()]
    lines = [" & ".join(in_tex(cell) for cell in row) + r" \\" for row in rows]
    begin = rf"\begin{{center}}\small\begin{{tabular}}{{l{'r' * len(table.columns)}}}"
    line = r"\hline\rule{0pt}{2.6ex}%"
    return "\n".join([begin, lines[0], line, *lines[1:], r"\end{tabular}\end{center}"])
