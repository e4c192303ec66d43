import numpy as np
import pytest

import fer_course as fer
from fer_course.cleaning.outliers import find_label_errors, fit_gradients, out_of_fold_probabilities
from fer_course.dataset import FaceDataset
from fer_course.errors import FerCourseError


def labelled_noise(per_label=5):
    labels = np.repeat(np.arange(7), per_label)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 48, 48), dtype=np.uint8)
    return FaceDataset(images, labels)


def sure_of(labels, share=0.94):
    return np.full((len(labels), 7), (1 - share) / 6) + (share - (1 - share) / 6) * np.eye(7)[labels]


def test_every_image_is_predicted_once_by_a_classifier_that_has_not_seen_it():
    faces = labelled_noise()
    seen = []

    def remember(train, images):
        fitted = {image.tobytes() for image in train.images}
        assert not fitted & {image.tobytes() for image in images}
        seen.extend(image.tobytes() for image in images)
        return np.full((len(images), 7), 1 / 7)

    out_of_fold_probabilities(faces, folds=5, classifier=remember)
    assert sorted(seen) == sorted(image.tobytes() for image in faces.images)


def test_copies_are_never_on_both_sides():
    images = np.repeat(labelled_noise(5).images, 3, axis=0)  # every image three times
    faces = FaceDataset(images, np.repeat(np.arange(7), 15))

    def refuse_to_recognise(train, held_out):
        assert not {image.tobytes() for image in train.images} & {image.tobytes() for image in held_out}
        return np.full((len(held_out), 7), 1 / 7)

    out_of_fold_probabilities(faces, folds=3, classifier=refuse_to_recognise)


def test_probabilities_stand_in_the_order_of_the_images():
    faces = labelled_noise()
    brightness = np.linspace(10, 240, len(faces)).astype(np.uint8)
    flat = FaceDataset(np.broadcast_to(brightness[:, None, None], faces.images.shape).copy(), faces.labels)

    def read_brightness(train, images):
        value = images[:, 0, 0] / 255
        return np.column_stack([value, 1 - value, *np.zeros((5, len(images)))])

    found = out_of_fold_probabilities(flat, classifier=read_brightness)
    np.testing.assert_allclose(found[:, 0], brightness / 255)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_makes_the_same_folds(seed):
    faces, held_out = labelled_noise(), []

    def record(train, images):
        held_out.append(images.sum())
        return np.full((len(images), 7), 1 / 7)

    for _ in range(2):
        out_of_fold_probabilities(faces, classifier=record, seed=seed)
    assert held_out[:5] == held_out[5:]


def test_swapped_labels_are_found_and_named():
    true = np.arange(210) % 7
    labels = true.copy()
    labels[[10, 80, 150]] = [0, 1, 2]
    found = find_label_errors(labels, sure_of(true)).set_index("index")
    assert sorted(found.index) == [10, 80, 150]
    assert found.loc[80, ["given", "suggested"]].tolist() == [1, true[80]]
    assert found["score"].between(0, 0.02).all()


def test_the_most_suspicious_stands_first():
    true = np.arange(70) % 7
    probabilities = sure_of(true)
    labels = true.copy()
    labels[[7, 14]] = 3
    probabilities[7] = [0.94, 0, 0, 0.06, 0, 0, 0]  # the given label is a little less unlikely
    assert find_label_errors(labels, probabilities)["index"].tolist() == [14, 7]


def test_right_labels_are_no_suspects():
    true = np.arange(70) % 7
    assert len(find_label_errors(true, sure_of(true))) == 0


@pytest.mark.slow
def test_planted_wrong_labels_are_among_the_suspects_far_more_often_than_right_ones():
    train = fer.sample_faces().train
    found = find_label_errors(train.labels, out_of_fold_probabilities(train, folds=3))
    is_wrong = train.attributes["defect"] == "wrong_label"
    caught = is_wrong[found["index"]]
    assert caught.sum() / is_wrong.sum() > 0.7
    assert caught.mean() > 4 * is_wrong.mean()
    assert caught[:40].mean() > 0.25


def test_emotions_that_are_absent_get_no_probability(faces):
    two = fer.sample_faces().val
    two = two.subset(np.isin(two.labels, [3, 5]))
    predicted = fit_gradients(two, faces.images)
    np.testing.assert_allclose(predicted.sum(axis=1), 1)
    assert predicted[:, [0, 1, 2, 4, 6]].max() == 0


def test_bad_input_is_explained(faces):
    with pytest.raises(FerCourseError, match="5 folds need 5 images of each emotion; there are 3 of angry"):
        out_of_fold_probabilities(faces)
    with pytest.raises(FerCourseError, match="1 images have none"):
        out_of_fold_probabilities(FaceDataset(faces.images, np.r_[-1, faces.labels[1:]]))
    with pytest.raises(FerCourseError, match=r"shape \(3,\)"):
        out_of_fold_probabilities(faces, folds=3, classifier=lambda train, images: np.zeros(3))
    with pytest.raises(FerCourseError, match="of 2 images for 3 labels"):
        find_label_errors([0, 1, 2], sure_of([0, 1]))
    with pytest.raises(FerCourseError, match="logits"):
        find_label_errors([0, 1], np.ones((2, 7)))
    with pytest.raises(FerCourseError, match="1 of 2 images have no label"):
        find_label_errors([0, -1], sure_of([0, 1]))
