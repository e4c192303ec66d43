"""Where things are, and the two settings that notebooks carry: the repository's address and the version."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Project:
    """A checkout of the course.

    Attributes:
        root: Folder that holds pyproject.toml.
        repository: Address from ``[project.urls] Repository``.
        version: The package's version.
    """

    root: Path
    repository: str
    version: str

    @classmethod
    def at(cls, root: Path) -> "Project":
        """Read the settings of a checkout."""
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        text = (root / "fer_course" / "__init__.py").read_text(encoding="utf-8")
        version = re.search(r'^__version__ = "(.+)"$', text, flags=re.MULTILINE)
        if version is None:
            raise ValueError("fer_course/__init__.py does not set __version__")
        return cls(root, settings["project"]["urls"]["Repository"].rstrip("/"), version[1])

    @property
    def sources(self) -> Path:
        """Where lessons are edited."""
        return self.root / "source"

    @property
    def lessons(self) -> Path:
        """Where the notebooks for students are built."""
        return self.root / "lessons"

    @property
    def solutions(self) -> Path:
        """Where the solved and executed notebooks are built."""
        return self.root / "solutions"

    @property
    def readme(self) -> Path:
        """The README, two parts of which are built."""
        return self.root / "README.md"

    @property
    def contributing(self) -> Path:
        """The guide for contributors, whose map of the package is built."""
        return self.root / "CONTRIBUTING.md"

    def rooms(self) -> dict[str, str]:
        """Read the rooms of the package in their order, and what each is for."""
        return yaml.safe_load((self.root / "docs" / "rooms.yaml").read_text(encoding="utf-8"))

    @property
    def quoting(self) -> dict[Path, Path]:
        """Texts that quote figures, the network's card and the paper: what is built, and its source."""
        return {
            self.package / "models" / "README.md": self.sources / "model_card.md",
            self.root / "docs" / "paper.md": self.sources / "paper.md",
        }

    @property
    def results(self) -> Path:
        """The saved results of ``benchmarks/``."""
        return self.root / "benchmarks" / "results"

    @property
    def package(self) -> Path:
        """The package's folder."""
        return self.root / "fer_course"

    @property
    def solution_texts(self) -> Path:
        """What ``.solution()`` reads."""
        return self.package / "exercises" / "solutions.json"

    @property
    def tag(self) -> str:
        """The git tag of this version."""
        return f"v{self.version}"
