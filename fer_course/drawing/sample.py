"""The sample: a small drawn dataset with known truth, so that every lesson runs without a download."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..dataset import SPLITS, FaceDataset
from ..emotions import EMOTIONS
from ..errors import FerCourseError
from ..files import write_beside
from ..frontend import progress_bar
from ..images import SIZE
from . import defects as sample_defects
from .action_units import random_expression
from .face import render
from .identity import Identity
from .scene import Camera, Scene

READY_DRAWN = Path(__file__).with_name("sample.npz")
DEFAULT_SIZE, DEFAULT_SEED, MIN_SIZE = 2100, 0, 70
SOURCE = "drawn sample"

CLASS_SHARES = (0.13, 0.04, 0.13, 0.25, 0.15, 0.12, 0.18)
"""Share of every emotion: as uneven as FER2013, but milder."""

SPLIT_SHARES = (0.70, 0.15, 0.15)
FACES_PER_PERSON = 6

DAMAGE_SHARES = {"blur": 0.020, "dark": 0.010, "bright": 0.010, "flat": 0.010, "occluded": 0.020}
DAMAGE_SHARES |= {"no_face": 0.010, "two_faces": 0.010, "wrong_label": 0.030}
"""Share of the images with each planted defect of their own."""

COPY_SHARES = {"exact_duplicate": 0.012, "near_duplicate": 0.012, "twin": 0.020}
"""Share of the images that are copies: within their split, or (twins) in train of one in val or test."""

CONFLICTING_SHARES = {"exact_duplicate": 0.25, "near_duplicate": 0.0, "twin": 0.04}
"""Share of the copies whose label differs from the original's, as happens in FER2013."""

_LASTING = ("skin_tone", "glasses", "beard", "age")  # attributes that a person has


@dataclass(frozen=True)
class PlannedFace:
    """One image of a sample: what it shall be, and once it is drawn, its pixels."""

    person: int
    split: str
    label: int
    true_label: int
    defect: str
    pixels: np.ndarray | None = None


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

    Example:
        >>> import fer_course as fer
        >>> len(fer.sample_faces(70, seed=1))
        70
    """
    if not isinstance(n, int | np.integer) or n < MIN_SIZE:
        raise FerCourseError(
            f"n is {n!r}; a sample has at least {MIN_SIZE} images, so that train shows all seven emotions"
        )
    if (n, seed) == (DEFAULT_SIZE, DEFAULT_SEED) and READY_DRAWN.exists():
        return read_ready_drawn()
    return draw_sample(int(n), seed)


def write_ready_drawn(sample: FaceDataset, path: Path = READY_DRAWN) -> None:
    """Write a sample for the package: its images as one PNG, a fifth smaller than ``FaceDataset.save``."""
    stacked = sample.images.reshape(-1, SIZE)
    _, sheet = cv2.imencode(".png", stacked, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    columns: dict[str, Any] = {"labels": sample.labels, "split": sample.split}
    columns |= sample.attributes
    with write_beside(path) as temporary:
        np.savez_compressed(temporary, sheet=sheet, **columns)


def read_ready_drawn(path: Path = READY_DRAWN) -> FaceDataset:
    """Read what ``write_ready_drawn`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        columns = {name: file[name] for name in file.files}
    sheet = np.asarray(cv2.imdecode(columns.pop("sheet"), cv2.IMREAD_GRAYSCALE))
    images = sheet.reshape(-1, SIZE, SIZE)
    labels, split = columns.pop("labels"), columns.pop("split")
    return FaceDataset(images, labels, split, _ids(len(images)), SOURCE, columns)


def _ids(count: int) -> np.ndarray:
    return np.array([f"sample-{i:05d}" for i in range(count)])


def draw_sample(n: int, seed: int) -> FaceDataset:
    """Draw a sample anew, as ``sample_faces`` describes it."""
    people, planned = plan_sample(n, seed)
    indices = progress_bar(range(len(planned)), "drawing faces")
    faces = [draw_planned(planned[i], people, np.random.default_rng([seed, n, 2, i])) for i in indices]
    rng = np.random.default_rng([seed, n, 3])
    faces += _copies(faces, n, rng)
    order = sorted(rng.permutation(n), key=lambda i: SPLITS.index(faces[i].split))
    return _dataset([faces[i] for i in order], people)


def plan_sample(n: int, seed: int) -> tuple[list[Identity], list[PlannedFace]]:
    """Decide who is in a sample, and the split, emotion and defect of every image but the copies."""
    rng = np.random.default_rng([seed, n])
    count = n - sum(_copy_counts(n).values())
    people = [Identity.random(rng) for _ in range(count // FACES_PER_PERSON)]
    person = np.arange(count) % len(people)
    split = np.repeat(SPLITS, _apportioned(SPLIT_SHARES, len(people)))[person]
    labels = np.zeros(count, np.int64)
    for name in SPLITS:
        members = np.flatnonzero(split == name)
        counts = _apportioned(CLASS_SHARES, len(members))
        labels[members] = rng.permutation(np.repeat(np.arange(len(EMOTIONS)), counts))
    damaged = {kind: round(share * count) for kind, share in DAMAGE_SHARES.items()}
    kinds = np.repeat([*damaged, "none"], [*damaged.values(), count - sum(damaged.values())])
    columns = zip(person, split, labels, rng.permutation(kinds), strict=True)
    return people, [PlannedFace(int(p), str(s), int(y), int(y), str(kind)) for p, s, y, kind in columns]


def _copy_counts(n: int) -> dict[str, int]:
    return {kind: round(share * n) for kind, share in COPY_SHARES.items()}


def _apportioned(shares: tuple[float, ...], total: int) -> np.ndarray:
    """Divide a total by shares (largest remainder), at least one each."""
    quotas = np.array(shares) / sum(shares) * total
    counts = np.maximum(np.floor(quotas).astype(int), 1)
    while counts.sum() != total:
        step = 1 if counts.sum() < total else -1
        gaps = np.where((step > 0) | (counts > 1), step * (quotas - counts), -np.inf)
        counts[np.argmax(gaps)] += step
    return counts


def draw_planned(face: PlannedFace, people: list[Identity], rng: np.random.Generator) -> PlannedFace:
    """Draw one planned image, with the defect planned for it."""
    scene = Scene.random(rng)
    identity = people[face.person]
    if face.defect == "no_face":
        picture = sample_defects.no_face(rng)
        face = replace(face, true_label=-1)
    elif face.defect == "two_faces":
        picture = _two_faces(face, people, scene, rng)
    else:
        picture = render(random_expression(face.true_label, rng), identity, scene, seed=face.person)
    if face.defect == "occluded":
        picture = sample_defects.occluded(picture, identity.skin, rng)
    if face.defect == "wrong_label":
        face = replace(face, label=int(rng.choice(sample_defects.CONFUSIONS[face.label])))
    pixels = (scene.camera or Camera()).expose(picture, rng)
    damage = sample_defects.DAMAGES.get(face.defect)
    return replace(face, pixels=damage(pixels, rng) if damage else pixels)


def _two_faces(
    face: PlannedFace, people: list[Identity], scene: Scene, rng: np.random.Generator
) -> np.ndarray:
    zoom, side = rng.uniform(0.58, 0.68), int(rng.choice([-1, 1]))
    heights = rng.normal(1, 1.5, 2).tolist()
    other = int(rng.integers(len(people)))
    near = replace(scene, zoom=zoom, shift=(side * 11.5, heights[0]))
    far = replace(scene, zoom=zoom * rng.uniform(0.9, 1.05), shift=(-side * 11.0, heights[1]), pan=-scene.pan)
    theirs = random_expression(int(rng.integers(len(EMOTIONS))), rng)
    behind = render(theirs, people[other], far, seed=other)
    own = random_expression(face.true_label, rng)
    return render(own, people[face.person], near, seed=face.person, behind=behind)


def _copies(faces: list[PlannedFace], n: int, rng: np.random.Generator) -> list[PlannedFace]:
    """Copy undamaged images: the copies carry the defect, the originals stay "none"."""
    taken: set[int] = set()
    copies = []
    for kind, count in _copy_counts(n).items():
        good = [i for i, face in enumerate(faces) if face.defect == "none" and i not in taken]
        pool = [i for i in good if kind != "twin" or faces[i].split != "train"]
        chosen = rng.choice(pool, count, replace=False).tolist()
        taken.update(chosen)
        conflicting = round(CONFLICTING_SHARES[kind] * count)
        copies += [_copy(faces[index], kind, k < conflicting, rng) for k, index in enumerate(chosen)]
    return copies


def _copy(face: PlannedFace, kind: str, conflicting: bool, rng: np.random.Generator) -> PlannedFace:
    pixels = np.asarray(face.pixels)
    return replace(
        face,
        defect=kind,
        split="train" if kind == "twin" else face.split,
        label=int(rng.choice(sample_defects.CONFUSIONS[face.label])) if conflicting else face.label,
        pixels=sample_defects.near_copy(pixels, rng) if kind == "near_duplicate" else pixels,
    )


def _dataset(faces: list[PlannedFace], people: list[Identity]) -> FaceDataset:
    def column(name: str) -> np.ndarray:
        return np.array([getattr(people[face.person] if name in _LASTING else face, name) for face in faces])

    attributes = {name: column(name) for name in ("person", "defect", "true_label", *_LASTING)}
    ids = _ids(len(faces))
    return FaceDataset(column("pixels"), column("label"), column("split"), ids, SOURCE, attributes)
