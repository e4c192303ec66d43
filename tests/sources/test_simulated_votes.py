import json
from pathlib import Path

import numpy as np
import pytest

from fer_course.drawing.sample import sample_faces
from fer_course.errors import FerCourseError
from fer_course.sources.votes import ANSWER_PERCENT, ANSWERS, OVERALL_PERCENT, simulate_votes


@pytest.fixture(scope="module")
def rated():
    sample = sample_faces()
    return sample, simulate_votes(sample)


def test_ten_raters_answer_every_face_and_the_seed_decides_how(rated):
    sample, votes = rated
    assert (votes.counts.sum(axis=1) == 10).all()
    assert np.array_equal(simulate_votes(sample).counts, votes.counts)
    assert not np.array_equal(simulate_votes(sample, seed=1).counts, votes.counts)


def test_raters_see_the_face_and_not_the_label(rated):
    sample, votes = rated
    wrong = sample.attributes["defect"] == "wrong_label"
    truth = sample.attributes["true_label"]
    assert (votes.plurality()[wrong] == truth[wrong]).mean() > 0.75
    assert (votes.plurality()[wrong] == sample.labels[wrong]).mean() < 0.1


def test_raters_are_surer_of_happy_than_of_disgust():
    sample = sample_faces()
    shown = sample.subset(sample.attributes["defect"] == "none")
    agreement = simulate_votes(shown).agreement(shown.labels)["agree"]
    assert agreement["happy"] > 0.9
    assert 0.5 < agreement["disgust"] < agreement["happy"]
    assert agreement["fear"] < agreement["happy"]


def test_damaged_pictures_get_the_answers_that_fit(rated):
    sample, votes = rated
    mean = votes.to_frame().groupby(sample.attributes["defect"]).mean()
    assert mean.loc["no_face", ANSWERS[9]] > 8
    assert mean.loc["dark", "unknown"] > 3 * mean.loc["none", "unknown"]


def test_the_raters_of_faces_whose_truth_is_unknown_cannot_be_simulated(faces):
    with pytest.raises(FerCourseError, match="read_ferplus"):
        simulate_votes(faces)


def test_the_confusions_are_those_that_the_benchmark_counted():
    results = Path(__file__).parents[2] / "benchmarks" / "results" / "ferplus_raters.json"
    counted = json.loads(results.read_text())["answers_percent"]
    assert list(counted.pop("overall")) == OVERALL_PERCENT.tolist()
    assert list(counted) == list(ANSWERS)
    assert list(counted.values()) == ANSWER_PERCENT.tolist()
