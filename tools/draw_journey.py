"""Draw the README's picture of the course: docs/journey.png, from drawn faces and saved results alone.

python tools/draw_journey.py
"""

import json
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

import fer_course as fer
from fer_course.inference.annotating import draw_faces
from fer_course.inference.recognition import Face

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
BAD = ("blur", "dark", "occluded", "no_face", "two_faces")


def result(name: str) -> dict:
    """Read a saved result of a benchmark."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def mosaic(images: np.ndarray, columns: int, colors: list[int | None] | None = None) -> np.ndarray:
    """Lay faces side by side; a face with a mark gets a frame."""
    tiles = []
    for number, image in enumerate(images):
        tile = np.repeat(image[..., None], 3, axis=2)
        if colors and colors[number]:
            cv2.rectangle(tile, (1, 1), (46, 46), (213, 94, 0), 3)
        tiles.append(np.pad(tile, [(2, 2), (2, 2), (0, 0)], constant_values=255))
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    return np.vstack(rows)


def raw_and_clean(above: Axes, below: Axes) -> None:
    faces = fer.sample_faces()
    defects = np.asarray(faces.attributes["defect"])
    good = np.flatnonzero(defects == "none")[40:49]
    bad = [np.flatnonzero(defects == name)[1] for name in BAD]
    mixed = list(good[:4]) + bad
    order = np.random.default_rng(3).permutation(9)
    marks = [mixed[k] in bad for k in order]
    above.imshow(mosaic(faces.images[[mixed[k] for k in order]], 3, marks))
    below.imshow(mosaic(faces.images[good], 3))


def bars(ax: Axes) -> None:
    compact, transfer = result("compact"), result("transfer")
    rows = [
        ('always "happy"', transfer["always_happy_percent"], None),
        (
            "one view",
            compact["val_accuracy_percent"],
            (compact["val_low_percent"], compact["val_high_percent"]),
        ),
        ("with mirror", compact["flip_accuracy_percent"], None),
    ]
    for row, (_, value, interval) in enumerate(rows):
        ax.barh(row, value, color=fer.plots.BLUE if row else "#9AA5B1", height=0.6)
        ax.text(value + 2, row, f"{value:.1f} %", va="center", fontsize=11)
        if interval:
            ax.plot(interval, [row, row], color="black", linewidth=3)
    ax.set_yticks(range(3), [name for name, *_ in rows])
    ax.set_xlim(0, 95)
    ax.set_xticks([])
    ax.invert_yaxis()


def curves(ax: Axes) -> None:
    real = result("robustness")
    for name, color in [("noise", fer.plots.ORANGE), ("blur", fer.plots.BLUE), ("darker", "#009E73")]:
        worse = [real[name][f"severity_{severity}"]["accuracy_percent"] for severity in range(1, 6)]
        values = [real["accuracy_percent"], *worse]
        ax.plot(range(6), values, "o-", color=color)
        ax.text(5.15, values[-1], name, va="center", color=color, fontsize=11)
    ax.set_xlim(0, 7)
    ax.set_ylim(0, 75)
    ax.set_xticks([])
    ax.set_yticks([0, 25, 50], ["0", "25 %", "50 %"])


def live(ax: Axes) -> None:
    drawn = fer.draw_face(fer.EXPRESSIONS["happy"][0], size=240)
    picture = np.full((300, 320, 3), 225, np.uint8)
    picture[30:270, 40:280] = np.repeat(drawn[..., None], 3, axis=2) if drawn.ndim == 2 else drawn
    probabilities = fer.Predictor.load().predict_proba([drawn])[0]
    ax.imshow(draw_faces(picture, [Face(66, 50, 188, 200, probabilities)]))


STATIONS = (
    ("look", "lessons 00 to 02", "faces as they come", 1.0),
    ("clean", "03 to 09", "what may stay", 1.0),
    ("train, measure", "10 to 15", "right on real FER2013 (val)", 1.5),
    ("doubt", "16", "right, as pictures get worse", 1.4),
    ("meet a face", "17 to 19", "in a webcam, in a browser", 1.0),
)


def main() -> None:
    fer.plots.use_theme()
    figure, grid = plt.subplots(
        3, 5, figsize=(15, 3.7), width_ratios=[width for *_, width in STATIONS],
        height_ratios=[0.5, 2.6, 0.25], layout="constrained",
    )  # fmt: skip
    raw_and_clean(grid[1, 0], grid[1, 1])
    bars(grid[1, 2])
    curves(grid[1, 3])
    live(grid[1, 4])
    for (above, content, below), (title, lessons, caption, _) in zip(grid.T, STATIONS, strict=True):
        above.text(0, 0.55, title, fontsize=18, fontweight="bold")
        above.text(0, 0.05, lessons, fontsize=11, color="#5C6670")
        below.text(0, 0, caption, fontsize=11, color="#5C6670")
        content.grid(visible=False)
        for ax in (above, below, *([content] if content.images else [])):
            ax.axis("off")
    figure.savefig(ROOT / "docs" / "journey.png", dpi=110)


if __name__ == "__main__":
    main()
