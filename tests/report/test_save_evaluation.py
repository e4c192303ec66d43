import json

import cv2
import numpy as np
import pytest

from fer_course import FerCourseError, save_evaluation, score

pytestmark = pytest.mark.slow


def test_pictures_stand_beside_the_scores(faces, tmp_path):
    guesses = score(faces.labels, np.eye(7)[np.full(len(faces), 3)], faces.ids)
    folder = save_evaluation(guesses, faces, tmp_path / "scores")
    assert json.loads((folder / "metrics.json").read_text())["accuracy"] == guesses.accuracy
    for name in ("confusion", "reliability", "recall", "mistakes"):
        assert min(cv2.imread(str(folder / f"{name}.png")).shape[:2]) > 300


def test_other_images_are_refused(faces, tmp_path):
    guesses = score(faces.labels, np.eye(7)[np.full(len(faces), 3)], faces.ids)
    with pytest.raises(FerCourseError, match="other images"):
        save_evaluation(guesses, faces.subset(np.arange(2)), tmp_path)
    assert not list(tmp_path.iterdir())
