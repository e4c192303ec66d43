"""Install the course from the folder that this file is in, without network: python install.py [TARGET].

Makes TARGET, which is fer-course in your home folder if you name none, with a virtual environment and the
lessons. Run it again to repair the installation: your notebooks stay as they are.
"""

import argparse
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOM = Path(__file__).resolve().parent
SYSTEMS = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}


def main() -> None:
    """Install what fits this computer, and say how to start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("target", nargs="?", type=Path, default=Path.home() / "fer-course")
    target = parser.parse_args().target.resolve()
    requirements = requirements_for_this_computer()
    scripts = target / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")
    packages = len(requirements.read_text(encoding="utf-8").splitlines())
    print(f"installing {packages} packages into {target}, which takes some minutes", flush=True)
    run(sys.executable, "-m", "venv", target / ".venv")
    pip = [scripts / "python", "-m", "pip", "--isolated", "--disable-pip-version-check", "install"]
    run(*pip, "--no-index", "--find-links", ROOM / "wheels", "--requirement", requirements)
    for name in ("lessons", "solutions", "docs", "data", "models", "book", "slides"):
        if (ROOM / name).is_dir():
            shutil.copytree(ROOM / name, target / name, dirs_exist_ok=True, copy_function=copy_if_new)
    print("Done. To start:")
    lesson = target / "lessons" / "00_welcome.ipynb"
    print(f'  "{scripts / "jupyter"}" lab --ServerApp.root_dir="{target}" "{lesson}"')


def requirements_for_this_computer() -> Path:
    """Find the list of packages for this system and this Python; stop if the folder has none."""
    system = SYSTEMS.get(platform.system(), platform.system())
    path = ROOM / f"requirements-{system}-{sys.version_info[0]}.{sys.version_info[1]}.txt"
    if not path.exists():
        prepared = ", ".join(sorted(p.stem.split("-", 1)[1] for p in ROOM.glob("requirements-*.txt")))
        here = path.stem.split("-", 1)[1]
        raise SystemExit(f"This folder was prepared for {prepared} and this computer has {here}.")
    return path


def run(*command: object) -> None:
    """Run a program; stop if it fails, after it said why."""
    if subprocess.run([str(part) for part in command]).returncode:
        raise SystemExit("Not installed: see above. On Debian and Ubuntu, python3-venv has to be there.")


def copy_if_new(source: str, target: str) -> None:
    """Copy a file to where there is none, so that nobody loses work."""
    if not Path(target).exists():
        shutil.copy(source, target)


if __name__ == "__main__":
    main()
