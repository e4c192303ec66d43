"""Mutation test of the checks: each solution is spoilt in many small ways, and no check may be fooled.

A mutant that the check calls "correct" has to do the same as the solution, on the check's own calls and on
random ones; one that it calls "not attempted" has to do what the stub does.
"""

import ast
import builtins
import contextlib
import copy
import hashlib
import io
import json
import linecache
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from fer_course.exercises import engine, expectations, student
from fer_course.exercises.engine import Exercise
from fer_course.files import write_beside

from .checks import definitions
from .notebooks import exercise_cells
from .project import Project
from .source import Cell, Lesson, names_defined

_SECONDS = 1.0  # a call that takes longer is an endless loop
_OPERATORS = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.Pow: "*", ast.MatMult: "*",
    ast.BitAnd: "|", ast.BitOr: "&", ast.Lt: "<= >", ast.LtE: "< >", ast.Gt: ">= <", ast.GtE: "> <",
    ast.Eq: "!= >=", ast.NotEq: "==", ast.In: "not", ast.NotIn: "in",
}  # fmt: skip
_NEIGHBOURS = [
    group.split()
    for group in ("mean sum max min std var median", "argmax argmin", "any all", "maximum minimum",
                  "zeros ones", "round rint floor ceil", "log exp log2", "max abs")
]  # fmt: skip


@dataclass
class Tally:
    """What became of the mutants of one solution."""

    digest: str  # of the solution, the stub, the check and this module
    mutants: int = 0
    equivalent: int = 0  # do the same as the solution, or as the stub
    named: int = 0  # were told a likely slip
    survivors: list[str] = field(default_factory=list)  # those that the check let pass, in words

    def __str__(self) -> str:
        killed = self.mutants - self.equivalent - len(self.survivors)
        share = 100 * self.named / max(killed, 1)
        return (
            f"{self.mutants} mutants: {killed} killed, {self.equivalent} equivalent, "
            f"{len(self.survivors)} survived; {share:.0f} % of the killed got a likely slip"
        )


def mutation_tallies(lesson: Lesson, project: Project) -> dict[str, Tally]:
    """Try the mutants of every solution of a lesson, or remember what became of them.

    Args:
        lesson: The lesson.
        project: The checkout; the tallies are kept in its ``build/mutants.json``.

    Returns:
        A tally for each exercise.
    """
    kept = project.root / "build" / "mutants.json"
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    namespace, tallies = definitions(lesson), {}
    for name, cell in exercise_cells(lesson).items():
        exercise = getattr(namespace["ex"], name)
        digest = _digest(lesson, cell, namespace["ex"])
        before = known.get(f"{lesson.slug}.{name}", {})
        is_known = before.get("digest") == digest
        tallies[name] = Tally(**before) if is_known else _try_all(exercise, lesson, cell, namespace, digest)
    known |= {f"{lesson.slug}.{name}": asdict(tally) for name, tally in tallies.items()}
    kept.parent.mkdir(exist_ok=True)
    with write_beside(kept) as temporary:
        temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return tallies


def mutants(code: str, name: str) -> Iterator[str]:
    r"""Yield a cell's code with one small change at a time in the definition of a name.

    Example:
        >>> list(mutants("def double(n):\n    return 2 * n", "double"))[:2]
        ['def double(n):\n    return 2 / n', 'def double(n):\n    return 2']
    """
    tree = ast.parse(code)
    target = next(node for node in tree.body if name in names_defined(ast.unparse(node)))
    arguments = [a.arg for a in target.args.args] if isinstance(target, ast.FunctionDef) else []
    seen = {ast.unparse(tree)}
    for node in (tree, *ast.walk(target)):
        for key, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            for place, child in enumerate(children):
                if (node is tree and child is not target) or _is_docstring(node) or _is_docstring(child):
                    continue
                for other in _alternatives(child, arguments) if isinstance(child, ast.AST) else ():
                    new = ast.Name(other) if isinstance(child, ast.expr) else ast.parse(other)
                    changed = [*children[:place], new, *children[place + 1 :]]
                    setattr(node, key, changed if isinstance(value, list) else new)
                    with contextlib.suppress(SyntaxError):  # such as a place to assign to that is none
                        text = ast.unparse(ast.parse(ast.unparse(tree)))
                        if text not in seen:
                            seen.add(text)
                            yield text
                setattr(node, key, value)


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _alternatives(node: Any, arguments: list[str]) -> Iterator[str]:
    """Yield the code that could stand in a node's place after a slip."""
    parts = {
        key: f"({ast.unparse(part)})" for key, part in ast.iter_fields(node) if isinstance(part, ast.expr)
    }
    match node:
        case ast.Constant(bool()):
            yield str(not node.value)
        case ast.Constant(int() | float() as value):
            yield from (f"({other})" for other in (value + 1, value - 1, -value, 0))
        case ast.Constant(str()):
            yield "''"
        case ast.Name(name, ast.Load()) if name in arguments:
            yield from arguments
        case ast.BinOp():
            left, right = parts["left"], parts["right"]
            symbol = ast.unparse(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[1:-1]
            yield from (f"({left} {other} {right})" for other in _OPERATORS.get(type(node.op), "").split())
            yield from (left, right, *([] if symbol in " + * " else [f"({right} {symbol} {left})"]))
        case ast.Compare(_, [operator], [right]):
            for other in _OPERATORS.get(type(operator), "").split():
                yield f"({parts['left']} {other.replace('not', 'not in')} ({ast.unparse(right)}))"
        case ast.IfExp():
            yield from (parts["body"], parts["orelse"])
        case ast.UnaryOp() | ast.Subscript(ctx=ast.Load()):
            yield parts.get("operand") or parts["value"]
        case ast.Slice():
            bounds = [getattr(node, key) for key in ("lower", "upper", "step")]
            texts = [ast.unparse(bound) if bound else "" for bound in bounds]
            yield from (":".join("" if i == k else text for i, text in enumerate(texts)) for k in range(3))
        case ast.Tuple([first, second], ast.Load()):
            yield f"({ast.unparse(second)}, {ast.unparse(first)})"
        case ast.Dict():
            items = [
                f"{ast.unparse(k)}: {ast.unparse(v)}" for k, v in zip(node.keys, node.values, strict=True)
            ]
            yield from ("{" + ", ".join(items[:i] + items[i + 1 :]) + "}" for i in range(len(items)))
        case ast.Attribute(attr="size"):
            yield f"len{parts['value']}"
        case ast.Call():
            yield from _other_calls(node)
        case ast.AugAssign() | ast.Expr() | ast.Assign([ast.Subscript()]):
            yield "pass"
        case ast.If():
            yield from ("pass", ast.unparse(node.body))
            yield ast.unparse(ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))
        case ast.FunctionDef(body=[*_, ast.For() as loop, ast.Return() as last]):
            loop.body.append(last)  # return moved into the loop
            yield ast.unparse(node)
            loop.body.pop()
        case ast.Return(ast.expr()):  # in place instead of new
            yield from (f"{name}[...] = {parts['value']}\nreturn {name}" for name in arguments)


def _other_calls(call: ast.Call) -> Iterator[str]:
    function, given = ast.unparse(call.func), [ast.unparse(one) for one in call.args]
    named = [f"{one.arg}={ast.unparse(one.value)}" for one in call.keywords]
    owner, _, called = function.rpartition(".")
    yield from (f"{function}({', '.join(given + named[:i] + named[i + 1 :])})" for i in range(len(named)))
    yield from (f"({one})" for one in given[:1])
    if len(given) > 1:
        yield f"{function}({', '.join([given[1], given[0], *given[2:], *named])})"
        yield f"{function}({', '.join(given[:-1] + named)})"
    is_method = owner not in ("", "np", "cv2", "keras", "keras.layers", "time", "hashlib")
    if is_method:
        yield f"({owner})"
    for other in (other for group in _NEIGHBOURS if called in group for other in group if other != called):
        everything = ", ".join([owner, *given, *named] if is_method else given + named)
        if not owner and hasattr(builtins, other):
            yield f"{other}({given[0] if other == 'abs' else everything})"
        elif owner:
            yield f"np.{other}({everything})" if is_method else f"{owner}.{other}({everything})"


def _try_all(exercise: Exercise, lesson: Lesson, cell: Cell, namespace: dict[str, Any], digest: str) -> Tally:
    """Judge each mutant of a solution with the exercise's own check."""
    tally = Tally(digest)
    context = _needed(lesson, cell)
    solved = ast.unparse(ast.parse(cell.solved))
    solution, stub = (
        _answer(exercise, text, context, namespace) for text in (solved, ast.unparse(ast.parse(cell.stubbed)))
    )
    calls = _calls(exercise, solution) if callable(solution) else []
    right, untouched = ([_outcome(answer, call) for call in calls] for answer in (solution, stub))
    for text in mutants(cell.solved, exercise.name):
        try:
            mutant = _answer(exercise, text, context, namespace)
        except Exception:  # no answer at all, and so nothing to judge
            continue
        tally.mutants += 1
        with patch.object(student, "LONGEST_CALL", _SECONDS):
            verdict = exercise.judge(mutant)
        if verdict.status == "not yet":
            tally.named += "likely slip" in str(verdict)
            continue
        is_correct = verdict.status == "correct"
        model, outcomes = (solution, right) if is_correct else (stub, untouched)
        if callable(mutant):
            same = bool(calls) and all(
                _agree(_outcome(mutant, call), wanted) for call, wanted in zip(calls, outcomes, strict=True)
            )
        else:
            same = expectations.same(mutant, model)
        if same:
            tally.equivalent += 1
        else:
            tally.survivors.append(f"{verdict.status!r} for {_change(solved, text)}")
    return tally


def _answer(exercise: Exercise, text: str, context: str, namespace: dict[str, Any]) -> Any:
    inside, place = dict(namespace), f"<a mutant of {exercise.name}>"
    linecache.cache[place] = len(text), None, text.splitlines(keepends=True), place  # as notebooks do
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
        exec(context, inside)
        exec(compile(text, place, "exec"), inside)
    return inside[exercise.name]


def _needed(lesson: Lesson, cell: Cell) -> str:
    """Collect the assignments before a cell that an answer other than a function is made from."""
    code = "" if "def " in cell.solved else cell.solved
    before = [c.solved for c in lesson.for_solutions[: lesson.for_solutions.index(cell)] if c.kind == "code"]
    for node in reversed([node for text in before for node in ast.parse(text).body]):
        line = ast.unparse(node)
        if isinstance(node, ast.Assign) and set(names_defined(line)) & set(re.findall(r"\w+", code)):
            code = f"{line}\n{code}"
    return code


_Call = tuple[tuple[Any, ...], dict[str, Any]]


def _calls(exercise: Exercise, solution: Callable[..., Any]) -> list[_Call]:
    """Record the calls of a check, and make some of other values of the same kind."""
    recorded: list[_Call] = []

    def recorder(*given: Any, **named: Any) -> Any:
        recorded.append(_copied((given, named)))
        return solution(*given, **named)

    exercise.judge(recorder)
    rng = np.random.default_rng(0)
    random = [
        (tuple(_resampled(value, rng) for value in given), named)
        for given, named in recorded
        for _ in range(3)
    ]
    # What does not come out alike twice, or fails, tells nothing
    trusted = []
    for call in [*recorded, *random[:40]]:
        first, second = _outcome(solution, call), _outcome(solution, call)
        if not isinstance(first, str) and _agree(first, second):
            trusted.append(call)
    return trusted


def _resampled(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, np.ndarray) and value.size:
        return rng.choice(value.ravel(), value.shape)
    return value


def _copied(call: _Call) -> _Call:
    given, named = student.copied(call[0]), student.copied(call[1])
    return tuple(copy.deepcopy(v) if isinstance(v, np.random.Generator) else v for v in given), named


def _outcome(answer: Any, call: _Call) -> Any:
    """What a call gives, and what it makes of its arguments; the name of the error that it raises."""
    given, named = _copied(call)
    if "keras" in sys.modules:  # layers start from random numbers
        sys.modules["keras"].utils.set_random_seed(0)
    quiet = warnings.catch_warnings(action="ignore")
    try:
        with quiet, contextlib.redirect_stdout(io.StringIO()):
            result = student.within(_SECONDS, lambda: answer(*given, **named))
            return result, [v for v in given if isinstance(v, np.ndarray | list)]
    except (Exception, SystemExit, student.TookTooLong) as error:
        return type(error).__name__


def _agree(found: Any, wanted: Any) -> bool:
    """Tell whether two outcomes are the same; of tensors without values, whether their shapes are."""
    if isinstance(found, str) or isinstance(wanted, str):
        return isinstance(found, str) and isinstance(wanted, str)
    pairs = [(found[0], wanted[0]), *zip(found[1], wanted[1], strict=True)]
    if hasattr(wanted[0], "_keras_history"):
        return getattr(found[0], "shape", None) == wanted[0].shape
    return all(expectations.same(*pair, tolerance=1e-9) for pair in pairs)


def _change(solved: str, text: str) -> str:
    """Name the first line that differs."""
    lines = zip(text.splitlines(), solved.splitlines(), strict=False)
    return next((repr(new.strip()) for new, old in lines if new != old), repr(text.splitlines()[-1].strip()))


def _digest(lesson: Lesson, cell: Cell, checks: Any) -> str:
    files = [__file__, checks.__file__, engine.__file__, student.__file__, expectations.__file__]
    cells = exercise_cells(lesson).items()
    texts = [cell.text, *(c.solved for name, c in cells if re.search(rf"\b{name}\b", cell.solved))]
    parts = [*(text.encode() for text in texts), *(Path(file).read_bytes() for file in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
