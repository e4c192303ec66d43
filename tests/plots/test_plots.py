import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from fer_course import abstention, frontend, group_metrics, plots, score
from fer_course.emotions import EMOTION_COLORS
from fer_course.errors import FerCourseError

HISTORY = pd.DataFrame(
    {
        "epoch": [5, 6, 7],
        "loss": [2.0, 1.5, 1.2],
        "accuracy": [0.2, 0.4, 0.5],
        "val_loss": [2.0, 1.7, 1.8],
        "val_accuracy": [0.2, 0.45, 0.4],
    }
)
CONFUSION = SimpleNamespace(confusion=np.diag([3, 0, 2, 9, 4, 5, 6]) + np.eye(7, k=1, dtype=int))

GUESSES = score([3, 6, 6, 0], np.eye(7)[[3, 6, 3, 1]] * 0.65 + 0.05)
LETTERS = ["a", "a", "b", "b"]
GROUPS = group_metrics(GUESSES.labels, GUESSES.probabilities, LETTERS)
CURVES = pd.DataFrame(
    {
        "corruption": ["blur"] * 3 + ["noise"] * 2,
        "severity": [0, 1, 5, 0, 2],
        "accuracy": [0.9, 0.6, 0.2, 0.9, 0.5],
        "low": [0.85, 0.5, 0.1, 0.85, 0.4],
        "high": [0.95, 0.7, 0.3, 0.95, 0.6],
    }
)


class Law:
    """A law of the kind that :func:`law_of` returns, by which shown images buy accuracy."""

    guessing = 25.0
    trainings = (
        {"network": "A", "width_mult": 1.0, "images": 100, "epochs": 2, "val_accuracy_percent": 30.0},
        {"network": "A", "width_mult": 1.0, "images": 100, "epochs": 8, "val_accuracy_percent": 42.0},
        {"network": "A", "width_mult": 1.0, "images": 500, "epochs": 4, "val_accuracy_percent": 55.0},
        {"network": "A", "width_mult": 0.5, "images": 500, "epochs": 9, "val_accuracy_percent": 51.0},
    )

    def __call__(self, network, images, epochs):
        return 25 + 10 * np.log10(images * epochs / 10)

    def interval(self, network, images, epochs):
        return self(network, images, epochs) - 2, self(network, images, epochs) + 2


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=30)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "draw",
    [
        lambda faces: plots.faces(faces.images, titles=faces.labels),
        lambda faces: plots.faces(faces.images[:0]),
        lambda faces: plots.class_counts(faces),
        lambda faces: plots.class_counts({"before": faces, "after": faces.train}),
        lambda faces: plots.class_counts(faces.subset([])),
        lambda faces: plots.score_histogram(pd.Series([1.0, 2.0, 9.0], name="blur"), 2),
        lambda faces: plots.score_histogram(np.array([3.0, 3.0]), {"a": 1, "b": 2}, np.array([True, False])),
        lambda faces: plots.learning_curves(HISTORY),
        lambda faces: plots.learning_curves({"loss": [2], "accuracy": [0.1]}),
        lambda faces: plots.confusion(CONFUSION),
        lambda faces: plots.recall_bars(CONFUSION),
        lambda faces: plots.reliability(GUESSES),
        lambda faces: plots.reliability(GUESSES.subset([0]), "one"),
        lambda faces: plots.mistakes(GUESSES, faces.images),
        lambda faces: plots.mistakes(GUESSES.subset(GUESSES.correct), faces.images),
        lambda faces: plots.share_bars([0] * 7, [0] * 7, "nothing"),
        lambda faces: plots.accuracies({"one": (7, 10), "other": (0, 0)}, title="accuracy"),
        lambda faces: plots.embedding_map(faces.images.reshape(len(faces), -1), faces.images),
        lambda faces: plots.robustness_curves(CURVES, "worse and worse"),
        lambda faces: plots.robustness_curves(CURVES[CURVES["corruption"] == "blur"]),
        lambda faces: plots.scaling_curves(Law(), ("A", 0.5)),
        lambda faces: plots.group_accuracy(GROUPS),
        lambda faces: plots.group_accuracy({"letter": GROUPS, "again": GROUPS}, "by letter"),
        lambda faces: plots.coverage_curves(abstention(GUESSES.labels, GUESSES.probabilities)),
        lambda faces: plots.coverage_curves(
            abstention(GUESSES.labels, GUESSES.probabilities, groups=LETTERS)
        ),
        lambda faces: plots.votes(faces.images[:3], np.eye(10, dtype=int)[:3]),
        lambda faces: plots.votes(faces.images[:0], np.zeros((0, 10), int)),
    ],
)
def test_every_plot_gives_a_figure_that_pyplot_does_not_show_again(draw, faces):
    plt.close("all")
    figure = draw(faces)
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []
    assert drawn(figure).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "draw",
    [
        lambda faces, ax: plots.class_counts(faces, ax=ax),
        lambda faces, ax: plots.score_histogram(np.arange(9.0), ax=ax),
        lambda faces, ax: plots.confusion(CONFUSION, ax=ax),
        lambda faces, ax: plots.recall_bars(CONFUSION, ax=ax),
        lambda faces, ax: plots.reliability(GUESSES, ax=ax),
        lambda faces, ax: plots.accuracies({"one": (7, 10)}, ax=ax),
    ],
)
def test_a_given_axes_is_drawn_on_and_its_figure_stays_open(draw, faces):
    figure, ax = plt.subplots()
    assert draw(faces, ax) is figure
    assert figure.number in plt.get_fignums()
    assert ax.has_data() or ax.texts
    plt.close(figure)


def test_names_of_limits_stand_above_the_bars_and_no_line_crosses_them():
    figure = plots.score_histogram(np.arange(100.0), {"right": 60, "left": 50})
    (ax,) = figure.axes
    ends = {line.get_xdata()[0]: max(line.get_ydata()) for line in ax.lines}  # shares of the axes' height
    names = {text.get_text(): text.xy for text in ax.texts}
    assert names == {"left": (50, ends[50]), "right": (60, ends[60])}
    assert ends[60] < ends[50] - 0.05, "the name on the left stands above the line on the right"
    assert max(bar.get_height() for bar in ax.patches) < (ends[60] - 0.05) * ax.get_ylim()[1]


def test_short_bars_are_told_in_tenths_and_what_has_no_images_stays_empty():
    figure = plots.share_bars([2, 0, 1, 0, 0, 0, 0], [406, 0, 400, 400, 400, 400, 400])
    assert texts(figure)[:3] == ["0.5 %  (2 of 406)", "no images", "0.2 %  (1 of 400)"]
    assert figure.axes[0].get_xlim()[1] < 0.1, "an emotion without images has no interval from 0 to 100 %"
    assert texts(plots.share_bars([3] * 7, [9] * 7))[0] == "33 %  (3 of 9)"


def test_a_gallery_shows_every_image_with_its_title_and_frame(faces):
    figure = plots.faces(
        [faces.images[0], faces.images[1][::2, ::2], np.zeros((192, 192, 3), np.uint8)],
        titles=["a very long title that has to be broken", 2, "c"],
        columns=2,
        colors=[None, "#D55E00", None],
        title="three",
    )
    (ax,) = figure.axes
    assert len(ax.images) == 3
    assert len(ax.patches) == 1
    assert "three" in texts(figure)
    assert "2" in texts(figure)
    assert any("\n" in text for text in texts(figure))


def test_a_gallery_of_nothing_says_so(faces):
    (ax,) = plots.faces(faces.images[:0], titles=[], title="what goes").axes
    assert [text.get_text() for text in ax.texts] == ["what goes", "no faces to show"]
    assert "no faces to show" not in [text.get_text() for text in plots.faces(faces.images[:1]).axes[0].texts]


def test_a_gallery_refuses_what_does_not_fit(faces):
    with pytest.raises(FerCourseError, match="2 titles for 3 images"):
        plots.faces(faces.images[:3], titles=["a", "b"])
    with pytest.raises(FerCourseError, match="float64"):
        plots.faces(faces.images[:3] / 255)


def test_frames_differ_without_colour_too(faces):
    figure = plots.faces(faces.images[:2], colors=[plots.BLUE, plots.ORANGE])
    blue, orange = figure.axes[0].patches
    assert (blue.get_linestyle(), orange.get_linestyle()) == ("-", (0, (1.5, 0.8)))


def test_both_sides_of_a_threshold_are_shown_in_order_with_their_frames():
    images = np.arange(40, dtype=np.uint8).repeat(48 * 48).reshape(40, 48, 48)
    scores = np.random.default_rng(0).permutation(40)

    def shown(threshold, count=16):
        (ax,) = plots.around(images, scores, threshold, "title", count).axes
        values = [scores[picture.get_array()[0, 0]] for picture in ax.images]
        return values, [to_rgb(plots.ORANGE) == frame.get_edgecolor()[:3] for frame in ax.patches]

    assert shown(20) == (list(range(12, 28)), [True] * 8 + [False] * 8)
    assert shown(0) == (list(range(16)), [False] * 16)
    assert shown(2) == (list(range(16)), [True] * 2 + [False] * 14)
    assert shown(99) == (list(range(24, 40)), [True] * 16)
    assert shown(3, count=100)[1] == [True] * 3 + [False] * 37
    with pytest.raises(FerCourseError, match="3 scores for 40 images"):
        plots.around(images, [1, 2, 3], 2)


def test_small_shares_fill_their_axis():
    ax = plots.accuracies({"rare": (3, 100)}, highest=0.2).axes[0]
    assert ax.get_xlim() == (0, 0.2)
    assert 0 < ax.texts[0].get_position()[0] < 0.2


def test_votes_stand_as_bars_below_their_face(faces):
    counts = np.array([[0, 0, 0, 7, 0, 3, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 4, 6]])
    figure = plots.votes(faces.images[:2], counts, titles=["one", "other"])
    above, below = figure.axes[:2], figure.axes[2:]
    assert [ax.get_title() for ax in above] == ["one", "other"]
    assert [[bar.get_width() for bar in ax.patches] for ax in below] == counts.tolist()
    assert set(texts(figure)) == {"7", "3", "4", "6"}
    with pytest.raises(FerCourseError, match="2 images"):
        plots.votes(faces.images[:2], counts[:1])


def test_confusion_rows_add_up_to_100_percent():
    shown = texts(plots.confusion(CONFUSION))
    shares = np.array([int(text.removesuffix(" %")) for text in shown if text.endswith("%")]).reshape(7, 7)
    assert shares.sum(axis=1) == pytest.approx([100] * 7, abs=2)
    assert shares[0, 0] == 75
    assert shares[1, 1] == 0


def test_recall_bars_use_wilson_intervals_and_the_colours_of_the_emotions():
    figure = plots.recall_bars(CONFUSION)
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([3 / 4, 0, 2 / 3, 0.9, 0.8, 5 / 6, 1])
    assert plt.matplotlib.colors.to_hex(bars[0].get_facecolor()).upper() == EMOTION_COLORS["angry"]
    segments = figure.axes[0].collections[0].get_segments()
    assert segments[3][:, 0] == pytest.approx([0.596, 0.982], abs=0.001)  # Wilson for 9 of 10


def test_the_best_epoch_is_marked():
    accuracy = plots.learning_curves(SimpleNamespace(frame=HISTORY)).axes[1]
    assert [line.get_xydata().tolist() for line in accuracy.lines][-1] == [[6, 0.45]]


def test_no_legend_hides_a_curve():
    figure = plots.learning_curves(HISTORY)
    figure.canvas.draw()
    for ax in figure.axes:
        assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1


def test_drawing_leaves_the_users_style_alone():
    before = dict(plt.rcParams)
    plots.accuracies({"one": (7, 10)})
    assert dict(plt.rcParams) == before
    with plt.rc_context():
        plots.use_theme()
        assert plt.rcParams["axes.spines.top"] is False


def test_a_dark_theme_is_light_on_dark_and_keeps_the_colours_of_the_data(tmp_path, monkeypatch):
    def looks():
        figure = plots.share_bars([3] * 7, [9] * 7, "a share")
        ax = figure.axes[0]
        colors = [figure.get_facecolor(), ax.get_facecolor(), ax.title.get_color(), ax.texts[0].get_color()]
        return [np.mean(to_rgb(color)) for color in colors], [patch.get_facecolor() for patch in ax.patches]

    themes = tmp_path / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    themes.parent.mkdir(parents=True)
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path))
    monkeypatch.setattr(frontend, "has_widgets", lambda: True)
    light, colors = looks()
    assert light[0] == light[1] == 1 and max(light[2:]) < 0.2
    with plt.rc_context():
        try:
            for settings, dark in (
                (None, False),
                ('{\n    // Theme\n    "theme": "JupyterLab Dark"\n}', True),
                ('{\n    "theme": "JupyterLab Dark",\n    "adaptive-theme": true\n}', False),
                ('{\n    // "theme": "JupyterLab Dark"\n    "theme": "JupyterLab Light"\n}', False),
            ):
                if settings is not None:
                    themes.write_text(settings)
                plots.use_theme()
                assert bool(looks()[0][0] < 0.1 and min(looks()[0][2:]) > 0.8) is dark
                assert looks()[1] == colors
            plots.use_theme(dark=True)
            assert looks()[0][0] < 0.1
        finally:
            plots.use_theme(dark=False)
    assert looks()[0] == light


def test_a_map_shows_alike_together_and_the_framed_for_sure():
    rng = np.random.default_rng(0)
    vectors = np.eye(9)[np.repeat([0, 1], [200, 5])] + 0.02 * rng.normal(size=(205, 9))
    images = np.repeat(np.arange(205, dtype=np.uint8)[:, None, None], 48, 1).repeat(48, 2)
    figure = plots.embedding_map(vectors, images, [None] * 202 + [plots.BLUE] * 3)
    ax = figure.axes[0]
    shown = {int(picture.get_array()[0, 0]): picture.get_extent()[0] for picture in ax.get_images()}
    framed = [line for line in ax.lines if line.get_color() == plots.BLUE]
    assert len(framed) == len([index for index in shown if index >= 202]) >= 1
    few, many = ([left for index, left in shown.items() if (index >= 200) == side] for side in (True, False))
    assert len(many) < 100 and (max(few) < min(many) or min(few) > max(many))


def test_a_map_needs_an_image_for_each_embedding(faces):
    with pytest.raises(FerCourseError, match="3 embeddings, 2 images and 3 colors"):
        plots.embedding_map(np.eye(3), faces.images[:2])


def test_reliability_sets_accuracy_against_confidence():
    (ax,) = plots.reliability(GUESSES, "mine").axes
    (dots,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert dots.get_xydata().tolist() == [[pytest.approx(0.7), 0.5]]
    assert ax.get_title(loc="left") == "mine"
    assert "20.0 %" in plots.reliability(GUESSES).axes[0].get_title(loc="left")


def test_mistakes_say_answer_confidence_and_label(faces):
    figure = plots.mistakes(GUESSES, faces.images)
    assert {"happy 70%\nlabel: neutral", "disgust 70%\nlabel: angry"} <= set(texts(figure))
    assert len(figure.axes[0].images) == 2


def test_every_corruption_has_a_picture_of_its_own():
    figure = plots.robustness_curves(CURVES)
    assert [ax.get_title("left") for ax in figure.axes if ax.get_visible()] == ["blur", "noise"]
    blur = figure.axes[0].lines[-1]
    assert blur.get_xdata().tolist() == [0, 1, 5]
    assert blur.get_ydata().tolist() == [0.9, 0.6, 0.2]


def test_each_number_of_images_has_its_law_and_the_trainings_of_one_network_their_dots():
    ax = plots.scaling_curves(Law(), ("A", 1.0)).axes[0]
    few, dots, many, one, _ = ax.lines
    assert dots.get_xdata().tolist() == [200, 800] and dots.get_ydata().tolist() == [0.3, 0.42]
    assert one.get_xdata().tolist() == [2000]
    assert few.get_xdata()[[0, -1]].tolist() == [100, 800] and many.get_xdata()[-1] == 4000
    assert few.get_ydata()[0] == pytest.approx(0.35)
    assert [text.get_text() for text in ax.get_legend().get_texts()][:2] == [
        "100 different images",
        "500 different images",
    ]


def test_groups_are_named_after_their_attribute_and_counted():
    figure = plots.group_accuracy({"first_letter": GROUPS})
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "first letter: a",
        "first letter: b",
    ]
    assert texts(figure) == ["2", "2", "images"]


def test_coverage_marks_one_threshold_for_all_groups():
    table = abstention(GUESSES.labels, GUESSES.probabilities, [0, 0.5, 0.9], LETTERS)
    figure = plots.coverage_curves(table)
    assert figure.axes[0].get_legend().get_title().get_text() == "large dots: 50 % sure"


@pytest.mark.parametrize("gain", [-0.004, 0.0, 0.003])
def test_no_pair_is_struck_out_by_the_line_of_no_gain(gain):
    pairs = {"first": ["eyes", "eyes"], "second": ["fool", "mouth"], "agreement": [0.3, 0.4]}
    figure = plots.diversity_gain(pd.DataFrame(pairs | {"gain": [gain, 0.1]}))
    figure.savefig(io.BytesIO())
    ax = figure.axes[0]
    name, line = ax.texts[0].get_window_extent(), ax.transData.transform((0, 0))[1]
    assert ax.texts[0].get_text() == "eyes + fool" and not name.y0 <= line <= name.y1


@pytest.mark.parametrize(("low", "high"), [(0.275, 0.355), (0.47, 0.59), (0.61, 0.62)])
def test_the_numbers_under_the_right_answers_of_exports_stand_where_they_say(low, high):
    row = {"megabytes": 2.4, "milliseconds": 0.66, "accuracy": (low + high) / 2, "low": low, "high": high}
    figure = plots.exports(pd.DataFrame([row], index=["fp32"]))
    figure.savefig(io.BytesIO())
    labels = figure.axes[2].get_xticklabels()
    assert len(labels) > 2
    for label in labels:
        assert float(label.get_text().removesuffix(" %")) == pytest.approx(100 * label.get_position()[0])
