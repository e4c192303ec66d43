"""Drawn faces in the layouts in which people have the datasets."""

import io
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from file_trees import encoded

from fer_course.drawing.action_units import EXPRESSIONS
from fer_course.drawing.face import draw_face
from fer_course.drawing.identity import Identity
from fer_course.emotions import EMOTIONS

JAFFE_CODES = ("AN", "DI", "FE", "HA", "SA", "SU", "NE")
KDEF_CODES = ("AN", "DI", "AF", "HA", "SA", "SU", "NE")
CK_FOLDERS = {"anger": 0, "contempt": -1, "disgust": 1, "fear": 2, "happy": 3, "sadness": 4, "surprise": 5}
RAF_LABELS = {1: 5, 2: 2, 3: 1, 4: 3, 5: 4, 6: 0, 7: 6}
AFFECTNET_LABELS = {0: 6, 1: 3, 2: 4, 3: 5, 4: 2, 5: 1, 6: 0, 7: -1}


def face(label, person=0, height=60, width=60):
    """A drawn face, stretched; one whose label is -1 shows neutral."""
    return cv2.resize(drawn(label, person), (width, height))


@cache
def drawn(label, person):
    return draw_face(EXPRESSIONS[EMOTIONS[label]][0], Identity.random(person), size=60)


def npy(value):
    buffer = io.BytesIO()
    np.save(buffer, value)
    return buffer.getvalue()


@dataclass
class Stored:
    """A small dataset: its files, and what reading them has to give."""

    source: str
    files: dict[str, bytes]
    labels: dict[str, int]
    splits: dict[str, str] | None = None
    person: str = ""
    names: set[str] = field(default_factory=set)


def ck_plus():
    stored = Stored("ck_plus", {"README.md": b"x"}, {}, person="S010", names={"contempt"})
    for person in (10, 11, 52, 999):
        for label, (folder, emotion) in enumerate(CK_FOLDERS.items()):
            name = f"S{person:03}_{label:03}_00000017.png"
            stored.files[f"CK+48/{folder}/{name}"] = encoded(face(emotion, person, 48, 48))
            stored.labels[name] = emotion
    return stored


def raf_db_folders(tables=True, root="DATASET"):
    stored = Stored("raf_db", {}, {}, {})
    for split, digits in (("train", 5), ("test", 4)):
        rows = ["image,label"]
        for number, label in RAF_LABELS.items():
            name = f"{split}_{number:0{digits}}_aligned.jpg"
            stored.files[f"{root}/{split}/{number}/{name}"] = encoded(
                cv2.merge([face(label, number, 100, 100)] * 3), ".jpg"
            )
            rows.append(f"{name},{number}")
            stored.labels[name], stored.splits[name] = label, split
        if tables:
            stored.files[f"{split}_labels.csv"] = "\n".join(rows).encode()
    return stored


def raf_db_flat():
    stored = raf_db_folders()
    for path in [path for path in stored.files if path.endswith(".jpg")]:
        root, split, _, name = path.split("/")
        stored.files[f"{root}/{split}/{name}"] = stored.files.pop(path)
    return stored


def raf_db_of_the_makers():
    stored, lines = Stored("raf_db", {}, {}, {}), []
    for split in ("train", "test"):
        for number, label in RAF_LABELS.items():
            name = f"{split}_{number:05}"
            stored.files[f"basic/Image/aligned/{name}_aligned.jpg"] = encoded(
                face(label, number, 100, 100), ".jpg"
            )
            stored.files[f"basic/Image/original/{name}.jpg"] = encoded(face(label, number, 90, 130), ".jpg")
            stored.labels[f"{name}_aligned.jpg"], stored.splits[f"{name}_aligned.jpg"] = label, split
            lines.append(f"{name}.jpg {number}")
    stored.files["basic/EmoLabel/list_patition_label.txt"] = "\n".join(lines).encode()
    return stored


def raf_db_compound():
    names = {
        f"{'train' if number % 2 else 'test'}_{number:04}_aligned.jpg": number for number in range(1, 12)
    }
    lines = [f"{name.replace('_aligned', '')} {number}" for name, number in names.items()]
    files = {f"compound/Image/aligned/{name}": encoded(face(-1), ".jpg") for name in names}
    files["compound/EmoLabel/list_patition_label.txt"] = "\n".join(lines).encode()
    splits = {name: name.partition("_")[0] for name in names}
    return Stored("raf_db", files, dict.fromkeys(names, -1), splits, names={"sadly angry"})


def affectnet_numbered():
    stored = Stored("affectnet", {}, {}, {}, names={"contempt"})
    for folder, split in (("train", "train"), ("val", "val"), ("test", "test")):
        for number, label in AFFECTNET_LABELS.items():
            name = f"{folder}{number}.png"
            stored.files[f"AffectNet/{folder}/{number}/{name}"] = encoded(face(label, number, 96, 96))
            stored.labels[name], stored.splits[name] = label, split
    return stored


def affectnet_without_contempt():
    stored = affectnet_numbered()
    stored.files = {path: data for path, data in stored.files.items() if "/7/" not in path}
    stored.labels = {name: label for name, label in stored.labels.items() if label >= 0}
    stored.splits = {name: stored.splits[name] for name in stored.labels}
    stored.names = set()
    return stored


def affectnet_named():
    stored = Stored("affectnet", {"labels.csv": b"pth,label\n"}, {}, {}, names={"contempt"})
    folders = ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt")
    for split in ("Train", "Val", "Test"):
        for label, folder in enumerate(folders):
            name = f"image{label}{split}.jpg"
            stored.files[f"AffectNet/{split}/{folder}/{name}"] = encoded(
                face(label % 7, label, 96, 96), ".jpg"
            )
            stored.labels[name], stored.splits[name] = -1 if label == 7 else label, split.lower()
    return stored


def affectnet_of_the_makers():
    stored = Stored("affectnet", {}, {}, {}, names={"contempt", "no face"})
    for folder, split in (("train_set", "train"), ("val_set", "val"), ("test_set", "test")):
        for number, label in {**AFFECTNET_LABELS, 10: -1}.items():
            name = f"{folder}{number}"
            stored.files[f"{folder}/images/{name}.jpg"] = encoded(face(label, number, 112, 112), ".jpg")
            stored.files[f"{folder}/annotations/{name}_exp.npy"] = npy(np.array(str(number)))
            stored.files[f"{folder}/annotations/{name}_val.npy"] = npy(np.array("0.5"))
            stored.labels[f"{name}.jpg"], stored.splits[f"{name}.jpg"] = label, split
    return stored


def jaffe(folder="jaffe"):
    stored = Stored("jaffe", {"jaffe/README": b"x"}, {}, person="KA")
    for person in ("KA", "KL", "UY", "YM"):
        for label, code in enumerate(JAFFE_CODES):
            name = f"{person}.{code}1.{label + 39}.tiff"
            stored.files[f"{folder.format(code)}/{name}"] = encoded(face(label, ord(person[0])), ".tiff")
            stored.labels[name] = label
    return stored


def jaffe_in_folders():
    return jaffe("images/{}")


def expw():
    """Photographs with several faces side by side, as the boxes say."""
    stored, lines = Stored("expw", {}, {}), []
    for number in range(4):
        name, labels = f"awe_{number}.jpg", range(number, number + 3)
        photograph = np.hstack([face(label, number) for label in labels] + [np.full((60, 40), 255, np.uint8)])
        stored.files[f"image/origin/{name}"] = encoded(photograph, ".png")
        for position, label in enumerate(labels):
            left = 60 * position
            lines.append(f"{name} {position} 0 {left} {left + 60} 60 42.5 {label}")
            stored.labels[f"{name}#{position}"] = label
    stored.files["image/origin/unlabelled.jpg"] = encoded(face(0))
    stored.files["label/label.lst"] = "\n".join([*lines, lines[0]]).encode()
    return stored


def kdef():
    stored = Stored("kdef", {}, {}, person="F01", names={"unknown"})
    for person in ("AF01", "BF01", "AM31", "AM07", "BM35"):
        for label, code in enumerate(KDEF_CODES):
            name = f"{person}{code}{('FL', 'HL', 'S', 'HR', 'FR')[label % 5]}.JPG"
            color = cv2.merge([face(label, int(person[2:]), 76, 56)] * 3)
            stored.files[f"KDEF/{person}/{name}"] = encoded(color, ".jpg")
            stored.labels[name] = label
    stored.files["KDEF/AM31/AM31H.JPG"] = encoded(face(3, 31, 76, 56), ".jpg")
    stored.labels["AM31H.JPG"] = -1
    return stored


def ferplus():
    """Ten images, on each of which ten raters agree: neutral, happiness, and so on as the file has them."""
    stored = Stored("fer2013_plus", {}, {}, {}, names={"unknown"})
    for number, label in enumerate((6, 3, 5, 4, 0, 1, 2, -1, -1, -1)):
        folder, split = (("FER2013Train", "train"), ("FER2013Valid", "val"), ("FER2013Test", "test"))[
            number // 4
        ]
        name, votes = (
            f"fer{number:07}.png",
            ",".join("10" if answer == number else "0" for answer in range(10)),
        )
        stored.files[f"{folder}/{name}"] = encoded(face(label, number, 48, 48))
        table = stored.files.get(f"{folder}/label.csv", b"")
        stored.files[f"{folder}/label.csv"] = table + f'{name},"(0, 0, 48, 48)",{votes}\n'.encode()
        stored.labels[name], stored.splits[name] = label, split
    return stored


LAYOUTS = (
    *(ck_plus, raf_db_folders, raf_db_flat, raf_db_of_the_makers, raf_db_compound),
    *(affectnet_numbered, affectnet_without_contempt, affectnet_named, affectnet_of_the_makers),
    *(jaffe, jaffe_in_folders, expw, ferplus, kdef),
)
