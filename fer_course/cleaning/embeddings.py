"""Embeddings: a face as a list of numbers, in which similar faces are near each other."""

import contextlib
import io
import os
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from ..errors import FerCourseError
from .stacks import image_stack

if TYPE_CHECKING:
    import keras

_BATCH = 64


def embed(
    images: ArrayLike, pack: str | os.PathLike[str] = "buffalo_sc", model: "keras.Model | None" = None
) -> np.ndarray:
    """Turn faces into embeddings, with InsightFace or with a network of one's own.

    InsightFace's networks (Deng et al., ArcFace, 2019) were trained to tell people apart; a picture without a
    face lands far from all others. The crops are enlarged to what the network takes; no detector is run.

    Args:
        images: ``(n, 48, 48)`` gray or ``(n, height, width, 3)`` RGB, ``uint8``.
        pack: Name or folder of an InsightFace model pack. Names are downloaded on first use; the packs are
            for non-commercial research only.
        model: A Keras classifier to use instead, such as a trained ``EmotionCNN``: what its last layer gets
            is the embedding. It needs no download.

    Returns:
        ``(n, d)`` ``float32``, as the network gives them, not scaled to length 1.

    Raises:
        FerCourseError: The images cannot be used, or InsightFace or the pack is missing.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces().images[:10]
        >>> embed(faces, model=fer.EmotionCNN(width_mult=0.25)).shape
        (10, 32)
    """
    stack = image_stack(images)
    if model is not None:
        return _features(stack, model)
    network = load_pack(os.fspath(pack), "recognition")
    first = network.session.get_inputs()[0].shape[0]
    batch = first if isinstance(first, int) and first > 0 else _BATCH
    starts = range(0, len(stack), batch)
    parts = [
        network.get_feat([bgr(image) for image in stack[start : start + batch]])
        for start in tqdm(starts, "embedding", leave=False, delay=1)
    ]
    if not parts:
        raise FerCourseError("no images to embed")
    return np.concatenate(parts).astype(np.float32)


def load_pack(pack: str, part: str) -> Any:
    """Load one network of an InsightFace model pack.

    Args:
        pack: Name or folder of the pack.
        part: "detection" or "recognition".

    Returns:
        InsightFace's model, for the processor.

    Raises:
        FerCourseError: InsightFace or the pack is missing, or the pack lacks the part.
    """
    try:
        from insightface.app import FaceAnalysis
    except ModuleNotFoundError as error:
        raise FerCourseError(f'InsightFace needs {error.name}: pip install "fer-course[faces]"') from None
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints every file that it looks at
            application = FaceAnalysis(
                name=pack, allowed_modules=["detection", part], providers=["CPUExecutionProvider"]
            )
    except Exception as error:  # no network, no such pack, a damaged file: each has its own exception
        raise FerCourseError(
            f"InsightFace's pack {pack!r} could not be loaded ({type(error).__name__}: {error}). A name such "
            "as buffalo_sc is downloaded on first use, which needs a network; else give the folder of a pack"
        ) from None
    if part not in application.models:
        raise FerCourseError(f"the pack {pack!r} has no network for {part}; it has {[*application.models]}")
    network = application.models[part]
    network.prepare(ctx_id=-1)
    return network


def _features(stack: np.ndarray, model: "keras.Model") -> np.ndarray:
    import keras

    inner = keras.Model(model.inputs, model.layers[-1].input)
    channels = model.input_shape[-1]
    inputs = stack[..., None] if stack.ndim == 3 else stack
    if inputs.shape[3] == 1 and channels == 3:
        inputs = np.repeat(inputs, 3, axis=3)
    if inputs.shape[1:] != tuple(model.input_shape[1:]):
        raise FerCourseError(
            f"images have shape {inputs.shape[1:]}, but {model.name} takes {model.input_shape[1:]}"
        )
    return np.asarray(inner.predict(inputs, batch_size=256, verbose=0), np.float32)


def bgr(image: np.ndarray) -> np.ndarray:
    """Turn a gray or RGB image into OpenCV's colour order, which these networks take."""
    code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(image, code))
