"""How nbgrader makes and grades the lessons. `make nbgrader` writes this file once; it is yours to change."""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import Autograde

sys.path.insert(0, str(Path(__file__).resolve().parent))
from grading_steps import ExerciseTable, FeedbackPage, MendCells, ReadableGrades

c = get_config()  # noqa: F821  nbgrader provides it
c.CourseDirectory.course_id = "fer-course"
c.ClearSolutions.code_stub = {"python": "# your answer goes here"}
c.Execute.timeout = 600  # seconds that one cell may take: lessons 10 to 16 train networks
c.Autograde.sanitize_preprocessors = [MendCells, *Autograde.sanitize_preprocessors.default()]
c.GenerateFeedback.preprocessors = [ReadableGrades, CSSHTMLHeaderPreprocessor]
c.GenerateFeedback.exporter_class = FeedbackPage
c.ExportApp.plugin_class = ExerciseTable
# What Moodle's zip file holds, in folders or not: "Zoë O'Brien_1234_assignsubmission_file_03_blur.ipynb"
c.FileNameCollectorPlugin.named_regexp = (
    r".*/(?P<student_id>[^/_]+)_\d+_assignsubmission_file_?/?(?P<file_id>\d\d_[a-z_]+)"
)

# The kernels that grade inherit these: the drawn sample, pictures in place of sliders, nothing in your own
# progress and runs, and no word on stderr, for which nbgrader gives no points.
os.environ.update(
    FER_COURSE_HOME="0",  # a thread of its own for each submission
    FER_COURSE_MINUTES="0.3",
    FER_COURSE_DATA="sample",
    FER_COURSE_WIDGETS="0",
    FER_COURSE_PROGRESS="0",
    NO_ALBUMENTATIONS_UPDATE="1",
    TF_CPP_MIN_LOG_LEVEL="3",
)
