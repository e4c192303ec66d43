"""Who is drawn: the features of a face that stay when its expression changes."""

from dataclasses import dataclass

import numpy as np

from ..errors import FerCourseError

SKIN_TONES = {"light": (0.45, 0.80), "medium": (0.30, 0.58), "dark": (0.25, 0.34)}
"""Skin tone to its share among random people and its reflectance."""

AGES = {"young": (0.3, 0.08), "adult": (0.45, 0.25), "old": (0.25, 0.9)}
"""Apparent age to its share among random people and the depth of its wrinkles."""

HAIR_SHARES = {
    "short": (0.06, 0.48),
    "swept": (0.10, 0.22),
    "long": (0.36, 0.04),
    "fringe": (0.16, 0.02),
    "tied": (0.18, 0.02),
    "curly": (0.14, 0.10),
    "bald": (0.0, 0.12),
}
"""Hair style to its share among fine-featured and strong-featured people."""


@dataclass(frozen=True)
class Identity:
    """The lasting features of a drawn person; lengths are in units of 1/48 of the picture.

    The defaults are a friendly adult. ``Identity.random(seed)`` draws somebody else.

    Args:
        skin_tone: "light", "medium" or "dark".
        age: Apparent age, "young", "adult" or "old".
        hair: "short", "swept", "long", "fringe", "tied", "curly" or "bald".
        glasses: Whether glasses are worn.
        beard: Whether there is a beard.
        skin_shade: Factor on the skin tone.
        hair_color: 0 black to 1 white.
        weathering: Factor on the wrinkles of the age.

    All other fields are proportions, such as ``face_width`` or ``lip_fullness``.

    Example:
        >>> Identity.random(4) == Identity.random(4)
        True
    """

    skin_tone: str = "light"
    age: str = "adult"
    hair: str = "swept"
    glasses: bool = False
    beard: bool = False
    skin_shade: float = 0.95
    hair_color: float = 0.2
    hairline: float = -18.5
    face_width: float = 15.8
    chin: float = 19.4
    jaw: float = 2.75
    eye_distance: float = 7.0
    eye_size: float = 1.14
    eye_height: float = -5.0
    eye_slant: float = 0.25
    brow_height: float = 4.6
    brow_thickness: float = 0.85
    brow_arch: float = 0.6
    nose_length: float = 9.6
    nose_width: float = 1.0
    mouth_height: float = 10.4
    mouth_width: float = 5.8
    lip_fullness: float = 1.05
    iris: float = 0.16
    makeup: float = 0.25
    weathering: float = 1.0
    cheekbones: float = 0.8

    def __post_init__(self) -> None:
        for name, known in {"skin_tone": SKIN_TONES, "age": AGES, "hair": HAIR_SHARES}.items():
            given = getattr(self, name)
            if given not in known:
                raise FerCourseError(f"Identity({name}={given!r}); expected one of {', '.join(known)}")

    @property
    def skin(self) -> float:
        """Reflectance of the skin, 0 to 1."""
        return SKIN_TONES[self.skin_tone][1] * self.skin_shade

    @property
    def wrinkles(self) -> float:
        """Depth of the wrinkles, 0 to about 1."""
        return AGES[self.age][1] * self.weathering

    @classmethod
    def random(cls, seed: int | np.random.Generator) -> "Identity":
        """Draw a person.

        Args:
            seed: A number, or a generator to draw from.

        Returns:
            The person; the same seed gives the same one.
        """
        rng = np.random.default_rng(seed)
        uniform, normal = rng.uniform, rng.normal
        strong = float(rng.random() < 0.5)  # whether the features are strong or fine
        tone = str(rng.choice(list(SKIN_TONES), p=[share for share, _ in SKIN_TONES.values()]))
        age = str(rng.choice(list(AGES), p=[share for share, _ in AGES.values()]))
        hair_shares = np.array([shares[int(strong)] for shares in HAIR_SHARES.values()])
        skin_shade = float(np.clip(normal(1, 0.06), 0.88, 1.12))
        wrinkles = {"young": uniform(0, 0.15), "adult": uniform(0.2, 0.5), "old": uniform(0.75, 1.1)}[age]
        gray = {"young": 0.0, "adult": 0.1, "old": 0.75}[age]
        natural_hair = 0.05 + (0.45 * rng.random() ** 2 if tone == "light" else 0.07 * rng.random())
        hair_color = uniform(0.45, 0.8) if rng.random() < gray else natural_hair
        youth = {"young": uniform(0, 1), "adult": 0.15, "old": 0.0}[age]
        return cls(
            skin_tone=tone,
            age=age,
            hair=str(rng.choice(list(HAIR_SHARES), p=hair_shares / hair_shares.sum())),
            glasses=bool(rng.random() < 0.15),
            beard=bool(age != "young" and strong and rng.random() < 0.42),
            skin_shade=skin_shade,
            hair_color=float(hair_color),
            hairline=uniform(-19.5, -16.5) - (1.5 if age == "old" and strong else 0),
            face_width=uniform(14.6, 16.4) + 0.5 * strong,
            chin=uniform(18.2, 19.8) + 0.9 * strong - 1.3 * youth,
            jaw=uniform(2.4, 2.9) + uniform(0, 0.7) * strong,
            eye_distance=uniform(6.5, 7.6),
            eye_size=uniform(1.04, 1.22) - 0.06 * strong + 0.08 * youth,
            eye_height=uniform(-5.6, -4.4) + 0.5 * youth,
            eye_slant=normal(0.25, 0.3),
            brow_height=uniform(4.4, 5.3) - 0.5 * strong,
            brow_thickness=uniform(0.55, 0.85) + 0.35 * strong,
            brow_arch=uniform(0.2, 0.9) - 0.3 * strong,
            nose_length=uniform(9.0, 10.6) - 0.8 * youth,
            nose_width=uniform(0.85, 1.12) + (0.15 if tone == "dark" else 0),
            mouth_height=uniform(9.9, 11.2) - 0.4 * youth,
            mouth_width=uniform(5.3, 6.4),
            lip_fullness=uniform(0.8, 1.2) - 0.15 * strong + (0.2 if tone == "dark" else 0),
            iris=uniform(0.1, 0.3) if tone == "light" else uniform(0.06, 0.13),
            makeup=float(rng.random() ** 1.5 * (1 - strong)) if age != "young" else 0.1,
            weathering=wrinkles / AGES[age][1],
            cheekbones=uniform(0.5, 1.1),
        )
