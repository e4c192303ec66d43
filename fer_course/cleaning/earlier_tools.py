"""``FacialExpressionDataCleaner`` and ``FER2013Cleaner``: cleaning in one call, of arrays or of a folder."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..faces.embeddings import embed
from ..images import image_stack
from ..sources.fer2013 import USAGE_OF_SPLIT, load_fer2013
from ..sources.tables import format_pixels
from .cleaner import CleaningResult, clean, optional_flags
from .quality import clahe
from .thresholds import Thresholds


class FacialExpressionDataCleaner:
    """Clean arrays of faces by one set of limits.

    The limits for blur and brightness are those of the usual guides, which remove under 1 % of 48x48 faces;
    ``calibrate`` finds better ones.

    Args:
        blur_threshold: Least variance of the Laplacian.
        brightness_range: Least and greatest mean gray value, 0..255.
        min_face_ratio: Least share of the image's width, 0..1, that a face fills to be counted.
        outlier_std_multiplier: Standard deviations from the centre of its emotion at which an embedding is
            outlying.

    Attributes:
        result: What the last ``clean_dataset`` decided, with ``statistics()``; None before.

    Example:
        >>> import fer_course as fer
        >>> train = fer.sample_faces().train
        >>> cleaner = FacialExpressionDataCleaner(blur_threshold=200)
        >>> images, labels = cleaner.clean_dataset(train.images, train.labels, use_face_detection=False)
        kept 1,399 of 1,488 images of train (94.0 %)
        ...
    """

    def __init__(
        self,
        blur_threshold: float = 80,
        brightness_range: tuple[float, float] = (40, 220),
        min_face_ratio: float = 0.30,
        outlier_std_multiplier: float = 2.5,
    ) -> None:
        self.thresholds = Thresholds(blur=blur_threshold, brightness=brightness_range)
        self.min_face_ratio = min_face_ratio
        self.outlier_std_multiplier = outlier_std_multiplier
        self.result: CleaningResult | None = None

    def clean_dataset(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        use_face_detection: bool = True,
        use_embeddings: bool = False,
        use_clahe: bool = True,
        verbose: bool = True,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Drop what is blurred, too dark, too bright, empty, a copy or no single face.

        Clean train images alone: who cleans val or test changes the exam.

        Args:
            images: ``(n, 48, 48)`` gray, ``uint8``.
            labels: ``(n,)`` labels, 0..6.
            use_face_detection: Also drop images in which YuNet does not find exactly one face of
                ``min_face_ratio``; whom that costs, lesson 06 counts.
            use_embeddings: Also drop embedding outliers, by ``embed``'s default.
            use_clahe: Even out the contrast of the images that are kept.
            verbose: Whether to print what was removed.

        Returns:
            The images kept and their labels.
        """
        faces = FaceDataset(image_stack(images), np.asarray(labels), "train")
        flags = optional_flags(
            faces,
            detector="yunet" if use_face_detection else None,
            min_face_ratio=self.min_face_ratio,
            embeddings=embed(faces.images) if use_embeddings else None,
            outlier_std_multiplier=self.outlier_std_multiplier,
        )
        self.result = clean(faces, self.thresholds, extra_flags=flags)
        return _kept(self.result, use_clahe, verbose)


class FER2013Cleaner:
    """Load FER2013 from a folder and clean its train images.

    Args:
        data_dir: A file or folder that ``read_dataset`` reads.

    Attributes:
        result: What the last ``full_pipeline`` decided; None before.

    Example:
        >>> from fer_course.sources.fer2013 import write_fer2013_csv
        >>> import fer_course as fer
        >>> path = write_fer2013_csv(fer.sample_faces(), "data/drawn/fer2013.csv")
        >>> images, labels = FER2013Cleaner("data/drawn").full_pipeline()
        Data: ...
        kept 1,357 of 1,488 images of train (91.2 %)
        ...
    """

    def __init__(self, data_dir: str | os.PathLike[str] = "data/fer2013") -> None:
        self.data_dir = Path(data_dir)
        self.result: CleaningResult | None = None

    def load_fer2013(self) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        """Read all images.

        Returns:
            The table of ``fer2013.csv``, with the columns ``emotion`` (0..6), ``pixels`` (text) and
            ``Usage``; ``(n, 48, 48)`` ``uint8`` images; and ``(n,)`` labels, in the same order.
        """
        faces = load_fer2013(self.data_dir)
        table = pd.DataFrame(
            {
                "emotion": faces.labels,
                "pixels": [format_pixels(image).decode("ascii") for image in faces.images],
                "Usage": [USAGE_OF_SPLIT[name] for name in faces.split],
            }
        )
        return table, faces.images, faces.labels

    def full_pipeline(
        self, use_face_detection: bool = False, use_clahe: bool = True, verbose: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Load, clean and enhance the train images; val and test stay in their files for the exam.

        The arguments are those of :meth:`FacialExpressionDataCleaner.clean_dataset`, with faces of any size.

        Returns:
            The train images kept, ``(n, 48, 48)`` ``uint8``, and their labels.
        """
        faces = load_fer2013(self.data_dir)
        flags = optional_flags(faces, detector="yunet") if use_face_detection else None
        self.result = clean(faces, extra_flags=flags)
        return _kept(self.result, use_clahe, verbose)


def _kept(result: CleaningResult, use_clahe: bool, verbose: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the train images that are kept, and their labels."""
    if verbose:
        print(result)
    train = result.dataset.train
    return clahe(train.images) if use_clahe else train.images, train.labels
