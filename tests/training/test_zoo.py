import dataclasses

import keras
import numpy as np
import pytest
from test_fitting import interrupt_after, striped

import fer_course as fer
from fer_course import FerCourseError
from fer_course.training.about import About, keras_metadata
from fer_course.training.zoo import (
    SEARCH_SPACE,
    free_memory,
    random_choices,
    random_network,
    train_members,
    train_snapshots,
)

pytestmark = pytest.mark.slow

RECIPE = fer.Recipe(epochs=2, batch_size=32)


@pytest.fixture
def small(monkeypatch):
    """Let the zoo draw smaller networks than it has, which TensorFlow traces in less time."""
    monkeypatch.setitem(SEARCH_SPACE, "width", (4,))
    monkeypatch.setitem(SEARCH_SPACE, "stages", (1,))


def test_every_choice_of_the_search_space_is_drawn():
    drawn = [random_choices(seed) for seed in range(60)]
    for name, values in SEARCH_SPACE.items():
        assert {choices[name] for choices in drawn} == set(values)


def test_a_seed_decides_architecture_and_weights():
    first, again, other = random_network(5), random_network(5), random_network(6)
    assert all(map(np.array_equal, first.get_weights(), again.get_weights()))
    assert first.count_params() != other.count_params()
    assert first.name == "random_5"


def test_all_networks_of_the_space_can_be_built_and_are_small():
    usual = random_choices(0)
    others = [(name, value) for name, values in SEARCH_SPACE.items() for value in values]
    for name, value in [("block", usual["block"])] + [one for one in others if usual[one[0]] != one[1]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SEARCH_SPACE, name, (value,))
            model = random_network(0)
        assert model.output_shape == (None, 7)
        assert 70_000 < model.count_params() < 650_000
    assert random_network(1, in_chans=3).input_shape == (None, 48, 48, 3)
    with pytest.raises(FerCourseError, match="in_chans is 2"):
        random_network(0, in_chans=2)


def test_members_are_kept_and_an_interrupted_zoo_goes_on(small, tmp_path, capsys):
    faces = striped()
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(1, patch)
        with pytest.raises(KeyboardInterrupt):
            train_members(faces, tmp_path, 2, RECIPE)
    files = train_members(faces, tmp_path, 2, RECIPE)
    about = About.from_metadata(keras_metadata(files[1]))
    assert (about.network, about.images) == ("random_1", len(faces.train))
    assert [file.parent.name for file in files] == ["random_0", "random_1"]
    told = capsys.readouterr().out
    assert told.count("epoch 1 of 2:") == 1  # the second one's: the first one's is not repeated
    before = [fer.load_model(file).get_weights() for file in files]
    assert train_members(faces, tmp_path, 1, RECIPE) == files[:1]
    assert "epoch" not in capsys.readouterr().out
    assert all(map(np.array_equal, before[0], fer.load_model(files[0]).get_weights()))
    history = np.genfromtxt(files[0].with_name("history.csv"), delimiter=",", names=True)
    reached = (
        fer.predict(fer.load_model(files[0]), faces.val.images).argmax(axis=1) == faces.val.labels
    ).mean()
    assert reached == pytest.approx(history["val_accuracy"].max(), abs=1e-6)


def test_a_folder_of_other_images_or_another_recipe_is_refused(small, tmp_path):
    train_members(striped(), tmp_path, 1, fer.Recipe(epochs=1, batch_size=64))
    with pytest.raises(FerCourseError, match=r"random_0.*belongs to another training: there images"):
        train_members(striped(seed=1), tmp_path, 1, fer.Recipe(epochs=1, batch_size=64))
    with pytest.raises(FerCourseError, match="learning_rate"):
        train_members(striped(), tmp_path, 1, fer.Recipe(epochs=1, batch_size=64, learning_rate=1e-4))
    with pytest.raises(FerCourseError, match="count is 0"):
        train_members(striped(), tmp_path, 0)


def test_snapshots_go_on_from_each_other_and_resume(small, tmp_path, capsys):
    model = random_network(0)
    files = train_snapshots(model, striped(), tmp_path, 2, dataclasses.replace(RECIPE, epochs=1))
    first, second = (fer.load_model(file).get_weights() for file in files)
    assert not np.allclose(first[0], second[0])
    assert all(map(np.array_equal, second, model.get_weights()))
    capsys.readouterr()
    train_snapshots(random_network(0), striped(), tmp_path, 2, dataclasses.replace(RECIPE, epochs=1))
    assert "epoch" not in capsys.readouterr().out
    with pytest.raises(FerCourseError, match="cycles is 0"):
        train_snapshots(model, striped(), tmp_path, 0)


def test_forgetting_networks_keeps_what_was_chosen_for_all():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        free_memory()
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
