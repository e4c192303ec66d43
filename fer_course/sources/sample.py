"""The sample: a small drawn dataset with known truth, so that every lesson runs without a download."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm.auto import tqdm

from ..dataset import SPLITS, FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import write_beside
from . import sample_defects
from .action_units import random_expression
from .face_identity import Identity
from .face_scene import Camera, Scene
from .faces import render

READY_DRAWN = Path(__file__).with_name("sample.npz")
DEFAULT_SIZE, DEFAULT_SEED, MIN_SIZE = 2100, 0, 70
IMAGE_SIDE = 48

CLASS_SHARES = (0.13, 0.04, 0.13, 0.25, 0.15, 0.12, 0.18)
"""Share of every emotion: as uneven as FER2013, but milder."""

SPLIT_SHARES = (0.70, 0.15, 0.15)
FACES_PER_PERSON = 6

DAMAGE_SHARES = {
    "blur": 0.020,
    "dark": 0.010,
    "bright": 0.010,
    "flat": 0.010,
    "occluded": 0.020,
    "no_face": 0.010,
    "two_faces": 0.010,
    "wrong_label": 0.030,
}
"""Share of the images with each planted defect of their own."""

COPY_SHARES = {"exact_duplicate": 0.012, "near_duplicate": 0.012, "twin": 0.020}
"""Share of the images that are copies: within their split, or (twins) train images copied from val or test."""

_CONFLICTING = {"exact_duplicate": 0.25, "near_duplicate": 0.0, "twin": 0.04}
_SHOW_PROGRESS_ABOVE = 300

Row = dict[str, object]


def sample_faces(n: int = DEFAULT_SIZE, seed: int = DEFAULT_SEED) -> FaceDataset:
    """Return drawn faces with known truth; the default call reads the ready-drawn file of the package.

    People never appear in two splits, but for the planted twins. About 15 % of the images carry a planted
    defect. A model trained on drawn faces says nothing about real ones: use the sample to learn, to test and
    to demonstrate.

    Args:
        n: Number of images, at least 70.
        seed: The same ``n`` and seed give the same images.

    Returns:
        48 x 48 gray images; attributes ``person`` (number), ``defect`` ("none", "blur", "dark", "bright",
        "flat", "occluded", "no_face", "two_faces", "wrong_label", "exact_duplicate", "near_duplicate",
        "twin"), ``true_label`` (the drawn emotion, -1 without a face), ``skin_tone`` ("light", "medium",
        "dark"), ``glasses``, ``beard`` (booleans) and ``age`` ("young", "adult", "old").

    Raises:
        FerCourseError: ``n`` is below 70, too few for seven classes in three splits.

    Example:
        >>> import fer_course as fer
        >>> len(fer.sample_faces(70, seed=1))
        70
    """
    if not isinstance(n, int | np.integer) or n < MIN_SIZE:
        raise FerCourseError(
            f"n is {n!r}; a sample has at least {MIN_SIZE} images, so that every split shows all seven emotions"
        )
    if (n, seed) == (DEFAULT_SIZE, DEFAULT_SEED) and READY_DRAWN.exists():
        return read_ready_drawn()
    return draw_sample(int(n), seed)


def write_ready_drawn(sample: FaceDataset, path: Path = READY_DRAWN) -> None:
    """Write a sample for the package: its images as one PNG, a fifth smaller than ``FaceDataset.save``.

    Args:
        sample: The dataset.
        path: The ``.npz`` file.
    """
    _, sheet = cv2.imencode(".png", sample.images.reshape(-1, IMAGE_SIDE), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    columns = {"labels": sample.labels, "split": np.asarray(sample.split), **sample.attributes}
    with write_beside(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, sheet=sheet, **columns)


def read_ready_drawn(path: Path = READY_DRAWN) -> FaceDataset:
    """Read what ``write_ready_drawn`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        columns = {name: file[name] for name in file.files}
    images = cv2.imdecode(columns.pop("sheet"), cv2.IMREAD_GRAYSCALE).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    labels, split = columns.pop("labels"), columns.pop("split")
    return FaceDataset(images, labels, split, _ids(len(images)), "sample", columns)


def _ids(count: int) -> np.ndarray:
    return np.array([f"sample-{i:05d}" for i in range(count)])


def draw_sample(n: int, seed: int) -> FaceDataset:
    """Draw a sample anew, as ``sample_faces`` describes it."""
    rng = np.random.default_rng([seed, n])
    copies = {kind: round(share * n) for kind, share in COPY_SHARES.items()}
    drawn = n - sum(copies.values())
    people = [
        Identity.random(np.random.default_rng([seed, n, 1, p]))
        for p in range(max(21, drawn // FACES_PER_PERSON))
    ]
    plan = _plan(drawn, len(people), rng)
    rows: list[Row] = []
    for index, row in enumerate(tqdm(plan, desc="drawing faces", disable=n <= _SHOW_PROGRESS_ABOVE)):
        own_rng = np.random.default_rng([seed, n, 2, index])
        rows.append(_draw(row, people, own_rng))
    rows += _copies(rows, copies, rng)
    order = sorted(rng.permutation(n), key=lambda i: SPLITS.index(str(rows[i]["split"])))
    return _dataset([rows[i] for i in order], people)


def _plan(count: int, people: int, rng: np.random.Generator) -> list[Row]:
    """Decide the person, split, emotion and defect of every image before any is drawn."""
    split_of_person = np.repeat(SPLITS, _apportion(SPLIT_SHARES, people))
    person = np.arange(count) % people
    split = split_of_person[person]
    labels = np.zeros(count, np.int64)
    for name in SPLITS:
        members = np.flatnonzero(split == name)
        counts = _apportion(CLASS_SHARES, len(members))
        labels[members] = rng.permutation(np.repeat(np.arange(len(EMOTIONS)), counts))
    damaged = {kind: round(share * count) for kind, share in DAMAGE_SHARES.items()}
    kinds = np.repeat([*damaged, "none"], [*damaged.values(), count - sum(damaged.values())])
    defects = rng.permutation(kinds)
    return [
        {"person": int(p), "split": str(s), "true_label": int(y), "label": int(y), "defect": str(d)}
        for p, s, y, d in zip(person, split, labels, defects, strict=True)
    ]


def _apportion(shares: tuple[float, ...], total: int) -> np.ndarray:
    """Divide a total by shares (largest remainder), at least one each."""
    quotas = np.array(shares) / sum(shares) * total
    counts = np.maximum(np.floor(quotas).astype(int), 1)
    while counts.sum() != total:
        step = 1 if counts.sum() < total else -1
        gaps = np.where((step > 0) | (counts > 1), step * (quotas - counts), -np.inf)
        counts[np.argmax(gaps)] += step
    return counts


def _draw(row: Row, people: list[Identity], rng: np.random.Generator) -> Row:
    person, label, defect = int(row["person"]), int(row["true_label"]), str(row["defect"])  # type: ignore[call-overload]
    scene = Scene.random(rng)
    camera = scene.camera or Camera()
    if defect == "no_face":
        picture = sample_defects.no_face(rng)
        row = row | {"true_label": -1}
    elif defect == "two_faces":
        picture = _two_faces(people, person, label, scene, rng)
    else:
        picture = render(random_expression(label, rng), people[person], scene, seed=person)
    if defect == "occluded":
        picture = sample_defects.occlude(picture, people[person].skin, rng)
    if defect == "wrong_label":
        row = row | {"label": int(rng.choice(sample_defects.CONFUSIONS[label]))}
    pixels = camera.expose(picture, rng)
    if defect in _DAMAGE:
        pixels = _DAMAGE[defect](pixels, rng)
    return row | {"image": pixels}


_DAMAGE: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "blur": sample_defects.blur,
    "dark": sample_defects.darken,
    "bright": sample_defects.brighten,
    "flat": sample_defects.flatten,
}


def _two_faces(
    people: list[Identity], person: int, label: int, scene: Scene, rng: np.random.Generator
) -> np.ndarray:
    zoom, side = rng.uniform(0.58, 0.68), rng.choice([-1, 1])
    height = rng.normal(1, 1.5, 2)
    other = int(rng.integers(len(people)))
    first = replace(scene, zoom=zoom, shift=(side * 11.5, height[0]))
    second = replace(
        scene, zoom=zoom * rng.uniform(0.9, 1.05), shift=(-side * 11.0, height[1]), pan=-scene.pan
    )
    expression = random_expression(int(rng.integers(len(EMOTIONS))), rng)
    behind = render(expression, people[other], second, seed=other)
    return render(random_expression(label, rng), people[person], first, seed=person, behind=behind)


def _copies(rows: list[Row], counts: dict[str, int], rng: np.random.Generator) -> list[Row]:
    """Copy undamaged images: the copies carry the defect, the originals stay "none"."""
    held_out = [i for i, row in enumerate(rows) if row["defect"] == "none" and row["split"] != "train"]
    anywhere = [i for i, row in enumerate(rows) if row["defect"] == "none"]
    taken: set[int] = set()
    copies = []
    for kind, count in counts.items():
        pool = [i for i in (held_out if kind == "twin" else anywhere) if i not in taken]
        chosen = rng.choice(pool, count, replace=False).tolist()
        taken.update(chosen)
        conflicting = set(chosen[: round(_CONFLICTING[kind] * count)])
        for index in chosen:
            copy = rows[index] | {"defect": kind}
            if kind == "twin":
                copy["split"] = "train"
            if kind == "near_duplicate":
                copy["image"] = sample_defects.near_copy(np.asarray(copy["image"]), rng)
            if index in conflicting:
                others = sample_defects.CONFUSIONS[int(copy["true_label"])]  # type: ignore[call-overload]
                copy["label"] = int(rng.choice(others))
            copies.append(copy)
    return copies


def _dataset(rows: list[Row], people: list[Identity]) -> FaceDataset:
    persons = [people[int(row["person"])] for row in rows]  # type: ignore[call-overload]
    return FaceDataset(
        images=np.stack([np.asarray(row["image"]) for row in rows]),
        labels=np.array([row["label"] for row in rows]),
        split=np.array([row["split"] for row in rows]),
        ids=_ids(len(rows)),
        source="sample",
        attributes={
            "person": np.array([row["person"] for row in rows]),
            "defect": np.array([row["defect"] for row in rows]),
            "true_label": np.array([row["true_label"] for row in rows]),
            "skin_tone": np.array([person.skin_tone for person in persons]),
            "glasses": np.array([person.glasses for person in persons]),
            "beard": np.array([person.beard for person in persons]),
            "age": np.array([person.age for person in persons]),
        },
    )
