"""The command about ensembles: ``ensemble``."""

from pathlib import Path
from typing import Annotated

import typer

from .app import EPOCHS_KEPT, app, plain_errors


@app.command()
def ensemble(
    data: Annotated[
        Path | None,
        typer.Option(help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for members, weights and scores.")] = Path(
        "runs/ensemble"
    ),
    members: Annotated[int, typer.Option(min=2, help="Random networks that answer together.")] = 5,
    method: Annotated[str, typer.Option(help="vote, weights, greedy or stacking; fitted on val.")] = "vote",
    split: Annotated[str, typer.Option(help="val, or, once at the very end, test.")] = "val",
    channels: Annotated[int, typer.Option(help="1 for gray networks, 3 for RGB.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many images of each split.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Start anew if the folder holds one.")] = False,
    epochs: Annotated[int | None, typer.Option(help="Times that each member sees every image.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.")] = None,
    average: Annotated[float | None, typer.Option(help="Momentum of averaged weights; 0 has none.")] = None,
    balance: Annotated[str | None, typer.Option(help="weights, effective, sampling or none.")] = None,
    augment: Annotated[int | None, typer.Option(help="0 (none) to 3 (strong).")] = None,
    seed: Annotated[int | None, typer.Option(help="Decides networks, weights and order.")] = None,
) -> None:
    """Train random networks, combine them on val, and score them. Run it again to go on after Ctrl-C."""
    recipe = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "average": average,
        "balance": balance,
        "augment": augment,
        "seed": seed,
    }
    with plain_errors(EPOCHS_KEPT):
        from ..jobs.ensemble import train_ensemble

        changes = {name: value for name, value in recipe.items() if value is not None}
        made, scores = train_ensemble(data, out, members, method, split, channels, limit, restart, **changes)
        typer.echo(f"\n{made!r}\n\n{scores!r}\nmembers, weights, scores and pictures: {out}")
