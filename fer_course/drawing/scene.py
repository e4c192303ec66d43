"""Where a face is seen: pose, light, background and camera."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import UNITS, Canvas, smoothstep, to_pixels

BACKGROUNDS = ("plain", "gradient", "blurred room", "studio")
_AXIS_DEPTH = 4.0  # the head turns about an axis this many units in front of the ears


@dataclass(frozen=True)
class Camera:
    """What the camera does to a picture."""

    brightness: float = 130.0  # mean gray value aimed at
    contrast: float = 54.0  # standard deviation aimed at
    sharpness: float = 0.2  # above 0 sharpens, below 0 softens
    noise: float = 1.5  # deviation of the sensor noise, in gray values
    jpeg_quality: int = 92

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Camera":
        """Draw a camera whose pictures spread like those of FER2013."""
        return cls(
            brightness=float(np.clip(rng.normal(130, 40), 52, 212)),
            contrast=float(np.clip(rng.normal(53, 17), 22, 90)),
            sharpness=rng.uniform(-0.4, 0.55),
            noise=rng.uniform(0.2, 1.6),
            jpeg_quality=int(rng.integers(72, 95)),
        )

    def expose(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Turn light, ``(n, n)`` float about 0 to 1, into a ``uint8`` picture."""
        mean, deviation = float(picture.mean()), float(picture.std())
        gain = 0.25 + 0.75 * np.clip(self.contrast / 255 / max(deviation, 1e-3), 0.5, 2.2)
        picture = (picture - mean) * gain + 0.25 * mean + 0.75 * self.brightness / 255
        picture = picture + self.sharpness * (picture - cv2.GaussianBlur(picture, (0, 0), 0.9))
        picture = picture + rng.normal(0, self.noise / 255, picture.shape)
        return through_jpeg(to_pixels(picture * 255), self.jpeg_quality)


def through_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    """Return a ``uint8`` picture, gray or BGR, as it looks after saving it as JPEG."""
    _, code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_UNCHANGED))


@dataclass(frozen=True)
class Scene:
    """Pose, light, background and camera; by default a frontal face in even light, and no camera noise."""

    pan: float = 0.0  # turn to the side, in degrees, as tilt and roll
    tilt: float = 0.0
    roll: float = 0.0
    zoom: float = 0.98  # 1 fits the face in the picture
    shift: tuple[float, float] = (0.0, 1.4)  # where the face sits, right and down, in units
    light: tuple[float, float, float] = (-0.35, -0.55, 1.0)  # direction towards it; y is down
    ambient: float = 0.5  # share of light that comes from everywhere
    highlight: float = 0.08  # shine of the skin
    background: str = "gradient"  # one of BACKGROUNDS
    backdrop: float = 0.62  # brightness of the background, 0 to 1
    clothes: float = 0.35  # the same of the clothes
    gaze: tuple[float, float] = (0.0, 0.0)  # how far the pupils look right and down, in units
    camera: Camera | None = None

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Scene":
        """Draw a scene as varied as pictures from the web."""
        azimuth, elevation = rng.normal(0, 0.6), rng.normal(0.5, 0.25)
        return cls(
            pan=float(np.clip(rng.normal(0, 13), -30, 30)),
            tilt=float(np.clip(rng.normal(0, 6), -15, 15)),
            roll=float(np.clip(rng.normal(0, 7), -20, 20)),
            zoom=float(np.clip(rng.normal(1.1, 0.07), 0.92, 1.25)),
            shift=(float(rng.normal(0, 1.1)), float(rng.normal(0.6, 1.0))),
            light=(float(np.sin(azimuth)), float(-np.sin(elevation)), float(max(np.cos(azimuth), 0.35))),
            ambient=rng.uniform(0.3, 0.6),
            highlight=rng.uniform(0.02, 0.16),
            background=str(rng.choice(BACKGROUNDS)),
            backdrop=float(rng.random()),
            clothes=rng.uniform(0.05, 0.85),
            gaze=(float(rng.normal(0, 0.35)), float(rng.normal(0.05, 0.15))),
            camera=Camera.random(rng),
        )


class View:
    """The way from a pixel of the picture to the frontal face, for one pose.

    Turning the head shifts every point by its height above the axis (parallax), so a pixel is followed back
    through the relief in a few fixed-point steps. This holds up to about 30 degrees.
    """

    def __init__(self, canvas: Canvas, scene: Scene) -> None:
        self._canvas = canvas
        pan, tilt, roll = (math.radians(angle) for angle in (scene.pan, scene.tilt, scene.roll))
        self._sines, self._cosines = (math.sin(pan), math.sin(tilt)), (math.cos(pan), math.cos(tilt))
        x = (canvas.x - scene.shift[0]) / scene.zoom
        y = (canvas.y - scene.shift[1]) / scene.zoom
        self.x, self.y = _rotated(x, y, roll)
        self.body_x, self.body_y = _rotated(x, y, 0.35 * roll)  # shoulders follow the head a little

    def at_depth(self, depth: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Return frontal coordinates for points at a height in units."""
        ahead = depth - _AXIS_DEPTH
        x = (self.x - ahead * self._sines[0]) / self._cosines[0]
        return x, (self.y - ahead * self._sines[1]) / self._cosines[1]

    def on_relief(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return frontal coordinates for points on a height field."""
        x, y = self.x, self.y
        if any(self._sines):
            for _ in range(4):
                x, y = self.at_depth(self._canvas.sample(z, x, y))
        return x, y


def _rotated(x: np.ndarray, y: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return x * cosine + y * sine, y * cosine - x * sine


def backdrop(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Return the background, ``(side, side)`` about 0 to 1."""
    flat = np.full((canvas.side, canvas.side), scene.backdrop, np.float32)
    if scene.background == "plain":
        return flat
    if scene.background == "studio":
        return np.full_like(flat, 0.95 if scene.backdrop > 0.4 else 0.06)
    if scene.background == "gradient":
        distance = np.hypot(canvas.x + 4, canvas.y + 8)
        return flat * (1.12 - 0.012 * distance)
    room = flat * 0.6 + 0.2 + 0.16 * canvas.noise(rng, int(rng.integers(3, 9)))
    edge = float(rng.uniform(-UNITS / 2, UNITS / 2))  # a door frame, a shelf, a window
    change = float(rng.uniform(-0.3, 0.3))
    room = room + change * smoothstep(canvas.x + 0.1 * canvas.y, edge - 0.8, edge + 0.8)
    return np.clip(room, 0, 1)
