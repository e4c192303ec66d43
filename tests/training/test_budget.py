import keras
import numpy as np
import pytest
from test_fitting import one_layer, striped

from fer_course import FaceDataset, FerCourseError, Recipe
from fer_course.training.budget import Law, allowed_minutes, law_of, measure_speed, plan_for

NETWORK = ("CompactCNN", 1.0)


def blank(train, val):
    """A dataset of so many images."""
    split = np.repeat(["train", "val"], [train, val])
    return FaceDataset(np.zeros((train + val, 48, 48), np.uint8), np.zeros(train + val, int), split)


def plan(minutes, speed, train=28709, val=3589, data="FER2013"):
    return plan_for(minutes, 10.0, (speed, 5.0), blank(train, val), data, 64)


def trainings(law, noise=0.0):
    """What trainings reach that follow a law."""
    rng = np.random.default_rng(0)
    return [
        {"network": "CompactCNN", "width_mult": 1.0, "images": images, "epochs": epochs,
         "val_accuracy_percent": law(images, epochs) + noise * rng.normal()}
        for images in (1000, 4000, 16000)
        for epochs in (2, 4, 8, 16)
    ]  # fmt: skip


def true(images, epochs):
    missing = 15 * (images / 1000) ** -0.3 + 25 * (images * epochs / 1000) ** -0.5
    return 25 + 47 * np.exp(-missing / 47)


def test_the_law_is_found_again_where_trainings_follow_one():
    law = Law(trainings(true, 0.3), guessing=25, ceiling=72)
    for images, epochs in ((2000, 6), (28000, 20)):
        low, high = law.interval(NETWORK, images, epochs)
        assert law(NETWORK, images, epochs) == pytest.approx(true(images, epochs), abs=1)
        assert low < true(images, epochs) < high and high - low < 6


def test_nothing_is_worse_than_guessing_or_better_than_the_ceiling():
    law = Law(trainings(true), guessing=25, ceiling=72)
    assert law(NETWORK, 1, 1) == pytest.approx(25, abs=0.5)
    assert law(NETWORK, 10**9, 1000) < 72


@pytest.mark.parametrize(("data", "few", "many"), [("FER2013", 8000, 28709), ("the drawn sample", 900, 1488)])
def test_the_law_of_the_study_rises_with_images_and_epochs(data, few, many):
    law, speeds = law_of(data)
    assert set(speeds) >= {name for name, _ in law.networks}
    assert 25 < law(NETWORK, few, 8) < law(NETWORK, many, 8) < law(NETWORK, many, 16) < 85


def test_more_minutes_promise_more_and_a_plan_fills_its_time():
    plans, speeds = [plan(minutes, speed=400) for minutes in (2, 10, 60)], law_of("FER2013")[1]
    assert plans[0].expected[0] < plans[1].expected[0] < plans[2].expected[0]
    for one in plans:
        low, high = one.expected[1:]
        assert low < one.expected[0] < high
        speed = 400 * speeds[one.network] / speeds["CompactCNN"]
        training = one.epochs * (one.images + 0.3 * 3589) / speed
        assert 0.8 * 60 * one.minutes < 10 + 5 + training + 2 * 5 <= 60 * one.minutes
        assert one.recipe().epochs == one.epochs and one.recipe(seed=3).seed == 3


def test_a_faster_machine_learns_from_more_images():
    slow, fast = plan(2, speed=100), plan(2, speed=300)
    assert slow.images * slow.epochs < fast.images * fast.epochs
    assert slow.images < 28709


def test_where_few_images_are_there_all_are_shown_more_often():
    assert plan(5, speed=400, train=300, val=60, data="the drawn sample").images == 300


def test_too_few_minutes_are_refused_with_those_that_would_do():
    with pytest.raises(FerCourseError, match=r"0\.3 minutes are too few; here, 4 epochs .* take 0\.7 "):
        plan(0.3, speed=400)
    assert plan(0.7, speed=400).epochs >= 4


def test_where_the_environment_sets_them_the_least_is_trained_however_long_it_takes(monkeypatch):
    monkeypatch.setenv("FER_COURSE_MINUTES", "0.1")
    least = plan(0.1, speed=100)
    assert least.epochs == 4 and least.images >= 500
    assert least.seconds == pytest.approx(5 + 4 * (500 + 0.3 * 3589) / 100, abs=1)


@pytest.mark.parametrize("given", [0, -3, np.nan, np.inf, "soon"])
def test_minutes_are_a_number_above_0(given):
    with pytest.raises(FerCourseError, match=r"minutes is .*above 0"):
        allowed_minutes(given)


@pytest.mark.parametrize("given", ["0", "-3", "nan", "soon"])
def test_the_environment_names_a_number_above_0(given, monkeypatch):
    monkeypatch.setenv("FER_COURSE_MINUTES", given)
    with pytest.raises(FerCourseError, match=f"FER_COURSE_MINUTES '{given}'; expected"):
        allowed_minutes(10)


def test_the_environment_shortens_and_never_lengthens(monkeypatch):
    monkeypatch.setenv("FER_COURSE_MINUTES", "0.5")
    assert (allowed_minutes(10), allowed_minutes(0.2)) == (0.5, 0.2)


def test_speed_is_that_of_the_fastest_stretch_and_the_start_is_apart(monkeypatch):
    model = one_layer()
    clock = iter(np.cumsum([0, 5, 0, 2, 0, 1, 0, 3]).tolist())
    monkeypatch.setattr("fer_course.training.budget.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: None)
    speed, start = measure_speed(model, striped(), Recipe(batch_size=10), seconds=4)
    assert (speed, start) == (80.0, 4.0)
