"""What a network trained on drawn faces knows about photographs, against always giving one answer.

python benchmarks/transfer.py data/fer2013
"""

import argparse
import tempfile
from pathlib import Path

import keras
import numpy as np
from saved import save_result

import fer_course as fer

SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="FER2013 in any format that fer.read_dataset reads")
    photographs = fer.read_dataset(parser.parse_args().data).val

    with tempfile.TemporaryDirectory() as folder:
        run = fer.run("sample", out=Path(folder) / "run", seed=SEED)
        model = keras.models.load_model(run.out / "model.keras")
    drawn = run.metrics.query("split == 'val' and views == 'single view'").iloc[0]
    scores = fer.evaluate(model, photographs)
    low, high = scores.interval
    save_result(
        "transfer",
        "trained on the drawn sample, scored on FER2013's PublicTest",
        {
            "drawn_val_percent": round(100 * drawn["accuracy"], 1),
            "photographs": len(photographs),
            "accuracy_percent": round(100 * scores.accuracy, 1),
            "interval_percent": f"{100 * low:.1f} to {100 * high:.1f}",
            "balanced_accuracy_percent": round(100 * scores.balanced_accuracy, 1),
            "always_happy_percent": round(100 * float(np.mean(photographs.labels == 3)), 1),
        },
        SEED,
    )


if __name__ == "__main__":
    main()
