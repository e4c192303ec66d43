"""The ``fer-course`` command, a thin skin over the package's functions."""

from . import (
    bias,
    convert,
    course,
    data,
    ensembles,
    export,
    networks,
    predict,
    webcam,
)  # each registers its commands
from .app import app

__all__ = ["app", "bias", "convert", "course", "data", "ensembles", "export", "networks", "predict", "webcam"]
