"""Options that several commands have in common."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import CallbackParam, Option

from ..emotions import EMOTIONS
from .app import plain_words

Detector = Literal["yunet", "dnn", "haar", "mtcnn", "insightface"]
"""The names of detectors, whose module takes Pandas to import."""


def there(parameter: CallbackParam, given: Path | None) -> Path | None:
    """Refuse a path at which nothing is, before a command imports what takes seconds."""
    with plain_words("Interrupted."):
        if given is not None and str(given) != "sample" and not given.exists():
            raise FileNotFoundError(f"{parameter.opts[0]} {given}: no such file or folder")
    return given


def found(parameter: CallbackParam, given: Path | None) -> Path | None:
    """Refuse data that are not there, as well where it is a variable that names them."""
    with plain_words("Interrupted."):
        if given is None:
            from ..sources.fer2013 import find_fer2013

            find_fer2013()
    return there(parameter, given)


Data = Annotated[
    Path | None,
    Option(
        callback=found, help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'
    ),
]
TrainedData = Annotated[
    Path | None,
    Option(
        callback=there,
        help='CSV, folder, zip or npz, or "sample"; else what the network was trained on, or, if nobody '
        "knows, data/fer2013 or the drawn sample.",
    ),
]
Model = Annotated[
    Path | None,
    Option(
        help="A .onnx or .keras file, or a folder that run, train or ensemble wrote; else the network that "
        "ships with the package.",
    ),
]
Split = Annotated[Literal["val", "test"], Option(help="val, or, once at the very end, test.")]
Limit = Annotated[int | None, Option(min=1, help="At most so many images of each split.")]
Restart = Annotated[bool, Option("--restart", help="Start anew if the folder holds another run.")]
Width = Annotated[float, Option(help="Width of the network; 2 has four times the parameters.")]
Channels = Annotated[int, Option(help="1 for gray networks, 3 for RGB.")]
Clahe = Annotated[bool, Option(help="Even out the contrast of all images first.")]
Seed = Annotated[int, Option(min=0, help="Decides every random choice.")]

RECIPE = {
    "epochs": Annotated[int | None, Option(help="Times that every train image is shown.")],
    "batch_size": Annotated[int | None, Option(help="Images a step.")],
    "optimizer": Annotated[
        Literal["adamw", "sgd"] | None, Option(help="How the weights follow the gradient.")
    ],
    "schedule": Annotated[
        Literal["cosine", "restarts", "plateau"] | None, Option(help="How the learning rate falls.")
    ],
    "learning_rate": Annotated[float | None, Option(help="The highest.")],
    "warmup_epochs": Annotated[float | None, Option(help="Epochs in which it rises from 0.")],
    "weight_decay": Annotated[float | None, Option(help="Pull of the weights towards 0.")],
    "clip_norm": Annotated[float | None, Option(help="The longest gradient; 0 clips none.")],
    "layer_decay": Annotated[float | None, Option(help="Factor on the rate, layer by layer.")],
    "average": Annotated[float | None, Option(help="Momentum of averaged weights; 0 has none.")],
    "early_stopping": Annotated[int | None, Option(help="Stop after so many epochs in vain.")],
    "label_smoothing": Annotated[float | None, Option(help="Share of a target for all classes.")],
    "balance": Annotated[
        Literal["weights", "effective", "sampling", "none"] | None,
        Option(help="What evens out how often emotions count."),
    ],
    "rare_first": Annotated[int | None, Option(help="First epochs, of rare emotions alone.")],
    "focal": Annotated[float | None, Option(help="Gamma of the focal loss; 0 is cross-entropy.")],
    "augment": Annotated[int | None, Option(help="0 (none) to 3 (strong).")],
    "rare_augment": Annotated[int | None, Option(help="The same, for rare emotions.")],
    "mixup": Annotated[float | None, Option(help="Alpha of MixUp; 0 blends nothing.")],
    "cutmix": Annotated[float | None, Option(help="Alpha of CutMix; 0 pastes nothing.")],
    "seed": Annotated[int | None, Option(help="Decides every random choice.")],
}
"""What may differ from a recipe."""

BIASES: dict[str, Any] = {
    "biases": Annotated[
        Path | None,
        Option(callback=there, help='A file that tune-bias wrote, or JSON such as {"angry": 4.5}.'),
    ]
} | {
    f"{name}_bias": Annotated[float | None, Option(help="What to add to its log-probability.")]
    for name in EMOTIONS
}
"""A file of biases, and those that count more."""


def in_place_of(name: str, options: Mapping[str, Any]) -> Callable[..., Callable[..., None]]:
    """Give a command options in place of one argument, which takes those that were given, by name."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(**given: Any) -> None:
            taken = {option: given.pop(option) for option in options}
            command(**given, **{name: {key: value for key, value in taken.items() if value is not None}})

        signature = inspect.signature(command)
        parameters = []
        for own in signature.parameters.values():
            kinds = options if own.name == name else {own.name: own.annotation}
            parameters += [own.replace(name=option, annotation=kind) for option, kind in kinds.items()]
        called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return called

    return decorate
