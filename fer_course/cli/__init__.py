"""The ``fer-course`` command, a thin skin over the package's functions."""

from . import data_commands, network_commands, prediction_commands  # each registers its commands
from .app import app

__all__ = ["app", "data_commands", "network_commands", "prediction_commands"]
