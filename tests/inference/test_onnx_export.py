"""Networks in files of several precisions: what they say, how large they are, and how they are measured."""

import json
import os
import re

import numpy as np
import onnx
import onnxruntime
import pytest
from typer.testing import CliRunner

import fer_course as fer
from fer_course import FerCourseError, Predictor, export_onnx
from fer_course.cli import app
from fer_course.inference import onnx_export as exporting
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.inference.onnx_export import export_tflite
from fer_course.inference.quantization import rescale_after_layout
from fer_course.inference.web import export_web
from fer_course.jobs.export import measure_exports
from fer_course.training.about import About
from fer_course.training.backend import keras

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compact():
    return fer.load_model(COMPACT_MODEL.with_suffix(".keras"))


@pytest.fixture(scope="module")
def drawn():
    return fer.sample_faces()


@pytest.fixture(scope="module")
def exports(compact, drawn, tmp_path_factory):
    """The shipped network in every precision, by name, with the difference that each reported."""
    folder = tmp_path_factory.mktemp("exports")
    made = {}
    for name, calibration in [("fp32", None), ("fp16", None), ("int8", drawn.train.images)]:
        path = folder / f"{name}.onnx"
        made[name] = path, export_onnx(compact, path, name, About(note="a test"), calibration)
    return made


def test_each_precision_is_smaller_than_the_last_and_says_the_same(exports, drawn):
    sizes = [path.stat().st_size for path, _ in exports.values()]
    assert sizes[1] < 0.55 * sizes[0] and sizes[2] < 0.3 * sizes[0]
    assert sizes[1] <= 1.5e6 and sizes[2] <= 0.8e6
    assert exports["fp32"][1] < 1e-5 < exports["fp16"][1] < 5e-3 < exports["int8"][1]
    said = {name: Predictor.load(path).predict_proba(drawn.val.images) for name, (path, _) in exports.items()}
    same = {name: (said[name].argmax(1) == said["fp32"].argmax(1)).mean() for name in said}
    assert same["fp16"] > 0.99 and same["int8"] > 0.93


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_a_face_alone_is_the_same_face_as_in_a_batch(exports, drawn, precision):
    predictor = Predictor.load(exports[precision][0])
    faces = drawn.val.images[:3]
    alone = np.concatenate([predictor.predict_proba(face[None]) for face in faces])
    np.testing.assert_allclose(alone, predictor.predict_proba(faces), atol=1e-5)


def test_the_file_says_what_it_is_and_what_it_expects(exports):
    for name, (path, _) in exports.items():
        said = {item.key: item.value for item in onnx.load(path).metadata_props}
        assert json.loads(said["emotions"]) == list(fer.EMOTIONS)
        assert said["precision"] == name
        assert Predictor.load(path).about == About("CompactCNN", note="a test")
        assert "0..255" in said["preprocessing"]


def test_int8_without_calibration_is_dynamic(compact, tmp_path, exports):
    path = tmp_path / "dynamic.onnx"
    assert export_onnx(compact, path, "int8") < 0.1
    kinds = {node.op_type for node in onnx.load(path).graph.node}
    assert "ConvInteger" in kinds
    static = {node.op_type for node in onnx.load(exports["int8"][0]).graph.node}
    assert "QuantizeLinear" in static and "ConvInteger" not in static


def test_colour_networks_can_be_calibrated_on_gray_faces(drawn, tmp_path):
    keras.utils.set_random_seed(0)
    model = fer.EmotionCNN(3, width_mult=0.25)
    export_onnx(model, tmp_path / "rgb.onnx", "int8", calibration=drawn.train.images[:64])
    assert Predictor.load(tmp_path / "rgb.onnx").in_chans == 3


def test_networks_too_small_for_8_bits_are_named(drawn, tmp_path):
    images = keras.Input((48, 48, 1))
    chances = keras.layers.Dense(7, activation="softmax")(keras.layers.Flatten()(images))
    with pytest.raises(FerCourseError, match="a network of 1 layers has none"):
        export_onnx(
            keras.Model(images, chances), tmp_path / "no.onnx", "int8", calibration=drawn.train.images[:64]
        )
    assert list(tmp_path.iterdir()) == []


def test_calibration_images_come_from_all_over_a_set_that_is_sorted(drawn, tmp_path, monkeypatch):
    order = np.argsort(drawn.labels, kind="stable")
    drawn.subset(order).save(tmp_path / "sorted.npz")
    given = []
    monkeypatch.setattr("fer_course.jobs.export.export_onnx", lambda *call: given.append(call[4]) or 0.0)
    monkeypatch.setattr("fer_course.jobs.export.measure_exports", lambda files, val: None)
    fer.export(None, tmp_path / "out", ["int8"], tmp_path / "sorted.npz")
    label_of = {face.tobytes(): label for face, label in zip(drawn.images, drawn.labels, strict=True)}
    counts = np.bincount([label_of[face.tobytes()] for face in given[0]], minlength=7)
    expected = drawn.train.class_counts() * 512 / len(drawn.train)
    assert counts.sum() == 512
    np.testing.assert_allclose(counts, expected, atol=3)


class TestRescaleAfterLayout:
    def outputs(self, *nodes):
        """What a graph of these nodes says before and after, and what it begins with then."""
        made = [onnx.helper.make_node(kind, given, [out], **more) for kind, given, out, more in nodes]
        ends = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
            for name, shape in [("x", ("n", 4, 5, 3)), ("y", None)]
        ]
        two = onnx.numpy_helper.from_array(np.float32(2), "two")
        graph = onnx.helper.make_graph(made, "graph", ends[:1], ends[1:], [two])
        network = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9
        )
        images = np.random.default_rng(0).random((2, 4, 5, 3), np.float32)
        said = []
        for change in (lambda _: None, rescale_after_layout):
            change(network)
            session = onnxruntime.InferenceSession(network.SerializeToString())
            said.append(session.run(None, {"x": images})[0])
        return *said, network.graph.node[0].op_type

    def test_what_nothing_else_uses_is_moved(self):
        before, after, first = self.outputs(
            ("Mul", ["x", "two"], "a", {}),
            ("Sub", ["two", "a"], "b", {}),
            ("Transpose", ["b"], "c", {"perm": [0, 3, 1, 2]}),
            ("Relu", ["c"], "y", {}),
        )
        np.testing.assert_array_equal(before, after)
        assert first == "Transpose"

    @pytest.mark.parametrize("used", ["a", "b"])
    def test_what_is_used_elsewhere_stays(self, used):
        before, after, first = self.outputs(
            ("Mul", ["x", "two"], "a", {}),
            ("Add", ["a", "two"], "b", {}),
            ("Transpose", ["b"], "c", {"perm": [0, 3, 1, 2]}),
            ("Transpose", [used], "d", {"perm": [0, 3, 1, 2]}),
            ("Add", ["c", "d"], "y", {}),
        )
        np.testing.assert_array_equal(before, after)
        assert first == "Mul"

    def test_a_graph_without_the_pattern_stays(self):
        for kind, given in [("Relu", ["x"]), ("Mul", ["x", "two"])]:
            before, after, first = self.outputs((kind, given, "y", {}))
            np.testing.assert_array_equal(before, after)
            assert first == kind


@pytest.mark.parametrize("shape", [(5, 24, 24), (0, 48, 48), (5, 48, 48, 3)])
def test_calibration_images_must_fit(compact, tmp_path, shape):
    with pytest.raises(FerCourseError, match=r"calibration: (images of|no images)"):
        export_onnx(compact, tmp_path / "no.onnx", "int8", calibration=np.zeros(shape, np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_difference_is_refused_and_nothing_is_left(compact, tmp_path, monkeypatch):
    monkeypatch.setitem(exporting.TOLERANCE, "int8", 0.0)
    with pytest.raises(FerCourseError, match="other probabilities"):
        export_onnx(compact, tmp_path / "no.onnx", "int8")
    assert list(tmp_path.iterdir()) == []


def test_what_tensorflow_says_meanwhile_is_not_shown(tmp_path, monkeypatch, capfd):
    export = keras.Model.export

    def chatty(model, *arguments, **options):
        os.write(2, b"Number of eligible GPUs: 0")  # as C++ code writes
        return export(model, *arguments, **options)

    monkeypatch.setattr(keras.Model, "export", chatty)
    export_onnx(fer.EmotionCNN(width_mult=0.25), tmp_path / "x.onnx")
    assert "eligible" not in capfd.readouterr().err


def test_tflite_says_the_same(tmp_path):
    keras.utils.set_random_seed(0)
    model = fer.EmotionCNN(width_mult=0.25)
    assert export_tflite(model, tmp_path / "model.tflite") < 1e-5
    assert (tmp_path / "model.tflite").read_bytes()[4:8] == b"TFL3"
    with pytest.raises(FerCourseError, match=r"ends in \.tflite"):
        export_tflite(model, tmp_path / "model.onnx")


class TestMeasureExports:
    def test_a_row_a_file(self, exports, drawn):
        paths = [path for path, _ in exports.values()]
        measured = measure_exports(paths, drawn.val)
        assert measured.index.tolist() == ["fp32.onnx", "fp16.onnx", "int8.onnx"]
        assert measured.changed.iloc[0] == 0 < measured.changed.iloc[2] < 0.1
        assert (measured.low < measured.accuracy).all() and (measured.accuracy < measured.high).all()
        assert (measured.milliseconds > 0.01).all()
        assert measured.megabytes.tolist() == [path.stat().st_size / 1e6 for path in paths]

    def test_no_file_is_named(self, drawn, tmp_path):
        with pytest.raises(FerCourseError, match="no files to measure"):
            measure_exports([], drawn.val)
        with pytest.raises(FileNotFoundError, match="no such file"):
            measure_exports([tmp_path / "nowhere.onnx"], drawn.val)


class TestCommand:
    def test_it_writes_and_measures(self, tmp_path):
        options = ["--precision", "fp16", "--out", str(tmp_path), "--data", "sample"]
        done = CliRunner().invoke(app, ["export", *options])
        assert done.exit_code == 0, done.output
        assert [path.name for path in tmp_path.iterdir()] == ["compact-fp16.onnx"]
        assert re.search(r"compact-fp16.onnx +1\.\d\d +\d+\.\d\d +\d\d\.\d%", done.output)

    def test_a_network_trained_on_even_contrast_sees_even_contrast_everywhere(self, tmp_path, drawn):
        keras.utils.set_random_seed(0)
        model = fer.EmotionCNN(width_mult=0.25)
        file = fer.save_model(model, tmp_path / "model.keras")
        (tmp_path / "settings.json").write_text('{"clahe": true}')
        options = ["--precision", "fp32", "--out", str(tmp_path / "out"), "--data", "sample"]
        done = CliRunner().invoke(app, ["export", str(file), *options])
        assert done.exit_code == 0, done.output
        expected = fer.predict(model, fer.clahe(drawn.val.images[:5]))
        predictor = Predictor.load(tmp_path / "out" / "model-fp32.onnx")
        for network in (predictor, Predictor.load(file)):
            found = network.predict_proba(drawn.val.images[:5])
            np.testing.assert_allclose(found, expected, atol=1e-5)
        colour = np.repeat(drawn.val.images[:5, ..., None], 3, axis=3)
        np.testing.assert_allclose(predictor.predict_proba(colour), expected, atol=1e-5)
        with pytest.warns(UserWarning, match="evened-out contrast"):
            export_web(tmp_path / "page", predictor.path)
