"""The theme: the colours that follow light and dark, those of the data, and Matplotlib's settings."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.colors import get_named_colors_mapping

from ..frontend import has_dark_theme

PAPER, INK, MUTED, LINE = _NAMES = ("fer:paper", "fer:ink", "fer:muted", "fer:line")
"""Matplotlib's names of the colours that :func:`use_theme` chooses; those of the data stay the same."""

_LIGHT = ("#FFFFFF", "#1B1F24", "#5C6670", "#D5DAE0")
_DARK = ("#111111", "#E8EBEE", "#A0AAB4", "#3A4149")

BLUE, ORANGE = "#0072B2", "#D55E00"
"""The two colours for "this one" and "the other one" (Okabe and Ito)."""


def _choose(colors: Sequence[str]) -> None:
    for name, color in zip(_NAMES, colors, strict=True):
        get_named_colors_mapping()[name] = color


_choose(_LIGHT)
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK)

THEME: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": PAPER,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": plt.cycler(color=COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": PAPER,
    "font.size": 12,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "image.cmap": "gray",
    "legend.frameon": False,
    "lines.linewidth": 2.5,
    "patch.edgecolor": INK,
    "savefig.dpi": 150,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}

# A notebook becomes interactive when its backend is loaded. Left to the first picture below, that would
# happen inside rc_context, which takes it back, and the notebook's own pictures would not be shown.
plt.switch_backend(plt.get_backend())


def use_theme(dark: bool | None = None) -> None:
    """Give a notebook's own Matplotlib pictures the same style as the ones below.

    Args:
        dark: Draw light on dark, here and below; when left out, where JupyterLab is set to a dark theme.

    Example:
        >>> import fer_course as fer
        >>> fer.plots.use_theme()
    """
    _choose(_DARK if (has_dark_theme() if dark is None else dark) else _LIGHT)
    matplotlib.rcParams.update(THEME)
