"""The student's report: three studies with words, as one HTML page or for LaTeX."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

import pandas as pd
from matplotlib.figure import Figure

from ..files import write_beside
from .page import picture, write_page

CONCLUSION = "Conclusion"
TITLE, AUTHOR = "Title", "Author"
UNTITLED = "Three questions to a network"

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
    """One question, with what was measured to answer it.

    Args:
        title: A heading.
        question: What the student is asked.
        table: Texts and whole numbers, ready to print; the index is the first column.
        figure: What was measured, as a picture.
        caption: What the picture shows.
    """

    title: str
    question: str
    table: pd.DataFrame
    figure: Figure
    caption: str

    @property
    def slug(self) -> str:
        """Its name as part of a file's."""
        return self.title.lower().replace(" ", "_")


def write_words(path: Path, studies: Sequence[Study], words: Mapping[str, str]) -> None:
    """Write the file that holds the student's words, with the questions as comments.

    Args:
        path: The file; replaced when it is there.
        studies: In their order.
        words: Text by heading; empty paragraphs divide it. A heading may be missing.
    """
    asked = {TITLE: "What is it about?", AUTHOR: "Your name."}
    asked |= {study.title: study.question for study in studies}
    asked[CONCLUSION] = "In three sentences: what would you tell somebody who wants to use it?"
    parts = [f"## {name}\n\n<!-- {question} -->\n{words.get(name, '')}\n" for name, question in asked.items()]
    with write_beside(path) as temporary:
        temporary.write_text("\n".join(parts), encoding="utf-8")


def read_words(path: Path) -> dict[str, list[str]]:
    r"""Read the student's answers.

    Args:
        path: A file that :func:`write_words` began. Paragraphs are divided by empty lines; comments are no
            words.

    Returns:
        The paragraphs under each heading.

    Example:
        >>> _ = Path("words.md").write_text("## Fairness\n\n<!-- Why? -->\nIt is\nnot.\n\nReally.")
        >>> read_words(Path("words.md"))
        {'Fairness': ['It is not.', 'Really.']}
    """
    text = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {}
    for part in re.split(r"^## +", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        paragraphs = (" ".join(lines.split()) for lines in re.split(r"\n\s*\n", body))
        found[heading.strip()] = [paragraph for paragraph in paragraphs if paragraph]
    return found


def html_sections(about: str, studies: Sequence[Study], words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the report as parts of an HTML page.

    Args:
        about: What was scored on what, and how well.
        studies: In their order.
        words: The student's, by heading.

    Returns:
        HTML.
    """
    sections = [f'<p class="lead">{escape(about)}</p>']
    for study in studies:
        sections.append(f"<h2>{escape(study.title)}</h2>")
        sections += [f"<p>{escape(paragraph)}</p>" for paragraph in words.get(study.title, ())]
        named = bool(study.table.index.name)
        table = study.table.reset_index() if named else study.table
        sections.append(f'<div class="wide">{table.to_html(border=0, index=not named)}</div>')
        width, height = study.figure.get_size_inches()
        sections.append(picture(study.figure, study.caption, (width, height)))
        sections.append(f"<p>{escape(study.caption)}</p>")
    return sections


def write_html(
    folder: Path, about: str, studies: Sequence[Study], words: Mapping[str, Sequence[str]]
) -> Path:
    """Write the report as one HTML file.

    Args:
        folder: Where to.
        about: What was scored on what, and how well.
        studies: In their order.
        words: The student's, by heading.

    Returns:
        The file.
    """
    title = " ".join(words.get(TITLE, ())) or UNTITLED
    before = [f"<h1>{escape(title)}</h1>", f"<p>{escape(' '.join(words.get(AUTHOR, ())))}</p>"]
    after = [f"<p>{escape(paragraph)}</p>" for paragraph in words.get(CONCLUSION, ())]
    sections = [*before, *html_sections(about, studies, words), f"<h2>{CONCLUSION}</h2>", *after]
    return write_page(folder / "report.html", title, sections)


def write_tex(folder: Path, about: str, studies: Sequence[Study], words: Mapping[str, Sequence[str]]) -> Path:
    """Write the report for LaTeX, with its figures as PDF files beside it.

    Args:
        folder: Where to.
        about: What was scored on what, and how well.
        studies: In their order.
        words: The student's, by heading.

    Returns:
        The ``.tex`` file; ``pdflatex`` in its folder makes a PDF of it.
    """
    body = [in_tex(about)]
    for study in studies:
        with write_beside(folder / f"{study.slug}.pdf") as temporary:
            study.figure.savefig(temporary, format="pdf")
        body.append(rf"\section*{{{in_tex(study.title)}}}")
        body += [in_tex(paragraph) for paragraph in words.get(study.title, ())]
        body.append(_tex_table(study.table))
        body.append(
            rf"\begin{{center}}\includegraphics[width=\textwidth]{{{study.slug}.pdf}}\\"
            rf"\small {in_tex(study.caption)}\end{{center}}"
        )
    body.append(rf"\section*{{{CONCLUSION}}}")
    body += [in_tex(paragraph) for paragraph in words.get(CONCLUSION, ())]
    title = in_tex(" ".join(words.get(TITLE, ())) or UNTITLED)
    author = in_tex(" ".join(words.get(AUTHOR, ())))
    target = folder / "report.tex"
    with write_beside(target) as temporary:
        page = _TEX.substitute(title=title, author=author, body="\n\n".join(body))
        temporary.write_text(page, encoding="utf-8")
    return target


def in_tex(text: str) -> str:
    r"""Write plain text so that LaTeX prints it as it is.

    Args:
        text: Any.

    Returns:
        The same for LaTeX; letters that its Latin fonts lack become question marks.

    Example:
        >>> print(in_tex("50 % of C_1 & more"))
        50 \% of C\_1 \& more
    """
    escaped = "".join(_TEX_SPECIAL.get(letter, letter) for letter in text)
    return escaped.encode("latin-1", "replace").decode("latin-1")


def _tex_table(table: pd.DataFrame) -> str:
    rows = [[str(table.index.name or ""), *map(str, table.columns)]]
    rows += [[str(name), *map(str, cells)] for name, *cells in table.itertuples()]
    lines = [" & ".join(in_tex(cell) for cell in row) + r" \\" for row in rows]
    columns = "l" + "r" * len(table.columns)
    inside = "\n".join([lines[0], r"\hline\rule{0pt}{2.6ex}%", *lines[1:]])
    return (
        rf"\begin{{center}}\small\begin{{tabular}}{{{columns}}}"
        f"\n{inside}\n"
        r"\end{tabular}\end{center}"
    )
