"""Drawn faces: action units in, a shaded face out. No one's photograph is needed."""

from collections.abc import Mapping

import cv2
import numpy as np

from ..errors import FerCourseError
from . import features
from .action_units import checked_action_units
from .canvas import Canvas, blend, canvas_of, smoothstep, to_pixels
from .identity import Identity
from .relief import SKULL_TOP, Landmarks, creases, half_width, locate, relief, shade
from .scene import Scene, View, backdrop

MIN_SIZE, MAX_SIZE = 16, 1024
_LARGE = 96  # from this size on, two samples a pixel and direction are no longer needed


def draw_face(
    action_units: Mapping[int, float], identity: Identity | None = None, size: int = 48, seed: int = 0
) -> np.ndarray:
    """Draw a frontal face in even light.

    Args:
        action_units: Action unit to strength, 0 (at rest) to 1 (full), at most 1.5; those left out rest.
            ``ACTION_UNITS`` names them, ``EXPRESSIONS`` has the combinations of the seven emotions.
        identity: Whose face; a friendly adult by default.
        size: Width and height in pixels, 16 to 1024.
        seed: Chooses the grain of skin and hair.

    Returns:
        ``(size, size)`` uint8 gray picture.

    Example:
        >>> draw_face({1: 1, 2: 1, 5: 1, 26: 1}, Identity.random(3)).dtype
        dtype('uint8')
    """
    if not isinstance(size, int | np.integer) or not MIN_SIZE <= size <= MAX_SIZE:
        raise FerCourseError(f"size is {size!r}; expected a whole number of pixels, {MIN_SIZE} to {MAX_SIZE}")
    return to_pixels(255 * render(action_units, identity or Identity(), Scene(), size, seed))


def render(
    action_units: Mapping[int, float],
    identity: Identity,
    scene: Scene,
    size: int = 48,
    seed: int = 0,
    behind: np.ndarray | None = None,
) -> np.ndarray:
    """Draw a face in a scene, before the camera: ``(size, size)`` float32, about 0 (black) to 1 (white).

    ``seed`` chooses the grain; ``behind`` is a rendered picture to use as the background instead.
    """
    canvas = canvas_of(size * (1 if size >= _LARGE else 2))
    marks = locate(identity, checked_action_units(action_units))
    out = _compose(canvas, scene, marks, behind, np.random.default_rng(seed))
    return cv2.resize(out.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)


def _front(
    canvas: Canvas, scene: Scene, marks: Landmarks, z: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Paint the lit frontal face."""
    identity, folds = marks.identity, creases(canvas, marks)
    light, shine = shade(canvas, z - 0.9 * folds, np.array(scene.light), scene.ambient, scene.highlight)
    picture = features.skin(canvas, marks, folds, rng) * light + shine * (0.4 + 0.6 * identity.skin)
    picture = features.paint_nose(canvas, picture, marks)
    picture = features.paint_eyes(canvas, picture, marks, light, scene.gaze)
    picture = features.paint_brows(canvas, picture, marks)
    picture = features.paint_mouth(canvas, picture, marks, light)
    return features.add_glasses(canvas, picture, marks) if identity.glasses else picture


def _compose(
    canvas: Canvas, scene: Scene, marks: Landmarks, behind: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Lay background, hair, neck, ears, face and fringe over one another, back to front."""
    identity, view = marks.identity, View(canvas, scene)
    z = relief(canvas, marks)
    face = _front(canvas, scene, marks, z, rng)
    if behind is None:
        out = backdrop(canvas, scene, rng)
    else:
        out = cv2.resize(behind, (canvas.side, canvas.side), interpolation=cv2.INTER_CUBIC)
    ear_x, ear_y = view.at_depth(0.0)
    style = features.HAIR_STYLES.get(identity.hair)
    if style:
        parting = float(rng.uniform(3, 9) * rng.choice([-1, 1]))
        grain = features.strands(ear_x, ear_y, style, parting, rng)
        hair = features.hair_light(identity, ear_x, ear_y, grain, scene)
        back = features.back_mask(identity, style, ear_x, ear_y, grain)
        out = blend(out, back, hair * smoothstep(ear_y, 6, -8) + 0.6 * hair * smoothstep(ear_y, -8, 6))
    out = features.add_neck_and_clothes(out, scene, marks, view)
    out = features.add_ears(out, scene, marks, view)
    x, y = view.on_relief(canvas.blur(z, 0.5))
    rows = np.linspace(SKULL_TOP - 2, marks.chin + 2, 240)
    edge = canvas.level(np.c_[rows, half_width(marks, rows)], y) - np.abs(x)
    head = canvas.blur(smoothstep(edge, -0.25, 0.35), 0.2)
    out = blend(out, head, canvas.sample(face, x, y))
    if style:
        cover = features.front_mask(identity, style, x, y, parting, grain) * np.maximum(head, back)
        shadow = canvas.blur(np.roll(cover, int(1.2 * canvas.scale), axis=0), 0.7)
        out = blend(out * (1 - 0.3 * shadow * (1 - cover) * head), cover, hair)
    return out
