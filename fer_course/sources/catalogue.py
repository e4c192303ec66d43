"""The catalogue: datasets of facial expressions, where they are, and what their makers allow."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .votes import TABLE


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """What is known of a dataset."""

    name: str  # here, and of its folder in ``data/``
    title: str  # its name elsewhere
    images: int | None = None  # so many the upload holds; None where uploads differ
    megabytes: int | None = None  # size of the download, roughly; None if it is not known
    licence: str  # what the makers state
    terms: str  # what that asks of you, in a line
    classes: list[str]  # in this package's words where they are among the seven
    citation: str  # who made it; please cite
    kaggle: str | None = None  # path of an upload on Kaggle, None if there is no official one
    page: str  # where the makers describe it

    @property
    def address(self) -> str:
        """The page to open in a browser: the upload's on Kaggle, else the makers'."""
        return f"https://www.kaggle.com/datasets/{self.kaggle}" if self.kaggle else self.page


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CATALOGUE = {name: CatalogueEntry(name=name, **table) for name, table in _TABLES.items()}
"""Name to what is known of each dataset that this package reads."""


def data_folder() -> Path:
    """Find the folder for datasets: ``data`` here, or one folder up, where a lesson finds it."""
    here, above = Path("data"), Path("..") / "data"
    return above if above.is_dir() and not here.is_dir() else here


def datasets(folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """List the datasets of the catalogue, and which of them are on the disk.

    Args:
        folder: Where to look for them; without it, ``data`` here or one folder up.

    Returns:
        One row a dataset, indexed by its ``name``: ``title``, ``images`` and ``megabytes`` (roughly; empty
        where unknown), ``on_disk``, ``licence``, ``terms``, ``classes``, ``citation``, ``kaggle``, ``page``.

    Example:
        >>> int(datasets().loc["ck_plus", "images"])
        981
    """
    root = data_folder() if folder is None else Path(folder)
    table = pd.DataFrame(map(vars, CATALOGUE.values())).set_index("name").fillna({"kaggle": ""})
    table.insert(3, "on_disk", [is_on_disk(root / name) for name in table.index])
    table["classes"] = table["classes"].str.join(", ")
    return table.astype({"images": "Int64", "megabytes": "Int64"})


def describe(table: pd.DataFrame) -> str:
    """Write what :func:`datasets` returned as text, a few lines a dataset."""
    paragraphs = []
    for row in table.reset_index().fillna(0).to_dict("records"):
        facts = [f"{row['images']:,} images"] if row["images"] else []
        facts += [f"about {row['megabytes']} MB"] if row["megabytes"] else []
        facts.append("on the disk" if row["on_disk"] else "not here")
        lines = [
            f"{row['name']}: {row['title']}",
            "; ".join(facts),
            f"classes: {row['classes']}",
            f"licence: {row['licence']}",
            f"terms: {row['terms']}",
            f"cite: {row['citation']}",
            f"Kaggle: {row['kaggle'] or 'no'}; makers: {row['page']}",
        ]
        paragraphs.append("\n    ".join(lines))
    return "\n\n".join(paragraphs)


def is_on_disk(folder: Path) -> bool:
    """Tell whether a folder holds more than hidden files and the votes of FER+, which come from elsewhere."""
    return folder.is_dir() and any(
        not entry.name.startswith(".") and entry.name != TABLE for entry in folder.iterdir()
    )
