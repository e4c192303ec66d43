"""What a lesson needs from the notebook that it runs in: the first cell's set-up, and sliders."""

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FerCourseError
from ..frontend import has_widgets, in_kernel

Drawing = Callable[..., Any]
Choices = dict[str, list[Any]]
_DRIVE = Path("/content/drive")
_FRAMES_OF_FALLBACK = 4
_SMALLEST_PICTURE = 320  # pixels: a smaller image is shown enlarged
_WIDTH = 900  # pixels, at which a notebook shows all frames together
_DPI = 200  # of frames, which slides show one at a time

FRAMES = "frames"
"""Key of a picture's metadata that says where its frames stand; a slide shows one of them at a time."""


def setup(lesson: str, version: str | None = None) -> None:
    """Prepare a lesson: the course's look, tables with whole texts, a word when the package does not fit.

    Args:
        lesson: The lesson's slug, such as "03_blur".
        version: The course version that the notebook was built for.

    Example:
        >>> setup("03_blur", version="0.0.1")
        This notebook (03_blur) belongs to fer-course 0.0.1, but ... is installed...
    """
    import pandas as pd

    from .. import __version__, plots

    plots.use_theme()
    pd.options.display.max_colwidth = None  # advice that ends in dots helps nobody
    if version in (None, __version__):
        return
    advice = (
        "Open the notebook of the installed version, or update: git pull, make setup, restart the kernel."
    )
    if in_colab():
        advice = "Menu Runtime > Disconnect and delete runtime, then Run all."
    print(
        f"This notebook ({lesson}) belongs to fer-course {version}, but {__version__} is installed. {advice}"
    )


def in_colab() -> bool:
    """Tell whether this is a runtime of Google Colab."""
    return "google.colab" in sys.modules


def move_to_drive() -> Path:
    """Work on the student's Google Drive from then on, in Colab alone, and return the course's folder there.

    Raises:
        FerCourseError: This is not Colab.

    Example:
        >>> move_to_drive()  # doctest: +SKIP
        PosixPath('/content/drive/MyDrive/fer-course')
    """
    try:
        from google.colab import drive
    except ModuleNotFoundError:
        raise FerCourseError("drive=True is for Colab; here, everything stays on this machine") from None
    drive.mount(str(_DRIVE))
    folder = _DRIVE / "MyDrive" / "fer-course"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    return folder


def slide(draw: Drawing, **choices: Sequence[Any]) -> None:
    """Show a picture under sliders; without widgets, a few pictures of the way.

    The picture is a ready PNG in one image widget, and each one is kept, so going back is instant and nothing
    flickers. Where widgets are missing, or ``FER_COURSE_WIDGETS=0`` (when solutions are built), a static
    figure stands in.

    Args:
        draw: Called with one keyword for each choice. Returns a ``uint8`` image, ``(h, w)`` gray or
            ``(h, w, 3)`` RGB, or a matplotlib figure or axes. Keep it under 0.1 s.
        **choices: For each keyword a ``(lowest, highest, step)`` tuple of numbers, or a list of values. The
            slider starts at the function's default, else at the first value.

    Raises:
        ValueError: A choice is neither a range nor a list.

    Example:
        >>> def gray(level):
        ...     return np.full((48, 48), level, np.uint8)
        >>> slide(gray, level=(0, 255, 5))  # doctest: +SKIP
    """
    values = {name: _values(name, choice) for name, choice in choices.items()}
    start = {name: _start(draw, name, options) for name, options in values.items()}
    shown = _live(draw, values, start) if has_widgets() else _still(draw, values, start)
    if in_kernel():
        from IPython.display import display

        display(shown)


def _values(name: str, choice: Sequence[Any]) -> list[Any]:
    """List the values of a choice."""
    if isinstance(choice, tuple) and len(choice) == 3 and choice[2] > 0 and choice[1] >= choice[0]:
        low, high, step = choice
        values = low + step * np.arange(int((high - low) / step + 1e-9) + 1)
        return [int(v) if all(isinstance(c, int) for c in choice) else round(float(v), 10) for v in values]
    if isinstance(choice, list) and choice:
        return choice
    raise ValueError(f"{name}={choice!r}: give (lowest, highest, step) or a list of values")


def _start(draw: Drawing, name: str, options: list[Any]) -> Any:
    default = inspect.signature(draw).parameters[name].default
    return default if default in options else options[0]


def _live(draw: Drawing, values: Choices, start: dict[str, Any]) -> Any:
    """Build the sliders and the image that follows them."""
    import ipywidgets as widgets

    frames: dict[tuple[Any, ...], bytes] = {}
    picture = widgets.Image(format="png", layout=widgets.Layout(max_width="100%", align_self="flex-start"))
    message = widgets.HTML()
    controls = {name: _control(name, options, start[name]) for name, options in values.items()}

    def redraw(_: object = None) -> None:
        chosen = {name: control.value for name, control in controls.items()}
        key = tuple(chosen.values())
        try:
            if key not in frames:
                frames[key] = _png(draw(**chosen))
            picture.value, message.value = frames[key], ""
        except Exception as error:  # a callback's traceback would vanish in the log
            message.value = f"{type(error).__name__}: {error}"

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([*controls.values(), picture, message])


def _control(name: str, options: list[Any], value: Any) -> Any:
    import ipywidgets as widgets

    settings = {"value": value, "description": name.replace("_", " ")}
    style = {"description_width": "initial"}
    if all(isinstance(option, str) for option in options) and len(options) <= 8:
        return widgets.ToggleButtons(options=options, **settings, style={**style, "button_width": "auto"})
    labelled = [(_label(option), option) for option in options]
    layout = widgets.Layout(width="min(480px, 100%)")
    return widgets.SelectionSlider(options=labelled, **settings, style=style, layout=layout)


def _label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _still(draw: Drawing, values: Choices, start: dict[str, Any]) -> Any:
    """Draw a few frames along the longest choice, the others at their start, and say where each stands."""
    import matplotlib.pyplot as plt
    from IPython.display import Image

    name = max(values, key=lambda key: len(values[key]))
    places = np.linspace(0, len(values[name]) - 1, min(_FRAMES_OF_FALLBACK, len(values[name]))).round()
    chosen = [values[name][int(place)] for place in places]
    frames = [_pixels(draw(**{**start, name: value}), _DPI) for value in chosen]
    height, width = frames[0].shape[:2]
    columns = 1 if width > 1.6 * height else len(frames)
    rows = len(frames) // columns
    inches = (9, 9 / columns * rows * (height / width) + 0.3 * rows)
    figure, axes = plt.subplots(
        rows, columns, figsize=inches, dpi=max(_DPI, columns * width / 9), squeeze=False, layout="constrained"
    )
    for axis, frame, value in zip(axes.flat, frames, chosen, strict=True):
        axis.imshow(frame, cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{name.replace('_', ' ')} {_label(value)}", loc="left", fontsize=11)
        axis.axis("off")
    picture = _pixels(figure)
    return Image(_png(picture), width=_WIDTH, metadata={FRAMES: _places(axes.flat, *picture.shape[:2])})


def _places(axes: Iterable[Any], height: int, width: int) -> list[list[int]]:
    """Say where each axes stands with its title: left, top, right and bottom, in pixels of the picture."""
    boxes = [axis.get_tightbbox() for axis in axes]
    ends = [(box.x0, height - box.y1, box.x1, height - box.y0) for box in boxes]
    return [[max(round(end), 0) for end in four] for four in ends]


def _png(drawn: Any) -> bytes:
    """Encode what a drawing function returned."""
    import cv2

    image = _pixels(drawn)
    if max(image.shape[:2]) < _SMALLEST_PICTURE:
        times = -(-_SMALLEST_PICTURE // max(image.shape[:2]))
        image = image.repeat(times, axis=0).repeat(times, axis=1)
    in_bgr = image[..., ::-1] if image.ndim == 3 else image
    return cv2.imencode(".png", in_bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def _pixels(drawn: Any, dpi: int | None = None) -> np.ndarray:
    """Turn an image, figure or axes into pixels; a figure's own dots an inch where none are given."""
    if isinstance(drawn, np.ndarray) and drawn.dtype == np.uint8:
        return drawn
    if isinstance(drawn, np.ndarray) and drawn.dtype == object:  # the axes of plt.subplots
        drawn = drawn.flat[0]
    figure = getattr(drawn, "figure", None)
    if figure is None:
        raise TypeError(f"draw returned {type(drawn).__name__}; return a uint8 image or a matplotlib figure")
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi or figure.dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    plt.close(figure)
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
