import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fer_course as fer
from fer_course.cleaning.thresholds import Thresholds, calibrate, flag
from fer_course.errors import FerCourseError

SCORES = ("blur", "brightness", "contrast", "edge_density", "entropy")


def table(**columns):
    count = len(next(iter(columns.values())))
    return pd.DataFrame({name: columns.get(name, np.full(count, 100.0)) for name in SCORES}, dtype=float)


def test_the_highest_recall_that_the_loss_allows():
    blur = [1, 2, 5, 3, 4, 6, 7, 8, 9, 10]
    bad = np.array([True] * 3 + [False] * 7)  # 1, 2 and 5 are bad; 3 and 4 would be lost before 5 is caught
    none = calibrate(table(blur=blur), {"blurred": bad}, max_lost=0)
    assert none.thresholds.blur == 2.5
    assert none.table.loc[0, ["bad", "recall", "lost"]].tolist() == [3, pytest.approx(2 / 3), 0]
    two = calibrate(table(blur=blur), {"blurred": bad}, max_lost=2 / 7)
    assert two.thresholds.blur == 5.5
    assert (two.table.loc[0, "recall"], two.lost) == (1, pytest.approx(2 / 7))


def test_a_loss_that_buys_nothing_is_not_paid():
    found = calibrate(table(blur=[9, 1, 2, 3, 4]), {"blurred": [True] + [False] * 4}, max_lost=0.6)
    assert not flag(table(blur=[0.9, 1, 2]), found.thresholds).loc[1:, "blurred"].any()
    assert found.lost == 0


def test_above_is_the_mirror_image_of_below():
    bad = [True, True, False, False]
    found = calibrate(table(brightness=[250, 240, 200, 30]), {"bright": bad}, max_lost=0)
    assert found.thresholds.brightness == (Thresholds().brightness[0], 220)
    assert found.table["side"].tolist() == ["above"]


def test_one_truth_for_all_reasons():
    bad = [True, False, False]
    found = calibrate(table(blur=[1, 8, 9], entropy=[9, 8, 8.5]), bad, max_lost=0)
    assert found.thresholds.blur == 4.5
    assert found.table.set_index("score").loc["entropy", "recall"] == 0
    assert len(found.table) == 6


@settings(max_examples=60, deadline=None)
@given(st.data(), st.floats(0, 0.9))
def test_no_threshold_loses_more_than_was_allowed(data, max_lost):
    count = data.draw(st.integers(4, 30))
    drawn = st.lists(st.floats(0, 10).map(lambda value: round(value, 1)), min_size=count, max_size=count)
    scores = table(**{name: data.draw(drawn) for name in SCORES})
    bad = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    bad[:2] = [True, False]
    found = calibrate(scores, bad, max_lost)
    assert (found.table["lost"] <= max_lost).all()
    for _, row in found.table.iterrows():  # brute force: no other value does better
        values = scores[row["score"]].to_numpy()
        sign = 1 if row["side"] == "below" else -1
        recalls = [
            (sign * values[bad] < sign * value).mean()
            for value in [*values, -sign * np.inf, sign * np.inf]
            if (sign * values[~bad] < sign * value).mean() <= max_lost
        ]
        assert row["recall"] == max(recalls)


def test_on_the_sample_it_holds_on_images_that_it_has_not_seen():
    faces = fer.sample_faces()
    kinds = {"blurred": "blur", "dark": "dark", "bright": "bright", "flat": "flat"}

    def truth(part):
        return {reason: part.attributes["defect"] == kind for reason, kind in kinds.items()}

    found = calibrate(fer.measure(faces.train.images), truth(faces.train), max_lost=0.01)
    flags = flag(fer.measure(faces.test.images), found.thresholds)
    for reason, bad in truth(faces.test).items():
        assert flags.loc[bad, reason].mean() >= 0.5
    good = faces.test.attributes["defect"] == "none"
    assert flags.loc[good, list(kinds)].any(axis=1).mean() < 0.05


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ([True, False], r"shape \(2,\)"),
        ([False] * 3, "calls no image bad"),
        ([True] * 3, "every image bad"),
        ({"fuzzy": [True, False, False]}, "unknown reason 'fuzzy'"),
        ({}, "names no reason"),
    ],
)
def test_bad_truth_is_explained(truth, words):
    with pytest.raises(FerCourseError, match=words):
        calibrate(table(blur=[1, 2, 3]), truth)


def test_an_impossible_loss_is_refused():
    with pytest.raises(FerCourseError, match="max_lost is 1"):
        calibrate(table(blur=[1, 2]), [True, False], max_lost=1)
