"""Commands about networks: ``train`` and ``evaluate``."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from .app import EPOCHS_KEPT, app, plain_errors


@app.command()
def train(
    data: Annotated[
        Path | None,
        typer.Option(help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for model, history and scores.")] = Path("runs/train"),
    recipe: Annotated[
        str, typer.Option(help="course, or compact: with --ferplus, that of the network that ships.")
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
    ferplus: Annotated[
        Path | None, typer.Option(help="FER+'s fer2013new.csv: half of every target; label smoothing is 0.")
    ] = None,
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
    with plain_errors(EPOCHS_KEPT):
        from ..jobs.train import train as train_network
        from ..training.recipe import Recipe

        names = [field.name for field in dataclasses.fields(Recipe)]
        changes = {name: given[name] for name in names if given[name] is not None}
        evaluation = train_network(
            data,
            out,
            recipe,
            network,
            width,
            channels,
            clahe,
            limit,
            mixed_precision,
            restart,
            ferplus,
            **changes,
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
    clahe: Annotated[
        bool | None, typer.Option(help="If it was trained so; else as settings.json beside it says.")
    ] = None,
    twins: Annotated[bool, typer.Option(help="Score images that stand in train as well.")] = True,
    out: Annotated[Path | None, typer.Option(help="Folder for scores and pictures.")] = None,
) -> None:
    """Score a network on one split, with intervals, and write scores, predictions and pictures."""
    with plain_errors("Interrupted."):
        from ..jobs.evaluate import evaluate_file

        evaluation = evaluate_file(model, data, split, tta, clahe, twins, out)
        typer.echo(f"{evaluation!r}\n\n{evaluation.classification_report()}")
        if out is not None:
            typer.echo(f"scores and pictures: {out}")
