"""Drawn images for the sheets, which anybody may print: scenes of the demo set, a portrait, and a parked car."""

from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from photomill_cli import demo_scenes
from photomill_cli.demo_shapes import HEIGHT, WIDTH

SCALE = 3
"""Drawn larger and made smaller, so that edges are smooth."""

PLATE = "KN7 XHE4"
SEEDS = {
    "balloons": (demo_scenes.balloons, "balloons-2"),
    "sea": (demo_scenes.sea, "sea-3"),
    "sunset": (demo_scenes.sunset, "sunset-1"),
    "meadow": (demo_scenes.meadow, "meadow-5"),
    "city": (demo_scenes.city, "city-1"),
    "forest": (demo_scenes.forest, "forest-2"),
}


def draw_images(folder: Path) -> dict[str, Path]:
    """Draw all of them into a folder, as JPEG files; their names and paths."""
    drawn = {name: scene(Random(seed)) for name, (scene, seed) in SEEDS.items()}
    drawn["portrait"] = portrait(drawn["meadow"])
    drawn["car"] = car(drawn["forest"])
    paths = {}
    for name, image in drawn.items():
        paths[name] = folder / f"{name}.jpg"
        grained(image).save(paths[name], quality=95, subsampling=0)
    return paths


def grained(image: Image.Image) -> Image.Image:
    """With a camera's noise: a network takes an even ground for a drawing."""
    noise = np.random.default_rng(3).normal(0, 2.5, (image.height, image.width, 1))
    return Image.fromarray(
        np.clip(np.asarray(image, np.float64) + noise, 0, 255).round().astype(np.uint8)
    )


def portrait(ground: Image.Image) -> Image.Image:
    """Somebody right of the middle, before a landscape out of focus."""
    image = ground.filter(ImageFilter.GaussianBlur(2)).resize((WIDTH * SCALE, HEIGHT * SCALE))
    tall = 0.5 * image.height
    left, top = 0.66 * image.width - 0.38 * tall, 0.17 * image.height
    person = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(person)

    def ellipse(x: float, y: float, across: float, down: float, colour: tuple[int, ...]) -> None:
        box = ((x - across) * tall + left, (y - down) * tall + top)
        end = ((x + across) * tall + left, (y + down) * tall + top)
        draw.ellipse([box, end], fill=colour)

    draw.rounded_rectangle(
        (left - 0.3 * tall, top + 1.12 * tall, left + 1.06 * tall, 2 * image.height),
        0.3 * tall,
        fill=(52, 66, 128),
    )
    ellipse(0.38, 1.12, 0.2, 0.14, (198, 150, 122))
    ellipse(0.38, 0.92, 0.16, 0.26, (198, 150, 122))
    ellipse(0.38, 0.42, 0.42, 0.56, (70, 45, 30))
    ellipse(0.38, 0.5, 0.37, 0.5, (224, 178, 150))
    for side in (0.2, 0.56):
        ellipse(side, 0.36, 0.1, 0.025, (80, 50, 35))
        ellipse(side, 0.44, 0.08, 0.04, (245, 240, 238))
        ellipse(side, 0.44, 0.038, 0.038, (60, 45, 40))
        ellipse(side, 0.42, 0.1, 0.02, (120, 80, 65))
    ellipse(0.38, 0.58, 0.03, 0.13, (236, 196, 168))
    ellipse(0.38, 0.67, 0.075, 0.03, (196, 142, 118))
    ellipse(0.35, 0.685, 0.02, 0.01, (110, 65, 55))
    ellipse(0.41, 0.685, 0.02, 0.01, (110, 65, 55))
    ellipse(0.38, 0.805, 0.13, 0.035, (178, 84, 82))
    ellipse(0.38, 0.8, 0.11, 0.006, (110, 45, 48))
    # Soft features on a sharp outline.
    outline = person.getchannel("A").filter(ImageFilter.GaussianBlur(2))
    soft = person.filter(ImageFilter.GaussianBlur(tall / 90))
    image.paste(soft.convert("RGB"), (0, 0), outline)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def car(ground: Image.Image) -> Image.Image:
    """The back of a car on a road."""
    image = ground.resize((WIDTH * SCALE, HEIGHT * SCALE), Image.Resampling.LANCZOS)
    width, height = image.size
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0.78 * height, width, height), fill=(92, 94, 98))
    draw.ellipse((0.16 * width, 0.83 * height, 0.84 * width, 0.93 * height), fill=(58, 60, 63))
    for side in (0.22, 0.66):
        tyre = (side * width, 0.66 * height, (side + 0.12) * width, 0.89 * height)
        draw.rounded_rectangle(tyre, 0.02 * height, fill=(30, 30, 32))
    paint, shade = (176, 44, 46), (140, 32, 36)
    draw.rounded_rectangle(
        (0.26 * width, 0.28 * height, 0.74 * width, 0.7 * height), 0.09 * height, fill=paint
    )
    draw.rounded_rectangle(
        (0.18 * width, 0.48 * height, 0.82 * width, 0.82 * height), 0.06 * height, fill=paint
    )
    draw.rounded_rectangle(
        (0.18 * width, 0.74 * height, 0.82 * width, 0.83 * height), 0.03 * height, fill=shade
    )
    draw.rounded_rectangle(
        (0.31 * width, 0.32 * height, 0.69 * width, 0.48 * height), 0.03 * height, fill=(52, 62, 74)
    )
    for side in (0.2, 0.71):
        lamp = (side * width, 0.53 * height, (side + 0.09) * width, 0.6 * height)
        draw.rounded_rectangle(lamp, 0.015 * height, fill=(236, 92, 60))
    _plate(draw, round(0.5 * width), round(0.665 * height), round(0.075 * height))
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _plate(draw: ImageDraw.ImageDraw, x: int, y: int, tall: int) -> None:
    font = ImageFont.load_default(size=round(0.8 * tall))
    wide = round(draw.textlength(PLATE, font=font) + 0.6 * tall)
    left, top = x - wide // 2, y - tall // 2
    ink = (25, 25, 30)
    draw.rectangle((left, top, left + wide, top + tall), fill=(240, 240, 232), outline=ink, width=4)
    draw.text((x, y), PLATE, ink, font, anchor="mm")
