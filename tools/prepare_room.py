"""Gather all that a room without network needs into one folder, from which install.py installs.

It then holds wheels, the lessons, what ``make book slides quiz`` built, and if asked for the real FER2013 and
model files. Wheels are for one
system and one Python: those of this computer, or those that --for names. Run it again after an interruption.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from authoring.install import SYSTEMS
from authoring.project import Project

from fer_course.errors import FerCourseError
from fer_course.sources.reading import read_dataset

EXTRAS = "course,labels,train"  # what the lessons use
INSTALLER = Path(__file__).parent / "authoring" / "install.py"
_README = """\
fer-course {version}, for computers without network: {targets}

    python install.py

makes the folder fer-course in your home folder, or the one that you name behind it, and says how to start.
"""
# The photographs stay here: install.py does not know the folder, so no copy lies in a student's home folder.
PHOTOGRAPHS = "fer2013"
BUILT = ("book", "slides", "quiz")
TERMS = """
The photographs of FER2013 in fer2013/ are for research and teaching: do not publish the faces, do not pass
the files on, and let nobody take them home; data/README.md says why. install.py does not copy them. To work
with them, say this in the terminal before you start, with the place of this folder:

    export FER_COURSE_DATA=/media/stick/room/fer2013  (Windows, in cmd: set FER_COURSE_DATA=E:\\room\\fer2013)
"""
# For each system: what uv resolves for, and the wheels that pip takes.
TARGETS = {
    "linux": (
        "x86_64-manylinux_2_28",
        ["manylinux2014_x86_64", *(f"manylinux_2_{minor}_x86_64" for minor in range(17, 29))],
    ),
    "macos": ("aarch64-apple-darwin", ["macosx_14_0_arm64"]),
    "windows": ("x86_64-pc-windows-msvc", ["win_amd64"]),
}


def build_wheel(project: Project, folder: Path) -> Path:
    """Build the package's wheel."""
    uv("build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", folder, project.root)
    (folder / ".gitignore").unlink(missing_ok=True)
    return folder / f"fer_course-{project.version}-py3-none-any.whl"


def gather_wheels(wheel: Path, extras: str, constraints: Path, target: str | None) -> Path:
    """Download what the package needs into the folder in which its wheel is.

    Args:
        wheel: The package's wheel.
        extras: Its extras, with commas between.
        constraints: The exact versions.
        target: System and Python, such as "windows-3.12"; None for those of this computer.

    Returns:
        The list of packages from which ``install.py`` installs.
    """
    system, _, python = (target or _this_computer()).partition("-")
    requirements = wheel.parents[1] / f"requirements-{system}-{python}.txt"
    resolves, accepts = ["--python", sys.executable], []
    if target is not None:
        resolved, tags = TARGETS[system]
        resolves = ["--python-platform", resolved, "--python-version", python]
        accepts = ["--python-version", python, *(f"--platform={tag}" for tag in tags)]
    uv(
        *("pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--constraint", constraints),
        *("--no-emit-package", "fer-course", *resolves, "--output-file", requirements),
        given=f"fer-course[{extras}] @ {wheel.as_uri()}",
    )
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", *accepts]
    subprocess.run([*pip, "--dest", wheel.parent, "--requirement", requirements], check=True)
    with requirements.open("a", encoding="utf-8") as file:
        file.write(f"fer-course=={wheel.name.split('-')[1]}\n")
    return requirements


def copy_course(project: Project, room: Path, data: Path | None, models: list[Path]) -> None:
    """Copy the installer, the lessons, and what else is asked for; with photographs, print their terms.

    Raises:
        FerCourseError: The data cannot be read.
    """
    copy(INSTALLER, room)
    copy(project.lessons, room / "lessons")
    copy(project.solutions, room / "solutions")
    copy(project.root / "docs" / "glossary.md", room / "docs")
    copy(project.root / "data" / "README.md", room / "data")
    for name in BUILT:
        built = project.root / "build" / name
        if built.is_dir():
            copy(built, room / name)
        else:
            print(f"without {name}: make {name} builds it")
    if data is not None:
        images = len(read_dataset(data))  # better found out here than in class
        print(f"{data}: {images:,} images\n{TERMS}", flush=True)
        copy(data, room / PHOTOGRAPHS)
    for model in models:
        copy(model, room / "models")


def copy(source: Path, folder: Path) -> None:
    """Copy a file into a folder, or a folder's content."""
    folder.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
    else:
        shutil.copy(source, folder)


def uv(*arguments: object, given: str | None = None) -> None:
    """Run uv; for macOS it resolves for version 14, the oldest that ONNX Runtime runs on."""
    command = [sys.executable, "-m", "uv", *map(str, arguments)]
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    subprocess.run(command, input=given, text=True, env=environment, check=True)


def _this_computer() -> str:
    return f"{SYSTEMS[platform.system()]}-{sys.version_info[0]}.{sys.version_info[1]}"


def _target(text: str) -> str:
    system, _, python = text.partition("-")
    if system not in TARGETS or not python.startswith("3."):
        raise argparse.ArgumentTypeError(f"{text!r}: give a system and its Python, such as windows-3.12")
    return text


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, help="FER2013 as you have it: CSV, folder or zip")
    parser.add_argument("--models", type=Path, nargs="+", default=[], help="files, such as YuNet's")
    parser.add_argument("--extras", default=EXTRAS, help=f"of the package; else {EXTRAS}")
    parser.add_argument(
        "--for",
        dest="targets",
        type=_target,
        nargs="+",
        default=[None],
        metavar="SYSTEM-PYTHON",
        help=f"such as windows-3.12 macos-3.13; systems: {', '.join(TARGETS)} (Apple silicon, else x86-64)",
    )
    return parser.parse_args()


def main() -> int:
    """Prepare the folder that the command line names."""
    options = _options()
    room = options.folder.resolve()
    project = Project.at(Path(__file__).resolve().parents[1])
    try:
        copy_course(project, room, options.data, options.models)
        wheel = build_wheel(project, room / "wheels")
        for target in options.targets:
            gather_wheels(wheel, options.extras, project.root / "requirements.lock", target)
    except (FerCourseError, OSError, subprocess.CalledProcessError) as error:
        print(f"prepare_room: {error}", file=sys.stderr)
        return 1
    targets = ", ".join(target or _this_computer() for target in options.targets)
    readme = _README.format(version=project.version, targets=targets)
    readme += TERMS if (room / PHOTOGRAPHS).exists() else ""
    (room / "README.txt").write_text(readme, encoding="utf-8")
    size = sum(path.stat().st_size for path in room.rglob("*")) / 1e9
    print(f"{room}: {size:.1f} GB, for {targets}. On each computer: python install.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
