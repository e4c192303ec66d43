"""A tree of images of any known dataset, made into one of faces."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from ...dataset import SPLITS, FaceDataset, split_by_person
from ...emotions import EMOTIONS, mapped_label
from ...errors import FerCourseError
from ...images import IMAGE_ENDINGS, SIZE, UNREAD_ENDINGS, crop_square, resize_face
from ..fer2013_rows import UNKNOWN_ROW, row_id, rows_of_kaggle_names
from ..image_trees import Entry, Files, ImageFile, Layout, folder_number, ids_of, read_faces
from .emotion_folders import Labels, emotion_folder_entries, is_class, named_set
from .person_sets import CK_PLUS, JAFFE, KDEF
from .web_sets import AFFECTNET, EXPW, FERPLUS, RAF_DB

LAYOUTS = (CK_PLUS, RAF_DB, AFFECTNET, JAFFE, EXPW, FERPLUS, KDEF)
_NO_FACES = ("thumbs.db", "desktop.ini")  # which Windows leaves in folders


def read_tree(files: Files, resize: bool = False, labels: Labels | None = None) -> FaceDataset:
    """Read a folder or zip of images, whichever dataset it holds, and print what was found.

    Images that are not 48x48 are refused where FER2013 is expected, unless ``resize`` is True; those of other
    datasets are always resized. ``labels`` is for :func:`meanings_of`. The faces are in the order of their
    paths; those of other datasets than FER2013 have the attributes ``original_label``, ``person`` where it is
    known who it is, and what else the dataset says.
    """
    layout, images = recognise(files) if labels is None else (None, [])
    if layout is not None:
        return _read_set(files, layout.entries(files, images), layout.name, layout.title)
    entries, name = emotion_folder_entries(files, labels), named_set(files)
    return _read_set(files, entries, name or files.stem, "emotion folders", not name, resize)


def recognise(files: Files) -> tuple[Layout | None, list[ImageFile]]:
    """Find out which dataset a folder or zip holds, from its file names and label files.

    Returns its layout (None for folders named after emotions) and the images that are its own. Two datasets,
    and numbered folders whose numbers can mean different things, are refused.
    """
    found = [(layout, images) for layout in LAYOUTS if (images := layout.find(files))]
    claimed = {image for _, images in found for image in images}
    others = [image for image in files.images if image not in claimed]
    labelled = [image for image in others if folder_number(image) is not None or is_class(image.folder)]
    parts = [f"{layout.title} ({len(images):,} images)" for layout, images in found]
    if found and labelled:
        parts.append(f"folders of other images, such as {labelled[0].path}")
    if len(parts) > 1:
        raise FerCourseError(
            f"{files.name}: it holds {' and '.join(parts)}; give the path of one of them, and merge() unites "
            "datasets"
        )
    return found[0] if found else (None, [])


def _ids_by_row(entries: Sequence[Entry], labels: np.ndarray) -> np.ndarray:
    """Name the images of Kaggle's FER2013 after their rows in ``fer2013.csv``."""
    rows = rows_of_kaggle_names([entry.path for entry in entries], labels)
    known, counts = np.unique(rows, return_counts=True)
    once = np.isin(rows, known[counts == 1]) & (rows != UNKNOWN_ROW)
    return np.where(once, [row_id(row) for row in rows], ids_of(entries))


def _refuse_two_tests(files: Files, entries: Sequence[Entry]) -> None:
    """Refuse a folder for evaluation, which some call val and others test, beside one for a test."""
    names = {folder for entry in entries for folder in entry.path.split("/")[:-1]}
    evals, tests = ({name for name in names if word in name.lower()} for word in ("eval", "test"))
    if evals and tests:
        shown = ", ".join(sorted(evals | tests))
        raise FerCourseError(f"{files.name}: folders {shown}: is that for evaluation val or test? Rename it")


def _read_once(files: Files, entries: Sequence[Entry]) -> list[Entry]:
    """Leave out images that lie in the tree twice, as where a folder was unpacked into its own copy."""
    places: dict[tuple[str, ...], set[str]] = {}
    for entry in entries:
        key = (entry.split, entry.original_label, entry.path.rpartition("/")[2])
        places.setdefault(key, set()).add(entry.path)
    again = set()
    for paths in places.values():
        first: dict[bytes, str] = {}
        for path in sorted(paths, key=lambda path: path.count("/")) if len(paths) > 1 else []:
            if first.setdefault(hashlib.sha256(files.read(path)).digest(), path) != path:
                again.add(path)
    return [entry for entry in entries if entry.path not in again]


def _read_set(
    files: Files,
    entries: Sequence[Entry],
    name: str,
    title: str,
    perhaps_fer2013: bool = False,
    resize: bool = True,
) -> FaceDataset:
    """Read the faces, and print what was found and decided."""
    _refuse_two_tests(files, entries)
    found, entries = len(entries), _read_once(files, entries)
    again = found - len(entries)
    split, how_split = _splits(entries)
    labels = np.array([mapped_label(entry.original_label) for entry in entries])
    fer2013 = perhaps_fer2013 and (labels >= 0).all()  # which has the seven emotions alone
    sizes: set[tuple[int, ...]] = set()

    def fit(gray: np.ndarray, entry: Entry) -> np.ndarray:
        sizes.add(gray.shape)
        where = f"{files.name}/{entry.path}"
        if fer2013 and not resize and gray.shape != (SIZE, SIZE):
            raise FerCourseError(
                f"{where}: {gray.shape[1]} x {gray.shape[0]} pixels, expected {SIZE} x {SIZE}; resize=True "
                "(fer-course convert --resize) resizes it"
            )
        try:
            return resize_face(crop_square(gray, entry.box))
        except FerCourseError as error:
            raise FerCourseError(f"{where}: {error}") from error

    images = read_faces(files, entries, fit)
    counts = Counter(entry.original_label for entry in entries)
    others = ", ".join(f"{count:,} {name}" for name, count in counts.most_common() if mapped_label(name) < 0)
    notes = [
        f"{title} in {files.name}: {len(entries):,} faces",
        f"none of the seven emotions (label -1): {others}" if others else "",
        how_split,
        _folders(counts),
        "cut square and resized to 48 x 48 (by area; bilinear where enlarged)"
        if sizes - {(SIZE, SIZE)}
        else "",
        f"{again:,} that lie in it twice read once" if again else "",
        _left_out(files, entries, again),
    ]
    print(f"Data: {'; '.join(filter(None, notes))}.")
    ids = _ids_by_row(entries, labels) if fer2013 else ids_of(entries)
    return FaceDataset(images, labels, split, ids, name, {} if fer2013 else _attributes(entries))


def _folders(counts: Counter[str]) -> str:
    """Say how many faces each class has, and which emotion it was taken for where it is called otherwise."""
    parts = []
    for name, count in sorted(counts.items()):
        label = mapped_label(name)
        other = f" ({EMOTIONS[label]})" if label >= 0 and EMOTIONS[label] != name.lower() else ""
        parts.append(f"{count:,} {name}{other}")
    return ", ".join(parts)


def _left_out(files: Files, entries: Sequence[Entry], again: int) -> str:
    """Count by their endings the pictures, and all files in an emotion's folder, that are no faces here."""
    used = {entry.path for entry in entries}
    endings: Counter[str] = Counter()
    for name in sorted(set(files.paths) - used):
        path = PurePosixPath(name)
        ending = path.suffix.lower()
        picture = ending in (*IMAGE_ENDINGS, *UNREAD_ENDINGS) or is_class(path.parent.name)
        if picture and path.name.lower() not in _NO_FACES:
            endings[ending or "without ending"] += 1
    left = endings.total() - again
    shown = ", ".join(f"{count:,} {ending}" for ending, count in endings.most_common())
    return f"{left:,} other files left out ({shown})" if left else ""


def _splits(entries: Sequence[Entry]) -> tuple[np.ndarray, str]:
    """Take the dataset's own splits, else divide by person, else leave everything in train."""
    given = [entry.split for entry in entries]
    people = [entry.person for entry in entries]
    if any(given):
        if not all(given):
            without = entries[given.index("")].path
            raise FerCourseError(
                f"{without}: neither train, val nor test by the names of its folders, as others are; rename "
                "the folder, or give the path of one"
            )
        split, how = np.array(given), "the dataset's own splits"
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
