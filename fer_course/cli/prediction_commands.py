"""Commands that name emotions: ``predict`` and ``webcam``."""

import json
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
import typer
from typer import Argument, Option

from ..emotions import EMOTIONS
from ..files import name_in_table, write_beside
from .app import app, plain_words, say
from .options import BIASES, Detector, Model, in_place_of

if TYPE_CHECKING:
    from ..inference.inputs import Picture
    from ..inference.recognition import Face

UNREAD, WHOLE, FOUND, NOBODY = "unread", "whole", "found", "nobody"
"""What may become of a picture."""


@app.command()
@in_place_of("biases", BIASES)
def predict(
    sources: Annotated[list[Path], Argument(help="Pictures, folders of them, FER2013's CSV, videos.")],
    model: Model = None,
    detector: Annotated[
        Literal["auto", "none", Detector],
        Option(
            help="none: all of a picture is one face. auto: none for crops of at most 128 pixels, yunet for "
            "others.",
        ),
    ] = "auto",
    biases: Any = None,
    top: Annotated[int, Option(min=1, max=7, help="So many emotions of each face.")] = 3,
    smoothing: Annotated[float, Option(min=0, help="Average a video's faces over some seconds.")] = 0.0,
    as_json: Annotated[bool, Option("--json", help="Print JSON with all probabilities.")] = False,
    csv: Annotated[Path | None, Option(help="Write a table to this file, and print no lines.")] = None,
    annotated: Annotated[
        Path | None, Option(help="Folder for pictures and videos with the faces drawn in.")
    ] = None,
) -> None:
    """Name the emotion of every face in pictures, folders, FER2013's CSV and videos.

    In the table of --csv, a name that a spreadsheet would run as a formula (= + - @ first) gets an apostrophe
    before it, and so does one that begins with an apostrophe: take one away to have the name back.
    """
    with plain_words("Interrupted; no file is left half-written."):
        from ..inference.annotating import check_apart, write_annotated
        from ..inference.inputs import pictures_of
        from ..inference.predictor import Predictor, is_crop, recognize_all, row_of, table_of

        asked = None if detector == "none" else detector
        pictures = pictures_of(sources if len(sources) > 1 else sources[0])
        recognized = recognize_all(pictures, Predictor.load(model), asked, _sum_of(biases, model), smoothing)
        if annotated is not None:
            check_apart(annotated, list(sources))
            recognized = write_annotated(recognized, annotated)
        rows: list[dict[str, Any]] = []
        seen = Counter[str]()
        with closing(recognized):
            for picture, faces in recognized:
                rows += [row_of(picture, face, top) for face in faces]
                if picture.error is not None:
                    seen[UNREAD] += 1
                    say(f"fer-course: {picture.error}", sys.stderr)
                    continue
                seen[WHOLE if is_crop(picture, asked) else FOUND if faces else NOBODY] += 1
                if not as_json and csv is None:
                    _print_lines(picture, faces, top, asked)
        if as_json:
            plain = [{name: row[name] for name in row if name not in EMOTIONS} for row in rows]
            answers = [{"probabilities": {name: row[name] for name in EMOTIONS}} for row in rows]
            typer.echo(json.dumps([a | b for a, b in zip(plain, answers, strict=True)], indent=2))
        if csv is not None:
            table = table_of([row | {"image": name_in_table(str(row["image"]))} for row in rows])
            with write_beside(csv) as temporary:
                table.to_csv(temporary, index=False, float_format="%.6g")
            typer.echo(f"table: {csv}", err=True)
        _print_summary(rows, seen, asked)
        if seen[UNREAD]:
            raise typer.Exit(1)


@app.command()
@in_place_of("biases", BIASES)
def webcam(
    source: Annotated[str, Argument(help="Number of a camera, or a video.")] = "0",
    model: Model = None,
    detector: Annotated[Detector, Option(help="What looks for faces.")] = "yunet",
    biases: Any = None,
    mirror: Annotated[
        bool | None, Option(help="Swap left and right; else of a camera, and not of a video.")
    ] = None,
    smoothing: Annotated[float, Option(min=0, help="Average faces over some seconds.")] = 0.5,
    out: Annotated[Path, Option(help="Folder for snapshots and recordings.")] = Path(),
) -> None:
    """Show the emotions of all faces before a camera, in a window. Stored is only what you ask for.

    Keys: s saves a snapshot, r begins and ends a recording, q quits.
    """
    with plain_words("Interrupted; a recording is kept."):
        from ..inference.realtime import run_realtime_demo

        camera = int(source) if source.isdecimal() else source
        run_realtime_demo(camera, model, detector, _sum_of(biases, model), mirror, smoothing, out)


def _sum_of(given: dict[str, Any], model: Path | None) -> pd.Series | None:
    """Return the seven biases that are asked for; those of flags count more than those of a file."""
    from ..evaluation.bias.result import read_biases
    from ..inference.network_files import find_network, identity

    added = pd.Series(0.0, EMOTIONS)
    if "biases" in given:
        added = read_biases(given["biases"], identity(find_network(model)))
    for name in EMOTIONS:
        added[name] = given.get(f"{name}_bias", added[name])
    return added if (added != 0).any() else None


def _search_by(detector: str | None) -> str:
    """Name the detector that looks for faces where one is looked for."""
    return "yunet" if detector in ("auto", None) else detector


def _print_lines(picture: "Picture", faces: list["Face"], top: int, detector: str | None) -> None:
    """Print what was found in a picture, above the progress bar if there is one."""
    name = str(picture.image).replace("\n", "\\n")  # a second line would look like a picture of its own
    if picture.second is not None:
        name += f" at {picture.second:.2f} s"
    if not faces and picture.second is None:
        from ..inference.recognition import detector_named

        least = detector_named(_search_by(detector)).smallest(*picture.pixels.shape[:2])
        say(f"{name}: no face found; those from {least} pixels wide on were looked for")
    for number, face in enumerate(faces, start=1):
        which = f", face {number} of {len(faces)} at {face.x},{face.y}" if len(faces) > 1 else ""
        named = ", ".join(f"{emotion} {probability:.1%}" for emotion, probability in face.top(top))
        say(f"{name}{which}: {named}")


def _print_summary(rows: list[dict[str, Any]], seen: "Counter[str]", detector: str | None) -> None:
    """Say on standard error, apart from the results, how they came about."""
    if seen[WHOLE] and detector is not None:
        typer.echo(
            f"taken for one face as a whole: {seen[WHOLE]:,} crops of at most 128 pixels "
            "(--detector yunet looks for faces in them)",
            err=True,
        )
    if seen[FOUND] or seen[NOBODY]:
        name = _search_by(detector)
        faces, searched = len(rows) - seen[WHOLE], seen[FOUND] + seen[NOBODY]
        typer.echo(
            f"looked for faces with {name}: {faces:,} in {seen[FOUND]:,} of {searched:,} pictures or frames",
            err=True,
        )
    labelled = [row["emotion"] == row["label"] for row in rows if "label" in row]
    if labelled:
        share = f"{np.mean(labelled):.1%} of {len(labelled):,} rows"
        typer.echo(f"as labelled: {share}, those of train included (fer-course evaluate: of val)", err=True)
