"""Commands about the whole: ``run``, ``report`` and ``doctor``."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import FerCourseError
from .app import EPOCHS_KEPT, app, plain_errors


@app.command()
def run(
    data: Annotated[
        Path | None,
        typer.Option(
            help='CSV, folder, zip or npz with faces, or "sample"; else data/fer2013 or the drawn sample.'
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for model, scores and report.")] = Path("runs/latest"),
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many images of each split.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Times that every train image is shown.")] = None,
    width: Annotated[
        float, typer.Option(help="Width of the network; 2 has four times the parameters.")
    ] = 1.0,
    channels: Annotated[int, typer.Option(help="1 for a gray network, 3 for RGB.")] = 1,
    clahe: Annotated[bool, typer.Option(help="Even out the contrast of all images first.")] = True,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random choice.")] = 0,
    restart: Annotated[bool, typer.Option("--restart", help="Start anew if the folder holds a run.")] = False,
) -> None:
    """Clean the data, train a network, score it and write a report. Run it again to go on after Ctrl-C."""
    with plain_errors(EPOCHS_KEPT):
        from ..jobs.run import run as run_pipeline

        result = run_pipeline(data, out, limit, epochs, width, channels, clahe, seed, restart)
        typer.echo(f"\n{result!r}")


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Folder that run or train wrote.")],
    data: Annotated[
        Path | None,
        typer.Option(help='What it was trained on, or "sample"; else data/fer2013 or the drawn sample.'),
    ] = None,
    format: Annotated[str, typer.Option(help="html, or tex for pdflatex.")] = "html",
) -> None:
    """Write a report on label noise, robustness and fairness, with your words from report/words.md."""
    with plain_errors("Interrupted; your words are kept."):
        from ..jobs.study import WORDS, WRITERS, study_run

        if format not in WRITERS:  # before the minutes that the studies take
            raise FerCourseError(f"--format {format}: expected one of {', '.join(WRITERS)}")
        written = study_run(run, data).write(format)
        typer.echo(f"{written}; your words go into {written.parent / WORDS}")


@app.command()
def doctor() -> None:
    """Show what is installed, which data and accelerator there are, and what to do about each gap."""
    with plain_errors("Interrupted."):
        from ..jobs.doctor import describe
        from ..jobs.doctor import doctor as examine

        typer.echo("examining this machine; TensorFlow takes some seconds to wake up ...", err=True)
        findings = examine()
        typer.echo(describe(findings))
        if (findings["state"] == "problem").any():
            raise typer.Exit(1)
