"""The application that the commands of this package belong to, and how they end when something fails."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from tqdm.auto import tqdm
from typer.core import TyperGroup

from .. import __version__
from ..errors import FerCourseError, install_command

EPOCHS_KEPT = (
    "Interrupted; the finished epochs are kept. Run the same command again, without --restart, to go on."
)
INTERRUPTED = 130  # the exit status that shells expect after Ctrl-C

ORDER = (
    *("doctor", "datasets", "login", "download", "convert", "clean", "run", "train", "evaluate", "ensemble"),
    *("tune-bias", "export", "predict", "webcam", "report"),
)
"""The commands as the help lists them: in the order in which they are needed."""


class InOrder(TyperGroup):
    """Lists commands as ``ORDER`` does."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return sorted(self.commands, key=ORDER.index)


app = typer.Typer(
    cls=InOrder,
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


@contextmanager
def plain_errors(interrupted: str) -> Iterator[None]:
    """Turn an error that the user can mend into one line, and Ctrl-C into advice."""
    try:
        yield
    except (FerCourseError, OSError) as error:
        typer.echo(f"fer-course: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        typer.echo(f"fer-course: {error}; install everything with {install_command('all')}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo(f"\n{interrupted}", err=True)
        sys.exit(INTERRUPTED)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Print a warning as one line; OpenCV and FFmpeg, which add many of their own, are to be quiet."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: tqdm.write(f"fer-course: {message}", sys.stderr)
        yield
