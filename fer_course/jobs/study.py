"""Three questions about a trained network, answered with tables, figures and the student's own words."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .. import plots
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.corruptions import robustness
from ..evaluation.fairness import group_gaps, group_metrics, grouped, large_groups
from ..evaluation.scores import Evaluation, evaluate
from ..inference.network import Network
from ..inference.network_files import SHIPPED
from ..report.page import source_of
from ..report.studies import Study, headings, html_sections, read_words, write_html, write_tex, write_words
from .folder import RunFolder

WORDS = "words.md"
WRITERS: dict[str, Callable[..., Path]] = {"html": write_html, "tex": write_tex}

_GROUPS = ("skin_tone", "glasses", "beard", "age")
_DAMAGE = ("blur", "noise", "low resolution", "occlusion", "darker", "JPEG")
_SEVERITIES = (1, 3, 5)
_SURE = (0.5, 0.7, 0.9)
_LEAST = 10  # images in a group, so that one more mistake is not half of it


@dataclass(frozen=True, eq=False)
class RunStudies:
    """What three studies of a trained network found; made by :func:`study`.

    A notebook shows tables and figures when it is the last line of a cell.
    """

    folder: Path  # where its report goes
    about: str  # what was scored on what, and how well
    studies: tuple[Study, ...]

    def write(self, format: str = "html", words: Mapping[str, str] | None = None) -> Path:
        """Write the report, with the student's words from ``words.md`` in the same folder.

        Args:
            format: "html", one file; or "tex", with its figures beside it, for ``pdflatex``.
            words: Text by heading ("Title", "Author", "Label noise", "Robustness", "Fairness", "Conclusion")
                to write into ``words.md``, where other headings, and those whose text here is empty, keep
                theirs. When left out, the file stays as it is; where there is none, one with the questions
                is written. Empty lines divide paragraphs, and items of a list stay lines of their own.

        Returns:
            The report.

        Raises:
            FerCourseError: Another format or heading; or ``words.md`` has text that would not come into the
                report, under another heading or above the first.
        """
        if format not in WRITERS:
            raise FerCourseError(f"format is {format!r}; expected one of {', '.join(WRITERS)}")
        known = headings(self.studies)
        unknown = [name for name in words or {} if name not in known]
        if unknown:
            raise FerCourseError(f"no heading {unknown[0]!r}; there are {', '.join(known)}")
        file = self.folder / WORDS
        if words is not None or not file.exists():
            write_words(file, self.studies, words or {})
        return WRITERS[format](self.folder, self.about, self.studies, read_words(file, self.studies))

    def __repr__(self) -> str:
        tables = "\n\n".join(f"{study.title}\n{study.table.to_string()}" for study in self.studies)
        return f"{self.about}\n\n{tables}"

    def _repr_html_(self) -> str:
        return "\n".join(html_sections(self.about, self.studies, {}))


def study(run: str | os.PathLike[str], data: str | os.PathLike[str] | None = None) -> RunStudies:
    """Study a trained network on val: label noise, robustness, fairness.

    Args:
        run: What :meth:`Predictor.load` takes. The report goes into the folder of the network, of one that
            ships with the package into ``runs/NAME``.
        data: As :meth:`RunFolder.load_data` takes it.

    Returns:
        The studies; their :meth:`RunStudies.write` makes a report.

    Raises:
        FileNotFoundError: There is no such network.
        FerCourseError: The folder holds no network, the images cannot be used, there are fewer than 30 of
            val, or nobody knows which of them the network has not seen.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.EmotionCNN(width_mult=0.25), "runs/own/model.keras")
        >>> studies = study("runs/own", "sample")
        Data: the drawn sample...
        >>> studies.write().as_posix()
        'runs/own/report/report.html'
    """
    model, folder = Network.load(run), RunFolder.of(run)
    place = Path("runs", model.path.stem) if folder.path == SHIPPED else folder.path
    val = folder.scored_part(folder.load_data(data))
    if len(val) < 3 * _LEAST:
        raise FerCourseError(f"val has {len(val)} images; with fewer than {3 * _LEAST} nothing can be said")
    scored = evaluate(model, val)
    low, high = scored.interval
    about = (
        f"Scored on {len(val):,} val images of {source_of(val)}: accuracy {scored.accuracy:.1%} "
        f"(95 % interval {low:.1%} to {high:.1%}), macro-F1 {scored.macro_f1:.3f}. {folder.note_on(data)}"
    )
    studies = _label_noise(scored, val), _robustness(model, val), _fairness(scored, val)
    return RunStudies(place / "report", about.strip(), studies)


def _label_noise(scored: Evaluation, val: FaceDataset) -> Study:
    rows = []
    for least in _SURE:
        sure = ~scored.correct & (scored.confidence >= least)
        row = {"surer than": f"{least:.0%}", "faces": int(sure.sum()), "share": f"{sure.mean():.1%}"}
        if "true_label" in val.attributes:
            truth = val.attributes["true_label"]
            row["label wrong"] = int((sure & (truth != val.labels)).sum())
            row["network right"] = int((sure & (truth == scored.predictions)).sum())
        rows.append(row)
    return Study(
        "Label noise",
        "How many labels of val does the network contradict, and how sure is it? Look at the faces: who is "
        "right? What does that say about the highest accuracy that anybody could reach?",
        pd.DataFrame(rows).set_index("surer than"),
        plots.mistakes(scored, val.images),
        "The mistakes that the network is surest of.",
    )


def _robustness(model: Network, val: FaceDataset) -> Study:
    measured = robustness(model, val, _DAMAGE, _SEVERITIES)
    table = pd.DataFrame(index=pd.Index(_DAMAGE, name="accuracy, %"))
    for severity, rows in measured[measured["severity"] > 0].groupby("severity"):
        parts = rows[["accuracy", "low", "high"]].to_numpy(float)
        shown = ["{:.1f} ({:.1f}–{:.1f})".format(*part) for part in 100 * parts]
        table[f"severity {severity}"] = shown
    return Study(
        "Robustness",
        "Which damage hurts most, and does it occur where the network would be used? Is the fall more than "
        "the interval? What in training could be the reason?",
        table,
        plots.robustness_curves(measured),
        "Accuracy by severity; bands are 95 % intervals, the dashed line is guessing.",
    )


def _fairness(scored: Evaluation, val: FaceDataset) -> Study:
    known = {name: val.attributes[name] for name in _GROUPS if name in val.attributes}
    groups: dict[str, ArrayLike] = {
        name: values
        for name, values in known.items()
        if len(large_groups(*grouped(values, len(val)), least=_LEAST)) > 1
    }
    persons, mixed = _persons(val, groups)
    thin = [name.replace("_", " ") for name in known if name not in groups]
    note = " A person who is in two groups counts as two." if mixed else ""
    note += f" Left out, for want of two groups of {_LEAST} faces: {', '.join(thin)}." if thin else ""
    if not known:
        note = " Nobody wrote down who is in these pictures."
    if not groups:
        note += " Brightness says nothing of people."
        ranks = pd.Series(val.images.mean(axis=(1, 2))).rank(method="first")  # else ties could empty a third
        groups = {"brightness": pd.qcut(ranks, 3, labels=["dark", "middle", "bright"])}
    gaps = group_gaps(scored.labels, scored.probabilities, groups, persons=persons, least=_LEAST)
    table = pd.DataFrame(
        {
            "worst": gaps["worst"],
            "best": gaps["best"],
            "gap": gaps["gap"].map("{:.1%}".format),
            "gap by luck": gaps["gap_by_luck"].map("{:.1%}".format),
            "p (Holm)": gaps["p_holm"].map("{:.3f}".format),
        }
    )
    widest = str(gaps["gap"].idxmax())
    measured = group_metrics(scored.labels, scored.probabilities, groups[widest])
    return Study(
        "Fairness",
        "For whom does the network work worse, and is that more than luck? What can a table like this not "
        "show? What must the network therefore not be used for?",
        table.rename(index=lambda name: name.replace("_", " ")),
        plots.group_accuracy(measured.rename(lambda name: name.replace("$", r"\$"))),  # else a formula begins
        f"Accuracy by {widest.replace('_', ' ')}, with 95 % intervals.{note}",
    )


def _persons(val: FaceDataset, groups: Mapping[str, ArrayLike]) -> tuple[np.ndarray | None, bool]:
    """Number the persons, one with and one without glasses as two; and tell whether there are such."""
    if "person" not in val.attributes or not groups:
        return None, False
    table = pd.DataFrame({"person": val.attributes["person"], **groups})
    numbers = table.groupby(list(table), dropna=False).ngroup().to_numpy()
    return numbers, len(np.unique(numbers)) > table["person"].nunique(dropna=False)
