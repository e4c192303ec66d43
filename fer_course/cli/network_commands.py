"""Commands on networks: run, train, evaluate, ensemble, tune-bias, export and report."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import typer
from typer import Argument, Option

from ..emotions import EMOTIONS
from . import options
from .app import EPOCHS_KEPT, app, plain_words

Precision = StrEnum("Precision", ["fp32", "fp16", "int8"])  # Typer knows no list of Literal
_OF_MEMBERS = ("epochs", "batch_size", "learning_rate", "average", "balance", "augment", "seed")


@app.command()
def run(
    data: options.Data = None,
    out: Annotated[Path, Option(help="Folder for model, scores and report.")] = Path("runs/latest"),
    limit: options.Limit = None,
    epochs: Annotated[int | None, Option(min=1, help="Times that every train image is shown.")] = None,
    width: options.Width = 1.0,
    channels: options.Channels = 1,
    clahe: options.Clahe = False,
    seed: options.Seed = 0,
    restart: options.Restart = False,
) -> None:
    """Clean the data, train a network, score it and write a report. Run it again to go on after Ctrl-C."""
    with plain_words(EPOCHS_KEPT):
        from ..jobs.run import run as run_pipeline

        result = run_pipeline(data, out, limit, epochs, width, channels, clahe, seed, restart)
        typer.echo(f"\n{result!r}")


@app.command()
@options.in_place_of("changes", options.RECIPE)
def train(
    data: options.Data = None,
    out: Annotated[Path, Option(help="Folder for model, history and scores.")] = Path("runs/train"),
    recipe: Annotated[
        Literal["course", "compact"],
        Option(help="compact: with --ferplus, that of the network that ships."),
    ] = "course",
    network: Annotated[
        Literal["EmotionCNN", "CompactCNN", "ResNet18", "VGG"] | None,
        Option(help="Else the recipe's own."),
    ] = None,
    width: options.Width = 1.0,
    channels: options.Channels = 1,
    clahe: options.Clahe = False,
    limit: options.Limit = None,
    precision: Annotated[
        Literal["float32", "mixed_bfloat16", "mixed_float16", "auto"] | None,
        Option(help="Else float32, with --minutes auto."),
    ] = None,
    restart: options.Restart = False,
    ferplus: Annotated[
        Path | None,
        Option(
            callback=options.there, help="FER+'s fer2013new.csv: half of every target; label smoothing is 0."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        Option(help="All may take so long: network, images and epochs are chosen for this machine."),
    ] = None,
    changes: Any = None,
) -> None:
    """Train a network by a recipe and score it on val. Run it again to go on after Ctrl-C."""
    with plain_words(EPOCHS_KEPT):
        from ..jobs.train import train as train_network

        how = (recipe, network, width, channels, clahe, limit, precision, restart, ferplus, minutes)
        evaluation = train_network(data, out, *how, **changes)
        typer.echo(f"\n{evaluation!r}\nmodel, scores and pictures: {out}")


@app.command()
def evaluate(
    model: Annotated[Path, Argument(help="A run's folder, such as runs/train, or a network's file.")],
    data: options.TrainedData = None,
    split: Annotated[
        Literal["train", "val", "test", "all"] | None,
        Option(
            help="val; test, at the very end; all, of another dataset; else val, or all of CK+ and its like."
        ),
    ] = None,
    tta: Annotated[Literal["flip", "shifts", "ten-crop"] | None, Option(help="Else a single view.")] = None,
    clahe: Annotated[bool | None, Option(help="If it was trained so; else as its file says.")] = None,
    twins: Annotated[bool, Option(help="Score images that stand in train as well.")] = True,
    out: Annotated[Path | None, Option(help="Folder for scores and pictures.")] = None,
) -> None:
    """Score a network on one split, or on another dataset, with intervals; write scores and pictures."""
    with plain_words("Interrupted."):
        from ..jobs.evaluate import evaluate as evaluate_network

        evaluation = evaluate_network(model, data, split, tta, clahe, twins, out)
        typer.echo(f"{evaluation!r}\n\n{evaluation.classification_report()}")
        if out is not None:
            typer.echo(f"scores and pictures: {out}")


@app.command()
@options.in_place_of("changes", {name: options.RECIPE[name] for name in _OF_MEMBERS})
def ensemble(
    data: options.Data = None,
    out: Annotated[Path, Option(help="Folder for members, weights and scores.")] = Path("runs/ensemble"),
    members: Annotated[int, Option(min=2, help="Random networks that answer together.")] = 5,
    method: Annotated[
        Literal["vote", "weights", "greedy", "stacking"], Option(help="Fitted on val.")
    ] = "vote",
    split: options.Split = "val",
    channels: options.Channels = 1,
    limit: options.Limit = None,
    restart: options.Restart = False,
    changes: Any = None,
) -> None:
    """Train random networks, combine them on val, and score them. Run it again to go on after Ctrl-C."""
    with plain_words(EPOCHS_KEPT):
        from ..jobs.ensemble import ensemble as train_ensemble

        made, scores = train_ensemble(data, out, members, method, split, channels, limit, restart, **changes)
        typer.echo(f"\n{made!r}\n\n{scores!r}\nmembers, weights, scores and pictures: {out}")


@app.command()
def tune_bias(
    image_dir: Annotated[
        Path | None,
        Option(callback=options.there, help="Folder of pictures; without it, the val split of --data."),
    ] = None,
    data: options.TrainedData = None,
    model: options.Model = None,
    method: Annotated[
        Literal["optuna", "grid_search", "evolutionary", "cma-es", "prior"],
        Option(help="prior: no search."),
    ] = "optuna",
    trials: Annotated[int | None, Option(help="Biases to try; else what suits the method.")] = None,
    jobs: Annotated[int, Option(help="Threads.")] = 1,
    use_ground_truth: Annotated[
        bool, Option("--use-ground-truth", help="The emotions of --image-dir are known.")
    ] = False,
    create_ground_truth: Annotated[
        bool, Option("--create-ground-truth", help="Write them to a file, from folder names, and go on.")
    ] = False,
    ground_truth_file: Annotated[
        Path | None, Option(help="JSON with them; else ground_truth.json in --image-dir.")
    ] = None,
    objective: Annotated[
        Literal["accuracy", "macro_f1", "balanced_accuracy", "distribution"] | None,
        Option(help="What the search looks for."),
    ] = None,
    target: Annotated[
        str | None, Option(help='Shares to predict: "uniform", a JSON file, or seven numbers with commas.')
    ] = None,
    train_shares: Annotated[
        str | None,
        Option(help='Shares in training, given like --target; else "fer2013", evened out if the recipe did.'),
    ] = None,
    emotions: Annotated[str, Option(help="Those that get a bias, with commas.")] = ",".join(EMOTIONS),
    folds: Annotated[int, Option(help="Parts of the cross-validation; 0 for none.")] = 5,
    seed: options.Seed = 0,
    storage: Annotated[
        str | None, Option(help="File (.db, .journal) in which processes share Optuna's study.")
    ] = None,
    out: Annotated[
        Path | None, Option(help="File for the biases; else biases.json in the run's folder, or in runs.")
    ] = None,
    plots: Annotated[Path | None, Option(help="Folder for pictures of the search.")] = None,
    score_test: Annotated[
        bool, Option("--score-test", help="Score test as well; once, at the very end.")
    ] = False,
    test: Annotated[
        Path | None, Option(callback=options.there, help="A picture to try the biases on.")
    ] = None,
) -> None:
    """Tune what is added to the log-probability of each emotion, and say whether it gains anything."""
    given = locals()
    with plain_words("Interrupted; with --storage, the trials are kept."):
        from ..jobs.tune import tune

        tune(**given | {"emotions": [name.strip() for name in emotions.split(",")]})


@app.command()
def export(
    model: Annotated[
        Path | None, Argument(help="A run's folder or a network's file; else the network that ships.")
    ] = None,
    out: Annotated[
        Path | None, Option(help="Folder for the files; else export in the run's folder, or in runs.")
    ] = None,
    precision: Annotated[
        list[Precision] | None,
        Option(help="Once for each that is wanted; else all."),
    ] = None,
    data: options.TrainedData = None,
    tflite: Annotated[bool, Option("--tflite", help="Also for TensorFlow Lite, on phones.")] = False,
    web: Annotated[
        Path | None, Option(help="Also a web page in this folder that runs the network in a browser.")
    ] = None,
) -> None:
    """Write a network as ONNX in several precisions, and measure size, speed and accuracy of each."""
    with plain_words("Interrupted; finished files are kept."):
        from ..inference.onnx_export import TOLERANCE
        from ..jobs.export import export as export_network

        measured = export_network(model, out, precision or tuple(TOLERANCE), data, tflite, web)
        columns = {
            "MB": measured.megabytes.map("{:.2f}".format),
            "ms": measured.milliseconds.map("{:.2f}".format),
            "accuracy": measured.accuracy.map("{:.1%}".format),
            "from": measured.low.map("{:.1%}".format),
            "to": measured.high.map("{:.1%}".format),
            "other answers": measured.changed.map("{:.1%}".format),
        }
        table = pd.DataFrame(columns).rename_axis(None).to_string()
        typer.echo(f"\nOn val, one face at a time on one core:\n{table}")


@app.command()
def report(
    run: Annotated[Path, Argument(help="Folder that run, train or ensemble wrote, or a network's file.")],
    data: options.TrainedData = None,
    format: Annotated[Literal["html", "tex"], Option(help="html, or tex for pdflatex.")] = "html",
) -> None:
    """Write a report on label noise, robustness and fairness, with your words from report/words.md."""
    with plain_words("Interrupted; your words are kept."):
        from ..jobs.study import WORDS, study

        written = study(run, data).write(format)
        typer.echo(f"{written}; your words go into {written.parent / WORDS}")
