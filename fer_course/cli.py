"""The ``fer-course`` command, a thin skin over the package's functions."""

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

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
    with _plain_errors("Interrupted; the finished epochs are kept. Run the same command again to go on."):
        from .pipeline import run as run_pipeline

        result = run_pipeline(data, out, limit, epochs, width, channels, clahe, seed, restart)
        typer.echo(f"\n{result!r}")


@app.command()
def datasets(
    folder: Annotated[Path | None, typer.Option(help="Where downloaded datasets are; else data.")] = None,
) -> None:
    """Show the catalogue: which datasets there are, what they hold, and what their makers allow."""
    from .sources.catalogue import datasets as catalogue
    from .sources.catalogue import describe

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
    with _plain_errors("Interrupted; what has arrived is kept. Run the same command again to go on."):
        from .sources.catalogue import CATALOGUE
        from .sources.kaggle import download as download_datasets

        _offer_to_make_private()
        if everything:
            names = [entry.name for entry in CATALOGUE.values() if entry.kaggle]
        download_datasets(*names or [], folder=folder, verify=verify)


def _offer_to_make_private() -> None:
    """Ask before changing the mode of a credentials file that other users can read."""
    from .sources.credentials import find_credentials, make_private

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
    with _plain_errors("Interrupted; nothing is saved."):
        from .sources.credentials import kaggle_login

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
    faces: Annotated[str | None, typer.Option(help="Keep one face: haar, mtcnn, yunet or dnn.")] = None,
    embeddings: Annotated[
        str | None, typer.Option(help="Drop outliers: gradients or an InsightFace pack.")
    ] = None,
    labels: Annotated[
        float, typer.Option(min=0, max=1, help="Drop this share, the most suspicious labels.")
    ] = 0.0,
    keep_balance: Annotated[
        bool, typer.Option("--keep-balance", help="No emotion loses more than all together.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random choice.")] = 0,
) -> None:
    """Drop bad images of the train split, and say which and why, in a report with galleries."""
    with _plain_errors("Interrupted; face counts are kept. Run the same command again to go on."):
        from .cleaning.flags import Thresholds
        from .preparation import REPORT, prepare

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
            detector=faces,
            embeddings=embeddings,
            label_errors=labels,
            keep_balance=keep_balance,
            seed=seed,
        )
        typer.echo(f"{result!r}")
        if save or full:
            typer.echo(f"report: {out / REPORT}")


@app.command()
def train(
    data: Annotated[
        Path | None,
        typer.Option(help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for model, history and scores.")] = Path("runs/train"),
    recipe: Annotated[
        str, typer.Option(help="course, or compact: the one of the network that ships with the package.")
    ] = "course",
    network: Annotated[
        str | None, typer.Option(help="EmotionCNN, CompactCNN, ResNet18 or VGG; else the recipe's own.")
    ] = None,
    width: Annotated[float, typer.Option(help="Width of the network.")] = 1.0,
    channels: Annotated[int, typer.Option(help="1 for a gray network, 3 for RGB.")] = 1,
    clahe: Annotated[
        bool, typer.Option("--clahe", help="Even out the contrast of all images first.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many images of each split.")] = None,
    mixed_precision: Annotated[
        bool, typer.Option("--mixed-precision", help="Compute in bfloat16 where that is safe.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Start anew if the folder holds one.")] = False,
    epochs: Annotated[int | None, typer.Option(help="Times that every train image is shown.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images a step.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adamw or sgd.")] = None,
    schedule: Annotated[str | None, typer.Option(help="cosine, restarts or plateau.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.")] = None,
    warmup_epochs: Annotated[float | None, typer.Option(help="Epochs in which it rises from 0.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Pull of the weights towards 0.")] = None,
    clip_norm: Annotated[float | None, typer.Option(help="The longest gradient; 0 clips none.")] = None,
    layer_decay: Annotated[float | None, typer.Option(help="Factor on the rate, layer by layer.")] = None,
    average: Annotated[float | None, typer.Option(help="Momentum of averaged weights; 0 has none.")] = None,
    early_stopping: Annotated[int | None, typer.Option(help="Stop after so many epochs in vain.")] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Share of a target for all classes.")] = None,
    balance: Annotated[str | None, typer.Option(help="weights, effective, sampling or none.")] = None,
    rare_first: Annotated[int | None, typer.Option(help="First epochs, of rare emotions alone.")] = None,
    focal: Annotated[float | None, typer.Option(help="Gamma of the focal loss; 0 is cross-entropy.")] = None,
    augment: Annotated[int | None, typer.Option(help="0 (none) to 3 (strong).")] = None,
    rare_augment: Annotated[int | None, typer.Option(help="The same, for rare emotions.")] = None,
    mixup: Annotated[float | None, typer.Option(help="Alpha of MixUp; 0 blends nothing.")] = None,
    cutmix: Annotated[float | None, typer.Option(help="Alpha of CutMix; 0 pastes nothing.")] = None,
    seed: Annotated[int | None, typer.Option(help="Decides every random choice.")] = None,
) -> None:
    """Train a network by a recipe and score it on val. Run it again to go on after Ctrl-C."""
    given = locals()
    with _plain_errors("Interrupted; the finished epochs are kept. Run the same command again to go on."):
        from .experiment import train as train_network
        from .training.recipe import Recipe

        names = [field.name for field in dataclasses.fields(Recipe)]
        changes = {name: given[name] for name in names if given[name] is not None}
        evaluation = train_network(
            data, out, recipe, network, width, channels, clahe, limit, mixed_precision, restart, **changes
        )
        typer.echo(f"\n{evaluation!r}\nmodel, scores and pictures: {out}")


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A .keras file, such as runs/train/model.keras.")],
    data: Annotated[
        Path | None,
        typer.Option(help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'),
    ] = None,
    split: Annotated[str, typer.Option(help="val, or, once at the very end, test.")] = "val",
    tta: Annotated[str | None, typer.Option(help="flip, shifts or ten-crop; else a single view.")] = None,
    clahe: Annotated[bool, typer.Option("--clahe", help="If the network was trained with it.")] = False,
    twins: Annotated[bool, typer.Option(help="Score images that stand in train as well.")] = True,
    out: Annotated[Path | None, typer.Option(help="Folder for scores and pictures.")] = None,
) -> None:
    """Score a network on one split, with intervals, and write scores, predictions and pictures."""
    with _plain_errors("Interrupted."):
        from .experiment import evaluate_file

        evaluation = evaluate_file(model, data, split, tta, clahe, twins, out)
        typer.echo(f"{evaluation!r}\n\n{evaluation.classification_report()}")
        if out is not None:
            typer.echo(f"scores and pictures: {out}")


@app.command()
def doctor() -> None:
    """Show what is installed, which data and accelerator there are, and what to do about each gap."""
    with _plain_errors("Interrupted."):
        from .environment import describe
        from .environment import doctor as examine

        typer.echo("examining this machine; TensorFlow takes some seconds to wake up ...", err=True)
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
