"""Networks in files of every kind: what they answer, what is known of them, and which are refused."""

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
import warnings
import zipfile
from functools import cache

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.linear_model import LogisticRegression

import fer_course as fer
from fer_course import FerCourseError, Predictor, export_onnx
from fer_course.images import network_input
from fer_course.inference import network_files, onnx_export
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.training.about import About
from fer_course.training.backend import keras
from fer_course.training.zoo import random_network

FACES = np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)
ABOUT = About("EmotionCNN", "noise", 1200, "course, 3 epochs", 0.5, (0.25, 0.75), True, "1.0.0", "a test")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Networks and their files by their channels, each exported once for all classes of tests."""

    @cache
    def export(in_chans):
        keras.utils.set_random_seed(0)
        model = fer.EmotionCNN(in_chans, width_mult=0.25)
        path = tmp_path_factory.mktemp("export") / "model.onnx"
        assert export_onnx(model, path, about=About(note="a test")) < 1e-5
        return model, path

    return export


@pytest.fixture(params=[1, 3])
def network(request, exported):
    return exported(request.param)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run whose network was trained on faces with evened-out contrast."""
    keras.utils.set_random_seed(0)
    model, folder = fer.EmotionCNN(width_mult=0.25), tmp_path_factory.mktemp("run")
    fer.save_model(model, folder / "model.keras", ABOUT)
    export_onnx(model, folder / "model.onnx", about=ABOUT)
    return model, folder


def evening(predictor):
    """The same predictor, as if its network had been trained on faces with evened-out contrast."""
    predictor.answers.about = dataclasses.replace(predictor.about, clahe=True)
    return predictor


class TestPredictProba:
    def test_it_predicts_what_the_network_does(self, network):
        model, path = network
        expected = model.predict(network_input(FACES, model.input_shape[1:]), verbose=0)
        found = Predictor.load(path).predict_proba(FACES, batch_size=2)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-5)

    def test_gray_faces_in_three_channels_or_as_other_numbers_say_the_same(self, network):
        predictor = Predictor.load(network[1])
        expected = predictor.predict_proba(FACES)
        colour = np.repeat(FACES[..., None], 3, axis=3)
        kinds = [colour.astype(kind) for kind in (np.int64, np.float64, np.uint16)]
        for other in (FACES[..., None], colour, list(FACES), np.clip(FACES + 0.3, 0, 255), *kinds):
            np.testing.assert_allclose(predictor.predict_proba(other), expected, atol=1e-6)
        doubled = FACES.repeat(2, axis=1).repeat(2, axis=2)
        np.testing.assert_allclose(predictor.predict_proba(doubled), expected, atol=1e-6)

    def test_colour_is_made_gray_before_it_is_scaled(self):
        predictor = Predictor.load()
        colour = np.random.default_rng(0).integers(0, 256, (2, 200, 90, 3), dtype=np.uint8)
        gray = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in colour])
        scaled = np.stack([cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA) for image in gray])
        for one in (predictor, evening(Predictor.load())):
            expected = one.predict_proba(scaled)
            for images in (colour, gray, list(colour)):
                np.testing.assert_array_equal(one.predict_proba(images), expected)

    def test_a_network_on_colour_sees_the_colour_of_arrays(self, network):
        predictor = Predictor.load(network[1])
        colour = np.stack([FACES, FACES[::-1], 255 - FACES], axis=-1)
        gray = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in colour])
        same = np.allclose(predictor.predict_proba(colour), predictor.predict_proba(gray), atol=1e-6)
        assert same == (predictor.in_chans == 1)

    def test_neither_keras_nor_tensorflow_nor_pandas_is_needed(self, network):
        lines = (
            "import sys, numpy as np, fer_course as fer",
            f"predictor, face = fer.Predictor.load({str(network[1])!r}), np.zeros((1, 48, 48), np.uint8)",
            "assert predictor.predict_proba(face).shape == (1, 7) and predictor.features(face).ndim == 2",
            "assert not {'keras', 'tensorflow', 'sklearn', 'jax', 'pandas'} & set(sys.modules)",
        )
        subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)

    @pytest.mark.parametrize("shape", [(48, 48), (0, 48, 48), (2, 48, 48, 4), (1, 2, 48, 48, 1)])
    def test_arrays_that_are_no_faces_are_named(self, shape):
        with pytest.raises(FerCourseError, match=r"expected \(n, height, width\)"):
            Predictor.load().predict_proba(np.zeros(shape, np.uint8))

    @pytest.mark.parametrize("value", [np.nan, -1, 256, np.inf])
    def test_values_that_no_pixel_has_are_refused(self, value):
        faces = FACES.astype(float)
        faces[0, 0, 0] = value
        for ask in (Predictor.load().predict_proba, Predictor.load().features):
            with pytest.raises(FerCourseError, match=r"expected pixels, 0\.\.255"):
                ask(faces)
        with pytest.raises(FerCourseError, match="images are <U1; expected pixels"):
            Predictor.load().predict_proba(np.full((1, 48, 48), "a"))

    @pytest.mark.parametrize(
        ("faces", "words"),
        [
            (fer.FaceDataset(FACES, np.arange(5), "val"), r"a FaceDataset.* pass dataset\.images"),
            ([FACES[0], [[1, 2], [3]]], "a face is no array of pixels"),
            ([[1, 2], [3]], r"expected \(n, height, width\)"),
            (None, r"expected \(n, height, width\)"),
            ("photo.jpg", r"expected \(n, height, width\)"),
        ],
    )
    def test_what_is_no_array_of_faces_is_named(self, faces, words):
        with pytest.raises(FerCourseError, match=words):
            Predictor.load().predict_proba(faces)

    def test_images_of_pillow_show_their_colours_and_not_the_numbers_of_a_palette(self):
        faces = [Image.fromarray(np.stack([face] * 3, axis=-1)) for face in FACES]
        palettes = [face.convert("P", palette=Image.Palette.ADAPTIVE) for face in faces]
        predictor = Predictor.load()
        np.testing.assert_allclose(
            predictor.predict_proba(palettes), predictor.predict_proba(FACES), atol=0.05
        )
        np.testing.assert_allclose(fer.measure(palettes).brightness, fer.measure(FACES).brightness, atol=1)

    @pytest.mark.parametrize("size", [0, -1, 2.5, "all"])
    def test_a_batch_of_none_is_named(self, size):
        with pytest.raises(FerCourseError, match=f"batch_size is {size!r}"):
            Predictor.load().predict_proba(FACES, batch_size=size)

    def test_rescaled_faces_are_warned_of(self):
        with pytest.warns(UserWarning, match="multiply by 255"):
            Predictor.load().predict_proba(FACES / 255)
        with pytest.warns(UserWarning, match=r"no pixel is above 4\.25.*standardised"):
            Predictor.load().predict_proba(FACES / 60)


def pictures():
    """Pictures of every format, depth and orientation, by the name of their file, with how to save them."""
    rng = np.random.default_rng(0)
    sizes = [(48, 48), (60, 90), (200, 150), (31, 45)]
    kinds = {
        "gray.png": ("L", {}),
        "rgb.png": ("RGB", {}),
        "rgba.png": ("RGBA", {}),
        "palette.png": ("P", {}),
        "sixteen.png": ("I;16", {}),
        "gray.jpg": ("L", {}),
        "colour.jpeg": ("RGB", {}),
        "colour.bmp": ("RGB", {}),
        "colour.webp": ("RGB", {}),
        "gray.tif": ("L", {}),
        "colour.tiff": ("RGB", {}),
        "colour.gif": ("RGB", {}),
        "gray.pgm": ("L", {}),
    }
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        kinds[f"turned{orientation}.jpg"] = ("RGB", {"exif": exif})
    for name, (mode, options) in kinds.items():
        for height, width in sizes:
            noise = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            if mode == "I;16":
                picture = Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
            elif mode == "RGBA":
                picture = Image.fromarray(np.dstack([noise, noise[..., :1]]))
            else:
                picture = Image.fromarray(noise).convert(mode)
            yield f"{height}-{name}", picture, options


class TestDoors:
    """The same folder gives the same probabilities wherever it is read."""

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("doors")
        for number, (name, picture, options) in enumerate(pictures()):
            path = folder / ("happy", "sad")[number % 2] / name
            path.parent.mkdir(exist_ok=True)
            picture.save(path, **options)
        return folder

    @pytest.fixture(params=["as they are", "evened out"])
    def predictor(self, request, network):
        predictor = Predictor.load(network[1])
        return evening(predictor) if request.param == "evened out" else predictor

    def test_they_agree(self, folder, predictor):
        table = predictor.predict(folder, detector=None)
        rows = zip(table["image"], table[list(fer.EMOTIONS)].to_numpy(), strict=True)
        expected = {path.rpartition("/")[2]: row for path, row in rows}
        assert len(expected) == len(list(pictures()))
        dataset = fer.read_dataset(folder, resize=True)
        doors = {
            "read_dataset": (dataset.ids, predictor.predict_proba(dataset.images)),
            "evaluate": (dataset.ids, fer.evaluate(predictor, dataset).probabilities),
        }
        for door, (ids, probabilities) in doors.items():
            assert sorted(ids) == sorted(expected), door
            for name, row in zip(ids, probabilities, strict=True):
                np.testing.assert_allclose(row, expected[name], atol=1e-6, err_msg=f"{door}, {name}")


@pytest.mark.slow
class TestKinds:
    def test_two_networks_in_a_runs_folder_are_not_used_as_one(self, tmp_path):
        shutil.copy(COMPACT_MODEL, tmp_path / "model.onnx")
        whole = COMPACT_MODEL.with_suffix(".keras").read_bytes()
        (tmp_path / "model.keras").write_bytes(whole)
        assert network_files.find_network(tmp_path).name == "model.onnx"
        for accuracy in ("0.5", None):  # of another network, and of one that Keras itself has saved
            with (
                zipfile.ZipFile(COMPACT_MODEL.with_suffix(".keras")) as old,
                zipfile.ZipFile(tmp_path / "model.keras", "w") as new,
            ):
                for name in old.namelist():
                    content = old.read(name)
                    if name == "about.json" and accuracy:
                        content = content.replace(b"0.6851", accuracy.encode())
                    if name != "about.json" or accuracy:
                        new.writestr(name, content)
            with pytest.raises(FerCourseError, match=r"model\.keras and model\.onnx are two networks"):
                Predictor.load(tmp_path)
        assert Predictor.load(tmp_path / "model.onnx").size == (48, 48)

    def test_a_runs_folder_is_its_onnx_file_and_else_its_keras_file(self, run, tmp_path):
        model, folder = run
        expected = fer.predict(model, fer.clahe(FACES))
        assert Predictor.load(folder).path.name == "model.onnx"
        (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes())
        for path in (folder, tmp_path, str(tmp_path / "model.keras")):
            np.testing.assert_allclose(Predictor.load(path).predict_proba(FACES), expected, atol=1e-5)

    @pytest.mark.parametrize("evened", [True, False, None])
    def test_settings_say_what_the_file_does_not(self, run, tmp_path, evened):
        model = run[0]
        fer.save_model(model, tmp_path / "model.keras")
        if evened is not None:
            (tmp_path / "settings.json").write_text(json.dumps({"clahe": evened}))
        assert Predictor.load(tmp_path).about.clahe is evened
        expected = fer.predict(model, fer.clahe(FACES) if evened else FACES)
        np.testing.assert_allclose(Predictor.load(tmp_path).predict_proba(FACES), expected, atol=1e-5)
        fer.save_model(model, tmp_path / "model.keras", About(clahe=False))
        assert Predictor.load(tmp_path).about.clahe is False

    @pytest.mark.parametrize("text", ['{"clahe": tr', "[]"])
    def test_settings_that_are_cut_short_or_foreign_are_named(self, run, tmp_path, text):
        fer.save_model(run[0], tmp_path / "model.keras")
        (tmp_path / "settings.json").write_text(text)
        with pytest.raises(FerCourseError, match=r"settings\.json: (cut short|holds a list)"):
            Predictor.load(tmp_path)

    def test_an_ensemble(self, run, tmp_path):
        networks = {name: random_network(seed) for seed, name in enumerate(("a", "b"))}
        for name, network in networks.items():
            fer.save_model(network, tmp_path / "members" / name / "model.keras", ABOUT)
        members = {name: fer.predict(network, fer.clahe(FACES)) for name, network in networks.items()}
        vote = fer.combine(members)
        (tmp_path / "weights.json").write_text(json.dumps(vote.to_dict()))
        predictor = Predictor.load(tmp_path)
        np.testing.assert_allclose(predictor.predict_proba(FACES), vote.apply(members), atol=1e-5)
        assert predictor.about.network == "ensemble of 2 networks by vote"
        assert predictor.about.images == 1200 and predictor.about.val_accuracy is None
        sides = [fer.embed(fer.clahe(FACES), by=network) for network in networks.values()]
        np.testing.assert_allclose(predictor.features(FACES), np.hstack(sides), rtol=1e-3, atol=1e-4)
        fer.save_model(random_network(0, in_chans=3), tmp_path / "members" / "b" / "model.keras")
        with pytest.raises(FerCourseError, match="its members take different images"):
            Predictor.load(tmp_path)

    def test_the_shipped_network_has_a_name(self, tmp_path, monkeypatch):
        assert Predictor.load("compact").path == Predictor.load().path == COMPACT_MODEL
        for name in ("huge", "huge.onnx", "models/compact", tmp_path / "none.keras"):
            with pytest.raises(FileNotFoundError, match=r"no such file; .* are called: compact"):
                Predictor.load(name)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "compact").write_text("a file of one's own")
        with pytest.raises(FerCourseError, match="compact: not a readable ONNX network"):
            Predictor.load("compact")

    def test_both_files_of_the_shipped_network_are_one_network(self):
        model = fer.load_model(COMPACT_MODEL.with_suffix(".keras"))
        faces = fer.sample_faces().images[:50]
        by_onnx, by_keras = Predictor.load(), Predictor.load(COMPACT_MODEL.with_suffix(".keras"))
        np.testing.assert_allclose(by_onnx.predict_proba(faces), fer.predict(model, faces), atol=2e-3)
        np.testing.assert_allclose(by_onnx.features(faces), by_keras.features(faces), atol=2e-2)
        assert by_onnx.about == by_keras.about and by_onnx.about.images == 28709
        assert [weights.shape for weights in model.weights] == [
            weights.shape for weights in fer.CompactCNN().weights
        ]

    def test_files_that_are_no_networks_are_named(self, tmp_path):
        with pytest.raises(FerCourseError, match=r"a folder without a network; expected model\.onnx"):
            Predictor.load(tmp_path)
        for name, words in (
            ("text.onnx", "not a readable ONNX network"),
            ("text.keras", "not a Keras model"),
            ("TEXT.KERAS", r"ends in \.keras, in small letters"),
        ):
            (tmp_path / name).write_text("no network")
            with pytest.raises(FerCourseError, match=words):
                Predictor.load(tmp_path / name)

    @pytest.mark.parametrize(
        ("name", "start", "words"),
        [
            ("x.h5", b"\x89HDF\r\n", r"HDF5.*keras\.models\.load_model\(.*fer\.save_model"),
            ("X.WEIGHTS.H5", b"\x89HDF\r\n", r"weights alone.*load_weights\(.*fer\.save_model"),
            ("x.keras", b"\x89HDF\r\n", "a zip, and this is an HDF5 file"),
            ("x.pt", b"PK\x03\x04", r"a PyTorch file.*fer\.save_model"),
            ("x.PTH", b"\x80\x02", r"a PyTorch file.*fer\.save_model"),
            ("x.tflite", b"cut", r"TensorFlow Lite.*fer\.save_model"),
            ("x.pb", b"\x08\x01", r"a graph of TensorFlow.*fer\.save_model"),
            ("x.safetensors", b"\2\0\0\0\0\0\0\0{}", r"weights without a network.*fer\.save_model"),
            ("x.pth", b"torch", r"a PyTorch file.*fer\.save_model"),
            ("x.tflite", b"\x1c\0\0\0TFL3", r"TensorFlow Lite.*fer\.save_model"),
            ("x.zip", b"PK\x03\x04", r"a zip archive; expected an \.onnx or \.keras file"),
        ],
    )
    def test_networks_of_other_kinds_are_named_with_the_way_to_a_keras_file(
        self, tmp_path, name, start, words
    ):
        (tmp_path / name).write_bytes(start)
        with pytest.raises(FerCourseError, match=words):
            Predictor.load(tmp_path / name)


@pytest.mark.slow
class TestAbout:
    def test_files_carry_it(self, run):
        folder = run[1]
        for name in ("model.onnx", "model.keras"):
            predictor = Predictor.load(folder / name)
            assert predictor.about == ABOUT
            assert repr(predictor) == (
                f"Predictor of {name}, 48 x 48 pixels, gray\n"
                "  EmotionCNN, recipe course, 3 epochs, trained on 1,200 images of noise, a test\n"
                "  val accuracy 50.0 % (95 % interval 25.0 to 75.0), contrast evened out first (CLAHE), "
                "fer-course 1.0.0"
            )
        assert fer.load_model(folder / "model.keras").count_params() == run[0].count_params()

    def test_what_nobody_said_is_not_known(self, network, tmp_path):
        fer.save_model(network[0], tmp_path / "model.keras")
        with (
            zipfile.ZipFile(tmp_path / "model.keras") as archive,
            zipfile.ZipFile(tmp_path / "older.keras", "w") as older,
        ):
            for name in set(archive.namelist()) - {"about.json"}:
                older.writestr(name, archive.read(name))
        with pytest.warns(
            UserWarning, match=r"older\.keras: nobody says in which order.* angry, .* 0\.\.255, .*save_model"
        ):
            older = Predictor.load(tmp_path / "older.keras")
        assert "what it was trained on is not known, order of emotions assumed" in repr(older)
        assert Predictor.load(tmp_path / "model.keras").about == About("EmotionCNN")

    def test_of_a_runs_folder_the_order_is_known(self, tmp_path):
        fer.EmotionCNN(width_mult=0.25).save(tmp_path / "model.keras")
        (tmp_path / "settings.json").write_text('{"fer_course": "1.0.0", "recipe": {}}')
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            assert Predictor.load(tmp_path).about == About()
        (tmp_path / "settings.json").write_text('{"editor.fontSize": 12}')
        with pytest.warns(UserWarning, match="nobody says in which order"):
            Predictor.load(tmp_path)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "a line", "[1, 2]", '"text"', "{", "[" * 50_000),
            '{"images": "many", "val_interval": [1], "clahe": 3}',
            '{"images": -1, "val_accuracy": 68.5, "val_interval": [NaN, 2.0]}',
        ],
    )
    def test_what_makes_no_sense_is_not_known(self, text):
        about = About.from_metadata({"about": text, "clahe": "perhaps"})
        assert dataclasses.replace(about, note="") == About()
        assert str(about)

    def test_metadata_that_are_no_text_are_refused(self, tmp_path):
        content = COMPACT_MODEL.read_bytes()
        (tmp_path / "damaged.onnx").write_bytes(content.replace(b"FER2013", b"\xff\xff\xff2013"))
        with pytest.raises(FerCourseError, match=r"damaged\.onnx: not a readable ONNX network"):
            Predictor.load(tmp_path / "damaged.onnx")

    def test_a_file_of_an_earlier_version_says_how_to_get_features(self, network, tmp_path):
        older = onnx.load(network[1])
        del older.graph.output[1]
        helper.set_model_props(older, {"emotions": json.dumps(fer.EMOTIONS), "about": "by hand"})
        onnx.save(older, tmp_path / "older.onnx")
        predictor = Predictor.load(tmp_path / "older.onnx")
        assert predictor.about == About(note="by hand")
        assert predictor.predict_proba(FACES).shape == (5, 7)
        with pytest.raises(FerCourseError, match=r"export the network anew with fer\.export_onnx"):
            predictor.features(FACES)


@pytest.mark.slow
class TestFeatures:
    @pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
    def test_they_are_what_the_last_layer_gets(self, network, tmp_path, precision):
        model, _ = network
        export_onnx(model, tmp_path / "model.onnx", precision)
        predictor = Predictor.load(tmp_path / "model.onnx")
        found, expected = predictor.features(FACES), fer.embed(FACES, by=model)
        assert found.dtype == np.float32 and found.shape == (5, 32)
        near = {"fp32": 1e-4, "fp16": 1e-2, "int8": 0.3}[precision] * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, atol=near)
        np.testing.assert_array_equal(fer.embed(FACES, by=predictor), found)
        kernel, offsets = model.layers[-1].get_weights()
        logits = np.exp(found @ kernel + offsets)
        chances = logits / logits.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(chances, predictor.predict_proba(FACES), atol=near)

    def test_an_activation_of_its_own_is_no_last_layer(self, tmp_path):
        images = keras.Input((48, 48, 1))
        flat = keras.layers.Dense(5)(keras.layers.Flatten()(images))
        chances = keras.layers.Activation("softmax")(keras.layers.Dense(7)(flat))
        export_onnx(keras.Model(images, chances), tmp_path / "model.onnx")
        assert Predictor.load(tmp_path / "model.onnx").features(FACES).shape == (5, 5)


def graph(path, *nodes, batch="n", order=fer.EMOTIONS, out="y"):
    """An ONNX file of a few nodes, from x to y."""
    constants = {
        "shares": np.full((48 * 48, 7), 1e-3, np.float32),
        "seventh": np.full((1, 7), 1 / 7, np.float32),
        "nothing": np.float32(0),
        "true": np.array(True),
        "wide": np.array([1, 48, 48, 200_000]),
        "large": np.array([20_000, 20_000]),
    }
    made = helper.make_graph(
        [helper.make_node(kind, given, [name], **more) for kind, given, name, more in nodes],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 48, 48, 1])],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    network = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    if order is not None:
        helper.set_model_props(network, {"emotions": json.dumps(order)})
    onnx.save(network, path)
    return path


LOGITS = [("Flatten", ["x"], "flat", {}), ("MatMul", ["flat", "shares"], "logits", {})]
RIGHT = [*LOGITS, ("Softmax", ["logits"], "y", {})]


class TestAdapted:
    def test_another_last_layer_answers_on_the_same_features(self):
        network, labels = Predictor.load(), np.array([0, 3, 3, 6, 0])
        layer = LogisticRegression(max_iter=1000).fit(network.features(FACES), labels)
        adapted = network.adapted(layer)
        found = adapted.predict_proba(FACES)
        np.testing.assert_allclose(
            found[:, [0, 3, 6]], layer.predict_proba(network.features(FACES)), atol=1e-6
        )
        assert not found[:, [1, 2, 4, 5]].any() and found.dtype == np.float32
        assert "adapted to one face" in str(adapted.about) and "val accuracy" not in str(adapted.about)
        assert "adapted" not in str(network.about)
        assert len(adapted.predict(FACES)) == len(fer.EmotionRecognizer(adapted, None).recognize_all(FACES))

    @pytest.mark.parametrize(
        "classifier",
        [
            LogisticRegression(),
            LogisticRegression().fit(np.eye(3), [0, 1, 2]),
            LogisticRegression().fit(np.eye(128), ["happy", "sad"] * 64),
            LogisticRegression().fit(np.eye(128), [6, 7] * 64),
            "a name",
        ],
        ids=["not fitted", "to other features", "to names", "to an eighth label", "no classifier"],
    )
    def test_what_cannot_be_the_last_layer(self, classifier):
        with pytest.raises(FerCourseError, match="cannot be the last layer"):
            Predictor.load().adapted(classifier)


class TestTrial:
    def test_a_right_one_passes(self, tmp_path):
        predictor = Predictor.load(graph(tmp_path / "right.onnx", *RIGHT))
        assert predictor.predict_proba(FACES).shape == (5, 7)

    @pytest.mark.parametrize(
        ("nodes", "more", "words"),
        [
            ([*LOGITS, ("Identity", ["logits"], "y", {})], {}, "end the network with a softmax"),
            ([*RIGHT[:2], ("Div", ["logits", "nothing"], "y", {})], {}, "no numbers"),
            ([("Identity", ["seventh"], "y", {})], {}, r"shape \(1, 7\) to 2 faces; expected \(2, 7\)"),
            ([*LOGITS[:1], ("Identity", ["flat"], "y", {})], {}, r"shape \(1, 2304\) to 1 faces"),
            (
                [*LOGITS, ("RandomNormalLike", ["logits"], "noise", {}), ("Softmax", ["noise"], "y", {})],
                {},
                "another answer to a face beside a second one",
            ),
            (RIGHT, {"batch": 1}, "takes exactly 1 images at a time"),
            (RIGHT, {"order": fer.EMOTIONS[::-1]}, "in another order .*neutral"),
            (RIGHT, {"order": ["cat", "dog"]}, "other emotions.*cat"),
            (RIGHT, {"order": None}, "do not name the emotions"),
        ],
    )
    def test_what_gives_no_probabilities_is_refused(self, tmp_path, nodes, more, words):
        with pytest.raises(FerCourseError, match=words):
            Predictor.load(graph(tmp_path / "wrong.onnx", *nodes, **more))

    def test_one_that_never_ends_is_ended(self, tmp_path, monkeypatch):
        number = helper.make_tensor_value_info("number", TensorProto.INT64, [])
        flags = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("on", "still")]
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("a", "b")]
        body = helper.make_graph(
            [helper.make_node("Identity", ["on"], ["still"]), helper.make_node("Identity", ["a"], ["b"])],
            "body",
            [number, flags[0], values[0]],
            [flags[1], values[1]],
        )
        endless = [*LOGITS, ("Loop", ["", "true", "logits"], "y", {"body": body})]
        monkeypatch.setattr(network_files, "TRIAL_SECONDS", 1.0)
        with pytest.raises(FerCourseError, match="no answer within 1 seconds"):
            Predictor.load(graph(tmp_path / "endless.onnx", *endless))
        assert not [thread for thread in threading.enumerate() if thread.name == network_files.TRIAL]

    @pytest.mark.parametrize(
        "nodes",
        [
            [
                ("Expand", ["x", "wide"], "many", {}),
                ("ReduceMean", ["many"], "one", {"axes": [3], "keepdims": 1}),
                ("Mul", ["x", "one"], "again", {}),
            ],
            [
                ("ConstantOfShape", ["large"], "many", {}),
                ("ReduceMean", ["many"], "one", {"keepdims": 0}),
                ("Mul", ["x", "one"], "again", {}),
            ],
        ],
        ids=["of every face", "of constants, computed beforehand"],
    )
    def test_one_that_asks_for_a_gigabyte_is_refused(self, tmp_path, nodes):
        rest = [("Flatten", ["again"], "flat", {}), *RIGHT[1:]]
        path = graph(tmp_path / "large.onnx", *nodes, *rest)
        assert path.stat().st_size < 100_000
        with pytest.raises(FerCourseError, match=r"large.onnx: needs more than 900 MB to answer"):
            Predictor.load(path)

    def test_what_a_trial_took_does_not_count_for_later_ones_nor_for_use(self, tmp_path):
        for number in range(3):
            predictor = Predictor.load(graph(tmp_path / f"{number}.onnx", *RIGHT))
        many = np.repeat(FACES, 2000, axis=0)
        assert predictor.predict_proba(many, batch_size=len(many)).shape == (10_000, 7)

    def test_keras_files_are_tried_too(self, tmp_path, monkeypatch):
        images = keras.Input((48, 48, 1))
        logits = keras.Model(images, keras.layers.Dense(7)(keras.layers.Flatten()(images)))
        fer.save_model(logits, tmp_path / "logits.keras")
        with pytest.raises(FerCourseError, match="end the network with a softmax"):
            Predictor.load(tmp_path / "logits.keras")
        with pytest.raises(FerCourseError, match="logits need a softmax"):
            export_onnx(logits, tmp_path / "logits.onnx")
        reversed_order = json.dumps({"emotions": json.dumps(fer.EMOTIONS[::-1])})
        with (
            zipfile.ZipFile(tmp_path / "logits.keras") as archive,
            zipfile.ZipFile(tmp_path / "order.keras", "w") as other,
        ):
            for name in archive.namelist():
                other.writestr(name, reversed_order if name == "about.json" else archive.read(name))
        with pytest.raises(FerCourseError, match="in another order"):
            Predictor.load(tmp_path / "order.keras")
        monkeypatch.setattr(network_files, "TRIAL_SECONDS", 0.0)
        with pytest.raises(FerCourseError, match="no answer within 0 seconds"):
            Predictor.load(COMPACT_MODEL.with_suffix(".keras"))

    def test_a_network_on_tables_is_named(self, tmp_path):
        table = keras.Sequential([keras.Input((4,)), keras.layers.Dense(7)])
        table(np.zeros((1, 4)))
        table.export(tmp_path / "table.onnx", format="onnx", verbose=False)
        with pytest.raises(FerCourseError, match="expected a network from images"):
            Predictor.load(tmp_path / "table.onnx")


@pytest.mark.slow
class TestScoring:
    """Keras models and predictors are scored alike."""

    @pytest.mark.parametrize("tta", [None, "flip", "ten-crop"])
    def test_contrast_is_evened_out_once(self, run, tta):
        model, folder = run
        faces = fer.FaceDataset(FACES, np.arange(5), "val")
        evened = dataclasses.replace(faces, images=fer.clahe(FACES))
        expected = fer.evaluate(model, evened, tta).probabilities
        found = fer.evaluate(Predictor.load(folder), faces, tta).probabilities
        np.testing.assert_allclose(found, expected, atol=1e-5)

    def test_tta_of_either_is_the_same(self, network):
        model, path = network
        for tta in ("shifts", "ten-crop", {None: 1, "flip": 2}):
            expected = fer.predict(model, FACES, tta)
            np.testing.assert_allclose(fer.predict(Predictor.load(path), FACES, tta), expected, atol=1e-5)

    def test_robustness_of_either_is_the_same(self, network):
        model, path = network
        faces = fer.FaceDataset(FACES, np.arange(5), "val")
        tables = [fer.robustness(one, faces, ["darker"], [3]) for one in (model, Predictor.load(path))]
        assert tables[0].equals(tables[1])


def test_a_sequential_network_is_exported_once_it_knows_what_it_takes(tmp_path):
    layers = [
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(7, activation="softmax"),
    ]
    model = keras.Sequential([keras.Input((48, 48, 1)), *layers])
    assert export_onnx(model, tmp_path / "model.onnx") < 1e-5
    predictor = Predictor.load(tmp_path / "model.onnx")
    np.testing.assert_allclose(predictor.predict_proba(FACES), fer.predict(model, FACES), atol=1e-5)
    with pytest.raises(FerCourseError, match=r"begin it with keras\.Input"):
        export_onnx(keras.Sequential(layers[1:2]), tmp_path / "other.onnx")


@pytest.mark.slow
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


def test_an_export_that_differs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(onnx_export.TOLERANCE, "fp32", -1.0)
    with pytest.raises(FerCourseError, match="nothing is written"):
        export_onnx(fer.EmotionCNN(width_mult=0.25), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
    with pytest.raises(FerCourseError, match=r"ends in \.onnx"):
        export_onnx(fer.EmotionCNN(width_mult=0.25), tmp_path / "model.txt")


def test_a_file_that_is_too_large_is_not_opened(tmp_path):
    for name in ("large.onnx", "large.keras"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(10**10)  # which takes no room on the disk
        with pytest.raises(FerCourseError, match="10,000 MB, more than the 537 MB that are read"):
            Predictor.load(tmp_path / name)


def test_weights_that_would_fill_the_memory_are_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(150_000_000))
    with pytest.raises(FerCourseError, match="more than 100 times as much; refused"):
        Predictor.load(tmp_path / "bomb.keras")


def test_the_detector_is_not_listed_among_the_networks():
    with pytest.raises(FileNotFoundError, match=r"are called: (?!.*face_detection)"):
        Predictor.load("nowhere")
