"""What adapting the shipped network to one drawn person brings, and what a careless split makes of it.

python benchmarks/your_face.py  # benchmarks/results/your_face.json, five minutes
"""

import numpy as np
from saved import percent, save_result
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

import fer_course as fer
from fer_course.course.collector import FaceCollector

PERSONS, SEED = 20, 0


def main() -> None:
    network = fer.Predictor.load()
    scores = [_scores(network, person) for person in tqdm(range(PERSONS))]
    rng = np.random.default_rng(SEED)
    values: dict = {"persons": PERSONS}
    for name in scores[0]:
        of_persons = np.array([one[name] for one in scores])
        means = rng.choice(of_persons, (10_000, PERSONS)).mean(axis=1)
        low, high = (percent(end) for end in np.percentile(means, [2.5, 97.5]))
        values |= {
            f"{name}_percent": percent(of_persons.mean()),
            f"{name}_interval_percent": f"{low} to {high}",
            f"{name}_lowest_percent": percent(of_persons.min()),
            f"{name}_highest_percent": percent(of_persons.max()),
        }
    save_result("your_face", "drawn persons 0 to 19, two sittings of 140 frames each", values, SEED)


def _scores(network: fer.Predictor, person: int) -> dict[str, float]:
    """Score the network as it is, and adapted; each sitting is fitted to once and scored once."""
    collector = FaceCollector()
    for sitting in (0, 1):
        for number, frame in enumerate(fer.sample_video(person, sitting)):
            collector.take(frame, fer.EMOTIONS[number // 20], sitting)
    own = collector.dataset()
    features, sittings = network.features(own.images), own.attributes["sitting"]
    aside, other = [], []
    for sitting in (0, 1):
        places, elsewhere = np.flatnonzero(sittings == sitting), np.flatnonzero(sittings != sitting)
        rest = np.setdiff1d(places, places[::4])
        aside.append(_right(features, own.labels, rest, places[::4]))
        other.append(_right(features, own.labels, places, elsewhere))
    before = np.mean(network.predict_proba(own.images).argmax(axis=1) == own.labels)
    return {"before": float(before), "aside": float(np.mean(aside)), "other_sitting": float(np.mean(other))}


def _right(features: np.ndarray, labels: np.ndarray, fit_on: np.ndarray, score_on: np.ndarray) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return float(model.fit(features[fit_on], labels[fit_on]).score(features[score_on], labels[score_on]))


if __name__ == "__main__":
    main()
