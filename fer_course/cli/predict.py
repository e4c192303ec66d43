"""The command ``predict``, and how every command asks a network in a file."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from .app import app, plain_errors

Model = Annotated[
    Path | None, typer.Option(help="A .onnx or .keras file; else the network that ships with the package.")
]
Bias = Annotated[float | None, typer.Option(help="What to add to its log-probability.")]


@app.command()
def predict(
    images: Annotated[list[Path], typer.Argument(help="Pictures, each of one face.")],
    model: Model = None,
    biases: Annotated[
        Path | None, typer.Option(help='A file that tune-bias wrote, or JSON such as {"angry": 4.5}.')
    ] = None,
    angry_bias: Bias = None,
    disgust_bias: Bias = None,
    fear_bias: Bias = None,
    happy_bias: Bias = None,
    sad_bias: Bias = None,
    surprise_bias: Bias = None,
    neutral_bias: Bias = None,
    top: Annotated[int, typer.Option(min=1, max=7, help="So many emotions of each picture.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with all probabilities.")] = False,
) -> None:
    """Name the emotion of each picture, the whole of which is taken for a face."""
    given = locals()
    with plain_errors("Interrupted."):
        from ..emotions import EMOTIONS
        from ..evaluation.bias.result import apply_biases, read_biases
        from ..sources.images import crop_square, read_image, resize_face

        faces = np.stack([resize_face(crop_square(read_image(path))) for path in images])
        added = pd.Series(0.0, EMOTIONS) if biases is None else read_biases(biases)
        flags = {name: given[f"{name}_bias"] for name in EMOTIONS}
        added.update(pd.Series(flags, dtype=float).dropna())
        said = probabilities_of(model, faces)
        if added.any():
            said = apply_biases(said, added.to_numpy())
        names = [str(path) for path in images]
        typer.echo(_as_json(names, said) if as_json else describe(names, said, top))


def probabilities_of(model: Path | None, faces: np.ndarray) -> np.ndarray:
    """Ask a network in a file about faces.

    Args:
        model: A ``.keras`` or ``.onnx`` file; None for the network that ships with the package.
        faces: ``(n, 48, 48)`` ``uint8``.

    Returns:
        ``(n, 7)`` probabilities.
    """
    if model is not None and model.suffix == ".keras":
        from ..evaluation.tta import predict as predict_with_keras
        from ..training.saved import load_model

        return predict_with_keras(load_model(model), faces)
    from ..inference.predictor import Predictor

    return Predictor.load(model).predict_proba(faces)


def describe(names: list[str], probabilities: np.ndarray, top: int) -> str:
    """Return a line for each picture: its most probable emotions."""
    from ..emotions import EMOTIONS

    lines = []
    for name, said in zip(names, probabilities, strict=True):
        best = np.argsort(-said, kind="stable")[:top]
        lines.append(f"{name}: " + ", ".join(f"{EMOTIONS[label]} {said[label]:.1%}" for label in best))
    return "\n".join(lines)


def _as_json(names: list[str], probabilities: np.ndarray) -> str:
    from ..emotions import EMOTIONS

    answers = [
        {
            "image": name,
            "emotion": EMOTIONS[said.argmax()],
            "probabilities": {emotion: float(p) for emotion, p in zip(EMOTIONS, said, strict=True)},
        }
        for name, said in zip(names, probabilities, strict=True)
    ]
    return json.dumps(answers, indent=2)
