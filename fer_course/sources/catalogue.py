"""The catalogue: datasets of facial expressions, where they are, and what their makers allow."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..emotions import EMOTIONS
from .votes import TABLE

_WITHOUT_NEUTRAL = EMOTIONS[:6]
_PEOPLE_WERE_NOT_ASKED = "photographs from the web of people who were not asked; do not republish faces"


@dataclass(frozen=True)
class CatalogueEntry:
    """What is known of a dataset.

    Attributes:
        name: Its name here, and of its folder in ``data/``.
        title: Its name elsewhere.
        kaggle: Path of an upload on Kaggle, None if there is no official one.
        images: How many images the upload holds, None where uploads differ.
        megabytes: Size of the download, roughly; None if it is not known.
        licence: What the makers state.
        terms: What that asks of you, in a line.
        classes: Names of the classes, in this package's words where they are among the seven.
        citation: Who made it; please cite.
        page: Where the makers describe it.
    """

    name: str
    title: str
    kaggle: str | None
    images: int | None
    megabytes: int | None
    licence: str
    terms: str
    classes: tuple[str, ...]
    citation: str
    page: str

    @property
    def address(self) -> str:
        """The page to open in a browser: the upload's on Kaggle, else the makers'."""
        return f"https://www.kaggle.com/datasets/{self.kaggle}" if self.kaggle else self.page


_GOODFELLOW = (
    "I. Goodfellow et al., Challenges in Representation Learning: A report on three machine learning "
    "contests, 2013, arXiv:1307.0414"
)
_ENTRIES = (
    CatalogueEntry(
        name="fer2013",
        title="FER2013, images in folders",
        kaggle="msambare/fer2013",
        images=35887,
        megabytes=60,
        licence="not stated by the makers; the upload names one of its own",
        terms=f"research and teaching; {_PEOPLE_WERE_NOT_ASKED}",
        classes=EMOTIONS,
        citation=_GOODFELLOW,
        page="https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge",
    ),
    CatalogueEntry(
        name="fer2013_csv",
        title="FER2013, the contest's CSV",
        kaggle="debanga/facial-expression-recognition-challenge",
        images=35887,
        megabytes=None,
        licence="not stated by the makers; the contest's rules on Kaggle apply",
        terms=f"research and teaching; {_PEOPLE_WERE_NOT_ASKED}",
        classes=EMOTIONS,
        citation=_GOODFELLOW,
        page="https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge",
    ),
    CatalogueEntry(
        name="fer2013_plus",
        title="FER2013+, the CSV to which the votes of FER+ belong",
        kaggle="ashishpatel26/facial-expression-recognitionferchallenge",
        images=35887,
        megabytes=100,
        licence="not stated by the makers for the images; MIT for the votes of FER+",
        terms=f"the votes, fer2013new.csv, are on their makers' page; {_PEOPLE_WERE_NOT_ASKED}",
        classes=(*EMOTIONS, "contempt", "unknown", "not a face"),
        citation=(
            "E. Barsoum, C. Zhang, C. Canton Ferrer and Z. Zhang, Training Deep Networks for Facial "
            f"Expression Recognition with Crowd-Sourced Label Distribution, 2016, "
            f"arXiv:1608.01041; {_GOODFELLOW}"
        ),
        page="https://github.com/microsoft/FERPlus",
    ),
    CatalogueEntry(
        name="ck_plus",
        title="CK+, the Extended Cohn-Kanade Dataset",
        kaggle="shawon10/ckplus",
        images=981,
        megabytes=4,
        licence="by agreement with the makers, research only; not stated for the upload",
        terms="sign the makers' agreement before you use it; no redistribution; the upload holds the last "
        "three frames of each labelled sequence, so split by person",
        classes=(*_WITHOUT_NEUTRAL, "contempt"),
        citation=(
            "P. Lucey, J. F. Cohn, T. Kanade, J. Saragih, Z. Ambadar and I. Matthews, The Extended "
            "Cohn-Kanade Dataset (CK+): A complete dataset for action unit and emotion-specified expression, "
            "CVPR Workshops 2010"
        ),
        page="https://www.jeffcohn.net/Resources/",
    ),
    CatalogueEntry(
        name="raf_db",
        title="RAF-DB, Real-world Affective Faces, basic emotions",
        kaggle="shuvoalok/raf-db-dataset",
        images=15339,
        megabytes=40,
        licence="by agreement with the makers, non-commercial research only",
        terms="ask the makers for access; no copies, no redistribution, no commercial use of images or of "
        "what is derived from them",
        classes=EMOTIONS,
        citation=(
            "S. Li, W. Deng and J. Du, Reliable Crowdsourcing and Deep Locality-Preserving Learning for "
            "Expression Recognition in the Wild, CVPR 2017"
        ),
        page="http://www.whdeng.cn/RAF/model1.html",
    ),
    CatalogueEntry(
        name="affectnet",
        title="AffectNet, a part of it",
        kaggle="tom99763/affectnet-for-facial-expression-recognition",
        images=None,
        megabytes=None,
        licence="by agreement with the makers, research only",
        terms="a lab head or professor signs the makers' agreement, students ask their supervisor; "
        "no redistribution",
        classes=(*EMOTIONS, "contempt"),
        citation=(
            "A. Mollahosseini, B. Hasani and M. H. Mahoor, AffectNet: A Database for Facial Expression, "
            "Valence, and Arousal Computing in the Wild, IEEE Transactions on Affective Computing, 2017, "
            "arXiv:1708.03985"
        ),
        page="http://mohammadmahoor.com/pages/databases/affectnet/",
    ),
    CatalogueEntry(
        name="jaffe",
        title="JAFFE, Japanese Female Facial Expression",
        kaggle="sujaykapadnis/jaffe",
        images=213,
        megabytes=12,
        licence="by request to the makers, non-commercial scientific research only",
        terms="ask for access on the makers' page; cite; no redistribution; ten people, so split by person",
        classes=EMOTIONS,
        citation=(
            "M. J. Lyons, S. Akamatsu, M. Kamachi and J. Gyoba, Coding Facial Expressions with Gabor "
            "Wavelets, IEEE International Conference on Automatic Face and Gesture Recognition, 1998"
        ),
        page="https://zenodo.org/records/3451524",
    ),
    CatalogueEntry(
        name="expw",
        title="ExpW, Expression in-the-Wild",
        kaggle="shuvoalok/expw",
        images=None,
        megabytes=None,
        licence="not stated; ask the authors",
        terms=f"treat it as research only; {_PEOPLE_WERE_NOT_ASKED}",
        classes=EMOTIONS,
        citation=(
            "Z. Zhang, P. Luo, C. C. Loy and X. Tang, From Facial Expression Recognition to Interpersonal "
            "Relation Prediction, International Journal of Computer Vision, 2018, arXiv:1609.06426"
        ),
        page="http://mmlab.ie.cuhk.edu.hk/projects/socialrelation/index.html",
    ),
    CatalogueEntry(
        name="kdef",
        title="KDEF, Karolinska Directed Emotional Faces",
        kaggle=None,
        images=4900,
        megabytes=None,
        licence="the makers' terms: researchers only, non-commercial",
        terms="register with the makers; no redistribution in any form without their written consent; "
        "seventy people, so split by person",
        classes=EMOTIONS,
        citation=(
            "D. Lundqvist, A. Flykt and A. Öhman, The Karolinska Directed Emotional Faces (KDEF), CD ROM, "
            "Karolinska Institutet, 1998, ISBN 91-630-7164-9"
        ),
        page="https://kdef.se",
    ),
)

CATALOGUE = {entry.name: entry for entry in _ENTRIES}
"""Name to what is known of each dataset that this package reads."""


def data_folder() -> Path:
    """Find the folder for datasets: ``data`` here, or one folder up, where a lesson finds it.

    Returns:
        ``data``, or ``../data`` if only that one exists.

    Example:
        >>> data_folder().name
        'data'
    """
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
    rows = [
        {
            "name": entry.name,
            "title": entry.title,
            "images": entry.images,
            "megabytes": entry.megabytes,
            "on_disk": is_on_disk(root / entry.name),
            "licence": entry.licence,
            "terms": entry.terms,
            "classes": ", ".join(entry.classes),
            "citation": entry.citation,
            "kaggle": entry.kaggle or "",
            "page": entry.page,
        }
        for entry in CATALOGUE.values()
    ]
    return pd.DataFrame(rows).astype({"images": "Int64", "megabytes": "Int64"}).set_index("name")


def describe(table: pd.DataFrame) -> str:
    """Write the catalogue as text, a few lines a dataset.

    Args:
        table: What :func:`datasets` returned.

    Returns:
        The lines.

    Example:
        >>> print(describe(datasets().loc[["kdef"]]))
        kdef: KDEF, Karolinska Directed Emotional Faces
            4,900 images; not here
            ...
    """
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
    """Tell whether a folder holds anything but hidden files and the votes of FER+, which come from elsewhere.

    Args:
        folder: The folder of a dataset.

    Returns:
        True if it does.

    Example:
        >>> is_on_disk(Path("data/nothing"))
        False
    """
    return folder.is_dir() and any(
        not entry.name.startswith(".") and entry.name != TABLE for entry in folder.iterdir()
    )
