import pytest

from fer_course import FerCourseError, Recipe


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": 32.5},
        {"seed": -1},
        {"label_smoothing": 1.5},
        {"learning_rate": float("nan")},
        {"learning_rate": float("inf")},
        {"focal": -1.0},
        {"balance": "oversampling"},
        {"optimizer": "rmsprop"},
        {"schedule": "step"},
        {"average": 1.2},
        {"rare_first": 20},
        {"early_stopping": -1},
        {"rare_augment": 4},
    ],
)
def test_values_out_of_range_are_named(changes):
    with pytest.raises(FerCourseError, match=next(iter(changes))):
        Recipe(**changes)
