"""FER+: ten new raters for every image of FER2013 (``fer2013new.csv``).

Source: Barsoum, Zhang, Canton Ferrer and Zhang, "Training Deep Networks for Facial Expression Recognition
with Crowd-Sourced Label Distribution" (2016), https://github.com/microsoft/FERPlus.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from ..dataset import FaceDataset
from ..drawing.sample import sample_faces
from ..errors import FerCourseError
from ..files import require_file
from .fer2013 import SPLIT_OF_USAGE, find_fer2013
from .fer2013_rows import UNKNOWN_ROW, rows_of
from .reading import CSV_NAMES, read_dataset
from .votes import TABLE, Votes, simulate_votes

FOLDER = Path("data") / "fer2013_plus"
VOTE_COLUMNS = (
    *("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"),
    *("contempt", "unknown", "NF"),
)
"""The table's columns of votes, in the order of ``ANSWERS``."""

IMAGE_NAME = "Image name"  # the column with FER+'s own name of an image, empty where no rater saw a face
# How often the answer that most raters gave is the label, by label, and how often it would be on another
# image (32,298 images of Training and PublicTest). An unlucky subset is refused once in e^5 = 150 times.
_AGREE = np.array([0.47, 0.30, 0.12, 0.92, 0.40, 0.80, 0.86])
_BY_LUCK = np.array([0.086, 0.007, 0.022, 0.261, 0.122, 0.124, 0.361])
_AGAINST = -5.0
_FEWEST, _MOST = 8, 12  # votes on an image: ten, but the published table has rows of nine


def load_ferplus(path: str | os.PathLike[str] | None = None) -> tuple[FaceDataset, Votes]:
    """Load FER2013 with its ten votes an image, or the drawn sample with simulated ones, and print which.

    FER2013 is looked for where ``load_fer2013`` looks; the table ``fer2013new.csv`` beside it, then in
    ``data/fer2013_plus`` here or one folder up.

    Args:
        path: The table, where it is in none of these places.

    Returns:
        The images and the votes on them.

    Raises:
        FileNotFoundError: There is no table at the path.
        FerCourseError: The table cannot be read, or does not fit the images; or a path is given and there is
            no FER2013.

    Example:
        >>> faces, votes = load_ferplus()
        Data: the drawn sample of the package, 2,100 faces, each with ten simulated votes. ...
        >>> len(faces) == len(votes)
        True
    """
    data = _find_images(path)
    table = find_table(data) if path is None else find_votes(path)
    if path is not None and data is None:
        raise FerCourseError(
            f"{path} holds votes on FER2013, which is not here: put fer2013.csv into data/fer2013/"
        )
    if data is None or table is None:
        faces = sample_faces()
        print(
            f"Data: the drawn sample of the package, {len(faces):,} faces, each with ten simulated votes. "
            f"For the real ones, put fer2013.csv and {TABLE} into data/fer2013/."
        )
        return faces, simulate_votes(faces)
    faces = read_dataset(data)
    votes = read_ferplus(table, faces)
    print(f"Data: {data}, {len(faces):,} images, with the votes of {table}.")
    return faces, votes


def _find_images(table: str | os.PathLike[str] | None) -> Path | None:
    """Prefer the CSV that lies beside the table: the order of its rows is the table's."""
    folders = [FOLDER, Path("..") / FOLDER] if table is None else [Path(table).parent]
    beside = [folder / name for folder in folders for name in CSV_NAMES if table or (folder / TABLE).exists()]
    found, _ = find_fer2013()
    return next((file for file in beside if file.exists()), found)


def find_table(data: Path | None) -> Path | None:
    """Return the table of FER+ beside the images, else where :func:`load_ferplus` looks; None without one."""
    beside = [] if data is None else [data if data.is_dir() else data.parent]
    places = [folder / TABLE for folder in (*beside, FOLDER, Path("..") / FOLDER)]
    return next((place for place in places if place.exists()), None)


def read_ferplus(path: str | os.PathLike[str], dataset: FaceDataset) -> Votes:
    r"""Read the votes of FER+ on the images of a dataset.

    The table has one row an image of ``fer2013.csv``, in the same order, so an image whose row is known finds
    its votes by it: one of the CSV (its id is ``row00017``) and one of Kaggle's folders, whose file names say
    which row they were. An image of FER+'s own folders finds them by the column "Image name", which is no
    number of a row: it leaves out the images in which no rater saw a face. A part of the images, in any
    order, is fine. Each row's Usage is compared with the image's split, which shows when the two files are
    not of the same order.

    Args:
        path: ``fer2013new.csv``, or a folder that holds it.
        dataset: Images of FER2013, read from its CSV, Kaggle's folders or FER+'s.

    Returns:
        The votes, one row for each image of the dataset.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: Not such a table, or not of these images; the message names the row (the header is
            row 1) and the column.

    Example:
        >>> images = FaceDataset(np.zeros((1, 48, 48), np.uint8), np.array([3]), ids=np.array(["row00000"]))
        >>> header, row = ",".join(["Usage", *VOTE_COLUMNS]), "Training,0,0,0,9,0,1,0,0,0,0"
        >>> _ = Path("fer2013new.csv").write_text(f"{header}\n{row}")
        >>> read_ferplus("fer2013new.csv", images).majority()
        array([3])
    """
    source = find_votes(path)
    table = _read_table(source)
    rows = _rows_in_table(dataset, table, source)
    chosen = table.iloc[rows]
    _compare_splits(chosen["Usage"], dataset, source)
    votes = Votes(chosen[list(VOTE_COLUMNS)].to_numpy())
    _refuse_other_peoples(votes, dataset, source)
    return votes


def find_votes(path: str | os.PathLike[str]) -> Path:
    """Return the table of FER+, given it or its folder; say where to get it if it is not there."""
    source = Path(path)
    source = source / TABLE if source.is_dir() else source
    return require_file(source, f"{TABLE} is on https://github.com/microsoft/FERPlus")


def _read_table(source: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(source, encoding="utf-8-sig", skipinitialspace=True)
    except (ValueError, OSError) as error:
        raise FerCourseError(f"{source}: not a table of comma-separated values ({error})") from error
    table.columns = table.columns.str.strip()
    missing = [name for name in ("Usage", *VOTE_COLUMNS) if name not in table]
    if missing:
        raise FerCourseError(
            f"{source}, row 1: not FER+, no column {missing[0]!r}; found {', '.join(table.columns[:12])}"
        )
    for name in VOTE_COLUMNS:
        numbers = pd.to_numeric(table[name], errors="coerce")
        wrong = np.flatnonzero(~(numbers >= 0) | (numbers % 1 != 0))
        if wrong.size:
            raise FerCourseError(
                f"{source}, row {wrong[0] + 2}, column {name!r}: {str(table[name].iloc[wrong[0]])!r}, "
                "expected a number of votes; is the file cut short? Download it again"
            )
        table[name] = numbers.astype(np.int64)
    total = table[list(VOTE_COLUMNS)].sum(axis=1)
    wrong = np.flatnonzero(~total.between(_FEWEST, _MOST))
    if wrong.size:
        raise FerCourseError(f"{source}, row {wrong[0] + 2}: {total.iloc[wrong[0]]} votes, expected ten")
    return table


def _rows_in_table(dataset: FaceDataset, table: pd.DataFrame, source: Path) -> np.ndarray:
    """Return the row of votes on each image, by the name that FER+ gave it or by its row in FER2013."""
    ids = pd.Series(dataset.ids, dtype=object).astype(str)
    named = ids.str.extract(r"(?:^|/)(fer\d+)(?:\.\w+)?$")[0]
    rows = np.where(named.isna(), rows_of(dataset), _rows_of_names(named, table, source))
    unknown = np.flatnonzero(rows == UNKNOWN_ROW)
    if unknown.size:
        first = ids.iloc[unknown[0]]
        raise FerCourseError(
            f"image {first!r} does not say whose votes are its own ({unknown.size:,} such): it is no row of "
            f"fer2013.csv, no file name of Kaggle's FER2013, and not an {IMAGE_NAME!r} of {source}; "
            "leave it out"
        )
    beyond = np.flatnonzero(rows >= len(table))
    if beyond.size:
        raise FerCourseError(
            f"{source}: {len(table)} rows of votes, but image {dataset.ids[beyond[0]]} needs row "
            f"{rows[beyond[0]] + 2}; the table is cut short, or belongs to other images"
        )
    return rows


def _rows_of_names(named: pd.Series, table: pd.DataFrame, source: Path) -> np.ndarray:
    if named.isna().all():
        return np.full(len(named), UNKNOWN_ROW)
    if IMAGE_NAME not in table:
        raise FerCourseError(
            f"{source}, row 1: no column {IMAGE_NAME!r}, which says whose votes these are; found "
            f"{', '.join(table.columns[:12])}"
        )
    names = table[IMAGE_NAME].astype(str).str.strip().str.replace(r"\.\w+$", "", regex=True)
    names = names[names.str.fullmatch(r"fer\d+")]
    if names.duplicated().any():
        twice = names[names.duplicated()]
        raise FerCourseError(f"{source}, row {twice.index[0] + 2}: a second {twice.iloc[0]!r}")
    row_of_name = pd.Series(names.index, names)
    return named.map(row_of_name).fillna(UNKNOWN_ROW).to_numpy().astype(np.int64)


def _refuse_other_peoples(votes: Votes, dataset: FaceDataset, source: Path) -> None:
    """Refuse votes that fit the labels as if they were on other images, as after a file lost some rows."""
    labels = dataset.labels[dataset.labels >= 0]
    agree = votes.plurality()[dataset.labels >= 0] == labels
    own, others = _AGREE[labels], _BY_LUCK[labels]
    evidence = np.where(agree, np.log(own / others), np.log((1 - own) / (1 - others))).sum()
    if evidence < _AGAINST:
        raise FerCourseError(
            f"{source}: the votes agree with {agree.mean():.0%} of the labels, as those on other images; on "
            f"their own it is {own.mean():.0%}. Rows of fer2013.csv were left out or moved before "
            "the images were read, so their numbers are no longer FER2013's; join the votes before that"
        )


def _compare_splits(usage: pd.Series, dataset: FaceDataset, source: Path) -> None:
    expected = usage.astype(str).str.strip().map(SPLIT_OF_USAGE).to_numpy()
    wrong = np.flatnonzero(expected != np.asarray(dataset.split))
    if wrong.size:
        first = wrong[0]
        raise FerCourseError(
            f"{source}, row {usage.index[first] + 2}: Usage is {usage.iloc[first]!r}, but image "
            f"{dataset.ids[first]} is in {dataset.split[first]!r} ({wrong.size} such rows); the table and "
            "the images are not in the same order, or the splits were changed: join the votes before that"
        )
