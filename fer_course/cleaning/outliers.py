"""Images that do not fit their label: outliers by embedding, and label errors that a classifier finds."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..dataset import FaceDataset
from ..emotions import EMOTIONS, check_labels, check_probabilities
from ..errors import FerCourseError
from ..faces.embeddings import gradient_histograms
from .duplicates import find_duplicates

FitPredict = Callable[[FaceDataset, np.ndarray], np.ndarray]
_COMPONENTS, _UNITS, _DECAY = 150, 128, 1.0


def embedding_distances(embeddings: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Measure how far each embedding lies from the centre of its class.

    Args:
        embeddings: ``(n, d)`` numbers, as ``embed`` returns them.
        labels: ``(n,)`` integers.

    Returns:
        ``(n,)`` cosine distances, 0 (the centre's direction) to 2 (the opposite one); 1 for an embedding of
        zeros, which has no direction.

    Example:
        >>> embedding_distances([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0, 0, 0]).round(2).tolist()
        [0.11, 0.11, 0.55]
    """
    vectors, classes = np.asarray(embeddings, np.float64), np.asarray(labels)
    if vectors.ndim != 2 or len(vectors) != len(classes):
        raise FerCourseError(
            f"embeddings have shape {vectors.shape} and labels {classes.shape}; expected (n, d) and (n,)"
        )
    lengths = np.linalg.norm(vectors, axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths))
    if bad.size:
        raise FerCourseError(f"embedding {bad[0]} has length {lengths[bad[0]]}; leave that image out")
    vectors = vectors / np.maximum(lengths, 1e-12)[:, None]
    distances = np.empty(len(vectors))
    for label in np.unique(classes):
        members = classes == label
        centre = vectors[members].mean(axis=0)
        distances[members] = 1 - vectors[members] @ (centre / max(np.linalg.norm(centre), 1e-12))
    return distances


def flag_outliers(distances: ArrayLike, labels: ArrayLike, outlier_std_multiplier: float = 2.5) -> np.ndarray:
    """Flag what lies farther from its class's centre than most of the class.

    Every class has its own limit, so no emotion loses many more images than another because its faces
    differ more.

    Args:
        distances: ``(n,)`` from ``embedding_distances``.
        labels: ``(n,)`` integers.
        outlier_std_multiplier: Standard deviations above the class's mean distance.

    Returns:
        ``(n,)`` booleans.

    Example:
        >>> flag_outliers([0.1, 0.1, 0.1, 0.1, 0.9], [3, 3, 3, 3, 3], outlier_std_multiplier=1.5).tolist()
        [False, False, False, False, True]
    """
    values, classes = np.asarray(distances, np.float64), np.asarray(labels)
    if values.shape != classes.shape or values.ndim != 1:
        raise FerCourseError(
            f"distances have shape {values.shape}, labels {classes.shape}; expected (n,) each"
        )
    if not outlier_std_multiplier > 0:
        raise FerCourseError(f"outlier_std_multiplier is {outlier_std_multiplier}; expected a number above 0")
    flags = np.zeros(len(values), bool)
    for label in np.unique(classes):
        members = classes == label
        limit = values[members].mean() + outlier_std_multiplier * values[members].std()
        flags[members] = values[members] > limit
    return flags


def out_of_fold_probabilities(
    dataset: FaceDataset, folds: int = 5, classifier: FitPredict | None = None, seed: int = 0
) -> np.ndarray:
    """Predict every image by a classifier that was fitted without it.

    Copies of an image are always in the same fold: a classifier that has seen one would repeat its label.

    Args:
        dataset: The images to examine, usually ``faces.train``, each with one of the seven labels.
        folds: Into how many parts the images are divided; each is predicted from all the others.
        classifier: Takes the images to fit on and the ``(k, ...)`` images to predict, and returns ``(k, 7)``
            probabilities: a function that builds a Keras model, fits it and predicts, for example.
            :func:`fit_gradients`, a matter of seconds, when left out.
        seed: Decides the folds.

    Returns:
        ``(n, 7)`` ``float64`` probabilities, each row adding up to 1.

    Raises:
        FerCourseError: An image without a label, fewer than ``folds`` images of an emotion, or a classifier
            that returns something else.

    Example:
        >>> import fer_course as fer
        >>> happy = lambda train, images: np.tile(np.eye(7)[3], (len(images), 1))
        >>> out_of_fold_probabilities(fer.sample_faces().val, classifier=happy).shape
        (304, 7)
    """
    from sklearn.model_selection import StratifiedGroupKFold

    unlabelled = int(np.count_nonzero(dataset.labels < 0))
    if unlabelled:
        raise FerCourseError(f"{unlabelled} images have none of the seven labels; leave them out")
    counts = dataset.class_counts()[lambda images: images > 0]
    if counts.empty or counts.min() < folds:
        rarest = f"{counts.min()} of {counts.idxmin()}" if len(counts) else "none at all"
        raise FerCourseError(f"{folds} folds need {folds} images of each emotion; there are {rarest}")
    fit_predict = classifier or fit_gradients
    copies = find_duplicates(dataset.images)
    group = np.arange(len(dataset))
    group[copies["index"]] = len(dataset) + copies["group"]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    probabilities = np.zeros((len(dataset), len(EMOTIONS)))
    for fitted, held_out in splitter.split(dataset.images, dataset.labels, group):
        predicted = np.asarray(fit_predict(dataset.subset(fitted), dataset.images[held_out]))
        if predicted.shape != (len(held_out), len(EMOTIONS)):
            raise FerCourseError(
                f"the classifier returned shape {predicted.shape} for {len(held_out)} images; expected "
                f"({len(held_out)}, {len(EMOTIONS)}) probabilities"
            )
        probabilities[held_out] = predicted
    return probabilities


def fit_gradients(train: FaceDataset, images: np.ndarray) -> np.ndarray:
    """Fit a small network on histograms of oriented gradients (Dalal and Triggs, 2005), and predict.

    The histograms say in which directions the edges of every part of the face run. One hidden layer learns
    from their main components in seconds what a residual network learns better in an hour.

    Args:
        train: Images of at least 16x16 pixels to fit on.
        images: ``(k, height, width)`` images to predict, ``uint8``.

    Returns:
        ``(k, 7)`` probabilities; 0 for an emotion that ``train`` does not have.

    Example:
        >>> import fer_course as fer
        >>> faces = fer.sample_faces()
        >>> predicted = fit_gradients(faces.val, faces.test.images)
        >>> bool((predicted.argmax(axis=1) == faces.test.labels).mean() > 0.4)
        True
    """
    from sklearn.decomposition import PCA
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    features = gradient_histograms(train.images)
    model = make_pipeline(
        PCA(min(_COMPONENTS, *features.shape), whiten=True, random_state=0),
        MLPClassifier((_UNITS,), alpha=_DECAY, early_stopping=True, max_iter=40, random_state=0),
    )
    # More threads than one slow so small a network down
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopped early on purpose
        model.fit(features, train.labels)
    probabilities = np.zeros((len(images), len(EMOTIONS)))
    probabilities[:, model.classes_] = model.predict_proba(gradient_histograms(images))
    return probabilities


def find_label_errors(labels: ArrayLike, probabilities: ArrayLike) -> pd.DataFrame:
    """Rank the images whose label is most likely wrong, by confident learning (Northcutt et al., 2021).

    An image is a suspect when the classifier is surer of another emotion than it usually is of images with
    that label: a classifier that likes to say "happy" is forgiven for it. A suspect is not an error: look
    before you drop it, because rare and subtle expressions are suspected more than others.

    Args:
        labels: ``(n,)`` labels, 0..6.
        probabilities: ``(n, 7)`` what :func:`out_of_fold_probabilities` returned for the same images. A
            classifier that was fitted on these images finds nothing: it has learned the errors.

    Returns:
        One row a suspect, the most suspicious first: ``index`` (position in ``labels``), ``given`` and
        ``suggested`` label, and ``score``, the probability of the given label, 0..1.

    Raises:
        FerCourseError: The arrays do not fit together, or are no labels and probabilities.

    Source:
        cleanlab's ``find_label_issues``, pruning by noise rate, ranked by self-confidence.

    Example:
        >>> labels = np.arange(40) % 7
        >>> sure = 0.01 + 0.93 * np.eye(7)[labels]
        >>> find_label_errors(np.where(np.arange(40) == 0, 3, labels), sure)[["index", "given", "suggested"]]
           index  given  suggested
        0      0      3          0
    """
    from cleanlab.filter import find_label_issues

    given = check_labels(labels)
    check_probabilities(probabilities)
    predicted = np.asarray(probabilities, dtype=np.float64)
    if len(predicted) != len(given):
        raise FerCourseError(f"probabilities of {len(predicted)} images for {len(given)} labels")
    # In one process: as fast for FER2013, and nothing is started that a notebook would wait for
    order = find_label_issues(given, predicted, return_indices_ranked_by="self_confidence", n_jobs=1)
    return pd.DataFrame(
        {
            "index": order,
            "given": given[order],
            "suggested": predicted[order].argmax(axis=1),
            "score": predicted[order, given[order]],
        }
    )
