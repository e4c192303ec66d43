"""Options that several commands have in common."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'),
]
TrainedData = Annotated[
    Path | None,
    typer.Option(
        help='CSV, folder, zip or npz, or "sample"; else what the network was trained on, or, if nobody '
        "knows, data/fer2013 or the drawn sample."
    ),
]
Model = Annotated[
    Path | None,
    typer.Option(
        help="A .onnx or .keras file, or a folder that run, train or ensemble wrote; else the network that "
        "ships with the package."
    ),
]
Split = Annotated[str, typer.Option(help="val, or, once at the very end, test.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many images of each split.")]
Restart = Annotated[bool, typer.Option("--restart", help="Start anew if the folder holds another run.")]
Width = Annotated[float, typer.Option(help="Width of the network; 2 has four times the parameters.")]
Channels = Annotated[int, typer.Option(help="1 for gray networks, 3 for RGB.")]
Clahe = Annotated[bool, typer.Option(help="Even out the contrast of all images first.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides every random choice.")]

Epochs = Annotated[int | None, typer.Option(help="Times that every train image is shown.")]
BatchSize = Annotated[int | None, typer.Option(help="Images a step.")]
LearningRate = Annotated[float | None, typer.Option(help="The highest.")]
Average = Annotated[float | None, typer.Option(help="Momentum of averaged weights; 0 has none.")]
Balance = Annotated[str | None, typer.Option(help="weights, effective, sampling or none.")]
Augment = Annotated[int | None, typer.Option(help="0 (none) to 3 (strong).")]
RecipeSeed = Annotated[int | None, typer.Option(help="Decides every random choice.")]

Biases = Annotated[
    Path | None, typer.Option(help='A file that tune-bias wrote, or JSON such as {"angry": 4.5}.')
]
Bias = Annotated[float | None, typer.Option(help="What to add to its log-probability.")]
