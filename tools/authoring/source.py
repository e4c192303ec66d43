"""Reading a lesson's percent script: front matter, cells, and what stands between the solution markers."""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jupytext
import yaml

from .figures import quote_figures

BEGIN, STUB, END = "### BEGIN SOLUTION", "### STUB", "### END SOLUTION"
_FRONT_MATTER = {"title": str, "learn": list, "minutes": int, "needs": str}


class SourceError(Exception):
    """A lesson's source breaks a convention; the message says where."""


@dataclass(frozen=True)
class Cell:
    """One cell of a source.

    Attributes:
        kind: "code" or "markdown".
        text: The cell as written, markers and all.
        tags: Its tags.
        place: Where it stands, for messages.
    """

    kind: str
    text: str
    tags: frozenset[str]
    place: str

    @property
    def solved(self) -> str:
        """The text with the solution in place and without markers."""
        return self._resolved(with_solution=True)

    @property
    def stubbed(self) -> str:
        """The text with the stub in place of the solution."""
        return self._resolved(with_solution=False)

    @property
    def marked(self) -> str:
        """The text with both, for nbgrader: the stub, and the solution between markers that it cuts out.

        The stub stands after a solution that returns, where it is never reached, and before any other, which
        then overwrites what it assigned.
        """
        lines: list[str] = []
        for is_block, part in _parts(self):
            if not is_block:
                lines += part
                continue
            solution, stub = _solution(part), _stub(part, self.place)
            indent = _indent(solution)
            block = [indent + BEGIN, *solution, indent + END]
            returns = any(map(_returns, ast.parse(textwrap.dedent("\n".join(solution))).body))
            lines += block + stub if returns else stub + block
        return _without_holes(lines)

    @property
    def is_exercise(self) -> bool:
        """Whether the student has something to write here."""
        return self.kind == "code" and self.solved != self.stubbed

    def _resolved(self, with_solution: bool) -> str:
        lines: list[str] = []
        for is_block, part in _parts(self):
            if not is_block:
                lines += part
            else:
                lines += _solution(part) if with_solution else _stub(part, self.place)
        return _without_holes(lines)


@dataclass(frozen=True)
class Lesson:
    """A lesson as its source tells it.

    Attributes:
        slug: File name without suffix, such as "03_blur".
        title: Title without the number.
        learn: What one learns, a line each.
        minutes: Time needed.
        needs: Prerequisites.
        cells: The cells after the front matter.
    """

    slug: str
    title: str
    learn: tuple[str, ...]
    minutes: int
    needs: str
    cells: tuple[Cell, ...]

    @property
    def number(self) -> str:
        """The two digits that the slug starts with."""
        return self.slug[:2]

    @property
    def topic(self) -> str:
        """The slug without its number, which is the name of the lesson's module of checks."""
        return self.slug[3:]

    @property
    def for_students(self) -> tuple[Cell, ...]:
        """The cells that appear in lessons/."""
        return tuple(cell for cell in self.cells if not cell.tags & {"solution", "selftest"})

    @property
    def for_solutions(self) -> tuple[Cell, ...]:
        """The cells that appear in solutions/."""
        return tuple(cell for cell in self.cells if "selftest" not in cell.tags)


def read_lesson(path: Path) -> Lesson:
    """Read one source.

    Args:
        path: A percent script named ``NN_slug.py``.

    Returns:
        The lesson.

    Raises:
        SourceError: The name, the front matter or the markers break a convention.
    """
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
        raise SourceError(f"{path.name}: a source is named NN_slug.py, such as 03_blur.py")
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        raise SourceError(f"{path.name}: the front matter (# --- ... # ---) is missing")
    front = _front_matter(notebook.cells[0].source, path.name)
    cells = []
    for number, node in enumerate(notebook.cells[1:], start=1):
        first_line = node.source.partition("\n")[0]
        place = f"{path.name}, cell {number} ({first_line[:40]!r})"
        text = node.source if node.cell_type == "code" else _quoted(node.source, path, place)
        cell = Cell(node.cell_type, text, frozenset(node.metadata.get("tags", ())), place)
        _ = cell.solved, cell.stubbed  # unbalanced markers are an error here and not later
        cells.append(cell)
    return Lesson(slug=path.stem, cells=tuple(cells), **front)


def read_lessons(folder: Path) -> list[Lesson]:
    """Read every source of a folder, in the order of their numbers."""
    return [read_lesson(path) for path in sorted(folder.glob("*.py"))]


def names_defined(code: str) -> list[str]:
    """List the names that code defines at its top level, in order.

    Args:
        code: Python code without magics.

    Returns:
        Names of functions, classes and assigned variables, each once.
    """
    names: dict[str, None] = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            leaves = [leaf for target in targets for leaf in ast.walk(target)]
            stored = [
                leaf for leaf in leaves if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)
            ]
            names |= dict.fromkeys(leaf.id for leaf in sorted(stored, key=lambda leaf: leaf.col_offset))
    return list(names)


def _front_matter(text: str, file_name: str) -> dict:
    front = yaml.safe_load(text.strip().strip("-")) or {}
    for key, kind in _FRONT_MATTER.items():
        if not isinstance(front.get(key), kind):
            raise SourceError(f"{file_name}: the front matter needs {key!r}, of type {kind.__name__}")
    if unknown := set(front) - set(_FRONT_MATTER):
        raise SourceError(f"{file_name}: the front matter does not know {', '.join(sorted(unknown))}")
    if not all(isinstance(line, str) for line in front["learn"]):
        raise SourceError(f"{file_name}: each line of 'learn' is text; put one with a colon in quotes")
    return {**front, "learn": tuple(front["learn"])}


def _quoted(text: str, path: Path, place: str) -> str:
    try:
        return quote_figures(text, path.parents[1] / "benchmarks" / "results")
    except LookupError as error:
        raise SourceError(f"{place}: {error}") from None


def _parts(cell: Cell) -> Iterator[tuple[bool, list[str]]]:
    """Split a cell into (is a solution block, lines); the marker ``### STUB`` stays in, unindented."""
    outside, block = [], None
    for line in cell.text.splitlines():
        marker = " ".join(line.strip().upper().split())
        is_marker = marker.replace(" ", "").startswith(("###BEGIN", "###END", "###STUB"))
        if not is_marker:
            (outside if block is None else block).append(line)
        elif marker not in (BEGIN, STUB, END) or line.strip() != marker:
            raise SourceError(f"{cell.place}: {line.strip()!r} is no marker; did you mean {BEGIN!r}?")
        elif (marker == BEGIN) != (block is None):
            raise SourceError(f"{cell.place}: {marker!r} without its partner")
        elif marker == BEGIN:
            yield False, outside
            outside, block = [], []
        elif marker == STUB:
            block.append(STUB)
        else:
            yield True, block
            block = None
    if block is not None:
        raise SourceError(f"{cell.place}: {BEGIN!r} without its partner")
    yield False, outside


def _without_holes(lines: list[str]) -> str:
    """Join lines; two blank ones around a function are right in a script and a hole in a notebook."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _indent(block: list[str]) -> str:
    return block[0][: len(block[0]) - len(block[0].lstrip())] if block else ""


def _solution(block: list[str]) -> list[str]:
    return block[: block.index(STUB)] if STUB in block else block


def _stub(block: list[str], place: str) -> list[str]:
    """Make the stub of a block: the one that it brings, or one from what it returns or assigns."""
    if STUB in block:
        given = block[block.index(STUB) + 1 :]
        return [re.sub(r"^(\s*)# ?", r"\1", line) for line in given]
    code = textwrap.dedent("\n".join(block))
    indent = _indent(block)
    try:
        nodes = ast.parse(code).body
        names = names_defined(code)
    except SyntaxError as error:
        raise SourceError(f"{place}: the solution is no Python: {error}") from None
    if any(_returns(node) for node in nodes):
        return [f"{indent}return ...  # your turn"]
    if names:
        return [f"{indent}{name} = ...  # your turn" for name in names]
    raise SourceError(f"{place}: the solution neither returns nor assigns; give a stub after {STUB!r}")


def _returns(node: ast.AST) -> bool:
    """Tell whether a statement returns from the function that it stands in."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
        return False
    return isinstance(node, ast.Return) or any(_returns(child) for child in ast.iter_child_nodes(node))
