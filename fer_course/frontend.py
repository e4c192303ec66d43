"""Where output is seen: a notebook with widgets, one without, or a terminal."""

import os
import sys


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
