"""Reports: single HTML files that explain themselves."""

from .evaluation import save_evaluation
from .removals import write_cleaning_report
from .run_report import write_report

__all__ = ["save_evaluation", "write_cleaning_report", "write_report"]
