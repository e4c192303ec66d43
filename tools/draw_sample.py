"""Draw the ready-made sample that ships with the package: fer_course/drawing/sample.npz.

python tools/draw_sample.py
"""

from fer_course.drawing.sample import DEFAULT_SEED, DEFAULT_SIZE, READY_DRAWN, draw_sample, write_ready_drawn


def main() -> None:
    sample = draw_sample(DEFAULT_SIZE, DEFAULT_SEED)
    write_ready_drawn(sample)
    print(f"{sample}: {READY_DRAWN.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
