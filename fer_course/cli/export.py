"""The command ``export``."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from .app import app, plain_errors
from .predict import plain_warnings


@app.command()
def export(
    model: Annotated[
        Path | None, typer.Argument(help="A .keras file; else the network that ships with the package.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("runs/export"),
    precision: Annotated[
        list[str] | None, typer.Option(help="fp32, fp16 or int8, once for each that is wanted; else all.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample. int8 is '
            "calibrated on its train images, accuracy is that on its val."
        ),
    ] = None,
    tflite: Annotated[bool, typer.Option("--tflite", help="Also for TensorFlow Lite, on phones.")] = False,
    web: Annotated[
        Path | None, typer.Option(help="Also a web page in this folder that runs the network in a browser.")
    ] = None,
) -> None:
    """Write a network as ONNX in several precisions, and measure size, speed and accuracy of each."""
    with plain_errors("Interrupted; finished files are kept."), plain_warnings():
        from ..inference.onnx_export import TOLERANCE
        from ..jobs.export import export as export_network

        measured = export_network(model, out, precision or tuple(TOLERANCE), data, tflite, web)
        typer.echo(f"\nOn val, one face at a time on one core:\n{_table(measured)}")


def _table(measured: pd.DataFrame) -> str:
    columns = {
        "MB": measured.megabytes.map("{:.2f}".format),
        "ms": measured.milliseconds.map("{:.2f}".format),
        "accuracy": measured.accuracy.map("{:.1%}".format),
        "from": measured.low.map("{:.1%}".format),
        "to": measured.high.map("{:.1%}".format),
        "other answers": measured.changed.map("{:.1%}".format),
    }
    return pd.DataFrame(columns).rename_axis(None).to_string()
