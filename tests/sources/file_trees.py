"""Writing the files of a dataset as a folder or as a zip."""

import zipfile

import cv2


def encoded(image, ending=".png"):
    return cv2.imencode(ending, image)[1].tobytes()


def write_tree(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_as(kind, folder, files):
    if kind == "folder":
        return write_tree(folder, files)
    return write_zip(folder / "faces.zip", files)
