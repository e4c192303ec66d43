"""A room without network: what is gathered for whom, and that a fresh environment is installed from it."""

import os
import platform
import subprocess
import sys
import zipfile

import pytest
from authoring.install import SYSTEMS
from prepare_room import copy_course, gather_wheels

HERE = f"{SYSTEMS[platform.system()]}-{sys.version_info[0]}.{sys.version_info[1]}"


def make_wheel(folder, name, version, tag="py3-none-any", needs=()):
    """Write a wheel with one module, which says its version."""
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    files = {
        f"{name}.py": f"__version__ = {version!r}\n",
        f"{info}/METADATA": "\n".join([*metadata, *(f"Requires-Dist: {need}" for need in needs)]) + "\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in files.items():
            archive.writestr(inside, text)
    return path


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A room whose course needs one package on every system and one on Windows, from a shelf of wheels."""
    shelf = tmp_path / "shelf"
    for version in ("1.0", "2.0"):
        make_wheel(shelf, "everywhere", version)
    make_wheel(shelf, "on_windows", "1.0", "cp312-cp312-win_amd64")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(shelf))
    needs = ["everywhere", 'on_windows; sys_platform == "win32"']
    make_wheel(tmp_path / "room" / "wheels", "fer_course", "0.1.0", needs=needs)
    return tmp_path / "room"


def gather(room, target=None):
    """Gather at the pinned version; give the list of packages."""
    pins = room.parent / "requirements.lock"
    pins.write_text("everywhere==1.0\n")
    wheel = room / "wheels" / "fer_course-0.1.0-py3-none-any.whl"
    return gather_wheels(wheel, "", pins, target)


@pytest.mark.slow
def test_another_system_gets_its_own_wheels_at_the_pinned_versions(room):
    path = gather(room, "windows-3.12")
    assert path == room / "requirements-windows-3.12.txt"
    assert path.read_text().splitlines() == ["everywhere==1.0", "on-windows==1.0", "fer-course==0.1.0"]
    assert {wheel.name for wheel in (room / "wheels").iterdir()} == {
        "everywhere-1.0-py3-none-any.whl",
        "on_windows-1.0-cp312-cp312-win_amd64.whl",
        "fer_course-0.1.0-py3-none-any.whl",
    }


@pytest.mark.slow
def test_a_package_without_a_wheel_for_a_system_is_an_error(room):
    with pytest.raises(subprocess.CalledProcessError):
        gather(room, "windows-3.13")


@pytest.fixture
def course(project):
    """The demonstration's checkout with what goes into a room."""
    (project.lessons / "10_demo.ipynb").write_text("{}")
    for folder, name in [("docs", "glossary.md"), ("data", "README.md")]:
        (project.root / folder).mkdir(exist_ok=True)
        (project.root / folder / name).write_text("words\n")
    return project


@pytest.fixture
def csv(tmp_path):
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "fer2013.csv"
    path.write_text(f"emotion,pixels,Usage\n3,{' '.join(['7'] * 2304)},Training\n")
    return path


def test_data_models_and_what_is_built_come_along(course, csv, tmp_path, capsys):
    (course.root / "build" / "quiz").mkdir(parents=True)
    (course.root / "build" / "quiz" / "fer-course.xml").write_text("<quiz/>")
    copy_course(course, tmp_path / "room", csv.parent, [csv])
    copied = {path.relative_to(tmp_path / "room").as_posix() for path in (tmp_path / "room").rglob("*.*")}
    assert copied == {
        "install.py",
        "lessons/10_demo.ipynb",
        "docs/glossary.md",
        "data/README.md",
        "fer2013/fer2013.csv",
        "models/fer2013.csv",
        "quiz/fer-course.xml",
    }
    printed = capsys.readouterr().out
    assert "without slides: make slides builds it" in printed and "without quiz" not in printed
    assert "1 images" in printed and "let nobody take them home" in printed


def test_data_that_nobody_can_read_is_found_out_at_once(course, csv, tmp_path):
    csv.write_text("emotion,pixels,Usage\n3,7 7 7,Training\n")
    with pytest.raises(Exception, match="row"):
        copy_course(course, tmp_path / "room", csv, [])


def install(room, target):
    """Run the installer as a student does, with no index and no settings of pip's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    command = [sys.executable, str(room / "install.py"), str(target)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_a_fresh_environment_is_installed_and_repaired_and_no_photograph_goes_home(
    room, course, csv, tmp_path
):
    gather(room)
    copy_course(course, room, csv, [])
    target = tmp_path / "students course"
    done = install(room, target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '00_welcome.ipynb"' in done.stdout
    python = target / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = "import everywhere, fer_course; print(everywhere.__version__, fer_course.__version__)"
    assert subprocess.check_output([python, "-c", code], text=True, cwd=tmp_path).strip() == "1.0 0.1.0"
    (target / "lessons" / "10_demo.ipynb").write_text("solved")
    assert install(room, target).returncode == 0
    assert (target / "lessons" / "10_demo.ipynb").read_text() == "solved"
    assert (room / "fer2013" / "fer2013.csv").exists()
    assert list(target.rglob("fer2013*")) == []


def test_a_computer_that_the_room_was_not_prepared_for_is_told(room, course, tmp_path):
    copy_course(course, room, None, [])
    (room / "requirements-windows-3.99.txt").write_text("")
    done = install(room, tmp_path / "target")
    assert done.returncode != 0
    assert f"prepared for windows-3.99 and this computer has {HERE}" in done.stderr
    assert not (tmp_path / "target").exists()
