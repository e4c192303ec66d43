import cv2
import keras
import numpy as np
import pytest

import fer_course as fer
from fer_course import FerCourseError, embed
from fer_course.faces.embeddings import gradient_histograms


@pytest.fixture(scope="module")
def pack(shared):
    return shared / "models" / "insightface" / "models" / "mobile_pack"


def test_a_pack_embeds_crops_and_a_blank_lies_far_off(pack):
    images = np.concatenate([fer.sample_faces().images[:12], np.zeros((1, 48, 48), np.uint8)])
    vectors = embed(images, pack)
    assert vectors.shape == (13, 128) and vectors.dtype == np.float32
    distances = fer.embedding_distances(vectors, np.zeros(13, int))
    assert distances.argmax() == 12
    color = np.repeat(images[:2, ..., None], 3, axis=3)
    np.testing.assert_allclose(embed(color, pack), vectors[:2], rtol=1e-3, atol=1e-3)


@pytest.mark.slow
def test_a_network_embeds_by_what_its_last_layer_gets():
    images = fer.sample_faces().images[:5]
    model = fer.EmotionCNN(in_chans=3, width_mult=0.25)
    vectors = embed(images, by=model)
    inputs = np.repeat(images[..., None], 3, axis=3)
    logits = vectors @ model.layers[-1].get_weights()[0] + model.layers[-1].get_weights()[1]
    expected = np.asarray(keras.ops.softmax(logits))
    np.testing.assert_allclose(model.predict(inputs, verbose=0), expected, atol=1e-5)


def test_images_that_a_network_does_not_take_are_named():
    with pytest.raises(FerCourseError, match=r"\(32, 32, 1\) .* takes \(48, 48, 1\)"):
        embed(np.zeros((2, 32, 32), np.uint8), by=fer.EmotionCNN(width_mult=0.25))


def test_no_images_and_a_folder_that_is_no_pack(pack, tmp_path):
    with pytest.raises(FerCourseError, match="no images to embed"):
        embed(np.zeros((0, 48, 48), np.uint8), pack)
    with pytest.raises(FerCourseError, match="could not be loaded"):
        embed(np.zeros((1, 48, 48), np.uint8), tmp_path)


def test_gradients_tell_upright_from_slanted_edges_whatever_the_light():
    upright = np.zeros((48, 48), np.uint8)
    upright[:, ::6] = 200
    vectors = embed(np.stack([upright, upright // 2, upright.T]))
    assert vectors.shape == (3, 900) and vectors.dtype == np.float32
    distances = 1 - vectors @ vectors[0] / np.linalg.norm(vectors, axis=1) / np.linalg.norm(vectors[0])
    assert distances[1] < 0.02 < 0.5 < distances[2]
    assert not embed(np.full((1, 48, 48), 90, np.uint8)).any()


def test_gradients_are_those_of_opencv_where_it_has_them():
    if not hasattr(cv2, "HOGDescriptor"):
        pytest.skip("OpenCV 5 has no HOGDescriptor")
    images = np.random.default_rng(0).integers(0, 256, (9, 48, 48), dtype=np.uint8)
    images[:4] = fer.sample_faces().images[:4]
    histogram = cv2.HOGDescriptor((48, 48), (16, 16), (8, 8), (8, 8), 9)
    expected = [histogram.compute(image) for image in images]
    np.testing.assert_allclose(gradient_histograms(images), expected, atol=1e-3)
    assert gradient_histograms(images[:0]).shape == (0, 900)
