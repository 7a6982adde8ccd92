"""Pictures for demo content, drawn: hills under a sky, each by its name the same every time."""

import io
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

WIDTH, HEIGHT = 2400, 1500
_RIDGES = 6
_GRAIN = 0.035  # how much noise, so that it looks like a photo and compresses like one

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Light:
    """The time of day: the sky from its top to the horizon, the sun, and the hills from far to near."""

    sky: tuple[Colour, Colour, Colour]
    sun: Colour
    sun_at: tuple[float, float]
    far: Colour
    near: Colour
    stars: int = 0


LIGHTS = {
    "dawn": Light(
        ((88, 110, 158), (236, 178, 160), (255, 226, 186)), (255, 244, 214), (0.68, 0.47), (214, 168, 166), (52, 50, 74)
    ),
    "morning": Light(
        ((96, 158, 204), (176, 212, 226), (240, 240, 216)), (255, 252, 232), (0.24, 0.24), (164, 192, 190), (38, 76, 58)
    ),
    "noon": Light(
        ((58, 126, 190), (132, 188, 224), (226, 238, 240)), (255, 255, 244), (0.5, 0.12), (150, 184, 176), (74, 96, 40)
    ),
    "dusk": Light(
        ((44, 38, 84), (178, 84, 98), (250, 168, 104)), (255, 214, 150), (0.4, 0.55), (150, 84, 104), (24, 20, 40)
    ),
    "night": Light(
        ((8, 12, 32), (20, 32, 66), (52, 70, 106)), (234, 238, 246), (0.78, 0.2), (40, 54, 86), (6, 8, 18), stars=420
    ),
}


def draw(light: str) -> bytes:
    """A JPEG of 2400 by 1500 pixels under one of LIGHTS. Raises KeyError for another name."""
    from PIL import Image

    chosen, chance = LIGHTS[light], random.Random(light)  # noqa: S311 - a picture, not a secret
    picture = _sky(chosen)
    _stars(picture, chosen, chance)
    _sun(picture, chosen)
    for number in range(_RIDGES):
        _ridge(picture, number / (_RIDGES - 1), chosen, chance)
    grain = Image.effect_noise((WIDTH, HEIGHT), 60).convert("RGB")
    file = io.BytesIO()
    Image.blend(picture, grain, _GRAIN).save(file, "JPEG", quality=84)
    return file.getvalue()


def _sky(light: Light) -> "Image.Image":
    from PIL import Image, ImageOps

    # A coarse gradient shows its steps over a large sky; Lanczos hides them.
    gradient = Image.linear_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    top, middle, horizon = light.sky
    return ImageOps.colorize(gradient, top, horizon, middle, midpoint=128)


def _stars(picture: "Image.Image", light: Light, chance: random.Random) -> None:
    from PIL import ImageDraw

    pen = ImageDraw.Draw(picture, "RGBA")
    for _ in range(light.stars):
        x, y, radius = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT * 0.6), chance.uniform(0.8, 2.6)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), (255, 250, 236, chance.randint(90, 230)))


def _sun(picture: "Image.Image", light: Light) -> None:
    from PIL import Image, ImageDraw, ImageFilter

    x, y = light.sun_at[0] * WIDTH, light.sun_at[1] * HEIGHT
    # The glow is soft, so a picture an eighth as large is as good and much quicker to blur.
    glow = Image.new("L", (WIDTH // 8, HEIGHT // 8))
    for radius, strength in ((52, 90), (26, 150)):
        ImageDraw.Draw(glow).ellipse((x / 8 - radius, y / 8 - radius, x / 8 + radius, y / 8 + radius), strength)
    glow = glow.filter(ImageFilter.GaussianBlur(22)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    ImageDraw.Draw(glow).ellipse((x - 62, y - 62, x + 62, y + 62), 255)
    picture.paste(light.sun, mask=glow)


def _ridge(picture: "Image.Image", nearness: float, light: Light, chance: random.Random) -> None:
    """One line of hills; `nearness` from 0, hazy and smooth, to 1, dark and wooded."""
    from PIL import ImageDraw

    colour = tuple(round(a + (b - a) * nearness**0.8) for a, b in zip(light.far, light.near, strict=True))
    base = HEIGHT * (0.56 + 0.36 * nearness)
    waves = [
        (chance.uniform(0.4, 1.0) * HEIGHT * height, chance.uniform(0.6, 1.4) * count, chance.uniform(0, math.tau))
        for height, count in ((0.075, 1.3), (0.03, 3.7), (0.008, 11))
    ]
    line = [
        (x, base - sum(high * math.sin(math.tau * count * x / WIDTH + phase) for high, count, phase in waves))
        for x in range(-12, WIDTH + 12, 6)
    ]
    pen = ImageDraw.Draw(picture)
    pen.polygon([*line, (WIDTH + 12, HEIGHT), (-12, HEIGHT)], colour)
    if nearness > 0.55:
        for x, y in line:
            if chance.random() < 0.55:
                _fir(pen, x, y + 4, chance.uniform(14, 34) * nearness**2 * 1.6, colour)


def _fir(pen: "ImageDraw.ImageDraw", x: float, y: float, height: float, colour: tuple[int, ...]) -> None:
    width = height * 0.34
    for step in range(3):
        foot = y - height * 0.26 * step
        pen.polygon([(x - width, foot), (x + width, foot), (x, foot - height * 0.55)], colour)
        width *= 0.76
