"""A tree of images of any known dataset, made into one of faces."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...dataset import SPLITS, FaceDataset, split_by_person
from ...emotions import mapped_label
from ...errors import FerCourseError
from ...images import SIZE, crop_square, resize_face
from ..image_trees import Entry, Files, ImageFile, ids_of, read_faces
from .affectnet import AFFECTNET
from .emotion_folders import emotion_folder_entries, in_emotion_folder, named_set
from .expw import EXPW
from .layout import Layout, folder_number
from .person_sets import CK_PLUS, JAFFE, KDEF
from .raf_db import RAF_DB

LAYOUTS = (CK_PLUS, RAF_DB, AFFECTNET, JAFFE, EXPW, KDEF)


def read_tree(files: Files, resize: bool = False) -> FaceDataset:
    """Read a folder or zip of images, whichever dataset it holds.

    Args:
        files: Its files.
        resize: Resize images that are not 48x48 instead of refusing them, where FER2013 is expected; those
            of other datasets are always resized.

    Returns:
        The faces in the order of their paths. Other datasets than FER2013 have the attributes
        ``original_label``, ``person`` where they say who it is, and what else they say.

    Raises:
        FerCourseError: No known dataset or more than one, or an image or label that cannot be understood.

    Example:
        >>> from ..image_trees import folder_files
        >>> read_tree(folder_files(Path("data/ck_plus")))  # doctest: +SKIP
        Data: CK+ in data/ck_plus: 981 faces; none of the seven emotions (label -1): 54 contempt; ...
    """
    layout, images = recognise(files)
    if layout is not None:
        entries = layout.entries(files, images)
        return _read_set(files, entries, layout.name, layout.title)
    entries = emotion_folder_entries(files)
    labels = np.array([mapped_label(entry.original_label) for entry in entries])
    name = named_set(files)
    if name or (labels < 0).any():  # FER2013 has the seven emotions alone
        return _read_set(files, entries, name or files.stem, "emotion folders")
    return FaceDataset(
        read_faces(
            files, entries, lambda gray, entry: _unchanged(gray, f"{files.name}/{entry.path}", resize)
        ),
        labels,
        np.array([entry.split or "train" for entry in entries]),
        ids_of(entries),
        files.stem,
    )


def recognise(files: Files) -> tuple[Layout | None, list[ImageFile]]:
    """Find out which dataset a folder or zip holds, from its file names and label files.

    Args:
        files: The folder or zip.

    Returns:
        The layout and the image files that are its own; None for folders named after emotions.

    Raises:
        FerCourseError: It holds two datasets, or numbered folders whose numbers can mean different things.

    Example:
        >>> recognise(Files("faces.zip", ["jaffe/KA.AN1.39.tiff"], lambda path: b""))[0].title
        'JAFFE'
    """
    found = [(layout, images) for layout in LAYOUTS if (images := layout.find(files))]
    claimed = {image for _, images in found for image in images}
    others = [image for image in files.images if image not in claimed]
    numbers = sorted({number for image in others if (number := folder_number(image)) is not None})
    named = [image for image in others if in_emotion_folder(image)]
    if numbers and not found:
        raise FerCourseError(
            f"{files.name}: images in folders {', '.join(map(str, numbers))}, and a number alone does not "
            "say which emotion; known are 1..7 (RAF-DB) and 0..7 (AffectNet; also without 7, contempt, if a "
            "folder is named affectnet). Rename the folders to the names of the emotions"
        )
    parts = [f"{layout.title} ({len(images):,} images)" for layout, images in found]
    if found and (numbers or named):
        parts.append(f"folders of other images, such as {next(iter(named or others)).path}")
    if len(parts) > 1:
        raise FerCourseError(
            f"{files.name}: it holds {' and '.join(parts)}; give the path of one of them, and merge() unites "
            "datasets"
        )
    return found[0] if found else (None, [])


def _unchanged(gray: np.ndarray, where: str, resize: bool) -> np.ndarray:
    if gray.shape != (SIZE, SIZE) and not resize:
        height, width = gray.shape
        raise FerCourseError(
            f"{where}: {width} x {height} pixels, expected {SIZE} x {SIZE}; resize=True resizes it"
        )
    return resize_face(gray)


def _read_set(files: Files, entries: Sequence[Entry], name: str, title: str) -> FaceDataset:
    """Read the faces of another dataset than FER2013, and print what was found and decided."""
    split, how_split = _splits(entries)
    labels = np.array([mapped_label(entry.original_label) for entry in entries])
    sizes: set[tuple[int, ...]] = set()

    def fit(gray: np.ndarray, entry: Entry) -> np.ndarray:
        sizes.add(gray.shape)
        try:
            return resize_face(crop_square(gray, entry.box))
        except FerCourseError as error:
            raise FerCourseError(f"{files.name}/{entry.path}: {error}") from error

    faces = FaceDataset(
        read_faces(files, entries, fit), labels, split, ids_of(entries), name, _attributes(entries)
    )
    names = Counter(entry.original_label for entry, label in zip(entries, labels, strict=True) if label < 0)
    unmapped = ", ".join(f"{count:,} {name}" for name, count in names.most_common())
    used = {entry.path for entry in entries}
    notes = [
        f"{title} in {files.name}: {len(entries):,} faces",
        f"none of the seven emotions (label -1): {unmapped}" if unmapped else "",
        how_split,
        "cut square and resized to 48 x 48 (by area; bilinear where enlarged)"
        if sizes - {(SIZE, SIZE)}
        else "",
        f"{left:,} other images left out"
        if (left := len({image.path for image in files.images} - used))
        else "",
    ]
    print(f"Data: {'; '.join(filter(None, notes))}.")
    return faces


def _splits(entries: Sequence[Entry]) -> tuple[np.ndarray, str]:
    """Take the dataset's own splits, else divide by person, else leave everything in train."""
    given = [entry.split for entry in entries]
    people = [entry.person for entry in entries]
    if any(given):
        split, how = np.array([name or "train" for name in given]), "the dataset's own splits"
    elif all(people):
        split, how = split_by_person(people), f"{len(set(people))} people, each in one split"
    else:
        split, how = np.full(len(entries), "train"), "no splits"
    counts = [f"{count:,} {name}" for name in SPLITS if (count := np.count_nonzero(split == name))]
    return split, f"{how} ({', '.join(counts)})"


def _attributes(entries: Sequence[Entry]) -> dict[str, np.ndarray]:
    columns = {"original_label": [entry.original_label for entry in entries]}
    if any(entry.person for entry in entries):
        columns["person"] = [entry.person for entry in entries]
    for column in entries[0].attributes:
        columns[column] = [entry.attributes[column] for entry in entries]
    return {column: np.array(values) for column, values in columns.items()}
