"""Make the network that ships with the package from a finished training of the compact recipe.

fer-course train --recipe compact --data fer2013.csv --ferplus fer2013new.csv --out runs/compact
python tools/ship_compact.py runs/compact/model.keras
python benchmarks/compact.py runs/compact fer2013.csv --ferplus fer2013new.csv
"""

import argparse
from pathlib import Path

import fer_course as fer
from fer_course.inference.network_files import COMPACT_MODEL
from fer_course.training.about import About, keras_metadata


def main() -> None:
    """Write both files, and say how large they are and how far the smaller one is off."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="the model.keras that fer-course train wrote")
    trained = parser.parse_args().model
    model, about = fer.load_model(trained), About.from_metadata(keras_metadata(trained))
    kept = fer.save_model(model, COMPACT_MODEL.with_suffix(".keras"), about)
    difference = fer.export_onnx(model, COMPACT_MODEL, "fp16", about)
    for path in (kept, COMPACT_MODEL):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    print(f"largest difference between the probabilities of the two: {difference:.1g}")


if __name__ == "__main__":
    main()
