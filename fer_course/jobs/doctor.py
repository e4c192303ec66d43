"""What is installed on this machine, and what to do about each gap."""

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ..errors import FerCourseError, install_command
from ..sources.credentials import ADVICE, find_credentials
from ..sources.fer2013 import FOLDER, VARIABLE, find_fer2013

OLDEST_PYTHON = (3, 11)
DISK_GIGABYTES = 2.0
_PURPOSES = {
    "": "core",
    "train": "training",
    "faces": "face detection",
    "labels": "label errors",
    "course": "notebooks",
    "download": "downloads",
}


class Finding(NamedTuple):
    """One line of the examination: what was looked at, "ok", "gap" or "problem", and what to do."""

    topic: str
    state: str
    found: str
    advice: str = ""


def doctor() -> pd.DataFrame:
    """Examine the machine: Python, packages, OpenCV, data, Kaggle credentials, accelerator, disk.

    Returns:
        One row a topic: ``topic``; ``state``, "ok", "gap" (something optional is missing) or "problem" (the
        course does not run); what was ``found``; and an ``advice`` for each gap.

    Example:
        >>> doctor()["topic"].iloc[0]
        'Python'
    """
    return pd.DataFrame([_python(), *_packages(), _opencv(), _data(), _kaggle(), _accelerator(), _disk()])


def describe(findings: pd.DataFrame) -> str:
    """Write the findings of :func:`doctor` as text, each gap followed by what to do."""
    width = findings["topic"].str.len().max()
    lines = []
    for topic, state, found, advice in findings.astype(str).to_numpy():
        lines.append(f"{state:7}  {topic:{width}}  {found}")
        if advice:
            lines.append(f"{'':7}  {'':{width}}  -> {advice}")
    return "\n".join(lines)


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()}, {os.cpu_count()} cores"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "ok", found)
    return Finding("Python", "problem", found, "install Python 3.11 or later")


def _packages() -> Iterator[Finding]:
    for extra, purpose in _PURPOSES.items():
        installed, lacking = [], []
        for name, specifier in _requirements(extra):
            try:
                version = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                lacking.append(f"{name} is missing")
                continue
            if specifier.contains(version, prereleases=True):
                installed.append(f"{name} {version}")
            else:
                lacking.append(f"{name} {version} is not {specifier}")
        state = "ok" if not lacking else "gap" if extra else "problem"
        advice = install_command(extra or "all") if lacking else ""
        yield Finding(f"packages: {purpose}", state, ", ".join(lacking or installed), advice)


def _requirements(extra: str) -> Iterator[tuple[str, SpecifierSet]]:
    """Read what pyproject.toml asks for, with its floors, from the installed package."""
    for text in importlib.metadata.requires("fer-course") or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if (marker is None and not extra) or (extra and marker and marker.evaluate({"extra": extra})):
            yield requirement.name, requirement.specifier


def _opencv() -> Finding:
    wheels = {
        name: distribution.version
        for distribution in importlib.metadata.distributions()
        if (name := distribution.metadata["Name"].lower()).startswith("opencv-")
    }
    found = ", ".join(f"{name} {version}" for name, version in sorted(wheels.items()))
    names = " ".join(sorted(wheels))
    advice = f"pip uninstall -y {names}, then pip install opencv-python, and restart the kernel"
    try:
        import cv2
    except ImportError as error:
        return Finding("OpenCV", "problem", f"{found}; {error}", advice)
    found = f"{cv2.__version__} ({found})"
    if not hasattr(cv2, "CascadeClassifier"):
        found += ', without cascades: the detector "haar" is not there'
    if len(set(wheels.values())) > 1 and "google.colab" not in sys.modules:  # which ships them so
        return Finding("OpenCV", "gap", f"{found}: different versions in one folder", advice)
    return Finding("OpenCV", "ok", found)


def _data() -> Finding:
    try:
        path, reason = find_fer2013()
    except FileNotFoundError as error:
        return Finding("data", "problem", str(error), f"correct {VARIABLE} or unset it")
    if path is not None:
        return Finding("data", "ok", f"{path} ({reason})")
    advice = (
        "for the real FER2013, run `fer-course download fer2013`, put fer2013.csv into "
        f"{FOLDER.as_posix()}/, or set {VARIABLE}"
    )
    return Finding("data", "gap", "the drawn sample, which every lesson can use", advice)


def _kaggle() -> Finding:
    """Say where the credentials are, never what they are."""
    try:
        found = find_credentials()
    except FerCourseError as error:
        return Finding("Kaggle", "gap", "credentials that cannot be read", str(error))
    if found is None:
        return Finding("Kaggle", "gap", "no credentials, which downloads need", ADVICE)
    if found.exposed:
        advice = f"take away the others' right to read it: chmod 600 {found.file}"
        return Finding("Kaggle", "gap", f"{found.source} can be read by other users", advice)
    return Finding("Kaggle", "ok", f"credentials from {found.source}")


def _accelerator() -> Finding:
    try:
        from ..training.backend import keras
    except ImportError as error:
        return Finding("accelerator", "gap", f"unknown: {error}", install_command("train"))
    devices = keras.distribution.list_devices()
    found = f"{', '.join(devices)} with Keras on {keras.backend.backend()}"
    if any(not device.lower().startswith("cpu") for device in devices):
        return Finding("accelerator", "ok", found)
    advice = "fine for the sample; for the real FER2013 use a GPU, in Colab: Runtime > Change runtime type"
    return Finding("accelerator", "gap", found, advice)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free >= DISK_GIGABYTES:
        return Finding("disk", "ok", f"{free:.0f} GB free")
    advice = f"free {DISK_GIGABYTES:.0f} GB for FER2013 and a few runs"
    return Finding("disk", "problem" if free < 0.2 else "gap", f"{free:.1f} GB free", advice)
