"""What holds for the package as a whole: it is light, its rooms are in order, its examples run."""

import ast
import doctest
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import fer_course

PACKAGE = Path(fer_course.__file__).parent  # the checkout's, or an installed one
ROOT = Path(__file__).parents[1]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
ROOMS = yaml.safe_load((ROOT / "docs" / "rooms.yaml").read_text(encoding="utf-8"))
RANK = {room.removesuffix(".py"): rank for rank, room in enumerate(ROOMS)}
SLUGS = {path.stem.partition("_")[2] for path in ROOT.glob("source/[0-9]*.py")}
HEAVY = {"tensorflow", "keras", "sklearn", "torch", "jax", "pandas", "cv2", "matplotlib", "onnxruntime"}


def name_of(path):
    return ".".join(("fer_course", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


def modules_loaded_by(code):
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_importing_the_package_loads_nothing_heavy():
    assert not modules_loaded_by("import fer_course") & HEAVY


def test_reading_data_needs_no_training_library():
    loaded = modules_loaded_by(
        "import fer_course as fer; fer.read_dataset, fer.load_fer2013, fer.FaceDataset"
    )
    assert not loaded & {"tensorflow", "keras", "sklearn", "matplotlib", "onnxruntime"}


def file_of(name):
    """The module that a public name is said to stand in."""
    return PACKAGE / (fer_course._MODULE_OF[name].replace(".", "/") + ".py")


def names_defined_by(path):
    for node in TREES[path].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_every_public_name_is_where_it_is_said_to_be():
    assert [name for name in fer_course.__all__ if name not in names_defined_by(file_of(name))] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        fer_course.nothing  # noqa: B018


def statements(node):
    """Walk a tree, but not into what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from statements(child)


def imports_of(path, nodes):
    """Yield every module or name that a file imports, inside functions too, with its full name."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_imports_only_point_up_the_house():
    wrong = []
    for path, tree in TREES.items():
        own = name_of(path).split(".")
        for imported in imports_of(path, ast.walk(tree)) if len(own) > 1 else ():
            parts = imported.split(".")
            if parts[0] != "fer_course" or parts[1:] == ["__version__"]:
                continue
            if len(parts) < 2:
                wrong.append(f"{name_of(path)} imports the whole package, not the module that is meant")
            elif RANK[parts[1]] > RANK[own[1]]:
                wrong.append(f"{name_of(path)} imports {imported}, which is below it")
    assert wrong == []


def test_no_circle_of_imports_between_files():
    modules = {name_of(path): path for path in TREES if path.name != "__init__.py"}
    needs = {
        name: {
            module
            for imported in imports_of(path, statements(TREES[path]))
            for module in (imported, imported.rpartition(".")[0])
            if module in modules and module != name
        }
        for name, path in modules.items()
    }
    while free := [name for name, others in needs.items() if not others & needs.keys()]:
        for name in free:
            del needs[name]
    assert sorted(needs) == [], "these files need each other"


def test_a_file_name_occurs_once():
    names = [
        path.name
        for path in TREES
        if path.name != "__init__.py" and not (path.parent.name == "exercises" and path.stem in SLUGS)
    ]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_modules_and_functions_stay_readable():
    long = []
    for path, tree in TREES.items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        long += [f"{name_of(path)} has {lines} lines"] if lines > 400 else []
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                length = body[-1].end_lineno - body[0].lineno + 1
                long += [f"{name_of(path)}.{node.name} has {length} lines"] if length > 60 else []
    assert long == []


def test_every_public_function_and_class_has_an_example():
    bare = [
        node.name
        for name in fer_course.__all__
        for node in TREES[file_of(name)].body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        if ">>> " not in inspect.cleandoc(ast.get_docstring(node) or "")
    ]
    assert bare == []


def rooms_with_examples():
    """Rooms, so that two workers share the examples; those that load TensorFlow are slow."""
    names = [module.name for module in pkgutil.walk_packages(fer_course.__path__, "fer_course.")]
    rooms = {}
    for name in ["fer_course", *names]:
        rooms.setdefault(".".join(name.split(".")[:2]), []).append(name)
    slow = ("training", "evaluation", "jobs", "report", "faces", "inference", "cleaning")
    for room, modules in rooms.items():
        marks = [pytest.mark.slow] if room.rpartition(".")[2] in slow else []
        yield pytest.param(modules, marks=marks, id=room)


@pytest.mark.parametrize("modules", rooms_with_examples())
def test_the_examples_in_docstrings_run(modules, tmp_path, monkeypatch):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF
    failed = []
    for name in modules:
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setenv("FER_COURSE_HOME", str(tmp_path / name / "home"))  # not what other tests collected
        if doctest.testmod(importlib.import_module(name), optionflags=flags).failed:
            failed.append(name)
    os.chdir(tmp_path)
    assert failed == [], "the examples that failed are printed above"


def test_the_contributors_questions_are_answered_rightly():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    answers = re.findall(r"^\| .+\? \| `(\w+)` in `fer_course/([\w/]+\.py)` \|$", guide, flags=re.MULTILINE)
    assert len(answers) >= 10
    wrong = [
        f"{file} does not define {name}"
        for name, file in answers
        if not re.search(
            rf"^ *(?:def |class )?{name}\b *(?:\(|:|=)", (PACKAGE / file).read_text(), re.MULTILINE
        )
    ]
    assert wrong == []
