"""The command ``convert``."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import FerCourseError
from .app import app, plain_errors

_ENDINGS = (".csv", ".npz")


@app.command()
def convert(
    source: Annotated[
        list[Path], typer.Argument(help="A dataset: CSV, folder, zip or npz; with --emotion, pictures.")
    ],
    out: Annotated[Path, typer.Argument(help="The file: .csv as FER2013's, or .npz.")],
    emotion: Annotated[
        str | None, typer.Option(help="Add pictures of this emotion to the CSV, or start a new one.")
    ] = None,
    usage: Annotated[
        str, typer.Option(help="With --emotion: Training, PublicTest (val) or PrivateTest (test).")
    ] = "Training",
    resize: Annotated[
        bool, typer.Option("--resize", help="Bring images of another size to 48x48 gray pixels.")
    ] = False,
) -> None:
    """Write any dataset, or pictures of your own, as FER2013's CSV or as npz."""
    with plain_errors("Interrupted; nothing was changed."):
        from ..sources.fer2013 import append_images_to_fer2013_csv, write_fer2013_csv
        from ..sources.reading import read_dataset

        if out.suffix not in _ENDINGS:
            raise FerCourseError(f"{out}: expected a name that ends in {' or '.join(_ENDINGS)}")
        if emotion is not None:
            if out.suffix != ".csv":
                raise FerCourseError(f"{out}: pictures are added to a .csv; convert that to .npz afterwards")
            append_images_to_fer2013_csv(source, [emotion] * len(source), out, usage)
            typer.echo(f"{out}: {len(source)} pictures of {emotion} added as {usage}")
            return
        if len(source) > 1:
            raise FerCourseError("one dataset at a time; pictures of your own need --emotion")
        dataset = read_dataset(source[0], resize=resize)
        written = write_fer2013_csv(dataset, out) if out.suffix == ".csv" else dataset.save(out)
        typer.echo(f"{written}: {dataset!r}")
