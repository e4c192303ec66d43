import inspect
import zipfile

import numpy as np
import pytest

import fer_course as fer
from fer_course import FerCourseError, load_model, save_model
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.training.backend import keras

NEWER_THAN_COLABS_KERAS = ("input_axes", "output_axes", "renorm")


def options_of(path):
    return zipfile.ZipFile(path).read("config.json").decode()


def test_an_older_keras_finds_no_option_that_it_does_not_know(tmp_path):
    path = save_model(fer.EmotionCNN(width_mult=0.25), tmp_path / "model.keras")
    for file in (path, COMPACT_MODEL.with_suffix(".keras")):
        assert "GlorotUniform" in options_of(file) and "BatchNormalization" in options_of(file)
        assert [name for name in NEWER_THAN_COLABS_KERAS if name in options_of(file)] == []


def test_an_option_that_is_used_stays(tmp_path):
    pixels = keras.Input((48, 48, 1))
    if "input_axes" not in inspect.signature(keras.initializers.GlorotUniform).parameters:
        pytest.skip("an option of a newer Keras")
    glorot = keras.initializers.GlorotUniform(input_axes=(0,), output_axes=(1,))
    x = keras.layers.Dense(7, "softmax", kernel_initializer=glorot)(keras.layers.Flatten()(pixels))
    assert "input_axes" in options_of(save_model(keras.Model(pixels, x), tmp_path / "model.keras"))


def test_a_model_survives(tmp_path):
    model = fer.EmotionCNN(width_mult=0.25)
    again = load_model(save_model(model, tmp_path / "new" / "model.keras"))
    faces = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1), dtype=np.uint8)
    np.testing.assert_allclose(again.predict(faces, verbose=0), model.predict(faces, verbose=0), atol=1e-6)


def test_code_in_a_file_is_never_executed(tmp_path):
    trap = tmp_path / "executed"
    pixels = keras.Input((48, 48, 1))
    name = str(trap)
    spy = keras.layers.Lambda(lambda x: (open(name, "w").close(), x)[1], output_shape=(48, 48, 1))(pixels)  # noqa: PTH123
    outputs = keras.layers.Dense(7)(keras.layers.Flatten()(spy))
    model = keras.Model(pixels, outputs)
    model.save(tmp_path / "trap.keras")
    keras.saving.load_model(tmp_path / "trap.keras", safe_mode=False)(np.zeros((1, 48, 48, 1)))
    trap.unlink()  # so whoever trusts the file runs its code
    with pytest.raises(FerCourseError, match="carries code, which is never executed"):
        load_model(tmp_path / "trap.keras")
    assert not trap.exists()


def test_files_that_are_no_models_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        load_model(tmp_path / "none.keras")
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(FerCourseError, match="not a Keras model"):
        load_model(tmp_path / "text.keras")
    for name in ("model.h5", "model.pkl"):
        with pytest.raises(FerCourseError, match=r"ends in \.keras"):
            load_model(tmp_path / name)


def test_a_model_of_another_task_is_named(tmp_path):
    pixels = keras.Input((48, 48, 1))
    model = keras.Model(pixels, keras.layers.Dense(10)(keras.layers.Flatten()(pixels)))
    model.save(tmp_path / "digits.keras")
    with pytest.raises(FerCourseError, match=r"\(None, 10\); expected .*\(None, 7\)"):
        load_model(tmp_path / "digits.keras")


def test_a_keras_file_without_its_end_is_cut_short(tmp_path):
    (tmp_path / "cut.keras").write_bytes(COMPACT_MODEL.with_suffix(".keras").read_bytes()[:-100])
    with pytest.raises(FerCourseError, match="cut short or damaged, a zip without its end"):
        load_model(tmp_path / "cut.keras")
