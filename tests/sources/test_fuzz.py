"""Files with anything wrong in them: the right value or a sentence, and never anything else."""

import contextlib
import gzip
import io
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError
from fer_course.images import MAX_PIXELS, decode_picture
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.inference.predictor import Predictor
from fer_course.sources.reading import read_dataset

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 48, 48), dtype=np.uint8)
PIXELS = [" ".join(map(str, image.ravel())) for image in IMAGES]
MANY = settings(max_examples=60, deadline=10_000, suppress_health_check=[HealthCheck.too_slow])


def saved(kind, image=IMAGES[0], **options):
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def table(comma=",", end="\n", labels=("3", "happy", "3.0"), usages=("Training", "val", "PrivateTest")):
    rows = [comma.join(row) for row in zip(labels, PIXELS, usages, strict=True)]
    return end.join([comma.join(("emotion", "pixels", "Usage")), *rows, ""]).encode()


def packed(files, kind=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def arrays(**content):
    stream = io.BytesIO()
    np.savez_compressed(stream, **content)
    return stream.getvalue()


@pytest.fixture(autouse=True, scope="module")
def within_a_gigabyte():
    """Nothing that is refused, or read, here may take more memory than the process had."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1e6 * (
        1000 if sys.platform == "darwin" else 1
    )


PICTURES = [saved(kind) for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")]
TREE = {f"train/{name}/{n}.png": PICTURES[0] for n, name in enumerate(("happy", "sad"))}
DATASETS = [
    *(table(), table(";"), table("\t", "\r\n"), table(end="\r"), gzip.compress(table())),
    *(
        packed({"fer2013.csv": table()}),
        packed(TREE),
        packed(TREE, zipfile.ZIP_BZIP2),
        packed(TREE, zipfile.ZIP_LZMA),
    ),
    *(arrays(images=IMAGES, labels=[0, 1, 2]), arrays(x=IMAGES.astype(float), y=np.eye(7)[:3])),
]


@st.composite
def damaged(draw, wholes):
    """One of some files, with bytes changed, cut out, doubled, or put in from another."""
    content = bytearray(draw(st.sampled_from(wholes)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        length = draw(st.sampled_from([1, 2, 8, 100, 5000]))
        change = draw(st.sampled_from(["change", "cut", "double", "insert", "end"]))
        if change == "change":
            content[place : place + length] = draw(st.binary(min_size=length, max_size=length))
        elif change == "cut":
            del content[place : place + length]
        elif change == "double":
            content[place:place] = content[place : place + length]
        elif change == "insert":
            content[place:place] = draw(st.sampled_from(wholes))[:length]
        else:
            del content[place:]
    return bytes(content)


@contextlib.contextmanager
def a_file(content, name):
    """Write a file into an empty folder, and see that nothing else is in it afterwards."""
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "inside"
        folder.mkdir()
        (folder / name).write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield folder / name
        assert [path.name for path in folder.iterdir()] == [name]
        assert [path.name for path in Path(above).iterdir()] == ["inside"]


@MANY
@given(content=damaged(DATASETS), name=st.sampled_from(["fer2013.csv", "faces.zip", "faces.npz", "faces"]))
def test_a_dataset_is_faces_or_a_sentence(content, name):
    with a_file(content, name) as path:
        try:
            faces = read_dataset(path)
        except (FerCourseError, FileNotFoundError) as error:
            assert str(path) in str(error)
            assert len(str(error)) < 2000
            return
    assert isinstance(faces, FaceDataset)
    assert faces.images.shape[1:] == (48, 48)
    known = {image.tobytes() for image in IMAGES}
    if content in DATASETS and b"JFIF" not in content:
        assert {image.tobytes() for image in faces.images} <= known


CELLS = st.one_of(
    st.sampled_from(
        ["3", "7", "-1", "3.0", "nan", "happy", "Contempt", "", "Training", "val", '"', "=1", "\0"]
    ),
    st.text(max_size=5),
)


@MANY
@given(
    header=st.permutations(["emotion", "pixels", "Usage"]).map(list)
    | st.lists(CELLS, min_size=1, max_size=4),
    rows=st.lists(
        st.lists(CELLS | st.sampled_from([*PIXELS, PIXELS[0][:-2], "[1, 2]"]), min_size=1, max_size=4),
        max_size=4,
    ),
    comma=st.sampled_from(",;\t| "),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
)
def test_a_table_of_any_cells_is_faces_or_a_sentence(header, rows, comma, encoding):
    text = "\n".join(comma.join(row) for row in [header, *rows])
    with a_file(text.encode(encoding, "replace"), "faces.csv") as path:
        try:
            faces = read_dataset(path)
        except FerCourseError as error:
            assert str(path) in str(error)
            return
    assert {image.tobytes() for image in faces.images} <= {image.tobytes() for image in IMAGES}
    assert len(faces) == len([row for row in rows if "".join(row).strip()])


SHAPES = [
    (),
    (2,),
    (2, 7),
    (2, 2304),
    (2, 48, 48),
    (2, 48, 48, 1),
    (2, 48, 48, 3),
    (0, 48, 48),
    (48, 48),
    (1, 1),
]
TYPES = ["u1", "i1", "i8", ">i4", "u8", "f2", "f8", "U3", "S2", "?", "c8", "M8[s]", [("a", "i4")]]


@st.composite
def any_array(draw):
    """An array of some shape and type, filled with one value."""
    value = draw(st.sampled_from([0, 1, 3, 7, 255, -1]))
    made = np.full(draw(st.sampled_from(SHAPES)), value, np.int64).astype(draw(st.sampled_from(TYPES)))
    if made.dtype.kind == "f":
        made = made * draw(st.sampled_from([1, 0.5, np.nan, np.inf]))
    return made


@MANY
@given(
    st.dictionaries(
        st.sampled_from(
            ["images", "labels", "x", "y", "split", "ids", "x_train", "y_train", "x_test", "Label"]
        ),
        any_array(),
        max_size=4,
    )
)
@example(content={"images": IMAGES, "labels": np.array("0")})
@example(content={"x_train": IMAGES, "y_train": np.array(0)})
def test_arrays_of_any_kind_are_faces_or_a_sentence(content):
    with a_file(arrays(**content), "faces.npz") as path:
        try:
            faces = read_dataset(path)
        except FerCourseError as error:
            assert str(path) in str(error)
            return
    assert faces.images.shape == (len(faces), 48, 48)
    assert set(faces.labels) <= set(range(-1, 7))


@MANY
@given(content=damaged(PICTURES))
def test_a_picture_is_pixels_or_a_sentence(content):
    try:
        picture = decode_picture(content, "photo")
    except FerCourseError as error:
        assert str(error).startswith("photo: ")
        return
    assert picture.dtype == np.uint8
    assert picture.ndim in (2, 3)
    assert picture.size <= 3 * MAX_PIXELS


@MANY
@given(
    tree=st.dictionaries(
        st.tuples(
            st.sampled_from(["train", "Test Data", "dev", "", "mine", "FER2013Train"]),
            st.sampled_from(["happy", "0_angry", "suprise", "3", "Contempt", ""]),
            st.sampled_from(["a.png", "b.JPG", "c.heic", "d", "e.txt", "fer0000001.png", "label.csv"]),
        ),
        damaged([*PICTURES, b'fer0000001.png,"(0, 0, 48, 48)",4,0,0,0,1,0,0,4,1,0\n']),
        min_size=1,
        max_size=5,
    ),
    links=st.dictionaries(
        st.sampled_from(["faces/test", "faces/train/sad", "faces/happy"]),
        st.sampled_from(["faces", "faces/train", "faces/nowhere", "."]),
    ),
)
def test_a_tree_is_faces_or_a_sentence(tree, links):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for parts, content in tree.items():
            path = Path(folder, "faces", *parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for link, target in links.items():
            if not Path(folder, link).exists() and Path(folder, link).parent.is_dir():
                Path(folder, link).symlink_to(Path(folder, target))
        before = sorted(Path(folder).rglob("*"))
        try:
            assert len(read_dataset(Path(folder) / "faces"))
        except FerCourseError as error:
            assert "faces" in str(error)
        assert sorted(Path(folder).rglob("*")) == before


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".onnx", ".keras"])
@settings(max_examples=25, deadline=60_000, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_network_answers_or_is_refused(ending, data):
    content = data.draw(damaged([COMPACT_MODEL.with_suffix(ending).read_bytes()]))
    with a_file(content, f"network{ending}") as path:
        try:
            network = Predictor.load(path)
        except FerCourseError as error:
            assert str(path) in str(error)
            return
        said = network.predict_proba(IMAGES)
    assert said.shape == (3, 7)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-3)
