"""The command ``webcam``."""

from pathlib import Path
from typing import Annotated

import typer

from .app import app, plain_errors
from .predict import Bias, Biases, Model, biases_of, plain_warnings


@app.command()
def webcam(
    source: Annotated[str, typer.Argument(help="Number of a camera, or a video.")] = "0",
    model: Model = None,
    detector: Annotated[str, typer.Option(help="haar, yunet, mtcnn or insightface.")] = "haar",
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
