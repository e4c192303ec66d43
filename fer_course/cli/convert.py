"""The command ``convert``."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import FerCourseError
from .app import app, plain_errors
from .predict import plain_warnings

_ENDINGS = (".csv", ".npz")


@app.command()
def convert(
    source: Annotated[
        list[Path],
        typer.Argument(
            help='A dataset: CSV, folder, zip or npz, or "sample"; with --emotion, pictures of faces or '
            "folders of them."
        ),
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
    with plain_errors("Interrupted; nothing was changed."), plain_warnings():
        from ..drawing.sample import sample_faces
        from ..images import IMAGE_ENDINGS
        from ..sources.fer2013 import write_fer2013_csv
        from ..sources.loading import SAMPLE
        from ..sources.reading import read_dataset

        if out.suffix not in _ENDINGS:
            raise FerCourseError(f"{out}: expected a name that ends in {' or '.join(_ENDINGS)}")
        if emotion is not None:
            if out.suffix != ".csv":
                raise FerCourseError(f"{out}: pictures are added to a .csv; convert that to .npz afterwards")
            _add_pictures(source, emotion, out, usage)
            return
        if len(source) > 1:
            raise FerCourseError("one dataset at a time; pictures of your own need --emotion")
        if source[0].suffix.lower() in IMAGE_ENDINGS and source[0].is_file():
            raise FerCourseError(f"{source[0]}: a picture; say what it shows, as in --emotion happy")
        sample = str(source[0]) == SAMPLE
        dataset = sample_faces() if sample else read_dataset(source[0], resize=resize)
        written = write_fer2013_csv(dataset, out) if out.suffix == ".csv" else dataset.save(out)
        typer.echo(f"{written}: {dataset!r}")


def _add_pictures(sources: list[Path], emotion: str, out: Path, usage: str) -> None:
    from ..images import read_picture, resize_face, to_gray
    from ..inference.predictor import LARGEST_CROP
    from ..sources.fer2013 import append_images_to_fer2013_csv

    faces, large = [], []
    for picture in (picture for source in sources for picture in _pictures_in(source)):
        gray = to_gray(read_picture(picture))
        faces.append(resize_face(gray))
        if max(gray.shape) > LARGEST_CROP:
            large.append(str(picture))
    append_images_to_fer2013_csv(faces, [emotion] * len(faces), out, usage)
    typer.echo(f"{out}: {len(faces)} picture{'s' * (len(faces) > 1)} of {emotion} added as {usage}")
    if large:
        more = f" and {len(large) - 5} more" if len(large) > 5 else ""
        typer.echo(
            f"fer-course: {', '.join(large[:5])}{more}: larger than {LARGEST_CROP} pixels, and the whole "
            "picture was taken for a face; cut out the face first",
            err=True,
        )


def _pictures_in(source: Path) -> list[Path]:
    """Return the pictures of a folder, without those of folders below it, or the one picture."""
    from ..images import IMAGE_ENDINGS

    if not source.is_dir():
        return [source]
    files = (file for file in sorted(source.iterdir()) if not file.name.startswith("."))
    pictures = [file for file in files if file.suffix.lower() in IMAGE_ENDINGS]
    if not pictures:
        raise FerCourseError(f"{source}: no pictures in this folder ({', '.join(IMAGE_ENDINGS)})")
    return pictures
