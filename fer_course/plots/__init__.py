"""Pictures in one style: large enough for a projector, safe for colour-blind eyes.

Every function returns the Figure, and a notebook shows it when the call is the last line of a cell. ``title``
is a text above the picture. Given an ``ax``, a function draws there instead, on a figure that is yours: end
that line with ``;``.

Example:
    >>> import fer_course as fer
    >>> figure = fer.plots.faces(fer.sample_faces().images[:8])
"""

from .audit import coverage_curves, group_accuracy, robustness_curves
from .gains import accuracy_by_size, bias_map, convergence, distributions, diversity_gain
from .gallery import embedding_map, faces, votes
from .results import confusion, exports, learning_curves, mistakes, recall_bars, reliability
from .shares import accuracies, class_counts, score_histogram, share_bars
from .style import BLUE, ORANGE, use_theme

__all__ = [
    "BLUE",
    "ORANGE",
    "accuracies",
    "accuracy_by_size",
    "bias_map",
    "class_counts",
    "confusion",
    "convergence",
    "coverage_curves",
    "distributions",
    "diversity_gain",
    "embedding_map",
    "exports",
    "faces",
    "group_accuracy",
    "learning_curves",
    "mistakes",
    "recall_bars",
    "reliability",
    "robustness_curves",
    "score_histogram",
    "share_bars",
    "use_theme",
    "votes",
]
