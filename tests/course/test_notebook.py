import io
import subprocess
import sys

import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

import fer_course
from fer_course.course import notebook


def picture(level=40, emotion="happy"):
    return np.full((48, 48), level + (emotion == "sad"), np.uint8)


def chart(height=1):
    figure, axis = plt.subplots(figsize=(4, 1))
    axis.plot([0, height])
    return figure


def pixels(png):
    return plt.imread(io.BytesIO(png))


@pytest.fixture
def live():
    """The sliders of ``picture`` and the image below them."""
    values = {"level": notebook._values("level", (0, 100, 20)), "emotion": ["happy", "sad"]}
    box = notebook._live(picture, values, {"level": 40, "emotion": "happy"})
    slider, buttons, image, message = box.children
    return slider, buttons, image, message


def test_setup_is_silent_when_versions_agree(capsys):
    notebook.setup("03_blur", version=fer_course.__version__)
    assert capsys.readouterr().out == ""


def test_setup_names_both_versions_and_what_to_do(capsys, monkeypatch):
    notebook.setup("03_blur", version="9.9.9")
    said = capsys.readouterr().out
    assert "9.9.9" in said
    assert fer_course.__version__ in said
    assert "git pull" in said
    monkeypatch.setitem(sys.modules, "google.colab", notebook)
    notebook.setup("03_blur", version="9.9.9")
    assert "Runtime > Disconnect" in capsys.readouterr().out


def test_setup_lets_tables_show_whole_texts():
    with pd.option_context("display.max_colwidth", 50):
        notebook.setup("00_welcome")
        assert "x" * 200 in pd.DataFrame({"advice": ["x" * 200]}).to_html()


def test_setup_loads_neither_tensorflow_nor_widgets():
    code = (
        "import sys, fer_course as fer\n"
        "fer.notebook.setup('03_blur', version=fer.__version__)\n"
        "print([n for n in ('tensorflow', 'keras', 'sklearn', 'ipywidgets') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_range_includes_its_end_and_keeps_whole_numbers():
    assert notebook._values("level", (0, 10, 5)) == [0, 5, 10]
    assert notebook._values("sigma", (0, 0.3, 0.1)) == [0.0, 0.1, 0.2, 0.3]
    assert notebook._values("emotion", ["happy", "sad"]) == ["happy", "sad"]


@pytest.mark.parametrize("choice", [(0, 10), (0, 10, 0), (10, 0, 1), [], 7])
def test_a_choice_that_is_neither_range_nor_list_is_refused(choice):
    with pytest.raises(ValueError, match="level="):
        notebook._values("level", choice)


def test_the_picture_follows_the_sliders(live):
    slider, buttons, image, _ = live
    assert round(float(pixels(image.value).max() * 255)) == 40
    slider.value = 100
    buttons.value = "sad"
    shown = pixels(image.value)
    assert round(float(shown.max() * 255)) == 101
    assert min(shown.shape[:2]) >= 320, "a small face is shown enlarged"


def test_going_back_draws_nothing_anew():
    drawn = []

    def counted(level=0):
        drawn.append(level)
        return picture(level)

    slider = notebook._live(counted, {"level": [0, 1]}, {"level": 0}).children[0]
    for level in (1, 0, 1):
        slider.value = level
    assert drawn == [0, 1]


def test_an_error_while_drawing_is_shown_and_goes_away():
    def broken(level=0):
        return picture(level) if level < 2 else {}[level]

    slider, image, message = notebook._live(broken, {"level": [0, 1, 2]}, {"level": 0}).children
    before = image.value
    slider.value = 2
    assert message.value == "KeyError: 2"
    assert image.value == before
    slider.value = 1
    assert message.value == ""


def test_figures_are_drawn_at_a_constant_size_and_closed():
    before = plt.get_fignums()
    sizes = {pixels(notebook._png(chart(height))).shape for height in (1, 1000)}
    assert len(sizes) == 1
    assert plt.get_fignums() == before


def test_colours_stay_what_they_are():
    red = np.zeros((400, 400, 3), np.uint8)
    red[..., 0] = 255
    assert pixels(notebook._png(red))[0, 0].tolist()[:3] == [1.0, 0.0, 0.0]


def test_what_is_no_picture_is_refused():
    with pytest.raises(TypeError, match="draw returned str"):
        notebook._pixels("face")


@pytest.mark.parametrize(("draw", "places"), [(picture, "side by side"), (chart, "below each other")])
def test_the_static_stand_in_shows_a_few_values_and_says_where(draw, places):
    name = "level" if draw is picture else "height"
    still = notebook._still(draw, {name: list(range(0, 100, 3))}, {name: 0})
    shown, metadata = pixels(still.data), still.metadata[notebook.FRAMES]
    height, width = shown.shape[:2]
    left, top, right, bottom = np.array(metadata).T
    assert len(metadata) == 4 and (right <= width).all() and (bottom <= height).all()
    first, last = (left, right) if places == "side by side" else (top, bottom)
    assert (first[1:] >= last[:-1] - 2).all(), "no frame lies on another"
    if draw is picture:
        middles = shown[(top + bottom) // 2, (left + right) // 2, 0]
        np.testing.assert_allclose(255 * middles, [0, 33, 66, 99], atol=1)
    assert still._repr_png_()[1]["width"] == 900 <= width / 2, "twice the pixels, for a projector"


def test_the_start_is_the_functions_default_else_the_first_value():
    assert notebook._start(picture, "level", [0, 40, 80]) == 40
    assert notebook._start(picture, "level", [0, 50]) == 0


def test_widgets_that_colab_does_not_show_are_not_used(live):
    assert not any(isinstance(part, ipywidgets.Accordion | ipywidgets.Tab) for part in live)


@pytest.mark.slow
def test_the_notebooks_own_pictures_are_shown_after_one_of_the_course():
    cells = ["import fer_course as fer", "fer.plots.faces([picture])", "plt.plot([1, 2])\nnothing = 0"]
    cells[0] += "\nimport matplotlib.pyplot as plt, numpy as np\npicture = np.zeros((48, 48), np.uint8)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3").execute()
    assert ["image/png" in str(cell.outputs) for cell in notebook.cells] == [False, True, True]
