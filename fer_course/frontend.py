"""Where output is seen: a notebook with widgets, one without, or a terminal."""

import os
import sys


def in_kernel() -> bool:
    """Tell whether this runs in the kernel of a notebook.

    Returns:
        False in a script and in a terminal, IPython's included.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def has_widgets() -> bool:
    """Tell whether ipywidgets can be shown.

    Returns:
        False outside a notebook, without ipywidgets, and where ``FER_COURSE_WIDGETS=0`` asks for none.
    """
    if os.environ.get("FER_COURSE_WIDGETS") == "0" or not in_kernel():
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True
