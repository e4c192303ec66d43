import numpy as np

from fer_course import FaceDataset, without_twins
from fer_course.cleaning.duplicates import has_twin_in_train

A, B, C, D = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)
FACES = FaceDataset(
    np.stack([A, A, B, C, C, A, C]),
    np.arange(7) % 7,
    np.array(["train", "train", "train", "val", "test", "test", "val"]),
)


def test_only_copies_of_train_images_go():
    assert has_twin_in_train(FACES).tolist() == [False] * 5 + [True, False]
    assert without_twins(FACES).ids.tolist() == FACES.ids[[0, 1, 2, 3, 4, 6]].tolist()


def test_near_copies_go_when_asked():
    nearly = FaceDataset(np.stack([A, np.clip(A.astype(int) + 1, 0, 255).astype(np.uint8), D]), [3, 3, 3],
                         np.array(["train", "test", "test"]))  # fmt: skip
    assert len(without_twins(nearly).test) == 2
    assert len(without_twins(nearly, near=True).test) == 1
