import subprocess
import sys

import cv2
import numpy as np
import onnx
import pytest

import fer_course as fer
from fer_course import FerCourseError, Predictor, export_onnx
from fer_course.inference import onnx_export
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.training.backend import keras
from fer_course.images import network_input

FACES = np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)


@pytest.fixture(scope="module", params=[1, 3])
def network(request, tmp_path_factory):
    keras.utils.set_random_seed(0)
    model = fer.EmotionCNN(request.param, width_mult=0.25)
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    assert export_onnx(model, path, about="a test") < 1e-5
    return model, path


def test_it_predicts_what_the_network_does(network):
    model, path = network
    expected = model.predict(network_input(FACES, model.input_shape[1:]), verbose=0)
    found = Predictor.load(path).predict_proba(FACES, batch_size=2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_gray_faces_in_three_channels_or_twice_the_size_say_nearly_the_same(network):
    predictor = Predictor.load(network[1])
    expected = predictor.predict_proba(FACES)
    colour = np.repeat(FACES[..., None], 3, axis=3)
    doubled = FACES.repeat(2, axis=1).repeat(2, axis=2)
    for other in (FACES[..., None], colour, doubled):
        np.testing.assert_allclose(predictor.predict_proba(other), expected, atol=1e-3)


def test_a_wide_image_shrinks_as_a_tall_one_does(network):
    predictor = Predictor.load(network[1])
    for shape in ((2, 40, 200), (2, 200, 40)):
        images = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
        scaled = [cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA) for image in images]
        expected = predictor.predict_proba(np.stack(scaled))
        np.testing.assert_allclose(predictor.predict_proba(images), expected, atol=1e-6)


def test_the_file_names_its_emotions(network):
    properties = {item.key: item.value for item in onnx.load(network[1]).metadata_props}
    assert '"disgust"' in properties["emotions"] and properties["about"] == "a test"


def test_neither_keras_nor_tensorflow_is_needed(network):
    lines = (
        "import sys, numpy as np, fer_course as fer",
        f"p = fer.Predictor.load({str(network[1])!r}).predict_proba(np.zeros((1, 48, 48), np.uint8))",
        "assert p.shape == (1, 7)",
        "assert not {'keras', 'tensorflow', 'sklearn', 'jax'} & set(sys.modules)",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


def test_16_bits_halve_the_file_and_hardly_change_it(network, tmp_path):
    model, path = network
    assert 0 < export_onnx(model, tmp_path / "half.onnx", "fp16") < 5e-3
    assert (tmp_path / "half.onnx").stat().st_size < 0.6 * path.stat().st_size
    expected = Predictor.load(path).predict_proba(FACES)
    np.testing.assert_allclose(
        Predictor.load(tmp_path / "half.onnx").predict_proba(FACES), expected, atol=5e-3
    )
    with pytest.raises(FerCourseError, match="expected one of fp32, fp16"):
        export_onnx(model, tmp_path / "quarter.onnx", "fp4")


@pytest.mark.parametrize("shape", [(48, 48), (0, 48, 48), (2, 48, 48, 4), (1, 2, 48, 48, 1)])
def test_arrays_that_are_no_faces_are_named(network, shape):
    with pytest.raises(FerCourseError, match=r"expected \(n, height, width\)"):
        Predictor.load(network[1]).predict_proba(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("value", [np.nan, -1, 256, np.inf])
def test_values_that_no_pixel_has_are_refused(value):
    faces = FACES.astype(float)
    faces[0, 0, 0] = value
    with pytest.raises(FerCourseError, match=r"expected pixels, 0\.\.255"):
        Predictor.load().predict_proba(faces)


def test_rescaled_faces_are_warned_of_and_any_kind_of_number_will_do():
    predictor = Predictor.load()
    expected = predictor.predict_proba(np.repeat(FACES[..., None], 3, axis=3))
    with pytest.warns(UserWarning, match="multiply by 255"):
        predictor.predict_proba(FACES / 255)
    for kind in (np.int64, np.float64):
        found = predictor.predict_proba(np.repeat(FACES[..., None], 3, axis=3).astype(kind))
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_both_files_of_the_shipped_network_are_one_network():
    model = fer.load_model(COMPACT_MODEL.with_suffix(".keras"))
    faces = fer.sample_faces().images[:50]
    np.testing.assert_allclose(Predictor.load().predict_proba(faces), fer.predict(model, faces), atol=2e-3)
    assert [weights.shape for weights in model.weights] == [
        weights.shape for weights in fer.CompactCNN().weights
    ]


def test_files_that_are_no_networks_are_named(tmp_path):
    for path in (tmp_path, tmp_path / "model.keras"):
        with pytest.raises(FerCourseError, match=r"not an ONNX file; fer\.export"):
            Predictor.load(path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        Predictor.load(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(FerCourseError, match="not a readable ONNX network"):
        Predictor.load(tmp_path / "text.onnx")


def test_networks_of_other_tasks_are_named(network, tmp_path):
    graph = onnx.load(network[1])
    onnx.helper.set_model_props(graph, {"emotions": '["cat", "dog"]'})
    onnx.save(graph, tmp_path / "pets.onnx")
    with pytest.raises(FerCourseError, match=r"other emotions.*cat"):
        Predictor.load(tmp_path / "pets.onnx")
    table = keras.Sequential([keras.Input((4,)), keras.layers.Dense(7)])
    table(np.zeros((1, 4)))
    table.export(tmp_path / "table.onnx", format="onnx", verbose=False)
    with pytest.raises(FerCourseError, match="expected a network from images"):
        Predictor.load(tmp_path / "table.onnx")


def test_an_export_that_differs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(onnx_export.TOLERANCE, "fp32", -1.0)
    with pytest.raises(FerCourseError, match="nothing is written"):
        export_onnx(fer.EmotionCNN(width_mult=0.25), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
    with pytest.raises(FerCourseError, match=r"ends in \.onnx"):
        export_onnx(fer.EmotionCNN(width_mult=0.25), tmp_path / "model.txt")
