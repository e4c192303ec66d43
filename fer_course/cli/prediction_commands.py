"""Commands that name emotions: ``predict`` and ``webcam``."""

import json
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
import typer
from tqdm.auto import tqdm

from ..emotions import EMOTIONS
from ..files import name_in_table, write_beside
from .app import app, harmless, plain_errors, plain_warnings
from .options import Bias, Biases, Model

if TYPE_CHECKING:
    from ..inference.inputs import Picture
    from ..inference.recognition import Face

UNREAD, WHOLE, FOUND, NOBODY = "unread", "whole", "found", "nobody"
"""What may become of a picture."""


@app.command()
def predict(
    sources: Annotated[list[Path], typer.Argument(help="Pictures, folders of them, FER2013's CSV, videos.")],
    model: Model = None,
    detector: Annotated[
        str,
        typer.Option(
            help="yunet, haar, mtcnn, insightface, or none: all of a picture is one face. auto: none for crops "
            "of at most 128 pixels, yunet for others."
        ),
    ] = "auto",
    biases: Biases = None,
    angry_bias: Bias = None,
    disgust_bias: Bias = None,
    fear_bias: Bias = None,
    happy_bias: Bias = None,
    sad_bias: Bias = None,
    surprise_bias: Bias = None,
    neutral_bias: Bias = None,
    top: Annotated[int, typer.Option(min=1, max=7, help="So many emotions of each face.")] = 3,
    smoothing: Annotated[float, typer.Option(min=0, help="Average a video's faces over some seconds.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with all probabilities.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write a table to this file, and print no lines.")] = None,
    annotated: Annotated[
        Path | None, typer.Option(help="Folder for pictures and videos with the faces drawn in.")
    ] = None,
) -> None:
    """Name the emotion of every face in pictures, folders, FER2013's CSV and videos.

    In the table of --csv, a name that a spreadsheet would run as a formula (= + - @ first) gets an apostrophe
    before it, and so does one that begins with an apostrophe: take one away to have the name back.
    """
    given = locals()
    with plain_errors("Interrupted; no file is left half-written."), plain_warnings():
        from ..inference.annotating import check_apart, write_annotated
        from ..inference.inputs import pictures_of
        from ..inference.predictor import Predictor, recognize_all, row_of

        asked = None if detector == "none" else detector
        recognized = recognize_all(
            pictures_of(sources if len(sources) > 1 else sources[0]),
            Predictor.load(model),
            asked,
            biases_of(biases, given),
            smoothing,
        )
        if annotated is not None:
            check_apart(annotated, list(sources))
            recognized = write_annotated(recognized, annotated)
        rows: list[dict[str, Any]] = []
        seen = Counter[str]()
        with closing(recognized):
            for picture, faces in recognized:
                rows += [row_of(picture, face, top) for face in faces]
                seen[_kind(picture, faces, asked)] += 1
                if picture.error is not None:
                    tqdm.write(harmless(f"fer-course: {picture.error}"), sys.stderr)
                elif not as_json and csv is None:
                    _print_lines(picture, faces, top, asked)
        if as_json:
            typer.echo(json.dumps([_as_json(row) for row in rows], indent=2))
        if csv is not None:
            _write_csv(rows, csv)
        _print_summary(rows, seen, asked)
        if seen[UNREAD]:
            raise typer.Exit(1)


@app.command()
def webcam(
    source: Annotated[str, typer.Argument(help="Number of a camera, or a video.")] = "0",
    model: Model = None,
    detector: Annotated[str, typer.Option(help="yunet, haar, mtcnn or insightface.")] = "yunet",
    biases: Biases = None,
    angry_bias: Bias = None,
    disgust_bias: Bias = None,
    fear_bias: Bias = None,
    happy_bias: Bias = None,
    sad_bias: Bias = None,
    surprise_bias: Bias = None,
    neutral_bias: Bias = None,
    mirror: Annotated[
        bool | None, typer.Option(help="Swap left and right; else of a camera, and not of a video.")
    ] = None,
    smoothing: Annotated[float, typer.Option(min=0, help="Average faces over some seconds.")] = 0.5,
    out: Annotated[Path, typer.Option(help="Folder for snapshots and recordings.")] = Path(),
) -> None:
    """Show the emotions of all faces before a camera, in a window. Stored is only what you ask for.

    Keys: s saves a snapshot, r begins and ends a recording, q quits.
    """
    given = locals()
    with plain_errors("Interrupted; a recording is kept."), plain_warnings():
        from ..inference.realtime import run_realtime_demo

        run_realtime_demo(
            int(source) if source.isdecimal() else source,
            model,
            detector,
            biases_of(biases, given),
            mirror,
            smoothing,
            out,
        )


def biases_of(file: Path | None, flags: dict[str, Any]) -> pd.Series | None:
    """Return the biases that a user asks for; those of the flags count more than those of the file.

    Args:
        file: What ``--biases`` names.
        flags: Holds ``angry_bias``, ``disgust_bias`` and so on; None where they are not given.

    Returns:
        The seven biases by emotion, or None where all are 0.
    """
    from ..evaluation.bias.result import read_biases

    added = pd.Series(0.0, EMOTIONS) if file is None else read_biases(file)
    added.update(pd.Series({name: flags[f"{name}_bias"] for name in EMOTIONS}, dtype=float).dropna())
    return added if added.any() else None


def describe(name: str, face: "Face", top: int) -> str:
    """Return a line on a face: its most probable emotions."""
    return f"{name}: " + ", ".join(f"{emotion} {probability:.1%}" for emotion, probability in face.top(top))


def _kind(picture: "Picture", faces: list["Face"], detector: str | None) -> str:
    from ..inference.predictor import is_crop

    if picture.error is not None:
        return UNREAD
    return WHOLE if is_crop(picture, detector) else FOUND if faces else NOBODY


def _print_lines(picture: "Picture", faces: list["Face"], top: int, detector: str | None) -> None:
    """Print what was found in a picture, above the progress bar if there is one."""
    name = str(picture.image).replace("\n", "\\n")  # a second line would look like a picture of its own
    if picture.second is not None:
        name += f" at {picture.second:.2f} s"
    if not faces and picture.second is None:
        from ..inference.recognition import detector_named

        least = detector_named(_name_of(detector)).smallest(*picture.pixels.shape[:2])
        tqdm.write(f"{name}: no face found; those from {least} pixels wide on were looked for")
    for number, face in enumerate(faces, start=1):
        which = f", face {number} of {len(faces)} at {face.x},{face.y}" if len(faces) > 1 else ""
        tqdm.write(describe(name + which, face, top))


def _print_summary(rows: list[dict[str, Any]], seen: "Counter[str]", detector: str | None) -> None:
    """Say on standard error, apart from the results, how they came about."""
    if seen[WHOLE] and detector is not None:
        typer.echo(
            f"taken for one face as a whole: {seen[WHOLE]:,} crops of at most 128 pixels "
            "(--detector yunet looks for faces in them)",
            err=True,
        )
    if seen[FOUND] or seen[NOBODY]:
        name = _name_of(detector)
        faces, searched = len(rows) - seen[WHOLE], seen[FOUND] + seen[NOBODY]
        typer.echo(
            f"looked for faces with {name}: {faces:,} in {seen[FOUND]:,} of {searched:,} pictures or frames",
            err=True,
        )
    labelled = [row["emotion"] == row["label"] for row in rows if "label" in row]
    if labelled:
        typer.echo(f"as labelled: {np.mean(labelled):.1%} of {len(labelled):,} rows", err=True)


def _name_of(detector: str | None) -> str:
    return "yunet" if detector in ("auto", None) else detector


def _write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    from ..inference.predictor import table_of

    table = table_of([row | {"image": name_in_table(str(row["image"]))} for row in rows])
    with write_beside(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    typer.echo(f"table: {path}", err=True)


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name not in EMOTIONS}
    return plain | {"probabilities": {name: row[name] for name in EMOTIONS}}
