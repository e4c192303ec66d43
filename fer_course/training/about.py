"""What a network was trained on: in words, and as its file carries it."""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..emotions import EMOTIONS

ENTRY = "about.json"
"""The entry of a ``.keras`` file that holds what the metadata of an ONNX file hold."""

PREPROCESSING = "gray or RGB pixels 0..255, not rescaled: the square around the face, resized by area"
"""What is done to a picture before the network; stands in the metadata."""

UNKNOWN = "what it was trained on is not known"
ASSUMED = "order of emotions assumed"


@dataclass(frozen=True)
class About:
    """What is known of a network; "" or None where that is missing.

    Args:
        network: What it is called, such as "CompactCNN".
        data: What it was trained on, such as "FER2013".
        images: How many images of that.
        recipe: How, such as "compact, 80 epochs".
        val_accuracy: Its accuracy on val, 0..1.
        val_interval: Lower and upper end of the 95 % interval.
        clahe: Whether the contrast of its images was evened out first (:func:`clahe`).
        version: Of fer-course, which trained it.
        note: Anything else.

    Example:
        >>> print(About("CompactCNN", "FER2013", 28709, val_accuracy=0.685, val_interval=(0.67, 0.7)))
        CompactCNN, trained on 28,709 images of FER2013
        val accuracy 68.5 % (95 % interval 67.0 to 70.0)
    """

    network: str = ""
    data: str = ""
    images: int | None = None
    recipe: str = ""
    val_accuracy: float | None = None
    val_interval: tuple[float, float] | None = None
    clahe: bool | None = None
    version: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Say it in one line or two."""
        images = "" if self.images is None else f"{self.images:,} images of "
        training = [self.recipe and f"recipe {self.recipe}", self.data and f"trained on {images}{self.data}"]
        score = "" if self.val_accuracy is None else f"val accuracy {100 * self.val_accuracy:.1f} %"
        if score and self.val_interval is not None:
            low, high = self.val_interval
            score += f" (95 % interval {100 * low:.1f} to {100 * high:.1f})"
        evened = "contrast evened out first (CLAHE)" if self.clahe else ""
        first = [self.network, *(training if any(training) or self.note else [UNKNOWN]), self.note]
        second = [score, evened, self.version and f"fer-course {self.version}"]
        return "\n".join(filter(None, (", ".join(filter(None, parts)) for parts in (first, second))))

    def to_metadata(self, network: str = "") -> dict[str, str]:
        """Return texts that every kind of file can hold; a ``network`` without a name is called so."""
        evened = {} if self.clahe is None else {"clahe": str(self.clahe).lower()}
        held = asdict(self) | {"network": self.network or network}
        about = {name: value for name, value in held.items() if value not in ("", None)}
        texts = {"emotions": json.dumps(EMOTIONS), "preprocessing": PREPROCESSING, "about": json.dumps(about)}
        return texts | evened

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "About":
        """Read what :meth:`to_metadata` gave, or earlier a line of text; nonsense in it is not known."""
        text = metadata.get("about", "")
        try:
            held = dict(json.loads(text).items())
        except (ValueError, AttributeError, RecursionError):
            held = {"note": text}
        held = {item.name: held[item.name] for item in fields(cls) if _fits(item.name, held.get(item.name))}
        if "val_interval" in held:
            held["val_interval"] = tuple(held["val_interval"])
        if metadata.get("clahe") in ("true", "false"):
            held["clahe"] = metadata["clahe"] == "true"
        return cls(**held)


def keras_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read the metadata of a ``.keras`` file, without Keras; empty for a file of Keras alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            texts = json.loads(archive.read(ENTRY)).items()
    except (KeyError, ValueError, AttributeError, OSError, RecursionError, zipfile.BadZipFile):
        return {}
    return {name: value for name, value in texts if isinstance(value, str)}


def _fits(name: str, value: Any) -> bool:
    """Tell whether a value that stood in a file is one for a field."""
    if name == "val_interval":
        return (
            isinstance(value, list) and len(value) == 2 and all(_fits("val_accuracy", end) for end in value)
        )
    if name == "val_accuracy":
        return isinstance(value, float) and 0 <= value <= 1
    if name == "images":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, bool if name == "clahe" else str)
