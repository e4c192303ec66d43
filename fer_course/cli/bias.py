"""The command ``tune-bias``."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer

from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import check_folder, write_beside
from ..jobs.folder import read_settings
from .app import app, plain_errors
from .predict import Model, describe

if TYPE_CHECKING:
    from ..evaluation.bias.result import BiasResult

METHODS = {"grid_search": "grid", "evolutionary": "evolution"}
"""Names that earlier tools have for methods of ``tune_bias``."""

UNIFORM, FER2013 = "uniform", "fer2013"


class Faces(NamedTuple):
    """Faces to tune on, and those to score on at the end, if there are any."""

    images: np.ndarray
    labels: np.ndarray | None
    test_images: np.ndarray | None = None
    test_labels: np.ndarray | None = None


@app.command()
def tune_bias(
    image_dir: Annotated[
        Path | None, typer.Option(help="Folder of pictures; without it, the val split of --data.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help='CSV, folder, zip or npz, or "sample"; else data/fer2013 or the drawn sample.'),
    ] = None,
    model: Model = None,
    method: Annotated[
        str, typer.Option(help="optuna, grid_search, evolutionary, cma-es, or prior: no search.")
    ] = "optuna",
    trials: Annotated[int | None, typer.Option(help="Biases to try; else what suits the method.")] = None,
    jobs: Annotated[int, typer.Option(help="Threads.")] = 1,
    use_ground_truth: Annotated[
        bool, typer.Option("--use-ground-truth", help="The emotions of --image-dir are known.")
    ] = False,
    create_ground_truth: Annotated[
        bool,
        typer.Option("--create-ground-truth", help="Write them to a file, from folder names, and go on."),
    ] = False,
    ground_truth_file: Annotated[
        Path | None, typer.Option(help="JSON with them; else ground_truth.json in --image-dir.")
    ] = None,
    objective: Annotated[
        str | None, typer.Option(help="accuracy, macro_f1, balanced_accuracy or distribution.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help='Shares to predict: "uniform", a JSON file, or seven numbers with commas.'),
    ] = None,
    train_shares: Annotated[
        str | None,
        typer.Option(
            help='Shares in training, given like --target; else "fer2013", evened out if the recipe did.'
        ),
    ] = None,
    emotions: Annotated[str, typer.Option(help="Those that get a bias, with commas.")] = ",".join(EMOTIONS),
    folds: Annotated[int, typer.Option(help="Parts of the cross-validation; 0 for none.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random choice.")] = 0,
    storage: Annotated[
        str | None, typer.Option(help="File (.db, .journal) in which processes share Optuna's study.")
    ] = None,
    out: Annotated[Path, typer.Option(help="File for the biases.")] = Path("runs/biases.json"),
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures of the search.")] = None,
    score_test: Annotated[
        bool, typer.Option("--score-test", help="Score test as well; once, at the very end.")
    ] = False,
    test: Annotated[Path | None, typer.Option(help="A picture to try the biases on.")] = None,
) -> None:
    """Tune what is added to the log-probability of each emotion, and say whether it gains anything."""
    with plain_errors("Interrupted; with --storage, the trials are kept."):
        from ..evaluation.bias.tuning import tune_bias as tune
        from ..images import read_picture
        from ..inference.predictor import Predictor

        folder_flags = use_ground_truth or create_ground_truth or ground_truth_file is not None
        if image_dir is None and folder_flags:
            raise FerCourseError("ground truth is for pictures: name their folder in --image-dir")
        if image_dir is not None and (data is not None or score_test):
            raise FerCourseError("--image-dir has no splits: leave out --data and --score-test")
        faces = (
            _of_data(data)
            if image_dir is None
            else _of_folder(image_dir, use_ground_truth, create_ground_truth, ground_truth_file)
        )
        if faces.labels is None and target is None and objective is None and method != "prior":
            typer.echo("no ground truth: tuned for equal shares of all emotions (--target for others)")
            target = UNIFORM
        if score_test and (faces.test_images is None or not len(faces.test_images)):
            raise FerCourseError("--score-test: there are no test images")
        picture = None if test is None else read_picture(test)
        check_folder(out.parent)
        met, smoothing = _trained_with(model)
        said = Predictor.load(model).predict_proba(faces.images)
        result = tune(
            said,
            faces.labels,
            None if target is None else _shares(target),
            METHODS.get(method, method),
            trials,
            seed,
            objective,
            [name.strip() for name in emotions.split(",")],
            met if train_shares is None else _shares(train_shares),
            smoothing,
            folds,
            jobs,
            storage,
        )
        typer.echo(f"{result!r}\nbiases: {result.save(out)}")
        if plots is not None:
            _draw(result, said, None if target is None else _shares(target), plots)
        if score_test:
            _score_test(result, faces, model)
        if picture is not None:
            _try(result, f"{test}", picture, model)


def _trained_with(model: Path | None) -> tuple[np.ndarray, float]:
    """Return the shares that count in a network's training, and its label smoothing."""
    from ..evaluation.bias.tuning import FER2013_TRAIN_COUNTS, LABEL_SMOOTHING
    from ..training.balancing import EFFECTIVE_BETA
    from ..training.recipe import COMPACT

    if model is None:
        return _shares(FER2013), COMPACT.label_smoothing
    recipe = read_settings(model if model.is_dir() else model.parent).get("recipe", {})
    balance, smoothing = recipe.get("balance", "none"), float(recipe.get("label_smoothing", LABEL_SMOOTHING))
    if balance == "effective":  # what class_weights makes of each emotion's images, added up
        counts = np.array(FER2013_TRAIN_COUNTS)
        summed = counts / (1 - EFFECTIVE_BETA**counts)
        return summed / summed.sum(), smoothing
    return _shares(FER2013 if balance == "none" else UNIFORM), smoothing


def _of_data(data: Path | None) -> Faces:
    from ..sources.loading import load_fer2013

    dataset = load_fer2013(data)
    known = dataset.subset(dataset.labels >= 0)
    if not len(known.val):
        raise FerCourseError(f"no val images to tune on: {dataset!r}")
    return Faces(known.val.images, known.val.labels, known.test.images, known.test.labels)


def _of_folder(folder: Path, use_truth: bool, create_truth: bool, truth_file: Path | None) -> Faces:
    from ..sources.ground_truth import (
        GROUND_TRUTH,
        labels_from_folders,
        read_ground_truth,
        read_pictures,
        write_ground_truth,
    )

    paths, images = read_pictures(folder)
    file = truth_file or folder / GROUND_TRUTH
    if create_truth and file.exists():
        typer.echo(f"{file} is there already and is kept; delete it to have it written anew")
    elif create_truth:
        typer.echo(f"{file}: the emotions of {len(write_ground_truth(file, paths)):,} pictures")
    if not (use_truth or create_truth):
        return Faces(images, None)
    from_file = truth_file is not None or file.exists()
    labels = read_ground_truth(file, paths) if from_file else labels_from_folders(paths)
    known = labels >= 0
    if not known.any():
        raise FerCourseError(
            f"{folder}: no ground truth: neither {file.name} nor folders named after emotions; without "
            "--use-ground-truth, biases are tuned for a target distribution"
        )
    if not known.all():
        typer.echo(f"left out {(~known).sum():,} of {len(paths):,} pictures whose emotion is not known")
    return Faces(images[known], labels[known])


def _shares(target: str) -> Any:
    """Return the shares that a user named."""
    if target == UNIFORM:
        return np.full(len(EMOTIONS), 1 / len(EMOTIONS))
    if target == FER2013:
        from ..evaluation.bias.tuning import FER2013_TRAIN_COUNTS

        return np.array(FER2013_TRAIN_COUNTS) / sum(FER2013_TRAIN_COUNTS)
    try:
        if "," in target:
            return np.array([float(share) for share in target.split(",")])
        return json.loads(Path(target).read_text(encoding="utf-8"))
    except ValueError as error:
        raise FerCourseError(
            f'shares "{target}": expected "{UNIFORM}", a JSON file of shares by emotion, or seven numbers '
            f"with commas ({error})"
        ) from error


def _draw(result: "BiasResult", said: np.ndarray, target: Any, folder: Path) -> None:
    """Write pictures of the search, and of what is predicted before and after."""
    from .. import plots
    from ..evaluation.bias.tuning import check_shares

    predicted = {"without biases": said, "with biases": result.apply(said)}
    shares = {} if target is None else {"target": check_shares(target)}
    shares |= {
        name: np.bincount(p.argmax(axis=1), minlength=len(EMOTIONS)) / len(p) for name, p in predicted.items()
    }
    figures = {"shares": plots.distributions(shares)}
    if not result.trials.empty:  # the estimate without labels tries nothing
        figures["convergence"] = plots.convergence({result.method: result})
    if result.method == "grid" and len(result.tuned) == 2:
        figures["map"] = plots.bias_map(result)
    for name, figure in figures.items():
        with write_beside(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, format="png")
    typer.echo(f"pictures: {folder}")


def _score_test(result: "BiasResult", faces: Faces, model: Path | None) -> None:
    from ..evaluation.comparison import compare
    from ..evaluation.scores import score
    from ..inference.predictor import Predictor

    assert faces.test_images is not None and faces.test_labels is not None
    said = Predictor.load(model).predict_proba(faces.test_images)
    before, after = score(faces.test_labels, said), score(faces.test_labels, result.apply(said))
    typer.echo(
        f"on test, without biases: {before!r}\non test, with biases: {after!r}\n{compare(before, after)}\n"
        f"{result.objective}, tuned minus plain: {result.gain_on(said, faces.test_labels)}"
    )


def _try(result: "BiasResult", name: str, picture: np.ndarray, model: Path | None) -> None:
    """Show what one picture is taken for without and with the biases."""
    from ..inference.recognition import EmotionRecognizer

    (face,) = EmotionRecognizer(model, None).recognize(picture)
    biased = replace(face, probabilities=result.apply(face.probabilities[np.newaxis])[0])
    typer.echo(describe(f"{name}, without biases", face, top=3))
    typer.echo(describe(f"{name}, with biases", biased, top=3))
