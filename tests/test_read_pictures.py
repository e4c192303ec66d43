"""Pictures of any format, depth and orientation, and those that are none."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFile
from skimage.data import astronaut

from fer_course import images
from fer_course.errors import FerCourseError
from fer_course.faces.detectors import FaceDetector
from fer_course.images import as_picture, decode_picture, read_picture

PHOTOGRAPH = astronaut()[:240, :320]


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def decoded(content):
    return decode_picture(io.BytesIO(content), "photo")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG", "GIF"])
def test_every_usual_format_is_read_and_a_cut_one_is_named(kind):
    content = encoded(Image.fromarray(PHOTOGRAPH), kind)
    assert np.abs(decoded(content).astype(int) - PHOTOGRAPH).mean() < 12
    with pytest.raises(FerCourseError, match=r"photo: (a damaged image|not an image|cut short)"):
        decoded(content[: len(content) // 2])


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_jpeg_without_its_middle_is_no_picture_with_a_gray_rest(mode, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = Image.fromarray(PHOTOGRAPH).convert(mode)
    content = encoded(picture, "JPEG", exif=exif)
    for share in (0.95, 0.9, 0.6):
        middle = len(content) // 2
        with pytest.raises(FerCourseError, match=r"photo: (cut short|a damaged image)"):
            decoded(content[:middle] + content[int(len(content) * (1.5 - share)) :] + b"more behind")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 2, "restart_marker_rows": 1}])
def test_a_jpeg_that_ends_in_gray_is_whole(options):
    padded = np.pad(PHOTOGRAPH, ((0, 60), (0, 60), (0, 0)), constant_values=128)
    found = decoded(encoded(Image.fromarray(padded), "JPEG", **options) + b"\xff\xd9")
    assert found.shape == padded.shape
    assert (found[-40:] == 128).all()


@pytest.mark.parametrize("ending", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [3, 4])
def test_colours_of_a_camera_with_12_bits_in_16_are_not_read_too_dark(ending, channels):
    deep = np.concatenate([PHOTOGRAPH, PHOTOGRAPH], axis=2)[..., :channels].astype(np.uint16)
    assert decoded(cv2.imencode(ending, deep * 257)[1].tobytes()).mean() == pytest.approx(
        PHOTOGRAPH.mean(), abs=9
    )
    with pytest.raises(FerCourseError, match="16 bits fills 14 at most, as of a camera; save it with 8"):
        decoded(cv2.imencode(ending, deep * 16)[1].tobytes())


def test_the_size_of_a_png_is_looked_at_before_it_is_decoded(monkeypatch):
    content = encoded(Image.fromarray(PHOTOGRAPH), "PNG")
    monkeypatch.setattr(images, "MAX_PIXELS", 1000)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(FerCourseError, match="76800 pixels, more than"):
        decoded(content)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel_is_made_gray_or_rgb(mode):
    luma = cv2.cvtColor(PHOTOGRAPH, cv2.COLOR_RGB2GRAY)
    image = (
        Image.fromarray(luma.astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(PHOTOGRAPH).convert(mode)
    )
    found = decoded(encoded(image, "TIFF" if mode == "CMYK" else "PNG"))
    assert found.dtype == np.uint8
    gray = found if found.ndim == 2 else cv2.cvtColor(found, cv2.COLOR_RGB2GRAY)
    blurred = [cv2.blur(picture, (9, 9)).astype(int) for picture in (gray, luma)]
    assert np.abs(blurred[0] - blurred[1]).mean() < 8  # black and white pixels are right on the average


def test_colour_of_16_bits_is_colour_of_8():
    content = cv2.imencode(".png", PHOTOGRAPH[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    np.testing.assert_array_equal(decoded(content), PHOTOGRAPH)


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (8, np.rot90), (2, lambda a: a[:, ::-1])],
)
def test_it_is_turned_as_exif_says(orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.fromarray(PHOTOGRAPH), "PNG", exif=exif)
    np.testing.assert_array_equal(decoded(content), turn(PHOTOGRAPH))


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("RGB", (64, 64), (shade, shade, shade)) for shade in (40, 120, 200)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.abs(decoded(content).astype(int) - 40).max() < 3


def png_that_claims(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_decompression_bomb_is_refused_with_its_pixels():
    with pytest.raises(FerCourseError, match=r"photo: .*2500000000 pixels.*scale it down"):
        decoded(png_that_claims(50_000, 50_000))


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff", png_that_claims(0, 5)])
def test_what_is_no_picture_is_named(content):
    with pytest.raises(FerCourseError, match=r"^photo: "):
        decoded(content)


def test_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(FerCourseError, match="a folder, not a file"):
        read_picture(tmp_path)


@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (np.zeros((6, 5), np.uint8), (6, 5)),
        (np.zeros((6, 5, 1), np.uint8), (6, 5)),
        (np.zeros((6, 5, 3), np.uint8), (6, 5, 3)),
        (np.zeros((6, 5, 4), np.uint16), (6, 5, 3)),
    ],
)
def test_arrays_take_one_of_two_forms(array, shape):
    assert as_picture(array).shape == shape
    assert as_picture(array).dtype == np.uint8


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((6, 5, 2), np.uint8), r"shape \(6, 5, 2\)"),
        (np.zeros((0, 5), np.uint8), r"shape \(0, 5\)"),
        (np.zeros(7, np.uint8), r"shape \(7,\)"),
        (np.zeros((6, 5)), r"float64.*image \* 255"),
        (np.full((6, 5), -1, np.int32), "int32"),
    ],
)
def test_arrays_that_are_no_pictures_are_named(array, words):
    with pytest.raises(FerCourseError, match=words):
        as_picture(array)


def test_boxes_of_a_large_photograph_are_in_its_own_pixels():
    large = cv2.resize(astronaut(), (3072, 3072))
    widest = FaceDetector().detect(large[np.newaxis]).nlargest(1, "width").iloc[0]
    assert abs(widest.x + widest.width / 2 - 6 * 224) < 120
    assert abs(widest.y + widest.height / 2 - 6 * 115) < 120
