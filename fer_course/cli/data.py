"""Commands about data: ``datasets``, ``download``, ``login`` and ``clean``."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import FerCourseError
from .app import app, plain_errors


@app.command()
def datasets(
    folder: Annotated[Path | None, typer.Option(help="Where downloaded datasets are; else data.")] = None,
) -> None:
    """Show the catalogue: which datasets there are, what they hold, and what their makers allow."""
    from ..sources.catalogue import datasets as catalogue
    from ..sources.catalogue import describe

    typer.echo(describe(catalogue(folder)))


@app.command()
def download(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of the catalogue, such as fer2013.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that Kaggle has.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Show the catalogue and stop.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the datasets go; else data.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Compare checksums of what is there.")] = False,
) -> None:
    """Download datasets from Kaggle. Run it again to go on after Ctrl-C."""
    if listing:
        datasets(folder)
        return
    with plain_errors("Interrupted; what has arrived is kept. Run the same command again to go on."):
        from ..sources.catalogue import CATALOGUE
        from ..sources.kaggle import download as download_datasets

        _offer_to_make_private()
        if everything:
            names = [entry.name for entry in CATALOGUE.values() if entry.kaggle]
        download_datasets(*names or [], folder=folder, verify=verify)


def _offer_to_make_private() -> None:
    """Ask before changing the mode of a credentials file that other users can read."""
    from ..sources.credentials import find_credentials, make_private

    found = find_credentials()
    if (
        found is not None
        and found.file is not None
        and found.exposed
        and _asks()
        and typer.confirm(
            f"Other users can read {found.source}. Make it yours alone (chmod 600)?", default=True
        )
    ):
        make_private(found.file)


def _asks() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


@app.command()
def login() -> None:
    """Ask for a Kaggle token, without showing it, and save it where Kaggle's client finds it."""
    with plain_errors("Interrupted; nothing is saved."):
        from ..sources.credentials import kaggle_login

        kaggle_login()


@app.command()
def clean(
    data: Annotated[
        Path | None,
        typer.Option(help="CSV, folder, zip or npz; without it, data/fer2013 or the drawn sample."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for images, counts and report.")] = Path("runs/cleaned"),
    download: Annotated[bool, typer.Option("--download", help="Get FER2013 from Kaggle if need be.")] = False,
    clean: Annotated[bool, typer.Option(help="Drop what is flagged, from train alone.")] = True,
    enhance: Annotated[bool, typer.Option(help="Even out the contrast of all images.")] = False,
    save: Annotated[bool, typer.Option(help="Write images, counts and report.")] = True,
    full: Annotated[bool, typer.Option("--full", help="--download --clean --enhance --save.")] = False,
    blur: Annotated[float | None, typer.Option(help="Least variance of the Laplacian.")] = None,
    brightness: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LEAST GREATEST", help="Mean gray value, 0 to 255, such as: 40 220."),
    ] = None,
    contrast: Annotated[float | None, typer.Option(help="Least standard deviation of the grays.")] = None,
    near: Annotated[bool, typer.Option("--near", help="Drop near copies too.")] = False,
    detector: Annotated[
        str | None, typer.Option(help="Keep one face: haar, yunet, mtcnn or insightface.")
    ] = None,
    embeddings: Annotated[
        str | None, typer.Option(help="Drop outliers: gradients or an InsightFace pack.")
    ] = None,
    label_errors: Annotated[
        float, typer.Option(min=0, max=1, help="Drop this share, the most suspicious labels.")
    ] = 0.0,
    keep_balance: Annotated[
        bool, typer.Option("--keep-balance", help="No emotion loses more than all together.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random choice.")] = 0,
) -> None:
    """Drop bad images of the train split, and say which and why, in a report with galleries."""
    with plain_errors("Interrupted; face counts are kept. Run the same command again to go on."):
        from ..cleaning.thresholds import Thresholds
        from ..jobs.clean import REPORT, prepare

        if brightness is not None and brightness[0] > brightness[1]:
            raise FerCourseError(f"--brightness {brightness[0]:g} {brightness[1]:g}: the least comes first")
        given = {"blur": blur, "brightness": brightness, "contrast": contrast}
        limits: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        result = prepare(
            data,
            out if save or full else None,
            download=download or full,
            clean=clean or full,
            enhance=enhance or full,
            thresholds=Thresholds(**limits) if limits else None,
            near=near,
            detector=detector,
            embeddings=embeddings,
            label_errors=label_errors,
            keep_balance=keep_balance,
            seed=seed,
        )
        typer.echo(f"{result!r}")
        if save or full:
            typer.echo(f"report: {out / REPORT}")
