"""Embeddings: a face as a list of numbers, in which similar faces are near each other."""

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..errors import FerCourseError, install_command
from ..frontend import progress_bar
from ..images import SIZE, image_stack, network_input, stack_to_gray
from ..parallel import in_threads

if TYPE_CHECKING:
    import keras

_BATCH = 64
_BLOCK, _CELL, _DIRECTIONS = 16, 8, 9  # of the gradient histograms
_CLIP = 0.2  # no direction may say more than this of a block of length 1


def embed(images: ArrayLike, by: Any = "gradients") -> np.ndarray:
    """Turn faces into embeddings: by their edges, by InsightFace, or by a network of one's own.

    InsightFace's networks (ArcFace; Deng et al., 2019) were trained to tell people apart, with the crops
    enlarged to what they take; no detector is run. On FER2013 the directions of their embeddings do not tell
    what is no face, those of the gradients do (``benchmarks/fer2013_outliers.py``), which is why these are
    the default; they need no download.

    Args:
        images: ``(n, 48, 48)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``.
        by: "gradients" (:func:`gradient_histograms`); or the name or folder of an InsightFace model pack,
            such as "buffalo_sc": names are downloaded on first use, for non-commercial research only; or a
            :class:`Predictor` or a Keras classifier, such as a trained ``EmotionCNN``: what its last layer
            gets is the embedding.

    Returns:
        ``(n, d)`` ``float32``, not scaled to length 1.

    Raises:
        FerCourseError: The images cannot be used, or InsightFace or the pack is missing.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces().images[:10]
        >>> embed(faces).shape
        (10, 900)
        >>> embed(faces, by=fer.EmotionCNN(width_mult=0.25)).shape
        (10, 32)
    """
    stack = image_stack(images)
    if not len(stack):
        raise FerCourseError("no images to embed")
    if not isinstance(by, str | os.PathLike):
        if hasattr(by, "features"):
            return by.features(stack)
        inputs = network_input(stack, by.input_shape[1:])
        return np.asarray(features_of(by).predict(inputs, batch_size=256, verbose=0), np.float32)
    if by == "gradients":
        return gradient_histograms(stack)
    network = load_pack(os.fspath(by), "recognition")
    first = network.session.get_inputs()[0].shape[0]
    batch = first if isinstance(first, int) and first > 0 else _BATCH
    starts = range(0, len(stack), batch)
    parts = [
        network.get_feat([bgr(image) for image in stack[start : start + batch]])
        for start in progress_bar(starts, "embedding")
    ]
    return np.concatenate(parts).astype(np.float32)


def gradient_histograms(images: ArrayLike) -> np.ndarray:
    """Describe faces by the directions of their edges: an embedding without a network and a download.

    The image is brought to 48x48 pixels and divided into 25 overlapping blocks of four cells; each cell
    counts in which of nine directions its edges run (Dalal and Triggs, 2005): ``(n, 900)`` ``float32``, all 0
    for an image of one gray. The numbers are those of the ``HOGDescriptor`` that OpenCV had until its fifth
    version.
    """
    weights = _weights()
    side = _BLOCK // _CELL  # of a block in cells
    grid, size = (len(weights) // side, side), _DIRECTIONS * side**2

    def describe(chunk: np.ndarray) -> np.ndarray:
        small = [cv2.resize(image, (SIZE, SIZE)) for image in chunk]
        votes = _votes(np.array(small).reshape(-1, SIZE, SIZE))
        cells = (weights @ (votes @ weights.T)).reshape(_DIRECTIONS, len(chunk), *grid, *grid)
        # columns before rows, as OpenCV counts blocks, and cells in them
        blocks = cells.transpose(1, 4, 2, 5, 3, 0).reshape(len(chunk), grid[0] ** 2, size)
        blocks /= np.linalg.norm(blocks, axis=2, keepdims=True) + 0.1 * size
        blocks = blocks.clip(max=_CLIP)
        blocks /= np.linalg.norm(blocks, axis=2, keepdims=True) + 1e-3
        return blocks.reshape(len(chunk), grid[0] ** 2 * size)

    return in_threads(describe, stack_to_gray(image_stack(images))).astype(np.float32)


def _votes(images: np.ndarray) -> np.ndarray:
    """Share each pixel's edge out to the two directions that are nearest: ``(9, n, 48, 48)``."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="reflect").astype(np.float32)
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    strength = np.hypot(across, down).ravel()
    direction = np.arctan2(down, across).ravel() * (_DIRECTIONS / np.pi) - 0.5
    nearest = np.floor(direction).astype(int)
    rest = direction - nearest
    votes = np.zeros((_DIRECTIONS, strength.size), np.float32)
    pixels = np.arange(strength.size)
    votes[nearest % _DIRECTIONS, pixels] = strength * (1 - rest)
    votes[(nearest + 1) % _DIRECTIONS, pixels] = strength * rest
    return votes.reshape(_DIRECTIONS, *images.shape)


def _weights() -> np.ndarray:
    """Say how much a row counts for each cell of each block, and so does a column: ``(10, 48)``.

    The middle of a block counts most, and a pixel between two cells belongs to both.
    """
    pixels = np.arange(_BLOCK)
    middles = np.arange(_CELL / 2, _BLOCK, _CELL)[:, np.newaxis]
    cells = (1 - np.abs(pixels + 0.5 - middles) / _CELL).clip(min=0)
    cells *= np.exp(-(((pixels - _BLOCK / 2) / (_BLOCK / 4)) ** 2) / 2)
    starts = range(0, SIZE - _BLOCK + 1, _CELL)
    blocks = [np.pad(cells, ((0, 0), (start, SIZE - _BLOCK - start))) for start in starts]
    return np.concatenate(blocks).astype(np.float32)


def load_pack(pack: str, part: str) -> Any:
    """Load the "detection" or "recognition" network of an InsightFace model pack, by its name or folder."""
    if Path(pack).is_dir():
        pack = str(Path(pack).resolve())  # a relative path would be looked for in InsightFace's own folder
    try:
        from insightface.app import FaceAnalysis
    except ModuleNotFoundError as error:
        raise FerCourseError(f"InsightFace needs {error.name}: {install_command('faces')}") from None
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints every file that it looks at
            application = FaceAnalysis(
                name=pack, allowed_modules=["detection", part], providers=["CPUExecutionProvider"]
            )
    except Exception as error:  # no network, no such pack, a damaged file: each has its own exception
        raise FerCourseError(
            f"InsightFace's pack {pack!r} could not be loaded ({type(error).__name__}). A name such "
            "as buffalo_sc is downloaded on first use, which needs a network; else give the folder of a pack"
        ) from None
    if part not in application.models:
        raise FerCourseError(f"the pack {pack!r} has no network for {part}; it has {[*application.models]}")
    network = application.models[part]
    network.prepare(ctx_id=-1)
    return network


def features_of(model: "keras.Model") -> "keras.Model":
    """Return a Keras classifier up to what its last layer with weights gets, ``(n, d)``."""
    import keras

    last = next((layer for layer in reversed(model.layers) if layer.weights), model.layers[-1])
    features = last.input if len(last.input.shape) == 2 else keras.layers.Flatten()(last.input)
    return keras.Model(model.inputs, features)


def bgr(image: np.ndarray) -> np.ndarray:
    """Turn a gray or RGB image into OpenCV's colour order, which these networks take."""
    code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(image, code))
