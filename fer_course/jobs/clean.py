"""From files to a cleaned dataset: load, flag, drop, enhance, and write what was decided."""

import dataclasses
import os
from pathlib import Path

from .. import __version__
from ..cleaning.clahe import clahe
from ..cleaning.cleaner import CleaningResult
from ..cleaning.cleaner import clean as drop_flagged
from ..cleaning.flags import optional_flags
from ..cleaning.thresholds import Thresholds
from ..faces.embeddings import embed
from ..files import check_folder
from ..report.removals import write_cleaning_report
from ..sources.loading import load_fer2013

REPORT = "cleaning.html"
_MEASURED = "measured"


def prepare(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = "runs/cleaned",
    download: bool = False,
    clean: bool = True,
    enhance: bool = False,
    thresholds: Thresholds | None = None,
    near: bool = False,
    detector: str | None = None,
    embeddings: str | None = None,
    label_errors: float = 0.0,
    keep_balance: bool = False,
    seed: int = 0,
) -> CleaningResult:
    """Load a dataset, clean its train split, and write it with a report.

    Written are ``cleaned.npz``, which ``read_dataset`` and ``run`` read; ``removed.csv`` and
    ``cleaning.json`` with every reason; and ``cleaning.html`` with galleries. Face counts are kept while they
    are made, so a stopped call goes on.

    Args:
        data: A file or folder with images (:func:`read_dataset`); when left out, what :func:`load_fer2013`
            finds.
        out: Folder for the results; nothing is written when None.
        download: Download FER2013 from Kaggle when it is nowhere.
        clean: Whether to drop anything.
        enhance: Whether to even out the contrast of the images of all splits (:func:`clahe`).
        thresholds: Where a score becomes a flag; the defaults when left out.
        near: Also drop near copies.
        detector: Also drop images without exactly one face for this detector (:func:`FaceDetector`).
        embeddings: Also drop outliers of these embeddings: "gradients" or an InsightFace pack
            (:func:`embed`).
        label_errors: Also drop the most suspicious labels, this share of the train images at most, 0..1.
        keep_balance: Let no emotion lose a larger share than all together.
        seed: Decides the folds of the search for label errors.

    Returns:
        What was kept, what was removed and why; its ``dataset`` holds the enhanced images, if asked for.

    Raises:
        FileNotFoundError: Nothing is at the path.
        FerCourseError: The images cannot be used, or nothing would be left of an emotion.

    Example:
        >>> result = prepare(out="runs/prepared")
        Data: the drawn sample ...
        >>> sorted(path.name for path in Path("runs/prepared").iterdir())
        ['cleaned.npz', 'cleaning.html', 'cleaning.json', 'removed.csv']
    """
    if out is not None:
        check_folder(out)
    dataset = load_fer2013(data, download)
    more = (
        optional_flags(
            dataset,
            detector=detector,
            embeddings=None if embeddings is None else embed(dataset.images, embeddings),
            label_errors=label_errors,
            folder=None if out is None else Path(out) / _MEASURED,
            seed=seed,
        )
        if clean
        else None
    )
    near = near and clean
    result = drop_flagged(
        dataset,
        thresholds,
        near=near,
        extra_flags=more,
        reasons=None if clean else (),
        keep_balance=keep_balance,
    )
    if enhance:
        kept = dataclasses.replace(result.dataset, images=clahe(result.dataset.images))
        result = dataclasses.replace(result, dataset=kept)
    if out is not None:
        folder = result.save(out)
        settings = {
            "Data": "what load_fer2013() found" if data is None else data,
            "CLAHE": "on all splits; do the same before predicting" if enhance else "none",
            "Near copies": "dropped too" if near else "kept",
            "Face detector": (clean and detector) or "none",
            "Embeddings": (clean and embeddings) or "none",
            "Label errors": f"at most {label_errors:.1%} of the images, seed {seed}"
            if clean and label_errors
            else "not searched",
            "Version": f"fer-course {__version__}",
        }
        write_cleaning_report(folder / REPORT, dataset, result, settings)
    return result
