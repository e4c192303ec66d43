"""The ``fer-course`` command, a thin skin over the package's functions."""

from . import bias, course, data, ensembles, networks, predict  # each registers its commands
from .app import app

__all__ = ["app", "bias", "course", "data", "ensembles", "networks", "predict"]
