"""The faults that the sample plants: each turns a good picture into one that a filter should find."""

import cv2
import numpy as np

from .canvas import Canvas, blend, canvas_of, curve, mirrored, ribbon, smoothstep, to_pixels
from .scene import BACKGROUNDS, Scene, backdrop, through_jpeg

CONFUSIONS = {0: (1, 4, 6), 1: (0, 4), 2: (5, 4, 0), 3: (6, 5), 4: (6, 2, 0), 5: (2, 3), 6: (4, 3, 0)}
"""Label to the labels that people mistake it for."""


def blurred(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a picture out of focus, or shake the camera; the sensor's grain comes after and stays sharp."""
    soft = _defocused(pixels, rng)
    return to_pixels(soft + rng.normal(0, rng.uniform(1, 5), soft.shape))


def _defocused(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.7:
        return cv2.GaussianBlur(pixels, (0, 0), rng.uniform(1.2, 2.8))
    length = int(rng.integers(5, 10))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, int(rng.integers(length))), (length - 1, int(rng.integers(length))), 1)
    soft = cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(soft, (0, 0), 0.8)


def darkened(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Underexpose to a mean of 8 to 38."""
    return to_pixels(pixels * (rng.uniform(8, 38) / max(float(pixels.mean()), 1)))


def brightened(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Overexpose to a mean of 222 to 248."""
    darkness = 255.0 - pixels
    return to_pixels(255 - darkness * (255 - rng.uniform(222, 248)) / max(255 - float(pixels.mean()), 1))


def flattened(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Reduce the contrast to a deviation of 4 to 15."""
    mean, deviation = float(pixels.mean()), max(float(pixels.std()), 1)
    return to_pixels(mean + (pixels - mean) * rng.uniform(4, 15) / deviation)


DAMAGES = {"blur": blurred, "dark": darkened, "bright": brightened, "flat": flattened}
"""Defect to the function that damages a finished picture with it."""


def near_copy(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return almost the same picture: moved by a part of a pixel, a little brighter, saved again as JPEG."""
    right, down = rng.uniform(-0.2, 0.2, 2)
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(pixels, shift, pixels.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    changed = to_pixels(moved * rng.uniform(0.94, 1.06) + rng.uniform(-5, 5))
    return through_jpeg(changed, int(rng.integers(70, 90)))


def occluded(picture: np.ndarray, skin: float, rng: np.random.Generator) -> np.ndarray:
    """Hold something before a face: a hand of reflectance ``skin``, a book, dark glasses or a mask."""
    side = picture.shape[0] * 2
    canvas = canvas_of(side)
    out = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    objects = (_hand, _hand, _book, _dark_glasses, _mask)
    out = objects[rng.integers(len(objects))](canvas, out, skin, rng)
    return cv2.resize(out.astype(np.float32), picture.shape, interpolation=cv2.INTER_AREA)


def _hand(canvas: Canvas, out: np.ndarray, skin: float, rng: np.random.Generator) -> np.ndarray:
    side = rng.choice([-1, 1])
    tip = np.array([rng.uniform(-3, 3), rng.uniform(-7, 9)])
    angle = rng.uniform(-0.5, 0.9)
    along = np.array([-np.cos(angle) * side, -np.sin(angle)])  # the fingers come from one side, inwards
    across = np.array([-along[1], along[0]])
    knuckles = tip - 10 * along
    palm = ribbon(curve([tuple(knuckles), tuple(knuckles - 7 * along), tuple(knuckles - 16 * along)]), 12.5)
    lengths, fingers = [8.6, 10.0, 9.4, 7.6], []
    width = np.interp(np.linspace(0, 1, 14), [0, 0.8, 1], [3.1, 2.7, 1.2])
    for k, length in enumerate(rng.permutation(lengths) if rng.random() < 0.3 else lengths):
        root = knuckles + (k - 1.5) * 3.0 * across
        bend = root + length * along + (k - 1.5) * 0.5 * across
        knots = [tuple(root - 2 * along), tuple((root + bend) / 2 + 0.3 * across), tuple(bend)]
        fingers.append(ribbon(curve(knots), width))
    tone = 0.85 * skin
    for outline in [palm, *fingers]:
        mask = canvas.blur(canvas.filled([outline]), 0.2)
        rounded = canvas.blur(mask, 1.0)
        out = out * (1 - 0.3 * canvas.blur(mask, 0.7) * (1 - mask))
        out = blend(out, mask, tone * (0.55 + 0.5 * rounded))
    return out


def _book(canvas: Canvas, out: np.ndarray, skin: float, rng: np.random.Generator) -> np.ndarray:
    angle = rng.normal(0, 0.15)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    height = rng.uniform(13, 16) if rng.random() < 0.6 else rng.uniform(-11, -7)  # the mouth or the eyes
    center = np.array([rng.uniform(-4, 4), height])
    half = np.array([rng.uniform(14, 20), rng.uniform(7.5, 9.5)])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    cover = rng.uniform(0.1, 0.9)
    out = blend(out, canvas.blur(canvas.filled([(corners * half) @ turn + center]), 0.15), cover)
    title = np.array([(-0.5, -0.35), (0.5, -0.35)]) * half
    rows = [title + np.array([0, 2.6 * k]) for k in range(int(rng.integers(1, 4)))]
    lines = [ribbon(row @ turn + center, 1.1) for row in rows]
    return blend(out, canvas.blur(canvas.filled(lines), 0.15), 1 - cover)


def _dark_glasses(canvas: Canvas, out: np.ndarray, skin: float, rng: np.random.Generator) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 24)
    center_y = rng.uniform(-5.5, -3.0)
    lens = np.c_[7.2 + 5.6 * np.cos(angle), center_y + 4.2 * np.sin(angle)]
    parts = [*mirrored(lens), ribbon(np.array([(-3.0, center_y - 1), (3.0, center_y - 1)]), 1.0)]
    parts += mirrored(ribbon(np.array([(11, center_y - 1.5), (17, center_y - 1.8)]), 1.2))
    mask = canvas.blur(canvas.filled(parts), 0.2)
    shine = 0.25 * canvas.pair(5.5, center_y - 2, 1.6, 1.0)
    return blend(out, 0.97 * mask, 0.06 + shine)


def _mask(canvas: Canvas, out: np.ndarray, skin: float, rng: np.random.Generator) -> np.ndarray:
    top = rng.uniform(0.5, 3.0)
    edge = curve([(0, top), (6, top + 1.2), (14.5, top + 2.5), (13.5, 13), (7, 20.5), (0, 22)], 24)
    cloth = np.concatenate([edge, (edge * [-1, 1])[::-1]])
    tone = rng.uniform(0.15, 0.95)
    shading = tone * (1.05 - 0.0015 * canvas.x**2) * (1 - 0.1 * (np.sin(1.6 * canvas.y) > 0.75))
    return blend(out, canvas.blur(canvas.filled([cloth]), 0.2), shading)


def no_face(rng: np.random.Generator, size: int = 48) -> np.ndarray:
    """Render something that is no face: a landscape, a house front, a text, a texture, or nothing."""
    canvas = canvas_of(2 * size)
    kinds = (_landscape, _house_front, _text, _texture, _nothing)
    out = kinds[rng.integers(len(kinds))](canvas, rng)
    return cv2.resize(np.asarray(out, np.float32), (size, size), interpolation=cv2.INTER_AREA)


def _landscape(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    out = np.broadcast_to(0.75 + 0.006 * canvas.y, (canvas.side, canvas.side)).astype(np.float32)
    for k in range(3):
        ridge = canvas.noise(rng, 7)[canvas.side // 2] * (4 - k) - 8 + 10 * k
        hill = smoothstep(canvas.y - ridge[None, :], -0.3, 0.3)
        out = blend(out, hill, 0.55 - 0.17 * k + 0.06 * canvas.noise(rng, 30))
    return out


def _house_front(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    wall, pane, step = rng.uniform(0.3, 0.9), rng.uniform(0.05, 0.6), rng.uniform(7, 14)
    across = np.mod(canvas.x + rng.uniform(0, step), step) > 0.45 * step
    down = np.mod(canvas.y + rng.uniform(0, step), 1.3 * step) > 0.5 * step
    return blend(wall + 0.05 * canvas.noise(rng, 40), canvas.blur(across & down, 0.3), pane)


def _text(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    out = np.full((canvas.side, canvas.side), rng.uniform(0.8, 1), np.float32)
    ink = np.zeros(out.shape, np.uint8)  # OpenCV 5 writes into nothing else
    for row in range(14, canvas.side, 16):
        word = "".join(rng.choice(list("abcdefghijklmnoprstuvwy "), 14))
        cv2.putText(ink, word, (int(rng.integers(-8, 4)), row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    return np.where(ink, np.float32(0.1), out)


def _texture(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    room = backdrop(canvas, Scene(background=BACKGROUNDS[2], backdrop=rng.random()), rng)
    return room + 0.12 * canvas.noise(rng, int(rng.integers(12, 48)))


def _nothing(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    return np.full((canvas.side, canvas.side), rng.choice([0.0, 1.0, rng.random()]), np.float32)
