"""The emotions that are known of the pictures in anybody's folder."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..emotions import EMOTIONS, emotion_label
from ..errors import FerCourseError
from ..files import read_json, require_file, write_json

GROUND_TRUTH = "ground_truth.json"  # in the folder of the pictures whose emotions it names


def labels_from_folders(paths: Sequence[str]) -> np.ndarray:
    """Read ``(n,)`` labels off the names of the folders that pictures lie in, -1 where it is no emotion's.

    Example:
        >>> labels_from_folders(["happy/1.png", "train/anger/2.png", "others/3.png", "4.png"])
        array([ 3,  0, -1, -1])
    """
    return np.array([_label(Path(path).parent.name) for path in paths])


def write_ground_truth(path: str | os.PathLike[str], paths: Sequence[str]) -> dict[str, str]:
    """Write the emotions of pictures, read off their folders, as a JSON file that can be mended by hand.

    Pictures in folders of other names are left out; where that leaves none, a ``FerCourseError`` says so.
    Returns what was written: the emotion of each path.

    Example:
        >>> write_ground_truth("faces/ground_truth.json", ["happy/1.png", "2.png"])
        {'happy/1.png': 'happy'}
    """
    labels = labels_from_folders(paths)
    truth = {name: EMOTIONS[label] for name, label in zip(paths, labels, strict=True) if label >= 0}
    if not truth:
        raise FerCourseError(
            f"none of the {len(paths)} pictures lies in a folder named after an emotion "
            f"({', '.join(EMOTIONS)}), so no ground truth can be read off"
        )
    write_json(Path(path), truth)
    return truth


def read_ground_truth(path: str | os.PathLike[str], paths: Sequence[str]) -> np.ndarray:
    """Read which emotion each picture shows, as ``(n,)`` labels, -1 for pictures that the file does not name.

    It is a JSON object of names and emotions, such as {"happy/1.png": "happy"}; a name is the picture's path
    or its last part, if no other has the same. A file that names none of the pictures is refused; names of
    pictures that are not there are counted and printed.

    Example:
        >>> _ = Path("truth.json").write_text('{"1.png": "happy"}')
        >>> read_ground_truth("truth.json", ["a/1.png", "a/2.png"])
        array([ 3, -1])
    """
    file = require_file(path, "--create-ground-truth writes one from folders")
    expected = 'expected names and emotions, such as {"1.png": "happy"}'
    truth = read_json(file, expected)
    if not all(isinstance(emotion, str) for emotion in truth.values()):
        raise FerCourseError(f"{file}: {expected}")
    last = Counter(Path(path).name for path in paths if path not in truth)
    shared = next((name for name in truth if last[name] > 1), None)
    if shared is not None:
        raise FerCourseError(f"{file}: {last[shared]} pictures are called {shared}; name each by its path")
    emotions = [truth.get(path, truth.get(Path(path).name)) for path in paths]
    labels = np.array([-1 if emotion is None else emotion_label(emotion) for emotion in emotions])
    if (labels < 0).all():
        raise FerCourseError(
            f"{file} names {len(truth)} pictures, and none of the {len(paths)} in the folder"
        )
    if absent := sorted(truth.keys() - set(paths) - last.keys()):
        print(f"Ground truth: {file} names {len(absent):,} more, which are not there, such as {absent[0]}.")
    return labels


def _label(name: str) -> int:
    try:
        return emotion_label(name)
    except FerCourseError:
        return -1
