import numpy as np
import pytest
from PIL import Image

from fer_course.errors import FerCourseError
from fer_course.inference.inputs import pictures_of

PHOTOGRAPH = np.random.default_rng(0).integers(0, 256, (60, 50, 3), dtype=np.uint8)


def test_an_image_of_pillow_is_a_picture():
    (picture,) = pictures_of(Image.fromarray(PHOTOGRAPH))
    np.testing.assert_array_equal(picture.pixels, PHOTOGRAPH)
    assert [one.image for one in pictures_of([Image.fromarray(PHOTOGRAPH), PHOTOGRAPH])] == [0, 1]


def test_a_dataset_is_its_faces(faces):
    pictures = list(pictures_of(faces))
    assert [picture.image for picture in pictures] == faces.ids.tolist()
    assert pictures[3].label == "happy"
    np.testing.assert_array_equal(pictures[3].pixels, faces.images[3])


def test_a_pattern_is_the_files_that_it_means(tmp_path):
    for name in ("b.png", "a.png", "c.jpg"):
        Image.fromarray(PHOTOGRAPH).save(tmp_path / name)
    names = [str(picture.image) for picture in pictures_of(f"{tmp_path}/*.png")]
    assert names == [f"{tmp_path}/a.png", f"{tmp_path}/b.png"]
    with pytest.raises(FileNotFoundError, match="no file has such a name"):
        next(pictures_of(f"{tmp_path}/*.gif"))


def test_a_pattern_through_all_folders_takes_each_picture_once(tmp_path):
    for name in ("a.png", "below/b.png", "below/deep/c.png", ".hidden.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(PHOTOGRAPH).save(tmp_path / name)
    for number in range(12):
        (tmp_path / "below" / f"circle{number}").symlink_to(tmp_path)
    names = [str(picture.image) for picture in pictures_of(f"{tmp_path}/**/*")]
    assert names == [str(tmp_path / name) for name in ("a.png", "below/b.png", "below/deep/c.png")]
    circle = tmp_path / "below" / "circle0"
    assert len(list(pictures_of(circle))) == 3


def test_a_name_with_brackets_is_a_name(tmp_path):
    Image.fromarray(PHOTOGRAPH).save(tmp_path / "photo[1].png")
    assert len(list(pictures_of(tmp_path / "photo[1].png"))) == 1


@pytest.mark.parametrize("source", [None, [None]])
def test_what_imread_gives_for_nothing_is_explained(source):
    with pytest.raises(FerCourseError, match=r"None is no picture: cv2\.imread"):
        list(pictures_of(source))


def test_a_dict_is_not_read_as_the_paths_that_its_keys_may_be():
    with pytest.raises(FerCourseError, match=r"give list\(it\.values\(\)\)"):
        list(pictures_of({"photo.png": PHOTOGRAPH}))


def test_an_address_is_not_opened():
    with pytest.raises(FerCourseError, match="an address; download it"):
        next(pictures_of("https://example.org/face.jpg"))


def test_anything_else_is_refused():
    with pytest.raises(FerCourseError, match="5 is no picture: give a path"):
        list(pictures_of(5))


def test_an_array_that_may_be_one_picture_with_its_channels_first_is_said():
    with pytest.warns(UserWarning, match=r"shape \(3, 60, 80\) is read as three gray pictures.*transpose"):
        assert len(list(pictures_of(np.zeros((3, 60, 80), np.uint8)))) == 3


class Tensor:
    """An array as other libraries have them, which goes through its rows."""

    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __iter__(self):
        return map(Tensor, self.values)


@pytest.mark.parametrize(
    ("values", "count"),
    [(PHOTOGRAPH, 1), (PHOTOGRAPH[..., 0], 1), (PHOTOGRAPH[np.newaxis], 1), (np.stack([PHOTOGRAPH] * 2), 2)],
)
def test_an_array_of_another_library_is_what_numpys_would_be(values, count):
    pictures = list(pictures_of(Tensor(values)))
    assert len(pictures) == count
    assert pictures[0].pixels.shape[:2] == PHOTOGRAPH.shape[:2]


def test_an_array_of_paths_is_several_paths(tmp_path):
    Image.fromarray(PHOTOGRAPH).save(tmp_path / "a.png")
    assert len(list(pictures_of(np.array([str(tmp_path / "a.png")] * 2)))) == 2


def test_a_file_opened_as_text_is_named(tmp_path):
    (tmp_path / "a.png").write_text("x")
    with (
        (tmp_path / "a.png").open() as file,
        pytest.raises(FerCourseError, match='opened as text; open it as "rb"'),
    ):
        list(pictures_of(file))
