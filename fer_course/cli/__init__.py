"""The ``fer-course`` command, a thin skin over the package's functions."""

from . import course, data, networks  # each registers its commands
from .app import app

__all__ = ["app", "course", "data", "networks"]
