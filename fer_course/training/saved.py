"""Models in files: written whole, and read without executing anything."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import name_content, require_file, write_beside
from ..sources.archives import refuse_swollen
from .about import ENTRY, About
from .backend import keras

SUFFIX = ".keras"

_NEWS = (  # since Keras 3.13, the oldest that the package runs with
    ("input_axes", None),
    ("output_axes", None),
    ("renorm", False),
    ("renorm_clipping", None),
    ("renorm_momentum", 0.99),
)


def save_model(model: keras.Model, path: str | os.PathLike[str], about: About | None = None) -> Path:
    """Write a model as one ``.keras`` file, without its optimiser.

    Args:
        model: The network.
        path: Where to; missing folders are made, and a file that is there is replaced as a whole.
        about: What it was trained on; the file carries it, and :attr:`Predictor.about` tells it.

    Returns:
        The file.

    Raises:
        FerCourseError: The name does not end in ``.keras``.

    Example:
        >>> import fer_course as fer
        >>> save_model(fer.EmotionCNN(width_mult=0.25), "runs/example.keras").name
        'example.keras'
    """
    target = _checked_suffix(path)
    bare = keras.models.clone_model(model)  # without the optimiser, which is twice as large as the network
    bare.set_weights(model.get_weights())
    with write_beside(target) as temporary:
        bare.save(temporary)
        _add_metadata(temporary, (about or About()).to_metadata(model.name))
    return target


def load_model(path: str | os.PathLike[str]) -> keras.Model:
    """Read a model from a ``.keras`` file, without executing code that the file may carry.

    Args:
        path: The file.

    Returns:
        The model, ready to predict, to be scored or to be trained by :func:`fit`.

    Raises:
        FileNotFoundError: There is no such file.
        FerCourseError: It is no Keras model, carries code, or does not tell seven emotions apart.

    Example:
        >>> import fer_course as fer
        >>> path = fer.save_model(fer.EmotionCNN(width_mult=0.25), "runs/example.keras")
        >>> fer.load_model(path).output_shape
        (None, 7)
    """
    source = require_file(_checked_suffix(path), "fer-course train writes one")
    if not zipfile.is_zipfile(source):
        with source.open("rb") as file:
            start = file.read(300)
        if start.startswith(b"PK"):
            raise FerCourseError(
                f"{source}: cut short or damaged, a zip without its end; write or download it anew"
            )
        content = name_content(start) or "none"
        raise FerCourseError(f"{source}: not a Keras model; a {SUFFIX} file is a zip, and this is {content}")
    try:
        with zipfile.ZipFile(source) as archive:
            refuse_swollen(archive, source)
        model = keras.saving.load_model(source, compile=False, safe_mode=True)
    except FerCourseError:
        raise
    except Exception as error:  # zip, JSON, HDF5 and each layer have their own way to refuse
        unsafe = "safe_mode" in str(error) or "unsafe" in str(error).lower()
        what = "carries code, which is never executed" if unsafe else f"not a readable Keras model ({error})"
        raise FerCourseError(f"{source}: {what}") from error
    shapes = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if not isinstance(shapes[0], tuple) or len(shapes[0]) != 4 or shapes[1] != (None, len(EMOTIONS)):
        raise FerCourseError(
            f"{source}: a model from {shapes[0]} to {shapes[1]}; expected one from images (None, height, "
            f"width, channels) to the probabilities of the emotions (None, {len(EMOTIONS)})"
        )
    return model


def _add_metadata(path: Path, metadata: dict[str, str]) -> None:
    """Write metadata into a file, and leave out options that Keras in Colab, often older, would refuse."""

    def without_news(options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in options.items() if (name, value) not in _NEWS}

    with zipfile.ZipFile(path) as archive:
        contents = {info: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in contents.items():
            if info.filename == "config.json":
                content = json.dumps(json.loads(content, object_hook=without_news)).encode()
            archive.writestr(info, content)
        # Keras reads past entries that it does not know
        archive.writestr(zipfile.ZipInfo(ENTRY), json.dumps(metadata, indent=1))


def _checked_suffix(path: str | os.PathLike[str]) -> Path:
    file = Path(path)
    if file.suffix != SUFFIX:
        raise FerCourseError(f"{file}: expected a name that ends in {SUFFIX}, in small letters")
    return file
