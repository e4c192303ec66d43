import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_course.cleaning.quality import SCORES, measure

STACKS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 4), st.integers(3, 20), st.integers(4, 20)),
    elements=st.integers(0, 255),
)


def one_by_one(images):
    rows = []
    for image in images:
        share = np.bincount(image.ravel(), minlength=256) / image.size
        share = share[share > 0]
        rows.append(
            {
                "blur": cv2.Laplacian(image, cv2.CV_64F).var(),
                "brightness": image.mean(),
                "contrast": image.std(),
                "edge_density": (cv2.Canny(image, 50, 150) > 0).mean(),
                "entropy": -(share * np.log2(share)).sum(),
            }
        )
    return rows


@given(STACKS)
@settings(max_examples=60, deadline=None)
def test_scores_are_opencvs_image_by_image(images):
    images[0, 0, 0] = 255  # a stack of 0 and 1 alone is refused
    scores = measure(images)[list(SCORES)]
    for row, expected in zip(scores.to_dict("records"), one_by_one(images), strict=True):
        assert row == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_scores_keep_their_order_over_many_chunks():
    images = np.random.default_rng(0).integers(0, 256, (600, 48, 48), dtype=np.uint8)
    images[555] = 7
    scores = measure(images)
    assert scores["blur"].idxmin() == 555
    assert scores.loc[301].to_dict() == pytest.approx(measure(images[301:302]).loc[0].to_dict())


def test_a_constant_image_scores_zero_but_for_brightness():
    scores = measure(np.full((1, 48, 48), 200, np.uint8)).loc[0]
    assert scores.pop("constant")
    assert scores.pop("brightness") == 200
    assert (scores == 0).all()


def test_one_pixel_that_differs_is_no_longer_constant():
    images = np.full((2, 48, 48), 200, np.uint8)
    images[1, 47, 0] = 201
    assert measure(images)["constant"].tolist() == [True, False]


def test_the_five_basic_scores_come_first():
    columns = list(measure(np.zeros((1, 48, 48), np.uint8)).columns)
    assert columns[:5] == ["blur", "brightness", "contrast", "edge_density", "entropy"]


def test_edge_density_of_a_region_shows_which_half_is_covered():
    image = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    covered = image.copy()
    covered[:, 24:] = 120
    scores = measure(np.stack([image, covered])).filter(like="edge_density_")
    assert scores.loc[1, "edge_density_left"] == pytest.approx(scores.loc[0, "edge_density_left"], abs=0.02)
    assert scores.loc[1, "edge_density_right"] < 0.05 < scores.loc[0, "edge_density_right"]


def test_regions_of_an_odd_size_average_to_the_whole():
    images = np.random.default_rng(0).integers(0, 256, (3, 31, 20), dtype=np.uint8)
    scores = measure(images)
    halves = (15 * scores["edge_density_upper"] + 16 * scores["edge_density_lower"]) / 31
    assert halves.to_numpy() == pytest.approx(scores["edge_density"].to_numpy())


def test_blurring_lowers_the_blur_score():
    image = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    scores = measure(np.stack([image, cv2.GaussianBlur(image, (0, 0), 2)]))
    assert scores.loc[1, "blur"] < scores.loc[0, "blur"] / 10


def test_two_gray_values_are_one_bit_of_entropy():
    image = np.zeros((1, 48, 48), np.uint8)
    image[0, :24] = 255
    assert measure(image).loc[0, "entropy"] == pytest.approx(1)


def test_colour_images_are_scored_in_gray():
    colour = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    gray = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in colour])
    assert measure(colour).equals(measure(gray))


def test_images_that_are_views_score_the_same():
    images = np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)
    assert measure(images[::-2, :, ::-1]).equals(measure(images[::-2, :, ::-1].copy()))


def test_a_list_and_a_memory_map_score_as_the_array_does(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    assert measure(list(images)).equals(measure(images))
    assert measure(np.load(tmp_path / "images.npy", mmap_mode="r")).equals(measure(images))


def test_large_images_are_scored_in_small_chunks():
    images = np.random.default_rng(0).integers(0, 256, (3, 700, 900), dtype=np.uint8)
    scores = measure(images)[list(SCORES)]
    assert scores.loc[2].to_dict() == pytest.approx(one_by_one(images[2:])[0], rel=1e-9)


def test_no_images_give_an_empty_table():
    scores = measure(np.zeros((0, 48, 48), np.uint8))
    assert scores.shape == (0, 10)


def test_quantiles_of_the_real_dataset(shared):
    images = np.load(shared / "data" / "fer2013_trainval.npz")["images"][::3]
    scores = measure(images)
    blur = np.percentile(scores["blur"], [5, 25, 50, 75])
    assert blur == pytest.approx([734, 1393, 2036, 2855], rel=0.02)
    assert np.percentile(scores["edge_density"], [1, 5, 50, 95, 99]) == pytest.approx(
        [0.127, 0.163, 0.234, 0.296, 0.319], abs=0.003
    )
    guides = (scores["blur"] < 80) | ~scores["brightness"].between(40, 220) | (scores["contrast"] < 20)
    assert guides.mean() == pytest.approx(0.007, abs=0.002)
