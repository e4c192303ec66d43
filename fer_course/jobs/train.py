"""Training from files to files: a network by a recipe, with everything that is needed to judge and use it."""

import dataclasses
import os
from typing import Any

from .. import __version__
from ..cleaning.quality import clahe as even_out
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.scores import Evaluation, evaluate
from ..files import lock_folder, write_beside
from ..inference.network_files import EXPORTED, MODEL
from ..inference.onnx_export import export_onnx
from ..report.evaluation import save_evaluation
from ..report.page import source_of
from ..sources.ferplus import find_votes, read_ferplus
from ..training import networks
from ..training.about import About
from ..training.backend import keras
from ..training.checkpoints import History
from ..training.fitting import fit
from ..training.fusion import soft_targets
from ..training.recipe import COMPACT, Recipe
from ..training.saved import load_model, save_model
from .clean import CLAHE
from .folder import CHECKPOINT, HISTORY, RunFolder
from .training_data import fingerprint, load_for_training, settings_of

NETWORKS = ("EmotionCNN", "CompactCNN", "ResNet18", "VGG")
"""What ``network`` can be."""

RECIPES = {"course": "EmotionCNN", "compact": "CompactCNN"}
"""The named recipes, and the network that each is made for."""


def train(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/train",
    recipe: str = "course",
    network: str | None = None,
    width_mult: float = 1.0,
    in_chans: int = 1,
    clahe: bool = CLAHE,
    limit: int | None = None,
    mixed_precision: bool = False,
    restart: bool = False,
    ferplus: str | os.PathLike[str] | None = None,
    **changes: Any,
) -> Evaluation:
    """Train a network by a named recipe, and write it with its scores on val.

    The images are taken as they are; :func:`run` cleans them first. An interrupted training goes on when it
    is called again with the same arguments.

    Args:
        data: A file or folder with images (:func:`read_dataset`), or "sample"; when left out, what
            :func:`load_fer2013` finds.
        out: Folder for the results; made when missing.
        recipe: "course" (``Recipe()``), or "compact" (``COMPACT``), which with ``ferplus`` made the network
            that ships with the package; without, it learns from the labels alone.
        network: "EmotionCNN", "CompactCNN", "ResNet18" or "VGG"; the recipe's own when left out.
        width_mult: Width of the network; the compact one has only one.
        in_chans: 1 for a network on gray images, 3 for one on RGB; gray images are repeated for it.
        clahe: Whether the contrast of all images is evened out first; off, because on FER2013 no gain of it
            was measured. The network's files say so, and :class:`Predictor` does the same.
        limit: Use at most so many images of each split, picked at random.
        mixed_precision: Compute in bfloat16 where that is safe: quicker on new GPUs and on few processors.
        restart: Start anew even if the folder holds a training.
        ferplus: FER+'s ``fer2013new.csv``, or the folder that holds it: every target is then half the image's
            label and half the labels that its raters' votes make likely (:meth:`Votes.label_probabilities`),
            and label smoothing is 0 unless it is given.
        **changes: Values of :class:`Recipe` that differ from the named one, such as ``epochs=5``.

    Returns:
        The scores on val, of a single view. The folder holds ``model.keras``, ``model.onnx``,
        ``history.csv``, ``settings.json``, ``metrics.json`` and, in ``val/``, what :func:`save_evaluation`
        writes.

    Raises:
        FerCourseError: A name is unknown, the images cannot be used, the votes do not fit them, the folder
            holds a training with other settings, or another process is writing to it.
        FileNotFoundError: There are no votes at the path.
        KeyboardInterrupt: Interrupted; all finished epochs are kept.

    Example:
        >>> import fer_course as fer
        >>> evaluation = fer.train("sample", "runs/example", limit=60, epochs=1, width_mult=0.25)
        Data: the drawn sample...
        >>> evaluation.n
        60
    """
    if recipe not in RECIPES:
        raise FerCourseError(f"recipe is {recipe!r}; expected one of {', '.join(RECIPES)}")
    table = None if ferplus is None else find_votes(ferplus)
    if table is not None:
        changes = {"label_smoothing": 0.0} | changes
    chosen = dataclasses.replace({"course": Recipe(), "compact": COMPACT}[recipe], **changes)
    name = network or RECIPES[recipe]
    built: dict[str, Any] = {"name": name, "in_chans": in_chans, "width_mult": width_mult}
    votes = None if table is None else fingerprint(table)
    special = {"clahe": clahe, "mixed_precision": mixed_precision, "ferplus": votes}
    settings = settings_of("train", data, limit, chosen, network=built, **special)
    folder = RunFolder(out)
    with lock_folder(out):
        unfinished = folder.begin(settings, restart)
        policy = "mixed_bfloat16" if mixed_precision else "float32"
        model = build_network(**built, seed=chosen.seed, policy=policy)
        dataset = load_for_training(data, limit, chosen.seed)
        if clahe:
            dataset = dataclasses.replace(dataset, images=even_out(dataset.images))
        if not unfinished:
            print(f"{out} holds this training already, finished; only its scores are computed again.")
            return evaluate(load_model(folder / MODEL), dataset.val)
        targets, labels = None, dataset.train.labels
        if table is not None:
            likely = read_ferplus(table, dataset.train).label_probabilities(labels)
            targets = soft_targets(labels, likely, share=0.5, temperature=1)
        folder.claim(settings, restart)
        history = fit(model, dataset, chosen, folder / CHECKPOINT, targets)
        if mixed_precision:  # what is written computes in float32, as every reader of it can
            trained, model = model, build_network(**built, seed=chosen.seed)
            model.set_weights(trained.get_weights())
        evaluation = evaluate(model, dataset.val)
        write_network(model, dataset, history, evaluation, settings, folder, recipe)
        folder.finish([evaluation])
    return evaluation


def build_network(
    name: str, in_chans: int, width_mult: float, seed: int, policy: str = "float32"
) -> keras.Model:
    """Build an untrained network, whose first weights the seed decides, that computes in a dtype policy."""
    if name not in NETWORKS:
        raise FerCourseError(f"network is {name!r}; expected one of {', '.join(NETWORKS)}")
    if name == "CompactCNN" and width_mult != 1:
        raise FerCourseError(f"width_mult is {width_mult:g}, but CompactCNN has one width; use EmotionCNN")
    width = {} if name == "CompactCNN" else {"width_mult": width_mult}
    keras.utils.set_random_seed(seed)
    earlier = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return getattr(networks, name)(in_chans, **width)
    finally:
        keras.config.set_dtype_policy(earlier)


def write_network(
    model: keras.Model,
    dataset: FaceDataset,
    history: History,
    evaluation: Evaluation,
    settings: dict[str, Any],
    folder: RunFolder,
    recipe: str = "course",
) -> None:
    """Write a trained network with what it was trained on, its history, and its scores on val."""
    epochs, votes = settings["recipe"]["epochs"], settings.get("ferplus")
    about = About(
        model.name,
        source_of(dataset) + " and the votes of FER+" * bool(votes),
        len(dataset.train),
        f"{recipe}, {epochs} epoch{'s' * (epochs > 1)}",
        evaluation.accuracy,
        evaluation.interval,
        settings["clahe"],
        __version__,
    )
    with write_beside(folder / HISTORY) as temporary:
        history.frame.to_csv(temporary, index=False)
    save_model(model, folder / MODEL, about)
    save_evaluation(evaluation, dataset.val, folder / "val")
    try:
        export_onnx(model, folder / EXPORTED, about=about)
    except ModuleNotFoundError as error:
        print(f"{folder / EXPORTED} is not written, for want of {error.name}; everything else is.")
