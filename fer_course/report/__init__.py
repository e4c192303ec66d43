"""Reports: single HTML files that explain themselves."""

from .removals import write_cleaning_report
from .training import write_report

__all__ = ["write_cleaning_report", "write_report"]
