"""Where output is seen: a notebook with widgets, one without, or a terminal."""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

_THEME_SETTINGS = "@jupyterlab/apputils-extension/themes.jupyterlab-settings"


def in_kernel() -> bool:
    """Tell whether this runs in a notebook's kernel, and not in a script or a terminal, even IPython's."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def has_widgets() -> bool:
    """Tell whether ipywidgets can be shown.

    Not outside a notebook, without ipywidgets, and where ``FER_COURSE_WIDGETS=0`` asks for none.
    """
    if os.environ.get("FER_COURSE_WIDGETS") == "0" or not in_kernel():
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


def has_dark_theme() -> bool:
    """Tell whether JupyterLab or Notebook 7, where one of them shows this, is set to a dark theme.

    Colab, VS Code and a JupyterLab that follows the system do not tell the kernel.
    """
    if not has_widgets():
        return False
    from jupyter_core.paths import jupyter_config_dir

    folder = os.environ.get("JUPYTERLAB_SETTINGS_DIR", f"{jupyter_config_dir()}/lab/user-settings")
    try:
        settings = Path(folder, _THEME_SETTINGS).read_text(encoding="utf-8")
    except OSError:
        return False
    chosen = dict(re.findall(r'^\s*"(theme|adaptive-theme)"\s*:\s*"?([^",\n]*)', settings, re.MULTILINE))
    return chosen.get("adaptive-theme") != "true" and "dark" in chosen.get("theme", "").lower()


def progress_bar(steps: Iterable[Any], doing: str, total: float | None = None, **options: Any) -> "tqdm[Any]":
    """Show how far a loop is, in tqdm's bar, from its first second on until it ends; the options are tqdm's.

    Example:
        >>> sum(progress_bar([1, 2], "adding"))
        3
    """
    from tqdm.auto import tqdm  # which looks for a notebook, and a first answer need not wait for that

    return tqdm(steps, doing, total, **{"delay": 1, "leave": False} | options)
