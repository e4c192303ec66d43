"""Commands about data: ``doctor``, ``datasets``, ``login``, ``download``, ``convert`` and ``clean``."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer import Argument, Option

from ..errors import FerCourseError
from .app import app, plain_words
from .options import Data, Detector, Seed

_ENDINGS = (".csv", ".npz")
_CUT = (
    "Of a photograph, cut out the square around the face first; where it is, fer-course predict PHOTO --json "
    "says (x, y, width, height)"
)


@app.command()
def doctor() -> None:
    """Show what is installed, which data and accelerator there are, and what to do about each gap."""
    with plain_words("Interrupted."):
        from ..jobs.doctor import describe
        from ..jobs.doctor import doctor as examine

        typer.echo("examining this machine; TensorFlow takes some seconds to wake up ...", err=True)
        findings = examine()
        typer.echo(describe(findings))
        if (findings["state"] == "problem").any():
            raise typer.Exit(1)


@app.command()
def datasets(
    folder: Annotated[Path | None, Option(help="Where downloaded datasets are; else data.")] = None,
) -> None:
    """Show the catalogue: which datasets there are, what they hold, and what their makers allow."""
    with plain_words("Interrupted."):
        from ..sources.catalogue import datasets as catalogue
        from ..sources.catalogue import describe

        typer.echo(describe(catalogue(folder)))


@app.command()
def download(
    names: Annotated[list[str] | None, Argument(help="Names of the catalogue, such as fer2013.")] = None,
    everything: Annotated[bool, Option("--all", help="All that Kaggle has.")] = False,
    listing: Annotated[bool, Option("--list", help="Show the catalogue and stop.")] = False,
    folder: Annotated[Path | None, Option(help="Where the datasets go; else data.")] = None,
    verify: Annotated[bool, Option("--verify", help="Compare checksums of what is there.")] = False,
) -> None:
    """Download datasets from Kaggle. Run it again to go on after Ctrl-C."""
    if listing:
        datasets(folder)
        return
    with plain_words("Interrupted; what has arrived is kept. Run the same command again to go on."):
        from ..sources.catalogue import CATALOGUE
        from ..sources.kaggle import download as download_datasets

        _offer_to_make_private()
        if everything:
            names = [entry.name for entry in CATALOGUE.values() if entry.kaggle]
        download_datasets(*names or [], folder=folder, verify=verify)


def _offer_to_make_private() -> None:
    """Ask before changing the mode of a credentials file that other users can read."""
    from ..sources.credentials import find_credentials

    found = find_credentials()
    if found is not None and found.file is not None and found.exposed and _asks():
        question = f"Other users can read {found.source}. Make it yours alone (chmod 600)?"
        if typer.confirm(question, default=True):
            found.file.chmod(0o600)


def _asks() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


@app.command()
def login() -> None:
    """Ask for a Kaggle token, without showing it, and save it where Kaggle's client finds it."""
    with plain_words("Interrupted; nothing is saved."):
        from ..sources.credentials import kaggle_login

        kaggle_login()


@app.command()
def convert(
    source: Annotated[
        list[Path],
        Argument(
            help='A dataset: CSV, folder, zip or npz, or "sample"; with --emotion, pictures of faces or '
            "folders of them."
        ),
    ],
    out: Annotated[Path, Argument(help="The file: .csv as FER2013's, or .npz.")],
    emotion: Annotated[
        str | None, Option(help="Add pictures of this emotion to the CSV, or start a new one.")
    ] = None,
    usage: Annotated[
        Literal["Training", "PublicTest", "PrivateTest"],
        Option(help="With --emotion: train, val or test."),
    ] = "Training",
    resize: Annotated[
        bool, Option("--resize", help="Bring images of another size to 48x48 gray pixels.")
    ] = False,
    labels: Annotated[
        str | None,
        Option(
            help="What folders mean: fer2013, ferplus, affectnet, raf_db or ck_plus for whose numbers they "
            'are, or such as "0=angry,natural=neutral".'
        ),
    ] = None,
) -> None:
    """Write any dataset, or pictures of your own, as FER2013's CSV or as npz."""
    with plain_words("Interrupted; nothing was changed."):
        from ..drawing.sample import sample_faces
        from ..images import IMAGE_ENDINGS
        from ..sources.fer2013 import SAMPLE, write_fer2013_csv
        from ..sources.reading import read_dataset

        if out.suffix not in _ENDINGS:
            raise FerCourseError(f"{out}: expected a name that ends in {' or '.join(_ENDINGS)}")
        if emotion is not None:
            if out.suffix != ".csv":
                raise FerCourseError(f"{out}: pictures are added to a .csv; convert that to .npz afterwards")
            if labels is not None:
                raise FerCourseError("--labels is for the folders of a dataset; with --emotion, leave it out")
            _add_pictures(source, emotion, out, usage)
            return
        if len(source) > 1:
            raise FerCourseError("one dataset at a time; pictures of your own need --emotion")
        if source[0].suffix.lower() in IMAGE_ENDINGS and source[0].is_file():
            raise FerCourseError(f"{source[0]}: a picture; say what it shows, as in --emotion happy. {_CUT}")
        sample = str(source[0]) == SAMPLE
        dataset = sample_faces() if sample else read_dataset(source[0], resize=resize, labels=labels)
        written = write_fer2013_csv(dataset, out) if out.suffix == ".csv" else dataset.save(out)
        typer.echo(f"{written}: {dataset!r}")


def _add_pictures(sources: list[Path], emotion: str, out: Path, usage: str) -> None:
    from ..images import crop_square, read_picture, resize_face, to_gray
    from ..inference.predictor import LARGEST_CROP
    from ..sources.fer2013 import append_images_to_fer2013_csv

    faces, large = [], []
    for picture in (picture for source in sources for picture in _pictures_in(source)):
        gray = to_gray(read_picture(picture))
        faces.append(resize_face(crop_square(gray)))
        if max(gray.shape) > LARGEST_CROP:
            large.append(str(picture))
    append_images_to_fer2013_csv(faces, [emotion] * len(faces), out, usage)
    typer.echo(f"{out}: {len(faces)} picture{'s' * (len(faces) > 1)} of {emotion} added as {usage}")
    if large:
        more = f" and {len(large) - 5} more" if len(large) > 5 else ""
        typer.echo(
            f"fer-course: {', '.join(large[:5])}{more}: larger than {LARGEST_CROP} pixels, and the square in "
            f"its middle was taken for a face. {_CUT}",
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


@app.command()
def clean(
    data: Data = None,
    out: Annotated[Path, Option(help="Folder for images, counts and report.")] = Path("runs/cleaned"),
    download: Annotated[bool, Option("--download", help="Get FER2013 from Kaggle if need be.")] = False,
    clean: Annotated[bool, Option(help="Drop what is flagged, from train alone.")] = True,
    enhance: Annotated[bool, Option(help="Even out the contrast of all images.")] = False,
    save: Annotated[bool, Option(help="Write images, counts and report.")] = True,
    full: Annotated[bool, Option("--full", help="--download --clean --enhance --save.")] = False,
    blur: Annotated[float | None, Option(min=0, help="Least variance of the Laplacian.")] = None,
    brightness: Annotated[
        tuple[float, float] | None,
        Option(metavar="LEAST GREATEST", help="Mean gray value, 0 to 255, such as: 40 220."),
    ] = None,
    contrast: Annotated[float | None, Option(min=0, help="Least standard deviation of the grays.")] = None,
    near: Annotated[bool, Option("--near", help="Drop near copies too.")] = False,
    detector: Annotated[Detector | None, Option(help="Keep what has one face.")] = None,
    embeddings: Annotated[str | None, Option(help="Drop outliers: gradients or an InsightFace pack.")] = None,
    label_errors: Annotated[
        float, Option(min=0, max=1, help="Drop this share, the most suspicious labels.")
    ] = 0.0,
    keep_balance: Annotated[
        bool, Option("--keep-balance", help="No emotion loses more than all together.")
    ] = False,
    seed: Seed = 0,
) -> None:
    """Drop bad images of the train split, and say which and why, in a report with galleries."""
    with plain_words("Interrupted; face counts are kept. Run the same command again to go on."):
        from ..cleaning.thresholds import Thresholds
        from ..jobs.clean import REPORT
        from ..jobs.clean import clean as clean_files

        if brightness is not None and not brightness[0] <= brightness[1]:  # NaN is neither
            raise FerCourseError(f"--brightness {brightness[0]:g} {brightness[1]:g}: the least comes first")
        thresholds = {"blur": blur, "brightness": brightness, "contrast": contrast}
        given: dict[str, Any] = {name: value for name, value in thresholds.items() if value is not None}
        limits = Thresholds(**given) if given else None
        folder = out if save or full else None
        how = (limits, near, detector, embeddings, label_errors, keep_balance, seed)
        result = clean_files(data, folder, download or full, clean or full, enhance or full, *how)
        typer.echo(f"{result!r}")
        if folder:
            typer.echo(f"report: {folder / REPORT}")
