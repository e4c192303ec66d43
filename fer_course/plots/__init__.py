"""Pictures in one style: large enough for a projector, safe for colour-blind eyes.

Every function returns the Figure, and a notebook shows it when the call is the last line of a cell. ``title``
is a text above the picture. Given an ``ax``, a function draws there instead, on a figure that is yours: end
that line with ``;``.

Example:
    >>> import fer_course as fer
    >>> figure = fer.plots.faces(fer.sample_faces().images[:8])
"""

from .curves import (
    accuracy_by_size,
    bias_map,
    convergence,
    coverage_curves,
    diversity_gain,
    learning_curves,
    reliability,
    robustness_curves,
    scaling_curves,
)
from .gallery import around, embedding_map, faces, mistakes, votes
from .shares import (
    accuracies,
    class_counts,
    confusion,
    distributions,
    exports,
    group_accuracy,
    recall_bars,
    score_histogram,
    share_bars,
)
from .theme import BLUE, ORANGE, use_theme
