import cv2
import numpy as np
import pytest

import fer_course as fer
from fer_course import FerCourseError
from fer_course.cleaning.quality import edge_agreement


@pytest.fixture(scope="module")
def train():
    return fer.sample_faces().train


def test_finds_covered_faces_where_the_edge_density_of_a_region_does_not(train):
    defect = train.attributes["defect"]
    covered, good = defect == "occluded", defect == "none"

    def separation(score):
        """Return the chance that a covered face scores below a good one."""
        return (score[covered][:, None] < score[good]).mean()

    assert separation(edge_agreement(train.images)) > 0.7
    for region in ("upper", "lower", "left", "right"):
        density = fer.measure(train.images)[f"edge_density_{region}"].to_numpy()
        assert 0.35 < separation(density) < 0.65


def test_a_typical_map_makes_scores_independent_of_the_other_images(train):
    typical = np.mean([cv2.Canny(image, 50, 150) > 0 for image in train.images], axis=0)
    assert edge_agreement(train.images[:5], typical) == pytest.approx(edge_agreement(train.images)[:5])


def test_an_image_without_edges_scores_zero_and_a_typical_one_more():
    bar = np.zeros((48, 48), np.uint8)
    bar[20:28, 12:36] = 200
    scores = edge_agreement(np.stack([bar, bar, np.zeros_like(bar), bar.T]))
    assert scores[0] == scores[1] > scores[3]
    assert scores[2] == 0


def test_no_images():
    assert edge_agreement(np.zeros((0, 48, 48), np.uint8)).shape == (0,)


def test_typical_edges_of_another_size_are_refused():
    with pytest.raises(FerCourseError, match=r"typical has shape \(8, 8\), but the images are \(48, 48\)"):
        edge_agreement(np.zeros((2, 48, 48), np.uint8), typical=np.zeros((8, 8)))
