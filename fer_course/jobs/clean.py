"""From files to a cleaned dataset: load, flag, drop, enhance, and write what was decided."""

import contextlib
import dataclasses
import os
import shutil
from pathlib import Path

from .. import __version__
from ..cleaning import cleaner
from ..cleaning.cleaner import CleaningResult, optional_flags
from ..cleaning.quality import clahe as even_out
from ..cleaning.thresholds import Thresholds
from ..dataset import FaceDataset
from ..faces.embeddings import embed
from ..files import lock_folder
from ..report.page import source_of
from ..report.removals import write_cleaning_report
from ..sources.fer2013 import load_fer2013

REPORT = "cleaning.html"
CLAHE = False
"""Whether ``clean``, ``train`` and ``run`` even out contrast, unless they are told.

On FER2013 that changed val accuracy by +0.1 points, with an interval from -0.9 to +1.0: no effect
(``benchmarks/results/cleaning_ablation.json``). And whoever uses the network need not do it either.
"""
CLAHE_NAMES = {True: "on all splits; a network trained on them needs it too", False: "none"}

_MEASURED, _NEW = "measured", ".new"


def clean(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = "runs/cleaned",
    download: bool = False,
    drop: bool = True,
    clahe: bool = CLAHE,
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

    The arguments are the options of ``fer-course clean``, whose help tells each: ``drop`` is its ``--clean``,
    ``clahe`` (off, because on FER2013 no gain of it was measured) its ``--enhance``, and ``thresholds`` hold
    its limits. ``data`` is as :func:`load_fer2013` takes it; without ``out``, nothing is written.

    Returns:
        What was kept, what was removed and why; its ``dataset`` holds the enhanced images, if asked for.

    Raises:
        FileNotFoundError: Nothing is at the path.
        FerCourseError: The images cannot be used, nothing would be left of an emotion, or another process is
            writing to the folder.

    Example:
        >>> result = clean(out="runs/prepared")
        Data: the drawn sample ...
        >>> sorted(path.name for path in Path("runs/prepared").iterdir())
        ['cleaned.npz', 'cleaning.html', 'cleaning.json', 'removed.csv']
    """
    with contextlib.nullcontext() if out is None else lock_folder(out):
        dataset = load_fer2013(data, download)
        optional = None
        if drop:
            vectors = None if embeddings is None else embed(dataset.images, embeddings)
            kept = None if out is None else Path(out) / _MEASURED
            optional = optional_flags(
                dataset, detector, vectors, label_errors=label_errors, folder=kept, seed=seed
            )
        result = cleaner.clean(
            dataset,
            thresholds,
            near=near and drop,
            extra_flags=optional,
            reasons=None if drop else (),
            keep_balance=keep_balance,
        )
        if clahe:
            result = enhance(result)
        if out is not None:
            searched = f"at most {label_errors:.1%} of the images, seed {seed}"
            settings = {
                "CLAHE": CLAHE_NAMES[clahe],
                "Near copies": "dropped too" if near and drop else "kept",
                "Face detector": (drop and detector) or "none",
                "Embeddings": (drop and embeddings) or "none",
                "Label errors": searched if drop and label_errors else "not searched",
            }
            write_cleaning(Path(out), dataset, result, settings)
    return result


def enhance(result: CleaningResult) -> CleaningResult:
    """Even out the contrast of all images that a cleaning kept."""
    kept = dataclasses.replace(result.dataset, images=even_out(result.dataset.images))
    return dataclasses.replace(result, dataset=kept)


def write_cleaning(
    folder: Path, dataset: FaceDataset, result: CleaningResult, settings: dict[str, str]
) -> None:
    """Write a cleaned set whole, with a report: beside the old one, whose files are then replaced at once."""
    new = folder / _NEW
    shutil.rmtree(new, ignore_errors=True)  # of a process that was killed
    try:
        result.save(new)
        about = {"Data": source_of(dataset)} | settings | {"Version": f"fer-course {__version__}"}
        write_cleaning_report(new / REPORT, dataset, result, about)
        for file in sorted(new.iterdir()):
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(new, ignore_errors=True)
