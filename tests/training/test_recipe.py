import dataclasses
import json

import numpy as np
import pytest

from fer_course import FerCourseError, Recipe


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": 32.5},
        {"seed": -1},
        {"seed": 2**32},
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


def test_numbers_of_numpy_can_be_written_to_json():
    recipe = Recipe(epochs=np.int64(3), augment=np.int64(2), learning_rate=np.float32(0.5), seed=np.uint32(7))
    assert json.loads(json.dumps(dataclasses.asdict(recipe)))["epochs"] == 3
    assert (recipe.seed, recipe.learning_rate) == (7, 0.5)
