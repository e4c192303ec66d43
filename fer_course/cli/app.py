"""The application that the commands of this package belong to, and how they end when something fails."""

import io
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Annotated, Any, TextIO

import typer
from typer import Option
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


_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Spell out control characters, which files' names may hold and terminals obey, but no ends of lines."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class HarmlessText(io.TextIOBase):
    """Standard output, to which only harmless text comes, also from prints of the package."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write to the stream behind."""
        return self.stream.write(harmless(text))

    def flush(self) -> None:
        """Flush the stream behind."""
        self.stream.flush()


class Commands(TyperGroup):
    """Lists commands as ``ORDER`` does, and refuses empty arguments, which as paths mean the folder here."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Look at all arguments before a command does."""
        if any(not given or re.fullmatch("-[^=]*=", given) for given in args):
            ctx.fail("an empty argument; is a variable unset that should hold it?")
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; letters that the terminal's encoding lacks are written with backslashes."""
        with suppress(AttributeError):  # some replacements of standard output have no encoding
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return sorted(self.commands, key=ORDER.index)


app = typer.Typer(
    cls=Commands,
    help="Facial-expression recognition, from raw FER2013 to a webcam.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, Option("--version", help="Print the version and stop.")] = False) -> None:
    """Facial-expression recognition, from raw FER2013 to a webcam."""
    if version:
        typer.echo(f"fer-course {__version__}")
        raise typer.Exit


def say(words: str, where: TextIO | None = None) -> None:
    """Print a harmless line, above the progress bar if there may be one."""
    bars = sys.modules.get("tqdm.auto")
    write = bars.tqdm.write if bars else print
    write(harmless(words), file=where or sys.stdout)


@contextmanager
def plain_words(interrupted: str) -> Iterator[None]:
    """Print an error that the user can mend, or a warning, as one line, and advice after Ctrl-C.

    Prints become harmless; OpenCV and FFmpeg, which add many warnings of their own, are to be quiet.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        with redirect_stdout(HarmlessText(sys.stdout)), warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: say(f"fer-course: {message}", sys.stderr)
            yield
    except (FerCourseError, OSError) as error:
        typer.echo(harmless(f"fer-course: {error}"), err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        typer.echo(f"fer-course: {error}; install everything with {install_command('all')}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo(f"\n{interrupted}", err=True)
        sys.exit(INTERRUPTED)
