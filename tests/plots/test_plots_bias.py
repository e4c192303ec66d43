import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import fer_course as fer
from fer_course.evaluation.bias.result import BiasResult

SAID = np.random.default_rng(0).dirichlet(np.ones(7), 40)
LABELS = np.arange(40) % 7


def tuned(**arguments):
    return fer.tune_bias(SAID, LABELS, folds=0, **arguments)


MAP = tuned(method="grid", trials=49, emotions=["sad", "fear"])


@pytest.mark.parametrize(
    "draw",
    [
        lambda: fer.plots.bias_map(MAP, "sad against fear"),
        lambda: fer.plots.convergence({"grid": MAP, "evolution": tuned(method="evolution", trials=20)}),
        lambda: fer.plots.distributions({"target": np.full(7, 1 / 7), "predicted": np.eye(7)[3]}),
    ],
)
def test_every_plot_gives_a_figure_that_pyplot_does_not_show_again(draw):
    plt.close("all")
    figure = draw()
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []
    figure.canvas.draw()


def test_a_map_shows_every_point_of_the_grid():
    mesh = fer.plots.bias_map(MAP).axes[0].collections[0]
    assert mesh.get_array().size == 49
    assert mesh.get_array().max() == pytest.approx(MAP.trials["value"].iloc[2:].max())


def test_a_plot_says_what_it_needs(tmp_path):
    with pytest.raises(fer.FerCourseError, match="a map needs two biases"):
        fer.plots.bias_map(tuned(method="grid", trials=9, emotions=["sad"]))
    kept = BiasResult.load(MAP.save(tmp_path / "biases.json"))
    with pytest.raises(fer.FerCourseError, match="mine has no trials"):
        fer.plots.convergence({"mine": kept})
