"""How natural the drawn sample is: face detectors, statistics, a small network on unseen people, speed.

python benchmarks/bench_faces.py  # benchmarks/results/faces.json, about 10 minutes on two cores
python benchmarks/bench_faces.py --sheet sheet.png  # 70 shuffled faces to name; answers in sheet.json
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from saved import percent, save_result

import fer_course as fer
from fer_course.drawing.action_units import random_expression
from fer_course.drawing.face import render
from fer_course.drawing.scene import Camera, Scene

SEED = 0
MTCNN_SUBSET = 200
PEOPLE = [fer.Identity.random(index) for index in range(25)]
HAAR = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sheet", type=Path, help="write 70 shuffled faces here instead, answers beside it")
    parser.add_argument("--seed", type=int, default=SEED, help="which 70 faces")
    parser.add_argument("--epochs", type=int, default=25, help="of the small network")
    args = parser.parse_args()
    sample = fer.sample_faces()
    undamaged = sample.subset(sample.attributes["defect"] == "none")
    if args.sheet:
        write_sheet(undamaged, args.sheet, args.seed)
        return
    values = {
        "undamaged_faces": len(undamaged),
        "haar_percent": haar_counts(undamaged),
        "mtcnn_faces": MTCNN_SUBSET,
        "mtcnn_one_face_percent": mtcnn_one_face(undamaged),
        "scores_5_50_95_percent": scores(undamaged.images),
        "network": network_on_unseen_people(undamaged, args.epochs),
        "speed": speed(),
    }
    save_result("faces", f"drawn sample: {sample!r}", values, SEED)


def write_sheet(faces: fer.FaceDataset, path: Path, seed: int) -> None:
    """Show ten faces of every emotion, shuffled and without labels, 112 pixels each."""
    rng = np.random.default_rng(seed)
    chosen = np.concatenate(
        [rng.choice(np.flatnonzero(faces.labels == k), 10, replace=False) for k in range(7)]
    )
    chosen = rng.permutation(chosen)
    tiles = [cv2.resize(faces.images[i], (112, 112), interpolation=cv2.INTER_CUBIC) for i in chosen]
    rows = [np.hstack(tiles[row * 10 : row * 10 + 10]) for row in range(7)]
    cv2.imwrite(str(path), np.vstack(rows))
    answers = [fer.EMOTIONS[faces.labels[i]] for i in chosen]
    key = {"rows": [answers[row * 10 : row * 10 + 10] for row in range(7)], "ids": faces.ids[chosen].tolist()}
    path.with_suffix(".json").write_text(json.dumps(key, indent=1) + "\n")


def enlarged(image: np.ndarray) -> np.ndarray:
    """Pad a face by 25 % and enlarge it three times, as detectors like it."""
    padded = cv2.copyMakeBorder(image, 12, 12, 12, 12, cv2.BORDER_REPLICATE)
    return cv2.resize(padded, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)


def haar_counts(faces: fer.FaceDataset) -> dict:
    found = np.array([len(HAAR.detectMultiScale(enlarged(image), 1.1, 3)) for image in faces.images])
    groups = {name: faces.attributes[name] for name in ("skin_tone", "glasses", "beard", "age")}
    groups["emotion"] = np.array(fer.EMOTIONS)[faces.labels]
    return {
        "none": percent((found == 0).mean()),
        "one": percent((found == 1).mean()),
        "more": percent((found > 1).mean()),
        "one_by_group": {
            name: {str(value): percent((found[values == value] == 1).mean()) for value in np.unique(values)}
            for name, values in groups.items()
        },
    }


def mtcnn_one_face(faces: fer.FaceDataset) -> float:
    from mtcnn import MTCNN

    chosen = np.random.default_rng(SEED).choice(len(faces), MTCNN_SUBSET, replace=False)
    pictures = [cv2.cvtColor(enlarged(faces.images[i]), cv2.COLOR_GRAY2RGB) for i in chosen]
    found = MTCNN().detect_faces(pictures, batch_stack_justification="center")
    return percent(np.mean([len(boxes) == 1 for boxes in found]))


def scores(images: np.ndarray) -> dict[str, list[float]]:
    measured = {
        "blur": [cv2.Laplacian(image, cv2.CV_64F).var() for image in images],
        "brightness": images.mean(axis=(1, 2)),
        "contrast": images.std(axis=(1, 2)),
    }
    return {name: np.percentile(value, [5, 50, 95]).round().tolist() for name, value in measured.items()}


def network_on_unseen_people(faces: fer.FaceDataset, epochs: int) -> dict:
    """Train the course's network on undamaged faces and score people whom it has never seen."""
    import keras

    keras.utils.set_random_seed(SEED)
    model = fer.EmotionCNN()
    fer.fit(model, faces, fer.Recipe(epochs=epochs))
    test = faces.test
    predicted = model.predict(test.images[..., None].astype("float32"), verbose=0).argmax(axis=1)
    confusion = np.zeros((7, 7), int)
    np.add.at(confusion, (test.labels, predicted), 1)
    return {
        "parameters": model.count_params(),
        "epochs": epochs,
        "train_faces": len(faces.train),
        "test_faces": len(test),
        "accuracy_percent": percent((predicted == test.labels).mean()),
        "recall_percent": {
            name: round(100 * confusion[k, k] / confusion[k].sum()) for k, name in enumerate(fer.EMOTIONS)
        },
        "confusion": confusion.tolist(),
    }


def speed() -> dict[str, float]:
    """Time one core: faces of the sample a second, and one redraw for a slider."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        sample_face = best_time(_scene_face, 150)
        redraw = best_time(lambda i: fer.draw_face({12: i / 20}, size=192), 20)
    finally:
        cv2.setNumThreads(threads)
    return {"faces_per_second": round(1 / sample_face), "redraw_192_ms": round(1000 * redraw, 1)}


def _scene_face(index: int) -> None:
    rng = np.random.default_rng([SEED, index])
    scene = Scene.random(rng)
    picture = render(random_expression(index % 7, rng), PEOPLE[index % len(PEOPLE)], scene, seed=index)
    (scene.camera or Camera()).expose(picture, rng)


def best_time(draw: Callable[[int], object], count: int) -> float:
    """Return the processor time of one call, the best of three rounds."""
    times = []
    for _ in range(3):
        start = time.process_time()
        for index in range(count):
            draw(index)
        times.append((time.process_time() - start) / count)
    return min(times)


if __name__ == "__main__":
    main()
