"""Biases for a network in a file: tuned on val or on a folder of pictures, and judged."""

import dataclasses
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import plots as figures
from ..emotions import EMOTIONS
from ..errors import FerCourseError, known_names
from ..evaluation.bias.result import BiasResult
from ..evaluation.bias.tuning import FER2013_TRAIN_COUNTS, LABEL_SMOOTHING, check_shares, tune_bias
from ..evaluation.comparison import compare
from ..evaluation.scores import score
from ..files import check_folder, require_file
from ..images import read_picture
from ..inference.inputs import Picture, pictures_of
from ..inference.network_files import COMPACT_MODEL, find_network, identity
from ..inference.predictor import Predictor, recognize_all
from ..report.evaluation import save_pictures
from ..sources import ground_truth
from ..training.balancing import BALANCES, EFFECTIVE_BETA
from ..training.recipe import COMPACT
from .folder import BIASES, RunFolder

METHODS = {"grid_search": "grid", "evolutionary": "evolution"}
"""Names that earlier tools have for methods of ``tune_bias``."""

UNIFORM, FER2013 = "uniform", "fer2013"


def tune(
    model: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | None = None,
    image_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    method: str = "optuna",
    trials: int | None = None,
    objective: str | None = None,
    target: str | None = None,
    train_shares: str | None = None,
    emotions: Sequence[str] = EMOTIONS,
    folds: int = 5,
    jobs: int = 1,
    seed: int = 0,
    storage: str | None = None,
    use_ground_truth: bool = False,
    create_ground_truth: bool = False,
    ground_truth_file: str | os.PathLike[str] | None = None,
    plots: str | os.PathLike[str] | None = None,
    score_test: bool = False,
    test: str | os.PathLike[str] | None = None,
) -> BiasResult:
    """Tune what is added to the log-probability of each emotion, write it, and print what it gains.

    The arguments are the options of ``fer-course tune-bias``, whose help tells each; those from ``method`` to
    ``storage`` are :func:`tune_bias`'s own. ``data`` is as :meth:`RunFolder.load_data` takes it,
    ``image_dir`` a folder of pictures to tune on instead. ``out``, when left out, is ``biases.json`` in the
    run's folder, or for a network's file in ``runs``. ``target`` and ``train_shares`` are "uniform",
    "fer2013", the name of a JSON file, or seven numbers with commas; the latter, when left out, FER2013's,
    evened out if the recipe did so.

    Returns:
        The biases, what they gain, and the trials.

    Raises:
        FileNotFoundError: A file or folder is not there.
        FerCourseError: An argument does not fit, or nobody knows which images the network has not seen.

    Example:
        >>> result = tune(data="sample", method="prior", objective="accuracy")
        Data: the drawn sample...
        biases: runs/biases.json
        >>> result.images
        304
    """
    if image_dir is None and (use_ground_truth or create_ground_truth or ground_truth_file is not None):
        raise FerCourseError("ground truth is for pictures: name their folder in --image-dir")
    if image_dir is not None and (data is not None or score_test):
        raise FerCourseError("--image-dir has no splits: leave out --data and --score-test")
    out = out or RunFolder.place_for(model, BIASES)
    check_folder(Path(out).parent)
    picture = None if test is None else read_picture(test)
    shares, smoothing = trained_with(model)
    network = Predictor.load(model)
    labels: np.ndarray | None
    unseen = None
    if image_dir is None:
        run = RunFolder.of(model)
        dataset = run.load_data(data)
        val, unseen = run.scored_part(dataset), dataset.test
        predicted, labels = network.predict_proba(val.images), val.labels
    else:
        paths, predicted = _predicted(Path(image_dir), network)
        known, labels = _known(
            Path(image_dir), paths, use_ground_truth, create_ground_truth, ground_truth_file
        )
        predicted = predicted[known]
    if labels is None and target is None and objective is None and method != "prior":
        print("no ground truth: tuned for equal shares of all emotions (--target for others)")
        target = UNIFORM
    if score_test and not unseen:
        raise FerCourseError("--score-test: there are no test images")
    aim = None if target is None else read_shares(target)
    how = METHODS.get(method, method)
    train = shares if train_shares is None else read_shares(train_shares)
    result = tune_bias(
        predicted, labels, aim, how, trials, seed, objective, emotions, train, smoothing, folds, jobs, storage
    )
    result = dataclasses.replace(result, network=identity(network.path))
    print(f"{result!r}\nbiases: {result.save(out)}")
    if plots is not None:
        _draw(result, predicted, aim, Path(plots))
    if score_test and unseen:
        plain = network.predict_proba(unseen.images)
        before, after = (score(unseen.labels, answer) for answer in (plain, result.apply(plain)))
        print(
            f"on test, without biases: {before!r}\non test, with biases: {after!r}\n"
            f"{compare(before, after)}\n"
            f"{result.objective}, tuned minus plain: {result.gain_on(plain, unseen.labels)}"
        )
    if picture is not None:
        _try(result, f"{test}", picture, network)
    return result


def trained_with(model: str | os.PathLike[str] | None) -> tuple[np.ndarray, float]:
    """Return the shares of the emotions that count in a network's training, and its label smoothing."""
    recipe = RunFolder.of(model).settings.get("recipe", {})
    if find_network(model) == COMPACT_MODEL:
        recipe = dataclasses.asdict(COMPACT)
    balance, smoothing = recipe.get("balance", "none"), float(recipe.get("label_smoothing", LABEL_SMOOTHING))
    known_names(balance, BALANCES, "balance in the settings of the run,")
    if balance == "effective":  # what class_weights makes of each emotion's images, added up
        counts = np.array(FER2013_TRAIN_COUNTS)
        summed = counts / (1 - EFFECTIVE_BETA**counts)
        return summed / summed.sum(), smoothing
    return read_shares(FER2013 if balance == "none" else UNIFORM), smoothing


def read_shares(named: str) -> Any:
    """Return the shares of the emotions that a user names."""
    if named == UNIFORM:
        return np.full(len(EMOTIONS), 1 / len(EMOTIONS))
    if named == FER2013:
        return np.array(FER2013_TRAIN_COUNTS) / sum(FER2013_TRAIN_COUNTS)
    try:
        if "," in named:
            return np.array([float(share) for share in named.split(",")])
        return json.loads(require_file(named).read_text(encoding="utf-8"))
    except ValueError as error:
        raise FerCourseError(
            f'shares "{named}": expected "{UNIFORM}", a JSON file of shares by emotion, or seven numbers '
            f"with commas ({error})"
        ) from error


def _predicted(folder: Path, network: Predictor) -> tuple[list[str], np.ndarray]:
    """Find the face of each picture in a folder, as predict does; return the paths inside and ``(n, 7)``."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder")
    answers, left = {}, defaultdict[str, list[str]](list)
    for picture, faces in recognize_all(pictures_of(folder), network):
        name = Path(str(picture.image)).relative_to(folder).as_posix()
        if picture.error is not None:
            left["that cannot be read"].append(picture.error)
        elif len(faces) == 1:
            answers[name] = faces[0].probabilities
        else:
            left["with several faces" if faces else "without a face that is found"].append(name)
    for why, names in left.items():
        print(f"{folder}: left out {len(names):,} pictures {why}, such as {names[0]}")
    if not answers:
        raise FerCourseError(f"{folder}: no picture of one face to tune on; crops of faces are best")
    return list(answers), np.stack([*answers.values()])


def _known(
    folder: Path,
    paths: Sequence[str],
    use_truth: bool,
    create_truth: bool,
    truth_file: str | os.PathLike[str] | None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Say of which pictures the emotion is known, and which; all, and none, where that is not to be used."""
    file = folder / ground_truth.GROUND_TRUTH if truth_file is None else Path(truth_file)
    if create_truth and file.exists():
        print(f"{file} is there already and is kept; delete it to have it written anew")
    elif create_truth:
        written = ground_truth.write_ground_truth(file, paths)
        print(f"{file}: the emotions of {len(written):,} pictures")
    if not (use_truth or create_truth):
        return np.ones(len(paths), bool), None
    if truth_file is not None or file.exists():
        labels = ground_truth.read_ground_truth(file, paths)
    else:
        labels = ground_truth.labels_from_folders(paths)
    known = labels >= 0
    if not known.any():
        raise FerCourseError(
            f"{folder}: no ground truth: neither {file.name} nor folders named after emotions; without "
            "--use-ground-truth, biases are tuned for a target distribution"
        )
    if not known.all():
        print(f"left out {(~known).sum():,} of {len(paths):,} pictures whose emotion is not known")
    return known, labels[known]


def _draw(result: BiasResult, probabilities: np.ndarray, target: Any, folder: Path) -> None:
    """Write pictures of the search, and of what is predicted before and after."""
    predicted = {"without biases": probabilities, "with biases": result.apply(probabilities)}
    shares = {} if target is None else {"target": check_shares(target)}
    for name, rows in predicted.items():
        shares[name] = np.bincount(rows.argmax(axis=1), minlength=len(EMOTIONS)) / len(rows)
    pictures = {"shares": figures.distributions(shares)}
    if not result.trials.empty:  # the estimate without labels tries nothing
        pictures["convergence"] = figures.convergence({result.method: result})
    if result.method == "grid" and len(result.tuned) == 2:
        pictures["map"] = figures.bias_map(result)
    save_pictures(pictures, folder)
    print(f"pictures: {folder}")


def _try(result: BiasResult, name: str, picture: np.ndarray, network: Predictor) -> None:
    """Show what the faces of one picture are taken for without and with the biases."""
    ((_, faces),) = recognize_all([Picture(name, picture)], network)
    if not faces:
        print(f"{name}: no face found")
    for face in faces:
        biased = dataclasses.replace(face, probabilities=result.apply(face.probabilities[np.newaxis])[0])
        for which, answer in {"without biases": face, "with biases": biased}.items():
            named = ", ".join(f"{emotion} {probability:.1%}" for emotion, probability in answer.top(3))
            print(f"{name}, {which}: {named}")
