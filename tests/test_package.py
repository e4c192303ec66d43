"""What holds for the package as a whole: it is light, its rooms are in order, its examples run."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import fer_course

PACKAGE = Path(fer_course.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

ROOMS = yaml.safe_load((PACKAGE.parent / "docs" / "rooms.yaml").read_text(encoding="utf-8"))
RANK = {room.removesuffix(".py"): rank for rank, room in enumerate(ROOMS)}

TRAINS = ("fer_course.training.", "fer_course.evaluation.", "fer_course.jobs", "fer_course.report")
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


@pytest.mark.parametrize("name", fer_course.__all__)
def test_every_public_name_is_where_it_is_said_to_be(name):
    path = PACKAGE / (fer_course._MODULE_OF[name].replace(".", "/") + ".py")
    assert path.exists()
    defined = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            defined |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {target.id for target in targets if isinstance(target, ast.Name)}
    assert name in defined


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        fer_course.nothing  # noqa: B018


def imports_of(path):
    """Yield every module that a file imports, inside functions too, with its full name."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_point_up_the_house(path):
    own = name_of(path).split(".")
    if len(own) == 1:
        return
    assert own[1] in RANK, f"{own[1]} has no place in the order of the rooms"
    for imported in imports_of(path):
        parts = imported.split(".")
        if parts[0] == "fer_course" and parts[1:] != ["__version__"]:
            assert len(parts) > 1, "import the module that is meant, not the whole package"
            assert RANK[parts[1]] <= RANK[own[1]], f"{name_of(path)} imports {imported}, which is below it"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_and_functions_stay_readable(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            length = body[-1].end_lineno - body[0].lineno + 1
            assert length <= 60, f"{node.name} has {length} lines"


def documented_modules():
    names = [module.name for module in pkgutil.walk_packages(fer_course.__path__, "fer_course.")]
    for name in ["fer_course", *names]:
        marks = [pytest.mark.slow] if name.startswith(TRAINS) else []
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", documented_modules())
def test_the_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testmod(
        importlib.import_module(name),
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF,
    )
    assert failed == 0, "the examples that failed are printed above"


@pytest.mark.parametrize("name", fer_course.__all__)
def test_every_public_function_and_class_has_an_example(name):
    module = PACKAGE / (fer_course._MODULE_OF[name].replace(".", "/") + ".py")
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            assert ">>> " in inspect.cleandoc(ast.get_docstring(node) or "")
