"""Image files in folders, on the disk or in a zip: what every layout of a dataset is read with."""

import os
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import FerCourseError
from ..files import require_file
from ..frontend import progress_bar
from ..images import IMAGE_ENDINGS, SIZE, Box, decode_picture, to_gray
from .archives import open_entry

_MAX_BYTES = 2**27  # 134 MB from a zip; no image file that MAX_PIXELS allows is larger
_THREADS = 8  # Pillow, OpenCV and zlib let others run; each holds a file in memory
_NAMED = 10  # so many bad files are named; of the others their number

_SPLIT_WORDS = {  # others than English ones without their accents
    "train": r"train|trainings?|entrenamiento|entrainement|apprentissage|treino|treinamento|addestramento|"
    r"обуч\w*|训练集?|訓練",
    "val": r"val|valid|validation|dev|development|publictest|validierungs?|validacion|validacao|validazione|"
    r"валидация|验证集?|検証",
    "test": r"test|tests|testing|privatetest|holdout|heldout|eval|evaluation|pruebas?|teste|"
    r"тест\w*|测试集?|測試|テスト",
}
_OF_SPLITS = re.compile(r"train|^(test|valid|val$|eval|holdout|heldout)")
_AROUND = (  # no text is some of these in two ways, else a long name would be tried in all of them
    r"fer|plus|rafdb|affectnet|expw|kdef|jaffe|ck|set|data|images?|imgs?|faces?|split|\d|(?<=\d)[txz]|"
    r"daten|datos|dados|donnees|v|copy|my|new|final|gr[ae]y|aligned|cropped|resized"
)
_SPLIT_OF_FOLDER = {
    split: re.compile(rf"(?:{_AROUND})*(?:{words})(?:{_AROUND})*") for split, words in _SPLIT_WORDS.items()
}


class ImageFile(NamedTuple):
    """An image file in a tree."""

    path: str  # inside the tree, with forward slashes
    folder: str  # the name of the folder right above it; empty if it lies at the top
    stem: str  # its name without ending


@dataclass(frozen=True)
class Files:
    """The files of a folder or a zip."""

    name: str  # of the folder or zip, for messages
    paths: list[str]  # inside it, sorted, with forward slashes; hidden files are not among them
    read: Callable[[str], bytes]  # gives the content of one path

    @cached_property
    def stem(self) -> str:
        """Its name without the folders above and without ending."""
        return Path(self.name).stem

    @cached_property
    def images(self) -> list[ImageFile]:
        """The image files; there may be hundreds of thousands, so their paths are taken apart once."""
        images = []
        for path in self.paths:
            if path.lower().endswith(IMAGE_ENDINGS):
                above, _, name = path.rpartition("/")
                images.append(ImageFile(path, above.rpartition("/")[2], name.rpartition(".")[0]))
        return images

    def lines(self, path: str) -> list[str]:
        """Return the lines of a text file, without white space around them and without empty ones."""
        text = self.read(path).decode("utf-8-sig", "replace")
        return [stripped for line in text.splitlines() if (stripped := line.strip())]

    def mentions(self, word: str) -> bool:
        """Tell whether a folder in it or its own name holds a word."""
        folders = {path.rpartition("/")[0] for path in self.paths} | {Path(self.name).name}
        return any(word in "".join(filter(str.isalnum, folder.lower())) for folder in folders)


@dataclass(frozen=True)
class Entry:
    """A face that a layout found; what is empty the dataset does not say."""

    path: str  # of the image file
    original_label: str  # the name that the dataset has for its class
    split: str = ""
    person: str = ""
    box: Box | None = None  # where in the image the face is; None if the image is of one face
    face: str = ""  # tells apart the faces of one image
    attributes: dict[str, str] = field(default_factory=dict)  # what else the dataset says of it


def folder_files(folder: Path) -> Files:
    """List the files of a folder and of those below it; one that may not be listed is an error."""
    if folder.name in ("", ".."):
        folder = folder.resolve()  # so that "." has a name too

    def refuse(error: OSError) -> None:  # else an emotion could be missing
        if not is_hidden(Path(error.filename).relative_to(folder).as_posix()):
            raise FerCourseError(
                f"{error.filename}: a folder that cannot be listed ({error.strerror})"
            ) from error

    starts, seen = [folder], {str(above) for above in folder.resolve().parents}
    paths, again = [], []
    for start in starts:  # links to folders are met on the way and followed at the end
        for above, folders, names in os.walk(start, onerror=refuse):
            if os.path.realpath(above) in seen:
                again.append(above)
                folders.clear()
                continue
            seen.add(os.path.realpath(above))
            starts += [Path(above, name) for name in sorted(folders) if Path(above, name).is_symlink()]
            inside = Path(above).relative_to(folder)
            paths += [(inside / name).as_posix() for name in names]
    if again:
        print(
            f"Data: {again[0]}: a link to a folder that is read already, not followed ({len(again):,} such)."
        )
    return Files(str(folder), _visible(paths), lambda path: require_file(folder / path).read_bytes())


def zip_files(archive: zipfile.ZipFile, name: str) -> Files:
    """List the files of an opened zip, which is not unpacked."""
    names = {path.replace("\\", "/"): path for path in archive.namelist()}  # some come from Windows

    def read(path: str) -> bytes:
        with open_entry(archive, names[path], name, _MAX_BYTES) as file:
            return file.read()

    return Files(name, _visible([path for path in names if not path.endswith("/")]), read)


def is_hidden(path: str) -> bool:
    """Tell whether a path in a tree is of a hidden file, or of one that a system has put there for itself."""
    return any(part.startswith((".", "__MACOSX", "@eaDir")) for part in path.split("/"))


def _visible(paths: Sequence[str]) -> list[str]:
    return sorted(path for path in paths if not is_hidden(path))


@cache
def split_of_name(name: str) -> str:
    """Understand the name of a folder, such as "FER2013Valid" or "public-test", as that of a split.

    Empty where the name says anything else, or two of them.

    Example:
        >>> split_of_name("FER2013Test"), split_of_name("Public Test"), split_of_name("train_val")
        ('test', 'val', '')
    """
    apart = unicodedata.normalize("NFKD", name.lower())  # letters from their accents
    plain = "".join(filter(str.isalnum, apart))
    return next((split for split, word in _SPLIT_OF_FOLDER.items() if word.fullmatch(plain)), "")


@cache
def words_of_splits(name: str) -> list[str]:
    """Return the words in a folder's name that speak of splits, where :func:`split_of_name` knows of none."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return [] if split_of_name(name) else [word for word in words if _OF_SPLITS.search(word)]


def split_in_words(name: str) -> str:
    """Find the word of a split among others in the name of a file; empty where there is none, or several."""
    plain = re.sub(r"(\.(csv|tsv|txt|npz|zip|gz))+$", "", name, flags=re.IGNORECASE)
    plain = re.sub(r"(public|private)[\W_]+(?=test)", r"\1", plain, flags=re.IGNORECASE)  # one word each
    words = re.findall(r"[A-Za-z]+", plain)
    splits = {split for word in [*words, "".join(words)] if (split := split_of_name(word))}
    return splits.pop() if len(splits) == 1 else ""


def split_of(files: Files, path: str) -> str:
    """Read the split off the nearest folder above an image that says one, the tree's own included.

    Refused are one of train inside one of test, a folder below the tree's own that speaks of a split in words
    that are not understood, and a tree that is named after two splits and has none inside.
    """
    folders = path.split("/")[:-1]
    found = [split for folder in folders if (split := split_of_name(folder))]
    own = re.sub(r"\.zip$", "", Path(files.name).name, flags=re.IGNORECASE)
    if "test" in found and found[-1] == "train":
        raise FerCourseError(
            f"{files.name}/{path}: a folder of train inside one of test; rename one, or give the path of one"
        )
    unknown = next(filter(words_of_splits, folders), "")
    if not found and len(set(re.findall("train|test|valid", "".join(words_of_splits(own))))) > 1:
        unknown = own
    if unknown:
        raise FerCourseError(f"{files.name}: is {unknown} a folder of train, of val or of test? Rename it so")
    return found[-1] if found else split_of_name(own)


def read_faces(
    files: Files, entries: Sequence[Entry], fit: Callable[[np.ndarray, Entry], np.ndarray]
) -> np.ndarray:
    """Decode images one by one, each of them once, and keep of each only the small faces in it.

    The entries of one image follow one another; ``fit`` makes the ``(48, 48)`` face of a gray image and its
    entry. Files that are not images, or that ``fit`` refuses, are named together, up to ten. Pictures of 16
    bits are read as one camera's: so many bits are taken of each as the brightest of all fills.
    """
    by_path = [list(group) for _, group in groupby(entries, key=lambda entry: entry.path)]
    depths: list[int] = []

    def faces_of(group: list[Entry]) -> list[np.ndarray] | FerCourseError:
        path = group[0].path
        try:
            gray = to_gray(decode_picture(files.read(path), f"{files.name}/{path}", depths))
            return [fit(gray, entry) for entry in group]
        except (FerCourseError, FileNotFoundError) as error:
            return FerCourseError(str(error))
        except OSError as error:
            return FerCourseError(f"{files.name}/{path}: {error.strerror}")

    images = np.empty((len(entries), SIZE, SIZE), np.uint8)

    def read_all() -> list[str]:
        position, refused = 0, []
        with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS)) as pool:
            decoded = pool.map(faces_of, by_path)
            for faces in progress_bar(decoded, Path(files.name).name, len(by_path)):
                if isinstance(faces, FerCourseError):
                    refused.append(str(faces))
                else:
                    images[position : position + len(faces)] = faces
                    position += len(faces)
        return refused

    refused = read_all()
    if len(set(depths)) > 1 and not refused:
        refused = read_all()  # some were read before a deeper one
    if depths and min(depths) < 16:
        bits = ", ".join(map(str, sorted(set(depths))))
        warnings.warn(
            f"{files.name}: pictures of 16 bits a pixel, the brightest of which need {bits}; all of them are "
            f"read as {max(depths)} bits",
            stacklevel=2,
        )
    if len(refused) > 1:
        others = f"; and {len(refused) - _NAMED:,} more" if len(refused) > _NAMED else ""
        refused = [f"{len(refused):,} of {len(by_path):,} files: {'; '.join(refused[:_NAMED])}{others}"]
    if refused:
        raise FerCourseError(refused[0])
    return images


def ids_of(entries: Sequence[Entry]) -> np.ndarray:
    """Name every face after its file, and after its path where file names occur twice."""
    numbers = [f"#{entry.face}" if entry.face else "" for entry in entries]
    names = [entry.path.rpartition("/")[2] + n for entry, n in zip(entries, numbers, strict=True)]
    if len(set(names)) < len(names):
        names = [entry.path + n for entry, n in zip(entries, numbers, strict=True)]
    return np.array(names)


@dataclass(frozen=True)
class Layout:
    """The ways in which a dataset is stored."""

    name: str  # of the dataset in the catalogue; the ``source`` of its images
    title: str  # what people call it
    find: Callable[[Files], list[ImageFile]]  # which image files are this dataset's; none if it is another
    entries: Callable[[Files, list[ImageFile]], list[Entry]]  # the faces on these images


def folder_number(image: ImageFile) -> int | None:
    """Return the number that names the folder of an image, None if it has no number."""
    number = image.folder
    return int(number) if number.isascii() and number.isdigit() else None
