"""Training from files to files: a network by a recipe, with everything that is needed to judge and use it."""

import dataclasses
import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd

from .. import __version__
from ..cleaning.quality import clahe as even_out
from ..dataset import FaceDataset
from ..errors import FerCourseError
from ..evaluation.scores import Evaluation, evaluate
from ..files import lock_folder, write_beside
from ..inference.network_files import EXPORTED, MODEL, SETTINGS
from ..inference.onnx_export import export_onnx
from ..report.evaluation import save_evaluation
from ..report.page import is_drawn, source_of
from ..sources.ferplus import find_votes, read_ferplus
from ..training import networks
from ..training.about import About
from ..training.backend import has_gpu, keras, precision_here
from ..training.budget import MEASURED, Plan, allowed_minutes, law_of, measure_speed, plan_for
from ..training.checkpoints import History
from ..training.fitting import fit
from ..training.fusion import soft_targets
from ..training.recipe import COMPACT, Recipe
from ..training.saved import load_model, save_model
from .clean import CLAHE
from .folder import CHECKPOINT, HISTORY, RunFolder
from .training_data import fingerprint, limited, load_for_training, settings_of

NETWORKS = ("EmotionCNN", "CompactCNN", "ResNet18", "VGG")
"""What ``network`` can be."""

RECIPES = {"course": "EmotionCNN", "compact": "CompactCNN"}
"""The named recipes, and the network that each is made for."""

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
"""What ``precision`` can be, besides "auto"."""


def train(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "runs/train",
    recipe: str = "course",
    network: str | None = None,
    width_mult: float = 1.0,
    in_chans: int = 1,
    clahe: bool = CLAHE,
    limit: int | None = None,
    precision: str | None = None,
    restart: bool = False,
    ferplus: str | os.PathLike[str] | None = None,
    minutes: float | None = None,
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
        precision: "float32"; "mixed_bfloat16", quicker on new GPUs and on few processors; "mixed_float16",
            quicker on older GPUs; or "auto", the quickest here, which is said. When left out, "float32", or
            with ``minutes`` "auto".
        restart: Start anew even if the folder holds a training.
        ferplus: FER+'s ``fer2013new.csv``, or the folder that holds it: every target is then half the image's
            label and half the labels that its raters' votes make likely (:meth:`Votes.label_probabilities`),
            and label smoothing is 0 unless it is given.
        minutes: That all may take, in place of ``recipe``, ``network``, ``width_mult``, ``limit``, ``epochs``
            and ``batch_size``: the speed of this machine is measured, and what promises the highest accuracy
            within the time is chosen, said and trained. An interrupted training goes on with the same plan
            and what is left of the time. The environment variable ``FER_COURSE_MINUTES`` shortens it.
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
    folder, plan = RunFolder(out), None
    begun = None if minutes is None or restart else folder.settings.get("precision")  # on whatever machine
    policy = _policy(precision or begun or ("float32" if minutes is None else "auto"))
    built: dict[str, Any] = {
        "name": network or RECIPES[recipe],
        "in_chans": in_chans,
        "width_mult": width_mult,
    }
    load = cache(lambda: load_for_training(data, limit, chosen.seed))
    special: dict[str, Any] = {"clahe": clahe, "precision": policy}
    special["ferplus"] = None if table is None else fingerprint(table)
    given = {"recipe": recipe != "course", "network": network, "width_mult": width_mult != 1, "limit": limit}
    with lock_folder(out):
        if minutes is not None:
            minutes = _checked_minutes(minutes, given | changes)
            plan, left = _planned(minutes, folder, restart, load, in_chans, policy)
            chosen, special["plan"] = plan.recipe(**changes), dataclasses.asdict(plan)
            built |= {"name": plan.network, "width_mult": plan.width_mult}
            recipe = f"{plan.minutes:g} minute" + "s" * (plan.minutes != 1)
        settings = settings_of("train", data, limit, chosen, network=built, **special)
        unfinished = folder.begin(settings, restart)
        model = build_network(**built, seed=chosen.seed, policy=policy)
        dataset = load() if plan is None else limited(load(), {"train": plan.images}, chosen.seed)
        if clahe:
            dataset = dataclasses.replace(dataset, images=even_out(dataset.images))
        if not unfinished:
            print(f"{out} holds this training already, finished; only its scores are computed again.")
            return evaluate(load_model(folder / MODEL), dataset.val)
        if plan is not None:
            print(
                f"Plan: {plan}; done at {time.strftime('%H:%M', time.localtime(time.time() + left))}.",
                flush=True,
            )
            if (
                own := [name for name in changes if changes[name] != getattr(plan.recipe(), name)]
                + ["clahe"] * clahe
            ):
                print(f"What to expect was found out without your {', '.join(own)}.", flush=True)
        targets, labels = None, dataset.train.labels
        if table is not None:
            likely = read_ferplus(table, dataset.train).label_probabilities(labels)
            targets = soft_targets(labels, likely, share=0.5, temperature=1)
        folder.claim(settings, restart)
        history = fit(model, dataset, chosen, folder / CHECKPOINT, targets, plan.seconds if plan else None)
        if policy != "float32":  # what is written computes in float32, as every reader of it can
            trained, model = model, build_network(**built, seed=chosen.seed)
            model.set_weights(trained.get_weights())
        evaluation = evaluate(model, dataset.val)
        write_network(model, dataset, history, evaluation, settings, folder, recipe)
        folder.finish([evaluation])
    return evaluation


def _policy(precision: str) -> str:
    """Return the dtype policy that a name means, and say what "auto" has chosen."""
    if precision == "auto":
        precision, reason = precision_here()
        print(f"Precision: {precision}, for {reason}.")
    if precision not in PRECISIONS:
        raise FerCourseError(f"precision is {precision!r}; expected auto or one of {', '.join(PRECISIONS)}")
    return precision


def _checked_minutes(minutes: float, given: dict[str, Any]) -> float:
    """Refuse what a number of minutes decides."""
    for name in ("recipe", "network", "width_mult", "limit", "epochs", "batch_size"):
        if given.get(name):
            raise FerCourseError(
                f"minutes decides on {name}, and {name} is given as well; leave out one of the two"
            )
    return allowed_minutes(minutes)


def _planned(
    minutes: float,
    folder: RunFolder,
    restart: bool,
    load: Callable[[], FaceDataset],
    in_chans: int,
    policy: str,
) -> tuple[Plan, float]:
    """Take the folder's plan, or measure this machine and make one; and say how many seconds are left."""
    earlier = {} if restart else folder.settings.get("plan", {})
    if earlier:  # other minutes are refused with the other settings
        if earlier.keys() != {field.name for field in dataclasses.fields(Plan)}:
            raise FerCourseError(
                f"{folder / SETTINGS}: the plan of another version; start anew (restart=True, --restart)"
            )
        plan, history = Plan(**earlier | {"minutes": minutes}), folder / CHECKPOINT / HISTORY
        used = pd.read_csv(history)["seconds"].sum() if history.exists() else 0.0
        return plan, 60 * minutes * max(0.0, 1 - used / plan.seconds)
    began = time.perf_counter()
    dataset = load()
    print("Measuring how fast this machine trains ...", flush=True)
    model = build_network(MEASURED, in_chans, 1.0, 0, policy)
    batch_size = 256 if has_gpu() else 64  # a GPU takes a larger batch in the same time
    measured = measure_speed(model, dataset, Recipe(batch_size=batch_size), min(4.0, 3 * minutes))
    data = "the drawn sample" if is_drawn(dataset) else "FER2013"
    law_of(data)  # fitted once, which takes a moment of the time
    spent = time.perf_counter() - began
    return plan_for(minutes, spent, measured, dataset, data, batch_size), 60 * minutes - spent


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
