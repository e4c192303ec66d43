"""The ``fer-course`` command, a thin skin over the package's functions."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from . import __version__
from .errors import FerCourseError

INTERRUPTED = 130  # the exit status that shells expect after Ctrl-C

app = typer.Typer(
    help="Facial-expression recognition, from raw FER2013 to a webcam.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Facial-expression recognition, from raw FER2013 to a webcam."""
    if version:
        typer.echo(f"fer-course {__version__}")
        raise typer.Exit


@app.command()
def run(
    data: Annotated[
        Path | None,
        typer.Option(
            help="CSV, folder, zip or npz with faces; without it, data/fer2013 or the drawn sample."
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
    with _plain_errors("Interrupted; the finished epochs are kept. Run the same command again to go on."):
        from .pipeline import run as run_pipeline

        result = run_pipeline(data, out, limit, epochs, width, channels, clahe, seed, restart)
        typer.echo(f"\n{result!r}")


@app.command()
def doctor() -> None:
    """Show what is installed, which data and accelerator there are, and what to do about each gap."""
    with _plain_errors("Interrupted."):
        from .environment import describe
        from .environment import doctor as examine

        findings = examine()
        typer.echo(describe(findings))
        if (findings["state"] == "problem").any():
            raise typer.Exit(1)


@contextmanager
def _plain_errors(interrupted: str) -> Iterator[None]:
    """Turn an error that the user can mend into one line, and Ctrl-C into advice."""
    try:
        yield
    except (FerCourseError, OSError) as error:
        typer.echo(f"fer-course: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        typer.echo(f'fer-course: {error}; install everything with pip install "fer-course[all]"', err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo(f"\n{interrupted}", err=True)
        sys.exit(INTERRUPTED)
