"""The page that every report is: one HTML file, without scripts and without a network."""

import base64
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import cv2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .. import plots
from ..dataset import FaceDataset
from ..drawing.sample import SOURCE as DRAWN
from ..files import write_text


def write_page(path: str | os.PathLike[str], title: str, sections: Sequence[str]) -> Path:
    """Write sections of HTML as a page in the style of the reports, and return its path."""
    template = Template((files(__package__) / "template.html").read_text(encoding="utf-8"))
    return write_text(path, template.substitute(title=escape(title), body="\n".join(sections)))


def card(name: str, figure: str, note: str, main: bool = False) -> str:
    """Return a figure in a box, with its name and what to make of it."""
    kind = "card main" if main else "card"
    return f'<div class="{kind}"><span>{name}</span><b>{figure}</b><span>{note}</span></div>'


def settings_list(settings: Mapping[str, object]) -> str:
    """Return what a reader needs to judge or repeat the work, by name."""
    rows = [f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in settings.items()]
    return f"<h2>What was run</h2>\n<dl>{''.join(rows)}</dl>"


def limits(points: Iterable[str]) -> str:
    """Return what the figures of a report do not say."""
    return f"<h2>Limits</h2>\n<ul>{''.join(f'<li>{escape(point)}</li>' for point in points)}</ul>"


def percent(part: float, whole: float = 1) -> str:
    """Return a share, of nothing too, with one decimal."""
    return f"{100 * part / max(whole, 1):.1f} %"


def before_and_after(before: FaceDataset, after: FaceDataset, whose: str = "") -> str:
    """Return how many images each emotion had before a cleaning and has after it, as bars."""
    figure = plots.class_counts({"before cleaning": before, "after": after})
    return picture(figure, f"Bars: {whose}images of each emotion, before and after cleaning", (6.4, 4.6))


def table(frame: pd.DataFrame) -> str:
    """Return a table, whose index is its first column."""
    cells = frame.reset_index().to_html(border=0, index=False).replace("<th>", '<th scope="col">')
    return f'<div class="wide">{cells}</div>'


def gallery(images: np.ndarray, captions: Iterable[str], kind: str = "faces") -> str:
    """Return faces side by side, each with a caption; ``kind`` "faces large" makes them larger."""
    items = [
        f'<li><img src="{_address(_png(image))}" alt="{escape(caption)}"><span>{escape(caption)}</span></li>'
        for image, caption in zip(images, captions, strict=True)
    ]
    return f'<ul class="{kind}">{"".join(items)}</ul>'


def _png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image[..., ::-1] if image.ndim == 3 else image)[1].tobytes()


def picture(figure: Figure, description: str, inches: tuple[float, float]) -> str:
    """Return a figure, with a description for those who cannot see it."""
    figure.set_size_inches(*inches)  # narrow, so that the letters can be read on a phone
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return f'<div class="wide"><img src="{_address(buffer.getvalue())}" alt="{escape(description)}"></div>'


def _address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def source_of(dataset: FaceDataset) -> str:
    """Return where images come from, in words."""
    names = sorted(set(dataset.source.tolist()))
    return "the drawn sample" if names == [DRAWN] else " and ".join(names)


def is_drawn(dataset: FaceDataset) -> bool:
    """Tell whether any image is a drawn one."""
    return bool(np.any(dataset.source == DRAWN))
