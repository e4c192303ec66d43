"""Which cells of a solution have to run once its lesson has: what was answered, and what depends on it."""

import ast
import dis
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager


class Names(NamedTuple):
    """The global names that code reads, those that it binds, and those whose objects it changes in place."""

    reads: set[str]
    binds: set[str]
    changes: set[str]


def names_of(tree: ast.Module) -> Names:
    """Find the names that code reads, binds, and changes the objects of.

    Changed are objects whose attribute or item is set, and those a method of which stands alone on a line.

    Example:
        >>> names_of(ast.parse("total = first + 1; shown.append(total)"))
        Names(reads={...}, binds={'total'}, changes={'shown'})
    """
    module = compile(tree, "cell", "exec")
    reads: set[str] = set()
    binds: set[str] = set()
    for step in dis.get_instructions(module):
        if step.opname == "LOAD_NAME" and step.argval not in binds:
            reads.add(step.argval)
        elif step.opname == "STORE_NAME":
            binds.add(step.argval)
    steps = [step for code in _inside(module) for step in dis.get_instructions(code)]
    inner = {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
    return Names(reads | (inner - binds), binds, set(_changed(tree)))


def cells_to_run(lesson: Sequence[str], solution: Sequence[str], compared: Iterable[int] = ()) -> set[int]:
    """Choose the cells of a solution that run in the kernel in which its lesson has run.

    Args:
        lesson: The code of the lesson's cells.
        solution: The code of the solution's cells, in the same order.
        compared: Positions of cells whose output is compared, so that they run in any case.

    Returns:
        Positions of these, of the cells that the lesson does not have, of those with a statement that reads
        what they changed, and of those that made a name which one of them reads and that changed since.

    Example:
        >>> lesson = ["a = 1", "answer = None", "b = a + 1", "answer"]
        >>> sorted(cells_to_run(lesson, ["a = 1", "answer = 2", "b = a + 1", "answer"]))
        [1, 3]
    """
    trees = [ast.parse(TransformerManager().transform_cell(cell)) for cell in solution]
    cells = [names_of(tree) for tree in trees]
    imported = {name for tree in trees for name in _imported(tree)}
    new = {place for place, cell in enumerate(solution) if cell not in lesson}
    run = new | set(compared)
    changed: set[str] = set()
    for place, tree in enumerate(trees):
        for names in [names_of(ast.Module([statement], [])) for statement in tree.body]:
            if place in new or names.reads & changed:
                run.add(place)
                changed |= (names.binds | names.changes) - imported
            else:
                changed -= names.binds
    waiting = list(run)
    while waiting:
        place = waiting.pop()
        for name in cells[place].reads - imported:
            made = [other for other, names in enumerate(cells) if name in names.binds | names.changes]
            earlier = [other for other in made if other < place]
            if earlier and earlier[-1] not in run and (made[-1] != earlier[-1] or run & set(earlier)):
                run.add(earlier[-1])
                waiting = list(run)  # who reads what it binds is asked again
    return run


def _inside(code: CodeType) -> Iterator[CodeType]:
    """Give the code of the functions and classes in some code."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inside(constant)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Give the names that code imports: a call of a module's function does not change the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _changed(tree: ast.Module) -> Iterator[str]:
    """Give the names of objects that are changed in place."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=target, ctx=ast.Store()) | ast.Subscript(value=target, ctx=ast.Store()):
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=target))):
                pass
            case _:
                continue
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            yield target.id
