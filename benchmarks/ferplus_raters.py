"""How FER+'s raters take one emotion for another, and how close the simulated raters come to them.

The percentages are the constants of fer_course/sources/votes.py.

python benchmarks/ferplus_raters.py fer2013.csv --ferplus fer2013new.csv
"""

import argparse

import numpy as np
from saved import save_result

import fer_course as fer
from fer_course.sources.ferplus import read_ferplus
from fer_course.sources.votes import ANSWERS, simulate_votes


def answers_percent(votes: fer.Votes) -> dict[str, list[float]]:
    """Return how often each answer was given, by the answer that most raters gave."""
    counts = votes.counts
    ranked = np.sort(counts, axis=1)
    first = np.where(ranked[:, -1] > ranked[:, -2], counts.argmax(axis=1), -1)
    sums = {name: counts[first == place].sum(axis=0) for place, name in enumerate(ANSWERS)}
    sums["overall"] = counts.sum(axis=0)
    return {name: (100 * row / row.sum()).round(1).tolist() for name, row in sums.items()}


def most_frequent(votes: fer.Votes) -> np.ndarray:
    """Return the share of the images whose most frequent answer has 0, 1, ... 10 votes."""
    return np.bincount(votes.counts.max(axis=1), minlength=11) / len(votes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="real FER2013 as fer2013.csv or icml_face_data.csv")
    parser.add_argument("--ferplus", required=True, help="FER+'s fer2013new.csv")
    args = parser.parse_args()

    faces = fer.read_dataset(args.data)
    votes = read_ferplus(args.ferplus, faces)
    clear = votes.plurality() >= 0
    real = fer.Votes(votes.counts[clear])
    truth = {"true_label": real.plurality(), "defect": np.full(len(real), "none")}
    blank = fer.FaceDataset(np.zeros((len(real), 1, 1), np.uint8), truth["true_label"], attributes=truth)
    simulated = simulate_votes(blank, seed=0)
    distance = np.abs(most_frequent(real) - most_frequent(simulated)).sum() / 2
    save_result(
        "ferplus_raters",
        "FER2013: " + ", ".join(f"{(faces.split == part).sum()} {part}" for part in np.unique(faces.split)),
        {
            "answers": list(ANSWERS),
            "answers_percent": answers_percent(votes),
            "most_frequent_answer_percent": (100 * most_frequent(real)).round(1).tolist(),
            "most_frequent_answer_percent_simulated": (100 * most_frequent(simulated)).round(1).tolist(),
            "distance_percent": round(100 * float(distance), 1),
            "simulated_plurality_is_true_percent": round(
                100 * float((simulated.plurality() == truth["true_label"]).mean()), 1
            ),
        },
        seed=0,
    )


if __name__ == "__main__":
    main()
