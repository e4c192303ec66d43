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


def bars(ax: Axes, rows: list[tuple[str, float]]) -> None:
    """Draw shares in per cent by name; the first one, which knows nothing yet, in gray."""
    for row, (_, value) in enumerate(rows):
        ax.barh(row, value, color=fer.plots.BLUE if row else "#9AA5B1", height=0.6)
        ax.text(value + 2, row, f"{value:g} %", va="center")
    ax.set_yticks(range(len(rows)), [name for name, _ in rows])
    ax.set_xlim(0, 125)
    ax.set_xticks([])
    ax.invert_yaxis()


def curves(ax: Axes) -> None:
    real = result("robustness")
    for name, color in [("noise", fer.plots.ORANGE), ("blur", fer.plots.BLUE), ("darker", "#009E73")]:
        worse = [real[name][f"severity_{severity}"]["accuracy_percent"] for severity in range(1, 6)]
        values = [real["accuracy_percent"], *worse]
        ax.plot(range(6), values, "o-", color=color)
        ax.text(5.15, values[-1], name, va="center", color=color)
    ax.set_xlim(0, 7.5)
    ax.set_ylim(0, 75)
    ax.set_xticks([])
    ax.set_yticks([0, 25, 50], ["0", "25 %", "50 %"])


def live(ax: Axes) -> None:
    drawn = fer.draw_face(fer.EXPRESSIONS["happy"][0], size=240)
    picture = np.full((300, 320, 3), 225, np.uint8)
    picture[30:270, 40:280] = np.repeat(drawn[..., None], 3, axis=2) if drawn.ndim == 2 else drawn
    probabilities = fer.Predictor.load().predict_proba([drawn])[0]
    ax.imshow(draw_faces(picture, [Face(66, 50, 188, 200, probabilities)]))


def main() -> None:
    fer.plots.use_theme()
    compact, own = result("compact"), result("your_face")
    figure, grid = plt.subplots(2, 3, figsize=(10, 7), layout="constrained")
    look, clean, train, doubt, meet, know = grid.flat
    raw_and_clean(look, clean)
    always, right = result("transfer")["always_happy_percent"], compact["val_accuracy_percent"]
    bars(train, [('always\n"happy"', always), ("a network", right)])
    curves(doubt)
    live(meet)
    names = {"a\nstranger": "before", "the same\nevening": "aside", "another\nday": "other_sitting"}
    bars(know, [(name, own[f"{key}_percent"]) for name, key in names.items()])
    for ax, title, caption in [
        (look, "00 to 02: look", "faces as they come"),
        (clean, "03 to 09: clean", "what may stay"),
        (train, "10 to 15: train", "right on photographs (val)"),
        (doubt, "16: doubt", "right, as pictures get worse"),
        (meet, "17 to 19: meet a face", "in a webcam, in a browser"),
        (know, "20: know one", "right, 20 drawn people"),
    ]:
        ax.set_title(title, fontsize=16, loc="left")
        ax.set_xlabel(caption, loc="left", color="#5C6670")
        ax.grid(visible=False)
        if ax.images:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
    figure.savefig(ROOT / "docs" / "journey.png", dpi=150)


if __name__ == "__main__":
    main()
